//! Templates made of vApps and of other templates, and what comes down of them.

use crate::catalog::{a_catalog, catalog};
use crate::vapp::{NAMESPACES, a_vapp, block, decide, href};
use crate::vapp_template::{PACKAGE, begin, files};
use std::collections::BTreeSet;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World};

const DISK: &str = "what was on the disk of web";

/// Uploads the package, whose disks are then `DISK` and `01234`; answers the template's href.
async fn uploaded(actor: &Actor, name: &str) -> String {
    let template = begin(actor, name).await;
    let [[_, _, _, descriptor]] = files(actor, &template).await.try_into().unwrap();
    let package = PACKAGE.replace("ovf:size=\"1000\"", &format!("ovf:size=\"{}\"", DISK.len()));
    assert_eq!(actor.send("PUT", &descriptor, &[], &package).await.status, 200);
    let awaited = files(actor, &template).await;
    assert_eq!(actor.send("PUT", &awaited[1][3], &[], DISK).await.status, 200);
    assert_eq!(actor.send("PUT", &awaited[2][3], &[("content-range", "bytes 0-4/5")], "01234").await.status, 200);
    template
}

/// A vApp of a template, whatever its licences say.
async fn instantiated(actor: &Actor, template: &str, name: &str) -> String {
    let vdc = href(Kind::Vdc, "example-vdc");
    let body = format!(
        r#"<InstantiateVAppTemplateParams {NAMESPACES} name="{name}" deploy="false" powerOn="false"><Source href="{template}"/><AllEULAsAccepted>true</AllEULAsAccepted></InstantiateVAppTemplateParams>"#
    );
    let made = actor.post(&format!("{vdc}/action/instantiateVAppTemplate"), media::INSTANTIATE_VAPP_TEMPLATE_PARAMS, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.attribute("href").unwrap()
}

pub(crate) fn captured(vapp: &str, name: &str, inner: &str) -> String {
    format!(
        r#"<CaptureVAppParams {NAMESPACES} name="{name}"><Description>of tests</Description><Source href="{vapp}"/>{inner}</CaptureVAppParams>"#
    )
}

/// Captures a vApp into the catalog.
pub(crate) async fn capture(actor: &Actor, params: &str) -> Answer {
    let add = actor.get(&catalog(actor).await).await.link("add", media::CAPTURE_VAPP_PARAMS);
    actor.post(&add, media::CAPTURE_VAPP_PARAMS, params).await
}

/// The same, when it is accepted; answers the task.
async fn capturing(actor: &Actor, vapp: &str, name: &str, inner: &str) -> Answer {
    let task = capture(actor, &captured(vapp, name, inner)).await;
    assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("vdcCaptureTemplate")), "{}", task.text());
    task
}

fn owner(task: &Answer) -> String {
    task.attribute_of("Owner", "href").unwrap()
}

/// Enables the download of a template; answers its descriptor, and the files that this names with their bytes.
async fn downloaded(actor: &Actor, template: &str) -> (Answer, Vec<Answer>) {
    let enable = actor.get(template).await.link("enable", "");
    assert_eq!(actor.post_empty(&enable).await.status, 202);
    let link = actor.get(template).await.link("download:default", "text/xml");
    let descriptor = actor.get(&link).await;
    let mut found = Vec::new();
    for file in vcdsim_wire::envelope::parse_envelope(descriptor.text().as_bytes()).unwrap().files {
        let sent = actor.get(&link.replace("descriptor.ovf", &file.href)).await;
        assert!(sent.status == 200 && file.size.is_none_or(|size| size == sent.bytes().len() as u64), "{}", file.href);
        found.push(sent);
    }
    (descriptor, found)
}

#[tokio::test]
async fn what_was_uploaded_comes_down_of_what_was_captured() {
    let mut world = World::new().await;
    let mut actor = world.login("orgadmin@example").await;
    let template = uploaded(&actor, "shop").await;
    let vapp = instantiated(&actor, &template, "copy").await;
    let made = owner(&capturing(&actor, &vapp, "captured", "").await);
    // Neither of those that it was made from is needed any more, and no crash loses its bytes.
    assert_eq!((actor.delete(&template).await.status, actor.delete(&vapp).await.status), (202, 202));
    world.crash().await;
    actor = world.reconnect(&actor);
    assert_eq!((actor.get(&template).await.status, actor.get(&vapp).await.status), (403, 403));
    let (descriptor, files) = downloaded(&actor, &made).await;
    assert_eq!(files.iter().map(Answer::text).collect::<Vec<_>>(), [DISK, "01234"]);
    let read = |text: &str| {
        let read = vcdsim_wire::envelope::parse_envelope(text.as_bytes()).unwrap();
        let machine = |machine: vcdsim_wire::envelope::EnvelopeMachine| {
            let disks: Vec<_> = machine.disks.iter().map(|disk| (disk.size_mb, disk.bus_type, disk.file.is_some())).collect();
            let cards: Vec<_> = machine.nics.iter().map(|nic| nic.adapter.clone()).collect();
            (machine.name, machine.cpus, machine.cores_per_socket, machine.memory_mb, machine.os_id, disks, cards)
        };
        read.machines.into_iter().map(machine).collect::<Vec<_>>()
    };
    assert_eq!(read(descriptor.text()), read(PACKAGE), "the machines are the package's");
    assert_eq!(actor.get(&actor.get(&made).await.link("ovf", "text/xml")).await.text(), descriptor.text());
}

#[tokio::test]
async fn what_nobody_uploaded_comes_down_blank() {
    let world = World::new().await;
    let actor = world.login("cataloger@example").await;
    let (descriptor, files) =
        downloaded(&world.login("orgadmin@example").await, &href(Kind::VAppTemplate, "example-catalog/three-vms")).await;
    assert_eq!(files.len(), 3);
    assert!(files.iter().all(|file| file.bytes().starts_with(b"KDMV")), "{}", descriptor.text());
    let own = a_catalog(&actor, "own").await.replace("/api/admin/", "/api/");
    let upload = actor.get(&own).await.link("add", media::UPLOAD_VAPP_TEMPLATE_PARAMS);
    let item =
        actor.post(&upload, media::UPLOAD_VAPP_TEMPLATE_PARAMS, &format!(r#"<UploadVAppTemplateParams {NAMESPACES} name="again"/>"#)).await;
    let template = item.attribute_of("Entity", "href").unwrap();
    let [[_, _, _, to]] = crate::vapp_template::files(&actor, &template).await.try_into().unwrap();
    assert_eq!(actor.send("PUT", &to, &[], descriptor.text()).await.status, 200, "and can be uploaded again");
    assert_eq!(crate::vapp_template::files(&actor, &template).await.len(), 4);
}

#[tokio::test]
async fn a_vapp_is_held_while_it_is_captured_and_an_abort_leaves_nothing() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let template = uploaded(&actor, "shop").await;
    let vapp = instantiated(&actor, &template, "copy").await;
    let before = with_files(&world);
    block(&admin, "vdcCaptureTemplate").await;
    let task = capturing(&actor, &vapp, "captured", "").await;
    assert_eq!(task.attribute("status").as_deref(), Some("preRunning"));
    let refused = actor.delete(&vapp).await;
    assert_eq!((refused.status, refused.attribute("minorErrorCode").as_deref()), (400, Some("BUSY_ENTITY")));
    assert_eq!(actor.get(&owner(&task)).await.attribute("status").as_deref(), Some("0"));
    assert_eq!(with_files(&world), before + 2, "both of its machines have bytes");
    decide(&admin, "abort").await;
    assert_eq!((actor.get(&owner(&task)).await.status, with_files(&world)), (403, before));
    assert_eq!(actor.delete(&vapp).await.status, 202);
}

/// How many objects have files in the data directory.
fn with_files(world: &World) -> usize {
    std::fs::read_dir(world.data().join("files")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn an_item_can_be_made_to_stand_for_what_is_captured() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let (vapp, item) = (a_vapp(&actor, "new", "photon-1vm").await, href(Kind::CatalogItem, "example-catalog/three-vms"));
    let old = href(Kind::VAppTemplate, "example-catalog/three-vms");
    let inner = format!(
        r#"<LeaseSettingsSection><ovf:Info/><StorageLeaseInSeconds>3600</StorageLeaseInSeconds></LeaseSettingsSection><CustomizationSection><ovf:Info/><CustomizeOnInstantiate>false</CustomizeOnInstantiate></CustomizationSection><TargetCatalogItem href="{item}"/>"#
    );
    let made = owner(&capturing(&actor, &vapp, "captured", &inner).await);
    assert_eq!(actor.get(&item).await.attribute_of("Entity", "href").as_ref(), Some(&made));
    assert_eq!(actor.get(&old).await.status, 403, "what it stood for is gone");
    let template = actor.get(&made).await;
    assert_eq!((template.count("Vm"), template.text_of("StorageLeaseInSeconds").as_deref()), (1, Some("3600")));
    assert_eq!(template.text_of("CustomizeOnInstantiate").as_deref(), Some("false"));
    let copy = actor.get(&instantiated(&actor, &made, "as it was").await).await;
    let guest = copy.xml();
    let guest = guest.descendants().find(|node| node.tag_name().name() == "GuestCustomizationSection").unwrap();
    let enabled = guest.children().find(|node| node.tag_name().name() == "Enabled").and_then(|node| node.text().map(str::to_owned));
    assert_eq!(enabled.as_deref(), Some("false"), "what is not to be prepared is not");
    let elsewhere = href(Kind::CatalogItem, "example-nsxt-catalog/photon-1vm");
    let add = actor.get(&catalog(&actor).await).await.link("add", media::CAPTURE_VAPP_PARAMS);
    let wrong = captured(&vapp, "wrong", &format!(r#"<TargetCatalogItem href="{elsewhere}"/>"#));
    let refused = actor.post(&add, media::CAPTURE_VAPP_PARAMS, &wrong).await;
    assert_eq!((refused.status, refused.attribute("minorErrorCode").as_deref()), (400, Some("INVALID_REFERENCE")));
    let empty = format!(r#"<ComposeVAppParams {NAMESPACES} name="empty"/>"#);
    let empty = actor.post(&format!("{}/action/composeVApp", href(Kind::Vdc, "example-vdc")), media::COMPOSE_VAPP_PARAMS, &empty).await;
    let refused = actor.post(&add, media::CAPTURE_VAPP_PARAMS, &captured(&empty.attribute("href").unwrap(), "none", "")).await;
    assert!(refused.status == 400 && refused.text().contains("no virtual machine"), "{}", refused.text());
}

#[tokio::test]
async fn templates_and_images_are_copied_into_a_vdc() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let vdc = actor.get(&href(Kind::Vdc, "example-nsxt-vdc")).await;
    let (source, image) = (uploaded(&actor, "shop").await, href(Kind::Media, "example-catalog/example-media"));
    for (root, takes, source, deletes) in [
        ("CloneVAppTemplateParams", media::CLONE_VAPP_TEMPLATE_PARAMS, &source, true),
        ("CloneMediaParams", media::CLONE_MEDIA_PARAMS, &image, false),
    ] {
        let body =
            format!(r#"<{root} {NAMESPACES} name="copied"><Source href="{source}"/><IsSourceDelete>{deletes}</IsSourceDelete></{root}>"#);
        let made = actor.post(&vdc.link("add", takes), takes, &body).await;
        assert_eq!((made.status, made.attribute("status").as_deref()), (201, Some("0")), "{}", made.text());
        let copy = actor.get(&made.attribute("href").unwrap()).await;
        assert_eq!((copy.attribute("name").as_deref(), copy.link("up", media::VDC)), (Some("copied"), vdc.attribute("href").unwrap()));
        assert!(copy.find_link("catalogItem", media::CATALOG_ITEM).is_none());
        assert_eq!(actor.get(source).await.status, if deletes { 403 } else { 200 });
        if deletes {
            let (descriptor, files) = downloaded(&actor, &copy.attribute("href").unwrap()).await;
            assert_eq!((descriptor.text().contains("web-disk1.vmdk"), files[0].text()), (true, DISK), "as it was uploaded");
        }
    }
}

#[tokio::test]
async fn items_are_copied_and_moved_between_catalogs() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let other = actor.get(&href(Kind::Catalog, "example-nsxt-catalog")).await;
    let (item, template) = (href(Kind::CatalogItem, "example-catalog/three-vms"), href(Kind::VAppTemplate, "example-catalog/three-vms"));
    let body =
        |name: &str| format!(r#"<CopyOrMoveCatalogItemParams {NAMESPACES} {name}><Source href="{item}"/></CopyOrMoveCatalogItemParams>"#);
    let send = |rel: &'static str, name: &'static str| {
        let (actor, link, body) = (actor.clone(), other.link(rel, media::COPY_OR_MOVE_CATALOG_ITEM_PARAMS), body(name));
        async move { actor.post(&link, media::COPY_OR_MOVE_CATALOG_ITEM_PARAMS, &body).await }
    };
    let copied = send("copy", r#"name="twice""#).await;
    assert_eq!((copied.status, copied.attribute("operationName").as_deref()), (202, Some("vdcCopyTemplate")), "{}", copied.text());
    assert_eq!(actor.get(&owner(&copied)).await.count("Vm"), 3);
    let taken = send("move", r#"name="photon-1vm""#).await;
    assert_eq!((taken.status, taken.attribute("minorErrorCode").as_deref()), (400, Some("DUPLICATE_NAME")));
    let moved = send("move", "").await;
    assert_eq!((moved.status, moved.attribute("operationName").as_deref()), (202, Some("vdcUpdateTemplate")), "{}", moved.text());
    let there = actor.get(&template).await;
    assert_eq!(there.link("up", media::VDC), href(Kind::Vdc, "example-vdc"), "the catalog does not say where its things lie");
    assert_eq!(actor.get(&item).await.link("up", media::CATALOG), other.attribute("href").unwrap());
    let names = |catalog: Answer| {
        let xml = catalog.xml();
        let items = xml.descendants().filter(|node| node.tag_name().name() == "CatalogItem");
        items.filter_map(|item| item.attribute("name").map(str::to_owned)).collect::<BTreeSet<_>>()
    };
    assert_eq!(
        names(actor.get(&other.attribute("href").unwrap()).await),
        BTreeSet::from(["example-nsxt-media", "photon-1vm", "three-vms", "twice"].map(str::to_owned))
    );
    assert_eq!(names(actor.get(&catalog(&actor).await).await), BTreeSet::from(["example-media", "photon-1vm"].map(str::to_owned)));
}

#[tokio::test]
async fn who_may_not_copy_or_see_is_told_so() {
    let world = World::new().await;
    let (author, cataloger) = (world.login("author@example").await, world.login("cataloger@example").await);
    let vapp = a_vapp(&author, "mine", "photon-1vm").await;
    let body = captured(&vapp, "stolen", "");
    let into = format!("{}/action/captureVApp", href(Kind::Catalog, "example-catalog"));
    assert_eq!(author.post(&into, media::CAPTURE_VAPP_PARAMS, &body).await.status, 403, "who may only read a catalog adds nothing to it");
    let own = a_catalog(&cataloger, "own").await;
    let refused =
        cataloger.post(&format!("{}/action/captureVApp", own.replace("/api/admin/", "/api/")), media::CAPTURE_VAPP_PARAMS, &body).await;
    assert_eq!((refused.status, refused.attribute("minorErrorCode").as_deref()), (400, Some("INVALID_REFERENCE")));
}

#[tokio::test]
async fn networks_of_a_source_come_along_unless_others_are_named() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let template = uploaded(&actor, "shop").await;
    let vapp = actor.get(&instantiated(&actor, &template, "copy").await).await;
    assert_eq!(
        (vapp.attribute_of("NetworkConfig", "networkName").as_deref(), vapp.text_of("FenceMode").as_deref()),
        (Some("front"), Some("isolated"))
    );
    assert_eq!(vapp.attribute_of("NetworkConnection", "network").as_deref(), Some("front"));
    let made = owner(&capturing(&actor, &vapp.attribute("href").unwrap(), "captured", "").await);
    let captured = actor.get(&made).await;
    assert_eq!(captured.attribute_of("NetworkConfig", "networkName").as_deref(), Some("front"));
    assert_eq!(captured.text_of("CustomizeOnInstantiate").as_deref(), Some("false"), "nobody asked for copies that differ");
}

#[tokio::test]
async fn a_capture_that_fails_leaves_what_it_was_to_replace() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let (vapp, item) = (a_vapp(&actor, "new", "photon-1vm").await, href(Kind::CatalogItem, "example-catalog/three-vms"));
    let old = href(Kind::VAppTemplate, "example-catalog/three-vms");
    block(&admin, "vdcCaptureTemplate").await;
    let task = capturing(&actor, &vapp, "captured", &format!(r#"<TargetCatalogItem href="{item}"/>"#)).await;
    let waiting = actor.get(&old).await;
    assert!(["edit", "remove", "enable"].iter().all(|rel| waiting.find_link(rel, "").is_none()), "its item is held: {}", waiting.text());
    assert_eq!(actor.delete(&old).await.status, 400);
    decide(&admin, "fail").await;
    let failed = actor.get(&owner(&task)).await;
    assert_eq!(failed.attribute("status").as_deref(), Some("-1"));
    assert_eq!(actor.delete(&owner(&task)).await.status, 202);
    assert_eq!(actor.get(&item).await.attribute_of("Entity", "href").as_ref(), Some(&old), "the item stands for what it stood for");
    assert_eq!((actor.get(&old).await.status, actor.get(&old).await.count("Vm")), (200, 3));
}

#[tokio::test]
async fn nobody_writes_into_the_files_of_a_copy() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let source = uploaded(&actor, "shop").await;
    block(&admin, "vdcCopyTemplate").await;
    let vdc = actor.get(&href(Kind::Vdc, "example-vdc")).await;
    let body = format!(r#"<CloneVAppTemplateParams {NAMESPACES} name="copied"><Source href="{source}"/></CloneVAppTemplateParams>"#);
    let made = actor.post(&vdc.link("add", media::CLONE_VAPP_TEMPLATE_PARAMS), media::CLONE_VAPP_TEMPLATE_PARAMS, &body).await;
    let copy = made.attribute("href").unwrap();
    assert_eq!((made.status, made.count("File")), (201, 0), "nothing of it is awaited: {}", made.text());
    let place = |of: &str| format!("https://vcd.test/transfer/{}/web-disk1.vmdk", of.rsplit("vappTemplate-").next().unwrap());
    assert_eq!(actor.send("PUT", &place(&copy), &[], &"x".repeat(DISK.len())).await.status, 404);
    decide(&admin, "resume").await;
    for template in [&source, &copy] {
        assert_eq!(downloaded(&actor, template).await.1[0].text(), DISK);
    }
}
