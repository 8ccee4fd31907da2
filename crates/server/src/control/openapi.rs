//! The interface, described. Invariant: the description is made of the table that serves.

use super::asked::Asked;
use super::call::{Answer, Call, Control, Outcome, call, calls, of};
use super::problem::Problem;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The calls of this file.
pub(super) const CALLS: &[Call] =
    &[call!(Get "openapi.json" "this interface, as OpenAPI 3.1 describes it" &[], None, Answer::One(of::<Value>), show)];

pub(super) async fn show(control: &Control<'_>, _: Asked) -> Outcome {
    Ok(control.answer(&document()))
}

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
            "description": "Time, tasks and messages of a vcdsim server in the developer's hand. It answers callers on the same machine only.",
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
    let parameters: Vec<_> = in_path.chain(call.query.iter().map(|(name, what)| word(name, "query", what))).collect();
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
        Answer::One(of) => json!(of(generator)),
        Answer::List(of) => {
            let items = json!({ "type": "array", "items": of(generator) });
            json!({ "type": "object", "required": ["items", "revision", "now"], "properties": { "items": items, "revision": number, "now": text } })
        }
        Answer::Effect(of) => {
            let flag = json!({ "type": "boolean", "description": "whether all that is due has happened" });
            let told = json!({ "type": "object", "required": ["revision", "now", "settled"], "properties": { "revision": number, "now": text, "settled": flag } });
            json!({ "allOf": [of(generator), told] })
        }
    };
    json!({ "application/json": { "schema": schema } })
}
