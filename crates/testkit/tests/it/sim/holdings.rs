//! What machines and profiles have: disks, media, storage. Invariant: each thing is counted here by hand, from the objects themselves.

use super::limits::is_something;
use super::snapshot::Snapshot;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use vcdsim_model::entity::{Entity, Status};
use vcdsim_model::family::disk::Disk;
use vcdsim_model::family::media::Media;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vm::{Hardware, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;

pub(super) const ALL: &[fn(&Snapshot) -> Vec<String>] =
    &[disks_and_machines_agree, disks_have_places, media_are_whole, storage_adds_up, vapps_know_of_snapshots];

/// A disk names the machine that names it, and nobody else does.
fn disks_and_machines_agree(world: &Snapshot) -> Vec<String> {
    let mut named = BTreeMap::new();
    let mut found = Vec::new();
    for machine in world.of_kind(Kind::Vm) {
        for attached in &machine.body::<Vm>().unwrap().attached {
            if let Some(other) = named.insert(attached.disk, machine.head.id) {
                found.push(format!("the disk {} is {other}'s and {}'s", attached.disk, machine.urn()));
            }
        }
    }
    for disk in world.of_kind(Kind::Disk) {
        let (says, are) = (disk.body::<Disk>().unwrap().attached_to, named.remove(&disk.head.id));
        if says != are {
            found.push(format!("{} says that it is attached to {says:?}, and {are:?} has it", disk.urn()));
        }
        let vdc = are.and_then(|id| vdc_of(world, id));
        if are.is_some() && vdc != disk.head.parent {
            found.push(format!("{} lies in {:?}, its machine in {vdc:?}", disk.urn(), disk.head.parent));
        }
    }
    found
}

fn vdc_of(world: &Snapshot, machine: Uuid) -> Option<Uuid> {
    let vapp = world.objects.get(&Urn::new(Kind::Vm, machine))?.head.parent?;
    world.objects.get(&Urn::new(Kind::VApp, vapp))?.head.parent
}

/// No two disks of a machine, its own or others, have one place or one number.
fn disks_have_places(world: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for machine in world.of_kind(Kind::Vm) {
        let body = machine.body::<Vm>().unwrap();
        let own = body.hardware.disks.iter().map(|disk| ((disk.bus_type, disk.bus_sub_type.as_str(), disk.bus, disk.unit), disk.instance));
        let others = body.attached.iter().map(|disk| ((disk.kind.number, disk.kind.sub_type.as_str(), disk.bus, disk.unit), disk.instance));
        let all: Vec<_> = own.chain(others).collect();
        let (places, numbers) = (all.iter().map(|(place, _)| place), all.iter().map(|(_, number)| number));
        if places.collect::<BTreeSet<_>>().len() < all.len() || numbers.collect::<BTreeSet<_>>().len() < all.len() {
            found.push(format!("{} has its disks at {all:?}", machine.urn()));
        }
    }
    found
}

/// What is in a drive is a medium that is there and whole.
fn media_are_whole(world: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for machine in world.of_kind(Kind::Vm) {
        for medium in machine.body::<Vm>().unwrap().drives.media() {
            let there = world.objects.get(&Urn::new(Kind::Media, medium));
            if there.is_none_or(|medium| medium.head.status != Status::Resolved) {
                found.push(format!("{} has {medium} in a drive, which is {there:?}", machine.urn()));
            }
        }
    }
    found
}

/// The MB that objects take of each storage profile.
pub(super) fn storage(world: &Snapshot) -> BTreeMap<Uuid, i64> {
    let mut taken = BTreeMap::new();
    for entity in world.objects.values().filter(is_something) {
        for (profile, mb) in takes(entity) {
            *taken.entry(profile).or_default() += mb;
        }
    }
    taken
}

fn takes(entity: &Entity) -> Vec<(Uuid, i64)> {
    let up = |bytes: i64| (bytes + (1 << 20) - 1) >> 20;
    let of = |profile: Option<Uuid>, mb: i64| profile.map(|profile| (profile, mb)).into_iter().collect();
    let disks = |hardware: &Hardware, own: Option<Uuid>| -> Vec<(Uuid, i64)> {
        hardware.disks.iter().filter_map(|disk| Some((disk.storage_profile.or(own)?, disk.size_mb))).collect()
    };
    if let Some(machine) = entity.body::<Vm>() {
        let kept = machine.snapshot.as_ref().map(|kept| {
            let memory = if kept.memory { kept.hardware.memory_mb } else { 0 };
            kept.hardware.disks.iter().map(|disk| disk.size_mb).sum::<i64>() + memory
        });
        return [disks(&machine.hardware, machine.storage_profile), of(machine.storage_profile, kept.unwrap_or_default())].concat();
    }
    if let Some(machine) = entity.body::<vcdsim_model::family::vm::TemplateVm>() {
        return disks(&machine.hardware, machine.storage_profile);
    }
    if let Some(medium) = entity.body::<Media>() {
        return of(medium.storage_profile, up(medium.size));
    }
    entity.body::<Disk>().map_or_else(Vec::new, |disk| of(disk.storage_profile, up(disk.size)))
}

/// What readers are told of storage is what objects take.
fn storage_adds_up(world: &Snapshot) -> Vec<String> {
    let taken = storage(world);
    let told = world.storage.iter().filter(|(profile, told)| taken.get(profile).copied().unwrap_or_default() != **told);
    told.map(|(profile, told)| format!("{told} MB are said to be taken of {profile}, and {:?} are", taken.get(profile))).collect()
}

/// A vApp says that it has snapshots exactly when one of its machines has.
fn vapps_know_of_snapshots(world: &Snapshot) -> Vec<String> {
    let has = |vapp: &Entity| world.machines(vapp.head.id).any(|machine| machine.body::<Vm>().unwrap().snapshot.is_some());
    let wrong = world.of_kind(Kind::VApp).filter(|vapp| vapp.body::<VApp>().unwrap().snapshots != has(vapp));
    wrong.map(|vapp| format!("{} does not know what snapshots its machines have", vapp.urn())).collect()
}
