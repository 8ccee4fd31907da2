//! `organization`. Invariant: a quota of 0 is no limit.

use super::Field;
use super::common::{NAME, count, never, zero};
use super::facts::{Facts, Of};
use vcdsim_model::family::org::Org;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion as V;

fn owned(f: &Facts<'_>, kind: Kind) -> Option<i64> {
    count(f.group(kind, Of::Org(f.head()?.id)).iter())
}

pub(super) const FIELDS: &[Field] = &[
    NAME,
    never("isReadOnly"),
    Field::bool("isEnabled", |f| Some(f.body::<Org>()?.enabled)),
    Field::int("deployedVMQuota", |f| Some(f.body::<Org>()?.deployed_vm_quota.into())),
    Field::int("storedVMQuota", |f| Some(f.body::<Org>()?.stored_vm_quota.into())),
    Field::text("displayName", |f| Some(f.body::<Org>()?.full_name.clone())),
    Field::bool("canPublishCatalogs", |f| Some(f.body::<Org>()?.can_publish_catalogs)),
    Field::int("numberOfCatalogs", |f| owned(f, Kind::Catalog)),
    Field::int("numberOfVdcs", |f| owned(f, Kind::Vdc)),
    Field::int("numberOfVApps", |f| owned(f, Kind::VApp)),
    zero("numberOfGroups"),
    Field::int("numberOfDisks", |f| owned(f, Kind::Disk)).since(V::V5_1),
];
