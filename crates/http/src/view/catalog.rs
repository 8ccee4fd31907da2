//! Documents of the family `catalog`. Invariant: both views list the same items.

use crate::view::{ViewCx, task};
use uuid::Uuid;
use vcdsim_model::clock::format_time;
use vcdsim_model::family::catalog;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::catalog::external::MASK;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::{
    AdminCatalog, Catalog, CatalogItems, CatalogStorageProfiles, ExternalCatalogSubscriptionParams, PublishExternalCatalogParams, Reference,
};

/// What the paths of published catalogs begin with.
pub(crate) const FEEDS: &str = "/vcsp/lib/";

/// The tenant's view.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> Catalog {
    let head = &graph.entity.head;
    Catalog {
        href: Some(cx.base.href(graph.entity.urn(), View::User)),
        r#type: Some(media::CATALOG.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        link: cx.links(graph),
        description: head.description.clone(),
        tasks: task::in_progress(cx, &graph.tasks),
        owner: cx.owner(graph),
        catalog_items: Some(CatalogItems { catalog_item: graph.children_of(Kind::CatalogItem).map(|item| reference(cx, item)).collect() }),
        is_published: graph.entity.body::<catalog::Catalog>().map(|catalog| catalog.published),
        date_created: Some(format_time(head.created)),
        version_number: Some(head.rev),
        ..Catalog::default()
    }
}

/// The administrator's view.
pub(crate) fn admin(cx: &ViewCx<'_>, graph: &Graph) -> AdminCatalog {
    let catalog = document(cx, graph);
    AdminCatalog {
        href: Some(cx.base.href(graph.entity.urn(), View::Admin)),
        r#type: Some(media::ADMIN_CATALOG.to_owned()),
        id: catalog.id,
        name: catalog.name,
        link: catalog.link,
        description: Some(catalog.description.unwrap_or_default()),
        tasks: catalog.tasks,
        owner: catalog.owner,
        catalog_items: catalog.catalog_items,
        is_published: catalog.is_published,
        date_created: catalog.date_created,
        version_number: catalog.version_number,
        catalog_storage_profiles: storage_profiles(cx, graph),
        external_catalog_subscription_params: subscription(cx, graph),
        publish_external_catalog_params: publication(graph),
        ..AdminCatalog::default()
    }
}

fn storage_profiles(cx: &ViewCx<'_>, graph: &Graph) -> Option<CatalogStorageProfiles> {
    let ids = &graph.entity.body::<catalog::Catalog>()?.storage_profiles;
    let named = ids.iter().filter_map(|id| cx.named(graph, Urn::new(Kind::VdcStorageProfile, *id), View::User));
    (!ids.is_empty()).then(|| CatalogStorageProfiles { vdc_storage_profile: named.collect() })
}

/// What it follows, at the address by which the client reached this server.
fn subscription(cx: &ViewCx<'_>, graph: &Graph) -> Option<ExternalCatalogSubscriptionParams> {
    let subscription = graph.entity.body::<catalog::Catalog>()?.subscription.as_ref()?;
    Some(ExternalCatalogSubscriptionParams {
        subscribe_to_external_feeds: Some(subscription.on),
        location: Some(cx.base.join(&feed(subscription.publisher))),
        password: subscription.password.is_some().then(|| MASK.to_owned()),
        expected_ssl_thumbprint: subscription.thumbprint.clone(),
        local_copy: Some(subscription.local_copy),
    })
}

/// Where a published catalog can be subscribed to.
fn feed(catalog: Uuid) -> String {
    format!("{FEEDS}{catalog}/")
}

/// How it is published to the outside. The URL has no host, as recorded, and is there as long as it can be subscribed to.
fn publication(graph: &Graph) -> Option<PublishExternalCatalogParams> {
    let publication = graph.entity.body::<catalog::Catalog>()?.publication.as_ref()?;
    Some(PublishExternalCatalogParams {
        is_published_externally: Some(publication.on),
        catalog_published_url: publication.on.then(|| feed(graph.entity.head.id)),
        password: publication.password.is_some().then(|| MASK.to_owned()),
        is_cache_enabled: Some(publication.cached),
        preserve_identity_info_flag: Some(publication.keeps_identity),
    })
}

/// A reference to an item: with its URN where servers that know `VersionNumber` send it.
fn reference(cx: &ViewCx<'_>, item: &Graph) -> Reference {
    let id = (cx.version >= ApiVersion::V5_5).then(|| item.entity.urn().to_string());
    Reference { id, ..cx.listed(&item.entity, View::User) }
}
