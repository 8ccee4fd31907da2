//! Disks. Invariant: no two disks of a machine have one place; none ever shrinks.

use super::Machine;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::Res;
use vcdsim_model::family::disk::Attached;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vm::{Disk, Hardware};
use vcdsim_model::fault::excerpt;
use vcdsim_model::hardware::{Adapter, Generation, LSI_LOGIC};
use vcdsim_model::id::Urn;

/// A disk as it is to be; what is `None` stays, or is chosen for a new one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskRequest {
    /// The number of its hardware item; another one than the machine's disks have, or none, means a new disk.
    pub instance: Option<i32>,
    /// Its size in MB. Of several, the first that differs from what the disk has is meant.
    pub sizes_mb: Vec<i64>,
    /// The kind of its bus.
    pub bus_type: Option<i32>,
    /// What the controller is called.
    pub bus_sub_type: Option<String>,
    /// Which of these buses.
    pub bus: Option<i32>,
    /// Its place on the bus.
    pub unit: Option<i32>,
    /// The storage profile that it lies on.
    pub storage_profile: Option<Urn>,
    /// Whether that is to be another one than its machine's.
    pub overrides: Option<bool>,
}

/// The profile that a reference names, when a machine can lie on it.
pub(super) fn profile(urn: Urn, profiles: &[Res<VdcStorageProfile>], was: Option<Uuid>) -> Result<Option<Uuid>, Fault> {
    let usable = |profile: &&Res<VdcStorageProfile>| profile.head().id == urn.id && (profile.body().enabled || was == Some(urn.id));
    let found = profiles.iter().find(usable);
    found.map(|profile| Some(profile.head().id)).ok_or_else(|| Fault::invalid_reference("StorageProfile", &urn.to_string()))
}

/// The hardware with these disks and no others, of a machine that is to lie on `own`.
pub(super) fn apply(
    machine: Machine<'_>,
    hardware: Hardware,
    asked: &[DiskRequest],
    own: Option<Uuid>,
    profiles: &[Res<VdcStorageProfile>],
) -> Result<Hardware, Fault> {
    let was = &machine.hardware().disks;
    let mut disks: Vec<Disk> = Vec::new();
    let mut fresh = Vec::new();
    // Disks that are there keep their places; new ones get what is left.
    for request in asked {
        let known = was.iter().find(|disk| Some(disk.instance) == request.instance);
        let Some(old) = known.filter(|old| disks.iter().all(|disk| disk.instance != old.instance)) else {
            fresh.push(request);
            continue;
        };
        let storage_profile = lies_on(request, old.storage_profile, own, profiles)?;
        let new = Disk { storage_profile, ..changed(machine, old, request)? };
        check_free(machine, &disks, &new)?;
        disks.push(new);
    }
    for gone in was.iter().filter(|old| disks.iter().all(|disk| disk.instance != old.instance)) {
        if !adapter(gone.bus_type, &gone.bus_sub_type)?.hot_plug() {
            machine.off_for("The IDE disks")?;
        }
    }
    for request in fresh {
        let storage_profile = lies_on(request, None, own, profiles)?;
        let new = Disk { storage_profile, ..added(machine, &disks, request)? };
        check_free(machine, &disks, &new)?;
        disks.push(new);
    }
    disks.sort_by_key(|disk| disk.instance);
    Ok(Hardware { disks, ..hardware })
}

/// The profile of a disk that does not lie where its machine does.
fn lies_on(
    request: &DiskRequest,
    was: Option<Uuid>,
    own: Option<Uuid>,
    profiles: &[Res<VdcStorageProfile>],
) -> Result<Option<Uuid>, Fault> {
    match (request.overrides, request.storage_profile) {
        (Some(false), _) => Ok(None),
        (_, None) => Ok(was),
        (_, Some(urn)) => Ok(profile(urn, profiles, was.or(own))?.filter(|profile| Some(*profile) != own)),
    }
}

/// A disk that is there: it can grow, and move to another place while the machine is off.
fn changed(machine: Machine<'_>, old: &Disk, request: &DiskRequest) -> Result<Disk, Fault> {
    let size_mb = request.sizes_mb.iter().copied().find(|mb| *mb != old.size_mb).unwrap_or(old.size_mb);
    if size_mb < old.size_mb {
        let (number, was) = (old.instance, old.size_mb);
        return Err(Fault::bad_request(format!("Disk {number} has {was} MB and cannot shrink to {size_mb} MB.")));
    }
    let bus_type = request.bus_type.unwrap_or(old.bus_type);
    let sub_type = request.bus_sub_type.clone().unwrap_or_else(|| old.bus_sub_type.clone());
    let (bus, unit) = (request.bus.unwrap_or(old.bus), request.unit.unwrap_or(old.unit));
    if (bus_type, sub_type.as_str(), bus, unit) != (old.bus_type, old.bus_sub_type.as_str(), old.bus, old.unit) {
        machine.off_for("The places of disks")?;
    }
    if size_mb > old.size_mb {
        check_size(machine, size_mb)?;
        if !adapter(bus_type, &sub_type)?.hot_plug() {
            machine.off_for("The IDE disks")?;
        }
    }
    Ok(Disk { size_mb, bus_type, bus_sub_type: sub_type, bus, unit, ..old.clone() })
}

/// A new disk, on the bus of the first one unless it says otherwise.
fn added(machine: Machine<'_>, others: &[Disk], request: &DiskRequest) -> Result<Disk, Fault> {
    let Some(size_mb) = request.sizes_mb.first().copied() else {
        return Err(Fault::bad_request("A new disk needs a size."));
    };
    check_size(machine, size_mb)?;
    let like =
        others.iter().chain(&machine.hardware().disks).find(|disk| request.bus_type.is_none_or(|bus_type| disk.bus_type == bus_type));
    let default = like.map_or_else(|| LSI_LOGIC.bus(), |disk| (disk.bus_type, disk.bus_sub_type.as_str()));
    let bus_type = request.bus_type.unwrap_or(default.0);
    let bus = request.bus.unwrap_or(0);
    let same_bus = others.iter().find(|disk| (disk.bus_type, disk.bus) == (bus_type, bus));
    let named = request.bus_sub_type.as_deref().filter(|name| !name.is_empty());
    let name = named.or(same_bus.map(|disk| disk.bus_sub_type.as_str())).unwrap_or(if default.0 == bus_type { default.1 } else { "" });
    let adapter = adapter(bus_type, name)?;
    if !adapter.hot_plug() {
        machine.off_for("The IDE disks")?;
    }
    let here = |disk: &&Disk| (disk.bus_type, disk.bus, disk.bus_sub_type.as_str()) == (bus_type, bus, adapter.bus().1);
    let attached = |unit: i32| {
        let all = &machine.body.attached;
        all.iter().any(|other| (other.kind.number, other.bus, other.unit) == (bus_type, bus, unit))
    };
    let free = |unit: &i32| others.iter().filter(here).all(|disk| disk.unit != *unit) && !attached(*unit);
    let unit = match request.unit {
        Some(unit) => unit,
        None => (0..64).filter(|unit| adapter.has_unit(*unit)).find(free).ok_or_else(|| Fault::bad_request("A disk bus is full."))?,
    };
    let attached = |number: i32| machine.body.attached.iter().any(|other| other.instance == number);
    let taken = |number: i32| attached(number) || others.iter().chain(&machine.hardware().disks).any(|disk| disk.instance == number);
    let asked = request.instance.filter(|number| (2000..3000).contains(number) && !taken(*number));
    let instance = asked.or_else(|| (2000..3000).find(|number| !taken(*number)));
    let instance = instance.ok_or_else(|| Fault::bad_request("A virtual machine cannot have so many disks."))?;
    let bus_sub_type = adapter.bus().1.to_owned();
    Ok(Disk { instance, size_mb, bus_type, bus_sub_type, bus, unit, storage_profile: None, content: None })
}

fn check_size(machine: Machine<'_>, size_mb: i64) -> Result<(), Fault> {
    let most = i64::from(machine.generation.disk_gb()) * 1024;
    if (1..=most).contains(&size_mb) {
        return Ok(());
    }
    Err(Fault::bad_request(format!("A disk must have between 1 MB and {most} MB, not {size_mb} MB.")))
}

/// Refuses a place that the machine does not have, or where it has another disk or an independent one.
fn check_free(machine: Machine<'_>, others: &[Disk], disk: &Disk) -> Result<(), Fault> {
    if machine.hardware().disks.contains(disk) {
        return Ok(());
    }
    check_place(machine.generation, others, disk)?;
    let attached = |other: &&Attached| (other.kind.number, other.bus, other.unit) == (disk.bus_type, disk.bus, disk.unit);
    if machine.body.attached.iter().any(|other| attached(&other)) {
        return Err(Fault::bad_request(format!("Unit {} of bus {} has an independent disk.", disk.unit, disk.bus)));
    }
    Ok(())
}

/// Refuses a place that machines of the generation do not have, or where another disk is.
pub(crate) fn check_place(generation: &Generation, others: &[Disk], disk: &Disk) -> Result<(), Fault> {
    let adapter = adapter(disk.bus_type, &disk.bus_sub_type)?;
    if !(0..adapter.buses).contains(&disk.bus) || !adapter.has_unit(disk.unit) || adapter.since > generation.number {
        let (name, bus, unit, generation) = (adapter.name, disk.bus, disk.unit, generation.name());
        return Err(Fault::bad_request(format!("Machines of {generation} have no unit {unit} (UnitNumber) on bus {bus} of {name}.")));
    }
    let same_bus = |other: &&Disk| (other.bus_type, other.bus) == (disk.bus_type, disk.bus);
    let scsi = disk.bus_type == LSI_LOGIC.bus().0;
    if scsi && others.iter().filter(same_bus).any(|other| other.bus_sub_type != disk.bus_sub_type) {
        return Err(Fault::bad_request(format!("The disks on bus {} must have one controller.", disk.bus)));
    }
    if others.iter().filter(same_bus).any(|other| (&other.bus_sub_type, other.unit) == (&disk.bus_sub_type, disk.unit)) {
        return Err(Fault::bad_request(format!("Unit {} (UnitNumber) of bus {} has two disks.", disk.unit, disk.bus)));
    }
    Ok(())
}

fn adapter(bus_type: i32, sub_type: &str) -> Result<&'static Adapter, Fault> {
    let unknown = || Fault::bad_request(format!("There is no disk controller \"{}\" of bus type {bus_type}.", excerpt(sub_type)));
    Adapter::of_bus(bus_type, sub_type).ok_or_else(unknown)
}
