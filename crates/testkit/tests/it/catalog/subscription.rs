//! Catalogs that follow published ones, and how they are brought up to date.

use super::external::{params, publish};
use super::{NS, a_catalog, catalog, item, tenant_twin};
use crate::org::{admin_twin, org};
use std::collections::BTreeMap;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

const PARAMS: &str = media::EXTERNAL_CATALOG_SUBSCRIPTION_PARAMS;
const SECRET: &str = "<Password>hush-hush</Password>";

/// What a subscription says.
fn subscription(location: &str, rest: &str) -> String {
    let on = "<SubscribeToExternalFeeds>true</SubscribeToExternalFeeds>";
    format!("<ExternalCatalogSubscriptionParams {NS}>{on}<Location>{location}</Location>{rest}</ExternalCatalogSubscriptionParams>")
}

/// Publishes the catalog of the inventory under a password; answers its URL.
async fn published(actor: &Actor) -> String {
    let href = admin_twin(&catalog(actor).await);
    publish(actor, &href, SECRET).await;
    format!("https://vcd.test{}", actor.get(&href).await.text_of("catalogPublishedUrl").unwrap())
}

/// Asks for a catalog that subscribes.
async fn subscribe(actor: &Actor, name: &str, params: &str) -> Answer {
    let add = actor.get(&org(actor, "example").await).await.link("add", media::ADMIN_CATALOG);
    actor.post(&add, media::ADMIN_CATALOG, &format!(r#"<AdminCatalog {NS} name="{name}">{params}</AdminCatalog>"#)).await
}

/// A catalog that follows the one of the inventory, brought up to date; its administrator's href.
async fn follower(actor: &Actor, name: &str, rest: &str) -> String {
    let made = subscribe(actor, name, &subscription(&published(actor).await, &format!("{SECRET}{rest}"))).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let href = made.attribute("href").unwrap();
    for _ in ["made", "synchronised"] {
        actor.get(&href).await;
    }
    assert_eq!(actor.get(&href).await.count("Task"), 0);
    href
}

/// Synchronises a catalog or an item; answers its task at its end.
async fn sync(actor: &Actor, href: &str) -> Answer {
    let task = actor.post_empty(&actor.get(href).await.link("sync", "")).await;
    assert_eq!(task.status, 202, "{}", task.text());
    actor.get(&task.attribute("href").unwrap()).await
}

/// The items of a catalog: their hrefs by their names.
async fn items(actor: &Actor, href: &str) -> BTreeMap<String, String> {
    let document = actor.get(href).await;
    let xml = document.xml();
    let all = xml.descendants().filter(|node| node.tag_name().name() == "CatalogItem");
    let of = |node: &roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap().to_owned();
    all.map(|node| (of(&node, "name"), of(&node, "href"))).collect()
}

async fn names(actor: &Actor, href: &str) -> Vec<String> {
    items(actor, href).await.into_keys().collect()
}

/// What an item stands for.
async fn entity(actor: &Actor, item: &str) -> String {
    actor.get(item).await.attribute_of("Entity", "href").unwrap()
}

#[tokio::test]
async fn a_subscribed_catalog_has_what_the_published_one_has() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let href = follower(&actor, "follower", "").await;
    for version in ["5.1", "5.5", "39.1"] {
        let shown = actor.at(version).get(&href).await;
        assert!(!shown.text().contains("hush-hush") && !shown.text().contains("argon2"));
        golden!(shown, "catalog", "subscribed", "schema; links as clients look for them (clients-go, catalogs)");
    }
    assert_eq!(names(&actor, &href).await, ["example-media", "photon-1vm", "three-vms"]);
    let record = actor.get("/api/query?type=catalog&filter=name==follower").await;
    assert_eq!(record.attribute_of("CatalogRecord", "publishSubscriptionType").as_deref(), Some("SUBSCRIBED"));
    assert_eq!(record.attribute_of("CatalogRecord", "numberOfVAppTemplates").as_deref(), Some("2"));

    let item = &items(&actor, &href).await["three-vms"];
    let (copy, original) = (actor.get(&entity(&actor, item).await).await, super::item(&actor, "three-vms").await);
    let original = actor.get(&entity(&actor, &original).await).await;
    assert_eq!(copy.count("Vm"), 3);
    assert_ne!(copy.text_of("MACAddress"), original.text_of("MACAddress"), "a copy has addresses of its own");
    assert_eq!(crate::vapp::instantiate(&actor, &instantiation(&copy)).await.status, 201, "it can be used as it is");
}

fn instantiation(template: &Answer) -> String {
    let href = template.attribute("href").unwrap();
    format!(r#"<InstantiateVAppTemplateParams {NS} name="of a copy"><Source href="{href}"/></InstantiateVAppTemplateParams>"#)
}

#[tokio::test]
async fn machines_keep_their_addresses_if_the_publisher_says_so() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let source = admin_twin(&catalog(&actor).await);
    publish(&actor, &source, "<PreserveIdentityInfoFlag>true</PreserveIdentityInfoFlag>").await;
    let url = actor.get(&source).await.text_of("catalogPublishedUrl").unwrap();
    let href = subscribe(&actor, "follower", &subscription(&url, "")).await.attribute("href").unwrap();
    actor.get(&href).await;
    let copy = actor.get(&entity(&actor, &items(&actor, &href).await["three-vms"]).await).await;
    let original = actor.get(&entity(&actor, &item(&actor, "three-vms").await).await).await;
    assert_eq!(copy.text_of("MACAddress"), original.text_of("MACAddress"));
    assert_eq!(actor.get(&href).await.text_of("Location").unwrap(), format!("https://vcd.test{url}"), "a relative URL is taken");
}

#[tokio::test]
async fn synchronising_follows_what_was_made_renamed_and_deleted() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let href = follower(&actor, "follower", "").await;
    let before = items(&actor, &href).await;
    let rename = async |name: &str, new: &str| {
        let template = entity(&actor, &item(&actor, name).await).await;
        let body = format!(r#"<VAppTemplate {NS} name="{new}"><Description>new</Description></VAppTemplate>"#);
        assert_eq!(actor.put(&template, media::VAPP_TEMPLATE, &body).await.status, 202);
        actor.get(&template).await;
    };
    for (name, new) in [("photon-1vm", "between"), ("three-vms", "photon-1vm"), ("between", "three-vms")] {
        rename(name, new).await;
    }
    assert_eq!(actor.delete(&item(&actor, "example-media").await).await.status, 204);
    crate::media::uploaded(&actor, "disc").await;
    assert_eq!(items(&actor, &href).await, before, "nothing happens by itself");

    let task = sync(&actor, &href).await;
    assert_eq!(task.attribute("status").as_deref(), Some("success"), "{}", task.text());
    golden!(task, "task", "catalog_sync", "inferred (texts of the other operations)");
    let after = items(&actor, &href).await;
    assert_eq!(after.keys().collect::<Vec<_>>(), ["disc", "photon-1vm", "three-vms"]);
    assert_eq!((&after["photon-1vm"], &after["three-vms"]), (&before["three-vms"], &before["photon-1vm"]), "two have changed their names");
    let renamed = actor.get(&after["photon-1vm"]).await;
    assert_eq!(renamed.text_of("Description").as_deref(), Some("new"));
    assert_eq!(renamed.attribute_of("Entity", "name").as_deref(), Some("photon-1vm"));
    let version = renamed.text_of("VersionNumber");
    assert_eq!(actor.get(&before["example-media"]).await.status, 403);

    rename("three-vms", "one-vm").await;
    let task = sync(&actor, &after["three-vms"]).await;
    assert_eq!(
        (task.attribute("operationName").as_deref(), task.attribute("status").as_deref()),
        (Some("syncCatalogItem"), Some("success"))
    );
    assert_eq!(names(&actor, &href).await, ["disc", "one-vm", "photon-1vm"], "an item is brought up to date by itself");
    assert_eq!(actor.get(&after["photon-1vm"]).await.text_of("VersionNumber"), version, "what is up to date stays untouched");
}

#[tokio::test]
async fn files_are_copied_for_local_copies_and_outlive_their_originals() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let original = crate::media::uploaded(&actor, "disc").await;
    let local = follower(&actor, "local", "<LocalCopy>true</LocalCopy>").await;
    let remote = follower(&actor, "remote", "").await;
    let copy = async |href: &str| entity(&actor, &items(&actor, href).await["disc"]).await;
    let (here, there) = (copy(&local).await, copy(&remote).await);
    assert!(actor.get(&there).await.find_link("enable", "").is_none(), "its bytes have not come");
    assert_eq!(actor.get(&there).await.attribute("size").as_deref(), Some("10"));
    let listed = actor.get(&items(&actor, &remote).await["disc"]).await;
    assert_eq!(listed.attribute("size").as_deref(), Some("10"), "{}", listed.text());
    golden!(listed, "catalog_item", "followed", "recorded (elements of real servers); the link is ours");
    sync(&actor, &items(&actor, &remote).await["disc"]).await;
    assert_eq!(actor.delete(&original).await.status, 202);
    assert_eq!(actor.get(&original).await.status, 403);
    for medium in [&here, &there] {
        assert_eq!(crate::media::downloaded(&actor, medium).await, crate::media::BYTES);
    }
    for href in [&local, &remote] {
        assert_eq!(sync(&actor, href).await.attribute("status").as_deref(), Some("success"));
    }
    assert_eq!((actor.get(&here).await.status, actor.get(&there).await.status), (403, 403));
}

#[tokio::test]
async fn a_subscribed_catalog_takes_nothing_else() {
    let world = World::new().await;
    let (actor, admin) = (world.login("orgadmin@example").await, world.login("administrator@System").await);
    let href = follower(&actor, "follower", "").await;
    let tenant = tenant_twin(&href);
    let imported = crate::vim_server::a_template_outside_catalogs(&admin).await;
    let entry = format!(r#"<CatalogItem {NS} name="x"><Entity href="{imported}"/></CatalogItem>"#);
    let image = format!(r#"<Media {NS} name="x" imageType="iso" size="1"/>"#);
    let template = format!(r#"<UploadVAppTemplateParams {NS} name="x"/>"#);
    let shown = actor.get(&tenant).await;
    for (path, kind, body) in [
        ("/catalogItems", media::CATALOG_ITEM, &entry),
        ("/action/upload", media::MEDIA, &image),
        ("/action/upload", media::UPLOAD_VAPP_TEMPLATE_PARAMS, &template),
    ] {
        let refused = actor.post(&format!("{tenant}{path}"), kind, body).await;
        assert!(refused.status == 400 && refused.text().contains("only synchronising"), "{path}: {}", refused.text());
        assert!(shown.find_link("add", kind).is_none());
    }
    let publish = format!("{href}/action/publishToExternalOrganizations");
    let refused = actor.post(&publish, media::PUBLISH_EXTERNAL_CATALOG_PARAMS, &params(true, "")).await;
    assert!(refused.status == 400 && actor.get(&href).await.find_link("publishToExternalOrganizations", "").is_none());

    let sent = actor.get(&href).await.text().replace("true</SubscribeToExternalFeeds>", "false</SubscribeToExternalFeeds>");
    let ended = actor.put(&href, media::ADMIN_CATALOG, &sent).await;
    assert_eq!((ended.status, ended.text_of("SubscribeToExternalFeeds").as_deref()), (200, Some("false")), "{}", ended.text());
    assert_eq!(names(&actor, &href).await.len(), 3, "what came stays");
    assert!(ended.find_link("sync", "").is_none());
    let one = items(&actor, &href).await["three-vms"].clone();
    assert!(actor.get(&one).await.find_link("sync", "").is_none());
    assert_eq!(actor.post_empty(&format!("{one}/action/sync")).await.status, 400);
    assert_eq!(actor.post(&format!("{tenant}/catalogItems"), media::CATALOG_ITEM, &entry).await.status, 201);
}

#[tokio::test]
async fn a_subscription_that_leads_nowhere_is_refused_and_makes_nothing() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let url = published(&actor).await;
    for (location, rest, said) in [
        (url.replace("/lib/", "/lib/0"), SECRET, "RESOURCE_NOT_FOUND"),
        (format!("https://vcd.test/vcsp/lib/{}/", uuid::Uuid::nil()), SECRET, "RESOURCE_NOT_FOUND"),
        (url.replace("vcd.test", "fake.example.com"), SECRET, "INVALID_URL_OR_PASSWORD"),
        ("not-an-URL".to_owned(), SECRET, "UNKNOWN_ERROR"),
        (url.clone(), "<Password>hush</Password>", "INVALID_URL_OR_PASSWORD"),
        (url.clone(), "", "INVALID_URL_OR_PASSWORD"),
    ] {
        let refused = subscribe(&actor, "follower", &subscription(&location, rest)).await;
        assert!(refused.status == 400 && refused.text().contains(said), "{location}: {}", refused.text());
    }
    assert_eq!(actor.get("/api/query?type=catalog&filter=name==follower").await.count("CatalogRecord"), 0);
    let own = a_catalog(&actor, "full").await;
    let refused = actor.post(&format!("{own}/action/subscribeToExternalCatalog"), PARAMS, &subscription(&url, "")).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let source = admin_twin(&catalog(&actor).await);
    publish(&actor, &own, "").await;
    let refused = actor.post(&format!("{own}/action/subscribeToExternalCatalog"), PARAMS, &subscription(&url, SECRET)).await;
    assert!(refused.text().contains("is published externally"), "{}", refused.text());
    actor
        .post(&format!("{source}/action/publishToExternalOrganizations"), media::PUBLISH_EXTERNAL_CATALOG_PARAMS, &params(false, ""))
        .await;
    assert!(actor.get(&source).await.find_link("subscribeToExternalCatalog", PARAMS).is_none(), "it has items of its own");
    let refused = actor.post(&format!("{source}/action/subscribeToExternalCatalog"), PARAMS, &subscription(&url, SECRET)).await;
    assert!(refused.text().contains("items of its own"), "{}", refused.text());

    let other = world.login("orgadmin2@example2").await;
    let add = other.get(&org(&other, "example2").await).await.link("add", media::ADMIN_CATALOG);
    let body = format!(r#"<AdminCatalog {NS} name="x">{}</AdminCatalog>"#, subscription(&url, SECRET));
    let refused = other.post(&add, media::ADMIN_CATALOG, &body).await;
    assert!(refused.status == 400 && refused.text().contains("CanSubscribe"), "{}", refused.text());
}

#[tokio::test]
async fn synchronising_fails_when_the_publisher_is_closed_or_has_another_password() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let href = follower(&actor, "follower", "").await;
    let source = admin_twin(&catalog(&actor).await);
    let before = items(&actor, &href).await;
    let failed = async |said: &str| {
        let task = sync(&actor, &href).await;
        assert_eq!(task.attribute("status").as_deref(), Some("error"));
        assert!(task.text().contains(said), "{}", task.text());
        assert_eq!(items(&actor, &href).await, before);
    };
    publish(&actor, &source, "<Password>other</Password>").await;
    failed("INVALID_URL_OR_PASSWORD").await;
    let known = actor.get(&href).await;
    let json = known.link("subscribeToExternalCatalog", media::EXTERNAL_CATALOG_SUBSCRIPTION_PARAMS_JSON);
    let body = subscription(&known.text_of("Location").unwrap(), "<Password>other</Password><LocalCopy>true</LocalCopy>");
    let updated = actor.post(&json, media::ADMIN_CATALOG, &body.replace(NS, "")).await;
    assert_eq!(updated.status, 204, "as go-vcloud-director sends it: {}", updated.text());
    let known = actor.get(&href).await;
    assert_eq!(known.text_of("LocalCopy").as_deref(), Some("true"));
    let same = actor.put(&href, media::ADMIN_CATALOG, known.text()).await;
    assert_eq!((same.status, same.text_of("Password").as_deref()), (200, Some("******")), "a document that is sent back changes nothing");
    assert_eq!(sync(&actor, &href).await.attribute("status").as_deref(), Some("success"));
    let closed = params(false, "<Password>******</Password>");
    actor.post(&format!("{source}/action/publishToExternalOrganizations"), media::PUBLISH_EXTERNAL_CATALOG_PARAMS, &closed).await;
    failed("RESOURCE_NOT_FOUND").await;
    assert_eq!(actor.delete(&format!("{source}?recursive=true&force=true")).await.status, 202);
    actor.get(&source).await;
    failed("RESOURCE_NOT_FOUND").await;
}

#[tokio::test]
async fn synchronising_can_be_blocked() {
    let world = World::new().await;
    let (actor, admin) = (world.login("orgadmin@example").await, world.login("administrator@System").await);
    let href = follower(&actor, "follower", "").await;
    let before = items(&actor, &href).await;
    assert_eq!(actor.delete(&item(&actor, "three-vms").await).await.status, 204);
    crate::vapp::block(&admin, "catalogSync").await;
    for (decision, left) in [("abort", 3), ("resume", 2)] {
        let task = actor.post_empty(&actor.get(&href).await.link("sync", "")).await;
        assert_eq!(task.attribute("status").as_deref(), Some("preRunning"));
        assert_eq!(actor.post_empty(&format!("{href}/action/sync")).await.attribute("minorErrorCode").as_deref(), Some("BUSY_ENTITY"));
        assert_eq!(actor.delete(&before["photon-1vm"]).await.attribute("minorErrorCode").as_deref(), Some("BUSY_ENTITY"));
        crate::vapp::decide(&admin, decision).await;
        assert_eq!(items(&actor, &href).await.len(), left, "{decision}");
    }
}

#[tokio::test]
async fn what_an_item_stands_for_is_followed_too() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let href = follower(&actor, "follower", "").await;
    let copy = items(&actor, &href).await["three-vms"].clone();
    let before = entity(&actor, &copy).await;
    let vapp = crate::vapp::a_vapp(&actor, "one", "photon-1vm").await;
    let target = crate::vapp::href(vcdsim_model::kind::Kind::CatalogItem, "example-catalog/three-vms");
    let params = crate::capture::captured(&vapp, "three-vms", &format!(r#"<TargetCatalogItem href="{target}"/>"#));
    assert_eq!(crate::capture::capture(&actor, &params).await.status, 202);
    assert_eq!(sync(&actor, &href).await.attribute("status").as_deref(), Some("success"));
    let after = entity(&actor, &copy).await;
    assert_eq!(
        (actor.get(&before).await.status, actor.get(&after).await.count("Vm")),
        (403, 1),
        "the item is the same, its template another"
    );
}
