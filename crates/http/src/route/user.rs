//! Users.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::user;
use vcdsim_model::Fault;
use vcdsim_model::family::user as model;
use vcdsim_model::kind::View;

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
}

/// `GET /api/admin/user/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ).await?;
    Ok(cx.ok(&user::document(&cx.view(View::Admin)?, &graph)))
}
