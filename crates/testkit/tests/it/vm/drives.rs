//! What is in the drives of machines: put in, taken out, named, and gone.

use crate::media::uploaded;
use crate::vapp::{NAMESPACES, a_vapp, block, decide, href};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

async fn a_machine(actor: &Actor, name: &str) -> String {
    let vapp = a_vapp(actor, name, "photon-1vm").await;
    actor.get(&vapp).await.attribute_of("Vm", "href").unwrap()
}

fn params(medium: Option<&str>) -> String {
    let inner = medium.map(|href| format!(r#"<Media href="{href}"/>"#)).unwrap_or_default();
    format!("<MediaInsertOrEjectParams {NAMESPACES}>{inner}</MediaInsertOrEjectParams>")
}

/// Follows a link of the machine's document.
async fn send(actor: &Actor, machine: &str, rel: &str, medium: Option<&str>) -> Answer {
    let link = actor.get(machine).await.link(rel, media::MEDIA_INSERT_OR_EJECT_PARAMS);
    actor.post(&link, media::MEDIA_INSERT_OR_EJECT_PARAMS, &params(medium)).await
}

/// The operation of a task that was accepted and has succeeded.
async fn done(actor: &Actor, answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", answer.text());
    let task = actor.get(&answer.attribute("href").unwrap()).await;
    assert_eq!(task.attribute("status").as_deref(), Some("success"), "{}", task.text());
    task.attribute("operationName").unwrap()
}

/// What is in the CD drive: its name, and whether the drive says that it has something.
async fn disc(actor: &Actor, machine: &str) -> (String, bool) {
    let list = actor.get(&format!("{machine}/virtualHardwareSection/media")).await;
    let xml = list.xml();
    let text = |item: roxmltree::Node<'_, '_>, name: &str| {
        let child = item.children().find(|child| child.tag_name().name() == name);
        child.and_then(|child| child.text()).unwrap_or_default().to_owned()
    };
    let cd = xml.descendants().find(|item| item.tag_name().name() == "Item" && text(*item, "ResourceType") == "15").unwrap();
    (text(cd, "HostResource"), text(cd, "ResourceSubType") == "vmware.cdrom.iso")
}

fn example() -> String {
    href(Kind::Media, "example-catalog/example-media")
}

#[tokio::test]
async fn a_medium_is_put_in_and_taken_out() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let machine = a_machine(&author, "shop").await;
    let inserted = send(&author, &machine, "media:insertMedia", Some(&example())).await;
    assert_eq!(inserted.attribute_of("Owner", "href").as_deref(), Some(machine.as_str()));
    assert_eq!(done(&author, &inserted).await, "vappInsertCdFloppy");
    assert_eq!(disc(&author, &machine).await, ("example-media".to_owned(), true));
    let list = author.at("5.5").get(&format!("{machine}/virtualHardwareSection/media")).await;
    golden!(list, "vm", "hardware-media-inserted", "recorded (CD drive with a disc)");
    let spec = author.at("36.0").get(&machine).await;
    assert_eq!(spec.attribute_of("MediaImage", "href"), Some(example()));
    golden!(spec, "vm", "media-inserted", "schema (MediaSection); recorded (CD drive with a disc)");
    let again = send(&author, &machine, "media:insertMedia", Some(&example())).await;
    assert_eq!(done(&author, &again).await, "vappInsertCdFloppy", "what is in is replaced");
    assert_eq!(author.post_empty(&format!("{machine}/power/action/powerOn")).await.status, 202);
    assert_eq!(done(&author, &send(&author, &machine, "media:ejectMedia", Some(&example())).await).await, "vappEjectCdFloppy");
    assert_eq!(disc(&author, &machine).await, (String::new(), false));
    let empty = send(&author, &machine, "media:ejectMedia", Some(&example())).await;
    assert!(empty.status == 400 && empty.text().contains("is not in a drive"), "{}", empty.text());
}

#[tokio::test]
async fn from_29_on_whatever_is_in_may_be_taken_out() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let machine = a_machine(&author, "shop").await;
    done(&author, &send(&author, &machine, "media:insertMedia", Some(&example())).await).await;
    assert_eq!(send(&author.at("27.0"), &machine, "media:ejectMedia", None).await.status, 400);
    assert_eq!(send(&author, &machine, "media:insertMedia", None).await.status, 400, "what is put in has a name");
    done(&author.at("29.0"), &send(&author.at("29.0"), &machine, "media:ejectMedia", None).await).await;
    let empty = send(&author, &machine, "media:ejectMedia", None).await;
    assert!(empty.status == 400 && empty.text().contains("No medium is in a drive"), "{}", empty.text());
}

#[tokio::test]
async fn only_who_sees_a_medium_puts_it_in() {
    let world = World::new().await;
    let (author, other) = (world.login("author@example").await, world.login("orgadmin2@example2").await);
    let admin = world.login("administrator@System").await;
    let machine = a_machine(&author, "shop").await;
    for (actor, medium) in [
        (&author, href(Kind::Media, "none")),
        (&author, href(Kind::VAppTemplate, "example-catalog/photon-1vm")),
        (&author, machine.clone()),
    ] {
        let refused = send(actor, &machine, "media:insertMedia", Some(&medium)).await;
        assert!(refused.status == 400 && refused.text().contains("INVALID_REFERENCE"), "{}", refused.text());
    }
    assert_eq!(other.post(&format!("{machine}/media/action/insertMedia"), "", &params(Some(&example()))).await.status, 403);
    let console = world.login("console@example").await;
    assert!(console.get(&machine).await.status == 403 || console.get(&machine).await.find_link("media:insertMedia", "").is_none());
    assert_eq!(done(&admin, &send(&admin, &machine, "media:insertMedia", Some(&example())).await).await, "vappInsertCdFloppy");
}

#[tokio::test]
async fn a_medium_that_goes_is_in_no_drive_any_more() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let (medium, machine) = (uploaded(&actor, "disc").await, a_machine(&actor, "shop").await);
    done(&actor, &send(&actor, &machine, "media:insertMedia", Some(&medium)).await).await;
    let renamed = format!(r#"<Media {NAMESPACES} name="disk" imageType="iso" size="10"/>"#);
    done(&actor, &actor.put(&actor.get(&medium).await.link("edit", media::MEDIA), media::MEDIA, &renamed).await).await;
    assert_eq!(disc(&actor, &machine).await.0, "disk");
    done(&actor, &actor.delete(&medium).await).await;
    assert_eq!(disc(&actor, &machine).await, (String::new(), false));
    assert_eq!(send(&actor, &machine, "media:ejectMedia", None).await.status, 400);
}

#[tokio::test]
async fn neither_copies_nor_templates_have_what_was_in() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let vapp = a_vapp(&actor, "shop", "photon-1vm").await;
    let machine = actor.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    done(&actor, &send(&actor, &machine, "media:insertMedia", Some(&example())).await).await;
    let body = format!(r#"<CloneVAppParams {NAMESPACES} name="copy"><Source href="{vapp}"/></CloneVAppParams>"#);
    let made = actor.post(&format!("{}/action/cloneVApp", href(Kind::Vdc, "example-vdc")), media::CLONE_VAPP_PARAMS, &body).await;
    let copy = actor.get(&made.attribute("href").unwrap()).await.attribute_of("Vm", "href").unwrap();
    assert_eq!((disc(&actor, &copy).await.1, disc(&actor, &machine).await.1), (false, true));
    let body = format!(r#"<CaptureVAppParams {NAMESPACES} name="kept"><Source href="{vapp}"/></CaptureVAppParams>"#);
    let url = format!("{}/action/captureVApp", href(Kind::Catalog, "example-catalog"));
    let task = actor.post(&url, media::CAPTURE_VAPP_PARAMS, &body).await;
    let template = actor.get(&task.attribute_of("Owner", "href").unwrap()).await;
    assert_eq!((template.attribute("name").as_deref(), template.text().contains("example-media")), (Some("kept"), false));
}

#[tokio::test]
async fn the_list_of_drives_can_be_sent_back_with_other_names() {
    let world = World::new().await;
    let author = world.login("author@example").await.at("29.0");
    let machine = a_machine(&author, "shop").await;
    let url = format!("{machine}/virtualHardwareSection/media");
    let list = author.get(&url).await.text().replace("<rasd:HostResource></rasd:HostResource>", "<rasd:HostResource/>");
    assert_eq!(list.matches("<rasd:HostResource/>").count(), 2, "{list}");
    let named = |name: &str| list.replacen("<rasd:HostResource/>", &format!("<rasd:HostResource>{name}</rasd:HostResource>"), 1);
    let put = async |body: &str| author.put(&url, media::RASD_ITEMS_LIST, body).await;
    assert_eq!(done(&author, &put(&named("example-media")).await).await, "vappUpdateVm");
    assert_eq!(disc(&author, &machine).await, ("example-media".to_owned(), true));
    assert_eq!(done(&author, &put(&named("example-media")).await).await, "vappUpdateVm", "it can stay");
    assert_eq!(put(&named("nothing")).await.status, 400);
    assert_eq!(put(&list.replace("<rasd:HostResource/>", "<rasd:HostResource>example-media</rasd:HostResource>")).await.status, 400);
    assert_eq!(done(&author, &put(&list).await).await, "vappUpdateVm");
    assert_eq!(disc(&author, &machine).await, (String::new(), false));
    let ports = format!("{machine}/virtualHardwareSection/serialPorts");
    let none = author.get(&ports).await;
    assert_eq!((none.status, none.count("Item")), (200, 0));
    assert_eq!(done(&author, &author.put(&ports, media::RASD_ITEMS_LIST, none.text()).await).await, "vappUpdateVm");
}

#[tokio::test]
async fn a_medium_that_goes_before_it_is_put_in_leaves_the_drive_as_it_is() {
    let world = World::new().await;
    let (actor, admin) = (world.login("orgadmin@example").await.at("29.0"), world.login("administrator@System").await);
    let (medium, machine) = (uploaded(&actor, "disc").await, a_machine(&actor, "shop").await);
    let url = format!("{machine}/virtualHardwareSection/media");
    let list = actor.get(&url).await.text().replace("<rasd:HostResource></rasd:HostResource>", "<rasd:HostResource/>");
    let named = list.replacen("<rasd:HostResource/>", "<rasd:HostResource>disc</rasd:HostResource>", 1);
    block(&admin, "vappUpdateVm").await;
    let task = actor.put(&url, media::RASD_ITEMS_LIST, &named).await;
    assert_eq!(task.attribute("status").as_deref(), Some("preRunning"), "{}", task.text());
    assert_eq!(done(&actor, &actor.delete(&medium).await).await, "vdcDeleteMedia");
    decide(&admin, "resume").await;
    assert_eq!(done(&actor, &task).await, "vappUpdateVm");
    assert_eq!(disc(&actor, &machine).await, (String::new(), false));
}

#[tokio::test]
async fn a_medium_that_goes_while_a_task_holds_the_machine_does_not_come_back_with_it() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let vapp = a_vapp(&actor, "shop", "three-vms").await;
    let machine = actor.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    let medium = uploaded(&actor, "disc").await;
    done(&actor, &send(&actor, &machine, "media:insertMedia", Some(&medium)).await).await;
    let section = format!(
        r#"<ovf:StartupSection {NAMESPACES}><ovf:Info/><ovf:Item ovf:id="secondVM" ovf:order="0" ovf:startDelay="60"/><ovf:Item ovf:id="firstVM" ovf:order="1"/></ovf:StartupSection>"#
    );
    done(&actor, &actor.put(&format!("{vapp}/startupSection/"), media::STARTUP_SECTION, &section).await).await;
    let task = actor.post_empty(&format!("{vapp}/power/action/powerOn")).await;
    world.advance_millis(1_000).await;
    assert_eq!(done(&actor, &actor.delete(&medium).await).await, "vdcDeleteMedia");
    assert_eq!(actor.post_empty(&format!("{}/action/cancel", task.attribute("href").unwrap())).await.status, 204);
    assert_eq!(disc(&actor, &machine).await, (String::new(), false), "the machine is as it was, but for what is gone");
}
