//! Independent disks: made, changed, given away, deleted; blocked and limited.

use crate::DOCUMENTED;
use crate::capture::{capture, captured};
use crate::org::admin_twin;
use crate::vapp::{NAMESPACES, a_vapp, block, decide, href};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

async fn create(actor: &Actor, attributes: &str, inner: &str) -> Answer {
    let link = actor.get(&href(Kind::Vdc, "example-vdc")).await.link("add", media::DISK_CREATE_PARAMS);
    let body = format!("<DiskCreateParams {NAMESPACES}><Disk {attributes}>{inner}</Disk></DiskCreateParams>");
    actor.post(&link, media::DISK_CREATE_PARAMS, &body).await
}

/// A disk of so many MB; its href.
pub(crate) async fn a_disk(actor: &Actor, name: &str, mb: i64) -> String {
    let made = create(actor, &format!(r#"name="{name}" sizeMb="{mb}""#), "").await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.attribute("href").unwrap()
}

/// What a storage profile says that it has, in MB.
async fn used(actor: &Actor, profile: &str) -> i64 {
    let document = actor.get(&href(Kind::VdcStorageProfile, &format!("example-vdc/{profile}"))).await;
    document.text_of("StorageUsedMB").unwrap().parse().unwrap()
}

async fn put(actor: &Actor, disk: &str, attributes: &str, inner: &str) -> Answer {
    let body = format!("<Disk {NAMESPACES} {attributes}>{inner}</Disk>");
    actor.put(&actor.get(disk).await.link("edit", media::DISK), media::DISK, &body).await
}

#[tokio::test]
async fn a_disk_is_made_listed_changed_and_deleted() {
    let world = World::new().await;
    let actor = world.login("author@example").await;
    let before = used(&actor, "standard").await;
    let made = create(
        &actor.at("31.0"),
        r#"name="data" size="1073741825" busType="6" busSubType="VirtualSCSI""#,
        "<Description>of tests</Description>",
    )
    .await;
    assert_eq!((made.status, made.attribute_of("Task", "operationName").as_deref()), (201, Some("vdcCreateDisk")), "{}", made.text());
    golden!(made, "disk", "made", "recorded (elements of real servers)");
    let disk = made.attribute("href").unwrap();
    for version in DOCUMENTED.into_iter().skip(1).chain(["32.0", "33.0"]) {
        golden!(actor.at(version).get(&disk).await, "disk", "resolved", "recorded (elements of real servers)");
        golden!(actor.at(version).get(&format!("{disk}/attachedVms")).await, "disk", "attached-to-nothing", "schema");
    }
    assert_eq!(actor.at("1.5").get(&disk).await.status, 404, "independent disks came with 5.1");
    let (old, new) = (actor.at("32.0").get(&disk).await, actor.at("33.0").get(&disk).await);
    let sizes = |answer: &Answer| (answer.attribute("size"), answer.attribute("sizeMb"));
    assert_eq!((sizes(&old), sizes(&new)), ((Some("1073741825".to_owned()), None), (None, Some("1025".to_owned()))));
    assert_eq!(used(&actor, "standard").await, before + 1_025);
    let vdc = href(Kind::Vdc, "example-vdc");
    assert!(actor.get(&vdc).await.text().contains(&disk), "its VDC lists it");
    assert!(!actor.at("1.5").get(&vdc).await.text().contains("/disk/"), "where there are disks");
    let profile = href(Kind::VdcStorageProfile, "example-vdc/fast");
    let task = put(&actor, &disk, r#"name="logs" sizeMb="2048""#, &format!(r#"<StorageProfile href="{profile}"/>"#)).await;
    assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("vdcUpdateDisk")), "{}", task.text());
    assert_eq!((used(&actor, "standard").await, used(&actor, "fast").await), (before, 2_048));
    let query = actor.get("/api/query?type=disk&filter=name==logs").await;
    for (attribute, value) in
        [("sizeB", "2147483648"), ("busTypeDesc", "Paravirtual (SCSI)"), ("isAttached", "false"), ("storageProfileName", "fast")]
    {
        assert_eq!(query.attribute_of("DiskRecord", attribute).as_deref(), Some(value), "{}", query.text());
    }
    for (attributes, said) in [
        (r#"name="logs" sizeMb="1024""#, "cannot become smaller"),
        (r#"name="logs" busType="5""#, "cannot be changed"),
        (r#"name="""#, "name"),
    ] {
        let refused = put(&actor, &disk, attributes, "").await;
        assert!(refused.status == 400 && refused.text().contains(said), "{}", refused.text());
    }
    let back = actor.get(&disk).await;
    let same = actor.put(&disk, media::DISK, back.text()).await;
    assert_eq!(same.status, 202, "a document can be sent back as it was read: {}", same.text());
    let task = actor.delete(&actor.get(&disk).await.link("remove", "")).await;
    assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("vdcDeleteDisk")), "{}", task.text());
    assert_eq!((actor.get(&disk).await.status, used(&actor, "fast").await), (403, 0));
}

#[tokio::test]
async fn a_disk_that_cannot_be_is_refused() {
    let world = World::new().await;
    let actor = world.login("author@example").await;
    for (attributes, inner, said) in [
        (r#"name="x""#, "", "size"),
        (r#"name="x" sizeMb="0""#, "", "more than 0"),
        (r#"name="x" sizeMb="9223372036854775807""#, "", "sizeMb"),
        (r#"name="x" sizeMb="1" busType="7""#, "", "busType"),
        (r#"name="x" sizeMb="1" busType="20" busSubType="lsilogic""#, "", "vmware.sata.ahci"),
        (
            r#"name="x" sizeMb="1""#,
            r#"<StorageProfile href="/api/vdcStorageProfile/00000000-0000-4000-8000-000000000000"/>"#,
            "INVALID_REFERENCE",
        ),
    ] {
        let refused = create(&actor, attributes, inner).await;
        assert!(refused.status == 400 && refused.text().contains(said), "{attributes}: {}", refused.text());
    }
    let admin = world.login("administrator@System").await;
    let profile = admin_twin(&href(Kind::VdcStorageProfile, "example-vdc/fast"));
    let document = admin.get(&profile).await;
    let limited = document.text().replace("<Limit>0</Limit>", "<Limit>100</Limit>");
    assert_eq!(admin.put(&profile, media::ADMIN_VDC_STORAGE_PROFILE, &limited).await.status, 200);
    let on_it = format!(r#"<StorageProfile href="{}"/>"#, href(Kind::VdcStorageProfile, "example-vdc/fast"));
    assert_eq!(create(&actor, r#"name="fits" sizeMb="60""#, &on_it).await.status, 201);
    let over = create(&actor, r#"name="over" sizeMb="60""#, &on_it).await;
    assert!(over.status == 400 && over.text().contains("would use 120 MB"), "{}", over.text());
    let disk = actor.get("/api/query?type=disk&filter=name==fits").await.attribute_of("DiskRecord", "href").unwrap();
    let task = put(&actor, &disk, r#"name="fits" sizeMb="160""#, "").await;
    let task = actor.get(&task.attribute("href").unwrap()).await;
    assert_eq!(task.attribute("status").as_deref(), Some("error"), "{}", task.text());
    assert_eq!(actor.get(&disk).await.attribute("sizeMb").as_deref(), Some("60"));
}

#[tokio::test]
async fn a_disk_has_an_owner_and_waits_at_the_gate() {
    let world = World::new().await;
    let (admin, author, other) =
        (world.login("administrator@System").await, world.login("author@example").await, world.login("orgadmin@example").await);
    let cataloger = world.login("cataloger@example").await;
    let disk = a_disk(&author, "data", 8).await;
    assert_eq!((cataloger.get(&disk).await.status, world.login("orgadmin2@example2").await.get(&disk).await.status), (403, 403));
    let owner = format!("{disk}/owner");
    for version in ["5.1", "39.1"] {
        golden!(other.at(version).get(&owner).await, "disk", "owner", "recorded (elements of real servers)");
    }
    let body = format!(
        r#"<Owner {NAMESPACES}><User href="{}"/></Owner>"#,
        href(Kind::User, "example/cataloger").replace("/api/user", "/api/admin/user")
    );
    assert_eq!(author.put(&owner, media::OWNER, &body).await.status, 403, "authors give nothing away");
    assert_eq!(other.put(&format!("{owner}/"), media::OWNER, &body).await.status, 204);
    assert_eq!((cataloger.get(&disk).await.status, author.get(&disk).await.status), (200, 403));
    block(&admin, "vdcCreateDisk").await;
    let waiting = create(&author, r#"name="later" sizeMb="8""#, "").await;
    let later = waiting.attribute("href").unwrap();
    let document = author.get(&later).await;
    assert_eq!(
        (document.attribute("status").as_deref(), document.attribute_of("Task", "status").as_deref()),
        (Some("0"), Some("preRunning"))
    );
    assert!(document.find_link("remove", "").is_none() && document.find_link("edit", media::DISK).is_none(), "{}", document.text());
    decide(&admin, "resume").await;
    assert_eq!(author.get(&later).await.attribute("status").as_deref(), Some("1"));
    let list = admin.get("/api/query?type=adminDisk&sortAsc=name").await;
    golden!(list, "query", "disks", "schema");
    assert_eq!(list.count("AdminDiskRecord"), 2, "{}", list.text());
}

/// A vApp of three machines; its href and theirs.
async fn machines(actor: &Actor) -> (String, Vec<String>) {
    let vapp = a_vapp(actor, "shop", "three-vms").await;
    let document = actor.get(&vapp).await;
    let xml = document.xml();
    let all = xml.descendants().filter(|node| node.tag_name().name() == "Vm");
    let all = all.filter_map(|node| Some(node.attribute("href")?.to_owned())).collect();
    (vapp, all)
}

async fn hang(actor: &Actor, machine: &str, what: &str, disk: &str, place: &str) -> Answer {
    let link = actor.get(machine).await.link(&format!("disk:{what}"), media::DISK_ATTACH_OR_DETACH_PARAMS);
    let body = format!(r#"<DiskAttachOrDetachParams {NAMESPACES}><Disk href="{disk}"/>{place}</DiskAttachOrDetachParams>"#);
    actor.post(&link, media::DISK_ATTACH_OR_DETACH_PARAMS, &body).await
}

fn refused(answer: &Answer, said: &str) {
    assert!(answer.status == 400 && answer.text().contains(said), "{}", answer.text());
}

#[tokio::test]
async fn one_machine_has_a_disk_until_it_is_detached_or_gone() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let (vapp, all) = machines(&actor).await;
    let disk = a_disk(&actor, "data", 8).await;
    let task = hang(&actor, &all[0], "attach", &disk, "").await;
    assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("vappAttachDisk")), "{}", task.text());
    let machine = actor.get(&all[0]).await;
    assert!(machine.text().contains(&format!("vcloud:disk=\"{disk}\"")), "{}", machine.text());
    assert_eq!(machine.count("DiskSettings"), 2, "{}", machine.text());
    golden!(machine, "vm", "independent-disk", "recorded (items of real servers)");
    golden!(
        actor.get(&format!("{}/virtualHardwareSection/disks", all[0])).await,
        "vm",
        "independent-disk-list",
        "recorded (items of real servers)"
    );
    let users = actor.get(&actor.get(&disk).await.link("down", media::VMS)).await;
    assert_eq!(users.attribute_of("VmReference", "href").as_ref(), Some(&all[0]));
    golden!(users, "disk", "attached", "schema");
    let query = actor.get("/api/query?type=disk&filter=isAttached==true").await;
    assert_eq!(query.attribute_of("DiskRecord", "name").as_deref(), Some("data"), "{}", query.text());
    assert!(actor.get(&disk).await.find_link("remove", "").is_none());
    refused(&actor.delete(&disk).await, "detach it first");
    refused(&put(&actor, &disk, r#"name="data" sizeMb="16""#, "").await, "until it is detached");
    assert_eq!(put(&actor, &disk, r#"name="logs" sizeMb="8""#, "").await.status, 202, "it can be renamed");
    refused(&hang(&actor, &all[1], "attach", &disk, "").await, "already");
    refused(&hang(&actor, &all[1], "detach", &disk, "").await, "not attached");
    refused(&capture(&actor, &captured(&vapp, "captured", "")).await, "detach them first");
    assert_eq!(hang(&actor, &all[0], "detach", &disk, "").await.status, 202);
    assert!(!actor.get(&all[0]).await.text().contains(&disk));
    assert_eq!(hang(&actor, &all[1], "attach", &disk, "").await.status, 202);
    assert_eq!(actor.delete(&all[1]).await.status, 202);
    assert_eq!(hang(&actor, &all[2], "attach", &disk, "").await.status, 202, "who deletes a machine frees its disks");
    let body = format!(r#"<RecomposeVAppParams {NAMESPACES}><DeleteItem href="{}"/></RecomposeVAppParams>"#, all[2]);
    let recomposed = actor.post(&format!("{vapp}/action/recomposeVApp"), media::RECOMPOSE_VAPP_PARAMS, &body).await;
    assert_eq!(recomposed.status, 202, "{}", recomposed.text());
    assert_eq!(hang(&actor, &all[0], "attach", &disk, "").await.status, 202, "and so does who recomposes a vApp without it");
    assert_eq!(actor.delete(&vapp).await.status, 202);
    assert_eq!(actor.get(&format!("{disk}/attachedVms")).await.count("VmReference"), 0);
    assert_eq!(actor.delete(&actor.get(&disk).await.link("remove", "")).await.status, 202);
}

#[tokio::test]
async fn a_disk_hangs_where_it_is_told_to_and_nowhere_else() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let (_, all) = machines(&actor).await;
    let at = |bus: &str, unit: &str| format!("<BusNumber>{bus}</BusNumber><UnitNumber>{unit}</UnitNumber>");
    let (one, two) = (a_disk(&actor, "one", 8).await, a_disk(&actor, "two", 8).await);
    for (place, said) in
        [(at("1", "7"), "bus 1 as unit 7"), (at("9", "0"), "bus 9"), (at("0", "0"), "bus 0 as unit 0"), (at("-1", "0"), "no free place")]
    {
        refused(&hang(&actor, &all[0], "attach", &one, &place).await, said);
    }
    assert_eq!(hang(&actor, &all[0], "attach", &one, &at("1", "3")).await.status, 202);
    refused(&hang(&actor, &all[0], "attach", &two, &at("1", "3")).await, "no free place");
    let made = create(&actor, r#"name="fast" sizeMb="8" busType="6" busSubType="VirtualSCSI""#, "").await;
    let fast = made.attribute("href").unwrap();
    refused(&hang(&actor, &all[0], "attach", &fast, "<BusNumber>1</BusNumber>").await, "Paravirtual (SCSI) on bus 1");
    assert_eq!(hang(&actor, &all[0], "attach", &fast, "").await.status, 202, "a controller of its own");
    let ide = create(&actor, r#"name="ide" sizeMb="8" busType="5""#, "").await.attribute("href").unwrap();
    assert_eq!(actor.post_empty(&format!("{}/power/action/powerOn", all[0])).await.status, 202);
    refused(&hang(&actor, &all[0], "attach", &ide, "").await, "runs");
    assert_eq!(hang(&actor, &all[0], "attach", &two, "").await.status, 202, "SCSI disks come while a machine runs");
    golden!(
        actor.get(&format!("{}/virtualHardwareSection/disks", all[0])).await,
        "vm",
        "independent-disks",
        "inferred (controllers of real servers)"
    );
    let elsewhere = "https://vcd.test/api/disk/00000000-0000-4000-8000-000000000000";
    assert_eq!(hang(&actor, &all[1], "attach", elsewhere, "").await.attribute("minorErrorCode").as_deref(), Some("INVALID_REFERENCE"));
    let user = world.login("user@example").await;
    let body = format!(r#"<DiskAttachOrDetachParams {NAMESPACES}><Disk href="{ide}"/></DiskAttachOrDetachParams>"#);
    let answer = user.post(&format!("{}/disk/action/attach", all[1]), media::DISK_ATTACH_OR_DETACH_PARAMS, &body).await;
    assert_eq!(answer.status, 403);
}
