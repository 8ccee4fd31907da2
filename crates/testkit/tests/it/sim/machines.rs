//! Machines that are reconfigured. Invariant: a request names all disks and cards that its machine is to keep, as clients do.

use super::asking::{Asked, one};
use super::play::Play;
use super::requests::escaped;
use super::steps::{href, manager};
use crate::vapp::NAMESPACES;
use std::sync::Arc;
use vcdsim_model::entity::{Entity, Status};
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vm::{Disk, Nic, Vm};
use vcdsim_model::hardware::Adapter;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;

/// A machine; more often one that is off, of which more can be changed.
pub(super) fn a_machine(play: &mut Play) -> Option<Arc<Entity>> {
    let off = play.chance(60);
    one(play, Kind::Vm, |machine| !off || machine.head.status == Status::PoweredOff)
}

/// Anything about a machine, in one request.
pub(super) fn reconfigured(play: &mut Play) -> Option<Asked> {
    let (machine, who) = (a_machine(play), manager(play));
    let which = play.below(7);
    let machine = machine?;
    let body = machine.body::<Vm>()?;
    let sections = match which {
        0 => specified(&sizes(play)),
        1 | 2 => specified(&disks(play, &body.hardware.disks)),
        3 | 4 => cards(play, &machine, &body.hardware.nics),
        5 => format!("{}{}", specified(&sizes(play)), cards(play, &machine, &body.hardware.nics)),
        _ => capable(play),
    };
    let what = match which {
        0 => "sizes of machines",
        1 | 2 => "disks of machines",
        3 | 4 => "cards of machines",
        5 => "machines as a whole",
        _ => "capabilities of machines",
    };
    let name = escaped(&machine.head.name);
    let profile = if which == 5 && play.chance(30) { profile(play) } else { String::new() };
    let document = format!(r#"<Vm {NAMESPACES} name="{name}">{sections}{profile}</Vm>"#);
    Some(Asked::post(what, who, format!("{}/action/reconfigureVm", href(machine.urn(), View::User)), media::VM, document))
}

fn specified(elements: &str) -> String {
    format!(r#"<VmSpecSection Modified="true"><ovf:Info/>{elements}</VmSpecSection>"#)
}

fn sizes(play: &mut Play) -> String {
    let cpus = play.pick(&[1, 2, 2, 4]);
    let memory = play.pick(&[256, 512, 512, 1_024, 2_048]);
    format!(
        "<NumCpus>{cpus}</NumCpus><NumCoresPerSocket>1</NumCoresPerSocket><MemoryResourceMb><Configured>{memory}</Configured></MemoryResourceMb>"
    )
}

fn capable(play: &mut Play) -> String {
    let (memory, cpus) = (play.chance(70), play.chance(70));
    format!(
        "<VmCapabilities><MemoryHotAddEnabled>{memory}</MemoryHotAddEnabled><CpuHotAddEnabled>{cpus}</CpuHotAddEnabled></VmCapabilities>"
    )
}

/// A storage profile, with its element.
pub(super) fn profile(play: &mut Play) -> String {
    let name = play.pick(&["standard", "fast"]);
    let profile = Urn::new(Kind::VdcStorageProfile, seeded_id(Kind::VdcStorageProfile, &format!("example-vdc/{name}")));
    format!(r#"<StorageProfile href="{}"/>"#, href(profile, View::User))
}

/// The disks that a machine has, some larger, some not, and one more.
fn disks(play: &mut Play, there: &[Disk]) -> String {
    let mut all = String::new();
    for disk in there {
        let (stays, grows, more) = (play.chance(85), play.chance(30), play.pick(&[1, 64, 4_096]));
        let lies = if play.chance(20) { format!("{}<overrideVmDefault>true</overrideVmDefault>", profile(play)) } else { String::new() };
        let known = Adapter::of_bus(disk.bus_type, &disk.bus_sub_type);
        let Some(adapter) = known.filter(|_| stays) else { continue };
        let (size, unit, bus) = (disk.size_mb + if grows { more } else { 0 }, disk.unit, disk.bus);
        let number = format!("<DiskId>{}</DiskId>", disk.instance);
        all += &setting(&number, size, (unit, bus), adapter.number, &lies);
    }
    let (size, unit, bus) = (play.pick(&[1, 64, 2_048]), play.below(4), play.below(2));
    let adapter = play.pick(&[1, 3, 3, 3, 5, 6]);
    if play.chance(60) {
        let place = (i32::try_from(unit).unwrap(), i32::try_from(bus).unwrap());
        all += &setting("", size, place, adapter, "");
    }
    format!("<DiskSection>{all}</DiskSection>")
}

fn setting(number: &str, size: i64, (unit, bus): (i32, i32), adapter: i32, lies: &str) -> String {
    format!(
        "<DiskSettings>{number}<SizeMb>{size}</SizeMb><UnitNumber>{unit}</UnitNumber><BusNumber>{bus}</BusNumber>\
         <AdapterType>{adapter}</AdapterType>{lies}</DiskSettings>"
    )
}

/// The cards that a machine has, some on other networks of its vApp or with other addresses, and one more.
fn cards(play: &mut Play, machine: &Entity, there: &[Nic]) -> String {
    let networks = networks_of(play, machine);
    let mut all = String::new();
    for nic in there {
        if play.chance(85) {
            all += &card(play, nic.index, &networks, Some(nic));
        }
    }
    let next = there.iter().map(|nic| nic.index + 1).max().unwrap_or_default();
    if play.chance(50) {
        all += &card(play, next, &networks, None);
    }
    format!("<NetworkConnectionSection><ovf:Info/>{all}</NetworkConnectionSection>")
}

/// The names of the networks of a machine's vApp, and `none`.
pub(super) fn networks_of(play: &Play, machine: &Entity) -> Vec<String> {
    let vapp = machine.head.parent.and_then(|id| play.seen.objects.get(&Urn::new(Kind::VApp, id)));
    let networks = vapp.and_then(|vapp| vapp.body::<VApp>()).map_or(&[][..], |vapp| &vapp.networks);
    networks.iter().map(|network| network.name.clone()).chain(["none".to_owned()]).collect()
}

/// A card on one of these networks.
pub(super) fn card(play: &mut Play, index: i32, networks: &[String], was: Option<&Nic>) -> String {
    let changes = was.is_none() || play.chance(50);
    let (network, mode) = (play.pick(networks), play.pick(&["POOL", "POOL", "POOL", "MANUAL", "DHCP", "NONE"]));
    let address = super::requests::address(play);
    let (sets, mac) = (play.chance(15), play.below(4));
    let (network, mode) = match was.filter(|_| !changes) {
        Some(nic) => (nic.network.clone(), nic.mode.as_str()),
        None => (network, mode),
    };
    let kept = was.filter(|_| !changes).and_then(|nic| nic.ip.as_ref()).map(|ip| format!("<IpAddress>{ip}</IpAddress>"));
    let address = if mode == "MANUAL" { kept.unwrap_or(address) } else { String::new() };
    let mac = if sets { format!("<MACAddress>00:50:56:01:00:0{mac}</MACAddress>") } else { String::new() };
    let (network, connected) = (escaped(&network), network != "none");
    format!(
        r#"<NetworkConnection network="{network}"><NetworkConnectionIndex>{index}</NetworkConnectionIndex>{address}<IsConnected>{connected}</IsConnected>{mac}<IpAddressAllocationMode>{mode}</IpAddressAllocationMode></NetworkConnection>"#
    )
}
