//! Networks of organization VDCs; in 1.5 they are the organization's.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::network;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::family::network as model;
use vcdsim_model::version::ApiVersion;

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, |cx| get(cx, &model::READ));
    routes.action(&model::READ_ADMIN, |cx| get(cx, &model::READ_ADMIN));
    routes.action(&model::READ_ADDRESSES, |cx| addresses(cx, &model::READ_ADDRESSES));
    routes.action(&model::READ_ADMIN_ADDRESSES, |cx| addresses(cx, &model::READ_ADMIN_ADDRESSES));
}

/// `GET /api[/admin]/network/{id}`
async fn get(cx: Cx, action: &'static Action) -> Result<Reply, Fault> {
    let graph = cx.graph(action).await?;
    let view = cx.view(action.view)?;
    if cx.version() < ApiVersion::V5_1 {
        return Ok(cx.ok(&network::old_document(&view, &graph)));
    }
    Ok(cx.ok(&network::document(&view, &graph)))
}

/// `GET /api[/admin]/network/{id}/allocatedAddresses`
async fn addresses(cx: Cx, action: &'static Action) -> Result<Reply, Fault> {
    let graph = cx.graph(action).await?;
    let used = vcdsim_platform::network::allocations(&cx.cloud.read(), cx.caller()?, &graph.entity).await?;
    Ok(cx.ok(&network::addresses(&cx.view(action.view)?, &graph, &used)))
}
