//! Opening and reopening. Invariant: what is reopened is what was closed.

use super::*;
use crate::{EntityFilter, Hold, HoldKind, RandomIds, StoreError, TaskFilter};
use sea_orm::ConnectionTrait;
use std::collections::BTreeSet;
use std::path::PathBuf;
use vcdsim_model::clock::IdGen;
use vcdsim_model::family::settings::BlockingTaskSettings;

/// Everything that a store answers, as text.
async fn dump(store: &Store) -> String {
    let read = store.read();
    let session = read.session_by_token("aa").await.unwrap();
    format!(
        "{:#?}",
        (
            read.list(EntityFilter::default()).await.unwrap(),
            read.tasks(TaskFilter::default()).await.unwrap(),
            read.blocking_tasks().await.unwrap(),
            read.holds(Uuid::from_u128(1)).await.unwrap(),
            read.timers(at(1 << 40), 99).await.unwrap(),
            read.events_after(0, 99).await.unwrap(),
            session,
            read.setting::<BlockingTaskSettings>().await.unwrap(),
            (read.cursor("journal").await.unwrap(), store.next_due(), store.last_event()),
        )
    )
}

async fn fill(store: &Store) {
    let fill = act(store, |tx| {
        Box::pin(async move {
            let (one, two) = (tx.id(), tx.id());
            tx.insert(org(one, "acme")).await?;
            tx.insert(Draft { description: Some("two".into()), org: Some(one), owner: Some(two), ..datastore(two, "ds") }).await?;
            tx.update(Urn::new(Kind::Datastore, two), |entity| entity.head.busy = Some(Uuid::from_u128(1))).await?;
            tx.put_task(task(1, 5)).await?;
            tx.put_blocking(blocking(2, 1, 5)).await?;
            let entity = Urn::new(Kind::Datastore, two);
            tx.put_hold(Hold { task: Uuid::from_u128(1), entity, what: HoldKind::Locked { was: Status::Unresolved } }).await?;
            tx.put_timer(TimerKind::Gate, Uuid::from_u128(2), at(1_005)).await?;
            tx.put_timer(TimerKind::Phase, Uuid::from_u128(1), at(1_005)).await?;
            tx.emit(event("acme", true)).await?;
            tx.put_session(session(4, "aa")).await?;
            tx.put_cursor("journal", 1).await?;
            let operations = BTreeSet::from([Operation::VappDeploy]);
            tx.put_setting(&BlockingTaskSettings { operations, ..BlockingTaskSettings::default() }).await
        })
    });
    fill.await.unwrap();
}

#[tokio::test]
async fn reopened_it_answers_the_same_and_numbers_on() {
    let (dir, store) = open().await;
    fill(&store).await;
    let removed = add_org(&store, "removed").await.unwrap().urn();
    act(&store, move |tx| Box::pin(async move { tx.delete(removed).await })).await.unwrap();
    let before = dump(&store).await;
    store.close().await.unwrap();

    let store = Store::open(options(Some(dir.path()))).await.unwrap();
    assert_eq!(dump(&store).await, before);
    assert_eq!(add_org(&store, "Acme").await.unwrap_err(), Fault::duplicate_name("Acme"));
    // The number of the removed object is not drawn again.
    assert_eq!(add_org(&store, "new").await.unwrap().head().seq, 4);
}

#[tokio::test]
async fn a_dropped_store_loses_nothing_that_was_answered() {
    let dir = tempfile::tempdir().unwrap();
    let crash = || {
        let path = dir.path().to_owned();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let store = Store::open(options(Some(&path))).await.unwrap();
                fill(&store).await;
                dump(&store).await
            })
        })
        .join()
        .unwrap()
    };
    let before = crash();
    let store = Store::open(options(Some(dir.path()))).await.unwrap();
    assert_eq!(dump(&store).await, before);
}

#[tokio::test]
async fn reproducible_ids_go_on_where_they_stopped() {
    let (dir, store) = open().await;
    let first = add_org(&store, "one").await.unwrap().head().id;
    store.close().await.unwrap();
    let store = Store::open(options(Some(dir.path()))).await.unwrap();
    let second = add_org(&store, "two").await.unwrap().head().id;
    let stream = SeededIds::new(7);
    assert_eq!([first, second], [stream.id(), stream.id()]);
    assert_eq!(first.get_version_num(), 4);
    assert_ne!(stream.secret(), stream.secret());
    assert_ne!(RandomIds.id(), RandomIds.id());
    assert_eq!((RandomIds.id().get_version_num(), RandomIds.position()), (4, None));
}

#[tokio::test]
async fn a_directory_has_one_store_at_a_time() {
    let (dir, store) = open().await;
    match Store::open(options(Some(dir.path()))).await {
        Err(error @ StoreError::Locked { .. }) => {
            let text = error.to_string();
            assert!(text.contains(&dir.path().display().to_string()), "{text}");
            assert!(text.contains(&format!("pid {}", std::process::id())), "{text}");
        }
        other => panic!("{other:?}"),
    }
    store.close().await.unwrap();
    Store::open(options(Some(dir.path()))).await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_up_to_date_is_opened_without_the_migrator() {
    let (dir, store) = open().await;
    store.close().await.unwrap();
    let file = dir.path().join("vcdsim.db");
    let db = crate::db::writer(&file, sea_orm::sqlx::sqlite::SqliteSynchronous::Normal).await.unwrap();
    // Without these tables the migrator would make everything anew, and fail.
    db.execute_unprepared("DROP TABLE seaql_migrations").await.unwrap();
    db.close_by_ref().await.unwrap();
    let store = Store::open(options(Some(dir.path()))).await.unwrap();
    store.close().await.unwrap();

    // A database of another version is the migrator's, whatever it is found to be.
    let db = crate::db::writer(&file, sea_orm::sqlx::sqlite::SqliteSynchronous::Normal).await.unwrap();
    db.execute_unprepared("PRAGMA user_version = 1000").await.unwrap();
    db.close_by_ref().await.unwrap();
    assert!(Store::open(options(Some(dir.path()))).await.is_err());
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Store::open(options(Some(&file.join("data")))).await.unwrap_err();
    assert!(error.to_string().contains("file/data"), "{error}");
}

#[tokio::test]
async fn a_directory_may_have_any_name() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("a b?mode=ro&x#%41");
    let store = Store::open(options(Some(&dir))).await.unwrap();
    add_org(&store, "acme").await.unwrap();
    assert!(dir.join("vcdsim.db").is_file());
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_a_fault_of_ours() {
    let (_dir, store) = open().await;
    let urn = add_org(&store, "acme").await.unwrap().urn();
    let uncached = Store::open(Options { cache_bytes: 0, ..options(None) }).await.unwrap();
    let other = add_org(&uncached, "acme").await.unwrap().urn();
    uncached.0.shared.writer_db.execute_unprepared("UPDATE entity SET body = '{}'").await.unwrap();
    assert_eq!(uncached.read().entity(other).await.unwrap_err(), Fault::internal());
    assert!(store.read().entity(urn).await.unwrap().is_some());
}

fn temporary(store: &Store) -> PathBuf {
    store.0.shared.home.lock().unwrap().as_ref().unwrap().database().parent().unwrap().to_owned()
}

#[tokio::test]
async fn a_temporary_directory_goes_with_its_store() {
    let store = Store::open(options(None)).await.unwrap();
    let dir = temporary(&store);
    add_org(&store, "acme").await.unwrap();
    assert!(dir.join("vcdsim.db").is_file());
    // Another store sweeps, and leaves those that are alive.
    let other = Store::open(options(None)).await.unwrap();
    assert_ne!(temporary(&other), dir);
    assert!(dir.join("vcdsim.db").is_file());
    store.close().await.unwrap();
    assert!(!dir.exists());
}

#[test]
fn a_temporary_directory_goes_with_the_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = runtime.block_on(Store::open(options(None))).unwrap();
    let dir = temporary(&store);
    assert!(dir.is_dir());
    drop(store);
    drop(runtime);
    assert!(!dir.exists());
}

#[tokio::test]
async fn stale_temporary_directories_are_swept() {
    let make = |prefix: &str, lock: bool| {
        let dir = tempfile::Builder::new().prefix(prefix).tempdir().unwrap().keep();
        if lock {
            std::fs::write(dir.join("vcdsim.lock"), "1\n").unwrap();
        }
        dir
    };
    let (stale, young, strange) = (make("vcdsim-store-", true), make("vcdsim-store-", false), make("vcdsim-other-", true));
    let store = Store::open(options(None)).await.unwrap();
    assert_eq!([stale.exists(), young.exists(), strange.exists()], [false, true, true]);
    store.close().await.unwrap();
    std::fs::remove_dir_all(young).unwrap();
    std::fs::remove_dir_all(strange).unwrap();
}
