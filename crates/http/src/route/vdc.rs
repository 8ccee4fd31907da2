//! Organization VDCs.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::vdc;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::family::vdc as model;
use vcdsim_model::kind::View;
use vcdsim_platform::graph::Graph;
use vcdsim_platform::vdc::{Usage, usage};

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
    routes.action(&model::READ_ADMIN, admin);
}

/// `GET /api/vdc/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let (graph, usage) = read(&cx, &model::READ).await?;
    Ok(cx.ok(&vdc::document(&cx.view(View::User)?, &graph, usage)))
}

/// `GET /api/admin/vdc/{id}`
async fn admin(cx: Cx) -> Result<Reply, Fault> {
    let (graph, usage) = read(&cx, &model::READ_ADMIN).await?;
    Ok(cx.ok(&vdc::admin(&cx.view(View::Admin)?, &graph, usage)))
}

async fn read(cx: &Cx, action: &Action) -> Result<(Graph, Usage), Fault> {
    let graph = cx.graph(action).await?;
    let used = usage(&cx.cloud.read(), &graph.entity).await?;
    Ok((graph, used))
}
