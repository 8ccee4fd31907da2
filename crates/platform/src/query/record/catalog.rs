//! `catalog`, `adminCatalog`. Invariant: what is counted are the catalog's items.

use super::Field;
use super::common::{CREATION_DATE, DESCRIPTION, NAME, ORG, ORG_NAME, OWNER, OWNER_NAME, count};
use super::facts::{Facts, Of};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::catalog_item::CatalogItem;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion as V;

/// How many items stand for something of this kind.
fn items(f: &Facts<'_>, kind: Kind) -> Option<i64> {
    let items = f.group(Kind::CatalogItem, Of::Parent(f.head()?.id)).iter();
    count(items.filter(|item| item.body::<CatalogItem>().is_some_and(|body| body.entity.kind == kind)))
}

const IS_PUBLISHED: Field = Field::bool("isPublished", |f| Some(f.body::<Catalog>()?.published));
const IS_SHARED: Field = Field::bool("isShared", |f| f.body::<Catalog>().map(|catalog| catalog.sharing.is_shared()));
const NUMBER_OF_MEDIA: Field = Field::int("numberOfMedia", |f| items(f, Kind::Media));

fn publish_subscription_type(catalog: &Catalog) -> &'static str {
    match catalog.followed() {
        Some(_) => "SUBSCRIBED",
        None if catalog.published || catalog.is_published_externally() => "PUBLISHED",
        None => "UNPUBLISHED",
    }
}

pub(super) const FIELDS: &[Field] = &[
    NAME,
    DESCRIPTION.since(V::V30_0),
    IS_PUBLISHED,
    IS_SHARED,
    CREATION_DATE,
    ORG_NAME,
    OWNER_NAME,
    Field::int("numberOfVAppTemplates", |f| items(f, Kind::VAppTemplate)),
    NUMBER_OF_MEDIA,
    OWNER,
    Field::word("publishSubscriptionType", |f| f.body::<Catalog>().map(publish_subscription_type)).since(V::V30_0),
    Field::int("version", |f| Some(f.head()?.rev)).since(V::V30_0),
    Field::word("status", |_| Some("READY")).since(V::V30_0),
];

pub(super) const ADMIN_FIELDS: &[Field] = &[
    ORG,
    NAME,
    IS_PUBLISHED,
    IS_SHARED,
    CREATION_DATE,
    ORG_NAME,
    OWNER_NAME,
    Field::int("numberOfTemplates", |f| items(f, Kind::VAppTemplate)),
    NUMBER_OF_MEDIA,
    OWNER,
];
