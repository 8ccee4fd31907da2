//! The calls of the control interface, and what they answer with. Invariant: a call that is not in the `CALLS` of a file does not exist, and what is in it
//! is described and served by the same line.

use super::asked::Asked;
use super::problem::Problem;
use super::{
    Facts, broker, clock, explain, faults, hand, life, make, metrics, openapi, plans, refusal, requests, responders, snapshots, spaces,
    tasks, timeline,
};
use crate::instance::Instance;
use crate::spaces::Spaces;
use futures::future::BoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
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

/// What a call tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// An answer.
    Done(Response),
    /// What is in a list.
    Items(Vec<Value>),
}

impl From<Response> for Told {
    fn from(response: Response) -> Self {
        Self::Done(response)
    }
}

/// What comes of a call.
pub(super) type Outcome = Result<Told, Problem>;

type Run = for<'a> fn(&'a Control<'a>, Asked) -> BoxFuture<'a, Outcome>;
type Describe = fn(&mut SchemaGenerator) -> Schema;

/// What a call answers with.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// This document.
    One(Describe),
    /// The same, for as long as it is so: it can be waited for until it is another, and whoever takes events is told of what it becomes.
    Kept(Describe),
    /// The same, but the call says by itself what is waited for; these fields tell it from others.
    Followed(Describe, &'static [&'static str]),
    /// `items` of these, the revision and the time. Every list can be cut and waited for, and whoever takes events is told of items as they
    /// come and change. These fields tell one item from others; with none all do.
    List(Describe, &'static [&'static str]),
    /// What it has done: the revision, the time, whether all that is due has happened, and these.
    Effect(Describe),
    /// Something that is no JSON.
    Other(&'static str),
}

impl Answer {
    /// What the query of all calls may say that answer so.
    const fn query(self) -> &'static [Parameter] {
        match self {
            Self::List(..) => &[LIMIT, WAIT, AFTER],
            Self::Kept(_) => &[WAIT_FOR_ANOTHER, AFTER],
            _ => &[],
        }
    }

    /// Whether all calls that answer so are waited for alike.
    pub(super) const fn waits(self) -> bool {
        matches!(self, Self::List(..) | Self::Kept(_))
    }

    /// The fields that tell what it tells from one another, if there are events of it; none where nothing but all of it does.
    pub(super) const fn told_by(self) -> Option<&'static [&'static str]> {
        match self {
            Self::List(_, fields) | Self::Followed(_, fields) => Some(fields),
            Self::Kept(_) => Some(&[]),
            _ => None,
        }
    }
}

/// A parameter of the query, and what it means.
type Parameter = (&'static str, &'static str);

/// A call: verb, path below `/_mock/v1/`, what it does, what its query may say, what its body and its answer are, and how it is done.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) what: &'static str,
    pub(super) query: &'static [Parameter],
    pub(super) body: Option<Describe>,
    pub(super) answer: Answer,
    pub(super) run: Run,
}

impl Call {
    /// What its query may say: what it says itself, and what is said of all that answer as it does.
    pub(super) fn parameters(&self) -> impl Iterator<Item = Parameter> {
        self.query.iter().chain(self.answer.query()).copied()
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

const LIMIT: Parameter = ("limit", "how many items at most; 100, and never more than 1000; where the newest are last, they are the newest");
const WAIT: Parameter = (
    "wait",
    "how long to wait for a first item, in real time, such as 5s; not at all, and never longer than ten minutes; events wait by themselves",
);
const WAIT_FOR_ANOTHER: Parameter =
    ("wait", "how long to wait until it is another than now, in real time, such as 5s; not at all, and never longer than ten minutes");
const AFTER: Parameter =
    ("after", "with wait: answer as soon as there is another revision than this, or something in the answer has changed, whatever it is");
pub(super) const OPERATION: Parameter = ("operation", "the name of the operation");
pub(super) const ORG: Parameter = ("org", "the organization, by name or id");

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

    pub(super) fn answer(&self, value: &impl Serialize) -> Told {
        Response::new(200).body("application/json", json!(value).to_string()).into()
    }

    /// How often anything has changed that calls tell of: the state, or the spaces and snapshots beside it.
    pub(super) fn revision(&self) -> u64 {
        let changes = [self.cloud().store().revisions(), self.spaces.changes(), self.spaces.images().changes()];
        changes.iter().map(|changes| *changes.borrow()).sum()
    }

    /// What a call has done.
    pub(super) fn effect(&self, value: &impl Serialize) -> Told {
        let store = self.cloud().store();
        let mut told = json!(value);
        told["revision"] = json!(self.revision());
        told["now"] = json!(format_time(store.now()));
        told["settled"] = json!(store.next_due().is_none_or(|due| due > store.now()));
        self.answer(&told)
    }

    /// What a call tells, as it goes out; it was told of this revision.
    pub(super) fn told(&self, told: Told, revision: u64) -> Response {
        let items = match told {
            Told::Done(response) => return response,
            Told::Items(items) => items,
        };
        let now = format_time(self.cloud().store().now());
        Response::new(200).body("application/json", json!({ "items": items, "revision": revision, "now": now }).to_string())
    }

    /// What is in a list.
    pub(super) fn list<T: Serialize>(&self, items: Vec<T>) -> Told {
        Told::Items(items.into_iter().map(|item| json!(item)).collect())
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
