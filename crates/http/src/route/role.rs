//! Roles and rights.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::role;
use vcdsim_model::Fault;
use vcdsim_model::family::role as model;
use vcdsim_model::kind::{Kind, View};

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
    routes.get("/api/admin/right/{id}", right);
}

/// `GET /api/admin/role/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ).await?;
    Ok(cx.ok(&role::document(&cx.view(View::Admin)?, &graph)))
}

/// `GET /api/admin/right/{id}`
async fn right(cx: Cx) -> Result<Reply, Fault> {
    let row = vcdsim_platform::role::right(&cx.cloud.read(), cx.caller()?, cx.id(Kind::Right)?).await?;
    Ok(cx.ok(&role::right(&cx.view(View::Admin)?, row)))
}
