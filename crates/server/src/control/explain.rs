//! Why a task stands where it stands. Invariant: what is said follows from what is kept, and nothing is changed by asking.

use super::asked::Asked;
use super::call::{Answer, Call, Control, Outcome, call, of};
use super::plans::{When, spelled, when};
use super::problem::Problem;
use super::tasks::{TaskItem, item};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;
use vcdsim_model::clock::format_time;
use vcdsim_model::family::settings::BlockingTaskSettings;
use vcdsim_model::plan::Pace;
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_platform::blocking_task::deciders;
use vcdsim_platform::graph::TaskGraph;
use vcdsim_store::TimerKind;

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "tasks/{id}/explain" "why a task stands where it stands, what it waits for, and what can be done about it" &[], None, Answer::One(of::<TaskWhy>), explain),
];

/// How many events are looked through for those of a task.
const EVENTS: u64 = 10_000;

/// Why a task stands where it stands.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskWhy {
    task: TaskItem,
    /// All of it in a few words.
    explanation: String,
    /// Whether it waits for a decision.
    blocked: bool,
    /// Why it does, or does not.
    why_blocked: String,
    /// What it waits for; nothing once it has ended.
    waits_for: Vec<Wait>,
    /// When its phases run by themselves.
    pace: Option<When>,
    /// The phase that is next, and all of them.
    phases: Option<Phases>,
    /// The URNs of what it keeps busy.
    keeps_busy: Vec<String>,
    /// Who may decide about it, while it is blocked.
    may_decide: Vec<String>,
    /// The calls of this interface that move it.
    next: Vec<String>,
    /// What was told of it, the earliest first.
    history: Vec<Told>,
}

/// Something that a task waits for.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Wait {
    /// `decision`, `responder`, `timer`, `polls`, `hand`, `files` or `service`.
    what: &'static str,
    /// In words.
    how: String,
    /// When that comes by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

/// Where a task is among its phases.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Phases {
    next: Option<&'static str>,
    all: Vec<&'static str>,
}

/// An event of a task.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Told {
    /// Its number, as `since` of messages takes it.
    event: i64,
    time: String,
    r#type: String,
    success: bool,
}

pub(super) async fn explain(control: &Control<'_>, asked: Asked) -> Outcome {
    let id = asked.id()?;
    control.catch_up_about(id).await?;
    let reader = control.cloud().read();
    let task = reader.task(id).await?.ok_or_else(|| Problem::missing(format!("There is no task {id}.")))?;
    let graph = TaskGraph::load(&reader, task).await?;
    let history = control.told_of(id).await?;
    let (waits_for, next) = control.waits_for(&graph).await?;
    let why_blocked = control.why_blocked(&graph.task, &history).await?;
    let platform = graph.task.operation.operation().is_some();
    let blocked = graph.task.status == TaskStatus::PreRunning;
    let why = TaskWhy {
        explanation: sentence(&graph, &waits_for, &why_blocked),
        blocked,
        why_blocked,
        pace: platform.then(|| when(control.cloud().engine().pace_of(&graph.task))),
        phases: if platform { Some(control.phases(&graph.task)?) } else { None },
        keeps_busy: reader.holds(id).await?.iter().map(|hold| hold.entity.to_string()).collect(),
        may_decide: if blocked { deciders(&reader).await? } else { Vec::new() },
        task: item(&graph),
        waits_for,
        next,
        history,
    };
    Ok(control.answer(&why))
}

impl Control<'_> {
    async fn told_of(&self, task: Uuid) -> Result<Vec<Told>, Problem> {
        let events = self.cloud().read().recent_events(EVENTS).await?;
        let ours = events.into_iter().filter(|event| event.what.task.as_ref().is_some_and(|(id, _)| *id == task));
        let told = ours.map(|event| Told {
            event: event.seq,
            time: format_time(event.time),
            r#type: event.what.short_type().to_owned(),
            success: event.what.success,
        });
        Ok(told.collect())
    }

    fn phases(&self, task: &Task) -> Result<Phases, Problem> {
        let all: Vec<_> = self.cloud().engine().phases_of(task)?.iter().map(|phase| phase.name).collect();
        let next = all.get(usize::from(task.phase)).copied().filter(|_| !task.status.is_terminal());
        Ok(Phases { next, all })
    }

    async fn why_blocked(&self, task: &Task, history: &[Told]) -> Result<String, Problem> {
        let Some(operation) = task.operation.operation() else {
            return Ok("Tasks of extension services are never blocked.".to_owned());
        };
        let settings: BlockingTaskSettings = self.cloud().read().setting().await?;
        let (name, listed) = (operation.name(), settings.operations.contains(&operation));
        let was = history.iter().any(|told| told.r#type == "blockingtask/create");
        let begun = history.iter().any(|told| told.r#type == "task/create");
        Ok(match (task.status == TaskStatus::PreRunning, listed) {
            (true, _) if task.course.made => "It was made blocked, by hand.".to_owned(),
            (true, true) => format!("{name} is in the list of operations that block."),
            (true, false) => {
                format!("{name} was in the list of operations that block when the task was made; that it is not now changes nothing.")
            }
            (false, _) if was => "It was blocked, and that is decided.".to_owned(),
            (false, _) if task.course.made => "It was made as it is, by hand.".to_owned(),
            (false, true) if !begun => format!("{name} is in the list of operations that block; how this task began is not kept any more."),
            (false, true) => {
                format!("{name} came into the list of operations that block after the task was made; that changes nothing for it.")
            }
            (false, false) => {
                let names: Vec<_> = settings.operations.iter().map(|operation| operation.name()).collect();
                let list = if names.is_empty() { "nothing is".to_owned() } else { format!("these are: {}", names.join(", ")) };
                format!("{name} is not in the list of operations that block; {list}.")
            }
        })
    }

    /// What a task waits for, and the calls that end that.
    async fn waits_for(&self, graph: &TaskGraph) -> Result<(Vec<Wait>, Vec<String>), Problem> {
        let task = &graph.task;
        let call = |what: &str| format!("POST tasks/{}/{what}", task.id);
        if task.status.is_terminal() {
            return Ok((Vec::new(), Vec::new()));
        }
        if task.operation.operation().is_none() {
            let wait = Wait { what: "service", how: "its service, which tells how it goes".to_owned(), until: None };
            return Ok((vec![wait], ["succeed", "fail", "progress"].map(call).to_vec()));
        }
        let (mut waits, mut next) = match task.status {
            TaskStatus::PreRunning => self.decision(task).await?,
            TaskStatus::Queued => (vec![hand("somebody who starts it")], ["release", "step"].map(call).to_vec()),
            _ => (Vec::new(), Vec::new()),
        };
        if task.course.held {
            waits.push(hand("somebody who releases it, since it is held"));
            next.extend(["release", "step"].map(call));
        } else if task.status == TaskStatus::Running {
            let (wait, calls) = self.phase(task).await?;
            waits.push(wait);
            next.extend(calls);
        }
        next.push(call("succeed"));
        next.push(call("fail"));
        next.dedup();
        Ok((waits, next))
    }

    async fn decision(&self, task: &Task) -> Result<(Vec<Wait>, Vec<String>), Problem> {
        let reader = self.cloud().read();
        let Some(blocking) = reader.blocking_of(task.id).await? else { return Ok((Vec::new(), Vec::new())) };
        let action = blocking.timeout_action.name();
        let how = format!("a decision about its blocking task {}; when none comes, the timeout decides {action}", blocking.id);
        let mut waits = vec![Wait { what: "decision", how, until: Some(format_time(blocking.timeout)) }];
        if let (Some(answer), Some(timer)) = (&task.course.answer, reader.timer(TimerKind::Responder, task.id)) {
            let how = format!("the responder {}, which decides {}", answer.responder, answer.decision.name());
            waits.insert(0, Wait { what: "responder", how, until: Some(format_time(timer.due)) });
        }
        Ok((waits, ["resume", "abort", "fail"].map(|word| format!("POST blocking-tasks/{}/{word}", blocking.id)).to_vec()))
    }

    /// What the next phase of a running task waits for.
    async fn phase(&self, task: &Task) -> Result<(Wait, Vec<String>), Problem> {
        let engine = self.cloud().engine();
        let until = self.cloud().read().timer(TimerKind::Phase, task.id).map(|timer| timer.due);
        let by_hand = |words: &[&str]| words.iter().map(|word| format!("POST tasks/{}/{word}", task.id)).collect::<Vec<_>>();
        if self.cloud().awaits_files(task).await? {
            let how = "files that a client sends to the upload links of its object".to_owned();
            return Ok((Wait { what: "files", how, until: until.map(format_time) }, Vec::new()));
        }
        Ok(match (until, engine.pace_of(task)) {
            (Some(due), _) => {
                let left = (due - self.cloud().store().now()).num_milliseconds().max(0);
                let how = format!("the time of its phase, {} from now", spelled(left));
                let run = "POST clock/run-until {\"task\": \"".to_owned() + &task.id.to_string() + "\"}";
                (Wait { what: "timer", how, until: Some(format_time(due)) }, vec![run])
            }
            (None, Pace::Polls(times)) => {
                let how = format!("clients that ask for it: {} have, of the {times} that see it running", task.course.polls);
                (Wait { what: "polls", how, until: None }, by_hand(&["release", "step"]))
            }
            (None, _) => (hand("somebody who steps or releases it, as its plan says"), by_hand(&["step", "release"])),
        })
    }
}

fn hand(who: &str) -> Wait {
    Wait { what: "hand", how: who.to_owned(), until: None }
}

fn sentence(graph: &TaskGraph, waits: &[Wait], why_blocked: &str) -> String {
    let task = &graph.task;
    let what = format!("The task {} ({}) of {} is {}", task.id, task.operation.name(), graph.user_name, task.status.name());
    let error =
        task.error.as_ref().map_or_else(String::new, |error| format!(": {} ({})", error.message.trim_end_matches('.'), error.code.minor()));
    let waits: Vec<_> = waits
        .iter()
        .map(|wait| wait.until.as_ref().map_or_else(|| wait.how.clone(), |until| format!("{} (until {until})", wait.how)))
        .collect();
    match waits.is_empty() {
        true => format!("{what}{error}. {why_blocked}"),
        false => format!("{what}, and waits for {}. {why_blocked}", waits.join(", and for ")),
    }
}
