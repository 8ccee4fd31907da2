//! Tasks and blocking tasks, past the API's sessions and documents. Invariant: what is done here goes through the same engine as the API's
//! requests, on behalf of the system's administrator.

use super::asked::{Asked, millis};
use super::call::{Answer, Call, Control, Effect, OPERATION, ORG, Outcome, call, of};
use super::problem::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::blocking::{BlockingTask, TimeoutAction};
use vcdsim_model::clock::format_time;
use vcdsim_model::family::settings::BlockingTaskSettings;
use vcdsim_model::operation::Operation;
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_platform::blocking_task::Decision;
use vcdsim_platform::graph::TaskGraph;
use vcdsim_store::TaskFilter;

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "tasks" "tasks, the newest last" &[("status", "the status, such as preRunning"), OPERATION, ORG], None, Answer::List(of::<TaskItem>, &["id"]), list),
    call!(Get "tasks/{id}" "a task"
        &[("status", "with wait: the status that it is to have; that it has ended"), ("wait", "how long to wait for that, in real time, such as 5s, unless it cannot come to that any more")],
        None, Answer::Followed(of::<TaskItem>, &["id"]), one),
    call!(Get "blocking-tasks" "what waits for a decision, the earliest first" &[OPERATION, ORG], None, Answer::List(of::<BlockingItem>, &["id"]), blocking),
    call!(Post "blocking-tasks/{id}/{decision}" "resume, abort or fail a blocking task, or keep it waiting with progress" &[], Some(of::<Decide>), Answer::Effect(of::<Effect>), decide),
    call!(Get "blocking-operations" "which operations block, and what happens when nobody decides" &[], None, Answer::Kept(of::<BlockingOperations>), operations),
    call!(Put "blocking-operations" "replaces that list" &[], Some(of::<BlockingOperations>), Answer::Effect(of::<BlockingOperations>), set_operations),
];

/// A task.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskItem {
    id: Uuid,
    operation: String,
    status: &'static str,
    /// The URN of what it is about.
    owner: String,
    owner_name: String,
    user: String,
    org: String,
    progress: Option<u8>,
    /// Whether somebody holds it.
    held: bool,
    details: Option<String>,
    /// The message of its `Error`.
    error: Option<String>,
    start: String,
    end: Option<String>,
    /// Its blocking task, while it waits.
    blocking_task: Option<Uuid>,
}

/// A blocking task.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BlockingItem {
    id: Uuid,
    task: Uuid,
    operation: &'static str,
    owner: String,
    user: String,
    org: String,
    created: String,
    /// When the timeout action is applied.
    timeout: String,
    timeout_action: &'static str,
}

/// A decision about a blocking task, or a sign of life of whoever is to decide.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decide {
    /// What the task says as its details.
    #[serde(default)]
    message: String,
    /// For `progress`: how long it may wait from now on, as in `15m`; unchanged.
    timeout: Option<String>,
}

/// Which operations block, and what happens when nobody decides.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct BlockingOperations {
    /// The names of the operations that block.
    enabled: Vec<String>,
    /// How long a blocking task waits, in milliseconds; unchanged.
    #[serde(default)]
    timeout_millis: Option<i64>,
    /// `resume`, `abort` or `fail`; unchanged.
    #[serde(default)]
    timeout_action: Option<String>,
}

/// The status of this name.
pub(super) fn status(name: &str) -> Result<TaskStatus, Problem> {
    let names = || TaskStatus::ALL.iter().map(|status| status.name());
    let found = TaskStatus::ALL.iter().copied().find(|status| status.name() == name);
    found.ok_or_else(|| Problem::bad(format!("\"{name}\" is no status of tasks.")).near(name, names()))
}

/// The operation of this name.
pub(super) fn operation(name: &str) -> Result<Operation, Problem> {
    let names = || Operation::ALL.iter().map(|operation| operation.name());
    Operation::from_name(name).ok_or_else(|| Problem::bad(format!("\"{name}\" is no operation.")).near(name, names()))
}

pub(super) async fn list(control: &Control<'_>, asked: Asked) -> Outcome {
    let wanted = asked.query("status").map(status).transpose()?;
    let operation = asked.query("operation").map(operation).transpose()?;
    let org = control.org(asked.query("org")).await?;
    let limit = asked.limit()?;
    let filter = TaskFilter { org, statuses: wanted.map(|status| vec![status]), ..TaskFilter::default() };
    let reader = control.cloud().read();
    let mut tasks = reader.tasks(filter).await?;
    tasks.retain(|task| operation.is_none_or(|name| task.operation == name));
    let mut items = Vec::new();
    for task in tasks.split_off(tasks.len().saturating_sub(limit)) {
        items.push(item(&TaskGraph::load(&reader, task).await?));
    }
    Ok(control.list(items))
}

/// A task as the interface shows it.
pub(super) fn item(graph: &TaskGraph) -> TaskItem {
    let task: &Task = &graph.task;
    TaskItem {
        id: task.id,
        operation: task.operation.name().to_owned(),
        status: task.status.name(),
        owner: task.owner.to_string(),
        owner_name: graph.owner_name.clone(),
        user: graph.user_name.clone(),
        org: graph.org_name.clone(),
        progress: task.progress,
        held: task.course.held,
        details: task.details.clone(),
        error: task.error.as_ref().map(|error| error.message.clone()),
        start: format_time(task.start),
        end: task.end.map(format_time),
        blocking_task: graph.blocking,
    }
}

impl Control<'_> {
    /// Lets happen what is due of a task or an object, as for a client that asks for it. In a recorded run only calls that are in it may.
    pub(super) async fn catch_up_about(&self, id: uuid::Uuid) -> Result<(), Problem> {
        if self.instance.recorder().is_none() {
            self.cloud().catch_up_about(id).await?;
        }
        Ok(())
    }
}

pub(super) async fn one(control: &Control<'_>, asked: Asked) -> Outcome {
    let id = asked.id()?;
    let wanted = asked.query("status").map(status).transpose()?;
    let look = || async {
        control.catch_up_about(id).await?;
        let reader = control.cloud().read();
        let task = reader.task(id).await?.ok_or_else(|| Problem::missing(format!("There is no task {id}.")))?;
        Ok(TaskGraph::load(&reader, task).await?)
    };
    let enough = |graph: &TaskGraph| graph.task.status.is_terminal() || Some(graph.task.status) == wanted;
    Ok(control.answer(&item(&control.watch(asked.wait()?, look, enough).await?)))
}

pub(super) async fn blocking(control: &Control<'_>, asked: Asked) -> Outcome {
    let operation = asked.query("operation").map(operation).transpose()?;
    let org = control.org(asked.query("org")).await?;
    let limit = asked.limit()?;
    let reader = control.cloud().read();
    let all = reader.blocking_tasks().await?.into_iter().filter(|blocking| blocking.is_active(reader.now()));
    let wanted =
        |blocking: &Arc<BlockingTask>| operation.is_none_or(|name| blocking.operation == name) && org.is_none_or(|org| blocking.org == org);
    let mut items = Vec::new();
    for blocking in all.filter(wanted).take(limit) {
        let task = reader.task(blocking.task).await?.ok_or_else(vcdsim_model::Fault::internal)?;
        items.push(blocking_item(&blocking, &TaskGraph::load(&reader, task).await?));
    }
    Ok(control.list(items))
}

fn blocking_item(blocking: &BlockingTask, of: &TaskGraph) -> BlockingItem {
    BlockingItem {
        id: blocking.id,
        task: blocking.task,
        operation: blocking.operation.name(),
        owner: blocking.owner.to_string(),
        user: of.user_name.clone(),
        org: of.org_name.clone(),
        created: format_time(blocking.created),
        timeout: format_time(blocking.timeout),
        timeout_action: blocking.timeout_action.name(),
    }
}

pub(super) async fn decide(control: &Control<'_>, asked: Asked) -> Outcome {
    let sent: Decide = asked.body()?;
    let by = control.cloud().provider().await?;
    let word = asked.words.get(1).map(String::as_str).unwrap_or_default();
    let decision = match word {
        "resume" => Decision::Resume,
        "abort" => Decision::Abort,
        "fail" => Decision::Fail,
        "progress" => {
            let span = sent.timeout.map(|text| millis("timeout", &text)).transpose()?;
            control.cloud().update_progress(asked.id()?, sent.message, span, &by).await?;
            return Ok(control.effect(&Effect::default()));
        }
        _ => return Err(Problem::missing(format!("A blocking task can be told resume, abort, fail or progress, not \"{word}\"."))),
    };
    if sent.timeout.is_some() {
        return Err(Problem::bad("timeout goes with progress only."));
    }
    control.cloud().decide(asked.id()?, decision, sent.message, &by).await?;
    Ok(control.effect(&Effect::default()))
}

pub(super) async fn operations(control: &Control<'_>, _: Asked) -> Outcome {
    let settings: BlockingTaskSettings = control.cloud().read().setting().await?;
    Ok(control.answer(&shown(&settings)))
}

fn shown(settings: &BlockingTaskSettings) -> BlockingOperations {
    BlockingOperations {
        enabled: settings.operations.iter().map(|operation| operation.name().to_owned()).collect(),
        timeout_millis: Some(settings.timeout_millis),
        timeout_action: Some(settings.timeout_action.name().to_owned()),
    }
}

pub(super) async fn set_operations(control: &Control<'_>, asked: Asked) -> Outcome {
    let sent: BlockingOperations = asked.body()?;
    let operations = sent.enabled.iter().map(|name| operation(name)).collect::<Result<_, _>>()?;
    let wrong = || Problem::bad("timeoutAction is resume, abort or fail.");
    let action = sent.timeout_action.map(|name| TimeoutAction::from_name(&name).ok_or_else(wrong)).transpose()?;
    if sent.timeout_millis.is_some_and(|millis| millis < 0) {
        return Err(Problem::bad("timeoutMillis is a number of milliseconds from 0 on."));
    }
    let change = move |settings: &mut BlockingTaskSettings| {
        settings.operations = operations;
        settings.timeout_millis = sent.timeout_millis.unwrap_or(settings.timeout_millis);
        settings.timeout_action = action.unwrap_or(settings.timeout_action);
        Ok(())
    };
    let now = control.cloud().change_setting(&control.cloud().provider().await?, change).await?;
    Ok(control.effect(&shown(&now)))
}
