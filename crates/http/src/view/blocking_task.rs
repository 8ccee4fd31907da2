//! `BlockingTask` documents (reference 1). Invariant: the five links stand in the order of the reference: resume, abort, fail, updateProgress, up.

use crate::view::ViewCx;
use crate::view::links::link;
use std::sync::Arc;
use vcdsim_model::blocking::BlockingTask as Blocking;
use vcdsim_model::clock::format_time;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::blocking_task::BlockingGraph;
use vcdsim_wire::vcloud::{Link, References};
use vcdsim_wire::vmext::BlockingTask;

/// Where the list of blocking tasks is.
pub(crate) const LIST_PATH: &str = "/api/admin/extension/blockingTasks";

/// The document of a blocking task.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &BlockingGraph) -> BlockingTask {
    let blocking = &graph.blocking;
    BlockingTask {
        href: Some(cx.base.href(blocking.urn(), View::Extension)),
        r#type: Some(media::BLOCKING_TASK.to_owned()),
        id: Some(blocking.urn().to_string()),
        name: blocking.operation.name().to_owned(),
        status: "active".to_owned(),
        timeout_date: format_time(blocking.timeout),
        timeout_action: blocking.timeout_action.name().to_owned(),
        created_time: format_time(blocking.created),
        link: links(cx, blocking),
        organization: cx.plain_reference(Urn::new(Kind::Org, blocking.org), View::Admin, &graph.org_name),
        user: Some(cx.plain_reference(Urn::new(Kind::User, blocking.user), View::Admin, &graph.user_name)),
        // A version without such objects would lead nowhere.
        task_owner: (blocking.owner.kind.since() <= cx.version).then(|| cx.plain_reference(blocking.owner, View::User, &graph.owner_name)),
        ..BlockingTask::default()
    }
}

fn links(cx: &ViewCx<'_>, blocking: &Blocking) -> Vec<Link> {
    let href = cx.base.href(blocking.urn(), View::Extension);
    let action = |rel: &str, media| link(rel, Some(media), format!("{href}/action/{rel}"));
    vec![
        action("resume", media::BLOCKING_TASK_PARAMS),
        action("abort", media::BLOCKING_TASK_PARAMS),
        action("fail", media::BLOCKING_TASK_PARAMS),
        action("updateProgress", media::BLOCKING_TASK_PROGRESS_PARAMS),
        link("up", Some(media::TASK), cx.base.href(Urn::new(Kind::Task, blocking.task), View::User)),
    ]
}

/// The container of all blocking tasks.
pub(crate) fn list(cx: &ViewCx<'_>, blocking: &[Arc<Blocking>]) -> References {
    References {
        href: Some(cx.base.join(LIST_PATH)),
        r#type: Some(media::BLOCKING_TASK_LIST.to_owned()),
        link: vec![link("up", Some(media::VMW_EXTENSION), cx.base.join("/api/admin/extension"))],
        reference: blocking.iter().map(|blocking| cx.reference(blocking.urn(), View::Extension, blocking.operation.name())).collect(),
        ..References::default()
    }
}
