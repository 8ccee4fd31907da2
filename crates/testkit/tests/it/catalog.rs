//! Catalogs, their items, and the media behind them.

mod external;
mod subscription;

use crate::DOCUMENTED;
use crate::org::{admin_twin, org};
use vcdsim_model::media;
use vcdsim_testkit::{Actor, World, golden};

pub(crate) async fn catalog(actor: &Actor) -> String {
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
    for version in DOCUMENTED {
        golden!(tenant.at(version).get(&href).await, "catalog", "tenant", "recorded (elements of real servers, links as far as served)");
        golden!(
            admin.at(version).get(&admin_twin(&href)).await,
            "catalog",
            "admin",
            "recorded (elements of real servers, links as far as served)"
        );
    }
    let shares = admin.get(&admin.get(&href).await.link("down", media::CONTROL_ACCESS)).await;
    golden!(shares, "catalog", "shared-with-everyone", "recorded (shares of real servers)");
    golden!(admin.get("/api/catalogs/query?format=references").await, "catalog", "references", "recorded (references of real servers)");
    let user = world.login("user@example").await;
    assert_eq!(user.get(&href).await.status, 403, "who runs vApps of others sees no catalogs");
    assert_eq!(user.get("/api/query?type=catalog").await.count("CatalogRecord"), 0);
    assert_eq!(world.login("orgadmin2@example2").await.get(&href).await.status, 403);
    assert!(world.login("user@example").await.get(&org(&tenant, "example").await).await.find_link("down", media::CATALOG).is_none());
}

#[tokio::test]
async fn items_and_media() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    let (template, medium) = (item(&tenant, "photon-1vm").await, item(&tenant, "example-media").await);
    let entity = tenant.get(&medium).await.attribute_of("Entity", "href").unwrap();
    for version in DOCUMENTED {
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

const NS: &str = r#"xmlns="http://www.vmware.com/vcloud/v1.5""#;

/// Makes a catalog in example, and answers its administrator's href.
pub(crate) async fn a_catalog(actor: &Actor, name: &str) -> String {
    let body = format!(r#"<AdminCatalog {NS} name="{name}"><Description>of tests</Description></AdminCatalog>"#);
    let add = actor.get(&org(actor, "example").await).await.link("add", media::ADMIN_CATALOG);
    let made = actor.post(&add, media::ADMIN_CATALOG, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.attribute("href").unwrap()
}

fn tenant_twin(href: &str) -> String {
    href.replace("/api/admin/", "/api/")
}

#[tokio::test]
async fn a_catalog_is_made_changed_and_deleted() {
    let world = World::new().await;
    let actor = world.login("cataloger@example").await;
    for (version, name) in [("1.5", "a"), ("5.1", "b"), ("5.5", "c"), ("39.1", "d")] {
        let actor = actor.at(version);
        let add = actor.get(&org(&actor, "example").await).await.link("add", media::ADMIN_CATALOG);
        let body = format!(r#"<AdminCatalog {NS} name="{name}"><Description>of tests</Description></AdminCatalog>"#);
        let made = actor.post(&add, media::ADMIN_CATALOG, &body).await;
        assert_eq!((made.status, made.attribute_of("Task", "operationName").as_deref()), (201, Some("catalogCreateCatalog")));
        let href = made.attribute("href").unwrap();
        golden!(made, "catalog", "created", "recorded (elements of real servers; the task is that of 5.4)");
        let twice = actor.post(&add, media::ADMIN_CATALOG, &body).await;
        assert_eq!(twice.attribute("minorErrorCode").as_deref(), Some("DUPLICATE_NAME"), "{}", twice.text());
        let there = actor.get(&href).await;
        assert_eq!(there.count("Task"), 0, "it was done before anybody asked");
        let sent = there.text().replace("of tests", "of some tests").replace(&format!("name=\"{name}\""), &format!("name=\"{name}2\""));
        let edited = actor.put(&there.link("edit", media::ADMIN_CATALOG), media::ADMIN_CATALOG, &sent).await;
        assert_eq!((edited.status, edited.text_of("Description").as_deref()), (200, Some("of some tests")), "{}", edited.text());
        let gone = actor.delete(&edited.link("remove", "")).await;
        assert_eq!((gone.status, gone.attribute("operationName").as_deref()), (202, Some("catalogDelete")), "{}", gone.text());
        assert_eq!(actor.get(&href).await.status, 403);
    }
    let author = world.login("author@example").await;
    assert!(author.get(&org(&author, "example").await).await.find_link("add", media::ADMIN_CATALOG).is_none(), "authors make none");
}

#[tokio::test]
async fn who_deletes_a_catalog_finds_it_in_no_list() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await.unattended();
    let href = a_catalog(&actor, "brief").await;
    let listed = async || {
        let org = actor.get(&org(&actor, "example").await).await;
        (actor.get("/api/query?type=catalog&filter=name==brief").await.count("CatalogRecord"), org.text().contains("brief"))
    };
    assert_eq!(listed().await, (1, true));
    assert_eq!(actor.delete(&href).await.status, 202);
    assert_eq!(listed().await, (0, false));
}

#[tokio::test]
async fn a_catalog_with_items_goes_only_with_them() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let href = admin_twin(&catalog(&actor).await);
    let template = actor.get(&item(&actor, "three-vms").await).await.attribute_of("Entity", "href").unwrap();
    let refused = actor.delete(&href).await;
    assert_eq!((refused.status, refused.attribute("minorErrorCode").as_deref()), (400, Some("BAD_REQUEST")));
    assert!(refused.text().contains("recursive=true"), "{}", refused.text());
    assert_eq!(actor.delete(&format!("{href}?force=True&recursive=True")).await.status, 202);
    assert_eq!((actor.get(&href).await.status, actor.get(&template).await.status), (403, 403));
    let left = actor.get("/api/query?type=vm&filter=isVAppTemplate==true").await;
    assert!(!left.text().contains("firstVM"), "the machines of its templates are gone, too");
}

#[tokio::test]
async fn a_deleted_template_takes_its_item_along_and_the_other_way_round() {
    let world = World::new().await;
    let actor = world.login("orgadmin@example").await;
    let (one, three, medium) = (item(&actor, "photon-1vm").await, item(&actor, "three-vms").await, item(&actor, "example-media").await);
    let entity = |answer: vcdsim_testkit::Answer| answer.attribute_of("Entity", "href").unwrap();
    let (template, image) = (entity(actor.get(&three).await), entity(actor.get(&medium).await));
    let renamed = actor.get(&template).await.text().replace("three-vms", "more-vms");
    let task = actor.put(&actor.get(&template).await.link("edit", media::VAPP_TEMPLATE), media::VAPP_TEMPLATE, &renamed).await;
    assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("vdcUpdateTemplate")), "{}", task.text());
    assert_eq!(actor.get(&three).await.attribute("name").as_deref(), Some("more-vms"), "an item is called as its template");
    let taken = actor.put(&template, media::VAPP_TEMPLATE, &renamed.replace("more-vms", "PHOTON-1vm")).await;
    assert_eq!(taken.attribute("minorErrorCode").as_deref(), Some("DUPLICATE_NAME"), "{}", taken.text());
    for (url, status, name) in [(&template, 202, "vdcDeleteTemplate"), (&image, 202, "vdcDeleteMedia"), (&one, 204, "catalogDeleteBacking")]
    {
        let gone = actor.delete(url).await;
        assert_eq!(gone.status, status, "{}", gone.text());
        let task = actor.get(gone.header("location").unwrap()).await;
        assert_eq!(task.attribute("operationName").as_deref(), Some(name));
        assert_eq!(task.attribute("status").as_deref(), Some("success"));
    }
    let left = actor.get(&catalog(&actor).await).await;
    assert_eq!(left.count("CatalogItem"), 0, "{}", left.text());
}

#[tokio::test]
async fn what_is_in_no_catalog_can_be_listed_in_one() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let imported = crate::vim_server::a_template_outside_catalogs(&admin).await;
    let actor = world.login("orgadmin@example").await;
    let add = actor.get(&catalog(&actor).await).await.link("add", media::CATALOG_ITEM);
    let body = |href: &str| format!(r#"<CatalogItem {NS} name="listed"><Description>d</Description><Entity href="{href}"/></CatalogItem>"#);
    let made = actor.post(&add, media::CATALOG_ITEM, &body(&imported)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(actor.get(&imported).await.link("catalogItem", media::CATALOG_ITEM), made.attribute("href").unwrap());
    let again = actor.post(&add, media::CATALOG_ITEM, &body(&imported).replace("listed", "again")).await;
    assert_eq!(again.attribute("minorErrorCode").as_deref(), Some("BAD_REQUEST"), "it is in a catalog already");
    let nowhere = actor.post(&add, media::CATALOG_ITEM, &body("/api/vAppTemplate/vappTemplate-nothing")).await;
    assert_eq!(nowhere.attribute("minorErrorCode").as_deref(), Some("INVALID_REFERENCE"));
    let edit = actor.get(&made.attribute("href").unwrap()).await.link("edit", media::CATALOG_ITEM);
    let edited = actor.put(&edit, media::CATALOG_ITEM, &body(&imported).replace("listed", "renamed")).await;
    assert_eq!((edited.status, edited.attribute("name").as_deref()), (200, Some("renamed")));
}

/// The access that a document of shares gives.
pub(crate) fn shared(everyone: Option<&str>, subjects: &[(&str, &str)]) -> String {
    let everyone = everyone.map_or_else(
        || "<IsSharedToEveryone>false</IsSharedToEveryone>".to_owned(),
        |level| format!("<IsSharedToEveryone>true</IsSharedToEveryone><EveryoneAccessLevel>{level}</EveryoneAccessLevel>"),
    );
    let one = |(href, level): &(&str, &str)| {
        format!(r#"<AccessSetting><Subject href="{href}"/><AccessLevel>{level}</AccessLevel></AccessSetting>"#)
    };
    let settings: String = subjects.iter().map(one).collect();
    let settings = if settings.is_empty() { settings } else { format!("<AccessSettings>{settings}</AccessSettings>") };
    format!("<ControlAccessParams {NS}>{everyone}{settings}</ControlAccessParams>")
}

#[tokio::test]
async fn shares_decide_who_sees_and_changes_a_catalog() {
    let world = World::new().await;
    let owner = world.login("cataloger@example").await;
    let href = tenant_twin(&a_catalog(&owner, "mine").await);
    let share = owner.get(&href).await.link("controlAccess", media::CONTROL_ACCESS);
    let author = world.login("author@example").await;
    let stranger = world.login("orgadmin2@example2").await;
    let admin = world.login("administrator@System").await;
    let users = world.login("orgadmin@example").await.get(&admin_twin(&org(&author, "example").await)).await;
    let xml = users.xml();
    let user = |name: &str| {
        let found = xml.descendants().find(|node| node.tag_name().name() == "UserReference" && node.attribute("name") == Some(name));
        found.and_then(|node| node.attribute("href")).unwrap()
    };
    let sees = async |actor: &Actor| {
        let found = actor.get("/api/query?type=catalog&filter=name==mine").await;
        (actor.get(&href).await.status, found.count("CatalogRecord"))
    };
    assert_eq!((sees(&author).await, sees(&stranger).await), ((403, 0), (403, 0)), "it is its owner's alone at first");

    let read = owner.post(&share, media::CONTROL_ACCESS, &shared(None, &[(user("author"), "ReadOnly")])).await;
    assert_eq!((read.status, read.attribute_of("Subject", "name").as_deref()), (200, Some("author")), "{}", read.text());
    for version in DOCUMENTED {
        let document = owner.at(version).get(&owner.get(&href).await.link("down", media::CONTROL_ACCESS)).await;
        golden!(document, "catalog", "shares", "schema; what clients need of it (clients-python, ACL)");
    }
    assert_eq!(sees(&author).await, (200, 1));
    assert!(author.get(&href).await.find_link("add", media::CATALOG_ITEM).is_none(), "who may read adds nothing");
    assert_eq!(author.get(&format!("{href}/controlAccess")).await.status, 403, "authors share no catalogs");
    owner.post(&share, media::CONTROL_ACCESS, &shared(None, &[(user("author"), "Change")])).await;
    assert!(author.get(&href).await.find_link("add", media::CATALOG_ITEM).is_some());

    let foreign = org(&admin, "example2").await;
    let refused = owner.post(&share, media::CONTROL_ACCESS, &shared(None, &[(&foreign, "Change")])).await;
    assert_eq!(refused.status, 400, "other organizations only read: {}", refused.text());
    assert_eq!(sees(&author).await, (200, 1), "what is refused changes nothing");
    owner.post(&share, media::CONTROL_ACCESS, &shared(Some("ReadOnly"), &[(&foreign, "ReadOnly")])).await;
    assert_eq!((sees(&author).await, sees(&stranger).await), ((200, 1), (200, 1)));
    assert!(stranger.get(&href).await.find_link("add", media::CATALOG_ITEM).is_none());
    let empty = owner.post(&share, media::CONTROL_ACCESS, &shared(None, &[])).await;
    assert_eq!((empty.status, empty.count("AccessSettings")), (200, 0));
    assert_eq!((sees(&author).await, sees(&stranger).await), ((403, 0), (403, 0)));
    let nobody = owner.post(&share, media::CONTROL_ACCESS, &shared(None, &[("/api/admin/user/none", "ReadOnly")])).await;
    assert_eq!(nobody.attribute("minorErrorCode").as_deref(), Some("INVALID_REFERENCE"));
}

#[tokio::test]
async fn a_published_catalog_is_seen_by_the_administrators_of_others() {
    let world = World::new().await;
    let owner = world.login("cataloger@example").await;
    let href = a_catalog(&owner, "public").await;
    let publish = owner.get(&href).await.link("publish", media::PUBLISH_CATALOG_PARAMS);
    let body = |on: bool| format!("<PublishCatalogParams {NS}><IsPublished>{on}</IsPublished></PublishCatalogParams>");
    let other = world.login("orgadmin2@example2").await;
    for (on, status) in [(true, 200), (false, 403)] {
        assert_eq!(owner.post(&publish, media::PUBLISH_CATALOG_PARAMS, &body(on)).await.status, 204);
        assert_eq!(other.get(&tenant_twin(&href)).await.status, status);
        let theirs = other.get(&org(&other, "example2").await).await;
        assert_eq!(theirs.text().contains(&tenant_twin(&href)), on, "its link stands among those to their own catalogs");
        let newer = other.at("33.0").get(&org(&other, "example2").await).await;
        let xml = newer.xml();
        let mut queries = xml.descendants().filter_map(|node| node.attribute("href")).filter(|href| href.contains("type=catalog"));
        let found = other.at("33.0").get(queries.next().unwrap()).await;
        assert_eq!(found.count("CatalogRecord"), usize::from(on), "and where clients look for a query, that finds it");
        assert!(!other.get(&admin_twin(&org(&other, "example2").await)).await.text().contains("public"), "it is none of theirs");
    }
    let add = other.get(&org(&other, "example2").await).await.link("add", media::ADMIN_CATALOG);
    let made = other.post(&add, media::ADMIN_CATALOG, &format!(r#"<AdminCatalog {NS} name="x"/>"#)).await;
    let theirs = made.attribute("href").unwrap();
    assert!(other.get(&theirs).await.find_link("publish", media::PUBLISH_CATALOG_PARAMS).is_none(), "example2 may not publish");
    let refused = other.post(&format!("{theirs}/action/publish"), media::PUBLISH_CATALOG_PARAMS, &body(true)).await;
    assert!(refused.status == 400 && refused.text().contains("CanPublishCatalogs"), "{}", refused.text());
}

#[tokio::test]
async fn a_catalog_is_given_to_another_user() {
    let world = World::new().await;
    let (owner, admin) = (world.login("cataloger@example").await, world.login("orgadmin@example").await);
    let href = a_catalog(&owner, "gift").await;
    let document = admin.get(&admin.get(&href).await.link("down", media::OWNER)).await;
    assert_eq!(document.attribute_of("User", "name").as_deref(), Some("cataloger"));
    golden!(document, "catalog", "owner", "recorded (links of real servers)");
    assert_eq!(
        (document.link("up", media::ADMIN_CATALOG), owner.get(&document.link("up", media::ADMIN_CATALOG)).await.status),
        (href.clone(), 200)
    );
    let mine = document.text().replace(&document.attribute_of("User", "href").unwrap(), &user_href(&admin, "orgadmin").await);
    assert_eq!(owner.put(&format!("{href}/owner"), media::OWNER, &mine).await.status, 403, "who makes catalogs gives none away");
    assert_eq!(admin.put(&format!("{href}/owner"), media::OWNER, &mine).await.status, 204);
    assert_eq!(owner.get(&href).await.status, 403);
    assert_eq!(admin.get(&format!("{href}/owner")).await.attribute_of("User", "name").as_deref(), Some("orgadmin"));
}

#[tokio::test]
async fn templates_and_images_are_given_away_too() {
    let world = World::new().await;
    let (author, admin) = (world.login("author@example").await, world.login("orgadmin@example").await);
    let to = user_href(&admin, "author").await;
    let (template, image) = (item(&admin, "photon-1vm").await, item(&admin, "example-media").await);
    for item in [template, image] {
        let entity = admin.get(&item).await.attribute_of("Entity", "href").unwrap();
        let owner = admin.get(&entity).await.link("down", media::OWNER);
        let document = admin.get(&owner).await;
        assert_eq!((document.attribute_of("User", "name").as_deref(), document.link("up", "")), (Some("orgadmin"), entity));
        let body = format!(r#"<Owner {NS}><User href="{to}"/></Owner>"#);
        assert_eq!(author.put(&owner, media::OWNER, &body).await.status, 403);
        assert!(author.get(&owner).await.find_link("edit", media::OWNER).is_none());
        assert_eq!(admin.put(&document.link("edit", media::OWNER), media::OWNER, &body).await.status, 204);
        assert_eq!(author.get(&owner).await.attribute_of("User", "name").as_deref(), Some("author"));
        let nobody = body.replace(&to, &org(&admin, "example").await);
        assert_eq!(admin.put(&owner, media::OWNER, &nobody).await.attribute("minorErrorCode").as_deref(), Some("INVALID_REFERENCE"));
    }
}

#[tokio::test]
async fn whether_a_catalog_may_be_published_is_its_own_organizations_setting() {
    let world = World::new().await;
    let provider = world.login("administrator@System").await;
    for (name, other, may) in [("orgadmin@example", "example2", true), ("orgadmin2@example2", "example", false)] {
        let (owner, own) = (world.login(name).await, name.split_once('@').unwrap().1);
        let add = owner.get(&org(&owner, own).await).await.link("add", media::ADMIN_CATALOG);
        let made = owner.post(&add, media::ADMIN_CATALOG, &format!(r#"<AdminCatalog {NS} name="lent"/>"#)).await;
        let href = made.attribute("href").unwrap();
        let share = format!("{}/action/controlAccess", tenant_twin(&href));
        let body = shared(None, &[(&org(&provider, other).await, "ReadOnly")]);
        assert_eq!(owner.post(&share, media::CONTROL_ACCESS, &body).await.status, 200);
        let link = owner.get(&href).await.find_link("publish", media::PUBLISH_CATALOG_PARAMS);
        assert_eq!(link.is_some(), may, "{own}, shared with {other}");
    }
}

pub(crate) async fn user_href(admin: &Actor, name: &str) -> String {
    let found = admin.get(&format!("/api/query?type=user&filter=name=={name}")).await;
    found.attribute_of("UserRecord", "href").unwrap()
}

#[tokio::test]
async fn nothing_goes_into_a_catalog_that_is_being_deleted() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let href = a_catalog(&actor, "going").await;
    let imported = crate::vim_server::a_template_outside_catalogs(&admin).await;
    crate::vapp::block(&admin, "catalogDelete").await;
    assert_eq!(actor.delete(&href).await.attribute("status").as_deref(), Some("preRunning"));
    let tenant = tenant_twin(&href);
    let item = format!(r#"<CatalogItem {NS} name="x"><Entity href="{imported}"/></CatalogItem>"#);
    let image = format!(r#"<Media {NS} name="x" imageType="iso" size="1"/>"#);
    for (path, kind, body) in [("/catalogItems", media::CATALOG_ITEM, item), ("/action/upload", media::MEDIA, image)] {
        let refused = actor.post(&format!("{tenant}{path}"), kind, &body).await;
        assert_eq!(refused.attribute("minorErrorCode").as_deref(), Some("BUSY_ENTITY"), "{path}: {}", refused.text());
    }
    assert!(actor.get(&tenant).await.find_link("add", media::MEDIA).is_none());
}
