//! `vAppTemplate`, `adminVAppTemplate`. Invariant: a template outside catalogs has no catalog attributes.

use super::Field;
use super::common::{
    CATALOG, CATALOG_ITEM, CATALOG_NAME, CREATION_DATE, DESCRIPTION, IS_BUSY, IS_EXPIRED, IS_PUBLISHED, IS_VDC_ENABLED, NAME, ORG, OWNER,
    OWNER_NAME, STATUS, STORAGE_PROFILE_NAME, VDC, VDC_NAME, always, never, unset_time,
};
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::version::ApiVersion as V;

const IS_GOLD_MASTER: Field = Field::bool("isGoldMaster", |f| Some(f.body::<VAppTemplate>()?.gold_master));

pub(super) const FIELDS: &[Field] = &[
    OWNER_NAME,
    CATALOG_NAME,
    IS_PUBLISHED,
    NAME,
    DESCRIPTION.since(V::V9_0),
    VDC,
    VDC_NAME,
    ORG,
    CREATION_DATE,
    IS_BUSY,
    IS_GOLD_MASTER,
    always("isEnabled"),
    STATUS,
    never("isDeployed"),
    IS_EXPIRED.since(V::V5_1),
    STORAGE_PROFILE_NAME.since(V::V5_1),
    Field::int("version", |f| Some(f.head()?.rev)).since(V::V30_0),
    unset_time("lastSuccessfulSync").since(V::V30_0),
];

pub(super) const ADMIN_FIELDS: &[Field] = &[
    ORG,
    OWNER_NAME,
    OWNER,
    IS_PUBLISHED,
    NAME,
    VDC,
    VDC_NAME,
    IS_VDC_ENABLED,
    CATALOG,
    CATALOG_NAME,
    CATALOG_ITEM,
    CREATION_DATE,
    IS_BUSY,
    IS_GOLD_MASTER,
    always("isEnabled"),
    IS_EXPIRED,
    never("isDeployed"),
    STATUS,
    STORAGE_PROFILE_NAME.since(V::V5_1),
];
