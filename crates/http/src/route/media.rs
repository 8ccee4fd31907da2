//! Media.

use super::vapp::accepted;
use crate::cx::{Cx, reference};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::media;
use vcdsim_model::Fault;
use vcdsim_model::family::media as model;
use vcdsim_model::kind::{Kind, View};
use vcdsim_platform::catalog_item::{DeleteEntry, UpdateEntry};
use vcdsim_platform::graph::Graph;
use vcdsim_platform::media::{Place, UploadMedia};
use vcdsim_platform::transfer::{DisableMediaDownload, EnableDownload};
use vcdsim_wire::{Document, vcloud};

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
    routes.action(&model::UPLOAD_TO_VDC, upload_to_vdc);
    routes.action(&model::ENABLE_DOWNLOAD, enable_download);
    routes.action(&model::DISABLE_DOWNLOAD, disable_download);
    routes.action(&model::UPDATE, update);
    routes.action(&model::DELETE, delete);
}

/// `GET /api/media/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ).await?;
    Ok(cx.ok(&media::document(&cx.view(View::User)?, &graph)))
}

/// `POST /api/media/{id}/action/enableDownload`
async fn enable_download(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, EnableDownload { target: cx.urn(Kind::Media)? }).await
}

/// `POST /api/media/{id}/action/disableDownload`
async fn disable_download(cx: Cx) -> Result<Reply, Fault> {
    cx.cloud.change(cx.id(Kind::Media)?, DisableMediaDownload, cx.caller()?).await?;
    Ok(Reply::no_content())
}

/// `PUT /api/media/{id}`: name and description
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::Media = cx.body(&[vcdsim_model::media::MEDIA])?;
    let target = cx.urn(Kind::Media)?;
    accepted(&cx, UpdateEntry { target, name: Some(sent.name), description: sent.description, gold_master: None, products: None }).await
}

/// `DELETE /api/media/{id}`
async fn delete(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, DeleteEntry { target: cx.urn(Kind::Media)? }).await
}

/// `POST /api/vdc/{id}/media`
async fn upload_to_vdc(cx: Cx) -> Result<Reply, Fault> {
    let graph = upload(&cx, Place::Vdc(cx.id(Kind::Vdc)?)).await?;
    let document = media::document(&cx.view(View::User)?, &graph);
    Ok(cx.document(201, &document, vcloud::Media::ROOT).with("location", cx.base.href(graph.entity.urn(), View::User)))
}

/// Begins the upload of the image that the body describes.
pub(super) async fn upload(cx: &Cx, place: Place) -> Result<Graph, Fault> {
    let sent: vcloud::Media = cx.body(&[vcdsim_model::media::MEDIA])?;
    let size = u64::try_from(sent.size).map_err(|_negative| Fault::bad_request("size must not be negative."))?;
    let storage_profile = sent.vdc_storage_profile.as_ref().map(|profile| reference("VdcStorageProfile", profile)).transpose()?;
    let operation =
        UploadMedia { place, name: sent.name, description: sent.description, image_type: sent.image_type, size, storage_profile };
    cx.cloud.submit_new(operation, cx.caller()?).await
}
