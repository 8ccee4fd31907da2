//! Packages with a manifest, in parts, and compressed, on the way through the transfer area.

use crate::catalog::catalog;
use crate::vapp_template::{NS, PACKAGE, begin, files};
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512, digest};
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

/// The second disk of the package.
const DB: &str = "01234";

/// The first, of the size that the descriptor says.
fn web() -> String {
    (0..100).map(|number| format!("sector {number:02}\n")).collect()
}

/// Begins the upload of a package whose manifest is to be sent, too; answers the href of the template.
async fn begin_with_manifest(actor: &Actor, name: &str) -> String {
    let add = actor.get(&catalog(actor).await).await.link("add", media::UPLOAD_VAPP_TEMPLATE_PARAMS);
    let body = format!(r#"<UploadVAppTemplateParams {NS} name="{name}" manifestRequired="true"/>"#);
    let item = actor.post(&add, media::UPLOAD_VAPP_TEMPLATE_PARAMS, &body).await;
    assert_eq!(item.status, 201, "{}", item.text());
    item.attribute_of("Entity", "href").unwrap()
}

/// A line of a manifest.
fn line(algorithm: (&str, &'static Algorithm), file: &str, text: &str) -> String {
    let hex: String = digest(algorithm.1, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}({file})= {hex}\n", algorithm.0)
}

const SHA_1: (&str, &Algorithm) = ("SHA1", &SHA1_FOR_LEGACY_USE_ONLY);
const SHA_256: (&str, &Algorithm) = ("SHA256", &SHA256);
const SHA_512: (&str, &Algorithm) = ("SHA512", &SHA512);

/// The manifest of the package, which calls its descriptor by a name of its own.
fn manifest() -> String {
    let descriptor = line(SHA_256, "shop.ovf", PACKAGE);
    [descriptor, line(SHA_1, "web-disk1.vmdk", &web()), line(SHA_512, "db-disk1.vmdk", DB)].concat()
}

/// Sends a file that is awaited, whole.
async fn send(actor: &Actor, template: &str, file: &str, text: &str) -> Answer {
    let awaited = files(actor, template).await;
    let [.., href] = awaited.iter().find(|[name, ..]| name == file).unwrap_or_else(|| panic!("{file} is not awaited: {awaited:?}"));
    actor.send("PUT", href, &[], text).await
}

/// Sends all that the package has but its manifest.
async fn send_package(actor: &Actor, template: &str) {
    for (name, text) in [("descriptor.ovf", PACKAGE), ("web-disk1.vmdk", &web()), ("db-disk1.vmdk", DB)] {
        let answer = send(actor, template, name, text).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    }
}

async fn names(actor: &Actor, template: &str) -> Vec<String> {
    files(actor, template).await.into_iter().map(|[name, ..]| name).collect()
}

/// Status of the template, status and progress of its task.
async fn state(actor: &Actor, template: &str) -> (String, Option<String>, Option<String>) {
    let document = actor.get(template).await;
    (document.attribute("status").unwrap(), document.attribute_of("Task", "status"), document.text_of("Progress"))
}

fn waiting() -> (String, Option<String>, Option<String>) {
    ("0".to_owned(), Some("running".to_owned()), Some("90".to_owned()))
}

#[tokio::test]
async fn a_package_is_compared_with_its_manifest() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let template = begin_with_manifest(&actor, "shop").await;
    assert_eq!(names(&actor, &template).await, ["descriptor.ovf"], "clients send it to the only file that there is");
    send(&actor, &template, "descriptor.ovf", PACKAGE).await;
    assert_eq!(names(&actor, &template).await, ["descriptor.ovf", "descriptor.mf", "web-disk1.vmdk", "db-disk1.vmdk"]);
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let document = actor.at(version).get(&template).await;
        golden!(document, "vapp_template", "manifest", "documented (guide 5.5, files with a manifest; its name as vcloud-rest sends it)");
    }
    send_package(&actor, &template).await;
    assert_eq!(state(&actor, &template).await, waiting(), "all but the manifest is there");
    let sent = send(&actor, &template, "descriptor.mf", &manifest()).await;
    assert_eq!((sent.status, sent.text()), (200, ""));
    assert_eq!(state(&actor, &template).await, ("8".to_owned(), None, None));
    assert_eq!(actor.get(&template).await.count("Vm"), 2);
    let other = begin(&actor, "without").await;
    send_package(&actor, &other).await;
    assert_eq!(state(&actor, &other).await.0, "8", "none is awaited where none is asked for");
}

#[tokio::test]
async fn what_differs_from_its_manifest_ends_the_upload() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    for (number, (wrong, said)) in [
        (line(SHA_256, "web-disk1.vmdk", "other"), "\"web-disk1.vmdk\" does not have the SHA256 digest"),
        (line(SHA_1, "shop.ovf", "other"), "\"shop.ovf\" does not have the SHA1 digest"),
        (line(SHA_1, "more.vmdk", ""), "names the file \"more.vmdk\", which the package does not have"),
        ("SHA1(web-disk1.vmdk)= 12\n".to_owned(), "Line 4 of the manifest"),
    ]
    .into_iter()
    .enumerate()
    {
        let template = begin_with_manifest(&actor, &format!("bad-{number}")).await;
        let task = actor.get(&template).await.attribute_of("Task", "href").unwrap();
        send_package(&actor, &template).await;
        let refused = send(&actor, &template, "descriptor.mf", &(manifest() + &wrong)).await;
        assert!(refused.status == 400 && refused.text().contains(&said.replace('"', "&quot;")), "{said}: {}", refused.text());
        let task = actor.get(&task).await;
        assert_eq!(task.attribute("status").as_deref(), Some("error"));
        assert!(task.attribute_of("Error", "message").unwrap().contains(said), "{}", task.text());
        assert_eq!(actor.get(&template).await.attribute("status").as_deref(), Some("-1"));
        assert_eq!(actor.delete(&template).await.status, 202);
    }
}

/// The package with its first disk in three parts, and the second compressed.
fn in_parts() -> String {
    let chunked = PACKAGE.replace(r#"ovf:size="1000""#, r#"ovf:size="1000" ovf:chunkSize="400""#);
    chunked.replace(r#"ovf:href="db-disk1.vmdk""#, r#"ovf:href="db-disk1.vmdk.gz" ovf:compression="gzip""#)
}

#[tokio::test]
async fn parts_go_to_one_place_and_what_is_compressed_stays_so() {
    let mut world = World::new().await;
    let mut actor = world.login("orgadmin@example").await;
    let template = begin_with_manifest(&actor, "parts").await;
    let (package, disk) = (in_parts(), web());
    let parts = [&disk[..400], &disk[400..800], &disk[800..]];
    let line = |at: usize| line(SHA_1, &format!("web-disk1.vmdk.{at:09}"), parts[at]);
    // Nothing looks into a disk, so that any bytes stand for what a compressor writes.
    let packed = "packed";
    send(&actor, &template, "descriptor.ovf", &package).await;
    send(&actor, &template, "descriptor.mf", &(0..3).map(line).collect::<String>()).await;
    send(&actor, &template, "db-disk1.vmdk.gz", packed).await;
    let awaited = files(&actor, &template).await;
    assert_eq!(awaited[2][..3], ["web-disk1.vmdk", "1000", "0"], "it is one file");
    for (at, part) in parts.iter().enumerate() {
        if at == 2 {
            world.crash().await;
            actor = world.reconnect(&actor);
            assert_eq!(state(&actor, &template).await.0, "0");
        }
        let range = format!("bytes {}-{}/1000", at * 400, at * 400 + part.len() - 1);
        let answer = actor.send("PUT", &awaited[2][3], &[("content-range", &range)], part).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_eq!(state(&actor, &template).await, ("8".to_owned(), None, None), "the digests of the parts are those of the whole's stretches");
    actor.post_empty(&actor.get(&template).await.link("enable", "")).await;
    let link = actor.get(&template).await.link("download:default", "text/xml");
    for (name, sent) in [("web-disk1.vmdk", &*disk), ("db-disk1.vmdk.gz", packed), ("descriptor.ovf", &package)] {
        let got = actor.get(&link.replace("descriptor.ovf", name)).await;
        assert_eq!(got.text(), sent, "{name} comes down as it went up");
    }
}

#[tokio::test]
async fn a_part_with_another_digest_is_named() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let template = begin_with_manifest(&actor, "parts").await;
    send(&actor, &template, "descriptor.ovf", &in_parts()).await;
    let right = line(SHA_1, "web-disk1.vmdk.000000000", &web()[..400]);
    send(&actor, &template, "descriptor.mf", &(right + &line(SHA_1, "web-disk1.vmdk.000000002", &web()[800..900]))).await;
    send(&actor, &template, "db-disk1.vmdk.gz", "packed").await;
    let refused = send(&actor, &template, "web-disk1.vmdk", &web()).await;
    assert!(refused.status == 400 && refused.text().contains("web-disk1.vmdk.000000002"), "{}", refused.text());
}

#[tokio::test]
async fn a_blocked_upload_is_compared_anew_as_often_as_bytes_come() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    crate::vapp::block(&admin, "vdcUploadOvfContents").await;
    let template = begin_with_manifest(&actor, "slow").await;
    send_package(&actor, &template).await;
    let wrong = line(SHA_1, "db-disk1.vmdk", "other");
    assert_eq!(send(&actor, &template, "descriptor.mf", &wrong).await.status, 400);
    assert_eq!(names(&actor, &template).await, ["descriptor.ovf"], "it begins again");
    send_package(&actor, &template).await;
    assert_eq!(send(&actor, &template, "descriptor.mf", &manifest()).await.status, 200);
    assert_eq!(send(&actor, &template, "db-disk1.vmdk", "43210").await.status, 200, "what is whole takes nothing more");
    assert_eq!(state(&actor, &template).await.1.as_deref(), Some("preRunning"));
    crate::vim_server::decide(&admin, "resume").await;
    assert_eq!(state(&actor, &template).await.0, "8");
}

#[tokio::test]
async fn a_comparison_that_was_lost_is_made_when_the_last_part_comes_again() {
    let mut world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let template = begin_with_manifest(&actor, "lost").await;
    send_package(&actor, &template).await;
    let id = template.rsplit_once("vappTemplate-").unwrap().1.parse().unwrap();
    let cloud = world.instance().app.cloud();
    let caller = cloud.login("orgadmin", "example", "password").await.unwrap().caller;
    let mut receiver = cloud.receiver(&caller, id, "descriptor.mf", None).await.unwrap();
    receiver.take(manifest()).await.unwrap();
    receiver.finish().await.unwrap();
    world.crash().await;
    let actor = world.reconnect(&actor);
    assert_eq!(state(&actor, &template).await, waiting(), "all is there, and nobody has compared it");
    assert_eq!(send(&actor, &template, "descriptor.mf", &manifest()).await.status, 200);
    assert_eq!(state(&actor, &template).await.0, "8");
}

#[tokio::test]
async fn a_manifest_that_does_not_come_ends_the_upload() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let template = begin_with_manifest(&actor, "late").await;
    let task = actor.get(&template).await.attribute_of("Task", "href").unwrap();
    send_package(&actor, &template).await;
    world.advance_millis(3_600_000).await;
    let task = world.login("orgadmin@example").await.get(&task).await;
    assert_eq!(task.attribute("status").as_deref(), Some("error"));
    assert!(task.attribute_of("Error", "message").unwrap().contains("descriptor.mf"), "{}", task.text());
}

#[tokio::test]
async fn what_is_read_as_a_whole_has_an_end() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let template = begin_with_manifest(&actor, "long").await;
    for (at, name) in ["descriptor.ovf", "descriptor.mf"].into_iter().enumerate() {
        let href = &files(&actor, &template).await[at][3];
        let refused = actor.send("PUT", href, &[("content-range", "bytes 0-0/99999999999")], "x").await;
        assert!(refused.status == 400 && refused.text().contains("at most"), "{name}: {}", refused.text());
        send(&actor, &template, "descriptor.ovf", PACKAGE).await;
    }
}
