//! Organizations: the list, both views, the settings.

use crate::DOCUMENTED;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, World, golden};

/// The href of the organization with this name in the caller's list.
pub(crate) async fn org(actor: &Actor, name: &str) -> String {
    let list = actor.get("/api/org").await;
    let xml = list.xml();
    let found = xml.descendants().find(|node| node.attribute("name") == Some(name));
    found.and_then(|node| node.attribute("href")).unwrap_or_else(|| panic!("no {name} in {}", list.text())).to_owned()
}

/// The administrator's twin of an href, as clients make it.
pub(crate) fn admin_twin(href: &str) -> String {
    href.replace("/api/", "/api/admin/")
}

#[tokio::test]
async fn a_tenant_sees_its_own_and_the_provider_all() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    let admin = world.login("administrator@System").await;
    assert_eq!((tenant.get("/api/org").await.count("Org"), admin.get("/api/org/").await.count("Org")), (1, 3));
    golden!(tenant.at("5.5").get("/api/org").await, "org", "list", "recorded (attributes of each reference)");
    let foreign = org(&admin, "example2").await;
    let refused = tenant.get(&foreign).await;
    assert_eq!((refused.status, refused.attribute("minorErrorCode").as_deref()), (403, Some("ACCESS_TO_RESOURCE_IS_FORBIDDEN")));
    assert_eq!(tenant.get("/api/org/no-uuid").await.status, 403);
}

#[tokio::test]
async fn the_tenants_view() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    let href = org(&tenant, "example").await;
    for version in DOCUMENTED {
        let answer = tenant.at(version).get(&href).await;
        golden!(answer, "org", "tenant", "recorded (links of real servers as far as served; query links documented from 33.0 on)");
        assert!(answer.find_link("down", media::VDC).is_some(), "clients of old versions need the direct links");
        assert_eq!(answer.find_link("down", media::QUERY_RECORDS).is_some(), version == "39.1");
    }
}

#[tokio::test]
async fn links_to_queries_lead_to_what_the_direct_ones_name() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await.at("36.0");
    let document = admin.get(&org(&admin, "example").await).await;
    let xml = document.xml();
    let links: Vec<_> = xml.root_element().children().filter(|node| node.attribute("type") == Some(media::QUERY_RECORDS)).collect();
    assert_eq!(links.len(), 2, "VDCs first, then catalogs");
    for (link, kind) in links.iter().zip([media::VDC, media::CATALOG]) {
        let direct: Vec<_> = xml
            .root_element()
            .children()
            .filter(|node| node.attribute("type") == Some(kind))
            .filter_map(|node| node.attribute("name"))
            .collect();
        let records = admin.get(link.attribute("href").unwrap()).await;
        let found = records.xml();
        let named: Vec<_> = found.root_element().children().filter_map(|node| node.attribute("name")).collect();
        assert_eq!((named.len(), named.iter().all(|name| direct.contains(name))), (direct.len(), true), "{}", records.text());
    }
}

#[tokio::test]
async fn the_administrators_view_and_its_settings() {
    let world = World::new().await;
    let admin = world.login("orgadmin@example").await;
    let href = admin_twin(&org(&admin, "example").await);
    for version in DOCUMENTED {
        let admin = admin.at(version);
        golden!(admin.get(&href).await, "org", "admin", "recorded (elements of real servers; rights and roles from the schema)");
        golden!(admin.get(&format!("{href}/settings")).await, "org", "settings", "recorded (as part of the administrator's view)");
    }
    for part in ["general", "vAppLeaseSettings", "vAppTemplateLeaseSettings", "ldap", "email", "passwordPolicy"] {
        let answer = admin.get(&format!("{href}/settings/{part}")).await;
        assert_eq!(answer.status, 200, "{part}");
        assert_eq!(answer.attribute("type").map(|text| text.to_ascii_lowercase()).as_deref(), Some(answer.media()), "{part}");
    }
    for user in ["author@example", "orgadmin2@example2"] {
        assert_eq!(world.login(user).await.get(&href).await.status, 403, "{user}");
        assert_eq!(world.login(user).await.get(&format!("{href}/settings/general")).await.status, 403, "{user}");
    }
}
