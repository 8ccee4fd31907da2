//! `orgVdcStorageProfile` with its admin twin, `providerVdcStorageProfile`. Invariant: what is used is what objects say that they take (`Entity::storage`).

use super::Field;
use super::common::{NAME, ORG, VDC, VDC_NAME, storage_used, unset, vc, zero};
use super::facts::{Facts, Of};
use uuid::Uuid;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::storage_profile::{ProviderStorageProfile, VdcStorageProfile};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::version::ApiVersion as V;

/// The storage that is taken of one VDC's share, in MB.
fn used(f: &Facts<'_>) -> Option<i64> {
    let head = f.head()?;
    Some(storage_used(f, Of::Org(head.org?), |profile| profile == head.id))
}

/// The vCenter server behind a provider VDC.
fn vim_server(f: &Facts<'_>, provider_vdc: Option<Uuid>) -> Option<Urn> {
    Some(Urn::new(Kind::VimServer, f.look(Kind::ProviderVdc, provider_vdc)?.body::<ProviderVdc>()?.vim_server))
}

/// The shares that VDCs have in the provider's profile of the row.
fn shares<'a>(f: &Facts<'a>) -> Option<impl Iterator<Item = (Uuid, &'a VdcStorageProfile)>> {
    let id = f.head()?.id;
    let all = f.group(Kind::VdcStorageProfile, Of::Cloud).iter();
    let all = all.filter_map(|share| Some((share.head.id, share.body::<VdcStorageProfile>()?)));
    Some(all.filter(move |(_, share)| share.provider_profile == id))
}

fn provider_used(f: &Facts<'_>) -> Option<i64> {
    let ids: Vec<Uuid> = shares(f)?.map(|(id, _)| id).collect();
    Some(storage_used(f, Of::Cloud, |profile| ids.contains(&profile)))
}

const IS_ENABLED: Field = Field::bool("isEnabled", |f| Some(f.body::<VdcStorageProfile>()?.enabled)).since(V::V5_1);
const IS_DEFAULT: Field = Field::bool("isDefaultStorageProfile", |f| Some(f.body::<VdcStorageProfile>()?.default)).since(V::V5_1);
const STORAGE_USED: Field = Field::int("storageUsedMB", used).since(V::V5_1);
const STORAGE_LIMIT: Field = Field::int("storageLimitMB", |f| Some(f.body::<VdcStorageProfile>()?.limit_mb)).since(V::V5_1);
const IOPS_ALLOCATED: Field = zero("iopsAllocated").since(V::V9_0);
const IOPS_LIMIT: Field = zero("iopsLimit").since(V::V9_0);
const CONDITIONS: Field = zero("numberOfConditions").since(V::V5_1);
const MOREF: Field = unset("storageProfileMoref").since(V::V5_1);

pub(super) const FIELDS: &[Field] = &[
    NAME.since(V::V5_1),
    IS_ENABLED,
    IS_DEFAULT,
    STORAGE_USED,
    STORAGE_LIMIT,
    IOPS_ALLOCATED,
    IOPS_LIMIT,
    CONDITIONS,
    VDC.since(V::V5_1),
    VDC_NAME.since(V::V5_1),
    Field::bool("isVdcBusy", |f| Some(f.vdc()?.head.busy.is_some())).since(V::V5_1),
];

pub(super) const ADMIN_FIELDS: &[Field] = &[
    NAME.since(V::V5_1),
    IS_ENABLED,
    IS_DEFAULT,
    STORAGE_USED,
    STORAGE_LIMIT,
    IOPS_ALLOCATED,
    IOPS_LIMIT,
    CONDITIONS,
    VDC.since(V::V5_1),
    VDC_NAME.since(V::V5_1),
    ORG.since(V::V5_1),
    vc(|f| {
        let profile = f.look(Kind::ProviderStorageProfile, Some(f.body::<VdcStorageProfile>()?.provider_profile))?;
        vim_server(f, profile.head.parent)
    })
    .since(V::V5_1),
    MOREF,
];

pub(super) const PROVIDER_FIELDS: &[Field] = &[
    Field::bool("isEnabled", |f| Some(f.body::<ProviderStorageProfile>()?.enabled)).since(V::V5_1),
    NAME.since(V::V5_1),
    Field::int("storageTotalMB", |f| Some(f.body::<ProviderStorageProfile>()?.capacity_mb)).since(V::V5_1),
    Field::int("storageUsedMB", provider_used).since(V::V5_1),
    Field::int("storageRequestedMB", |f| Some(shares(f)?.map(|(_, share)| share.limit_mb).sum())).since(V::V5_1),
    Field::int("storageProvisionedMB", provider_used).since(V::V5_1),
    CONDITIONS,
    Field::reference("providerVdc", Kind::ProviderVdc, |f| f.head()?.parent.map(|id| Urn::new(Kind::ProviderVdc, id)))
        .under(View::Admin)
        .since(V::V5_1),
    vc(|f| vim_server(f, f.head()?.parent)).since(V::V5_1),
    MOREF,
    zero("iopsCapacity").since(V::V27_0),
    zero("iopsAllocated").since(V::V27_0),
];
