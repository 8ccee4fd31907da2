//! Snapshots of machines: what is kept of one, and who may keep, restore and forget it when. Invariant: a machine has at most one, and a vApp
//! says that it has any exactly when one of its machines has.

use crate::action::{Action, Need};
use crate::clock::Time;
use crate::entity::{Body, Entity, Status};
use crate::family::vm::{Firmware, Hardware, Vm};
use crate::fault::Fault;
use crate::hardware::{GENERATIONS, Generation};
use crate::kind::Kind;
use crate::media;
use crate::operation::Operation;
use crate::right::Right;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};

/// A machine as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was.
    pub created: Time,
    /// Whether it ran, was off or slept.
    pub status: Status,
    /// Whether it was deployed.
    pub deployed: bool,
    /// Whether its memory was kept, too.
    pub memory: bool,
    /// What it was made of.
    pub hardware: Hardware,
}

impl Snapshot {
    /// A machine as it is now; memory is only kept of one that runs.
    #[must_use]
    pub fn of(status: Status, machine: &Vm, memory: bool, now: Time) -> Self {
        let memory = memory && status == Status::PoweredOn;
        Self { created: now, status, deployed: machine.deployed, memory, hardware: machine.hardware.clone() }
    }

    /// What it takes of the machine's storage: its disks, and its memory if that was kept.
    #[must_use]
    pub fn size_mb(&self) -> i64 {
        let disks: i64 = self.hardware.disks.iter().map(|disk| disk.size_mb).sum();
        disks + if self.memory { self.hardware.memory_mb } else { 0 }
    }

    /// Makes a machine what it was, and says its status. It runs again only if its memory was kept; its network cards are not part of it.
    #[must_use]
    pub fn restore(&self, machine: &mut Vm) -> Status {
        let nics = std::mem::take(&mut machine.hardware.nics);
        machine.hardware = Hardware { nics, ..self.hardware.clone() };
        // What the hardware of that time cannot do goes with it.
        machine.boot.secure &= machine.hardware.firmware == Firmware::Efi;
        let nests = |generation: &Generation| generation.nested() && generation.name() == machine.hardware.version;
        machine.upkeep.nested &= GENERATIONS.iter().any(nests);
        match self.status {
            Status::PoweredOn if !self.memory => Status::PoweredOff,
            Status::PoweredOff => Status::PoweredOff,
            status => {
                machine.deployed = self.deployed;
                status
            }
        }
    }
}

/// What is done about snapshots of a machine, or of all machines of a vApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SnapshotChange {
    /// Keep machines as they are, instead of what was kept before.
    Create {
        /// Whether to keep the memory of those that run.
        memory: bool,
    },
    /// Make them what was kept.
    Revert,
    /// Forget what was kept.
    Remove,
}

impl SnapshotChange {
    /// The operation that a task for it has.
    #[must_use]
    pub const fn operation(self) -> Operation {
        match self {
            Self::Create { .. } => Operation::VappCreateSnapshot,
            Self::Revert => Operation::VappRevertToCurrentSnapshot,
            Self::Remove => Operation::VappRemoveAllSnapshots,
        }
    }

    /// The action by which it is asked for on an object of `kind`.
    #[must_use]
    pub const fn action(self, kind: Kind) -> &'static Action {
        let actions = match kind {
            Kind::Vm => &VM,
            _ => &VAPP,
        };
        match self {
            Self::Create { .. } => &actions.create,
            Self::Revert => &actions.revert,
            Self::Remove => &actions.remove,
        }
    }
}

/// The actions on snapshots of one kind.
#[derive(Debug)]
#[expect(missing_docs, reason = "each is the action of the change of that name")]
pub struct SnapshotActions {
    pub create: Action,
    pub revert: Action,
    pub remove: Action,
}

/// Those of vApps.
pub static VAPP: SnapshotActions = actions(Kind::VApp);

/// Those of virtual machines.
pub static VM: SnapshotActions = actions(Kind::Vm);

const fn actions(kind: Kind) -> SnapshotActions {
    SnapshotActions {
        create: snapshot(kind, "/action/createSnapshot", "snapshot:create").takes(media::CREATE_SNAPSHOT_PARAMS).when(takeable),
        revert: snapshot(kind, "/action/revertToCurrentSnapshot", "snapshot:revertToCurrent").when(taken),
        remove: snapshot(kind, "/action/removeAllSnapshots", "snapshot:removeAll").when(taken),
    }
}

const fn snapshot(kind: Kind, path: &'static str, rel: &'static str) -> Action {
    Action::post(kind, path, Need::Right(Right::VAPP_SNAPSHOT)).rel(rel).since(ApiVersion::V5_1)
}

fn takeable(entity: &Entity) -> Result<(), Fault> {
    entity.not_expired()?;
    let states = [Status::PoweredOn, Status::PoweredOff, Status::Suspended, Status::Mixed];
    if states.contains(&entity.head.status) { Ok(()) } else { Err(refused(entity, "there is no machine to take one of")) }
}

fn taken(entity: &Entity) -> Result<(), Fault> {
    entity.not_expired()?;
    if has_snapshot(entity) { Ok(()) } else { Err(refused(entity, "it has none")) }
}

/// Whether a machine, or a machine of a vApp, has a snapshot.
#[must_use]
pub fn has_snapshot(entity: &Entity) -> bool {
    match &entity.body {
        Body::VApp(vapp) => vapp.snapshots,
        Body::Vm(vm) => vm.snapshot.is_some(),
        _ => false,
    }
}

fn refused(entity: &Entity, why: &str) -> Fault {
    let (label, head) = (entity.head.kind.info().label, &entity.head);
    Fault::bad_request(format!("Nothing can be done with snapshots of the {label} \"{}\": {why}.", head.name))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::clock::from_millis;
    use crate::family::vm::{Disk, GuestCustomization, Nic};

    pub(crate) fn machine() -> Vm {
        let disk = Disk {
            instance: 2000,
            size_mb: 100,
            bus_type: 6,
            bus_sub_type: "lsilogic".into(),
            bus: 0,
            unit: 0,
            storage_profile: None,
            content: None,
        };
        let hardware = Hardware {
            version: "vmx-13".into(),
            os_type: "ubuntu64Guest".into(),
            os_name: String::new(),
            os_id: 94,
            cpus: 1,
            cores_per_socket: 1,
            memory_mb: 10,
            firmware: Default::default(),
            disks: vec![disk],
            nics: Vec::new(),
            serial_ports: Vec::new(),
        };
        let guest = GuestCustomization { enabled: false, computer_name: "a".into(), settings: Default::default() };
        Vm { deployed: true, ..Vm::new(hardware, guest, "vm-1".into()) }
    }

    fn restored(status: Status, memory: bool) -> (Status, bool, i64) {
        let taken = Snapshot::of(status, &machine(), memory, from_millis(0));
        let mut later = Vm { deployed: false, ..machine() };
        (taken.restore(&mut later), later.deployed, taken.size_mb())
    }

    #[test]
    fn only_memory_lets_a_machine_run_again() {
        assert_eq!(restored(Status::PoweredOn, true), (Status::PoweredOn, true, 110));
        assert_eq!(restored(Status::PoweredOn, false), (Status::PoweredOff, false, 100));
        assert_eq!(restored(Status::PoweredOff, true), (Status::PoweredOff, false, 100));
        assert_eq!(restored(Status::Suspended, false), (Status::Suspended, true, 100));
    }

    #[test]
    fn what_the_hardware_of_that_time_cannot_do_goes_with_it() {
        let old = Hardware { version: "vmx-08".into(), ..machine().hardware };
        let taken = Snapshot::of(Status::PoweredOff, &Vm { hardware: old, ..machine() }, false, from_millis(0));
        let mut later = machine();
        later.hardware.firmware = Firmware::Efi;
        (later.boot.secure, later.upkeep.nested) = (true, true);
        let _status = taken.restore(&mut later);
        assert_eq!((later.hardware.firmware, later.boot.secure, later.upkeep.nested), (Firmware::Bios, false, false));
    }

    #[test]
    fn hardware_comes_back_but_for_network_cards() {
        let taken = Snapshot::of(Status::PoweredOff, &machine(), false, from_millis(0));
        let mut later = machine();
        later.hardware.cpus = 8;
        let (network, mac, mode, adapter) = ("net".into(), "00:50:56:01:00:01".into(), "DHCP".into(), "VMXNET3".into());
        later.hardware.nics.push(Nic { index: 0, network, mac, mode, ip: None, connected: true, adapter });
        let _status = taken.restore(&mut later);
        assert_eq!((later.hardware.cpus, later.hardware.nics.len()), (1, 1));
    }
}
