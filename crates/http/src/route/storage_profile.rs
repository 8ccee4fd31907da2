//! Storage profiles: a VDC's and a provider's, both in two views.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::{ViewCx, storage_profile};
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::family::storage_profile as model;
use vcdsim_model::fault::excerpt;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_platform::graph::Graph;
use vcdsim_platform::storage_profile::{UpdateStorageProfile, used_mb};
use vcdsim_wire::{Document, vcloud};

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, |cx| get(cx, &model::READ, storage_profile::document));
    routes.action(&model::READ_ADMIN, |cx| get(cx, &model::READ_ADMIN, storage_profile::admin));
    routes.action(&model::UPDATE, update);
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

/// `PUT /api/admin/vdcStorageProfile/{id}`: limit, availability and default
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::AdminVdcStorageProfile = cx.body(&[media::ADMIN_VDC_STORAGE_PROFILE])?;
    if let Some(units) = sent.units.as_deref().filter(|units| !units.trim().eq_ignore_ascii_case("MB")) {
        return Err(Fault::bad_request(format!("Units must be MB, not \"{}\".", excerpt(units))));
    }
    let change = UpdateStorageProfile { limit_mb: sent.limit, enabled: sent.enabled, default: sent.default };
    cx.cloud.change(cx.id(Kind::VdcStorageProfile)?, change, cx.caller()?).await?;
    get(cx, &model::READ_ADMIN, storage_profile::admin).await
}
