//! Catalogs that are published to the outside.

use super::{NS, a_catalog, tenant_twin};
use crate::org::org;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, World, golden};

const LINK: &str = "publishToExternalOrganizations";

/// A document that publishes a catalog.
pub(super) fn params(on: bool, rest: &str) -> String {
    format!("<PublishExternalCatalogParams {NS}><IsPublishedExternally>{on}</IsPublishedExternally>{rest}</PublishExternalCatalogParams>")
}

/// Publishes a catalog by its link.
pub(super) async fn publish(actor: &Actor, catalog: &str, rest: &str) {
    let link = actor.get(catalog).await.link(LINK, media::PUBLISH_EXTERNAL_CATALOG_PARAMS);
    let done = actor.post(&link, media::PUBLISH_EXTERNAL_CATALOG_PARAMS, &params(true, rest)).await;
    assert_eq!(done.status, 204, "{}", done.text());
}

#[tokio::test]
async fn a_catalog_is_published_to_the_outside() {
    let world = World::new().await;
    let actor = world.login("cataloger@example").await;
    let href = a_catalog(&actor, "offered").await;
    assert_eq!(actor.get(&href).await.count("PublishExternalCatalogParams"), 0);
    assert!(actor.at("5.1").get(&href).await.find_link(LINK, media::PUBLISH_EXTERNAL_CATALOG_PARAMS).is_none(), "it came with 5.5");
    publish(&actor, &href, "<Password>hush-hush</Password><PreserveIdentityInfoFlag>true</PreserveIdentityInfoFlag>").await;
    for version in ["5.1", "5.5", "39.1"] {
        let shown = actor.at(version).get(&href).await;
        assert!(!shown.text().contains("hush-hush") && !shown.text().contains("argon2"));
        golden!(shown, "catalog", "published_externally", "schema; a relative URL, as scripts for real servers expect it");
    }
    let kind = |answer: vcdsim_testkit::Answer| answer.attribute_of("CatalogRecord", "publishSubscriptionType").unwrap();
    let query = "/api/query?type=catalog&filter=name==offered";
    assert_eq!(kind(actor.get(query).await), "PUBLISHED");
    let url = actor.get(&href).await.text_of("catalogPublishedUrl").unwrap();
    assert_eq!(actor.get(&url).await.status, 501, "nobody but this server follows it");

    let tenant = format!("{}/action/{LINK}", tenant_twin(&href));
    let ended = actor.post(&tenant, media::PUBLISH_EXTERNAL_CATALOG_PARAMS, &params(false, "<Password>******</Password>")).await;
    assert_eq!(ended.status, 204, "{}", ended.text());
    let shown = actor.get(&href).await;
    assert_eq!(shown.text_of("IsPublishedExternally").as_deref(), Some("false"));
    assert_eq!(shown.text_of("Password").as_deref(), Some("******"), "six asterisks keep it");
    assert_eq!(shown.text_of("PreserveIdentityInfoFlag").as_deref(), Some("true"), "what is not said stays");
    assert_eq!(shown.count("catalogPublishedUrl"), 0);
    assert_eq!(kind(actor.get(query).await), "UNPUBLISHED");
    publish(&actor, &href, "").await;
    assert_eq!(actor.get(&href).await.count("Password"), 0, "who sends none removes it");
}

#[tokio::test]
async fn who_may_not_publish_to_the_outside_is_told_why() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let href = a_catalog(&actor, "mine").await;
    let cached = "<IsCacheEnabled>true</IsCacheEnabled>";
    let refused = actor.post(&format!("{href}/action/{LINK}"), media::PUBLISH_EXTERNAL_CATALOG_PARAMS, &params(true, cached)).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("VCSP Publish Subscribe Caching"), "{}", refused.text());
    publish(&world.login("administrator@System").await, &href, cached).await;
    publish(&actor, &href, cached).await;
    let odd = params(true, "<Password>geheimnisträger</Password>");
    let refused = actor.post(&format!("{href}/action/{LINK}"), media::PUBLISH_EXTERNAL_CATALOG_PARAMS, &odd).await;
    assert!(refused.status == 400 && refused.text().contains("ASCII"), "{}", refused.text());

    let other = world.login("orgadmin2@example2").await;
    let add = other.get(&org(&other, "example2").await).await.link("add", media::ADMIN_CATALOG);
    let made = other.post(&add, media::ADMIN_CATALOG, &format!(r#"<AdminCatalog {NS} name="x"/>"#)).await;
    let theirs = made.attribute("href").unwrap();
    assert!(other.get(&theirs).await.find_link(LINK, media::PUBLISH_EXTERNAL_CATALOG_PARAMS).is_none());
    let refused = other.post(&format!("{theirs}/action/{LINK}"), media::PUBLISH_EXTERNAL_CATALOG_PARAMS, &params(true, "")).await;
    assert!(refused.status == 400 && refused.text().contains("CanPublishExternally"), "{}", refused.text());
}
