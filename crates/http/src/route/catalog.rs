//! Catalogs.

use super::vapp::accepted;
use crate::cx::{Cx, reference};
use crate::reply::Reply;
use crate::router::Routes;
use crate::view::catalog::{self, FEEDS};
use uuid::Uuid;
use vcdsim_model::family::catalog as model;
use vcdsim_model::fault::excerpt;
use vcdsim_model::id::parse_uuid;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::{Fault, media};
use vcdsim_platform::access::admit;
use vcdsim_platform::catalog::external::PublishExternally;
use vcdsim_platform::catalog::subscription::{Subscribe, not_published};
use vcdsim_platform::catalog::sync::SyncCatalog;
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
    routes.action(&model::PUBLISH_EXTERNALLY, publish_externally);
    routes.action(&model::PUBLISH_EXTERNALLY_AS_TENANT, publish_externally);
    routes.action(&model::SUBSCRIBE, subscribe);
    routes.action(&model::SYNC, sync);
    routes.action(&model::SYNC_ADMIN, sync);
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
    let subscription = subscription(&cx, sent.external_catalog_subscription_params).await?;
    let operation = CreateCatalog { org, name: sent.name, description: sent.description, storage_profiles, subscription };
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
    let id = cx.id(Kind::Catalog)?;
    let publication = match sent.publish_external_catalog_params {
        Some(sent) => Some(publication(&cx, id, sent).await?),
        None => None,
    };
    let subscription = subscription(&cx, sent.external_catalog_subscription_params).await?;
    let change = UpdateCatalog { name: sent.name, description: sent.description, storage_profiles, publication, subscription };
    cx.cloud.change(id, change, cx.caller()?).await?;
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

/// `POST /api/admin/catalog/{id}/action/publishToExternalOrganizations`
async fn publish_externally(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::PublishExternalCatalogParams = cx.body(&[media::PUBLISH_EXTERNAL_CATALOG_PARAMS])?;
    let id = cx.id(Kind::Catalog)?;
    cx.cloud.change(id, publication(&cx, id, sent).await?, cx.caller()?).await?;
    Ok(Reply::no_content())
}

async fn publication(cx: &Cx, id: Uuid, sent: vcloud::PublishExternalCatalogParams) -> Result<PublishExternally, Fault> {
    Ok(PublishExternally {
        on: sent.is_published_externally.unwrap_or_default(),
        password: cx.cloud.catalog_password(id, sent.password).await?,
        cached: sent.is_cache_enabled,
        keeps_identity: sent.preserve_identity_info_flag,
    })
}

/// `POST /api/admin/catalog/{id}/action/subscribeToExternalCatalog`; clients send it under the type of the catalog, too.
async fn subscribe(cx: Cx) -> Result<Reply, Fault> {
    let sent: vcloud::ExternalCatalogSubscriptionParams = cx.body(&[media::EXTERNAL_CATALOG_SUBSCRIPTION_PARAMS, media::ADMIN_CATALOG])?;
    let asked = subscription(&cx, Some(sent)).await?.unwrap_or(Subscribe::Off);
    cx.cloud.change(cx.id(Kind::Catalog)?, asked, cx.caller()?).await?;
    Ok(Reply::no_content())
}

async fn subscription(cx: &Cx, sent: Option<vcloud::ExternalCatalogSubscriptionParams>) -> Result<Option<Subscribe>, Fault> {
    let Some(sent) = sent else { return Ok(None) };
    if !sent.subscribe_to_external_feeds.unwrap_or_default() {
        return Ok(Some(Subscribe::Off));
    }
    let publisher = publisher(cx, sent.location.as_deref().unwrap_or_default().trim())?;
    Ok(Some(Subscribe::To {
        publisher,
        password: cx.cloud.catalog_password(publisher, sent.password).await?,
        thumbprint: sent.expected_ssl_thumbprint.filter(|text| !text.is_empty()),
        local_copy: sent.local_copy.unwrap_or_default(),
    }))
}

/// The catalog of this server that a published URL leads to. Clients tell the failures apart by their words in capitals, as real servers
/// send them.
fn publisher(cx: &Cx, location: &str) -> Result<Uuid, Fault> {
    let path = match location.split_once("://") {
        None if location.starts_with('/') => location,
        None => return Err(Fault::bad_request(format!("UNKNOWN_ERROR: Location \"{}\" is no URL.", excerpt(location)))),
        Some((_, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            if !cx.base.is_at(authority) {
                let message = "INVALID_URL_OR_PASSWORD: Location cannot be reached; vcdsim follows catalogs that it publishes itself.";
                return Err(Fault::bad_request(message));
            }
            path
        }
    };
    let id = path.strip_prefix(FEEDS).and_then(|rest| parse_uuid(rest.split('/').next()?));
    id.ok_or_else(not_published)
}

/// `POST /api/catalog/{id}/action/sync`
async fn sync(cx: Cx) -> Result<Reply, Fault> {
    accepted(&cx, SyncCatalog { target: cx.urn(Kind::Catalog)? }).await
}
