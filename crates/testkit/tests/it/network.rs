//! Networks.

use crate::org::{admin_twin, org};
use crate::vapp::{POOL, bridged, compose, composed, item};
use vcdsim_model::media;
use vcdsim_testkit::{World, golden};

#[tokio::test]
async fn a_network_has_the_form_of_its_version() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    let admin = world.login("orgadmin@example").await;
    let href = tenant.get(&org(&tenant, "example").await).await.link("down", media::ORG_NETWORK);
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        golden!(tenant.at(version).get(&href).await, "network", "tenant", "recorded (elements of real servers, links as far as served)");
        golden!(
            admin.at(version).get(&admin_twin(&href)).await,
            "network",
            "admin",
            "recorded (elements of real servers, links as far as served)"
        );
    }
    assert_eq!(tenant.at("1.5").get(&href).await.xml().root_element().tag_name().name(), "OrgNetwork");
    assert_eq!(tenant.get(&href).await.xml().root_element().tag_name().name(), "OrgVdcNetwork");
    assert_eq!(tenant.get(&admin_twin(&href)).await.status, 200, "query records name this view for everybody");
    assert_eq!(world.login("user@example").await.get(&admin_twin(&href)).await.status, 403);
    assert_eq!(world.login("orgadmin2@example2").await.get(&href).await.status, 403);
}

#[tokio::test]
async fn addresses_in_use_are_listed_with_their_machines() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let network = author.get(&org(&author, "example").await).await.link("down", media::ORG_NETWORK);
    let list = author.get(&network).await.link("down", media::ALLOCATED_NETWORK_ADDRESS);
    assert_eq!(author.get(&list).await.count("IpAddress"), 0);
    let made = compose(&author, &composed("web", &bridged("net"), &(item("one", "net", POOL) + &item("two", "net", POOL)))).await;
    let vapp = made.attribute("href").unwrap();
    for version in ["5.1", "39.1"] {
        golden!(author.at(version).get(&list).await, "network", "addresses", "recorded (links and attributes of real servers)");
    }
    let admin = world.login("administrator@System").await;
    assert_eq!(admin.get(&format!("{}/", admin_twin(&list))).await.count("IpAddress"), 4, "one element in another for each address");
    assert_eq!(world.login("user@example").await.get(&list).await.count("IpAddress"), 0, "nobody learns of vApps that are not shown");
    assert_eq!(author.delete(&vapp).await.status, 202);
    assert_eq!(author.get(&list).await.count("IpAddress"), 0);
    assert_eq!(author.at("1.5").get(&list).await.status, 404, "the list came with 5.1");
}
