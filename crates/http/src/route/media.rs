//! Media.

use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::media;
use vcdsim_model::Fault;
use vcdsim_model::family::media as model;
use vcdsim_model::kind::View;

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
}

/// `GET /api/media/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ).await?;
    Ok(cx.ok(&media::document(&cx.view(View::User)?, &graph)))
}
