//! The entity resolver. Invariant: it names what can be read, each type once, and of what cannot be read it says nothing.

use crate::walk::{references, routed_world};
use std::collections::BTreeSet;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_testkit::{Actor, Answer, World};

/// Whoever asks.
const ACCOUNTS: [&str; 7] = [
    "administrator@System",
    "orgadmin@example",
    "cataloger@example",
    "author@example",
    "user@example",
    "console@example",
    "orgadmin2@example2",
];

/// Everything with a URN that a document names.
async fn everything(actor: &Actor) -> BTreeSet<String> {
    let (mut met, mut open, mut urns) = (BTreeSet::new(), vec!["/api/session".to_owned()], BTreeSet::new());
    open.extend(
        ["task", "right", "adminUser", "blockingTask", "disk"].map(|kind| format!("/api/query?type={kind}&format=idrecords&pageSize=128")),
    );
    while let Some(href) = open.pop() {
        if !met.insert(href.clone()) {
            continue;
        }
        let answer = actor.get(&href).await;
        if answer.status == 200 && answer.media().contains("+xml") {
            let document = answer.xml();
            let ids = document.descendants().filter_map(|node| node.attribute("id"));
            urns.extend(ids.filter(|id| Urn::parse(id).is_some()).map(str::to_owned));
        }
        open.extend(references(&answer).into_iter().map(|(next, _)| next));
    }
    urns
}

/// The alternates of an entity: type and address.
fn alternates(entity: &Answer) -> Vec<(String, String)> {
    let document = entity.xml();
    let links = document.root_element().children().filter(|node| node.attribute("rel") == Some("alternate"));
    links.map(|link| (link.attribute("type").unwrap().to_owned(), link.attribute("href").unwrap().to_owned())).collect()
}

/// A world with one of everything, and the URN of a rule: rules say a bare id of themselves.
async fn full_world() -> (World, String) {
    let world = routed_world().await;
    let author = world.login("author@example").await;
    crate::disk::a_disk(&author, "data", 8).await;
    let rule = crate::affinity::a_rule(&author, "apart").await;
    crate::vapp::block(&world.login("administrator@System").await, "vappDeploy").await;
    let vapp = crate::vapp::a_vapp(&author, "waits", "photon-1vm").await;
    assert_eq!(author.post_empty(&format!("{vapp}/power/action/powerOn")).await.status, 202);
    (world, Urn::from_href(&rule).unwrap().to_string())
}

#[tokio::test]
async fn every_kind_leads_each_role_to_what_it_may_read_and_nowhere_else() {
    let (world, rule) = full_world().await;
    let mut urns = everything(&world.login("administrator@System").await).await;
    urns.insert(rule);
    let kinds: BTreeSet<_> = urns.iter().filter_map(|urn| Urn::parse(urn)).map(|urn| urn.kind).collect();
    // Two kinds may share a word: machines of vApps and of templates, networks inside and outside.
    let words: BTreeSet<_> = kinds.iter().map(|kind| kind.info().urn).collect();
    let missing: Vec<_> = Kind::ALL.iter().filter(|kind| **kind != Kind::Group && !words.contains(kind.info().urn)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let (mut shown, mut hidden) = (BTreeSet::new(), BTreeSet::new());
    for account in ACCOUNTS {
        let client = world.login(account).await;
        for text in &urns {
            let urn = Urn::parse(text).unwrap();
            let entity = client.get(&format!("/api/entity/{text}")).await;
            if entity.status == 403 {
                hidden.insert(urn.kind);
                let info = urn.kind.info();
                for place in [info.user, info.admin, info.extension].into_iter().flatten() {
                    let read = client.get(&format!("{}{}", place.path, urn.id)).await.status;
                    assert_ne!(read, 200, "{account}: {text} can be read at {}", place.path);
                }
                continue;
            }
            assert_eq!((entity.status, entity.attribute("id").as_deref()), (200, Some(text.as_str())), "{account}");
            let links = alternates(&entity);
            let types: BTreeSet<_> = links.iter().map(|(media, _)| media).collect();
            assert!(!links.is_empty() && types.len() == links.len(), "{account} {text}: {links:?}");
            for (media, href) in &links {
                let accept = if media.contains("json") { "application/*+json" } else { "application/*+xml" };
                let read = client.accepting(accept).get(href).await;
                assert_eq!((read.status, read.media()), (200, media.to_lowercase().as_str()), "{account}: {text} {href}");
            }
            shown.insert(urn.kind);
        }
    }
    let never: Vec<_> = kinds.difference(&shown).collect();
    assert!(never.is_empty(), "nobody is shown {never:?}");
    assert!(hidden.len() > 15, "{hidden:?}");
}

#[tokio::test]
async fn a_version_leads_to_what_it_has() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let profiles = admin.get("/api/query?type=orgVdcStorageProfile&format=idrecords").await;
    let urn = profiles.attribute_of("OrgVdcStorageProfileRecord", "id").unwrap();
    assert_eq!(admin.at("1.5").get(&format!("/api/entity/{urn}")).await.status, 403, "storage profiles came with 5.1");
    let unknown = admin.get("/api/entity/urn:vcloud:vm:00000000-0000-0000-0000-000000000000").await;
    assert_eq!(unknown.status, 403);
    assert_eq!(admin.get("/api/entity/urn:vcloud:nothing:x").await.status, 400);
}
