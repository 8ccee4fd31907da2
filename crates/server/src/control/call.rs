//! The calls of the control interface, and what they answer with. Invariant: a call that is not in [`CALLS`] does not exist, and what is in it
//! is described and served by the same line.

use super::asked::Asked;
use super::problem::Problem;
use super::{Facts, clock, life, openapi, tasks, wait};
use crate::instance::Instance;
use futures::future::BoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;
use vcdsim_http::message::Response;
use vcdsim_model::action::Method;
use vcdsim_model::clock::format_time;
use vcdsim_platform::Cloud;

/// What a call works with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Control<'a> {
    pub(super) instance: &'a Instance,
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

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

macro_rules! call {
    ($method:ident $path:literal $what:literal $query:expr, $body:expr, $answer:expr, $run:expr) => {
        Call {
            method: Method::$method,
            path: $path,
            what: $what,
            query: $query,
            body: $body,
            answer: $answer,
            run: |control, asked| Box::pin($run(control, asked)),
        }
    };
}

const LIMIT: (&str, &str) = ("limit", "how many items at most, the newest; 100, and never more than 1000");
const WAIT: (&str, &str) =
    ("wait", "how long to wait for a first item, in real time, such as 5s; not at all, and never longer than ten minutes");
const OPERATION: (&str, &str) = ("operation", "the name of the operation");
const ORG: (&str, &str) = ("org", "the organization, by name or id");

/// All calls.
pub(super) const CALLS: &[Call] = &[
    call!(Get "live" "whether the process runs" &[], None, Answer::One(of::<life::Health>), life::live),
    call!(Get "ready" "whether the cloud can be used" &[], None, Answer::One(of::<life::Health>), life::live),
    call!(Get "version" "the version of vcdsim" &[], None, Answer::One(of::<life::Version>), life::version),
    call!(Get "openapi.json" "this interface, as OpenAPI 3.1 describes it" &[], None, Answer::One(of::<Value>), openapi::show),
    call!(Get "ca.pem" "the certificate authority of the TLS listener" &[], None, Answer::Other("application/x-pem-file"), life::authority),
    call!(Get "coverage" "what is served, what is not, and how often that was asked for" &[], None, Answer::One(of::<Value>), life::coverage),
    call!(Get "broker" "the state of the connection to the broker" &[], None, Answer::One(of::<Value>), life::broker),
    call!(Get "messages" "the last messages, newest last"
        &[("routingKey", "a pattern as in a binding to a topic exchange"), ("exchange", "the name of an exchange"), ("since", "after the event of this number"), LIMIT, WAIT],
        None, Answer::List(of::<Value>), life::messages),
    call!(Get "clock" "what the clock shows, and how it goes" &[], None, Answer::One(of::<clock::ClockState>), clock::show),
    call!(Put "clock" "lets the clock go in another way, or shows a later time" &[], Some(of::<clock::SetClock>), Answer::Effect(of::<clock::ClockState>), clock::set),
    call!(Post "clock/advance" "moves the clock, and fires what becomes due on the way" &[], Some(of::<clock::Advance>), Answer::Effect(of::<Effect>), clock::advance),
    call!(Post "clock/run-until" "moves the clock from timer to timer until something is so; 409 when it does not come to that" &[], Some(of::<clock::RunUntil>), Answer::Effect(of::<Effect>), clock::run_until),
    call!(Get "clock/timers" "what will happen by itself, the earliest first" &[LIMIT], None, Answer::List(of::<clock::DueTimer>), clock::timers),
    call!(Get "tasks" "tasks, the newest last" &[("status", "the status, such as preRunning"), OPERATION, ORG, LIMIT, WAIT], None, Answer::List(of::<tasks::TaskItem>), tasks::list),
    call!(Get "tasks/{id}" "a task" &[], None, Answer::One(of::<tasks::TaskItem>), tasks::one),
    call!(Post "tasks/{id}/cancel" "cancels a task, as the administrator" &[], None, Answer::Effect(of::<Effect>), tasks::cancel),
    call!(Get "blocking-tasks" "what waits for a decision, the earliest first" &[OPERATION, ORG, LIMIT, WAIT], None, Answer::List(of::<tasks::BlockingItem>), tasks::blocking),
    call!(Post "blocking-tasks/{id}/{decision}" "resume, abort or fail a blocking task, or keep it waiting with progress" &[], Some(of::<tasks::Decide>), Answer::Effect(of::<Effect>), tasks::decide),
    call!(Get "blocking-operations" "which operations block, and what happens when nobody decides" &[], None, Answer::One(of::<tasks::BlockingOperations>), tasks::operations),
    call!(Put "blocking-operations" "replaces that list" &[], Some(of::<tasks::BlockingOperations>), Answer::Effect(of::<tasks::BlockingOperations>), tasks::set_operations),
];

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
        let mut revisions = self.cloud().store().revisions();
        let mut patience = std::pin::pin!(wait::patience(wait));
        loop {
            revisions.mark_unchanged();
            let items = look().await?;
            if !items.is_empty() || wait.is_zero() {
                return Ok(self.list(items));
            }
            tokio::select! {
                () = &mut patience => return Ok(self.list(items)),
                changed = revisions.changed() => if changed.is_err() { return Ok(self.list(items)) },
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
