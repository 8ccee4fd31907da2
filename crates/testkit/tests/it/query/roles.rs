//! Who may ask what. Invariant: the list names a type exactly when asking for it is accepted.

use super::values_of_links;
use crate::differential::PEOPLE;
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::query::record::TYPES;
use vcdsim_testkit::World;

#[tokio::test]
async fn the_list_and_the_answers_agree_for_everyone() {
    let world = World::new().await;
    for who in PEOPLE {
        let actor = world.login(who).await;
        for version in ["1.5", "9.0", "39.1"] {
            let actor = actor.at(version);
            let list = values_of_links(&actor.get("/api/query").await);
            for query_type in TYPES {
                let status = actor.get(&format!("/api/query?type={}", query_type.name)).await.status;
                let known = query_type.since <= ApiVersion::parse(version).unwrap();
                assert_eq!(status == 200, list.contains(query_type.name), "{who} at {version}: {} {status}", query_type.name);
                assert_eq!(status == 400, !known, "{who} at {version}: {} {status}", query_type.name);
            }
        }
    }
}

/// Packaged queries (the programming guides' table, and the SDK for .NET of 5.5), and the types of their rows.
const PACKAGED: [(&str, &str, &str); 23] = [
    ("catalogs", "catalog", "catalog"),
    ("mediaList", "media", "media"),
    ("vAppTemplates", "vAppTemplate", "vAppTemplate"),
    ("vApps", "vApp", "vApp"),
    ("vms", "vm", "vm"),
    ("admin/groups", "group", "adminGroup"),
    ("admin/users", "user", "adminUser"),
    ("admin/strandedUsers", "strandedUser", "strandedUser"),
    ("admin/roles", "role", "role"),
    ("admin/rights", "right", "right"),
    ("admin/orgs", "", "organization"),
    ("admin/vdcs", "orgVdc", "adminOrgVdc"),
    ("admin/extension/hostReferences", "", "host"),
    ("admin/extension/datastores", "", "datastore"),
    ("admin/extension/externalNetworkReferences", "", "externalNetwork"),
    ("admin/extension/networkPoolReferences", "", "networkPool"),
    ("admin/extension/providerVdcReferences", "", "providerVdc"),
    ("admin/extension/vimServerReferences", "", "virtualCenter"),
    ("admin/extension/orgNetworks", "", "adminOrgNetwork"),
    ("admin/extension/orgVdcs", "", "adminOrgVdc"),
    ("admin/extension/vapps", "", "adminVApp"),
    ("admin/extension/strandedItems", "", "strandedItem"),
    ("admin/extension/service", "", "adminService"),
];

#[tokio::test]
async fn packaged_queries_answer_what_their_types_do_in_each_format() {
    let world = World::new().await;
    let (admin, tenant) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    for version in ["5.1", "30.0", "39.1"] {
        for (path, plain, provider) in PACKAGED {
            for (actor, name) in [(admin.at(version), provider), (tenant.at(version), plain)] {
                for format in ["records", "idrecords", "references"] {
                    let packaged = actor.get(&format!("/api/{path}/query?format={format}")).await;
                    if name.is_empty() {
                        assert_eq!(packaged.status, 403, "{path} at {version}");
                        continue;
                    }
                    let typed = actor.get(&format!("/api/query?type={name}&format={format}")).await;
                    assert_eq!((packaged.status, packaged.media()), (200, typed.media()), "{path} at {version}: {}", packaged.text());
                    let rows =
                        |text: &str| text.lines().filter(|line| !line.contains("<Link ")).skip(2).map(str::to_owned).collect::<Vec<_>>();
                    assert_eq!(rows(&packaged.pretty()), rows(&typed.pretty()), "{path} at {version}");
                }
            }
        }
    }
}
