//! Organization VDCs.

use crate::DOCUMENTED;
use crate::org::{admin_twin, org};
use vcdsim_model::media;
use vcdsim_testkit::{Actor, World, golden};

/// The href of the first VDC of example.
pub(crate) async fn vdc(actor: &Actor) -> String {
    actor.get(&org(actor, "example").await).await.link("down", media::VDC)
}

#[tokio::test]
async fn both_views() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    let admin = world.login("orgadmin@example").await;
    let href = vdc(&tenant).await;
    for version in DOCUMENTED {
        golden!(tenant.at(version).get(&href).await, "vdc", "tenant", "recorded (elements of real servers, links as far as served)");
        golden!(
            admin.at(version).get(&admin_twin(&href)).await,
            "vdc",
            "admin",
            "recorded (elements of real servers, links as far as served)"
        );
    }
    let provider = world.login("administrator@System").await;
    golden!(admin.get(&href).await, "vdc", "of-an-administrator", "recorded (links of who may do everything)");
    golden!(provider.get(&admin_twin(&href)).await, "vdc", "of-the-provider", "recorded (references that the provider alone may follow)");
    let document = tenant.get(&href).await;
    let xml = document.xml();
    let first = xml.root_element().first_element_child().unwrap();
    assert_eq!((first.attribute("rel"), first.attribute("type")), (Some("up"), Some(media::ORG)), "clients take the first link for it");
    assert_eq!(tenant.get(&admin_twin(&href)).await.status, 403);
    assert_eq!(world.login("orgadmin2@example2").await.get(&href).await.status, 403);
    let provider = provider.get(&admin_twin(&href)).await;
    assert_eq!((provider.count("NetworkPoolReference"), provider.count("ProviderVdcReference")), (1, 1));
}

#[tokio::test]
async fn what_a_role_may_not_read_is_not_listed() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let href = vdc(&author).await;
    assert_eq!(author.get(&href).await.count("ResourceEntity"), 3, "two templates and a medium");
    assert_eq!(world.login("console@example").await.get(&href).await.count("ResourceEntity"), 0);
}

#[tokio::test]
async fn what_machines_use_is_counted_alike_everywhere() {
    let world = crate::walk::world().await;
    let admin = world.login("administrator@System").await;
    let document = admin.get(&vdc(&admin).await).await;
    let xml = document.xml();
    let used: Vec<_> = xml.descendants().filter(|node| node.tag_name().name() == "Used").filter_map(|node| node.text()).collect();
    assert_eq!(used, ["1000", "512"], "one virtual CPU and its memory");
    let record = admin.get("/api/query?type=orgVdc&filter=name==example-vdc").await;
    let of_record = |name| record.attribute_of("OrgVdcRecord", name);
    assert_eq!((of_record("cpuUsedMhz").as_deref(), of_record("memoryUsedMB").as_deref()), (Some("1000"), Some("512")));
    let profile = admin.get(&document.attribute_of("VdcStorageProfile", "href").unwrap()).await;
    let behind = admin.get(&admin_twin(&document.attribute_of("VdcStorageProfile", "href").unwrap())).await;
    let behind = admin.get(&behind.attribute_of("ProviderVdcStorageProfile", "href").unwrap()).await;
    assert_eq!((profile.text_of("StorageUsedMB").as_deref(), behind.text_of("CapacityUsed").as_deref()), (Some("2048"), Some("2048")));
    assert_eq!(of_record("storageUsedMB").as_deref(), Some("2048"));
}

#[tokio::test]
async fn what_is_deleted_is_not_listed_even_before_the_driver_has_its_turn() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = crate::vapp::a_vapp(&author, "gone", "photon-1vm").await;
    let vdc = author.get(&vapp).await.link("up", media::VDC);
    // Nobody but the request itself looks after what is due.
    let author = author.unattended();
    assert!(author.get(&vdc).await.text().contains(&vapp));
    assert_eq!(author.delete(&vapp).await.status, 202);
    assert!(!author.get(&vdc).await.text().contains(&vapp), "clients list what they deleted, and follow what is listed");
}
