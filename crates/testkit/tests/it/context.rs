//! Requests that are made for an organization. Invariant: who acts for one sees it and nothing else, and nobody acts for another's.

use std::collections::BTreeSet;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, Answer, World};

const TENANT: &str = "x-vmware-vcloud-tenant-context";
const AUTH: &str = "x-vmware-vcloud-auth-context";

async fn get(actor: &Actor, url: &str, headers: &[(&str, &str)]) -> Answer {
    actor.send("GET", url, headers, "").await
}

fn names(answer: &Answer) -> BTreeSet<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let document = answer.xml();
    let rows = document.root_element().children().filter(|node| node.tag_name().name() != "Link");
    rows.filter_map(|node| node.attribute("name").map(str::to_owned)).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn a_provider_sees_what_lies_in_the_organization_that_it_acts_for() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let example = seeded_id(Kind::Org, "example").to_string();
    let urn = format!("urn:vcloud:org:{example}");
    assert_eq!(names(&get(&admin, "/api/org", &[]).await), set(&["System", "example", "example2"]));
    for header in [(TENANT, example.as_str()), (TENANT, urn.as_str()), (AUTH, "example")] {
        assert_eq!(names(&get(&admin, "/api/org", &[header]).await), set(&["example"]), "{header:?}");
    }
    let both = [(TENANT, example.as_str()), (AUTH, "example")];
    for query in ["orgVdc", "adminOrgVdc"] {
        let url = format!("/api/query?type={query}");
        assert_eq!(names(&get(&admin, &url, &both).await), set(&["example-vdc", "example-nsxt-vdc"]), "{query}");
        assert!(names(&get(&admin, &url, &[(AUTH, "example2")]).await).is_empty(), "{query}");
    }
    // Nothing of the own organization, nor what tenants do not see.
    let system = seeded_id(Kind::Org, "System");
    assert_eq!(get(&admin, &format!("/api/admin/org/{system}"), &both).await.status, 403);
    assert_eq!(get(&admin, "/api/admin/extension/settings/general", &both).await.status, 403);
    assert_eq!(get(&admin, "/api/admin/extension/settings/general", &[(AUTH, "System")]).await.status, 200);
    // A session stays what it is.
    assert_eq!(get(&admin, "/api/session", &both).await.attribute("org").as_deref(), Some("System"));
}

/// As pyvcloud and go-vcloud-director do.
#[tokio::test]
async fn a_catalog_is_made_in_the_organization_that_a_provider_acts_for() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let example = seeded_id(Kind::Org, "example").to_string();
    let place = get(&admin, &format!("/api/org/{example}"), &[]).await.link("add", media::ADMIN_CATALOG);
    let body = r#"<AdminCatalog xmlns="http://www.vmware.com/vcloud/v1.5" name="theirs"><Description/></AdminCatalog>"#;
    let made = admin.send("POST", &place, &[("content-type", media::ADMIN_CATALOG), (TENANT, &example)], body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let seen = world.login("orgadmin@example").await.get("/api/query?type=catalog&filter=name==theirs").await;
    assert_eq!(seen.attribute_of("CatalogRecord", "orgName").as_deref(), Some("example"), "{}", seen.text());
    let elsewhere = seeded_id(Kind::Org, "example2").to_string();
    let refused = admin.send("POST", &place, &[("content-type", media::ADMIN_CATALOG), (TENANT, &elsewhere)], body).await;
    assert_eq!(refused.status, 403, "the path names another organization than the header");
}

#[tokio::test]
async fn a_tenant_acts_for_its_own_organization_only() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let (own, other) = (seeded_id(Kind::Org, "example").to_string(), seeded_id(Kind::Org, "example2").to_string());
    for allowed in [vec![], vec![(TENANT, own.as_str()), (AUTH, "example")], vec![(TENANT, "")]] {
        assert_eq!(get(&author, "/api/org", &allowed).await.status, 200, "{allowed:?}");
    }
    for refused in
        [(TENANT, other.as_str()), (AUTH, "example2"), (AUTH, "System"), (AUTH, "nobody"), (TENANT, "00000000-0000-0000-0000-000000000000")]
    {
        let answer = get(&author, "/api/org", &[refused]).await;
        assert_eq!(
            (answer.status, answer.attribute("minorErrorCode").as_deref()),
            (403, Some("ACCESS_TO_RESOURCE_IS_FORBIDDEN")),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_context_that_is_none_is_refused() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let example = seeded_id(Kind::Org, "example").to_string();
    for (headers, status) in [
        (vec![(TENANT, "example")], 400),
        (vec![(TENANT, "urn:vcloud:vdc:00000000-0000-0000-0000-000000000000")], 400),
        (vec![(TENANT, example.as_str()), (AUTH, "example2")], 400),
        (vec![(TENANT, "00000000-0000-0000-0000-000000000000")], 403),
        (vec![(AUTH, "nobody")], 403),
    ] {
        assert_eq!(get(&admin, "/api/org", &headers).await.status, status, "{headers:?}");
    }
    assert_eq!(world.anonymous().send("GET", "/api/org", &[(TENANT, "example")], "").await.status, 401, "who asks comes first");
}
