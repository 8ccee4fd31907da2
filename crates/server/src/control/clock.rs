//! Time in the developer's hand. Invariant: the clock moves from one due timer to the next, and a call answers when all that was due has
//! happened.

use super::asked::{Asked, id, instant, millis};
use super::call::{Answer, Call, Control, Effect, Outcome, call, of};
use super::problem::Problem;
use super::tasks::status;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vcdsim_model::clock::{Clock, ClockMode, Time, after_millis, format_time};
use vcdsim_model::task::TaskStatus;
use vcdsim_notifier::Filter;
use vcdsim_store::{TaskFilter, Timer, TimerKind};

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "clock" "what the clock shows, and how it goes" &[], None, Answer::One(of::<ClockState>), show),
    call!(Put "clock" "lets the clock go in another way, or shows a later time" &[], Some(of::<SetClock>), Answer::Effect(of::<ClockState>), set),
    call!(Post "clock/advance" "moves the clock, and fires what becomes due on the way" &[], Some(of::<Advance>), Answer::Effect(of::<Effect>), advance),
    call!(Post "clock/run-until" "moves the clock from timer to timer until something holds; 409 if that never holds" &[], Some(of::<RunUntil>), Answer::Effect(of::<Effect>), run_until),
    call!(Get "clock/timers" "what will happen by itself, the earliest first" &[], None, Answer::List(of::<DueTimer>, &["what", "subject"]), timers),
];

/// Where the clock stands and how it goes.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ClockState {
    /// What it shows.
    now: String,
    /// `real`, `scaled` or `manual`.
    mode: Mode,
    /// How many times as fast as real time it goes, when it is scaled.
    #[serde(skip_serializing_if = "Option::is_none")]
    scale: Option<u32>,
}

/// How the clock goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    /// As the machine's.
    Real,
    /// So many times as fast.
    Scaled,
    /// Only when it is moved.
    Manual,
}

/// How the clock is to go from now on.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetClock {
    /// How it goes; as before.
    mode: Option<Mode>,
    /// How many times as fast as real time, for `scaled`: 1 to 1,000,000.
    scale: Option<u32>,
    /// What it is to show, not before now: what becomes due until then happens.
    now: Option<String>,
}

/// By how much, or until when, the clock is moved.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Advance {
    /// A span, as in `5d`, `90s` or `PT1H`.
    by: Option<String>,
    /// An instant.
    to: Option<String>,
    /// Whether sessions age by it; if not, they are as young as before.
    #[serde(default)]
    expire_sessions: bool,
}

/// What the clock runs to: one of `idle`, `task` and `message`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunUntil {
    /// That no task is queued or running.
    #[serde(default)]
    idle: bool,
    /// That this task has ended, or has `status`.
    task: Option<String>,
    /// The status, such as `success`.
    status: Option<String>,
    /// That a message comes whose routing key matches this pattern.
    message: Option<String>,
    /// How far it goes at most; 30 days.
    limit: Option<String>,
}

/// Something that will happen by itself.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DueTimer {
    /// When.
    due: String,
    /// What: the timeout of a blocking task, the next phase of a task, ...
    what: &'static str,
    /// The id of what it concerns.
    subject: String,
}

pub(super) async fn show(control: &Control<'_>, _: Asked) -> Outcome {
    Ok(control.answer(&state(control)))
}

fn state(control: &Control<'_>) -> ClockState {
    let dial = &control.instance.dial;
    let (mode, scale) = match dial.hand().mode {
        ClockMode::Real => (Mode::Real, None),
        ClockMode::Scaled(times) => (Mode::Scaled, Some(times)),
        ClockMode::Manual => (Mode::Manual, None),
    };
    ClockState { now: format_time(dial.now()), mode, scale }
}

pub(super) async fn set(control: &Control<'_>, asked: Asked) -> Outcome {
    let sent: SetClock = asked.body()?;
    let mode = match (sent.mode, sent.scale) {
        (Some(Mode::Real), None) => Some(ClockMode::Real),
        (Some(Mode::Manual), None) => Some(ClockMode::Manual),
        (Some(Mode::Scaled) | None, Some(scale @ 1..=1_000_000)) => Some(ClockMode::Scaled(scale)),
        (None, None) => None,
        _ => return Err(Problem::bad("scale is a whole number from 1 to 1,000,000, and goes with the mode scaled.")),
    };
    let to = sent.now.map(|text| instant("now", &text)).transpose()?;
    if to.is_some_and(|to| to < control.cloud().store().now()) {
        return Err(Problem::bad("Time does not go back."));
    }
    if let Some(mode) = mode {
        control.instance.dial.set_mode(mode);
    }
    if let Some(to) = to {
        control.cloud().advance(to, false).await?;
    }
    control.cloud().keep_clock(control.instance.dial.hand()).await?;
    Ok(control.effect(&state(control)))
}

pub(super) async fn advance(control: &Control<'_>, asked: Asked) -> Outcome {
    let sent: Advance = asked.body()?;
    let now = control.cloud().store().now();
    let to = match (sent.by, sent.to) {
        (Some(by), None) => after_millis(now, millis("by", &by)?),
        (None, Some(to)) => instant("to", &to)?,
        _ => return Err(Problem::bad("Say by how much (by) or until when (to), and not both.")),
    };
    control.cloud().advance(to, sent.expire_sessions).await?;
    control.cloud().keep_clock(control.instance.dial.hand()).await?;
    Ok(control.effect(&Effect::default()))
}

/// What [`run_until`] waits for.
enum Goal {
    Idle,
    Task(uuid::Uuid, Option<TaskStatus>),
    /// A message after the event of this number.
    Message(Filter, i64),
}

pub(super) async fn run_until(control: &Control<'_>, asked: Asked) -> Outcome {
    let sent: RunUntil = asked.body()?;
    let now = control.cloud().store().now();
    let limit = after_millis(now, millis("limit", sent.limit.as_deref().unwrap_or("30d"))?);
    let wanted = sent.status.as_deref().map(status).transpose()?;
    let goal = match (sent.idle, sent.task, sent.message) {
        (true, None, None) => Goal::Idle,
        (false, Some(task), None) => Goal::Task(id(&task)?, wanted),
        (false, None, Some(key)) => Goal::Message(Filter { routing_key: Some(key), exchange: None }, control.cloud().store().last_event()),
        _ => return Err(Problem::bad("Say one of idle, task and message.")),
    };
    // What cannot be waited for changes nothing.
    is_met(control, &goal).await?;
    let run = run_to(control, &goal, limit).await;
    control.cloud().keep_clock(control.instance.dial.hand()).await?;
    run?;
    Ok(control.effect(&Effect::default()))
}

async fn run_to(control: &Control<'_>, goal: &Goal, limit: Time) -> Result<(), Problem> {
    let cloud = control.cloud();
    let left = || (limit - cloud.store().now()).num_milliseconds().max(0);
    let spared = cloud.spare_sessions(left(), None).await?;
    let run = run_on(control, goal, limit).await;
    // They were spared for the whole way, of which this is left. Who has signed in meanwhile was not.
    cloud.spare_sessions(-left(), Some(spared)).await?;
    if run? {
        return Ok(());
    }
    let now = format_time(cloud.store().now());
    Err(Problem::new(409, "It did not come to that", format!("Nothing more becomes due until {}; it is {now}.", format_time(limit))))
}

/// Lets what is due happen, up to the goal or the limit; answers whether the goal was met.
async fn run_on(control: &Control<'_>, goal: &Goal, limit: Time) -> Result<bool, Problem> {
    let engine = control.cloud().engine();
    loop {
        engine.catch_up().await?;
        if is_met(control, goal).await? {
            return Ok(true);
        }
        if !engine.advance_to_next(limit).await? {
            return Ok(false);
        }
    }
}

async fn is_met(control: &Control<'_>, goal: &Goal) -> Result<bool, Problem> {
    match goal {
        Goal::Idle => {
            let busy =
                TaskFilter { statuses: Some(vec![TaskStatus::Queued, TaskStatus::Running]), limit: Some(1), ..TaskFilter::default() };
            Ok(control.cloud().read().tasks(busy).await?.is_empty())
        }
        Goal::Task(id, wanted) => {
            let task = control.cloud().read().task(*id).await?;
            let task = task.ok_or_else(|| Problem::missing(format!("There is no task {id}.")))?;
            Ok(wanted.map_or(task.status.is_terminal(), |wanted| task.status == wanted))
        }
        Goal::Message(filter, after) => {
            let found = control.instance.notifier.journal(1, filter).await?;
            Ok(found.iter().any(|entry| entry.event > *after))
        }
    }
}

pub(super) async fn timers(control: &Control<'_>, asked: Asked) -> Outcome {
    let limit = u64::try_from(asked.limit()?).unwrap_or(u64::MAX);
    let what = |kind| match kind {
        TimerKind::Gate => "the timeout of a blocking task",
        TimerKind::Responder => "a responder decides about a blocked task",
        TimerKind::Phase => "the next phase of a task",
        TimerKind::TaskRetention => "a task is forgotten",
        TimerKind::Lease => "a lease ends",
        TimerKind::Session => "a session ends",
        TimerKind::Busy => "an object is free again",
        TimerKind::Delay => "an answer goes out",
        TimerKind::Broker => "a message that a rule keeps back may go, or there may be a connection to the broker again",
    };
    let item = |timer: Timer| DueTimer { due: format_time(timer.due), what: what(timer.kind), subject: timer.subject.to_string() };
    let timers = control.cloud().read().timers(vcdsim_model::clock::from_millis(i64::MAX), limit).await?;
    Ok(control.list(timers.into_iter().map(item).collect()))
}
