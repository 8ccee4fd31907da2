//! Accounts.

use crate::org::{admin_twin, org};
use vcdsim_model::media;
use vcdsim_testkit::{Actor, World, golden};

/// The href of a user of the caller's organization, as its administrator sees it.
async fn user(admin: &Actor, name: &str) -> String {
    let document = admin.get(&admin_twin(&org(admin, "example").await)).await;
    let xml = document.xml();
    let found = xml.descendants().find(|node| node.tag_name().name() == "UserReference" && node.attribute("name") == Some(name));
    found.and_then(|node| node.attribute("href")).expect("it is in the document").to_owned()
}

#[tokio::test]
async fn accounts_are_read_by_themselves_and_by_their_administrators() {
    let world = World::new().await;
    let admin = world.login("orgadmin@example").await;
    let href = user(&admin, "author").await;
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let answer = admin.at(version).get(&href).await;
        golden!(answer, "user", "author", "recorded (elements of real servers)");
        assert!(!answer.text().contains("Password"));
    }
    for (name, status) in [("author@example", 200), ("user@example", 403), ("administrator@System", 200), ("orgadmin2@example2", 403)] {
        assert_eq!(world.login(name).await.get(&href).await.status, status, "{name}");
    }
    let role = admin.get(&href).await.attribute_of("Role", "href").unwrap();
    assert_eq!(admin.get(&role).await.media(), media::ROLE);
}
