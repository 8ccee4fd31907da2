//! `catalogItem`, `adminCatalogItem`. Invariant: owner, VDC and status are those of what the item stands for.

use super::common::{CATALOG, CATALOG_NAME, CREATION_DATE, IS_PUBLISHED, NAME, ORG};
use super::facts::Facts;
use super::{Column, Field};
use vcdsim_model::entity::Entity;
use vcdsim_model::family::catalog_item::CatalogItem;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;

fn target(f: &Facts<'_>) -> Option<Urn> {
    Some(f.body::<CatalogItem>()?.entity)
}

fn entity<'a>(f: &Facts<'a>) -> Option<&'a Entity> {
    f.find(target(f)?)
}

fn vdc<'a>(f: &Facts<'a>) -> Option<&'a Entity> {
    f.look(Kind::Vdc, entity(f)?.head.parent)
}

const ENTITY: Field = Field::reference("entity", Kind::VAppTemplate, target);
const ENTITY_NAME: Field = Field::text("entityName", |f| Some(entity(f)?.head.name.clone()));
const ENTITY_TYPE: Field = Field::word("entityType", |f| Some(target(f)?.kind.info().urn));
const OWNER_NAME: Field = Field::text("ownerName", |f| f.name_of(Kind::User, entity(f)?.head.owner));
const OWNER: Field = Field::reference("owner", Kind::User, |f| entity(f)?.head.owner.map(|id| Urn::new(Kind::User, id)));
const VDC: Field = Field::reference("vdc", Kind::Vdc, |f| Some(vdc(f)?.urn()));
const VDC_NAME: Field = Field::text("vdcName", |f| Some(vdc(f)?.head.name.clone()));
const IS_VDC_ENABLED: Field = Field::bool("isVdcEnabled", |f| Some(vdc(f)?.body::<Vdc>()?.enabled));
const IS_EXPIRED: Field = Field::bool("isExpired", |f| Some(entity(f)?.is_expired()));
const STATUS: Field = Field::word("status", |f| Some(entity(f)?.head.status.word()));

pub(super) const FIELDS: &[Field] = &[
    ENTITY,
    ENTITY_NAME,
    ENTITY_TYPE,
    CATALOG.column(Column::Parent),
    CATALOG_NAME,
    OWNER_NAME,
    OWNER,
    IS_PUBLISHED,
    VDC,
    VDC_NAME,
    IS_VDC_ENABLED,
    CREATION_DATE,
    IS_EXPIRED,
    STATUS,
    NAME,
];

pub(super) const ADMIN_FIELDS: &[Field] = &[
    ENTITY,
    ENTITY_NAME,
    ENTITY_TYPE,
    CATALOG.column(Column::Parent),
    CATALOG_NAME,
    OWNER_NAME,
    OWNER,
    IS_PUBLISHED,
    VDC,
    VDC_NAME,
    IS_VDC_ENABLED,
    ORG,
    CREATION_DATE,
    IS_EXPIRED,
    STATUS,
    NAME,
];
