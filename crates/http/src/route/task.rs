//! Tasks.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::task;
use vcdsim_model::Fault;
use vcdsim_model::action::Method;
use vcdsim_model::family::org::TASKS_LIST;
use vcdsim_model::kind::{Kind, View};

pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/task/{id}", get);
    routes.add(Method::Post, "/api/task/{id}/action/cancel", cancel);
    routes.get(&format!("{TASKS_LIST}{{id}}"), list);
}

/// `GET /api/task/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let (caller, id) = (cx.caller()?, cx.id(Kind::Task)?);
    cx.cloud.polled(id, caller).await?;
    let graph = vcdsim_platform::task::get(&cx.cloud.read(), caller, id).await?;
    Ok(cx.ok(&task::document(&cx.view(View::User)?, &graph)))
}

/// `POST /api/task/{id}/action/cancel`
async fn cancel(cx: Cx) -> Result<Reply, Fault> {
    cx.cloud.cancel(cx.id(Kind::Task)?, cx.caller()?).await?;
    Ok(Reply::no_content())
}

/// `GET /api/tasksList/{org}`
async fn list(cx: Cx) -> Result<Reply, Fault> {
    let org = cx.urn(Kind::Org)?;
    let tasks = vcdsim_platform::task::list(&cx.cloud.read(), cx.caller()?, org.id).await?;
    Ok(cx.ok(&task::list(&cx.view(View::User)?, org, &tasks)))
}
