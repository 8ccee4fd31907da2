//! Virtual machines: what their operations share. Invariant: a machine lies in exactly one vApp.

mod console;
pub(crate) mod drives;
mod edit;
mod maintain;
mod power;
mod snapshot;
mod upkeep;

pub use console::ConsoleTicket;
pub use drives::{DriveRequest, EjectMedia, InsertMedia};
pub(crate) use edit::check_place;
pub use edit::{BootRequest, Changes, CpuRequest, DiskRequest, EditVm, GuestRequest, NicsRequest, SystemRequest};
pub use maintain::MaintainVm;
pub use power::Power;
pub use snapshot::Snapshots;
pub use upkeep::{CheckCompliance, CustomizeAtNextPowerOn, UpgradeHardware};
pub(crate) use vcdsim_model::family::vm::{DELETE, FORCE_DELETE};

use crate::{affinity, disk};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Entity, Res};
use vcdsim_model::family::datastore::Datastore;
use vcdsim_model::family::host::Host;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::{Hardware, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader, Tx};

/// Lets a machine have the bytes of another one's disks, of which its own are copies.
pub(crate) fn copy_contents(tx: &mut Tx<'_>, from: Uuid, to: Uuid, hardware: &Hardware) {
    for disk in hardware.disks.iter().filter(|disk| disk.content.is_some()) {
        tx.copy_blob((from, disk.file()), (to, disk.file()));
    }
}

/// What the provider's view of machines names beside them: the vCenter that runs the machines of a VDC, a host and a datastore of it.
/// Nothing for objects that neither are machines nor hold any.
pub(crate) async fn backing(reader: &Reader<'_>, entity: &Entity) -> Result<Vec<Arc<Entity>>, Fault> {
    let parent = |entity: &Entity| entity.head.kind.parent().zip(entity.head.parent).map(|(kind, id)| Urn::new(kind, id));
    let holder = match entity.head.kind {
        Kind::VApp | Kind::VAppTemplate => Some(entity.urn()),
        Kind::Vm | Kind::TemplateVm => parent(entity),
        _ => None,
    };
    let Some(holder) = holder else { return Ok(Vec::new()) };
    let Some(vdc) = reader.entity(holder).await?.and_then(|holder| parent(&holder)) else { return Ok(Vec::new()) };
    let Some(server) = vim_server(reader, vdc.id).await? else { return Ok(Vec::new()) };
    let host = first(reader, Kind::Host, |entity| entity.body::<Host>().is_some_and(|host| host.vim_server == server)).await?;
    let of_server = |entity: &Entity| entity.body::<Datastore>().is_some_and(|datastore| datastore.vim_server == server);
    let datastore = first(reader, Kind::Datastore, of_server).await?;
    Ok([reader.entity(Urn::new(Kind::VimServer, server)).await?, host, datastore].into_iter().flatten().collect())
}

/// The vCenter server behind a VDC.
async fn vim_server(reader: &Reader<'_>, vdc: Uuid) -> Result<Option<Uuid>, Fault> {
    let Some(vdc) = reader.find::<Vdc>(vdc).await? else { return Ok(None) };
    Ok(reader.find::<ProviderVdc>(vdc.body().provider_vdc).await?.map(|provider| provider.body().vim_server))
}

async fn first(reader: &Reader<'_>, kind: Kind, fits: impl Fn(&Entity) -> bool) -> Result<Option<Arc<Entity>>, Fault> {
    Ok(reader.list(EntityFilter::kind(kind)).await?.into_iter().find(|entity| fits(entity)))
}

/// Frees what a machine has that goes: its independent disks, and its places in rules.
pub(crate) async fn release(tx: &mut Tx<'_>, machine: &Res<Vm>) -> Result<(), Fault> {
    disk::release(tx, machine).await?;
    affinity::forget(tx, machine).await
}

/// The vApp of a machine.
pub(crate) async fn parent(tx: &Tx<'_>, machine: &Res<Vm>) -> Result<Res<VApp>, Fault> {
    let id = machine.head().parent.ok_or_else(Fault::internal)?;
    tx.read().get::<VApp>(id).await
}
