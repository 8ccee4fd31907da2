//! `orgVdc`, `adminOrgVdc`. Invariant: counts and sums are over what lies in the VDC.

use super::Field;
use super::common::{DESCRIPTION, IS_BUSY, NAME, ORG, ORG_NAME, count, hardware, machines, runs, storage_used, unset, unset_int, vc, zero};
use super::facts::{Facts, Of};
use super::provider_vdc::readiness;
use uuid::Uuid;
use vcdsim_model::entity::{Body, Entity};
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vim_server::VimServer;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::version::ApiVersion as V;

fn inside(f: &Facts<'_>, kind: Kind) -> Option<i64> {
    count(f.group(kind, Of::Parent(f.head()?.id)).iter())
}

/// The machines in the vApps of the VDC.
fn vms<'a>(f: &Facts<'a>) -> Option<impl Iterator<Item = &'a Entity>> {
    let head = f.head()?;
    let vapps: Vec<Uuid> = f.group(Kind::VApp, Of::Parent(head.id)).iter().map(|vapp| vapp.head.id).collect();
    Some(machines(f, Of::Org(head.org?), move |vm| vm.head.parent.is_some_and(|vapp| vapps.contains(&vapp))))
}

fn deployed_vapps(f: &Facts<'_>) -> Option<i64> {
    let vapps = f.group(Kind::VApp, Of::Parent(f.head()?.id)).iter();
    count(vapps.filter(|vapp| matches!(&vapp.body, Body::VApp(VApp { deployed: true, .. }))))
}

fn provider<'a>(f: &Facts<'a>) -> Option<&'a Entity> {
    f.look(Kind::ProviderVdc, Some(f.body::<Vdc>()?.provider_vdc))
}

fn server<'a>(f: &Facts<'a>) -> Option<&'a Entity> {
    f.look(Kind::VimServer, Some(provider(f)?.body::<ProviderVdc>()?.vim_server))
}

/// The sum of the limits of its storage profiles; one without a limit leaves the VDC without.
fn storage_limit(f: &Facts<'_>) -> Option<i64> {
    let profiles = f.group(Kind::VdcStorageProfile, Of::Parent(f.head()?.id)).iter();
    let limits: Vec<i64> = profiles.filter_map(|profile| profile.body::<VdcStorageProfile>()).map(|profile| profile.limit_mb).collect();
    Some(if limits.contains(&0) { 0 } else { limits.iter().sum() })
}

const OWN_DESCRIPTION: Field = DESCRIPTION.since(V::V29_0);
const IS_ENABLED: Field = Field::bool("isEnabled", |f| Some(f.body::<Vdc>()?.enabled));
const CPU_ALLOCATION: Field = zero("cpuAllocationMhz");
const CPU_LIMIT: Field = Field::int("cpuLimitMhz", |f| Some(f.body::<Vdc>()?.cpu_limit_mhz));
const CPU_USED: Field = Field::int("cpuUsedMhz", |f| {
    let speed = f.body::<Vdc>()?.vcpu_mhz;
    Some(vms(f)?.filter(|vm| runs(&vm.head)).filter_map(hardware).map(|vm| i64::from(vm.cpus) * speed).sum())
});
const CPU_RESERVED: Field = zero("cpuReservedMhz").since(V::V30_0);
const MEMORY_ALLOCATION: Field = zero("memoryAllocationMB");
const MEMORY_LIMIT: Field = Field::int("memoryLimitMB", |f| Some(f.body::<Vdc>()?.memory_limit_mb));
const MEMORY_USED: Field =
    Field::int("memoryUsedMB", |f| Some(vms(f)?.filter(|vm| runs(&vm.head)).filter_map(hardware).map(|vm| vm.memory_mb).sum()));
const MEMORY_RESERVED: Field = zero("memoryReservedMB").since(V::V30_0);
const STORAGE_LIMIT: Field = Field::int("storageLimitMB", storage_limit);
const STORAGE_USED: Field = Field::int("storageUsedMB", |f| {
    let profiles: Vec<Uuid> = f.group(Kind::VdcStorageProfile, Of::Parent(f.head()?.id)).iter().map(|profile| profile.head.id).collect();
    Some(storage_used(f, Of::Org(f.head()?.org?), |profile| profiles.contains(&profile)))
});
const PROVIDER_VDC_NAME: Field = Field::text("providerVdcName", |f| Some(provider(f)?.head.name.clone()));
const PROVIDER_VDC: Field = Field::reference("providerVdc", Kind::ProviderVdc, |f| Some(provider(f)?.urn())).under(View::Admin);
const VAPPS: Field = Field::int("numberOfVApps", |f| inside(f, Kind::VApp));
const MEDIA: Field = Field::int("numberOfMedia", |f| inside(f, Kind::Media));
const DISKS: Field = Field::int("numberOfDisks", |f| inside(f, Kind::Disk)).since(V::V5_1);
const TEMPLATES: Field = Field::int("numberOfVAppTemplates", |f| inside(f, Kind::VAppTemplate));
const STATUS: Field = Field::word("status", |f| Some(readiness(f.entity()?)));
const PROFILES: Field = Field::int("numberOfStorageProfiles", |f| inside(f, Kind::VdcStorageProfile)).since(V::V5_1);
const VMS: Field = Field::int("numberOfVMs", |f| count(vms(f)?)).since(V::V30_0);
const RUNNING_VMS: Field = Field::int("numberOfRunningVMs", |f| count(vms(f)?.filter(|vm| runs(&vm.head)))).since(V::V30_0);
const UNIVERSAL_ID: Field = unset("networkPoolUniversalId").since(V::V30_0);
const DEPLOYED_VAPPS: Field = Field::int("numberOfDeployedVApps", deployed_vapps).since(V::V30_0);

pub(super) const FIELDS: &[Field] = &[
    NAME,
    OWN_DESCRIPTION,
    IS_ENABLED,
    CPU_ALLOCATION,
    CPU_LIMIT,
    CPU_USED,
    CPU_RESERVED,
    MEMORY_ALLOCATION,
    MEMORY_LIMIT,
    MEMORY_USED,
    MEMORY_RESERVED,
    STORAGE_LIMIT,
    STORAGE_USED,
    PROVIDER_VDC_NAME,
    PROVIDER_VDC,
    ORG_NAME,
    VAPPS,
    MEDIA,
    DISKS,
    TEMPLATES,
    IS_BUSY,
    STATUS,
    zero("numberOfDatastores"),
    PROFILES,
    VMS,
    RUNNING_VMS,
    UNIVERSAL_ID,
    DEPLOYED_VAPPS,
];

pub(super) const ADMIN_FIELDS: &[Field] = &[
    NAME,
    OWN_DESCRIPTION,
    IS_ENABLED,
    CPU_ALLOCATION,
    CPU_LIMIT,
    CPU_USED,
    zero("cpuOverheadMhz").since(V::V30_0),
    MEMORY_ALLOCATION,
    MEMORY_LIMIT,
    MEMORY_USED,
    zero("memoryOverheadMB").since(V::V30_0),
    STORAGE_LIMIT,
    STORAGE_USED,
    zero("storageOverheadMB").since(V::V30_0),
    PROVIDER_VDC_NAME,
    PROVIDER_VDC,
    ORG_NAME,
    ORG,
    unset_int("allocationModel").since(V::V30_0),
    VAPPS,
    MEDIA,
    DISKS,
    TEMPLATES,
    Field::text("vcName", |f| Some(server(f)?.head.name.clone())).since(V::V30_0),
    Field::bool("isVCEnabled", |f| Some(server(f)?.body::<VimServer>()?.enabled)).since(V::V30_0),
    Field::reference("task", Kind::Task, |f| f.head()?.busy.map(|id| Urn::new(Kind::Task, id))).since(V::V30_0),
    Field::word("taskStatus", |f| Some(f.other_task(f.head()?.busy?)?.status.name())).since(V::V30_0),
    Field::text("taskStatusName", |f| Some(f.other_task(f.head()?.busy?)?.operation.name().to_owned())).since(V::V30_0),
    IS_BUSY,
    STATUS,
    Field::text("taskDetails", |f| f.other_task(f.head()?.busy?)?.details.clone()).since(V::V30_0),
    Field::reference("networkPool", Kind::NetworkPool, |f| f.body::<Vdc>()?.network_pool.map(|id| Urn::new(Kind::NetworkPool, id)))
        .under(View::Extension),
    vc(|f| Some(server(f)?.urn())).since(V::V30_0),
    Field::int("numberOfResourcePools", |_| Some(1)).since(V::V30_0),
    PROFILES,
    CPU_RESERVED,
    MEMORY_RESERVED,
    VMS,
    UNIVERSAL_ID,
    RUNNING_VMS,
    DEPLOYED_VAPPS,
];
