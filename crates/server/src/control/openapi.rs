//! The interface, described. Invariant: the description is made of the table that serves.

use super::asked::Asked;
use super::call::{Answer, Call, Control, Outcome, call, calls, of};
use super::problem::Problem;
use super::watch;
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The calls of this file.
pub(super) const CALLS: &[Call] =
    &[call!(Get "openapi.json" "this interface, as OpenAPI 3.1 describes it" &[], None, Answer::One(of::<Value>), show)];

pub(super) async fn show(control: &Control<'_>, _: Asked) -> Outcome {
    Ok(control.answer(&document()))
}

/// What the events of a list are.
const EVENTS: &str = "each item that there is, and then each that comes or changes, as an event named item: its id tells it from others, its data is the item as JSON; one that leaves the list is told once more, as an event named gone; a document is one item";

/// The OpenAPI 3.1 document.
#[must_use]
pub fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let problem = json!({ "description": "what is wrong, why, and what to do", "content": { "application/problem+json": { "schema": generator.subschema_for::<Problem>() } } });
    let mut paths = Map::new();
    for call in calls() {
        let path = paths.entry(format!("/{}", call.path)).or_insert_with(|| json!({}));
        path[call.method.name().to_lowercase()] = operation(call, &problem, &mut generator);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "vcdsim: control interface",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Time, tasks and messages of a vcdsim server in the developer's hand. It answers callers on the same machine, and others that show its token.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/_mock/v1" }],
        "paths": paths,
        "components": { "schemas": generator.take_definitions(true) },
    })
}

fn operation(call: &Call, problem: &Value, generator: &mut SchemaGenerator) -> Value {
    let variables = call.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let word = |name: &str, place: &str, what: &str| json!({ "name": name, "in": place, "required": place == "path", "description": what, "schema": { "type": "string" } });
    let meaning = |name: &str| match name {
        "id" => "a UUID, a URN, or an href",
        "operation" => "the name of an operation, or default",
        "event" => "the number of an event",
        _ => "what is to be done",
    };
    let in_path = variables.map(|name| word(name, "path", meaning(name)));
    let parameters: Vec<_> = in_path.chain(call.parameters().map(|(name, what)| word(name, "query", what))).collect();
    let mut operation = json!({
        "operationId": format!("{} {}", call.method.name().to_lowercase(), call.path).replace(['/', ' ', '.'], "-").replace(['{', '}'], ""),
        "summary": call.what,
        "parameters": parameters,
        "responses": { "200": { "description": call.what, "content": content(call.answer, generator) }, "default": problem },
    });
    if let Some(body) = call.body {
        operation["requestBody"] = json!({ "required": false, "content": { "application/json": { "schema": body(generator) } } });
    }
    operation
}

fn content(answer: Answer, generator: &mut SchemaGenerator) -> Value {
    let number = json!({ "type": "integer" });
    let text = json!({ "type": "string", "format": "date-time" });
    let schema = match answer {
        Answer::Other(media) => return json!({ media: { "schema": { "type": "string" } } }),
        Answer::One(of) | Answer::Kept(of) | Answer::Followed(of, _) => json!(of(generator)),
        Answer::List(of, _) => {
            let items = json!({ "type": "array", "items": of(generator) });
            json!({ "type": "object", "required": ["items", "revision", "now"], "properties": { "items": items, "revision": number, "now": text } })
        }
        Answer::Effect(of) => {
            let flag = json!({ "type": "boolean", "description": "whether all that is due has happened" });
            let told = json!({ "type": "object", "required": ["revision", "now", "settled"], "properties": { "revision": number, "now": text, "settled": flag } });
            json!({ "allOf": [beside(of(generator), generator), told] })
        }
    };
    let mut told = json!({ "application/json": { "schema": schema } });
    if answer.told_by().is_some() {
        told[watch::MEDIA] = json!({ "schema": { "type": "string", "description": EVENTS } });
    }
    told
}

/// The same schema, as one that stands beside others: it does not refuse what they describe.
fn beside(schema: Schema, generator: &SchemaGenerator) -> Value {
    let named = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    let found = named.and_then(|name| generator.definitions().get(name)).filter(|found| found.get("additionalProperties").is_some());
    let Some(found) = found else { return json!(schema) };
    let mut open = found.clone();
    if let Some(parts) = open.as_object_mut() {
        parts.remove("additionalProperties");
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_when_it_is_empty_is_not_required() {
        let schemas = &document()["components"]["schemas"];
        for (name, field) in [("Problem", "nearest"), ("Problem", "found"), ("RequestItem", "query"), ("RequestItem", "faults")] {
            let required = schemas[name]["required"].as_array().unwrap();
            assert!(!required.is_empty() && !required.contains(&json!(field)), "{name} {field}");
        }
    }

    #[test]
    fn an_effect_may_have_what_all_effects_have() {
        let document = document();
        for path in ["/faults", "/blocking-operations"] {
            let all = &document["paths"][path]["put"]["responses"]["200"]["content"]["application/json"]["schema"]["allOf"];
            assert!(all[0]["properties"].is_object() && all[0]["additionalProperties"].is_null(), "{all}");
        }
        assert_eq!(document["components"]["schemas"]["Seed"]["additionalProperties"], json!(false), "as a body it is strict");
    }
}
