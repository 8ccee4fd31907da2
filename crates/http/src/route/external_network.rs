//! External networks.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::external_network;
use std::sync::Arc;
use vcdsim_model::Fault;
use vcdsim_model::entity::Res;
use vcdsim_model::kind::{Kind, View};
use vcdsim_platform::edge_gateway::outside_use;
use vcdsim_platform::graph::{Depth, Graph};

pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/admin/extension/externalnet/{id}", get);
}

/// `GET /api/admin/extension/externalnet/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = Graph::visible(&cx.cloud.read(), cx.caller()?, cx.urn(Kind::ExternalNetwork)?, Depth::Head).await?;
    let network = Res::new(Arc::clone(&graph.entity)).ok_or_else(Fault::internal)?;
    let used = outside_use(&cx.cloud.read(), &network).await?;
    Ok(cx.ok(&external_network::document(&cx.view(View::Extension)?, &graph, &used)?))
}
