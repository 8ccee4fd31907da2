//! Relations between objects: disks and machines, vApps and the networks above them, VDCs and what vCenter gives them. Invariant: a relation
//! has a row exactly as long as it holds.

use super::Field;
use super::common::{NAME, ORG, OWNER_NAME, STATUS, VDC, always, count, never, vc, zero};
use super::facts::Facts;
use super::part::{Part, Parts};
use super::provider_vdc::inside;
use std::sync::Arc;
use vcdsim_model::entity::{Entity, Resource};
use vcdsim_model::family::datastore::Datastore;
use vcdsim_model::family::disk::Disk;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vim_server::VimServer;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::version::ApiVersion as V;

/// A disk and the machine that it is attached to.
pub(super) static DISK_AND_VM: Parts = Parts {
    kind: Kind::Disk,
    beside: None,
    split: |disk, _| {
        let attached = disk.body::<Disk>().and_then(|body| body.attached_to);
        attached.map(|_| Part::new(disk, 0)).into_iter().collect()
    },
};

/// A vApp and each network of its VDC that it is connected to; what it leads to is the vApp.
pub(super) static VAPP_AND_NETWORK: Parts = Parts { kind: Kind::VApp, beside: Some(Kind::Network), split: connections };

fn connections(vapp: &Arc<Entity>, networks: &[Arc<Entity>]) -> Vec<Part> {
    let inner = vapp.body::<VApp>().map(|body| body.networks.as_slice()).unwrap_or_default();
    let leads = |network: &Arc<Entity>| inner.iter().position(|inner| inner.parent == Some(network.head.id));
    let part = |index, network| Part::new(vapp, index).named(&vapp.head.name).at(vapp.urn()).with(network);
    networks.iter().filter_map(|network| Some(part(leads(network)?, network))).collect()
}

/// A VDC and the resource pool of its provider VDC, out of which its machines run.
pub(super) static VDC_AND_POOL: Parts = Parts { kind: Kind::Vdc, beside: Some(Kind::ProviderVdc), split: pool_of_vdc };

fn pool_of_vdc(vdc: &Arc<Entity>, providers: &[Arc<Entity>]) -> Vec<Part> {
    let Some(id) = vdc.body::<Vdc>().map(|body| body.provider_vdc) else { return Vec::new() };
    providers.iter().filter(|provider| provider.head.id == id).map(|provider| Part::new(vdc, 0).with(provider)).collect()
}

/// A provider VDC and its resource pool, which is called as vCenter calls it.
pub(super) static PROVIDER_AND_POOL: Parts = Parts { kind: Kind::ProviderVdc, beside: Some(Kind::VimServer), split: pool_of_provider };

fn pool_of_provider(provider: &Arc<Entity>, servers: &[Arc<Entity>]) -> Vec<Part> {
    let Some(body) = provider.body::<ProviderVdc>() else { return Vec::new() };
    let named = |server: &Arc<Entity>| {
        let pools = &server.body::<VimServer>()?.resource_pools;
        let name = pools.iter().find(|(moref, _)| *moref == body.resource_pool).map_or(&body.resource_pool, |(_, name)| name);
        Some(Part::new(provider, 0).named(name).with(server))
    };
    servers.iter().filter(|server| server.head.id == body.vim_server).filter_map(named).collect()
}

/// A provider VDC and each datastore that it may put something on: those of its vCenter server.
pub(super) static PROVIDER_AND_DATASTORE: Parts = Parts { kind: Kind::ProviderVdc, beside: Some(Kind::Datastore), split: datastores };

fn datastores(provider: &Arc<Entity>, all: &[Arc<Entity>]) -> Vec<Part> {
    let Some(server) = provider.body::<ProviderVdc>().map(|body| body.vim_server) else { return Vec::new() };
    let its = |store: &&Arc<Entity>| store.body::<Datastore>().is_some_and(|body| body.vim_server == server);
    all.iter().filter(its).enumerate().map(|(index, store)| Part::new(provider, index).named(&store.head.name).with(store)).collect()
}

/// The object to which the relation leads.
fn other<'a>(f: &Facts<'a>) -> Option<&'a Entity> {
    f.part()?.other.as_deref()
}

fn beside<'a, R: Resource>(f: &Facts<'a>) -> Option<&'a R> {
    other(f)?.body()
}

const ENTITY: fn(&Facts<'_>) -> Option<Urn> = |f| Some(f.entity()?.urn());
const OTHER: fn(&Facts<'_>) -> Option<Urn> = |f| Some(other(f)?.urn());

pub(super) const DISK_AND_VM_FIELDS: &[Field] = &[
    VDC.since(V::V5_1),
    Field::reference("disk", Kind::Disk, ENTITY).since(V::V5_1),
    Field::reference("vm", Kind::Vm, |f| Some(Urn::new(Kind::Vm, f.body::<Disk>()?.attached_to?))).since(V::V5_1),
];

pub(super) const VAPP_AND_NETWORK_FIELDS: &[Field] = &[
    Field::word("entityType", |f| Some(f.entity()?.head.kind.info().urn)).since(V::V5_1),
    NAME.since(V::V5_1),
    ORG.since(V::V5_1),
    Field::reference("orgVdcNetwork", Kind::Network, OTHER).under(View::Admin).since(V::V5_1),
    Field::text("orgVdcNetworkName", |f| Some(other(f)?.head.name.clone())).since(V::V5_1),
    STATUS.since(V::V5_1),
    OWNER_NAME.since(V::V5_1),
];

/// The same by the words of before 5.1.
pub(super) const VAPP_AND_ORG_NETWORK_FIELDS: &[Field] = &[
    NAME,
    ORG,
    Field::reference("orgNetwork", Kind::Network, OTHER),
    Field::text("orgNetworkName", |f| Some(other(f)?.head.name.clone())),
    Field::text("configurationType", |f| Some(f.body::<VApp>()?.networks.get(f.part()?.index)?.fence_mode.clone())),
    STATUS,
    OWNER_NAME,
];

pub(super) const VDC_AND_POOL_FIELDS: &[Field] = &[
    Field::reference("vdc", Kind::Vdc, ENTITY).under(View::Admin),
    vc(|f| Some(Urn::new(Kind::VimServer, beside::<ProviderVdc>(f)?.vim_server))),
    Field::text("resourcePoolMoref", |f| Some(beside::<ProviderVdc>(f)?.resource_pool.clone())),
];

const PROVIDER_VDC: Field = Field::reference("providerVdc", Kind::ProviderVdc, ENTITY).under(View::Admin);

pub(super) const PROVIDER_AND_POOL_FIELDS: &[Field] = &[
    NAME,
    Field::text("resourcePoolMoref", |f| Some(f.body::<ProviderVdc>()?.resource_pool.clone())),
    Field::int("cpuReservationLimitMhz", |f| Some(f.body::<ProviderVdc>()?.cpu_mhz)),
    zero("cpuReservationAllocationMhz"),
    Field::bool("isEnabled", |f| Some(f.body::<ProviderVdc>()?.enabled)),
    Field::int("memoryReservationLimitMB", |f| Some(f.body::<ProviderVdc>()?.memory_mb)),
    zero("memoryReservationAllocationMB"),
    // A provider VDC has one resource pool.
    always("isPrimary"),
    PROVIDER_VDC,
    vc(OTHER),
    Field::text("vcName", |f| Some(other(f)?.head.name.clone())),
    Field::int("numberOfVMs", |f| count(inside(f)?)),
];

pub(super) const PROVIDER_AND_DATASTORE_FIELDS: &[Field] = &[
    NAME,
    Field::text("datastoreType", |f| Some(beside::<Datastore>(f)?.fs_type.clone())),
    always("isEnabled"),
    never("isDeleted"),
    zero("storageUsedMB"),
    Field::int("storageMB", |f| Some(beside::<Datastore>(f)?.capacity_mb)),
    zero("provisionedStorageMB"),
    zero("requestedStorageMB"),
    vc(|f| Some(Urn::new(Kind::VimServer, beside::<Datastore>(f)?.vim_server))),
    Field::text("vcName", |f| f.name_of(Kind::VimServer, Some(beside::<Datastore>(f)?.vim_server))),
    Field::text("moref", |f| Some(beside::<Datastore>(f)?.moref.clone())),
    PROVIDER_VDC,
    Field::reference("datastore", Kind::Datastore, OTHER).under(View::Extension),
];
