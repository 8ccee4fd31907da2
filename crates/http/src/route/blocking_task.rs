//! Blocking tasks: the list, each of them, and the four actions (reference 1 and 2).

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::blocking_task;
use vcdsim_model::action::Method;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_platform::blocking_task::Decision;
use vcdsim_wire::roots::vmext::BLOCKING_TASK_REFERENCES;
use vcdsim_wire::vmext::{BlockingTaskOperationParams, BlockingTaskUpdateProgressParams};

pub(super) fn routes(routes: &mut Routes) {
    let one = Kind::BlockingTask.info().place(View::Extension).path;
    routes.get(blocking_task::LIST_PATH, list);
    routes.get(&format!("{one}{{id}}"), get);
    for (word, decision) in [("resume", Decision::Resume), ("abort", Decision::Abort), ("fail", Decision::Fail)] {
        routes.add(Method::Post, format!("{one}{{id}}/action/{word}"), move |cx| decide(cx, decision));
    }
    routes.add(Method::Post, format!("{one}{{id}}/action/updateProgress"), update_progress);
}

/// `GET /api/admin/extension/blockingTasks`
async fn list(cx: Cx) -> Result<Reply, Fault> {
    let all = vcdsim_platform::blocking_task::list(&cx.cloud.read(), cx.caller()?).await?;
    let document = blocking_task::list(&cx.view(View::Extension)?, &all);
    Ok(Reply::document(200, &document, &BLOCKING_TASK_REFERENCES, media::BLOCKING_TASK_LIST, &cx.wanted))
}

/// `GET /api/admin/extension/blockingTask/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = vcdsim_platform::blocking_task::get(&cx.cloud.read(), cx.caller()?, cx.id(Kind::BlockingTask)?).await?;
    Ok(cx.ok(&blocking_task::document(&cx.view(View::Extension)?, &graph)))
}

/// `POST /api/admin/extension/blockingTask/{id}/action/resume`, `abort`, `fail`
async fn decide(cx: Cx, decision: Decision) -> Result<Reply, Fault> {
    vcdsim_platform::blocking_task::admit(cx.caller()?)?;
    let params: BlockingTaskOperationParams = cx.body(&[media::BLOCKING_TASK_PARAMS])?;
    cx.cloud.decide(cx.id(Kind::BlockingTask)?, decision, params.message, cx.caller()?).await?;
    Ok(Reply::no_content())
}

/// `POST /api/admin/extension/blockingTask/{id}/action/updateProgress`
async fn update_progress(cx: Cx) -> Result<Reply, Fault> {
    vcdsim_platform::blocking_task::admit(cx.caller()?)?;
    let params: BlockingTaskUpdateProgressParams = cx.body(&[media::BLOCKING_TASK_PROGRESS_PARAMS])?;
    let (id, millis) = (cx.id(Kind::BlockingTask)?, params.timeout_value_in_milliseconds);
    let graph = cx.cloud.update_progress(id, params.message, millis, cx.caller()?).await?;
    Ok(cx.ok(&blocking_task::document(&cx.view(View::Extension)?, &graph)))
}
