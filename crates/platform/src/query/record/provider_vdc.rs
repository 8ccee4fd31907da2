//! `providerVdc`. Invariant: what is used is what machines in its organization VDCs use.

use super::Field;
use super::common::{IS_BUSY, NAME, count, hardware, machines, never, runs, storage_used, unset_int, zero};
use super::facts::{Facts, Of};
use uuid::Uuid;
use vcdsim_model::entity::{Entity, Status};
use vcdsim_model::family::datastore::Datastore;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion as V;

fn vdcs(f: &Facts<'_>) -> Option<Vec<Uuid>> {
    let id = f.head()?.id;
    let all = f.group(Kind::Vdc, Of::Cloud).iter();
    Some(all.filter(|vdc| vdc.body::<Vdc>().is_some_and(|body| body.provider_vdc == id)).map(|vdc| vdc.head.id).collect())
}

/// The machines in its organization VDCs.
pub(super) fn inside<'a>(f: &Facts<'a>) -> Option<impl Iterator<Item = &'a Entity>> {
    let vdcs = vdcs(f)?;
    let vapps = f.group(Kind::VApp, Of::Cloud).iter();
    let vapps: Vec<Uuid> = vapps.filter(|vapp| vapp.head.parent.is_some_and(|vdc| vdcs.contains(&vdc))).map(|vapp| vapp.head.id).collect();
    Some(machines(f, Of::Cloud, move |vm| vm.head.parent.is_some_and(|vapp| vapps.contains(&vapp))))
}

/// What the machines that run use, at the speed that their VDCs give a processor.
fn cpu_used(f: &Facts<'_>) -> Option<i64> {
    let speed = |vm: &Entity| f.vdc_of(vm)?.body::<Vdc>().map(|vdc| vdc.vcpu_mhz);
    let used = |vm: &Entity| Some(i64::from(hardware(vm)?.cpus) * speed(vm)?);
    Some(inside(f)?.filter(|vm| runs(&vm.head)).filter_map(used).sum())
}

fn datastores(f: &Facts<'_>) -> Option<i64> {
    let server = f.body::<ProviderVdc>()?.vim_server;
    let all = f.group(Kind::Datastore, Of::Cloud).iter();
    count(all.filter(|store| store.body::<Datastore>().is_some_and(|body| body.vim_server == server)))
}

/// The storage that is taken of its storage profiles, in MB.
fn storage(f: &Facts<'_>) -> Option<i64> {
    let own: Vec<Uuid> = f.group(Kind::ProviderStorageProfile, Of::Parent(f.head()?.id)).iter().map(|profile| profile.head.id).collect();
    let shares = f.group(Kind::VdcStorageProfile, Of::Cloud).iter();
    let shares = shares.filter(|share| share.body::<VdcStorageProfile>().is_some_and(|share| own.contains(&share.provider_profile)));
    let shares: Vec<Uuid> = shares.map(|share| share.head.id).collect();
    Some(storage_used(f, Of::Cloud, |profile| shares.contains(&profile)))
}

/// `READY` once it is there.
pub(super) fn readiness(entity: &Entity) -> &'static str {
    match entity.head.status {
        Status::FailedCreation => "FAILED_CREATION",
        Status::Unresolved => "NOT_READY",
        _ => "READY",
    }
}

pub(super) const FIELDS: &[Field] = &[
    NAME,
    Field::bool("isEnabled", |f| Some(f.body::<ProviderVdc>()?.enabled)),
    never("isDeleted"),
    unset_int("vcpuRatingMhz"),
    Field::int("cpuUsedMhz", cpu_used),
    Field::int("cpuLimitMhz", |f| Some(f.body::<ProviderVdc>()?.cpu_mhz)),
    zero("cpuAllocationMhz"),
    Field::int("memoryUsedMB", |f| Some(inside(f)?.filter(|vm| runs(&vm.head)).filter_map(hardware).map(|vm| vm.memory_mb).sum())),
    Field::int("memoryLimitMB", |f| Some(f.body::<ProviderVdc>()?.memory_mb)),
    zero("memoryAllocationMB"),
    Field::int("storageUsedMB", storage),
    Field::int("storageLimitMB", |f| Some(f.body::<ProviderVdc>()?.storage_mb)),
    zero("storageAllocationMB"),
    Field::int("numberOfDatastores", datastores),
    Field::int("numberOfVdcs", |f| count(vdcs(f)?.iter())),
    IS_BUSY,
    Field::word("status", |f| Some(readiness(f.entity()?))),
    Field::int("numberOfStorageProfiles", |f| count(f.group(Kind::ProviderStorageProfile, Of::Parent(f.head()?.id)).iter())).since(V::V5_1),
];
