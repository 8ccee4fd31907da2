//! Users, and groups, of which there are none.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::user;
use vcdsim_model::Fault;
use vcdsim_model::family::user as model;
use vcdsim_model::kind::{Kind, View};

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
    routes.get("/api/admin/group/{id}", group);
}

/// `GET /api/admin/user/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ).await?;
    Ok(cx.ok(&user::document(&cx.view(View::Admin)?, &graph)))
}

/// `GET /api/admin/group/{id}`: groups come from directories, and no organization has one.
async fn group(cx: Cx) -> Result<Reply, Fault> {
    Err(Fault::no_access(cx.urn(Kind::Group)?))
}
