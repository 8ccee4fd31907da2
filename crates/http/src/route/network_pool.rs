//! Network pools.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::network_pool;
use vcdsim_model::Fault;
use vcdsim_model::kind::{Kind, View};
use vcdsim_platform::graph::{Depth, Graph};

pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/admin/extension/networkPool/{id}", get);
}

/// `GET /api/admin/extension/networkPool/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = Graph::visible(&cx.cloud.read(), cx.caller()?, cx.urn(Kind::NetworkPool)?, Depth::Head).await?;
    Ok(cx.ok(&network_pool::document(&cx.view(View::Extension)?, &graph)?))
}
