//! vApps as packages: their descriptors, and their files to be fetched.

use super::{NAMESPACES, a_vapp, href};
use crate::vapp_template::begin;
use std::collections::BTreeMap;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, World, golden};

async fn enable(actor: &Actor, vapp: &str) {
    let task = actor.post_empty(&actor.get(vapp).await.link("enable", "")).await;
    assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("vdcEnableDownload")), "{}", task.text());
}

/// The files of a tape archive.
fn unpacked(mut archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    loop {
        let (header, rest) = archive.split_at(512);
        let text = |from: usize, to: usize| String::from_utf8_lossy(&header[from..to]).trim_end_matches(['\0', ' ']).to_owned();
        if text(0, 100).is_empty() {
            assert!(archive.len() == 1_024 && archive.iter().all(|byte| *byte == 0), "two empty blocks end it");
            return files;
        }
        assert_eq!(&header[257..263], b"ustar\0");
        let size = usize::from_str_radix(&text(124, 135), 8).unwrap();
        files.insert(text(0, 100), rest[..size].to_vec());
        archive = &rest[size.div_ceil(512) * 512..];
    }
}

#[tokio::test]
async fn a_vapp_has_a_descriptor_from_which_a_template_can_be_made() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let order = format!(
        r#"<ovf:StartupSection {NAMESPACES}><ovf:Info/><ovf:Item ovf:id="secondVM" ovf:order="3" ovf:startDelay="20" ovf:stopAction="guestShutdown"/></ovf:StartupSection>"#
    );
    assert_eq!(author.put(&format!("{vapp}/startupSection/"), media::STARTUP_SECTION, &order).await.status, 202);
    assert_eq!(author.at("1.5").get(&vapp).await.find_link("ovf", media::OVF), None, "it came with 5.1");
    let descriptor = author.at("5.1").get(&author.at("5.1").get(&vapp).await.link("ovf", media::OVF)).await;
    assert_eq!((descriptor.status, descriptor.media()), (200, "text/xml"));
    golden!(descriptor, "vapp", "descriptor", "documented (the descriptor of a vApp is an ovf:Envelope); DSP0243");
    let cataloger = world.login("orgadmin@example").await;
    let template = begin(&cataloger, "copy").await;
    let files = crate::vapp_template::files(&cataloger, &template).await;
    let [.., upload] = &files[0];
    assert_eq!(cataloger.send("PUT", upload, &[], descriptor.text()).await.status, 200);
    let read = vcdsim_wire::envelope::parse_envelope(descriptor.text().as_bytes()).unwrap();
    for [name, .., upload] in crate::vapp_template::files(&cataloger, &template).await {
        let said = read.files.iter().find(|file| file.href == name).and_then(|file| file.size);
        if let Some(size) = said.and_then(|size| usize::try_from(size).ok()) {
            assert_eq!(cataloger.send("PUT", &upload, &[], &"x".repeat(size)).await.status, 200);
        }
    }
    let body = super::params("again", "x", super::QUIET, "").replace(&href(Kind::VAppTemplate, "example-catalog/x"), &template);
    let again = super::instantiate(&cataloger, &body).await;
    let again = cataloger.get(&again.attribute("href").unwrap()).await;
    assert!(again.text().contains(r#"ovf:id="secondVM" ovf:order="3" ovf:startDelay="20""#), "{}", again.text());
}

#[tokio::test]
async fn what_is_enabled_is_fetched_file_by_file_or_in_one() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let id = vapp.rsplit("vapp-").next().unwrap().to_owned();
    assert_eq!(author.get(&format!("/transfer/{id}/descriptor.ovf")).await.status, 404, "nobody has enabled it");
    enable(&author, &vapp).await;
    let there = author.get(&vapp).await;
    assert!(there.find_link("enable", "").is_none() && there.find_link("disable", "").is_some());
    let link = there.link("download:default", media::OVF);
    let descriptor = author.get(&link).await;
    assert_eq!(descriptor.text(), author.get(&there.link("ovf", media::OVF)).await.text());
    let archive = author.get(&there.link("download:ovaDefault", "application/binary")).await;
    let size = archive.bytes().len();
    let files = unpacked(archive.bytes());
    assert_eq!((files.len(), files["descriptor.ovf"].as_slice()), (4, descriptor.bytes()));
    for (name, bytes) in files.iter().filter(|(name, _)| *name != "descriptor.ovf") {
        assert_eq!(author.get(&link.replace("descriptor.ovf", name)).await.bytes(), bytes, "{name}");
    }
    let part = author.send("GET", &there.link("download:ovaDefault", ""), &[("range", "bytes=512-1200")], "").await;
    assert_eq!((part.status, part.bytes()), (206, &archive.bytes()[512..1_201]));
    assert_eq!(part.header("content-range"), Some(format!("bytes 512-1200/{size}").as_str()));
    assert_eq!(author.get(&link.replace("descriptor.ovf", "other.vmdk")).await.status, 404);
    assert_eq!(author.post_empty(&there.link("disable", "")).await.status, 204);
    assert_eq!(author.get(&link).await.status, 404);
    assert!(author.get(&vapp).await.find_link("download:default", "").is_none());
}

#[tokio::test]
async fn only_a_vapp_that_is_off_is_enabled_and_only_by_who_may() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    let url = format!("{vapp}/action/enableDownload");
    assert_eq!(author.at("5.1").get(&vapp).await.find_link("enable", ""), None, "it came with 5.5");
    author.post_empty(&format!("{vapp}/power/action/powerOn")).await;
    assert_eq!(author.get(&vapp).await.find_link("enable", ""), None);
    let refused = author.post_empty(&url).await;
    assert!(refused.status == 400 && refused.text().contains("off"), "{}", refused.text());
    author.post_empty(&format!("{vapp}/power/action/powerOff")).await;
    let share = author.get(&vapp).await.link("controlAccess", media::CONTROL_ACCESS);
    author.post(&share, media::CONTROL_ACCESS, &crate::catalog::shared(Some("FullControl"), &[])).await;
    let user = world.login("user@example").await;
    assert_eq!(user.post_empty(&url).await.status, 403, "a vApp User has no right to download");
    enable(&author, &vapp).await;
    assert!(user.get(&vapp).await.find_link("download:default", "").is_none());
    let link = author.get(&vapp).await.link("download:default", media::OVF);
    assert_eq!(user.get(&link).await.status, 403);
}
