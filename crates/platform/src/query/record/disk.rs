//! `disk`, `adminDisk`. Invariant: a disk is attached when it names a machine.

use super::Field;
use super::common::{NAME, ORG, OWNER_NAME, STATUS, STORAGE_PROFILE_NAME, VDC, VDC_NAME, datastore, profile_id, server, unset, vc};
use super::facts::Facts;
use vcdsim_model::family::disk::Disk;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::version::ApiVersion as V;

fn profile(f: &Facts<'_>) -> Option<Urn> {
    profile_id(f.entity()?).map(|id| Urn::new(Kind::VdcStorageProfile, id))
}

const SIZE_B: Field = Field::int("sizeB", |f| Some(f.body::<Disk>()?.size)).since(V::V5_1);
const STORAGE_PROFILE: Field = Field::reference("storageProfile", Kind::VdcStorageProfile, profile).since(V::V5_1);
const TASK: Field = Field::reference("task", Kind::Task, |f| f.head()?.busy.map(|id| Urn::new(Kind::Task, id))).since(V::V5_1);
const BUS_TYPE: Field = Field::text("busType", |f| Some(f.body::<Disk>()?.bus.number.to_string())).since(V::V5_1);
const BUS_TYPE_DESC: Field = Field::text("busTypeDesc", |f| Some(f.body::<Disk>()?.bus.description().to_owned())).since(V::V5_1);
const BUS_SUB_TYPE: Field = Field::text("busSubType", |f| Some(f.body::<Disk>()?.bus.sub_type.clone())).since(V::V5_1);
const IS_ATTACHED: Field = Field::bool("isAttached", |f| Some(f.body::<Disk>()?.attached_to.is_some())).since(V::V5_1);

pub(super) const FIELDS: &[Field] = &[
    NAME.since(V::V5_1),
    VDC.since(V::V5_1),
    SIZE_B,
    // Datastores are the provider's.
    unset("datastore").since(V::V5_1),
    unset("datastoreName").since(V::V5_1),
    OWNER_NAME.since(V::V5_1),
    VDC_NAME.since(V::V5_1),
    TASK,
    STORAGE_PROFILE,
    STORAGE_PROFILE_NAME.since(V::V5_1),
    STATUS.since(V::V5_1),
    BUS_TYPE,
    BUS_TYPE_DESC,
    BUS_SUB_TYPE,
    IS_ATTACHED,
];

pub(super) const ADMIN_FIELDS: &[Field] = &[
    NAME.since(V::V5_1),
    VDC.since(V::V5_1),
    SIZE_B,
    vc(server).since(V::V5_1),
    Field::reference("datastore", Kind::Datastore, |f| Some(datastore(f, server(f)?.id)?.urn())).under(View::Extension).since(V::V5_1),
    Field::text("datastoreName", |f| Some(datastore(f, server(f)?.id)?.head.name.clone())).since(V::V5_1),
    OWNER_NAME.since(V::V5_1),
    VDC_NAME.since(V::V5_1),
    ORG.since(V::V5_1),
    TASK,
    STORAGE_PROFILE,
    STORAGE_PROFILE_NAME.since(V::V5_1),
    STATUS.since(V::V5_1),
    BUS_TYPE,
    BUS_TYPE_DESC,
    BUS_SUB_TYPE,
    IS_ATTACHED,
];
