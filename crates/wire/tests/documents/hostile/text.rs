//! Whatever text a document holds, it is well-formed and comes back as it was, but for the characters that XML has no place for: in
//! their place stands U+FFFD.

use crate::readable::{self, survives};
use proptest::collection::vec;
use proptest::prelude::*;
use vcdsim_wire::{Record, render_json, render_xml, vcloud, vmext};

/// Characters that mean something to a parser, or nothing to XML.
const SPECIAL: &[char] = &[
    '\0',
    '\u{1}',
    '\u{8}',
    '\t',
    '\n',
    '\u{b}',
    '\r',
    '\u{1f}',
    ' ',
    '"',
    '&',
    '\'',
    '<',
    '>',
    ']',
    '-',
    '\u{7f}',
    '\u{85}',
    '\u{a0}',
    '\u{2028}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{feff}',
    '\u{fffd}',
    '\u{fffe}',
    '\u{ffff}',
    '\u{10000}',
    '\u{1fffe}',
    '\u{10ffff}',
];

pub(super) fn text() -> impl Strategy<Value = String> {
    let special = prop_oneof![prop::sample::select(SPECIAL), any::<char>(), prop::char::range(' ', '~')];
    prop_oneof![vec(special, 0..30).prop_map(String::from_iter), ".{0,40}", "(<!--|-->|<!\\[CDATA\\[|\\]\\]>|&amp;|&#1;|<a b='|'/>){0,9}"]
}

/// The text as XML can carry it.
pub(super) fn carried(text: &str) -> String {
    let known = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if known(c) { c } else { '\u{fffd}' }).collect()
}

proptest! {
    #[test]
    fn any_text_comes_back_from_a_record(texts in vec(text(), 1..4)) {
        let record = texts.iter().fold(Record::new("AdminTaskRecord"), |record, text| record.with("name", text.as_str()));
        let record = Record { attributes: record.attributes.into_iter().take(1).collect(), ..record };
        let link = vcloud::Link { href: texts[texts.len() - 1].clone(), ..vcloud::Link::default() };
        let page = vcloud::QueryResultRecords {
            record: vec![Record { link: vec![link], ..record }],
            ..vcloud::QueryResultRecords::default()
        };
        let xml = render_xml(&page, 391);
        let parsed = roxmltree::Document::parse(&xml).unwrap();
        let row = parsed.root_element().first_element_child().unwrap();
        prop_assert_eq!(row.attribute("name").unwrap(), carried(&texts[0]));
        prop_assert_eq!(row.first_element_child().unwrap().attribute("href").unwrap(), carried(&texts[texts.len() - 1]));
        let json: serde_json::Value = serde_json::from_str(&render_json(&page, 391)).unwrap();
        prop_assert_eq!(json["record"][0]["name"].as_str().unwrap(), carried(&texts[0]));
    }

    #[test]
    fn any_number_comes_back(number in any::<i64>(), small in any::<i32>(), truth in any::<bool>()) {
        survives(&vmext::BlockingTaskSettings { timeout_in_milliseconds: number, ..vmext::BlockingTaskSettings::default() });
        survives(&vcloud::Task { progress: Some(small), cancel_requested: Some(truth), ..vcloud::Task::default() });
    }
}

/// What stands in the place of a document's root is its own name.
#[test]
fn every_body_has_a_root_of_its_own() {
    let mut names: Vec<_> = readable::ALL.iter().map(|document| document.root.name).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}
