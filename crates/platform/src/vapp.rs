//! vApps: what their operations share. Invariant: a vApp's status and `deployed` follow from its machines whenever one of them changes.

pub(crate) mod address;
mod alone;
mod blank;
mod build;
mod create;
mod delete;
mod mac;
mod maintenance;
mod moved;
pub(crate) mod network;
mod recompose;
mod source;
mod update;

pub use blank::{BlankDisk, BlankRequest};
pub use build::own_scope;
pub(crate) use build::{asked_nic, check_name, check_names, computer_name, sizing_policy};
pub use create::{CreateVApp, ItemRequest, NetworkRequest, NicRequest, Way};
pub use delete::Delete;
pub(crate) use mac::{mac, moref, refuse_taken};
pub use maintenance::{EnterMaintenance, ExitMaintenance};
pub use network::{NetworkChange, UpdateNetworks, home as network_home};
pub use recompose::Recompose;
pub use update::UpdateVApp;

use crate::access;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Body, Entity, Res, Status};
use vcdsim_model::family::vapp::roll_up;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::power::is_deployed;
use vcdsim_store::Tx;
use vcdsim_task_engine::Prepare;

/// Makes a vApp stand as its machines do. When it is there, and whenever it is deployed or undeployed, another lease begins. A vApp that
/// could not be made stays so until it is deleted, even if its machines go before it.
pub(crate) async fn refresh(tx: &mut Tx<'_>, id: Uuid) -> Result<(), Fault> {
    let machines = made(tx.read().children::<Vm>(id).await?);
    let status = roll_up(machines.iter().map(|machine| machine.head().status), Status::Resolved);
    let deployed = machines.iter().any(|machine| machine.body().deployed);
    let snapshots = machines.iter().any(|machine| machine.body().snapshot.is_some());
    let now = tx.now();
    let change = |vapp: &mut Entity| {
        let begins = vapp.head.status == Status::Unresolved || is_deployed(vapp) != deployed;
        if vapp.head.status != Status::FailedCreation {
            vapp.head.status = status;
        }
        if let Body::VApp(body) = &mut vapp.body {
            (body.deployed, body.snapshots) = (deployed, snapshots);
        }
        if begins {
            vapp.begin_lease(now);
        }
    };
    tx.update(Urn::new(Kind::VApp, id), change).await?;
    network::settle(tx, id).await
}

/// Those of a vApp's machines that are there: none that is being made, and none that could not be made.
pub(crate) fn made(machines: Vec<Res<Vm>>) -> Vec<Res<Vm>> {
    machines.into_iter().filter(|machine| machine.head().status.is_made()).collect()
}

/// Locks a vApp and all its machines.
pub(crate) async fn lock_whole(cx: &mut Prepare<'_, '_>, id: Uuid) -> Result<(), Fault> {
    cx.lock(Urn::new(Kind::VApp, id)).await?;
    for machine in cx.tx.read().children::<Vm>(id).await? {
        cx.lock(machine.urn()).await?;
    }
    Ok(())
}

/// An object that a request's body names.
pub(crate) async fn named(cx: &Prepare<'_, '_>, what: &str, urn: Urn) -> Result<Arc<Entity>, Fault> {
    access::named(&cx.tx.read(), cx.caller.ok_or_else(Fault::internal)?, what, urn).await
}
