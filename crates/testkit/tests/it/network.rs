//! Networks.

use crate::org::{admin_twin, org};
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
