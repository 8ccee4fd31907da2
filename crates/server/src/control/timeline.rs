//! One timeline of what happened. Invariant: it is made of what is kept anyway, and every step says by which request it is joined with the
//! others: the one that made the task, or the only one there is.

use super::asked::{Asked, id};
use super::call::{Answer, Call, Control, Outcome, call, of};
use super::problem::Problem;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashMap;
use uuid::Uuid;
use vcdsim_model::clock::{Time, format_time, from_millis};
use vcdsim_model::event::{Cause, Event};
use vcdsim_store::{Timer, TimerKind};

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "timeline" "what happened, in order: requests, tasks, blocking tasks, decisions, timers and messages; and what is going to"
        &[("correlation", "the id of a request, a task or a blocking task: what belongs to it alone")],
        None, Answer::List(of::<Step>, &[]), show),
];

/// How many events are looked at, at most.
const REACH: u64 = 10_000;

/// Something that happened.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Step {
    /// When; or when it is going to.
    time: String,
    /// What kind of thing it is.
    what: What,
    /// Its id: that of the request, the task, the blocking task, the event of the message.
    id: Uuid,
    /// The request by which it is joined with the others; none for what no request caused.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<Uuid>,
    /// For a decision: the request that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Uuid>,
    /// The same in a sentence.
    text: String,
}

/// A kind of thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum What {
    /// A request of the API, or a call of this interface that changes something.
    Request,
    /// A task begins, goes on or ends.
    Task,
    /// A task is blocked.
    BlockingTask,
    /// Somebody, or nobody in time, decides about a blocking task.
    Decision,
    /// A timer fired, or will.
    Timer,
    /// A message is sent.
    Message,
}

/// A step and its place: the event that it is, or that it comes after.
type Placed = ((i64, u8), Step);

/// What is known of how things hang together.
#[derive(Default)]
struct Threads {
    /// The request that a task goes back to.
    request_of: HashMap<Uuid, Uuid>,
    /// The task of a blocking task.
    task_of: HashMap<Uuid, Uuid>,
}

impl Threads {
    fn of(events: &[Event]) -> Self {
        let mut threads = Self::default();
        for event in events {
            let Some((task, _)) = event.what.task else { continue };
            match event.what.short_type() {
                "task/create" => {
                    let root = event.cause.and_then(|cause| threads.root(cause));
                    threads.request_of.extend(root.map(|root| (task, root)));
                }
                "blockingtask/create" => {
                    threads.task_of.insert(event.what.entity.urn.id, task);
                }
                _ => {}
            }
        }
        threads
    }

    /// The request behind a cause.
    fn root(&self, cause: Cause) -> Option<Uuid> {
        match cause {
            Cause::Request(request) => Some(request),
            Cause::Timer(_, subject) => self.behind(subject),
        }
    }

    /// The request behind a task or a blocking task.
    fn behind(&self, subject: Uuid) -> Option<Uuid> {
        self.request_of.get(self.task_of.get(&subject).unwrap_or(&subject)).copied()
    }

    /// What kind of timer it was that fired for a subject, where that was not written down.
    fn kind(&self, subject: Uuid) -> Option<TimerKind> {
        let of_task = || self.request_of.contains_key(&subject).then_some(TimerKind::Phase);
        self.task_of.contains_key(&subject).then_some(TimerKind::Gate).or_else(of_task)
    }

    /// What an event is joined by.
    fn correlation(&self, event: &Event) -> Option<Uuid> {
        let of_task = event.what.task.as_ref().and_then(|(task, _)| self.behind(*task));
        of_task.or_else(|| event.cause.and_then(|cause| self.root(cause)))
    }
}

pub(super) async fn show(control: &Control<'_>, asked: Asked) -> Outcome {
    let wanted = asked.query("correlation").map(id).transpose()?;
    let limit = asked.limit()?;
    let mut steps = steps(control, wanted).await?;
    Ok(control.list(steps.split_off(steps.len().saturating_sub(limit))))
}

async fn steps(control: &Control<'_>, wanted: Option<Uuid>) -> Result<Vec<Step>, Problem> {
    let reader = control.cloud().read();
    let mut events = reader.recent_events(REACH).await?;
    let threads = Threads::of(&events);
    let wanted = wanted.map(|id| threads.behind(id).unwrap_or(id));
    let caused = |event: &Event| event.cause.is_some_and(|cause| Some(cause) == wanted.map(Cause::Request));
    events.retain(|event| wanted.is_none() || threads.correlation(event) == wanted || caused(event));
    let exchanges = control.instance.notifier.exchanges().await?;
    let mut placed: Vec<Placed> = events.iter().flat_map(|event| told(event, &threads, &exchanges)).collect();
    placed.extend(fired(&events, &threads));
    let decided = |request: Uuid| events.iter().any(|event| event.cause == Some(Cause::Request(request)));
    for seen in control.instance.edge.requests() {
        if wanted.is_none_or(|wanted| wanted == seen.id) || decided(seen.id) {
            let step = Step {
                time: format_time(seen.time),
                what: What::Request,
                id: seen.id,
                correlation: Some(seen.id),
                request: None,
                text: seen.text,
            };
            placed.push(((seen.after, 2), step));
        }
    }
    for timer in reader.timers(from_millis(i64::MAX), REACH).await? {
        placed.extend(pending(&timer, &threads, wanted));
    }
    placed.sort_by_key(|(place, _)| *place);
    Ok(placed.into_iter().map(|(_, step)| step).collect())
}

/// What an event says happened, and the message about it.
fn told(event: &Event, threads: &Threads, exchanges: &str) -> Vec<Placed> {
    let (correlation, subject) = (threads.correlation(event), event.what.entity.urn.id);
    let request = event.cause.and_then(|cause| if let Cause::Request(request) = cause { Some(request) } else { None });
    let step = |what, id, text| Step { time: format_time(event.time), what, id, correlation, request: None, text };
    let mut steps = Vec::new();
    if let Some((what, text)) = meaning(event) {
        let request = request.filter(|_| what == What::Decision);
        steps.push(((event.seq, 0), Step { request, ..step(what, subject, text) }));
    }
    if event.announced {
        let key = event.what.routing_key();
        let fates: String = event.fates.iter().map(|fated| format!(" As {}: {fated}.", fated.form.name())).collect();
        steps.push(((event.seq, 1), step(What::Message, event.id, format!("A message goes to {exchanges}: {key}.{fates}"))));
    }
    steps
}

/// The sentence of an event about a task or a blocking task.
fn meaning(event: &Event) -> Option<(What, String)> {
    let (task, operation) = event.what.task.as_ref()?;
    let by = match event.cause {
        Some(Cause::Request(request)) => format!("request {request}"),
        Some(Cause::Timer(Some(TimerKind::Responder), _)) => "a responder".to_owned(),
        _ => "its timeout".to_owned(),
    };
    let blocking = event.what.entity.urn.id;
    let was = |done: &str| (What::Decision, format!("Blocking task {blocking} of {operation} was {done} by {by}."));
    Some(match event.what.short_type() {
        "task/create" => (What::Task, format!("{} of {} asked for {operation}: task {task}.", event.what.user.name, event.what.org.name)),
        "task/start" => (What::Task, format!("Task {task} ({operation}) runs.")),
        "task/complete" => (What::Task, format!("Task {task} ({operation}) has succeeded.")),
        "task/fail" => (What::Task, format!("Task {task} ({operation}) has failed.")),
        "task/abort" => (What::Task, format!("Task {task} ({operation}) was aborted or canceled, and what it made is gone.")),
        "blockingtask/create" => {
            (What::BlockingTask, format!("Task {task} ({operation}) is blocked: blocking task {blocking} waits for a decision."))
        }
        "blockingtask/resume" => was("resumed"),
        "blockingtask/abort" => was("aborted"),
        "blockingtask/fail" => was("failed"),
        _ => return None,
    })
}

/// What a timer is for, with its subject after it.
const fn awaited(kind: TimerKind) -> Option<&'static str> {
    match kind {
        TimerKind::Gate => Some("The timeout of blocking task"),
        TimerKind::Phase => Some("The next phase of task"),
        TimerKind::Responder => Some("The decision of a responder about task"),
        _ => None,
    }
}

/// The timers that fired, each before what came of it.
fn fired(events: &[Event], threads: &Threads) -> Vec<Placed> {
    let mut last: Option<(Option<TimerKind>, Uuid, Time)> = None;
    let mut steps = Vec::new();
    for event in events {
        let now = match event.cause {
            Some(Cause::Timer(kind, subject)) => Some((kind, subject, event.time)),
            _ => None,
        };
        if let Some((kind, subject, time)) = now.filter(|_| now != last) {
            let what = kind.or_else(|| threads.kind(subject)).and_then(awaited).unwrap_or("The timer of");
            let text = format!("{what} {subject} was due.");
            let step =
                Step { time: format_time(time), what: What::Timer, id: subject, correlation: threads.behind(subject), request: None, text };
            steps.push(((event.seq - 1, 3), step));
        }
        last = now;
    }
    steps
}

/// A timer that is still to fire. What ends of itself one day, as tasks and sessions that are forgotten, is shown of no correlation.
fn pending(timer: &Timer, threads: &Threads, wanted: Option<Uuid>) -> Option<Placed> {
    let what = awaited(timer.kind)?;
    let correlation = threads.behind(timer.subject);
    if wanted.is_some() && correlation != wanted {
        return None;
    }
    let text = format!("{what} {} will be due.", timer.subject);
    let step = Step { time: format_time(timer.due), what: What::Timer, id: timer.subject, correlation, request: None, text };
    Some(((i64::MAX, 0), step))
}
