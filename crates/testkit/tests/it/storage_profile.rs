//! Storage profiles.

use crate::org::admin_twin;
use crate::vdc::vdc;
use vcdsim_testkit::{World, golden};

#[tokio::test]
async fn a_vdcs_share_and_what_is_behind_it() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    let provider = world.login("administrator@System").await;
    let share = tenant.get(&vdc(&tenant).await).await.attribute_of("VdcStorageProfile", "href").unwrap();
    for version in ["5.1", "5.5", "39.1"] {
        golden!(tenant.at(version).get(&share).await, "storage_profile", "tenant", "schema");
        golden!(provider.at(version).get(&admin_twin(&share)).await, "storage_profile", "admin", "schema");
    }
    let behind = provider.get(&admin_twin(&share)).await.attribute_of("ProviderVdcStorageProfile", "href").unwrap();
    let extension = behind.replace("/api/admin/", "/api/admin/extension/");
    for version in ["5.1", "5.5", "39.1"] {
        golden!(provider.at(version).get(&behind).await, "storage_profile", "provider", "schema");
        golden!(provider.at(version).get(&extension).await, "storage_profile", "provider-extension", "schema");
    }
    let admin = world.login("orgadmin@example").await;
    for (href, status) in [(admin_twin(&share), 200), (behind, 403), (extension, 403)] {
        assert_eq!(admin.get(&href).await.status, status, "{href}");
    }
    assert_eq!(tenant.at("1.5").get(&share).await.status, 404, "storage profiles came with 5.1");
}
