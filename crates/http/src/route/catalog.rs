//! Catalogs.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::catalog;
use vcdsim_model::Fault;
use vcdsim_model::family::catalog as model;
use vcdsim_model::kind::View;

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
    routes.action(&model::READ_ADMIN, admin);
}

/// `GET /api/catalog/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ).await?;
    Ok(cx.ok(&catalog::document(&cx.view(View::User)?, &graph)))
}

/// `GET /api/admin/catalog/{id}`
async fn admin(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ_ADMIN).await?;
    Ok(cx.ok(&catalog::admin(&cx.view(View::Admin)?, &graph)))
}
