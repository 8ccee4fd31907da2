//! What two states have differently, in words. Invariant: whatever differs is told of, objects and tasks one by one, the rest in numbers.

use serde_json::Value;
use std::collections::BTreeSet;

type Naming = fn(&Value) -> String;

/// Tables whose rows are told of one by one: what a row is called.
const TOLD: &[(&str, Naming)] = &[
    ("entity", |row| format!("{} \"{}\"", text(row, "/kind"), text(row, "/name"))),
    ("task", |row| format!("task {} of \"{}\"", text(row, "/body/operation"), text(row, "/body/subject"))),
    ("blocking_task", |row| format!("blocking task {}", text(row, "/operation"))),
    ("setting", |row| format!("setting {}", text(row, "/key"))),
    ("metadata", |row| format!("metadata {} of {}", text(row, "/key"), text(row, "/object"))),
];

/// Fields that follow from others.
const FOLLOWING: [&str; 5] = ["rev", "seq", "folded", "name_key", "machine"];

/// How many changed fields of a row are told of.
const FIELDS: usize = 6;

fn text(row: &Value, pointer: &str) -> String {
    row.pointer(pointer).map_or_else(String::new, shown)
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "nothing".to_owned(),
        other => other.to_string().chars().take(60).collect(),
    }
}

/// The differences from one state to another, a sentence each.
pub(super) fn prose(from: &Value, to: &Value) -> Vec<String> {
    let tables: BTreeSet<&String> = [from, to].into_iter().filter_map(Value::as_object).flat_map(|tables| tables.keys()).collect();
    tables.into_iter().flat_map(|table| in_table(table, &from[table.as_str()], &to[table.as_str()])).collect()
}

fn in_table(table: &str, from: &Value, to: &Value) -> Vec<String> {
    let keys: BTreeSet<&String> = [from, to].into_iter().filter_map(Value::as_object).flat_map(|rows| rows.keys()).collect();
    let pairs = keys.into_iter().map(|key| (from.get(key), to.get(key))).filter(|(old, new)| old != new);
    match TOLD.iter().find(|(told, _)| *told == table) {
        Some((_, name)) => pairs.filter_map(|(old, new)| of_row(*name, old, new)).collect(),
        None => in_numbers(table, pairs),
    }
}

fn of_row(name: Naming, old: Option<&Value>, new: Option<&Value>) -> Option<String> {
    match (old, new) {
        (None, Some(new)) => Some(format!("{} was made", name(new))),
        (Some(old), None) => Some(format!("{} is gone", name(old))),
        (Some(old), Some(new)) => {
            let mut fields = Vec::new();
            changed("", old, new, &mut fields);
            let more = fields.len().saturating_sub(FIELDS);
            let mut told = fields.into_iter().take(FIELDS).collect::<Vec<_>>().join(", ");
            if more > 0 {
                told.push_str(&format!(", and {more} more"));
            }
            (!told.is_empty()).then(|| format!("{}: {told}", name(new)))
        }
        (None, None) => None,
    }
}

/// The fields that differ, each with what it was and is.
fn changed(path: &str, old: &Value, new: &Value, fields: &mut Vec<String>) {
    if let (Some(before), Some(after)) = (old.as_object(), new.as_object()) {
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for key in keys.into_iter().filter(|key| !FOLLOWING.contains(&key.as_str())) {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            changed(&path, old.get(key).unwrap_or(&Value::Null), new.get(key).unwrap_or(&Value::Null), fields);
        }
    } else if old != new {
        fields.push(format!("{path} was {}, is {}", shown(old), shown(new)));
    }
}

fn in_numbers<'a>(table: &str, pairs: impl Iterator<Item = (Option<&'a Value>, Option<&'a Value>)>) -> Vec<String> {
    let (mut made, mut gone, mut other) = (0, 0, 0);
    for pair in pairs {
        match pair {
            (None, _) => made += 1,
            (_, None) => gone += 1,
            _ => other += 1,
        }
    }
    let parts = [(made, "more"), (gone, "gone"), (other, "changed")];
    let parts: Vec<_> = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if parts.is_empty() { Vec::new() } else { vec![format!("{table}: {}", parts.join(", "))] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_differs_is_told_and_what_follows_is_not() {
        let vapp = |status: i32, rev: i32| json!({ "kind": "vapp", "name": "web", "status": status, "rev": rev });
        let from = json!({ "entity": { "1": vapp(8, 1), "2": vapp(1, 1) }, "timer": { "a": 1, "b": 1 } });
        let to = json!({ "entity": { "1": vapp(4, 2), "3": vapp(8, 1) }, "timer": { "a": 2, "c": 1 } });
        let told =
            ["vapp \"web\": status was 8, is 4", "vapp \"web\" is gone", "vapp \"web\" was made", "timer: 1 more, 1 gone, 1 changed"];
        assert_eq!(prose(&from, &to), told);
        assert_eq!(prose(&from, &from), Vec::<String>::new());
        // Written anew without a change: nobody needs to know.
        assert_eq!(prose(&json!({ "entity": { "1": vapp(8, 1) } }), &json!({ "entity": { "1": vapp(8, 2) } })), Vec::<String>::new());
    }
}
