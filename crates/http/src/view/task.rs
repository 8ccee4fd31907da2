//! `Task` and `TasksList` documents (reference 5). Invariant: a task's link to its blocking task is shown to those who may decide it.

use crate::view::ViewCx;
use crate::view::links::link;
use vcdsim_model::clock::format_time;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_model::task::TaskError;
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::access::may_cancel;
use vcdsim_platform::blocking_task;
use vcdsim_platform::graph::TaskGraph;
use vcdsim_wire::vcloud::{Error, Link, Reference, Task, TaskResult, TasksInProgress, TasksList};

/// The document of a task.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &TaskGraph) -> Task {
    let task = &graph.task;
    let urn = task.urn();
    Task {
        href: Some(cx.base.href(urn, View::User)),
        r#type: Some(media::TASK.to_owned()),
        id: Some(urn.to_string()),
        name: "task".to_owned(),
        status: task.status.name().to_owned(),
        operation: Some(task.text()),
        operation_name: Some(task.operation.name().to_owned()),
        service_namespace: Some(task.operation.namespace().to_owned()),
        start_time: Some(format_time(task.start)),
        end_time: task.end.map(format_time),
        expiry_time: Some(format_time(task.expiry)),
        cancel_requested: Some(task.cancel_requested),
        link: links(cx, graph),
        // A version without such objects would lead nowhere.
        owner: (task.owner.kind.since() <= cx.version).then(|| owner(cx, graph)),
        error: task.error.as_ref().map(error),
        user: Some(cx.plain_reference(Urn::new(Kind::User, task.user), View::Admin, &graph.user_name)),
        organization: Some(cx.plain_reference(Urn::new(Kind::Org, task.org), View::User, &graph.org_name)),
        progress: task.progress.map(i32::from),
        details: task.details.clone(),
        result: task.operation.service().and_then(|work| work.result.clone()).map(|content| TaskResult { result_content: Some(content) }),
        ..Task::default()
    }
}

/// What it is about. Recorded tasks give no id there; but go-vcloud-director finds a rule that it made by it.
fn owner(cx: &ViewCx<'_>, graph: &TaskGraph) -> Reference {
    let urn = graph.task.owner;
    let id = (urn.kind == Kind::AffinityRule).then(|| urn.id.to_string());
    Reference { id, ..cx.plain_reference(urn, View::User, &graph.owner_name) }
}

fn links(cx: &ViewCx<'_>, graph: &TaskGraph) -> Vec<Link> {
    let href = cx.base.href(graph.task.urn(), View::User);
    let cancel = (!graph.task.status.is_terminal() && may_cancel(cx.caller, &graph.task))
        .then(|| link("task:cancel", None, format!("{href}/action/cancel")));
    let blocking = graph.blocking.filter(|_| blocking_task::admit(cx.caller).is_ok());
    let down = blocking.map(|id| link("down", Some(media::BLOCKING_TASK), cx.base.href(Urn::new(Kind::BlockingTask, id), View::Extension)));
    cancel.into_iter().chain(down).collect()
}

fn error(error: &TaskError) -> Error {
    Error {
        message: error.message.clone(),
        major_error_code: error.code.major(),
        minor_error_code: error.code.minor().to_owned(),
        vendor_specific_error_code: error.code.vendor().map(str::to_owned),
        ..Error::default()
    }
}

/// The tasks inside an object's document; nothing when there are none.
pub(crate) fn in_progress(cx: &ViewCx<'_>, tasks: &[TaskGraph]) -> Option<TasksInProgress> {
    let task: Vec<_> = tasks.iter().map(|task| document(cx, task)).collect();
    (!task.is_empty()).then_some(TasksInProgress { task })
}

/// The list of an organization's tasks.
pub(crate) fn list(cx: &ViewCx<'_>, org: Urn, tasks: &[TaskGraph]) -> TasksList {
    TasksList {
        href: Some(cx.base.join(&format!("/api/tasksList/{}", org.id))),
        r#type: Some(media::TASKS_LIST.to_owned()),
        name: "Tasks Lists".to_owned(),
        id: (cx.version >= ApiVersion::V5_1).then(|| org.to_string()),
        task: tasks.iter().map(|task| document(cx, task)).collect(),
        ..TasksList::default()
    }
}
