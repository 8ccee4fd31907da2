//! Whole documents, changed or filled, through all that reads and writes them. Invariant: what is accepted comes back as it was.

use super::edit::{edits, encoding};
use super::json::{keys, value as json_value};
use super::judge;
use super::text::{carried, text};
use crate::readable::{self, survives};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use vcdsim_wire::{Limits, parse_xml, render_xml, vcloud, vmext};

/// Fewer cases than usual, unless somebody says how many: each costs as much as ten of others.
fn few() -> ProptestConfig {
    let usual = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { usual.cases } else { usual.cases / 4 };
    ProptestConfig { cases, ..usual }
}

/// A document that holds `texts` in attributes, elements, lists and other documents.
fn app(texts: &[String]) -> vcloud::VApp {
    let text = |at: usize| texts[at % texts.len()].clone();
    vcloud::VApp {
        name: text(0),
        href: Some(text(1)),
        description: Some(text(2)),
        link: vec![vcloud::Link { rel: text(3), href: text(4), ..vcloud::Link::default() }],
        tasks: Some(vcloud::TasksInProgress {
            task: vec![vcloud::Task {
                name: text(5),
                status: text(6),
                details: Some(text(7)),
                error: Some(vcloud::Error {
                    message: text(8),
                    minor_error_code: text(9),
                    stack_trace: Some(text(10)),
                    ..vcloud::Error::default()
                }),
                ..vcloud::Task::default()
            }],
        }),
        ..vcloud::VApp::default()
    }
}

fn value(texts: &[String]) -> vcloud::MetadataValue {
    let typed = vcloud::MetadataTypedValue { xsi_type: Some("MetadataStringValue".to_owned()), value: texts.first().cloned() };
    vcloud::MetadataValue { typed_value: Some(typed), ..vcloud::MetadataValue::default() }
}

fn settings(texts: &[String]) -> vmext::AmqpSettings {
    let text = |at: usize| texts[at % texts.len()].clone();
    vmext::AmqpSettings {
        amqp_host: text(0),
        amqp_username: text(1),
        amqp_password: Some(text(2)),
        amqp_v_host: text(3),
        ..vmext::AmqpSettings::default()
    }
}

/// A document made of the texts reads back as the one made of what XML can carry of them.
fn comes_back<T: vcdsim_wire::Readable + PartialEq + std::fmt::Debug>(make: fn(&[String]) -> T, texts: &[String]) {
    let xml = render_xml(&make(texts), 391);
    roxmltree::Document::parse(&xml).unwrap_or_else(|error| panic!("{error} in {xml}"));
    let safe: Vec<String> = texts.iter().map(|text| carried(text)).collect();
    let expected = make(&safe);
    assert_eq!(parse_xml::<T>(xml.as_bytes(), &Limits::default()).as_ref(), Ok(&expected), "{xml}");
    survives(&expected);
}

/// The sample of a document with these texts in the places of its own, and the same texts in both ways that XML can write them.
fn filled(document: &readable::Body, version: u16, texts: &[String]) -> String {
    let escape = |(at, text): (usize, &String)| -> String {
        let reference = |c: char| if at.is_multiple_of(2) { format!("&#{};", u32::from(c)) } else { format!("&#x{:X};", u32::from(c)) };
        let one = |c: char| if c.is_alphanumeric() || c == ' ' { c.to_string() } else { reference(c) };
        carried(text).chars().map(one).collect()
    };
    let escaped: Vec<String> = texts.iter().enumerate().map(escape).collect();
    let sample = document.xml(version);
    let mut pieces = sample.split(" a&amp;b ");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.enumerate().fold(first, |whole, (at, piece)| whole + &escaped[at % escaped.len()] + piece)
}

/// Puts a value into a document in the place of another, wherever that is.
fn graft(document: &mut Value, at: &mut usize, with: &Value) {
    if *at == 0 {
        with.clone_into(document);
    }
    *at = at.wrapping_sub(1);
    match document {
        Value::Object(map) => map.values_mut().for_each(|inner| graft(inner, at, with)),
        Value::Array(items) => items.iter_mut().for_each(|inner| graft(inner, at, with)),
        _ => {}
    }
}

fn size(document: &Value) -> usize {
    1 + match document {
        Value::Object(map) => map.values().map(size).sum(),
        Value::Array(items) => items.iter().map(size).sum(),
        _ => 0,
    }
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn any_change_to_a_document_is_read_or_refused(
        document in any::<Index>(),
        version in prop::sample::select(crate::VERSIONS),
        edits in edits(),
        encoding in encoding(),
    ) {
        let document = document.get(readable::ALL);
        let mut bytes = document.xml(version).into_bytes();
        for edit in &edits {
            edit.apply(&mut bytes);
        }
        judge((document.from_xml)(&encoding.encode(bytes)));
    }

    #[test]
    fn any_change_to_a_value_is_read_or_refused(
        document in any::<Index>(),
        version in prop::sample::select(crate::VERSIONS),
        grafts in vec((any::<Index>(), json_value()), 1..4),
    ) {
        let document = document.get(readable::ALL);
        let keys = keys((document.root.info)());
        let mut whole: Value = serde_json::from_str(&document.json(version)).unwrap();
        for (at, value) in &grafts {
            let mut at = at.index(size(&whole));
            graft(&mut whole, &mut at, &value.with(&keys));
        }
        judge((document.from_json)(whole.to_string().as_bytes()));
    }

    #[test]
    fn any_text_comes_back_from_a_document(texts in vec(text(), 1..12)) {
        comes_back(app, &texts);
        comes_back(value, &texts);
        comes_back(settings, &texts);
    }

    #[test]
    fn any_text_comes_back_from_every_body(
        document in any::<Index>(),
        version in prop::sample::select(crate::VERSIONS),
        texts in vec(text(), 1..8),
    ) {
        let document = document.get(readable::ALL);
        let xml = filled(document, version, &texts);
        prop_assert_eq!((document.from_xml)(xml.as_bytes()), Ok(()), "{}", xml);
    }
}
