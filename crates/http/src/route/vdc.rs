//! Organization VDCs.

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
use vcdsim_model::kind::View;
use vcdsim_model::{Fault, FaultCode};
use vcdsim_platform::graph::Graph;
use vcdsim_platform::vdc::{Usage, usage};

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
    routes.action(&model::READ_ADMIN, admin);
    routes.action(&model::READ_HARDWARE, hardware);
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
