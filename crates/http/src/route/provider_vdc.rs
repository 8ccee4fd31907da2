//! Provider VDCs.

use super::vdc::generation;
use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::provider_vdc;
use vcdsim_model::Fault;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::vdc::READ_HARDWARE;
use vcdsim_model::kind::{Kind, View};
use vcdsim_platform::provider_vdc::{Surroundings, get};

pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/admin/providervdc/{id}", admin);
    routes.get("/api/admin/extension/providervdc/{id}", extension);
    routes.get("/api/admin/providervdc/{id}/hwv/{version}", hardware).since = READ_HARDWARE.since;
}

/// `GET /api/admin/providervdc/{id}`
async fn admin(cx: Cx) -> Result<Reply, Fault> {
    let found = read(&cx).await?;
    Ok(cx.ok(&provider_vdc::document(&cx.view(View::Admin)?, &found)?))
}

/// `GET /api/admin/extension/providervdc/{id}`
async fn extension(cx: Cx) -> Result<Reply, Fault> {
    let found = read(&cx).await?;
    Ok(cx.ok(&provider_vdc::extension(&cx.view(View::Extension)?, &found)?))
}

/// `GET /api/admin/providervdc/{id}/hwv/{version}`
async fn hardware(cx: Cx) -> Result<Reply, Fault> {
    let graph = read(&cx).await?.graph;
    let body = graph.entity.body::<ProviderVdc>().ok_or_else(Fault::internal)?;
    generation(&cx, graph.entity.urn(), View::Admin, body)
}

async fn read(cx: &Cx) -> Result<Surroundings, Fault> {
    get(&cx.cloud.read(), cx.caller()?, cx.id(Kind::ProviderVdc)?).await
}
