//! The cloud as a whole.

use vcdsim_testkit::{World, golden};

#[tokio::test]
async fn the_provider_sees_everything_and_a_tenant_itself() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let tenant = world.login("orgadmin@example").await;
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        golden!(tenant.at(version).get("/api/admin").await, "admin", "tenant", "recorded (elements of real servers)");
    }
    let all = admin.get("/api/admin/").await;
    assert_eq!((all.count("OrganizationReference"), all.count("ProviderVdcReference"), all.count("RoleReference")), (3, 2, 7));
    let own = tenant.get("/api/admin").await;
    assert_eq!((own.count("OrganizationReference"), own.count("ProviderVdcReference"), own.count("RoleReference")), (1, 0, 6));
    assert!(own.count("RightReference") < all.count("RightReference"));
    assert!(all.text_of("Description").is_some_and(|text| text.starts_with("10.6.0.24056158 ")));
}
