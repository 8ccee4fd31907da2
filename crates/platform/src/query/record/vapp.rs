//! `vApp`, `adminVApp`. Invariant: sums are over the machines that lie in the vApp.

use super::Field;
use super::common::{
    CREATION_DATE, IS_BUSY, IS_EXPIRED, IS_VDC_ENABLED, NAME, ORG, OWNER_NAME, STATUS, VDC, VDC_NAME, always, count, hardware, machines,
    never, storage_mb,
};
use super::facts::{Facts, Of};
use vcdsim_model::entity::Entity;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::version::ApiVersion as V;

const IS_DEPLOYED: Field = Field::bool("isDeployed", |f| Some(f.body::<VApp>()?.deployed));
const IS_IN_MAINTENANCE_MODE: Field = Field::bool("isInMaintenanceMode", |f| Some(f.body::<VApp>()?.in_maintenance));
const IS_AUTO_NATURE: Field = Field::bool("isAutoNature", |f| Some(f.body::<VApp>()?.auto_nature)).since(V::V30_0);

fn inside<'a>(f: &Facts<'a>) -> Option<impl Iterator<Item = &'a Entity>> {
    Some(machines(f, Of::Parent(f.head()?.id), |_| true))
}

pub(super) const FIELDS: &[Field] = &[
    NAME,
    VDC,
    VDC_NAME,
    never("isPublic"),
    always("isEnabled"),
    IS_BUSY,
    CREATION_DATE,
    STATUS,
    OWNER_NAME,
    IS_DEPLOYED,
    IS_IN_MAINTENANCE_MODE,
    IS_AUTO_NATURE,
    IS_EXPIRED.since(V::V5_1),
];

pub(super) const ADMIN_FIELDS: &[Field] = &[
    NAME,
    ORG,
    VDC,
    VDC_NAME,
    IS_VDC_ENABLED,
    always("isEnabled"),
    IS_BUSY,
    CREATION_DATE,
    STATUS,
    OWNER_NAME,
    Field::int("storageKB", |f| Some(inside(f)?.map(storage_mb).sum::<i64>() * 1024)),
    Field::int("numberOfVMs", |f| count(inside(f)?)),
    Field::int("memoryAllocationMB", |f| Some(inside(f)?.filter_map(hardware).map(|hardware| hardware.memory_mb).sum())),
    IS_DEPLOYED,
    IS_IN_MAINTENANCE_MODE,
    IS_AUTO_NATURE,
    IS_EXPIRED.since(V::V5_1),
];
