//! Snapshots of vApps and machines: taken, restored, forgotten; what they keep and what they take.

use crate::vapp::{NAMESPACES, a_vapp, state};
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

async fn take(actor: &Actor, object: &str, attributes: &str) -> Answer {
    let url = actor.get(object).await.link("snapshot:create", media::CREATE_SNAPSHOT_PARAMS);
    let body = format!(r#"<CreateSnapshotParams {NAMESPACES} name="before" {attributes}/>"#);
    actor.post(&url, media::CREATE_SNAPSHOT_PARAMS, &body).await
}

async fn follow(actor: &Actor, object: &str, rel: &str) -> Answer {
    let url = actor.get(object).await.link(rel, "");
    let task = actor.post_empty(&url).await;
    assert_eq!(task.status, 202, "{}", task.text());
    let ended = actor.get(&task.attribute("href").unwrap()).await;
    assert_eq!(ended.attribute("status").as_deref(), Some("success"), "{}", ended.text());
    task
}

/// Whether there are links to take, restore and forget one.
async fn offers(actor: &Actor, object: &str) -> [bool; 3] {
    let document = actor.get(object).await;
    let create = document.find_link("snapshot:create", media::CREATE_SNAPSHOT_PARAMS);
    let [revert, remove] = ["snapshot:revertToCurrent", "snapshot:removeAll"].map(|rel| document.find_link(rel, ""));
    [create, revert, remove].map(|link| link.is_some())
}

#[tokio::test]
async fn memory_decides_whether_a_machine_runs_again() {
    let world = World::new().await;
    let user = world.login("author@example").await;
    let vapp = a_vapp(&user, "shop", "photon-1vm").await;
    assert_eq!(offers(&user, &vapp).await, [true, false, false]);
    for (attributes, powered_on, after) in [("", "true", "8/true"), (r#"memory="true""#, "true", "4/true")] {
        follow(&user, &vapp, "power:powerOn").await;
        let task = take(&user, &vapp, attributes).await;
        assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("vappCreateSnapshot")), "{}", task.text());
        let there = user.get(&vapp).await;
        assert_eq!((there.count("Snapshot"), there.attribute_of("Snapshot", "poweredOn").as_deref()), (2, Some(powered_on)));
        assert_eq!(offers(&user, &vapp).await, [true; 3]);
        follow(&user, &vapp, "power:powerOff").await;
        let task = follow(&user, &vapp, "snapshot:revertToCurrent").await;
        assert_eq!(task.attribute("operationName").as_deref(), Some("vappRevertToCurrentSnapshot"));
        assert_eq!((state(&user.get(&vapp).await).as_str(), user.get(&vapp).await.count("Snapshot")), (after, 2));
        if after.starts_with('4') {
            follow(&user, &vapp, "power:powerOff").await;
        }
    }
    let task = follow(&user, &vapp, "snapshot:removeAll").await;
    assert_eq!(task.attribute("operationName").as_deref(), Some("vappRemoveAllSnapshots"));
    assert_eq!((user.get(&vapp).await.count("Snapshot"), offers(&user, &vapp).await), (0, [true, false, false]));
    let refused = user.post_empty(&format!("{vapp}/action/revertToCurrentSnapshot")).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
}

#[tokio::test]
async fn a_vapp_has_what_its_machines_have() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let machine = author.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    assert_eq!(take(&author, &machine, "").await.status, 202);
    world.advance_millis(60_000).await;
    let size = |answer: &Answer| answer.attribute_of("Snapshot", "size").unwrap().parse::<i64>().unwrap();
    let one = author.get(&format!("{vapp}/snapshotSection")).await;
    assert_eq!(offers(&author, &vapp).await, [true; 3], "one machine has one");
    assert_eq!(take(&author, &vapp, "").await.status, 202);
    let three = author.get(&format!("{vapp}/snapshotSection")).await;
    assert_eq!(size(&three), 3 * size(&one), "the new one of the first machine replaced the old one");
    assert_ne!(three.attribute_of("Snapshot", "created"), one.attribute_of("Snapshot", "created"));
    for version in ["5.1", "5.5", "39.1"] {
        let author = author.at(version);
        golden!(author.get(&format!("{vapp}/snapshotSection")).await, "snapshot", "vapp", "schema; one of all machines is ours");
        golden!(author.get(&format!("{machine}/snapshotSection")).await, "snapshot", "vm", "schema");
    }
    let old = author.at("1.5");
    assert_eq!((old.get(&vapp).await.count("SnapshotSection"), old.get(&vapp).await.find_link("snapshot:removeAll", "")), (0, None));
    follow(&author, &machine, "snapshot:removeAll").await;
    assert_eq!(author.get(&machine).await.count("Snapshot"), 0);
    assert_eq!(author.get(&vapp).await.count("Snapshot"), 3, "the vApp's and those of two machines");
}

#[tokio::test]
async fn what_is_kept_takes_storage() {
    let world = World::new().await;
    let (admin, author) = (world.login("administrator@System").await, world.login("author@example").await);
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    let used = async || {
        let rows = admin.get("/api/query?type=adminOrgVdcStorageProfile&format=records").await;
        let xml = rows.xml();
        let records = xml.descendants().filter_map(|node| node.attribute("storageUsedMB")?.parse::<i64>().ok());
        records.sum::<i64>()
    };
    let before = used().await;
    assert_eq!(take(&author, &vapp, "").await.status, 202);
    let section = author.get(&format!("{vapp}/snapshotSection")).await;
    let size: i64 = section.attribute_of("Snapshot", "size").unwrap().parse().unwrap();
    assert!(size > 0);
    assert_eq!(used().await - before, size >> 20);
    follow(&author, &vapp, "snapshot:removeAll").await;
    assert_eq!(used().await, before);
}
