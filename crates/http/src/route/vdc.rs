//! Organization VDCs.

use super::vapp::accepted;
use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::vdc;
use vcdsim_model::action::Action;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::vdc as model;
use vcdsim_model::fault::excerpt;
use vcdsim_model::hardware::Generation;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, FaultCode, media};
use vcdsim_platform::change::Change;
use vcdsim_platform::graph::Graph;
use vcdsim_platform::vdc::{Limits, SetEnabled, UpdateVdc, Usage, usage};
use vcdsim_wire::vcloud;

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
    routes.action(&model::READ_ADMIN, admin);
    routes.action(&model::READ_HARDWARE, hardware);
    routes.action(&model::UPDATE, update);
    routes.action(&model::ENABLE, |cx| set_enabled(cx, SetEnabled::<true>));
    routes.action(&model::DISABLE, |cx| set_enabled(cx, SetEnabled::<false>));
    super::sharing::routes_of::<model::Vdc>(routes);
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

/// `PUT /api/admin/vdc/{id}`: name, description, limits and quotas; clients send the rest back as they read it.
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::AdminVdc = cx.body(&[media::ADMIN_VDC])?;
    let compute = sent.compute_capacity.as_ref();
    let limits = Limits {
        cpu_mhz: compute.map(|compute| limit(&compute.cpu, &[("MHz", 1), ("GHz", 1_000)])).transpose()?,
        memory_mb: compute.map(|compute| limit(&compute.memory, &[("MB", 1), ("GB", 1_024)])).transpose()?,
        machines: sent.vm_quota,
        networks: sent.network_quota,
        vcpu_mhz: sent.vcpu_in_mhz2.or(sent.vcpu_in_mhz),
    };
    let operation = UpdateVdc { id: cx.id(Kind::Vdc)?, name: sent.name, description: sent.description, limits, enabled: sent.is_enabled };
    accepted(&cx, operation).await
}

/// A limit in the first of these units; the others are worth so many of it.
fn limit(sent: &vcloud::CapacityWithUsage, units: &[(&str, i64)]) -> Result<i64, Fault> {
    let known = units.iter().find(|(unit, _)| sent.units.trim().eq_ignore_ascii_case(unit));
    let worth = known.map(|(_, worth)| sent.limit.saturating_mul(*worth));
    let names = || units.iter().map(|(unit, _)| *unit).collect::<Vec<_>>().join(" or ");
    worth.ok_or_else(|| Fault::bad_request(format!("Units must be {}, not \"{}\".", names(), excerpt(&sent.units))))
}

/// `POST /api/admin/vdc/{id}/action/enable`, `disable`
async fn set_enabled<C: Change<Of = model::Vdc>>(cx: Cx, change: C) -> Result<Reply, Fault> {
    cx.cloud.change(cx.id(Kind::Vdc)?, change, cx.caller()?).await?;
    Ok(Reply::no_content())
}

/// `GET /api/vdc/{id}/hwv/{version}`
async fn hardware(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ_HARDWARE).await?;
    let provider = vdc::provider(&graph).ok_or_else(Fault::internal)?;
    generation(&cx, graph.entity.urn(), View::User, provider)
}

/// The generation of hardware that the path names, as a VDC or provider VDC has it; 404 for one that it does not support.
pub(super) fn generation(cx: &Cx, of: Urn, view: View, provider: &ProviderVdc) -> Result<Reply, Fault> {
    let name = cx.param("version");
    let found = Generation::up_to(&provider.highest_hardware).find(|generation| generation.name() == name);
    let unknown = || Fault::new(FaultCode::NotFound, format!("Virtual hardware version \"{}\" is not supported here.", excerpt(name)));
    let place = cx.base.href(of, view);
    Ok(cx.ok(&vdc::hardware::document(&place, of.kind.info().place(view).media, found.ok_or_else(unknown)?)))
}
