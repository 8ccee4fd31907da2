//! Machines that go from one vApp to another. Invariant: a machine that is moved stays the same machine, with its id, its hardware addresses
//! and its disks; until it arrives it is held and lies where it lay.

use super::build::{self, Machine, Site};
use super::create::ItemRequest;
use super::{address, alone, mac, named, source};
use crate::access::admit_in;
use crate::lease::at_disposal;
use crate::{affinity, quota, vm};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Entity, Res, Status};
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::{Nic, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::Tx;
use vcdsim_task_engine::Prepare;

/// The machines that are to be moved into a VDC, when each can be: it is off, it may be taken from its vApp, and that is not the one that it comes to.
pub(super) async fn admit(cx: &Prepare<'_, '_>, items: &[ItemRequest], vdc: &Res<Vdc>, into: Option<Uuid>) -> Result<Vec<Urn>, Fault> {
    let mut found = Vec::new();
    for item in items.iter().filter(|item| item.moves) {
        let source = named(cx, "Source", item.source).await?;
        if source.head.kind != Kind::Vm {
            let urn = item.source;
            return Err(Fault::bad_request(format!("With sourceDelete a Source must be a virtual machine of a vApp, not {urn}.")));
        }
        let machine = admit_in::<Vm>(cx, &vm::DELETE, item.source.id).await?;
        let from = vm::parent(cx.tx, &machine).await?;
        at_disposal(&from)?;
        let name = &machine.head().name;
        let wrong = |why: &str| Err(Fault::bad_request(format!("Virtual Machine \"{name}\" cannot be moved: {why}.")));
        match () {
            () if Some(from.head().id) == into => return wrong("it lies in this vApp"),
            () if found.contains(&machine.urn()) => return wrong("it is named twice"),
            () if machine.head().status != Status::PoweredOff => return wrong("it must be powered off"),
            () if !machine.body().attached.is_empty() && from.head().parent != Some(vdc.head().id) => {
                return wrong("it has independent disks, which stay in their VDC; detach them first");
            }
            () if machine.head().org != vdc.head().org => return wrong("it belongs to another organization"),
            () => found.push(machine.urn()),
        }
        if from.body().auto_nature {
            found.push(from.urn());
        }
    }
    Ok(found)
}

/// The machines as they will be.
pub(super) async fn plan(tx: &mut Tx<'_>, items: &[ItemRequest], site: &Site, vdc: &Res<Vdc>) -> Result<Vec<Machine>, Fault> {
    let mut machines = Vec::new();
    for item in items.iter().filter(|item| item.moves) {
        let there = tx.read().get::<Vm>(item.source.id).await?;
        let from = vm::parent(tx, &there).await?;
        machines.push(one(tx, &there, item, site, from.head().parent == Some(vdc.head().id))?);
    }
    Ok(machines)
}

/// A machine as it will be: what a copy would be, but for what makes it itself.
fn one(tx: &mut Tx<'_>, there: &Res<Vm>, item: &ItemRequest, site: &Site, same_vdc: bool) -> Result<Machine, Fault> {
    let former = source::source(there.entity()).ok_or_else(Fault::internal)?;
    let copy = build::machine(tx, &former, Some(item), site)?;
    let (old, mut hardware) = (there.body(), copy.body.hardware);
    for nic in &mut hardware.nics {
        let same = old.hardware.nics.iter().find(|former| former.index == nic.index);
        let asked = item.nics.iter().flatten().any(|asked| asked.index == nic.index && asked.mac.is_some());
        if let Some(Nic { mac, .. }) = same.filter(|_| !asked) {
            nic.mac.clone_from(mac);
        }
    }
    let mut guest = old.guest.clone();
    guest.enabled = copy.body.guest.enabled;
    guest.computer_name = item.computer_name.clone().unwrap_or(guest.computer_name);
    let keeps_profile = same_vdc && item.storage_profile.is_none();
    if keeps_profile {
        hardware.disks.clone_from(&old.hardware.disks);
    }
    let body = Vm {
        hardware,
        guest,
        needs_customization: item.customize.unwrap_or(old.needs_customization),
        storage_profile: if keeps_profile { old.storage_profile } else { copy.body.storage_profile },
        products: copy.body.products,
        sizing_policy: if same_vdc && item.sizing_policy.is_none() { old.sizing_policy } else { copy.body.sizing_policy },
        ..old.clone()
    };
    Ok(Machine { body, ..copy })
}

/// Lets the machines lie in a vApp from now on; answers which they are.
pub(super) async fn arrive(tx: &mut Tx<'_>, items: &[ItemRequest], vapp: Uuid) -> Result<Vec<Urn>, Fault> {
    let items: Vec<_> = items.iter().filter(|item| item.moves).collect();
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let here = tx.read().get::<VApp>(vapp).await?;
    let vdc = tx.read().get::<Vdc>(here.head().parent.ok_or_else(Fault::internal)?).await?;
    let site = Site::of(&tx.read(), &vdc, here.body().networks.clone()).await?;
    for item in &items {
        let there = tx.read().get::<Vm>(item.source.id).await?;
        let from = vm::parent(tx, &there).await?;
        let mut machine = one(tx, &there, item, &site, from.head().parent == here.head().parent)?;
        if machine.names_macs {
            mac::settle(tx, &mut machine.body.hardware.nics, Some(item.source.id)).await?;
        }
        let profile = machine.body.storage_profile;
        tx.update(item.source, |entity: &mut Entity| {
            (entity.head.parent, entity.head.owner, entity.head.name) = (Some(vapp), here.head().owner, machine.name);
            entity.head.description = machine.description;
            entity.body = vcdsim_model::entity::Resource::wrap(machine.body);
        })
        .await?;
        alone::left(tx, &from).await?;
        if from.head().parent != here.head().parent {
            affinity::forget(tx, &there).await?;
            quota::machines_fit(&tx.read(), vdc.head().id, profile).await?;
        }
    }
    address::check(tx, vapp).await?;
    Ok(items.iter().map(|item| item.source).collect())
}
