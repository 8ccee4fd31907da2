//! Catalogs, their items, and the media behind them.

use crate::org::{admin_twin, org};
use vcdsim_model::media;
use vcdsim_testkit::{Actor, World, golden};

async fn catalog(actor: &Actor) -> String {
    actor.get(&org(actor, "example").await).await.link("down", media::CATALOG)
}

/// The href of the item with this name in the first catalog of example.
async fn item(actor: &Actor, name: &str) -> String {
    let document = actor.get(&catalog(actor).await).await;
    let xml = document.xml();
    xml.descendants()
        .find(|node| node.attribute("name") == Some(name))
        .and_then(|node| node.attribute("href"))
        .expect("it is in the document")
        .to_owned()
}

#[tokio::test]
async fn both_views_of_a_catalog() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    let admin = world.login("orgadmin@example").await;
    let href = catalog(&tenant).await;
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        golden!(tenant.at(version).get(&href).await, "catalog", "tenant", "recorded (elements of real servers, links as far as served)");
        golden!(
            admin.at(version).get(&admin_twin(&href)).await,
            "catalog",
            "admin",
            "recorded (elements of real servers, links as far as served)"
        );
    }
    assert_eq!(world.login("user@example").await.get(&href).await.status, 403, "who runs vApps of others sees no catalogs");
    assert_eq!(world.login("orgadmin2@example2").await.get(&href).await.status, 403);
    assert!(world.login("user@example").await.get(&org(&tenant, "example").await).await.find_link("down", media::CATALOG).is_none());
}

#[tokio::test]
async fn items_and_media() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    let (template, medium) = (item(&tenant, "photon-1vm").await, item(&tenant, "example-media").await);
    let entity = tenant.get(&medium).await.attribute_of("Entity", "href").unwrap();
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let tenant = tenant.at(version);
        golden!(tenant.get(&template).await, "catalog_item", "template", "recorded (elements of real servers)");
        golden!(tenant.get(&entity).await, "media", "iso", "recorded (elements of real servers)");
    }
    assert_eq!(tenant.get(&entity).await.link("catalogItem", media::CATALOG_ITEM), medium);
    assert!(tenant.get(&template).await.attribute("id").is_some_and(|id| id.starts_with("urn:vcloud:catalogitem:")));
    for foreign in [&template, &entity] {
        assert_eq!(world.login("orgadmin2@example2").await.get(foreign).await.status, 403);
    }
}
