//! `media`, `adminMedia`. Invariant: sizes are in bytes.

use super::Field;
use super::common::{
    CATALOG, CATALOG_ITEM, CATALOG_NAME, CREATION_DATE, IS_BUSY, IS_PUBLISHED, IS_VDC_ENABLED, NAME, ORG, OWNER, OWNER_NAME, STATUS,
    STORAGE_PROFILE_NAME, VDC, VDC_NAME, unset_time,
};
use vcdsim_model::family::media::Media;
use vcdsim_model::version::ApiVersion as V;

const STORAGE_B: Field = Field::int("storageB", |f| Some(f.body::<Media>()?.size));

pub(super) const FIELDS: &[Field] = &[
    OWNER_NAME,
    CATALOG_NAME,
    IS_PUBLISHED,
    NAME,
    VDC,
    VDC_NAME,
    ORG,
    CREATION_DATE,
    IS_BUSY,
    STORAGE_B,
    OWNER,
    CATALOG,
    CATALOG_ITEM,
    STATUS,
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
    STORAGE_B,
    VDC,
    VDC_NAME,
    IS_VDC_ENABLED,
    CATALOG,
    CATALOG_NAME,
    CATALOG_ITEM,
    CREATION_DATE,
    IS_BUSY,
    STATUS,
    STORAGE_PROFILE_NAME.since(V::V5_1),
];
