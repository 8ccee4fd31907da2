//! Bodies in JSON.

use super::edit::{Edit, encoding};
use super::judge;
use crate::readable;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Number, Value};
use std::collections::BTreeSet;
use vcdsim_wire::{Kind, TypeInfo};

/// Pieces that JSON is made of, and some that it is not.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "\\u12",
    "null",
    "true",
    "nul",
    "-",
    "1e999",
    "1e-999",
    "0x1",
    "00",
    "NaN",
    "18446744073709551616",
    "{\"name\":",
    "[[[[",
    "\"name\":\"n\",",
    "\"_type\":\"x\",",
    "\u{feff}",
    " ",
    "\n",
    "\u{1}",
    "/* */",
    "//\n",
];

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()), vec(any::<u8>(), 0..4)];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Every key that a document of this type can have anywhere, and a few that it has not.
pub(super) fn keys(info: &'static TypeInfo) -> Vec<String> {
    fn collect(info: &'static TypeInfo, keys: &mut BTreeSet<String>, seen: &mut BTreeSet<&'static str>) {
        if seen.insert(info.name) {
            for field in info.fields {
                keys.insert(field.json_key().into_owned());
                if let Kind::Type(inner) = field.kind {
                    collect(inner(), keys, seen);
                }
            }
        }
    }
    let mut keys = BTreeSet::from(["_type", "value", "", "Name"].map(str::to_owned));
    collect(info, &mut keys, &mut BTreeSet::new());
    keys.into_iter().collect()
}

/// A single value of JSON.
fn single() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..9).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|real| Number::from_f64(real).map_or(Value::Null, Value::Number)),
        ".{0,12}".prop_map(Value::from),
        any::<char>().prop_map(|c| Value::from(c.to_string())),
        prop::sample::select(
            &["3", "true", "n", "MetadataStringValue", "NetworkConnectionSectionType", "2026-03-04T08:15:00Z", "vmext:VlanPoolType", "a:b"]
                [..]
        )
        .prop_map(Value::from),
    ]
}

/// The shape of a value; its keys are chosen once the document is known.
pub(super) fn value() -> impl Strategy<Value = Tree> {
    single().prop_map(Tree::Single).prop_recursive(8, 60, 6, |inner| {
        prop_oneof![
            3 => vec((any::<Index>(), inner.clone()), 0..6).prop_map(Tree::Object),
            1 => vec(inner, 0..4).prop_map(Tree::Array),
        ]
    })
}

#[derive(Debug, Clone)]
pub(super) enum Tree {
    Single(Value),
    Object(Vec<(Index, Tree)>),
    Array(Vec<Tree>),
}

impl Tree {
    pub(super) fn with(&self, keys: &[String]) -> Value {
        match self {
            Self::Single(value) => value.clone(),
            Self::Array(items) => items.iter().map(|item| item.with(keys)).collect(),
            Self::Object(items) => Value::Object(items.iter().map(|(key, item)| (key.get(keys).clone(), item.with(keys))).collect()),
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(document in any::<Index>(), bytes in bytes(), encoding in encoding()) {
        judge((document.get(readable::ALL).from_json)(&encoding.encode(bytes)));
    }

    #[test]
    fn any_object_is_read_or_refused(document in any::<Index>(), members in vec((any::<Index>(), value()), 0..8)) {
        let document = document.get(readable::ALL);
        let keys = keys((document.root.info)());
        let mut whole = Map::from_iter([("name".to_owned(), Value::from("n"))]);
        whole.extend(members.iter().map(|(key, value)| (key.get(&keys).clone(), value.with(&keys))));
        judge((document.from_json)(Value::Object(whole).to_string().as_bytes()));
    }

    #[test]
    fn any_change_to_the_text_is_read_or_refused(
        document in any::<Index>(),
        edits in vec((any::<Index>(), 0_u8..4, bytes(), any::<Index>()), 1..5),
        encoding in encoding(),
    ) {
        let document = document.get(readable::ALL);
        let mut bytes = document.json(391).into_bytes();
        for (at, what, more, to) in &edits {
            let edit = match what {
                0 => Edit::Insert(*at, more.clone()),
                1 => Edit::Remove(*at, more.first().copied().unwrap_or(1)),
                2 => Edit::Cut(*at),
                _ => Edit::Repeat(*at, u16::try_from(more.len()).unwrap_or(1), *to),
            };
            edit.apply(&mut bytes);
        }
        judge((document.from_json)(&encoding.encode(bytes)));
    }
}
