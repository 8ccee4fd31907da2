//! Catalog items.

use super::vapp::accepted;
use crate::cx::{Cx, reference};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::catalog_item;
use vcdsim_model::family::catalog_item as model;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_platform::access::named;
use vcdsim_platform::catalog::sync::SyncCatalog;
use vcdsim_platform::catalog_item::{AddItem, CopyEntry, DeleteEntry, UpdateEntry, UpdateItem};
use vcdsim_platform::graph::{Depth, Graph};
use vcdsim_platform::media::Place;
use vcdsim_wire::{Document, vcloud};

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
    routes.action(&model::ADD, add);
    routes.action(&vcdsim_model::family::media::UPLOAD, upload);
    routes.action(&model::COPY, copy);
    routes.action(&model::MOVE, move_here);
    routes.action(&model::UPDATE, update);
    routes.action(&model::DELETE, delete);
    routes.action(&model::SYNC, sync);
}

/// `GET /api/catalogItem/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ).await?;
    Ok(cx.ok(&catalog_item::document(&cx.view(View::User)?, &graph)))
}

/// `POST /api/catalog/{id}/catalogItems`
async fn add(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::CatalogItem = cx.body(&[media::CATALOG_ITEM])?;
    let change = AddItem { name: sent.name, description: sent.description, entity: reference("Entity", &sent.entity)? };
    let item = cx.cloud.change(cx.id(Kind::Catalog)?, change, cx.caller()?).await?;
    created(&cx, item).await
}

/// `POST /api/catalog/{id}/action/upload`: an image, or a template; answers the item that will stand for it.
async fn upload(cx: Cx) -> Result<Reply, Fault> {
    let place = Place::Catalog(cx.id(Kind::Catalog)?);
    let made =
        if is_of_a_template(&cx) { super::vapp_template::upload(&cx, place).await? } else { super::media::upload(&cx, place).await? };
    let item = made.related.of_kind(Kind::CatalogItem).ok_or_else(Fault::internal)?.urn();
    created(&cx, item).await
}

/// `POST /api/catalog/{id}/action/copy`
async fn copy(cx: Cx) -> Result<Reply, Fault> {
    let Wanted { source, name, description } = wanted(&cx).await?;
    let place = Place::Catalog(cx.id(Kind::Catalog)?);
    accepted(&cx, CopyEntry { place, source, name, description, storage_profile: None, deletes_source: false }).await
}

/// `POST /api/catalog/{id}/action/move`
async fn move_here(cx: Cx) -> Result<Reply, Fault> {
    let Wanted { source, name, description } = wanted(&cx).await?;
    let catalog = Some(cx.id(Kind::Catalog)?);
    accepted(&cx, UpdateEntry { name, description, catalog, ..UpdateEntry::of(source) }).await
}

/// What is to be copied or moved.
struct Wanted {
    /// What the item stands for.
    source: Urn,
    name: Option<String>,
    description: Option<String>,
}

async fn wanted(cx: &Cx) -> Result<Wanted, Fault> {
    let sent: vcloud::CopyOrMoveCatalogItemParams = cx.body(&[media::COPY_OR_MOVE_CATALOG_ITEM_PARAMS])?;
    let source = sent.source.as_ref().ok_or_else(|| Fault::bad_request("Source is missing."))?;
    let item = reference("Source", source)?;
    let found = named(&cx.cloud.read(), cx.caller()?, "Source", item).await?;
    let found =
        found.body::<model::CatalogItem>().ok_or_else(|| Fault::bad_request(format!("Source must be a catalog item, not {item}.")))?;
    Ok(Wanted { source: found.entity, name: sent.name.filter(|name| !name.is_empty()), description: sent.description })
}

/// Both are posted to one place; where the type of the body does not tell them apart, its root does.
fn is_of_a_template(cx: &Cx) -> bool {
    const ROOT: &str = "UploadVAppTemplateParams";
    let sent = cx.request.header("content-type").unwrap_or_default();
    let named = sent.split([';', '+']).next().is_some_and(|media| media.to_ascii_lowercase().ends_with("uploadvapptemplateparams"));
    named
        || (!media::same(media::MEDIA, sent.split(';').next().unwrap_or_default().trim())
            && cx.request.body.windows(ROOT.len()).any(|part| part == ROOT.as_bytes()))
}

/// 201 with an item.
async fn created(cx: &Cx, item: Urn) -> Result<Reply, Fault> {
    let graph = Graph::visible(&cx.cloud.read(), cx.caller()?, item, Depth::Whole).await?;
    let document = catalog_item::document(&cx.view(View::User)?, &graph);
    Ok(cx.document(201, &document, vcloud::CatalogItem::ROOT).with("location", cx.base.href(item, View::User)))
}

/// `PUT /api/catalogItem/{id}`: name and description; what it stands for stays.
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::CatalogItem = cx.body(&[media::CATALOG_ITEM])?;
    let change = UpdateItem { name: sent.name, description: sent.description };
    cx.cloud.change(cx.id(Kind::CatalogItem)?, change, cx.caller()?).await?;
    get(cx).await
}

/// `DELETE /api/catalogItem/{id}`: real servers answer 204 and do the rest in a task.
async fn delete(cx: Cx) -> Result<Reply, Fault> {
    let task = accepted(&cx, DeleteEntry { target: cx.urn(Kind::CatalogItem)? }).await?.into_response();
    let href = task.header("location").unwrap_or_default().to_owned();
    Ok(Reply::no_content().with("location", href))
}

/// `POST /api/catalogItem/{id}/action/sync`
async fn sync(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, SyncCatalog { target: cx.urn(Kind::CatalogItem)? }).await
}
