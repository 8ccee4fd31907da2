//! Storage profiles: a VDC's and a provider's, both in two views.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::{ViewCx, storage_profile};
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::family::storage_profile as model;
use vcdsim_platform::graph::Graph;
use vcdsim_platform::storage_profile::used_mb;
use vcdsim_wire::Document;

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, |cx| get(cx, &model::READ, storage_profile::document));
    routes.action(&model::READ_ADMIN, |cx| get(cx, &model::READ_ADMIN, storage_profile::admin));
    routes.action(&model::READ_PROVIDER, |cx| get(cx, &model::READ_PROVIDER, storage_profile::provider));
    routes.action(&model::READ_PROVIDER_EXTENSION, |cx| get(cx, &model::READ_PROVIDER_EXTENSION, storage_profile::extension));
}

/// `GET /api[/admin]/vdcStorageProfile/{id}`, `GET /api/admin[/extension]/pvdcStorageProfile/{id}`
async fn get<T, F>(cx: Cx, action: &'static Action, view: F) -> Result<Reply, Fault>
where
    T: Document,
    F: FnOnce(&ViewCx<'_>, &Graph, i64) -> T,
{
    let graph = cx.graph(action).await?;
    let used = used_mb(&cx.cloud.read(), &graph.entity).await?;
    Ok(cx.ok(&view(&cx.view(action.view)?, &graph, used)))
}
