//! vApp templates and their machines.

use crate::DOCUMENTED;
use crate::catalog::catalog;
use crate::vapp::{below, href};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, World, golden};

#[tokio::test]
async fn templates_and_their_machines() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    for version in DOCUMENTED {
        let author = author.at(version);
        let template = author.get(&href(Kind::VAppTemplate, "example-catalog/three-vms")).await;
        assert_eq!((template.status, template.attribute("status").as_deref(), template.count("Vm")), (200, Some("8"), 3));
        golden!(template, "vapp_template", "three-vms", "recorded (shape of templates with status 8)");
        let machine = author.get(&template.attribute_of("Vm", "href").unwrap()).await;
        assert_eq!(machine.attribute("name").as_deref(), Some("firstVM"));
        golden!(machine, "vapp_template", "machine", "recorded (shape of machines of templates)");
    }
}

#[tokio::test]
async fn nothing_a_template_points_to_is_missing() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    for version in ["1.5", "39.1"] {
        let author = author.at(version);
        let hrefs = below(&author.get(&href(Kind::VAppTemplate, "example-catalog/three-vms")).await);
        assert!(hrefs.len() > 20, "{hrefs:?}");
        for url in hrefs {
            assert_eq!(author.get(&url).await.status, 200, "{url} at {version}");
        }
    }
}

#[tokio::test]
async fn templates_are_their_organizations() {
    let world = World::new().await;
    let url = href(Kind::VAppTemplate, "example-catalog/photon-1vm");
    assert_eq!(world.login("orgadmin2@example2").await.get(&url).await.status, 403);
    assert_eq!(world.login("user@example").await.get(&url).await.status, 200, "the catalog is shared with everyone");
    assert_eq!(world.login("administrator@System").await.get(&url).await.status, 200);
}

/// Two machines, two disks (the size of the second is not said), a network and a licence.
pub(crate) const PACKAGE: &str = include_str!("../../../wire/src/envelope/package.ovf");
pub(crate) const NS: &str = r#"xmlns="http://www.vmware.com/vcloud/v1.5""#;

/// Begins the upload of a package into the catalog; answers the href of the template.
pub(crate) async fn begin(actor: &Actor, name: &str) -> String {
    let add = actor.get(&catalog(actor).await).await.link("add", media::UPLOAD_VAPP_TEMPLATE_PARAMS);
    let body = format!(r#"<UploadVAppTemplateParams {NS} name="{name}"><Description>of tests</Description></UploadVAppTemplateParams>"#);
    let item = actor.post(&add, media::UPLOAD_VAPP_TEMPLATE_PARAMS, &body).await;
    assert_eq!((item.status, item.attribute("name").as_deref()), (201, Some(name)), "{}", item.text());
    item.attribute_of("Entity", "href").unwrap()
}

/// The files that a template awaits: name, size, bytes that have come, and where they go.
pub(crate) async fn files(actor: &Actor, template: &str) -> Vec<[String; 4]> {
    let document = actor.get(template).await;
    let xml = document.xml();
    let files = xml.descendants().filter(|node| node.has_tag_name(("http://www.vmware.com/vcloud/v1.5", "File")));
    let one = |file: roxmltree::Node<'_, '_>| {
        let of = |name: &str| file.attribute(name).unwrap_or_default().to_owned();
        let link = file.children().find(|child| child.attribute("rel") == Some("upload:default")).unwrap();
        [of("name"), of("size"), of("bytesTransferred"), link.attribute("href").unwrap().to_owned()]
    };
    files.map(one).collect()
}

#[tokio::test]
async fn a_package_becomes_a_template() {
    let world = World::new().await;
    let actor = world.login("cataloger@example").await;
    let orgadmin = world.login("orgadmin@example").await;
    let template = begin(&orgadmin, "shop").await;
    let [[name, size, bytes, descriptor]] = files(&orgadmin, &template).await.try_into().unwrap();
    assert_eq!((name.as_str(), size.as_str(), bytes.as_str()), ("descriptor.ovf", "-1", "0"));
    assert_eq!(orgadmin.get(&template).await.attribute("ovfDescriptorUploaded").as_deref(), Some("false"));
    assert_eq!(actor.send("PUT", &descriptor, &[], PACKAGE).await.status, 403, "who may only read a catalog adds nothing to it");
    let sent = orgadmin.send("PUT", &descriptor, &[("content-type", "text/xml")], PACKAGE).await;
    assert_eq!((sent.status, sent.text()), (200, ""));
    let awaited = files(&orgadmin, &template).await;
    let told: Vec<_> = awaited.iter().map(|[name, size, bytes, _]| (name.as_str(), size.as_str(), bytes.as_str())).collect();
    let length = PACKAGE.len().to_string();
    assert_eq!(told, [("descriptor.ovf", &*length, &*length), ("web-disk1.vmdk", "1000", "0"), ("db-disk1.vmdk", "-1", "0")]);
    let disk = "x".repeat(1_000);
    for (from, to) in [(600, 1_000), (0, 600)] {
        let range = format!("bytes {from}-{}/1000", to - 1);
        assert_eq!(orgadmin.send("PUT", &awaited[1][3], &[("content-range", &range)], &disk[from..to]).await.status, 200);
    }
    for version in DOCUMENTED {
        golden!(
            orgadmin.at(version).get(&template).await,
            "vapp_template",
            "uploading",
            "recorded (files of ruby_vcloud_sdk; -1 for what is unknown)"
        );
    }
    assert_eq!(orgadmin.send("PUT", &awaited[2][3], &[("content-range", "bytes 0-4/5")], "01234").await.status, 200);
    let there = orgadmin.get(&template).await;
    assert_eq!((there.attribute("status").as_deref(), there.count("File"), there.count("Vm")), (Some("8"), 0, 2), "{}", there.text());
    for version in DOCUMENTED {
        golden!(
            orgadmin.at(version).get(&template).await,
            "vapp_template",
            "uploaded",
            "recorded (sections of real servers, values of the package)"
        );
    }
    orgadmin.post_empty(&there.link("enable", "")).await;
    let link = orgadmin.get(&template).await.link("download:default", "text/xml");
    let beside = link.replace("descriptor.ovf", "web-disk1.vmdk");
    assert_eq!(orgadmin.get(&link).await.text(), PACKAGE, "it comes down as it went up");
    assert_eq!(orgadmin.get(&beside).await.text(), disk, "with its files beside it");
    let vapp = |accepted: bool| {
        format!(
            r#"<InstantiateVAppTemplateParams {NS} name="of-{accepted}" deploy="false" powerOn="false"><Source href="{template}"/><AllEULAsAccepted>{accepted}</AllEULAsAccepted></InstantiateVAppTemplateParams>"#
        )
    };
    let vdc = there.link("up", media::VDC);
    let add = orgadmin.get(&vdc).await.link("add", media::INSTANTIATE_VAPP_TEMPLATE_PARAMS);
    let refused = orgadmin.post(&add, media::INSTANTIATE_VAPP_TEMPLATE_PARAMS, &vapp(false)).await;
    assert_eq!((refused.status, refused.attribute("minorErrorCode").as_deref()), (400, Some("EULA_NOT_ACCEPTED")));
    let made = orgadmin.post(&add, media::INSTANTIATE_VAPP_TEMPLATE_PARAMS, &vapp(true)).await;
    let made = orgadmin.get(&made.attribute("href").unwrap()).await;
    assert_eq!((made.attribute("status").as_deref(), made.count("Vm")), (Some("8"), 2), "{}", made.text());
}

#[tokio::test]
async fn a_descriptor_that_cannot_be_used_ends_the_upload() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    for (number, (from, to, said)) in [
        ("</Envelope>", "", "descriptor cannot be used"),
        ("vmx-13", "vmx-99", "vmx-19 is the newest here"),
        ("ovf:fileRef=\"file2\"", "ovf:fileRef=\"file9\"", "file9"),
        ("db-disk1.vmdk", "web-disk1.vmdk", "twice"),
        ("<rasd:VirtualQuantity>4<", "<rasd:VirtualQuantity>4000<", "more CPUs"),
    ]
    .into_iter()
    .enumerate()
    {
        let template = begin(&actor, &format!("bad-{number}")).await;
        let task = actor.get(&template).await.attribute_of("Task", "href").unwrap();
        let [[_, _, _, descriptor]] = files(&actor, &template).await.try_into().unwrap();
        let refused = actor.send("PUT", &descriptor, &[], &PACKAGE.replace(from, to)).await;
        assert!(refused.status == 400 && refused.text().contains(said), "{to}: {}", refused.text());
        let task = actor.get(&task).await;
        assert_eq!(task.attribute("status").as_deref(), Some("error"));
        assert!(task.attribute_of("Error", "message").unwrap().contains(said), "{}", task.text());
        assert_eq!(actor.get(&template).await.attribute("status").as_deref(), Some("-1"));
        assert_eq!(actor.delete(&template).await.status, 202);
        assert_eq!(actor.get(&template).await.status, 403);
    }
}

#[tokio::test]
async fn a_template_can_lie_in_a_vdc_alone() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let vdc = actor.get(&crate::org::org(&actor, "example").await).await.link("down", media::VDC);
    let add = actor.get(&vdc).await.link("add", media::UPLOAD_VAPP_TEMPLATE_PARAMS);
    let body = format!(r#"<UploadVAppTemplateParams {NS} name="loose"/>"#);
    let made = actor.post(&add, media::UPLOAD_VAPP_TEMPLATE_PARAMS, &body).await;
    assert_eq!((made.status, made.attribute("status").as_deref()), (201, Some("0")), "{}", made.text());
    assert!(made.find_link("catalogItem", media::CATALOG_ITEM).is_none());
    let elsewhere = body.replace("name=\"loose\"", "name=\"far\" sourceHref=\"http://elsewhere.test/x.ovf\"");
    assert_eq!(actor.post(&add, media::UPLOAD_VAPP_TEMPLATE_PARAMS, &elsewhere).await.status, 501, "nothing is fetched from elsewhere yet");
}

#[tokio::test]
async fn a_blocked_upload_awaits_another_descriptor() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    crate::vapp::block(&admin, "vdcUploadOvfContents").await;
    let template = begin(&actor, "slow").await;
    let [[_, _, _, descriptor]] = files(&actor, &template).await.try_into().unwrap();
    assert_eq!(actor.send("PUT", &descriptor, &[], "<Letter/>").await.status, 400);
    assert_eq!(
        actor.get(&template).await.attribute_of("Task", "status").as_deref(),
        Some("preRunning"),
        "it is the administrator's to end"
    );
    assert_eq!(actor.send("PUT", &descriptor, &[], PACKAGE).await.status, 200);
    assert_eq!(files(&actor, &template).await.len(), 3);
}

#[tokio::test]
async fn the_provider_moves_machines_of_templates() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let url = href(Kind::TemplateVm, "example-catalog/three-vms/firstVM");
    let (machine, tenant) = (admin.get(&url).await, actor.get(&url).await);
    assert!(["consolidate", "relocate"].iter().all(|rel| tenant.find_link(rel, "").is_none()), "{}", tenant.text());
    let task = admin.post_empty(&machine.link("consolidate", "")).await;
    assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("vappConsolidateVm")), "{}", task.text());
    let stores = admin.get("/api/admin/extension/datastores").await;
    let xml = stores.xml();
    let store =
        |name: &str| xml.descendants().find(|node| node.attribute("name") == Some(name)).and_then(|node| node.attribute("href")).unwrap();
    let body = |href: &str| format!(r#"<RelocateParams {NS}><Datastore href="{href}"/></RelocateParams>"#);
    let relocate = machine.link("relocate", media::RELOCATE_VM_PARAMS);
    for to in ["shared-disk-2", "shared-disk-1"] {
        let task = admin.post(&relocate, media::RELOCATE_VM_PARAMS, &body(store(to))).await;
        assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("vappRelocateVm")), "{}", task.text());
        let moref = admin.get(store(to)).await.text_of("MoRef").unwrap();
        let lies = |document: &str| document.matches(&format!("<vmext:MoRef>{moref}</vmext:MoRef>")).count();
        let template = admin.get(&href(Kind::VAppTemplate, "example-catalog/three-vms")).await;
        assert_eq!(
            (lies(admin.get(&url).await.text()), lies(template.text())),
            if to == "shared-disk-2" { (1, 1) } else { (1, 3) },
            "{to}"
        );
    }
    assert_eq!(actor.post(&relocate, media::RELOCATE_VM_PARAMS, &body(store("shared-disk-2"))).await.status, 403);
    let wrong = admin.post(&relocate, media::RELOCATE_VM_PARAMS, &body(&href(Kind::Media, "example-catalog/example-media"))).await;
    assert_eq!(wrong.status, 400, "{}", wrong.text());
}
