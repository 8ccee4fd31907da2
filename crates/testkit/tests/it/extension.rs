//! The provider's entry, its lists, and the objects in them.

use vcdsim_model::media;
use vcdsim_testkit::{Answer, World, golden};

const ENTRY: &str = "/api/admin/extension";
const VERSIONS: [&str; 4] = ["1.5", "5.1", "5.5", "39.1"];

/// The lists: type of the link that leads there, element of the members, name of the golden.
const LISTS: [(&str, &str, &str); 6] = [
    (media::VMW_PROVIDER_VDC_REFERENCES, "ProviderVdcReference", "provider-vdcs"),
    (media::VMW_EXTERNAL_NETWORK_REFERENCES, "ExternalNetworkReference", "external-networks"),
    (media::VMW_NETWORK_POOL_REFERENCES, "NetworkPoolReference", "network-pools"),
    (media::VIM_SERVER_REFERENCES, "VimServerReference", "vim-servers"),
    (media::HOST_REFERENCES, "HostReference", "hosts"),
    (media::DATASTORE_LIST, "Reference", "datastores"),
];

/// The objects whose documents are compared, with the names of their goldens.
const OBJECTS: [(&str, &str); 8] = [
    ("example-pvdc", "provider-vdc"),
    ("example-nsxt-pvdc", "provider-vdc-nsxt"),
    ("ExtNw", "external-network"),
    ("example-pool", "network-pool"),
    ("example-nsxt-pool", "network-pool-nsxt"),
    ("vc1", "vim-server"),
    ("host1.example.test", "host"),
    ("shared-disk-1", "datastore"),
];

/// All hrefs in a document that lead into the API, links that change something and the document's own left out.
fn hrefs(answer: &Answer) -> Vec<(String, Option<String>)> {
    let document = answer.xml();
    let acts = |rel: &str| matches!(rel, "add" | "edit" | "test") || rel.starts_with("certificate:") || rel.starts_with("truststore:");
    let leads = document.descendants().filter(|node| !node.attribute("rel").is_some_and(acts));
    leads.filter_map(|node| Some((node.attribute("href")?.to_owned(), node.attribute("type").map(str::to_owned)))).collect()
}

#[tokio::test]
async fn the_entry_leads_to_every_list() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    for version in VERSIONS {
        let admin = admin.at(version);
        let session = admin.get("/api/session").await;
        let entry = admin.get(&session.link("down", media::VMW_EXTENSION)).await;
        golden!(entry, "extension", "entry", "documented (guide 5.5 p. 53; blocking tasks and settings: reference 1.4)");
        for (kind, member, case) in LISTS {
            let list = admin.get(&entry.link("down", kind)).await;
            golden!(list, "extension", case, "schema (the way up as in the guide's list of blocking tasks)");
            assert_eq!((list.status, list.attribute("type").as_deref()), (200, Some(kind)));
            assert!(list.count(member) > 0, "{case}");
        }
    }
}

#[tokio::test]
async fn members_of_lists_are_in_the_extension_namespace() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let entry = admin.get(ENTRY).await;
    for (kind, member, _) in LISTS.into_iter().filter(|(kind, ..)| *kind != media::DATASTORE_LIST) {
        let list = admin.get(&entry.link("down", kind)).await;
        let document = list.xml();
        let members = document.descendants().filter(|node| node.tag_name().name() == member);
        assert!(members.into_iter().all(|node| node.tag_name().namespace() == document.root_element().tag_name().namespace()), "{member}");
    }
}

#[tokio::test]
async fn every_object_has_its_document() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    for version in VERSIONS {
        let admin = admin.at(version);
        let entry = admin.get(ENTRY).await;
        for (kind, member, _) in LISTS {
            let list = admin.get(&entry.link("down", kind)).await;
            let document = list.xml();
            for node in document.descendants().filter(|node| node.tag_name().name() == member) {
                let name = node.attribute("name").unwrap();
                let object = admin.get(node.attribute("href").unwrap()).await;
                assert_eq!(object.status, 200, "{name}");
                assert!(media::same(object.media(), node.attribute("type").unwrap()), "{name}: {}", object.media());
                assert_eq!(object.attribute("name").as_deref(), Some(name));
                if let Some((_, case)) = OBJECTS.iter().find(|(known, _)| *known == name) {
                    golden!(object, "extension", case, "schema");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_provider_vdc_has_two_documents_that_lead_to_each_other() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let list = admin.get(&format!("{ENTRY}/providerVdcReferences")).await;
    let provider = admin.get(&list.attribute_of("ProviderVdcReference", "href").unwrap()).await;
    let other = admin.get(&provider.link("alternate", media::PROVIDER_VDC)).await;
    assert_eq!((other.status, other.attribute("id")), (200, provider.attribute("id")));
    assert_eq!(other.link("alternate", media::VMW_PROVIDER_VDC), provider.attribute("href").unwrap());
    for version in VERSIONS {
        let href = other.attribute("href").unwrap();
        golden!(admin.at(version).get(&href).await, "provider_vdc", "admin", "schema");
    }
    assert_eq!(other.count("SupportedHardwareVersion"), 14, "up to vmx-19");
}

/// Follows everything from the entry; what an unfinished family does not serve is told apart by the prefixes of this test.
#[tokio::test]
async fn nothing_on_the_providers_side_is_a_dead_end() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    for version in ["5.1", "39.1"] {
        let admin = admin.at(version);
        let (mut seen, mut open) = (std::collections::BTreeSet::new(), vec![(format!("https://vcd.test{ENTRY}"), None)]);
        while let Some((href, kind)) = open.pop() {
            let ours = ["/api/admin/extension", "/api/admin/providervdc/"].iter().any(|part| href.contains(part));
            if !ours || href.contains("StorageProfile") || !seen.insert(href.clone()) {
                continue;
            }
            let answer = admin.get(&href).await;
            assert_eq!(answer.status, 200, "{href} at {version}");
            let sent = answer.media();
            assert!(kind.as_deref().is_none_or(|kind: &str| media::same(kind, sent)), "{href} is {sent}, not {kind:?}");
            open.extend(hrefs(&answer));
        }
        assert!(seen.len() > 20, "{seen:?}");
    }
}

#[tokio::test]
async fn tenants_are_kept_out() {
    let world = World::new().await;
    let (admin, tenant) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let entry = admin.get(ENTRY).await;
    let mut places = vec![ENTRY.to_owned()];
    for (kind, member, _) in LISTS {
        let list = entry.link("down", kind);
        places.push(admin.get(&list).await.attribute_of(member, "href").unwrap());
        places.push(list);
    }
    let server = admin.get(&entry.link("down", media::VIM_SERVER_REFERENCES)).await.attribute_of("VimServerReference", "href").unwrap();
    places.extend(["vmsList", "resourcePoolList", "hostReferences"].map(|below| format!("{server}/{below}")));
    for place in places {
        let answer = tenant.get(&place).await;
        assert_eq!(
            (answer.status, answer.attribute("minorErrorCode").as_deref()),
            (403, Some("ACCESS_TO_RESOURCE_IS_FORBIDDEN")),
            "{place}"
        );
        assert_eq!(world.anonymous().get(&place).await.status, 401, "{place}");
    }
}

#[tokio::test]
async fn what_is_missing_is_missed_aloud_and_by_the_provider_alone() {
    let world = World::new().await;
    let (admin, tenant) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    for (path, status) in [
        ("/api/admin/extension/settings/ldapSettings", 501),
        ("/api/admin/extension/nsxtManagers", 501),
        ("/api/admin/extension/vimServer/25/importMedia", 501),
        ("/api/admin/extension/nothing", 404),
    ] {
        assert_eq!(admin.get(path).await.status, status, "{path}");
        assert_eq!(tenant.get(path).await.status, 403, "{path}");
        assert_eq!(world.anonymous().get(path).await.status, 401, "{path}");
    }
    assert_eq!(admin.put("/api/admin/extension/hostReferences", "", "").await.status, 405);
    assert_eq!(tenant.put("/api/admin/extension/hostReferences", "", "").await.status, 403);
}

#[tokio::test]
async fn the_resolver_and_the_json_form_know_these_families() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let tenant = world.login("orgadmin@example").await;
    let entry = admin.get(ENTRY).await;
    for (kind, member, case) in LISTS {
        let list = admin.get(&entry.link("down", kind)).await;
        let (urn, href) = (list.attribute_of(member, "id").unwrap(), list.attribute_of(member, "href").unwrap());
        let resolved = admin.get(&format!("/api/entity/{urn}")).await;
        assert!(resolved.text().contains(&href), "{urn} leads to {href}");
        assert_eq!(tenant.get(&format!("/api/entity/{urn}")).await.status, 403, "{urn}");
        let json = admin.accepting("application/*+json").at("39.1").get(&href).await;
        assert_eq!((json.status, json.json()["id"].as_str()), (200, Some(urn.as_str())), "{case}");
    }
}
