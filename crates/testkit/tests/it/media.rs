//! Media and their bytes on the way through the transfer area.

use crate::DOCUMENTED;
use crate::catalog::catalog;
use crate::org::org;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

const NS: &str = r#"xmlns="http://www.vmware.com/vcloud/v1.5""#;
/// An image of ten bytes.
pub(crate) const BYTES: &str = "0123456789";

fn image(name: &str, size: &str) -> String {
    format!(r#"<Media {NS} name="{name}" imageType="iso" size="{size}"><Description>of tests</Description></Media>"#)
}

/// Begins an upload into the catalog; answers the href of the image.
pub(crate) async fn begin(actor: &Actor, name: &str) -> String {
    let add = actor.get(&catalog(actor).await).await.link("add", media::MEDIA);
    let item = actor.post(&add, media::MEDIA, &image(name, "10")).await;
    assert_eq!((item.status, item.attribute("name").as_deref()), (201, Some(name)), "{}", item.text());
    item.attribute_of("Entity", "href").unwrap()
}

/// The target of the first link of this relation, anywhere in a document.
fn anywhere(document: &Answer, rel: &str) -> String {
    let xml = document.xml();
    let found = xml.descendants().find(|node| node.attribute("rel") == Some(rel));
    found.and_then(|node| node.attribute("href")).unwrap_or_else(|| panic!("no {rel} in {}", document.text())).to_owned()
}

async fn file(actor: &Actor, medium: &str) -> String {
    anywhere(&actor.get(medium).await, "upload:default")
}

/// Sends bytes `from` up to `to`, and says so.
async fn part(actor: &Actor, file: &str, from: usize, to: usize) -> Answer {
    let range = format!("bytes {from}-{}/10", to - 1);
    actor.send("PUT", file, &[("content-range", &range)], &BYTES[from..to]).await
}

/// Uploads an image into the catalog; answers its href.
pub(crate) async fn uploaded(actor: &Actor, name: &str) -> String {
    let medium = begin(actor, name).await;
    assert_eq!(part(actor, &file(actor, &medium).await, 0, 10).await.status, 200);
    medium
}

/// What comes down of an image, once that is enabled.
pub(crate) async fn downloaded(actor: &Actor, medium: &str) -> String {
    let task = actor.post_empty(&actor.get(medium).await.link("enable", "")).await;
    assert_eq!(task.status, 202, "{}", task.text());
    actor.get(&anywhere(&actor.get(medium).await, "download:default")).await.text().to_owned()
}

/// Status of the image, bytes that have come, and status and progress of its task.
async fn state(actor: &Actor, medium: &str) -> (String, Option<String>, Option<String>, Option<String>) {
    let document = actor.get(medium).await;
    let (bytes, task) = (document.attribute_of("File", "bytesTransferred"), document.attribute_of("Task", "status"));
    (document.attribute("status").unwrap(), bytes, task, document.text_of("Progress"))
}

fn so(status: &str, bytes: &str, task: &str, progress: &str) -> (String, Option<String>, Option<String>, Option<String>) {
    (status.to_owned(), Some(bytes.to_owned()), Some(task.to_owned()), Some(progress.to_owned()))
}

#[tokio::test]
async fn bytes_come_in_parts_in_any_order_and_twice() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let medium = begin(&actor, "disc").await;
    let link = file(&actor, &medium).await;
    assert_eq!(state(&actor, &medium).await, so("0", "0", "running", "0"));
    for (from, to, bytes, progress) in [(6, 8, "2", "18"), (0, 2, "4", "36"), (6, 8, "4", "36"), (1, 7, "8", "72")] {
        let answer = part(&actor, &link, from, to).await;
        assert_eq!((answer.status, answer.text()), (200, ""), "{}", answer.text());
        assert_eq!(state(&actor, &medium).await, so("0", bytes, "running", progress));
    }
    for version in DOCUMENTED {
        golden!(actor.at(version).get(&medium).await, "media", "uploading", "recorded (elements of real servers; -1 for what is unknown)");
    }
    assert_eq!(part(&actor, &link, 8, 10).await.status, 200);
    assert_eq!(state(&actor, &medium).await, ("1".to_owned(), None, None, None), "it is there, and awaits nothing");
    assert_eq!(part(&actor, &link, 8, 10).await.status, 404, "nothing is awaited any more");
    let query = actor.get("/api/query?type=media&filter=name==disc").await;
    assert_eq!(query.attribute_of("MediaRecord", "status").as_deref(), Some("RESOLVED"), "{}", query.text());
}

#[tokio::test]
async fn what_a_file_cannot_have_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let medium = begin(&actor, "disc").await;
    let link = file(&actor, &medium).await;
    for (range, body, said) in [
        ("bytes 0-4/11", "01234", "whose size is 10"),
        ("bytes 8-11/10", "8901", "whose size is 10"),
        ("bytes 4-2/10", "432", "whose size is 10"),
        ("0-4", "01234", "bytes 0-99/1000"),
        ("bytes 0-1/10", "0123", "the part ends at byte 2"),
    ] {
        let answer = actor.send("PUT", &link, &[("content-range", range)], body).await;
        assert!(answer.status == 400 && answer.text().contains(said), "{range}: {}", answer.text());
        assert_eq!(state(&actor, &medium).await, so("0", "0", "running", "0"), "{range}");
    }
    let long = actor.send("PUT", &link, &[], "0123456789ab").await;
    assert!(long.status == 400 && long.text().contains("too long"), "{}", long.text());
    let short = actor.send("PUT", &link, &[], "0123").await;
    assert!(short.status == 400 && short.text().contains("6 byte(s) are missing"), "{}", short.text());
    assert_eq!(state(&actor, &medium).await, so("0", "4", "running", "36"), "what came is kept");
    assert_eq!(actor.send("PUT", &link.replace("/file", "/other"), &[], "x").await.status, 404);
    assert_eq!(actor.send("PUT", "/transfer/nothing/file", &[], "x").await.status, 403);
    for stranger in ["author@example", "orgadmin2@example2"] {
        assert_eq!(part(&world.login(stranger).await, &link, 0, 2).await.status, 403, "{stranger}");
    }
    for (body, said) in
        [(image("x", "-1"), "negative"), (image("x", "1").replace("iso", "tape"), "iso or floppy"), (image("", "1"), "name")]
    {
        let add = actor.get(&catalog(&actor).await).await.link("add", media::MEDIA);
        let answer = actor.post(&add, media::MEDIA, &body).await;
        assert!(answer.status == 400 && answer.text().contains(said), "{}", answer.text());
    }
}

#[tokio::test]
async fn an_upload_that_stalls_ends_in_an_error_and_one_that_goes_on_does_not() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let medium = begin(&actor, "disc").await;
    let (link, task) = (file(&actor, &medium).await, actor.get(&medium).await.attribute_of("Task", "href").unwrap());
    for _ in 0..3 {
        world.advance_millis(3_000_000).await;
        part(&world.login("orgadmin@example").await, &link, 0, 4).await;
    }
    let actor = world.login("orgadmin@example").await;
    assert_eq!(state(&actor, &medium).await, so("0", "4", "running", "36"), "each part begins the hour anew");
    world.advance_millis(3_600_000).await;
    let actor = world.login("orgadmin@example").await;
    let ended = actor.get(&task).await;
    assert_eq!(ended.attribute("status").as_deref(), Some("error"));
    assert!(ended.attribute_of("Error", "message").unwrap().contains("4 of 10 bytes"), "{}", ended.text());
    assert_eq!(part(&actor, &link, 4, 10).await.status, 404);
    assert_eq!(actor.get(&medium).await.attribute("status").as_deref(), Some("-1"));
    assert_eq!(actor.delete(&medium).await.status, 202);
    assert_eq!(actor.get(&medium).await.status, 403);
}

#[tokio::test]
async fn a_cancelled_upload_leaves_nothing() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let before = actor.get(&catalog(&actor).await).await.count("CatalogItem");
    let medium = begin(&actor, "disc").await;
    let (link, document) = (file(&actor, &medium).await, actor.get(&medium).await);
    part(&actor, &link, 0, 4).await;
    assert_eq!(actor.post_empty(&anywhere(&document, "task:cancel")).await.status, 204);
    assert_eq!((actor.get(&medium).await.status, part(&actor, &link, 4, 10).await.status), (403, 403));
    assert_eq!(actor.get(&catalog(&actor).await).await.count("CatalogItem"), before);
}

#[tokio::test]
async fn bytes_are_taken_while_the_upload_is_blocked() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    crate::vapp::block(&admin, "vdcUploadMedia").await;
    let medium = begin(&actor, "disc").await;
    let link = file(&actor, &medium).await;
    assert_eq!(part(&actor, &link, 0, 10).await.status, 200);
    assert_eq!(state(&actor, &medium).await, so("0", "10", "preRunning", "90"), "it is blocked, whatever has come");
    crate::vim_server::decide(&admin, "resume").await;
    assert_eq!(state(&actor, &medium).await.0, "1", "all bytes were there, so that nothing is waited for");
}

#[tokio::test]
async fn an_image_can_lie_in_a_vdc_alone() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let vdc = actor.get(&org(&actor, "example").await).await.link("down", media::VDC);
    let made = actor.post(&actor.get(&vdc).await.link("add", media::MEDIA), media::MEDIA, &image("loose", "0")).await;
    assert_eq!((made.status, made.attribute("status").as_deref()), (201, Some("0")), "{}", made.text());
    let medium = actor.get(&made.attribute("href").unwrap()).await;
    assert_eq!(medium.attribute("status").as_deref(), Some("1"), "an empty file is there at once");
    assert!(medium.find_link("catalogItem", media::CATALOG_ITEM).is_none());
}

/// How many objects have files in the data directory.
fn with_files(world: &World) -> usize {
    std::fs::read_dir(world.data().join("files")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn what_has_come_survives_and_what_is_not_needed_is_gone() {
    let mut world = World::new().await;
    let mut actor = world.login("orgadmin@example").await;
    let (kept, cancelled) = (begin(&actor, "kept").await, begin(&actor, "cancelled").await);
    for medium in [&kept, &cancelled] {
        part(&actor, &file(&actor, medium).await, 2, 6).await;
    }
    assert_eq!(with_files(&world), 2);
    let cancel = anywhere(&actor.get(&cancelled).await, "task:cancel");
    assert_eq!((actor.post_empty(&cancel).await.status, with_files(&world)), (204, 1), "with the image its bytes are gone");
    // As a crash between two steps leaves it.
    std::fs::create_dir(world.data().join("files").join("00000000-0000-4000-8000-000000000000")).unwrap();
    for crash in [false, true] {
        if crash {
            world.crash().await;
        } else {
            world.restart().await;
        }
        actor = world.reconnect(&actor);
        assert_eq!(with_files(&world), 1, "what belongs to nothing is swept");
        assert_eq!(state(&actor, &kept).await, so("0", "4", "running", "36"));
    }
    let link = file(&actor, &kept).await;
    part(&actor, &link, 0, 2).await;
    assert_eq!(part(&actor, &link, 6, 10).await.status, 200);
    assert_eq!(state(&actor, &kept).await.0, "1");
    let id = kept.rsplit('/').next().unwrap();
    assert_eq!(std::fs::read(world.data().join("files").join(id).join("0")).unwrap(), BYTES.as_bytes(), "each byte is where it belongs");
    assert_eq!((actor.delete(&kept).await.status, actor.get(&kept).await.status), (202, 403));
    assert_eq!(with_files(&world), 0);
}

#[tokio::test]
async fn an_image_comes_down_whole_and_in_parts() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let medium = begin(&actor, "disc").await;
    let link = file(&actor, &medium).await;
    part(&actor, &link, 0, 10).await;
    let there = actor.get(&medium).await;
    assert_eq!(actor.get(&link).await.status, 404, "it was not enabled");
    let task = actor.post_empty(&there.link("enable", "")).await;
    assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("vdcEnableDownload")), "{}", task.text());
    let enabled = actor.get(&medium).await;
    assert!(enabled.find_link("enable", "").is_none());
    for version in DOCUMENTED {
        golden!(actor.at(version).get(&medium).await, "media", "downloadable", "documented (a File with its link, as clients look for it)");
    }
    let link = anywhere(&enabled, "download:default");
    let whole = actor.get(&link).await;
    assert_eq!((whole.status, whole.text(), whole.media()), (200, BYTES, "application/octet-stream"));
    let some = actor.send("GET", &link, &[("range", "bytes=3-5")], "").await;
    assert_eq!((some.status, some.text(), some.header("content-range")), (206, "345", Some("bytes 3-5/10")));
    let beyond = actor.send("GET", &link, &[("range", "bytes=30-")], "").await;
    assert_eq!((beyond.status, beyond.text()), (200, BYTES));
    for stranger in ["user@example", "orgadmin2@example2"] {
        assert_eq!(world.login(stranger).await.get(&link).await.status, 403, "{stranger}");
    }
    assert_eq!(actor.post_empty(&enabled.link("disable", "")).await.status, 204);
    assert_eq!((actor.get(&link).await.status, actor.get(&medium).await.count("File")), (404, 0));
    let seeded = actor.get(&crate::vapp::href(vcdsim_model::kind::Kind::Media, "example-catalog/example-media")).await;
    actor.post_empty(&seeded.link("enable", "")).await;
    let blank = actor.get(&anywhere(&actor.get(&seeded.attribute("href").unwrap()).await, "download:default")).await;
    assert_eq!((blank.status, blank.bytes().len(), &blank.bytes()[32_769..32_774]), (200, 4 << 20, &b"CD001"[..]));
}
