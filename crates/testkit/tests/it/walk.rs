//! No dead ends: whatever a document refers to is answered.

use crate::edge_gateway::routed;
use crate::vdc::vdc;
use std::collections::{BTreeMap, BTreeSet};
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World};

/// A world where machines run: every kind of object has a document.
pub(crate) async fn world() -> World {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let document = author.get(&vdc(&author).await).await;
    let xml = document.xml();
    let template = xml.descendants().find(|node| node.attribute("type") == Some(media::VAPP_TEMPLATE)).expect("there is a template");
    let source = template.attribute("href").unwrap_or_default();
    let body = format!(
        "<InstantiateVAppTemplateParams xmlns=\"http://www.vmware.com/vcloud/v1.5\" name=\"web\" deploy=\"true\" powerOn=\"true\">\
         <Source href=\"{source}\"/><AllEULAsAccepted>true</AllEULAsAccepted></InstantiateVAppTemplateParams>"
    );
    let url = document.link("add", media::INSTANTIATE_VAPP_TEMPLATE_PARAMS);
    let made = author.post(&url, media::INSTANTIATE_VAPP_TEMPLATE_PARAMS, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    world.settle().await;
    let running = author.get(&made.attribute("href").expect("a vApp has an href")).await;
    assert_eq!(running.attribute("status").as_deref(), Some("4"), "{}", running.text());
    world
}

/// The same with a network behind an edge gateway.
pub(crate) async fn routed_world() -> World {
    let world = world().await;
    routed::pair(&world.login("administrator@System").await, &world.login("orgadmin@example").await).await;
    world
}

/// Relations whose target is read; the others name actions, whose path must exist and take some other verb.
const READ: &[&str] = &["down", "up", "alternate", "catalogItem", "entityResolver"];

/// What a document refers to: href, and the relation of a link.
pub(crate) fn references(answer: &Answer) -> Vec<(String, Option<String>)> {
    // What a descriptor names lies beside it, wherever that is.
    if answer.status != 200 || !answer.media().contains("+xml") {
        return Vec::new();
    }
    let xml = answer.xml();
    let below = xml.root_element().descendants().skip(1);
    let named = below.filter_map(|node| Some((node.attribute("href")?, node.attribute("rel"))));
    named.map(|(href, rel)| (href.to_owned(), rel.map(str::to_owned))).collect()
}

/// Follows everything from the session on; answers what is a dead end, with where it was named and what it answered.
async fn walk(actor: &Actor) -> BTreeMap<String, (String, u16)> {
    let mut dead = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![("/api/session".to_owned(), None, String::new())];
    while let Some((href, rel, from)) = open.pop() {
        if !seen.insert((href.clone(), rel.clone())) {
            continue;
        }
        let href = if rel.as_deref() == Some("entityResolver") { format!("{href}urn:vcloud:org:none") } else { href };
        let answer = actor.get(&href).await;
        let reads = rel.as_deref().is_none_or(|rel| READ.contains(&rel));
        let alive = match answer.status {
            200 | 403 => true,
            400 => rel.as_deref() == Some("entityResolver"),
            405 => !reads,
            _ => false,
        };
        if !alive {
            dead.insert(href.clone(), (from, answer.status));
        }
        open.extend(references(&answer).into_iter().map(|(next, rel)| (next, rel, href.clone())));
    }
    assert!(seen.len() > 20, "the walk ended early: {seen:?}");
    dead
}

#[tokio::test]
async fn nobody_meets_a_dead_end_at_any_version() {
    let world = routed_world().await;
    for name in ["administrator@System", "orgadmin@example", "author@example", "console@example", "orgadmin2@example2"] {
        let actor = world.login(name).await;
        for version in ["1.5", "5.1", "33.0"] {
            let dead = walk(&actor.at(version)).await;
            assert!(dead.is_empty(), "{name} at {version}: {dead:#?}");
        }
    }
}

#[tokio::test]
async fn whatever_is_read_as_xml_is_read_as_json_too() {
    let world = routed_world().await;
    let admin = world.login("administrator@System").await.at("39.1");
    let json = admin.accepting("application/*+json");
    let mut seen = BTreeSet::new();
    let mut open = vec!["/api/session".to_owned()];
    while let Some(href) = open.pop() {
        if !seen.insert(href.clone()) {
            continue;
        }
        let answer = admin.get(&href).await;
        // A descriptor is OVF's, and what is JSON anyway has no other form.
        if answer.status == 200 && answer.media().contains("+xml") {
            let same = json.get(&href).await;
            assert_eq!((same.status, same.media()), (200, answer.media().replace("+xml", "+json").as_str()), "{href}");
            let (xml, value) = (answer.xml(), same.json());
            assert_eq!(value["href"].as_str(), xml.root_element().attribute("href"), "{href}");
        }
        open.extend(references(&answer).into_iter().map(|(next, _)| next));
    }
}
