//! Datastores.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::datastore;
use vcdsim_model::Fault;
use vcdsim_model::kind::{Kind, View};
use vcdsim_platform::graph::{Depth, Graph};

pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/admin/extension/datastore/{id}", get);
}

/// `GET /api/admin/extension/datastore/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = Graph::visible(&cx.cloud.read(), cx.caller()?, cx.urn(Kind::Datastore)?, Depth::Head).await?;
    Ok(cx.ok(&datastore::document(&cx.view(View::Extension)?, &graph)?))
}
