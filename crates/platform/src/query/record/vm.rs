//! `vm`, `adminVM`: machines of vApps and of templates. Invariant: `isVAppTemplate` tells them apart.

use super::common::{
    CATALOG_NAME, IS_BUSY, IS_PUBLISHED, IS_VDC_ENABLED, NAME, ORG, STATUS, STORAGE_PROFILE_NAME, VDC, catalog, datastore, hardware, host,
    is_deployed, never, server, unset, vc,
};
use super::facts::Facts;
use super::{Column, Field};
use vcdsim_model::clock::Time;
use vcdsim_model::entity::{Body, Entity};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vm::{Nic, TOOLS_VERSION};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion as V;

/// What networks of cards that are in none are called.
const NO_NETWORK: &str = "none";

fn container<'a>(f: &Facts<'a>) -> Option<&'a Entity> {
    let head = f.head()?;
    f.look(head.kind.parent()?, head.parent)
}

/// The card that records show: the first one that is in a network, else the first one.
fn nic<'a>(f: &Facts<'a>) -> Option<&'a Nic> {
    let nics = &hardware(f.entity()?)?.nics;
    nics.iter().find(|nic| nic.network != NO_NETWORK).or_else(|| nics.first())
}

fn moref(f: &Facts<'_>) -> Option<String> {
    match &f.entity()?.body {
        Body::Vm(vm) => Some(vm.moref.clone()),
        Body::TemplateVm(vm) => Some(vm.moref.clone()),
        _ => None,
    }
}

/// The network of its vApp that records show.
fn network(f: &Facts<'_>) -> Option<Urn> {
    let name = &nic(f)?.network;
    let inner = container(f)?.body::<VApp>()?.networks.iter().find(|inner| inner.name == *name)?;
    Some(Urn::new(Kind::Network, inner.id))
}

/// The datastore on which it lies: where it was moved, or where everything lies.
fn store<'a>(f: &Facts<'a>) -> Option<&'a Entity> {
    let moved = match &f.entity()?.body {
        Body::Vm(vm) => vm.upkeep.datastore,
        Body::TemplateVm(vm) => vm.datastore,
        _ => None,
    };
    f.look(Kind::Datastore, moved).or_else(|| datastore(f, server(f)?.id))
}

/// What a lease is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LeaseOf {
    Running,
    Kept,
}

/// When the lease of what holds the machine ends, if it is one of this sort.
fn lease_end(f: &Facts<'_>, sort: LeaseOf) -> Option<Time> {
    let container = container(f)?;
    let running = container.body::<VApp>().is_some_and(|vapp| vapp.deployed);
    (running == (sort == LeaseOf::Running)).then(|| container.lease().end()).flatten()
}

const CONTAINER_NAME: Field = Field::text("containerName", |f| Some(container(f)?.head.name.clone()));
const CONTAINER: Field = Field::reference("container", Kind::VApp, |f| Some(container(f)?.urn())).column(Column::Parent);
const OWNER: Field = Field::reference("owner", Kind::User, |f| container(f)?.head.owner.map(|id| Urn::new(Kind::User, id)));
const OWNER_NAME: Field = Field::text("ownerName", |f| f.name_of(Kind::User, container(f)?.head.owner));
const IS_VAPP_TEMPLATE: Field =
    Field::bool("isVAppTemplate", |f| Some(f.head()?.kind == Kind::TemplateVm)).column(Column::IsOf(Kind::TemplateVm));
const IS_DELETED: Field = never("isDeleted");
const GUEST_OS: Field = Field::text("guestOs", |f| Some(hardware(f.entity()?)?.os_name.clone()));
const NUMBER_OF_CPUS: Field = Field::int("numberOfCpus", |f| Some(hardware(f.entity()?)?.cpus.into()));
const MEMORY_MB: Field = Field::int("memoryMB", |f| Some(hardware(f.entity()?)?.memory_mb));
const NETWORK_NAME: Field = Field::text("networkName", |f| Some(nic(f)?.network.clone()));
const IP_ADDRESS: Field = Field::text("ipAddress", |f| nic(f)?.ip.clone());
const IS_DEPLOYED: Field = Field::bool("isDeployed", |f| Some(is_deployed(f.entity()?)));
/// Machines outside catalogs are not published.
const IS_MACHINE_PUBLISHED: Field =
    Field::bool(IS_PUBLISHED.name, |f| Some(catalog(f).and_then(Entity::body::<Catalog>).is_some_and(|catalog| catalog.published)));
/// `vmx-13` is 13.
const HARDWARE_VERSION: Field = Field::int("hardwareVersion", |f| hardware(f.entity()?)?.version.rsplit('-').next()?.parse().ok());
/// Whether it stands alone.
const IS_AUTO_NATURE: Field =
    Field::bool("isAutoNature", |f| Some(container(f)?.body::<VApp>().is_some_and(|vapp| vapp.auto_nature))).since(V::V30_0);
const GC_STATUS: Field = unset("gcStatus").since(V::V20_0);
const PROFILE: Field = STORAGE_PROFILE_NAME.since(V::V5_1);

pub(super) const FIELDS: &[Field] = &[
    NAME,
    CONTAINER_NAME,
    CONTAINER,
    OWNER_NAME.since(V::V9_0),
    OWNER.since(V::V9_0),
    VDC,
    IS_VAPP_TEMPLATE,
    IS_DELETED,
    GUEST_OS,
    NUMBER_OF_CPUS,
    MEMORY_MB,
    STATUS,
    NETWORK_NAME,
    Field::reference("network", Kind::Network, network).since(V::V9_0),
    IP_ADDRESS.since(V::V9_0),
    IS_BUSY,
    IS_DEPLOYED,
    IS_MACHINE_PUBLISHED,
    CATALOG_NAME,
    HARDWARE_VERSION,
    unset("vmToolsStatus").since(V::V29_0),
    Field::bool("isInMaintenanceMode", |f| Some(container(f)?.body::<VApp>().is_some_and(|vapp| vapp.in_maintenance))),
    IS_AUTO_NATURE,
    PROFILE,
    GC_STATUS,
    Field::time("autoUndeployDate", |f| lease_end(f, LeaseOf::Running)).since(V::V29_0),
    Field::time("autoDeleteDate", |f| lease_end(f, LeaseOf::Kept)).since(V::V29_0),
    never("isAutoUndeployNotified").since(V::V29_0),
    never("isAutoDeleteNotified").since(V::V29_0),
];

pub(super) const ADMIN_FIELDS: &[Field] = &[
    NAME,
    CONTAINER_NAME,
    CONTAINER,
    STATUS,
    VDC,
    Field::text("hostName", |f| Some(host(f, server(f)?.id)?.head.name.clone())),
    IS_VAPP_TEMPLATE,
    IS_DELETED,
    GUEST_OS,
    NUMBER_OF_CPUS,
    MEMORY_MB,
    NETWORK_NAME,
    IS_DEPLOYED,
    IS_MACHINE_PUBLISHED,
    CATALOG_NAME,
    IS_VDC_ENABLED,
    HARDWARE_VERSION,
    Field::int("vmToolsVersion", |f| f.entity().map(|_| TOOLS_VERSION)),
    Field::text("datastoreName", |f| Some(store(f)?.head.name.clone())),
    vc(server),
    Field::text("moref", moref),
    ORG,
    PROFILE,
    GC_STATUS,
    IS_AUTO_NATURE,
];

/// The row of a machine among those that take of a resource pool.
pub(super) const RESOURCE_POOL_FIELDS: &[Field] = &[
    NAME.since(V::V5_1),
    STATUS.since(V::V5_1),
    CONTAINER_NAME.since(V::V5_1),
    GUEST_OS.since(V::V5_1),
    IS_DEPLOYED.since(V::V5_1),
    IS_BUSY.since(V::V5_1),
    HARDWARE_VERSION.since(V::V5_1),
];
