//! Roles and rights.

use crate::org::{admin_twin, org};
use vcdsim_model::media;
use vcdsim_testkit::{Actor, World, golden};

async fn role(admin: &Actor, name: &str) -> String {
    let document = admin.get("/api/admin").await;
    let xml = document.xml();
    let found = xml.descendants().find(|node| node.tag_name().name() == "RoleReference" && node.attribute("name") == Some(name));
    found.and_then(|node| node.attribute("href")).expect("it is in the document").to_owned()
}

#[tokio::test]
async fn a_role_lists_its_rights_and_each_can_be_read() {
    let world = World::new().await;
    let admin = world.login("orgadmin@example").await;
    let href = role(&admin, "Console Access Only").await;
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        golden!(admin.at(version).get(&href).await, "role", "console", "documented (elements; rights with their published ids)");
    }
    let right = admin.get(&href).await.attribute_of("RightReference", "href").unwrap();
    for version in ["1.5", "39.1"] {
        golden!(admin.at(version).get(&right).await, "role", "right", "documented (elements)");
    }
    assert_eq!(admin.get(&right).await.media(), media::RIGHT);
    assert_eq!(world.login("orgadmin2@example2").await.get(&href).await.status, 403, "each organization has its own roles");
}

#[tokio::test]
async fn a_tenant_does_not_know_of_the_providers_rights() {
    let world = World::new().await;
    let provider = world.login("administrator@System").await;
    let document = provider.get("/api/admin").await;
    let xml = document.xml();
    let right = xml.descendants().find(|node| node.attribute("name") == Some("Task: Resume, Abort, or Fail")).unwrap();
    let href = right.attribute("href").unwrap();
    assert_eq!(provider.get(href).await.status, 200);
    let tenant = world.login("orgadmin@example").await;
    assert_eq!(tenant.get(href).await.status, 403);
    let own = tenant.get(&admin_twin(&org(&tenant, "example").await)).await;
    assert!(own.count("RightReference") > 0 && !own.text().contains("Resume, Abort, or Fail"));
    let asked = "/api/query?type=right&filter=name==Task:*Abort*";
    assert_eq!(provider.get(asked).await.count("RightRecord"), 1);
    assert_eq!(tenant.get(asked).await.count("RightRecord"), 0, "what the query lists can be read");
}
