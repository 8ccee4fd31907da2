//! Editing machines: name, hardware, network cards, guest. Invariant: what a request leaves out stays as it is, and each thing that changes
//! needs its own right, wherever it is asked for.

mod boot;
mod compute;
mod config;
mod disks;
mod guest;
mod nics;

pub use boot::BootRequest;
pub use compute::{CpuRequest, SystemRequest};
pub use disks::DiskRequest;
pub(crate) use disks::check_place;
pub use guest::GuestRequest;
pub use nics::NicsRequest;

use super::drives::{self, DriveRequest};
use super::parent;
use crate::access::admit_in;
use crate::lease::at_disposal;
use crate::name::check_new_name;
use crate::quota;
use crate::vapp::{address, network, sizing_policy};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Body, Entity, Head, Res, Status};
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vapp::{NetworkConfig, VApp};
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::{Edit, Hardware, HotAdd, SerialPort, Vm};
use vcdsim_model::hardware::{GENERATIONS, Generation};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::product::ProductSection;
use vcdsim_model::right::Right;
use vcdsim_store::{Reader, Tx};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// A request to edit a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditVm {
    /// Which machine.
    pub id: Uuid,
    /// Where it was asked for.
    pub at: Edit,
    /// What is to be different.
    pub changes: Changes,
}

/// What is to be different about a machine; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// The storage profile that it lies on.
    pub storage_profile: Option<Urn>,
    /// Its CPUs.
    pub cpu: Option<CpuRequest>,
    /// Its memory in MB.
    pub memory_mb: Option<i64>,
    /// All of its disks.
    pub disks: Option<Vec<DiskRequest>>,
    /// What is to be in its drives; those that are not named are left alone.
    #[serde(default)]
    pub drives: Vec<DriveRequest>,
    /// All of its network cards.
    pub nics: Option<NicsRequest>,
    /// All of its serial ports.
    #[serde(default)]
    pub serial_ports: Option<Vec<SerialPort>>,
    /// How its guest is prepared.
    pub guest: Option<GuestRequest>,
    /// Its guest operating system.
    pub system: Option<SystemRequest>,
    /// Whether CPUs can be added while it runs.
    pub hot_add_cpus: Option<bool>,
    /// Whether memory can.
    pub hot_add_memory: Option<bool>,
    /// Its generation of hardware, as in `vmx-13`.
    #[serde(default)]
    pub version: Option<String>,
    /// The compute policy that says how large it is.
    #[serde(default)]
    pub sizing_policy: Option<Urn>,
    /// How it starts.
    #[serde(default)]
    pub boot: Option<BootRequest>,
    /// What vSphere is told of it besides; what has no value goes.
    #[serde(default)]
    pub extra_config: Vec<(String, String)>,
    /// Whether it can run machines.
    pub nested: Option<bool>,
    /// What its products say.
    #[serde(default)]
    pub products: Option<Vec<ProductSection>>,
}

/// A machine as it stands, for what decides which changes are possible.
#[derive(Debug, Clone, Copy)]
struct Machine<'a> {
    head: &'a Head,
    body: &'a Vm,
    generation: &'static Generation,
}

impl<'a> Machine<'a> {
    fn of(machine: &'a Res<Vm>) -> Self {
        let name = &machine.body().hardware.version;
        let known = GENERATIONS.iter().find(|generation| generation.name() == *name);
        Self { head: machine.head(), body: machine.body(), generation: known.unwrap_or(&GENERATIONS[GENERATIONS.len() - 1]) }
    }

    const fn hardware(&self) -> &'a Hardware {
        &self.body.hardware
    }

    fn is_off(&self) -> bool {
        self.head.status == Status::PoweredOff
    }

    /// Refuses other disks for a machine whose snapshot is made of those that it has.
    fn unkept_for(&self, hardware: &Hardware) -> Result<(), Fault> {
        if self.body.snapshot.is_none() || self.hardware().disks == hardware.disks {
            return Ok(());
        }
        let name = &self.head.name;
        Err(Fault::bad_request(format!(
            "The disks of Virtual Machine \"{name}\" cannot be changed while it has a snapshot: remove that first."
        )))
    }

    /// Refuses what only a machine that is off can have changed.
    fn off_for(&self, what: &str) -> Result<(), Fault> {
        if self.is_off() {
            return Ok(());
        }
        let (name, status) = (&self.head.name, self.head.status.word());
        Err(Fault::bad_request(format!(
            "{what} of Virtual Machine \"{name}\" cannot be changed while its status is {status}: power it off."
        )))
    }
}

/// What a machine is to become.
struct Planned {
    name: String,
    description: Option<String>,
    body: Vm,
}

impl EditVm {
    async fn planned(&self, tx: &mut Tx<'_>, stored: &Res<Vm>, vapp: &Head, networks: &[NetworkConfig]) -> Result<Planned, Fault> {
        let (mut machine, asked) = (Machine::of(stored), &self.changes);
        let mut body = machine.body.clone();
        let vdc = tx.read().get::<Vdc>(vapp.parent.ok_or_else(Fault::internal)?).await?;
        let profiles = tx.read().children::<VdcStorageProfile>(vdc.head().id).await?;
        if let Some(version) = &asked.version {
            let provider = tx.read().get::<ProviderVdc>(vdc.body().provider_vdc).await?;
            machine.generation = compute::generation(machine, version, &provider.body().highest_hardware)?;
            body.hardware.version.clone_from(version);
        }
        if let Some(cpu) = &asked.cpu {
            body.hardware = compute::cpus(machine, body.hardware, *cpu)?;
        }
        if let Some(mb) = asked.memory_mb {
            body.hardware = compute::memory(machine, body.hardware, mb)?;
        }
        if let Some(ports) = &asked.serial_ports {
            body.hardware = compute::serial_ports(machine, body.hardware, ports)?;
        }
        if let Some(system) = &asked.system {
            body.hardware = compute::system(machine, body.hardware, system)?;
        }
        body.hot_add = hot_add(machine, asked)?;
        body.upkeep.nested = asked.nested.unwrap_or(body.upkeep.nested);
        if let Some(urn) = asked.storage_profile {
            body.storage_profile = disks::profile(urn, &profiles, body.storage_profile)?;
        }
        if let Some(disks) = &asked.disks {
            body.hardware = disks::apply(machine, body.hardware, disks, body.storage_profile, &profiles)?;
            machine.unkept_for(&body.hardware)?;
        }
        if let Some(urn) = asked.sizing_policy {
            let known = machine.body.sizing_policy == Some(urn.id);
            body.sizing_policy = if known { Some(urn.id) } else { Some(sizing_policy(urn, &vdc.body().compute_policies)?) };
        }
        if let Some(boot) = &asked.boot {
            body = boot::apply(machine, body, boot)?;
        }
        body.extra_config = config::apply(body.extra_config, &asked.extra_config)?;
        body.drives = drives::loaded(tx, body.drives, &asked.drives).await?;
        if let Some(nics) = &asked.nics {
            body.hardware = nics::apply(tx, machine, body.hardware, nics, networks)?;
        }
        if let Some(guest) = &asked.guest {
            body.guest = guest::apply(body.guest, guest)?;
            body.needs_customization |= body.guest.enabled && body.guest != machine.body.guest;
        }
        if let Some(products) = &asked.products {
            body.products.clone_from(products);
        }
        let name = asked.name.clone().unwrap_or_else(|| machine.head.name.clone());
        let description = asked.description.clone().or_else(|| machine.head.description.clone());
        Ok(Planned { name, description, body })
    }
}

fn hot_add(machine: Machine<'_>, asked: &Changes) -> Result<HotAdd, Fault> {
    let was = machine.body.hot_add;
    let wanted = HotAdd { cpus: asked.hot_add_cpus.unwrap_or(was.cpus), memory: asked.hot_add_memory.unwrap_or(was.memory) };
    if wanted != was {
        machine.off_for("The capabilities")?;
        if !machine.generation.hot_plug() {
            return Err(Fault::bad_request(format!("Machines of {} can have nothing added while they run.", machine.generation.name())));
        }
    }
    Ok(wanted)
}

/// Refuses a caller who lacks the right to something that changes. A task without one follows another.
fn may(caller: Option<&Caller>, was: Machine<'_>, planned: &Planned) -> Result<(), Fault> {
    let Some(caller) = caller else { return Ok(()) };
    let (old, new) = (was.hardware(), &planned.body.hardware);
    let secrets = |vm: &Vm| {
        let settings = &vm.guest.settings;
        (settings.admin_password_enabled, settings.admin_password_auto, settings.admin_password.clone(), settings.reset_password)
    };
    let needed = [
        (Right::VM_EDIT_CPU, (old.cpus, old.cores_per_socket) != (new.cpus, new.cores_per_socket)),
        (Right::VM_EDIT_MEMORY, old.memory_mb != new.memory_mb),
        (Right::VM_EDIT_DISK, old.disks != new.disks || was.body.storage_profile != planned.body.storage_profile),
        (Right::VM_EDIT_NETWORK, old.nics != new.nics),
        (Right::VM_BOOT, (&was.body.boot, old.firmware) != (&planned.body.boot, new.firmware)),
        (Right::VM_EDIT_COMPUTE_POLICY, was.body.sizing_policy != planned.body.sizing_policy),
        (Right::VM_PASSWORD, secrets(was.body) != secrets(&planned.body)),
    ];
    let configures = config::may(caller, &was.body.extra_config, &planned.body.extra_config);
    if configures && needed.iter().all(|(right, changes)| !changes || caller.has(*right)) { Ok(()) } else { Err(Fault::denied()) }
}

/// Refuses a name that the machine does not have and cannot have.
async fn rename(reader: &Reader<'_>, machine: &Res<Vm>, name: &str) -> Result<(), Fault> {
    if machine.head().name == name { Ok(()) } else { check_new_name(reader, machine.head(), name).await }
}

impl Operation for EditVm {
    const NAMES: &'static [Name] = &[Name::VappUpdateVm];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let machine = admit_in::<Vm>(cx, self.at.action(), self.id).await?;
        let vapp = parent(cx.tx, &machine).await?;
        let name = self.admit(cx, &vapp, &vapp.body().networks).await?;
        rename(&cx.tx.read(), &machine, &name).await?;
        cx.lock(machine.urn()).await?;
        Ok(Subject::of(machine.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        if let Some(name) = &self.changes.name {
            let machine = cx.tx.read().get::<Vm>(self.id).await?;
            rename(&cx.tx.read(), &machine, name).await?;
        }
        self.apply(cx.tx).await
    }
}

impl EditVm {
    /// Refuses what cannot be done to a machine of a vApp that has, or is to have, these networks; answers the name that it will have.
    pub(crate) async fn admit(&self, cx: &mut Prepare<'_, '_>, vapp: &Res<VApp>, networks: &[NetworkConfig]) -> Result<String, Fault> {
        let machine = admit_in::<Vm>(cx, self.at.action(), self.id).await?;
        at_disposal(vapp)?;
        let planned = self.planned(cx.tx, &machine, vapp.head(), networks).await?;
        may(cx.caller, Machine::of(&machine), &planned)?;
        nics::check_macs(cx.tx, &machine, &planned.body.hardware.nics).await?;
        Ok(planned.name)
    }

    /// Makes the change. Whether another machine has the name is not looked at: of several that are changed at once, one may take what another
    /// gives up.
    pub(crate) async fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let before = tx.read().get::<Vm>(self.id).await?;
        let vapp = parent(tx, &before).await?;
        let planned = self.planned(tx, &before, vapp.head(), &vapp.body().networks).await?;
        nics::check_macs(tx, &before, &planned.body.hardware.nics).await?;
        let change = |machine: &mut Entity| {
            (machine.head.name, machine.head.description) = (planned.name, planned.description);
            machine.body = Body::Vm(planned.body);
        };
        let after = tx.update(Urn::new(Kind::Vm, self.id), change).await?;
        if self.changes.nics.is_some() {
            address::check(tx, vapp.head().id).await?;
            address::assign(tx, vapp.head().id).await?;
            network::settle(tx, vapp.head().id).await?;
        }
        let was = before.entity().storages();
        let more = |profile: Uuid| {
            let sum = |all: &[(Uuid, i64)]| all.iter().filter(|(of, _)| *of == profile).map(|(_, mb)| mb).sum::<i64>();
            sum(&after.storages()) > sum(&was)
        };
        let grown: Vec<_> = after.storages().into_iter().map(|(profile, _)| profile).filter(|profile| more(*profile)).collect();
        quota::storage_fits(&tx.read(), grown).await?;
        let bigger = |new: &Hardware, old: &Hardware| new.cpus > old.cpus || new.memory_mb > old.memory_mb;
        match (after.hardware(), vapp.head().parent) {
            (Some(new), Some(vdc)) if before.head().status == Status::PoweredOn && bigger(new, &before.body().hardware) => {
                quota::power_fits(&tx.read(), vdc).await
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_was_kept_before_there_was_more_to_change_is_read() {
        assert_eq!(
            serde_json::from_str::<Changes>(r#"{"name": "web"}"#).unwrap(),
            Changes { name: Some("web".to_owned()), ..Changes::default() }
        );
    }
}
