//! Images: a database becomes what one says. Invariant: afterwards it cannot be told from a database that never was anything else.

use super::{act, add_org, at, draft, event, open, options, session, task};
use crate::{Image, Known, Options, Store, TimerKind, Tx};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::clock::{Clock, Dial, VirtualClock};
use vcdsim_model::entity::Resource;
use vcdsim_model::family::org::Org;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::product::{ProductProperty, ProductSection, PropertyValue};

async fn restore(store: &Store, image: Image) {
    act(store, move |tx: &mut Tx<'_>| Box::pin(tx.restore(image))).await.unwrap();
}

/// Something of every kind, under this name.
async fn fill(store: &Store, name: &'static str, number: u128) -> Uuid {
    let org = add_org(store, name).await.unwrap().head().id;
    act(store, move |tx| {
        Box::pin(async move {
            tx.put_task(task(number, 0)).await?;
            tx.put_session(session(number, name)).await?;
            tx.put_timer(TimerKind::Phase, Uuid::from_u128(number), at(5)).await?;
            tx.put_cursor("sink", 1).await?;
            tx.emit(event(name, true)).await
        })
    })
    .await
    .unwrap();
    store.blobs().file(org, 0).unwrap().write_at(0, name).await.unwrap();
    org
}

#[tokio::test]
async fn a_database_becomes_what_the_image_says() {
    let (_dir, store) = open().await;
    let first = fill(&store, "first", 1).await;
    let saved = tempfile::tempdir().unwrap();
    let before = store.dump().await.unwrap();
    store.save(saved.path()).await.unwrap();

    let second = fill(&store, "second", 2).await;
    store.blobs().file(first, 0).unwrap().write_at(0, "other").await.unwrap();
    act(&store, move |tx| {
        Box::pin(async move {
            tx.update(Urn::new(Kind::Org, first), |org| org.head.name = "third".into()).await?;
            tx.delete_task(Uuid::from_u128(1)).await.map(drop)
        })
    })
    .await
    .unwrap();
    assert_ne!(store.dump().await.unwrap(), before);

    let image = Image::read(saved.path()).await.unwrap();
    let digest = image.digest().unwrap();
    restore(&store, image).await;
    assert_eq!(store.dump().await.unwrap().differences(&before), Vec::<String>::new());
    assert_eq!(store.incoherences().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.image().await.unwrap().digest().unwrap(), digest);
    assert_eq!(store.blobs().file(first, 0).unwrap().read_at(0, 9).await.unwrap(), b"first");
    assert!(!saved.path().join("files").join(second.to_string()).exists());

    // What was given up is free again, and what is there again is taken.
    add_org(&store, "second").await.unwrap();
    assert!(add_org(&store, "first").await.is_err());
    assert!(store.last_event() == 1 && store.read().session(Uuid::from_u128(2)).await.unwrap().is_none());
}

#[tokio::test]
async fn what_waited_in_the_same_batch_does_not_outlive_it() {
    let (_dir, store) = open().await;
    let saved = tempfile::tempdir().unwrap();
    store.save(saved.path()).await.unwrap();
    let (empty, image) = (store.dump().await.unwrap(), Image::read(saved.path()).await.unwrap());
    let restored = act(&store, move |tx: &mut Tx<'_>| Box::pin(tx.restore(image)));
    let (made, restored, after) = futures::join!(add_org(&store, "before"), restored, add_org(&store, "after"));
    made.unwrap();
    restored.unwrap();
    let after = after.unwrap().head().id;
    let left: Vec<_> = store.dump().await.unwrap().differences(&empty).into_iter().filter(|line| !line.starts_with("meta")).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].contains("after") && store.read().find::<Org>(after).await.unwrap().is_some());
    assert_eq!(store.incoherences().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn clock_and_ids_go_on_from_where_the_image_stood() {
    let dir = tempfile::tempdir().unwrap();
    let dial = Arc::new(Dial::new(Arc::new(VirtualClock::new(at(0)))));
    let mut wanted = options(Some(dir.path()));
    wanted.clock = Arc::clone(&dial) as Arc<dyn Clock>;
    let store = Store::open(wanted).await.unwrap();
    dial.set_mode(vcdsim_model::clock::ClockMode::Manual);
    dial.advance_to(at(100));
    let hand = dial.hand();
    act(&store, move |tx| Box::pin(async move { tx.put_setting(&hand).await })).await.unwrap();
    let saved = tempfile::tempdir().unwrap();
    store.save(saved.path()).await.unwrap();

    dial.advance_to(at(9_000));
    let one = add_org(&store, "one").await.unwrap();
    restore(&store, Image::read(saved.path()).await.unwrap()).await;
    let again = add_org(&store, "one").await.unwrap();
    assert_eq!((one.head().created, again.head().created), (at(9_000), at(100)));
    assert_eq!(one.head().id, again.head().id, "the same ids are drawn again");
}

#[tokio::test]
async fn an_image_is_a_data_directory_and_tells_no_secrets() {
    let (_dir, store) = open().await;
    fill(&store, "first", 1).await;
    let saved = tempfile::tempdir().unwrap();
    store.save(saved.path()).await.unwrap();
    // Whoever opens it need not turn it into a file with a log, which waits for the disk: bytes 18 and 19 say that it is one.
    assert_eq!(std::fs::read(saved.path().join("vcdsim.db")).unwrap()[18..20], [2, 2]);
    assert!(!saved.path().join("vcdsim.db-wal").exists());
    let other = Store::open(options(Some(saved.path()))).await.unwrap();
    assert_eq!(other.dump().await.unwrap().differences(&store.dump().await.unwrap()), Vec::<String>::new());

    let document = store.image().await.unwrap().document().unwrap();
    assert_eq!(document["session"][Uuid::from_u128(1).to_string()]["token_hash"], "***");
    let objects = document["entity"].as_object().unwrap();
    assert!(objects.values().any(|object| object["name"] == "first" && object["kind"] == Org::KIND.name()));
    // What is no image is refused with its reason.
    let nothing = tempfile::tempdir().unwrap();
    assert!(Image::read(nothing.path()).await.is_err());
}

#[tokio::test]
async fn files_stay_for_as_long_as_an_image_needs_them() {
    let (_dir, store) = open().await;
    let org = fill(&store, "first", 1).await;
    let saved = tempfile::tempdir().unwrap();
    store.save(saved.path()).await.unwrap();
    let (image, digest) = (store.image().await.unwrap(), Image::read(saved.path()).await.unwrap().digest_of_files().await.unwrap());
    act(&store, move |tx| Box::pin(tx.delete(Urn::new(Kind::Org, org)))).await.unwrap();
    assert_eq!(image.digest_of_files().await.unwrap(), digest, "those of an object that is gone since are still there");
    let dir = store.blobs().dir().join(org.to_string());
    assert!(dir.exists());
    drop(image);
    assert!(!dir.exists(), "and go with the last who needs them");
    std::fs::write(saved.path().join(format!("files/{org}/0")), "other").unwrap();
    assert_ne!(Image::read(saved.path()).await.unwrap().digest_of_files().await.unwrap(), digest);
}

#[tokio::test]
async fn what_products_keep_secret_is_struck_out() {
    let (_dir, store) = open().await;
    let property = |key: &str, password: Option<bool>| ProductProperty {
        key: key.to_owned(),
        password,
        default: Some("d3fault".to_owned()),
        values: vec![PropertyValue { value: "v4lue".to_owned(), configuration: None }],
        ..ProductProperty::default()
    };
    let shown = |properties: Vec<ProductProperty>| {
        let products = vec![ProductSection { properties, ..ProductSection::default() }];
        act(&store, move |tx| {
            Box::pin(async move { tx.insert(draft(tx.id(), "web", VApp { products, ..VApp::default() })).await.map(drop) })
        })
    };
    shown(vec![property("pin", Some(true)), property("adminPassword", None)]).await.unwrap();
    let text = store.image().await.unwrap().document().unwrap().to_string();
    assert!(text.contains("adminPassword") && !text.contains("v4lue") && !text.contains("d3fault"), "{text}");
    shown(vec![property("port", Some(false))]).await.unwrap();
    let text = store.image().await.unwrap().document().unwrap().to_string();
    assert!(text.contains("v4lue") && text.contains("d3fault"), "what is none is shown: {text}");
}

#[tokio::test]
async fn an_image_shows_one_moment_while_others_write() {
    let (_dir, store) = open().await;
    let writing = async {
        for number in 1..=200_u128 {
            act(&store, move |tx| {
                Box::pin(async move {
                    tx.put_session(session(number, &number.to_string())).await?;
                    tx.put_task(task(number, 0)).await.map(drop)
                })
            })
            .await
            .unwrap();
        }
    };
    let reading = async {
        for _ in 0..50 {
            let document = store.image().await.unwrap().document().unwrap();
            let count = |table: &str| document[table].as_object().unwrap().len();
            assert_eq!(count("session"), count("task"), "what was written together is seen together");
        }
    };
    futures::join!(writing, reading);
}

/// What is read once of an image stands for each copy, and none of them hears of what the others do.
#[tokio::test]
async fn a_copy_of_which_all_is_known_is_as_any_other() {
    let (_dir, store) = open().await;
    fill(&store, "first", 1).await;
    let saved = tempfile::tempdir().unwrap();
    store.save(saved.path()).await.unwrap();
    let known = Known::read(saved.path()).await.unwrap();
    let mut dumps = Vec::new();
    for known in [None, Some(known.clone()), Some(known)] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::copy(saved.path().join("vcdsim.db"), dir.path().join("vcdsim.db")).unwrap();
        let copy = Store::open(Options { known, ..options(Some(dir.path())) }).await.unwrap();
        assert_eq!((copy.last_event(), copy.next_due()), (store.last_event(), store.next_due()));
        assert!(add_org(&copy, "first").await.is_err(), "the name is taken");
        fill(&copy, "second", 2).await;
        assert_eq!(copy.incoherences().await.unwrap(), Vec::<String>::new());
        dumps.push(copy.dump().await.unwrap());
        copy.close().await.unwrap();
    }
    for dump in &dumps[1..] {
        assert_eq!(dump.differences(&dumps[0]), Vec::<String>::new());
    }
}

/// The files of the image cannot be copied: nothing of it counts, neither its time nor its ids, and what came after it fails with it.
#[tokio::test]
async fn an_image_that_cannot_be_committed_leaves_time_and_ids_where_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let dial = Arc::new(Dial::new(Arc::new(VirtualClock::new(at(0)))));
    let store = Store::open(Options { clock: Arc::clone(&dial) as Arc<dyn Clock>, ..options(Some(dir.path())) }).await.unwrap();
    fill(&store, "first", 1).await;
    let saved = tempfile::tempdir().unwrap();
    store.save(saved.path()).await.unwrap();
    dial.advance_to(at(9_000));
    fill(&store, "second", 2).await;
    let (before, position) = (store.dump().await.unwrap(), store.ids().position());

    let (files, aside) = (dir.path().join("files"), dir.path().join("aside"));
    std::fs::rename(&files, &aside).unwrap();
    std::fs::write(&files, "in the way").unwrap();
    let image = Image::read(saved.path()).await.unwrap();
    let restored = act(&store, move |tx: &mut Tx<'_>| Box::pin(tx.restore(image)));
    let (restored, after) = futures::join!(restored, add_org(&store, "after"));
    assert!(restored.is_err() && after.is_err(), "{restored:?} {after:?}");
    std::fs::remove_file(&files).unwrap();
    std::fs::rename(&aside, &files).unwrap();

    assert_eq!((store.now(), store.ids().position()), (at(9_000), position));
    assert_eq!(store.dump().await.unwrap().differences(&before), Vec::<String>::new());
    let third = add_org(&store, "third").await.unwrap();
    assert_eq!(third.head().created, at(9_000));
    assert_eq!(store.incoherences().await.unwrap(), Vec::<String>::new());
}

/// Two rows may have had one number, each in its own time: the one that goes takes nothing of the one that comes.
#[tokio::test]
async fn what_goes_does_not_take_the_place_of_what_comes_with_it() {
    let (_dir, store) = open().await;
    let saved = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    store.save(saved[0].path()).await.unwrap();
    let timer = |subject| act(&store, move |tx| Box::pin(tx.put_timer(TimerKind::Phase, Uuid::from_u128(subject), at(5))));
    timer(1).await.unwrap();
    store.save(saved[1].path()).await.unwrap();
    restore(&store, Image::read(saved[0].path()).await.unwrap()).await;
    timer(2).await.unwrap();
    restore(&store, Image::read(saved[1].path()).await.unwrap()).await;
    assert_eq!(store.incoherences().await.unwrap(), Vec::<String>::new());
    let due = store.read().timers(at(5), 9).await.unwrap();
    assert_eq!(due.iter().map(|timer| timer.subject).collect::<Vec<_>>(), [Uuid::from_u128(1)]);
    assert_eq!((store.next_due(), store.awaited(9).len()), (Some(at(5)), 0));
}

#[tokio::test]
async fn where_one_file_of_an_image_cannot_be_copied_none_is_replaced() {
    let (dir, store) = open().await;
    let first = fill(&store, "first", 1).await;
    let second = fill(&store, "second", 2).await;
    let saved = tempfile::tempdir().unwrap();
    store.save(saved.path()).await.unwrap();
    store.blobs().file(first, 0).unwrap().write_at(0, "other").await.unwrap();
    store.blobs().file(second, 0).unwrap().write_at(0, "others").await.unwrap();
    for broken in [first, second] {
        let (image, place) = (Image::read(saved.path()).await.unwrap(), dir.path().join("files").join(broken.to_string()).join("0.new"));
        std::fs::create_dir(&place).unwrap();
        assert!(act(&store, move |tx: &mut Tx<'_>| Box::pin(tx.restore(image))).await.is_err());
        std::fs::remove_dir(&place).unwrap();
        assert_eq!(store.blobs().file(first, 0).unwrap().read_at(0, 9).await.unwrap(), b"other");
        assert_eq!(store.blobs().file(second, 0).unwrap().read_at(0, 9).await.unwrap(), b"others");
    }
    restore(&store, Image::read(saved.path()).await.unwrap()).await;
    assert_eq!(store.blobs().file(first, 0).unwrap().read_at(0, 9).await.unwrap(), b"first");
}
