//! The entity resolver. Invariant: it names what can be read, each type once.

use std::collections::BTreeSet;
use vcdsim_testkit::World;

/// Query types whose rows have an id that the resolver takes.
const TYPES: [&str; 7] = ["orgVdc", "catalog", "catalogItem", "media", "orgVdcNetwork", "orgVdcStorageProfile", "vAppTemplate"];

#[tokio::test]
async fn it_leads_to_each_type_once_and_nowhere_that_is_refused() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    for account in ["administrator@System", "orgadmin@example", "cataloger@example", "user@example", "console@example"] {
        let client = world.login(account).await;
        for kind in TYPES {
            let rows = admin.get(&format!("/api/query?type={kind}&format=idrecords")).await;
            let urns: Vec<_> = rows.xml().descendants().filter_map(|row| row.attribute("id").map(str::to_owned)).collect();
            assert!(!urns.is_empty(), "{kind}");
            for urn in urns {
                let entity = client.get(&format!("/api/entity/{urn}")).await;
                if entity.status == 403 {
                    continue;
                }
                let links: Vec<_> = entity
                    .xml()
                    .descendants()
                    .filter(|node| node.attribute("rel") == Some("alternate"))
                    .map(|link| (link.attribute("type").unwrap().to_owned(), link.attribute("href").unwrap().to_owned()))
                    .collect();
                let types: BTreeSet<_> = links.iter().map(|(media, _)| media).collect();
                assert!(!links.is_empty() && types.len() == links.len(), "{account} {urn}: {links:?}");
                for (_, href) in links {
                    assert_eq!(client.get(&href).await.status, 200, "{account}: {href}");
                }
            }
        }
    }
    let profiles = admin.get("/api/query?type=orgVdcStorageProfile&format=idrecords").await;
    let urn = profiles.attribute_of("OrgVdcStorageProfileRecord", "id").unwrap();
    assert_eq!(admin.at("1.5").get(&format!("/api/entity/{urn}")).await.status, 403, "storage profiles came with 5.1");
}
