//! Catalogs.

use super::vapp::accepted;
use crate::cx::{Cx, reference};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::catalog;
use vcdsim_model::family::catalog as model;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_platform::access::admit;
use vcdsim_platform::catalog::{CreateCatalog, DeleteCatalog, Publish, UpdateCatalog};
use vcdsim_wire::{Document, vcloud};

pub(super) fn routes(routes: &mut Routes) {
    routes.action(&model::READ, get);
    routes.action(&model::READ_ADMIN, admin);
    routes.action(&model::CREATE, create);
    routes.action(&model::UPDATE, update);
    routes.action(&model::DELETE, delete);
    routes.action(&model::DELETE_AS_TENANT, delete);
    routes.action(&model::PUBLISH, publish);
    super::sharing::routes_of::<model::Catalog>(routes);
}

/// `GET /api/catalog/{id}`
async fn get(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ).await?;
    Ok(cx.ok(&catalog::document(&cx.view(View::User)?, &graph)))
}

/// `GET /api/admin/catalog/{id}`
async fn admin(cx: Cx) -> Result<Reply, Fault> {
    let graph = cx.graph(&model::READ_ADMIN).await?;
    Ok(cx.ok(&catalog::admin(&cx.view(View::Admin)?, &graph)))
}

/// `POST /api/admin/org/{id}/catalogs`
async fn create(cx: Cx) -> Result<Reply, Fault> {
    let org = cx.id(Kind::Org)?;
    admit::<vcdsim_model::family::org::Org>(&cx.cloud.read(), cx.caller()?, &model::CREATE, org).await?;
    let sent: vcloud::AdminCatalog = cx.body(&[media::ADMIN_CATALOG, media::CATALOG])?;
    let storage_profiles = profiles(sent.catalog_storage_profiles)?.unwrap_or_default();
    let operation = CreateCatalog { org, name: sent.name, description: sent.description, storage_profiles };
    let graph = cx.cloud.submit_new(operation, cx.caller()?).await?;
    let document = catalog::admin(&cx.view(View::Admin)?, &graph);
    Ok(cx.document(201, &document, vcloud::AdminCatalog::ROOT).with("location", cx.base.href(graph.entity.urn(), View::Admin)))
}

fn profiles(sent: Option<vcloud::CatalogStorageProfiles>) -> Result<Option<Vec<vcdsim_model::id::Urn>>, Fault> {
    sent.map(|sent| sent.vdc_storage_profile.iter().map(|profile| reference("VdcStorageProfile", profile)).collect()).transpose()
}

/// `PUT /api/admin/catalog/{id}`
async fn update(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::AdminCatalog = cx.body(&[media::ADMIN_CATALOG, media::CATALOG])?;
    let storage_profiles = profiles(sent.catalog_storage_profiles)?;
    let change = UpdateCatalog { name: sent.name, description: sent.description, storage_profiles };
    cx.cloud.change(cx.id(Kind::Catalog)?, change, cx.caller()?).await?;
    admin(cx).await
}

/// `DELETE /api/admin/catalog/{id}`; `force` alone changes nothing, since nothing but its items holds a catalog.
async fn delete(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, DeleteCatalog { id: cx.id(Kind::Catalog)?, recursive: cx.flag("recursive") }).await
}

/// `POST /api/admin/catalog/{id}/action/publish`
async fn publish(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::PublishCatalogParams = cx.body(&[media::PUBLISH_CATALOG_PARAMS])?;
    cx.cloud.change(cx.id(Kind::Catalog)?, Publish { published: sent.is_published }, cx.caller()?).await?;
    Ok(Reply::no_content())
}
