//! `GET /api/admin`: the cloud as a whole.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::admin;
use vcdsim_model::Fault;
use vcdsim_model::kind::View;

pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/admin", get);
}

/// `GET /api/admin`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let cloud = vcdsim_platform::admin::get(&cx.cloud.read(), cx.caller()?).await?;
    Ok(cx.ok(&admin::document(&cx.view(View::Admin)?, &cloud)))
}
