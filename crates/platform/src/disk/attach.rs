//! Which machine has an independent disk. Invariant: machine and disk name each other, or neither does; a task that changes this holds both.

use crate::access::admit_in;
use crate::lease::at_disposal;
use crate::vapp::named;
use crate::vm;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::entity::{Res, Status};
use vcdsim_model::family::disk::{ATTACH, DETACH, Disk, IDE, READ, place};
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::power::resolved;
use vcdsim_store::Tx;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// `vappAttachDisk`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachDisk {
    /// The machine.
    pub vm: Uuid,
    /// The disk.
    pub disk: Urn,
    /// The bus, and the unit on it; `None` for the first that is free.
    pub place: Option<(i32, Option<i32>)>,
}

impl Operation for AttachDisk {
    const NAMES: &'static [Name] = &[Name::VappAttachDisk];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let (machine, disk) = parties(cx, &ATTACH, self.vm, self.disk).await?;
        let name = &disk.head().name;
        if disk.body().attached_to.is_some() {
            return Err(Fault::bad_request(format!("The disk \"{name}\" is attached to a virtual machine already.")));
        }
        if disk.body().bus.number == IDE && machine.head().status == Status::PoweredOn {
            let message = format!("The virtual machine \"{}\" runs, and IDE disks cannot be attached meanwhile.", machine.head().name);
            return Err(Fault::bad_request(message));
        }
        place(machine.body(), self.disk.id, &disk.body().bus, self.place)?;
        seize(cx, &machine, &disk).await
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let (reader, vm) = (cx.tx.read(), self.vm);
        let (machine, disk) = (reader.get::<Vm>(vm).await?, reader.get::<Disk>(self.disk.id).await?);
        let attached = place(machine.body(), self.disk.id, &disk.body().bus, self.place)?;
        cx.tx.update_body::<Vm>(vm, |_, machine| machine.attached.push(attached)).await?;
        cx.tx.update_body::<Disk>(self.disk.id, |_, disk| disk.attached_to = Some(vm)).await.map(drop)
    }
}

/// `vappDetachDisk`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetachDisk {
    /// The machine.
    pub vm: Uuid,
    /// The disk.
    pub disk: Urn,
}

impl Operation for DetachDisk {
    const NAMES: &'static [Name] = &[Name::VappDetachDisk];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let (machine, disk) = parties(cx, &DETACH, self.vm, self.disk).await?;
        if disk.body().attached_to != Some(self.vm) {
            let message = format!("The disk \"{}\" is not attached to the virtual machine \"{}\".", disk.head().name, machine.head().name);
            return Err(Fault::bad_request(message));
        }
        seize(cx, &machine, &disk).await
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let disk = self.disk.id;
        cx.tx.update_body::<Vm>(self.vm, |_, machine| machine.attached.retain(|attached| attached.disk != disk)).await?;
        cx.tx.update_body::<Disk>(disk, |_, disk| disk.attached_to = None).await.map(drop)
    }
}

/// Machine and disk, when the caller may do this to the one and see the other.
async fn parties(cx: &Prepare<'_, '_>, action: &Action, vm: Uuid, disk: Urn) -> Result<(Res<Vm>, Res<Disk>), Fault> {
    let machine = admit_in::<Vm>(cx, action, vm).await?;
    let vapp = vm::parent(cx.tx, &machine).await?;
    at_disposal(&vapp)?;
    let readable = cx.caller.is_none_or(|caller| READ.need.met_by(caller));
    let found = Res::<Disk>::new(named(cx, "Disk", disk).await?).filter(|_| readable);
    let found = found.ok_or_else(|| Fault::invalid_reference("Disk", &disk.to_string()))?;
    resolved(found.entity())?;
    if found.head().parent != vapp.head().parent {
        let message =
            format!("The disk \"{}\" lies in another VDC than the virtual machine \"{}\".", found.head().name, machine.head().name);
        return Err(Fault::bad_request(message));
    }
    Ok((machine, found))
}

async fn seize(cx: &mut Prepare<'_, '_>, machine: &Res<Vm>, disk: &Res<Disk>) -> Result<Subject, Fault> {
    cx.lock(machine.urn()).await?;
    cx.lock(disk.urn()).await?;
    Ok(Subject::of(machine.head()))
}

/// Frees the disks of a machine that goes. They need not be held: only who holds the machine could change whose they are.
pub(crate) async fn release(tx: &mut Tx<'_>, machine: &Res<Vm>) -> Result<(), Fault> {
    for attached in &machine.body().attached {
        tx.update_body::<Disk>(attached.disk, |_, disk| disk.attached_to = None).await?;
    }
    Ok(())
}
