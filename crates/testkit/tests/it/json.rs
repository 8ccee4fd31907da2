//! The JSON form of the legacy API. Invariant: whatever a document says in XML it says in JSON, value by value, and nothing else; the reader
//! here knows no table, only how names are spelled.

mod day;

use crate::walk::{references, routed_world};
use roxmltree::Node;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use vcdsim_model::media;

/// How many values of each type were seen, so that the comparison cannot pass by seeing none.
#[derive(Debug, Default)]
struct Seen {
    numbers: usize,
    truths: usize,
    texts: usize,
    kinds: BTreeSet<String>,
}

/// The name with its first word in small letters.
fn key(name: &str) -> String {
    let capitals = name.chars().take_while(char::is_ascii_uppercase).count();
    let starts_word = name.chars().nth(capitals).is_some_and(|next| next.is_ascii_lowercase());
    let first = if capitals > 1 && starts_word { capitals - 1 } else { capitals };
    name[..first].to_lowercase() + &name[first..]
}

impl Seen {
    /// The same single value.
    fn value(&mut self, text: &str, value: &Value, place: &str) {
        match value {
            Value::String(string) => {
                self.texts += 1;
                assert_eq!(string, text, "{place}");
            }
            Value::Bool(truth) => {
                self.truths += 1;
                assert_eq!(truth.to_string(), text, "{place}");
            }
            Value::Number(number) => {
                self.numbers += 1;
                assert_eq!(number.as_f64(), text.parse().ok(), "{place}");
            }
            other => panic!("{place}: {text} is {other}"),
        }
    }

    /// The same element.
    fn element(&mut self, node: Node<'_, '_>, value: &Value, place: &str) {
        let Value::Object(members) = value else {
            assert!(node.attributes().len() == 0 && !node.children().any(|child| child.is_element()), "{place}: {value}");
            return self.value(node.text().unwrap_or_default(), value, place);
        };
        self.kinds.insert(node.tag_name().name().to_owned());
        let mut told = BTreeSet::from(["otherAttributes".to_owned(), "_type".to_owned()]);
        for attribute in node.attributes() {
            let xsi = attribute.namespace().is_some_and(|ns| ns.ends_with("XMLSchema-instance"));
            let key = if xsi { "_type".to_owned() } else { key(attribute.name()) };
            let said = members.get(&key).unwrap_or_else(|| panic!("{place}: no {key}"));
            // A resource says that it is JSON; what it refers to keeps the type of its link or reference.
            let twin = attribute.value().replace("+xml", "+json");
            let text = if key == "type" && *said == twin { &twin } else { attribute.value() };
            self.value(if xsi { text.rsplit(':').next().unwrap() } else { text }, said, &format!("{place}/@{key}"));
            told.insert(key);
        }
        let mut taken = BTreeMap::new();
        for child in node.children().filter(Node::is_element) {
            let (key, found) = member(child, members, &mut taken).unwrap_or_else(|| panic!("{place}: no {}", child.tag_name().name()));
            self.element(child, found, &format!("{place}/{}", child.tag_name().name()));
            told.insert(key);
        }
        let text = node.text().filter(|text| !text.trim().is_empty());
        if text.is_some() || members.get("value").is_some_and(Value::is_string) && !told.contains("value") {
            self.value(text.unwrap_or_default(), &members["value"], place);
            told.insert("value".to_owned());
        }
        for (key, list) in members.iter().filter_map(|(key, value)| Some((key, value.as_array()?))) {
            let count: usize = taken.iter().filter(|((of, _), _)| of == key).map(|(_, count)| count).sum();
            assert_eq!(count, list.len(), "{place}: {key} has more than the XML");
        }
        let more = members.iter().find(|(key, value)| !told.contains(*key) && !value.is_null() && **value != Value::Array(Vec::new()));
        assert!(more.is_none(), "{place}: only in JSON: {more:?}");
    }
}

/// What stands for a child: the member of its name, the next of several, or the next of its type in the array of a group.
fn member<'v>(
    child: Node<'_, '_>,
    members: &'v Map<String, Value>,
    taken: &mut BTreeMap<(String, String), usize>,
) -> Option<(String, &'v Value)> {
    let local = child.tag_name().name();
    let mut next = |key: String, of: &str, found: Vec<&'v Value>| {
        let at = taken.entry((key.clone(), of.to_owned())).or_insert(0);
        let value = found.into_iter().nth(*at)?;
        *at += 1;
        Some((key, value))
    };
    match members.get(&key(local)) {
        Some(Value::Array(list)) => return next(key(local), local, list.iter().collect()),
        Some(value) if !value.is_null() => return Some((key(local), value)),
        _ => {}
    }
    if local.ends_with("Record") || local.ends_with("Reference") {
        let list = if local.ends_with("Record") { "record" } else { "reference" };
        return next(list.to_owned(), "", members.get(list)?.as_array()?.iter().collect());
    }
    let of_type = |value: &&Value| value["_type"].as_str() == Some(&format!("{local}Type"));
    let group = members.iter().find(|(_, value)| value.as_array().is_some_and(|list| list.iter().any(|value| of_type(&value))));
    let (key, list) = group?;
    next(key.clone(), local, list.as_array()?.iter().filter(of_type).collect())
}

#[tokio::test]
async fn every_document_says_the_same_in_json_and_in_xml() {
    let world = routed_world().await;
    let mut seen = Seen::default();
    for (name, version) in
        [("administrator@System", "39.1"), ("administrator@System", "33.0"), ("orgadmin@example", "29.0"), ("author@example", "9.0")]
    {
        let actor = world.login(name).await.at(version);
        let json = actor.accepting("application/*+json");
        let (mut met, mut open) = (BTreeSet::new(), vec!["/api/session".to_owned()]);
        // The last is an error.
        open.extend(
            ["/api/query?type=vm", "/api/query?type=vm&format=references", "/api/query?type=nothing", "/api/nothing"].map(str::to_owned),
        );
        while let Some(href) = open.pop() {
            if !met.insert(href.clone()) {
                continue;
            }
            let answer = actor.get(&href).await;
            if answer.media().contains("+xml") {
                let same = json.get(&href).await;
                assert_eq!((same.status, same.media()), (answer.status, answer.media().replace("+xml", "+json").as_str()), "{href}");
                // Every request has an id of its own, which the message of an error names.
                let anonymous =
                    |answer: &vcdsim_testkit::Answer| answer.text().replace(answer.header("x-vmware-vcloud-request-id").unwrap(), "ID");
                let (told, value) = (anonymous(&answer), serde_json::from_str(&anonymous(&same)).unwrap());
                let document = roxmltree::Document::parse(&told).unwrap();
                seen.element(document.root_element(), &value, &href);
            }
            open.extend(references(&answer).into_iter().map(|(next, _)| next));
        }
    }
    assert!(seen.numbers > 500 && seen.truths > 500 && seen.texts > 5000 && seen.kinds.len() > 150, "{seen:?}");
}

#[tokio::test]
async fn a_link_has_a_twin_in_json_from_33_0_on() {
    let world = routed_world().await;
    let actor = world.login("administrator@System").await;
    let links = |answer: &vcdsim_testkit::Answer| -> Vec<[String; 4]> {
        let document = answer.xml();
        let links = document.descendants().filter(|node| node.tag_name().name() == "Link");
        links.map(|link| ["rel", "href", "name", "type"].map(|name| link.attribute(name).unwrap_or_default().to_owned())).collect()
    };
    let (mut met, mut open, mut twins) = (BTreeSet::new(), vec!["/api/session".to_owned()], 0);
    while let Some(href) = open.pop() {
        if !met.insert(href.clone()) {
            continue;
        }
        let answer = actor.at("33.0").get(&href).await;
        open.extend(references(&answer).into_iter().map(|(next, _)| next));
        if answer.status != 200 || !answer.media().contains("+xml") {
            continue;
        }
        let shown = links(&answer);
        if [media::METADATA, media::METADATA_VALUE].contains(&answer.media()) {
            assert!(!shown.iter().any(|link| link[3].ends_with("+json")), "{href} is recorded without any");
            continue;
        }
        for link in shown.iter().filter(|link| link[3].ends_with("+xml")) {
            let [rel, to, name, r#type] = link.clone();
            let twin = [rel, to, name, r#type.replace("+xml", "+json")];
            assert_eq!(
                shown.iter().filter(|other| **other == twin).count(),
                shown.iter().filter(|other| *other == link).count(),
                "{href} {twin:?}"
            );
            twins += 1;
        }
        let old = actor.at("31.0").get(&href).await;
        if old.status == 200 {
            let more =
                links(&old).into_iter().find(|link| link[3].ends_with("+json") && !link[3].contains("externalCatalogSubscriptionParams"));
            assert!(more.is_none(), "{href}: {more:?}");
        }
    }
    assert!(twins > 500, "{twins}");
    let query = actor.at("39.1").accepting("application/*+json").get("/api/query").await.json();
    let records =
        |ending: &str| query["link"].as_array().unwrap().iter().filter(|link| link["type"].as_str().unwrap().ends_with(ending)).count();
    assert_eq!(records("query.records+xml"), records("query.records+json"));
}

#[tokio::test]
async fn versions_without_json_say_so() {
    let world = routed_world().await;
    let author = world.login("author@example").await;
    for accept in ["application/*+json", "application/json"] {
        let refused = author.at("5.6").accepting(accept).get("/api/session").await;
        assert_eq!((refused.status, refused.json()["minorErrorCode"].as_str()), (406, Some("NOT_ACCEPTABLE")));
        assert_eq!(author.at("9.0").accepting(accept).get("/api/session").await.media(), "application/vnd.vmware.vcloud.session+json");
    }
    let both = author.at("5.6").accepting("application/*+json;version=5.6, application/*+xml").get("/api/session").await;
    assert_eq!((both.status, both.media()), (200, "application/vnd.vmware.vcloud.session+xml"));
}
