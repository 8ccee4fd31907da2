//! Media.

use super::vapp::accepted;
use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::media;
use vcdsim_model::Fault;
use vcdsim_model::family::media as model;
use vcdsim_model::kind::{Kind, View};
use vcdsim_platform::catalog_item::{DeleteEntry, UpdateEntry};
use vcdsim_wire::vcloud;

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
    routes.action(&model::UPDATE, update);
    routes.action(&model::DELETE, delete);
}

/// `GET /api/media/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ).await?;
    Ok(cx.ok(&media::document(&cx.view(View::User)?, &graph)))
}

/// `PUT /api/media/{id}`: name and description
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::Media = cx.body(&[vcdsim_model::media::MEDIA])?;
    let target = cx.urn(Kind::Media)?;
    accepted(&cx, UpdateEntry { target, name: sent.name, description: sent.description, gold_master: None }).await
}

/// `DELETE /api/media/{id}`
async fn delete(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, DeleteEntry { target: cx.urn(Kind::Media)? }).await
}
