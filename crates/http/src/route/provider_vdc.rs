//! Provider VDCs.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::provider_vdc;
use vcdsim_model::Fault;
use vcdsim_model::kind::{Kind, View};
use vcdsim_platform::provider_vdc::{Surroundings, get};

pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/admin/providervdc/{id}", admin);
    routes.get("/api/admin/extension/providervdc/{id}", extension);
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

async fn read(cx: &Cx) -> Result<Surroundings, Fault> {
    get(&cx.cloud.read(), cx.caller()?, cx.id(Kind::ProviderVdc)?).await
}
