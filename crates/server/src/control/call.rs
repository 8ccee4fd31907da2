//! The calls of the control interface, and what they answer with. Invariant: a call that is not in the `CALLS` of a file does not exist, and what is in it
//! is described and served by the same line.

use super::asked::Asked;
use super::problem::Problem;
use super::{
    Facts, broker, clock, explain, faults, hand, life, make, metrics, openapi, plans, refusal, requests, responders, snapshots, spaces,
    tasks, timeline, wait,
};
use crate::instance::Instance;
use crate::spaces::Spaces;
use futures::future::BoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use vcdsim_http::message::Response;
use vcdsim_model::action::Method;
use vcdsim_model::clock::format_time;
use vcdsim_platform::Cloud;

/// What a call works with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Control<'a> {
    pub(super) spaces: &'a Arc<Spaces>,
    /// The cloud that the call is about.
    pub(super) instance: &'a Arc<Instance>,
    pub(super) facts: &'a Facts,
}

/// What comes of a call.
pub(super) type Outcome = Result<Response, Problem>;

type Run = for<'a> fn(&'a Control<'a>, Asked) -> BoxFuture<'a, Outcome>;
type Describe = fn(&mut SchemaGenerator) -> Schema;

/// What a call answers with.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// This document.
    One(Describe),
    /// `items` of these, the revision and the time.
    List(Describe),
    /// The same; whoever takes events is told of items as they come and change. These fields tell one item from others; with none all do.
    Watched(Describe, &'static [&'static str]),
    /// What it has done: the revision, the time, whether all that is due has happened, and these.
    Effect(Describe),
    /// Something that is no JSON.
    Other(&'static str),
}

/// A call: verb, path below `/_mock/v1/`, what it does, what its query may say, what its body and its answer are, and how it is done.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) what: &'static str,
    pub(super) query: &'static [(&'static str, &'static str)],
    pub(super) body: Option<Describe>,
    pub(super) answer: Answer,
    pub(super) run: Run,
}

/// What tells the items of a call from one another, if whoever takes events is told of them.
pub(super) const fn of_events(call: &Call) -> Option<&'static [&'static str]> {
    match call.answer {
        Answer::Watched(_, fields) => Some(fields),
        _ => None,
    }
}

/// How a type is described.
pub(super) fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

macro_rules! call {
    ($method:ident $path:literal $what:literal $query:expr, $body:expr, $answer:expr, $run:expr) => {
        Call {
            method: vcdsim_model::action::Method::$method,
            path: $path,
            what: $what,
            query: $query,
            body: $body,
            answer: $answer,
            run: |control, asked| Box::pin($run(control, asked)),
        }
    };
}
pub(super) use call;

pub(super) const LIMIT: (&str, &str) = ("limit", "how many items at most, the newest; 100, and never more than 1000");
pub(super) const WAIT: (&str, &str) = (
    "wait",
    "how long to wait for a first item, in real time, such as 5s; not at all, and never longer than ten minutes; events wait by themselves",
);
pub(super) const AFTER: (&str, &str) =
    ("after", "with wait: answer as soon as the state has another revision than this, whether or not there is an item");
pub(super) const OPERATION: (&str, &str) = ("operation", "the name of the operation");
pub(super) const ORG: (&str, &str) = ("org", "the organization, by name or id");

/// The calls of each file.
const TABLES: &[&[Call]] = &[
    life::CALLS,
    openapi::CALLS,
    clock::CALLS,
    tasks::CALLS,
    hand::CALLS,
    make::CALLS,
    plans::CALLS,
    responders::CALLS,
    explain::CALLS,
    refusal::CALLS,
    requests::CALLS,
    faults::CALLS,
    broker::CALLS,
    timeline::CALLS,
    metrics::CALLS,
    snapshots::CALLS,
    spaces::CALLS,
];

/// All calls.
pub(super) fn calls() -> impl Iterator<Item = &'static Call> {
    TABLES.iter().copied().flatten()
}

/// What every effect answers; nothing besides.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct Effect {}

/// What stands for the variables of `pattern` in `path`, if it fits.
pub(super) fn fits(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (mut words, mut given) = (Vec::new(), path.split('/'));
    for part in pattern.split('/') {
        match given.next()? {
            "" => return None,
            word if part.starts_with('{') => words.push(percent_encoding::percent_decode_str(word).decode_utf8_lossy().into_owned()),
            word if word == part => {}
            _ => return None,
        }
    }
    given.next().is_none().then_some(words)
}

impl<'a> Control<'a> {
    pub(super) fn cloud(&self) -> &'a Cloud {
        self.instance.app.cloud()
    }

    pub(super) fn answer(&self, value: &impl Serialize) -> Response {
        Response::new(200).body("application/json", json!(value).to_string())
    }

    /// What a call has done.
    pub(super) fn effect(&self, value: &impl Serialize) -> Response {
        let store = self.cloud().store();
        let mut told = json!(value);
        told["revision"] = json!(*store.revisions().borrow());
        told["now"] = json!(format_time(store.now()));
        told["settled"] = json!(store.next_due().is_none_or(|due| due > store.now()));
        self.answer(&told)
    }

    pub(super) fn list<T: Serialize>(&self, items: Vec<T>) -> Response {
        let store = self.cloud().store();
        self.answer(&json!({ "items": items, "revision": *store.revisions().borrow(), "now": format_time(store.now()) }))
    }

    /// The list that `look` finds, as soon as there is something in it, or after `wait`.
    pub(super) async fn wait_for<T, F, L>(&self, wait: Duration, look: L) -> Outcome
    where
        T: Serialize,
        F: Future<Output = Result<Vec<T>, Problem>>,
        L: Fn() -> F,
    {
        self.wait_past(None, wait, look).await
    }

    /// The same; but who knows the state of a revision already hears of the next one, whatever is in the list.
    pub(super) async fn wait_past<T, F, L>(&self, known: Option<u64>, wait: Duration, look: L) -> Outcome
    where
        T: Serialize,
        F: Future<Output = Result<Vec<T>, Problem>>,
        L: Fn() -> F,
    {
        let (look, revisions) = (&look, self.cloud().store().revisions());
        let seen = || {
            let revision = *revisions.borrow();
            async move { Ok((look().await?, revision)) }
        };
        let enough = |(items, revision): &(Vec<T>, u64)| known.map_or(!items.is_empty(), |known| *revision != known);
        let (items, revision) = self.watch(wait, seen, enough).await?;
        Ok(self.answer(&json!({ "items": items, "revision": revision, "now": format_time(self.cloud().store().now()) })))
    }

    /// What `look` finds, as soon as it is `enough`, or after `wait`.
    pub(super) async fn watch<T, F, L>(&self, wait: Duration, look: L, enough: impl Fn(&T) -> bool) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, Problem>>,
        L: Fn() -> F,
    {
        let mut revisions = self.cloud().store().revisions();
        let mut requests = self.instance.edge.journal().last();
        let mut patience = std::pin::pin!(wait::patience(wait));
        loop {
            revisions.mark_unchanged();
            requests.mark_unchanged();
            let found = look().await?;
            if enough(&found) || wait.is_zero() {
                return Ok(found);
            }
            tokio::select! {
                () = &mut patience => return Ok(found),
                () = self.instance.edge.closed() => return Ok(found),
                changed = revisions.changed() => if changed.is_err() { return Ok(found) },
                changed = requests.changed() => if changed.is_err() { return Ok(found) },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fit_as_a_whole() {
        assert_eq!(fits("tasks", "tasks"), Some(vec![]));
        assert_eq!(
            fits("blocking-tasks/{id}/{decision}", "blocking-tasks/urn%3Avcloud/resume"),
            Some(vec!["urn:vcloud".into(), "resume".into()])
        );
        for path in ["", "tasks/", "tasks/1/cancel/2", "tasks//cancel", "task"] {
            assert_eq!(fits("tasks/{id}/cancel", path), None, "{path}");
        }
    }
}
