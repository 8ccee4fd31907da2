//! `ovf:VirtualHardwareSection` and its parts. Invariant: an item has the same numbers in the section and in the list or item of its own.

use crate::view::links::link;
use crate::view::section::At;
use crate::view::vm::independent::Independent;
use vcdsim_model::family::disk::{Attached, IDE, SCSI};
use vcdsim_model::family::vm::{Disk, Hardware, NO_NETWORK, Nic};
use vcdsim_model::media;
use vcdsim_wire::{ovf, rasd, vcloud, vmw};

/// Where the hardware is, and of what machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) at: At<'a>,
    pub(crate) name: &'a str,
    pub(crate) profile: Option<&'a vcloud::Reference>,
    /// The independent disks that the machine has.
    pub(crate) independent: &'a [Independent],
}

impl Place<'_> {
    fn part(self, part: &str) -> String {
        format!("{}/virtualHardwareSection/{part}", self.at.0)
    }
}

/// The numbers of items that do not have one of their own: they follow the network cards'.
struct Numbers {
    scsi: i32,
    ide: i32,
    cpu: i32,
    memory: i32,
}

impl Numbers {
    fn of(hardware: &Hardware) -> Self {
        let cards = i32::try_from(hardware.nics.len()).unwrap_or(i32::MAX - 5);
        Self { scsi: cards + 1, ide: cards + 2, cpu: cards + 3, memory: cards + 4 }
    }
}

/// The whole section.
pub(crate) fn section(place: Place<'_>, hardware: &Hardware) -> ovf::VirtualHardwareSection {
    let numbers = Numbers::of(hardware);
    let mut item = cards(hardware);
    item.push(scsi(place, hardware, &numbers));
    item.extend(disks(place, hardware, &numbers));
    item.extend(independent(place, hardware, &numbers));
    item.push(ide(&numbers));
    item.extend(drives(&numbers));
    item.extend([cpu(place, hardware), memory(place, hardware)]);
    ovf::VirtualHardwareSection {
        transport: Some(String::new()),
        href: place.at.href("virtualHardwareSection"),
        r#type: Some(media::VIRTUAL_HARDWARE_SECTION.to_owned()),
        info: "Virtual hardware".to_owned(),
        system: Some(system(place.name, &hardware.version)),
        item,
        link: links(place),
        ..ovf::VirtualHardwareSection::default()
    }
}

/// The section as it stands in a package, where a disk is the one with that id and nothing has a place of its own.
pub(crate) fn packed(name: &str, hardware: &Hardware, disk_ids: &[String]) -> ovf::VirtualHardwareSection {
    let place = Place { at: At(""), name, profile: None, independent: &[] };
    let numbers = Numbers::of(hardware);
    let card = |item: ovf::Item| {
        let on = |connection: &rasd::Connection| connection.value != NO_NETWORK;
        let connection = item.connection.iter().filter(|connection| on(connection));
        let connection = connection.map(|on| rasd::Connection { value: on.value.clone(), ..rasd::Connection::default() }).collect();
        ovf::Item { address: None, connection, ..item }
    };
    let disk = |(item, id): (ovf::Item, &String)| {
        let on = rasd::HostResource { value: format!("ovf:/disk/{id}"), ..rasd::HostResource::default() };
        ovf::Item { host_resource: vec![on], virtual_quantity: None, virtual_quantity_units: None, ..item }
    };
    let mut item: Vec<_> = cards(hardware).into_iter().map(card).collect();
    item.extend([scsi(place, hardware, &numbers), ide(&numbers)]);
    item.extend(disks(place, hardware, &numbers).into_iter().zip(disk_ids).map(disk));
    let bare = [cpu(place, hardware), memory(place, hardware)].map(|item| ovf::Item { href: None, r#type: None, ..item });
    item.extend(bare);
    ovf::VirtualHardwareSection {
        info: "Virtual hardware".to_owned(),
        system: Some(system(name, &hardware.version)),
        item,
        ..ovf::VirtualHardwareSection::default()
    }
}

/// As real servers have them: the one element with several links of one relation and type, which no client looks up by these.
fn links(place: Place<'_>) -> Vec<vcloud::Link> {
    let items = ["cpu", "memory"].map(|part| (part, media::RASD_ITEM));
    let lists = ["disks", "media", "networkCards"].map(|part| (part, media::RASD_ITEMS_LIST));
    items.into_iter().chain(lists).map(|(part, media)| link("down", Some(media), place.part(part))).collect()
}

fn system(name: &str, version: &str) -> ovf::System {
    ovf::System {
        element_name: "Virtual Hardware Family".to_owned(),
        instance_id: "0".to_owned(),
        virtual_system_identifier: Some(name.to_owned()),
        virtual_system_type: Some(version.to_owned()),
        ..ovf::System::default()
    }
}

/// One of the lists below the section; `None` for a name that is none.
pub(crate) fn list(place: Place<'_>, hardware: &Hardware, part: &str) -> Option<vcloud::RasdItemsList> {
    let numbers = Numbers::of(hardware);
    let item = match part {
        "disks" => {
            let own = std::iter::once(scsi(place, hardware, &numbers)).chain(disks(place, hardware, &numbers));
            own.chain(independent(place, hardware, &numbers)).collect()
        }
        "media" => std::iter::once(ide(&numbers)).chain(drives(&numbers)).collect(),
        "networkCards" => cards(hardware),
        _ => return None,
    };
    let (href, r#type) = (Some(place.part(part)), Some(media::RASD_ITEMS_LIST.to_owned()));
    Some(vcloud::RasdItemsList { href, r#type, item, ..vcloud::RasdItemsList::default() })
}

/// One of the items below the section; `None` for a name that is none.
pub(crate) fn item(place: Place<'_>, hardware: &Hardware, part: &str) -> Option<ovf::Item> {
    match part {
        "cpu" => Some(cpu(place, hardware)),
        "memory" => Some(memory(place, hardware)),
        _ => None,
    }
}

/// What every item has: CIM's number of its type, its own number, name and description.
pub(crate) fn plain(resource: i32, instance: i32, name: String, description: &str) -> ovf::Item {
    ovf::Item {
        resource_type: Some(resource),
        instance_id: instance.to_string(),
        element_name: name,
        description: Some(description.to_owned()),
        ..ovf::Item::default()
    }
}

fn cards(hardware: &Hardware) -> Vec<ovf::Item> {
    let primary = hardware.nics.first().map(|nic| nic.index);
    (1..).zip(&hardware.nics).map(|(instance, nic)| card(instance, nic, primary)).collect()
}

fn card(instance: i32, nic: &Nic, primary: Option<i32>) -> ovf::Item {
    let connection = rasd::Connection {
        value: nic.network.clone(),
        ip_address: nic.ip.clone(),
        ip_addressing_mode: Some(nic.mode.clone()),
        primary_network_connection: Some(primary == Some(nic.index)),
    };
    let description = format!("{} network card on \"{}\"", nic.adapter, nic.network);
    ovf::Item {
        address: Some(nic.mac.clone()),
        address_on_parent: Some(nic.index.to_string()),
        automatic_allocation: Some(nic.connected),
        connection: vec![connection],
        resource_sub_type: Some(nic.adapter.clone()),
        ..plain(10, instance, format!("Network adapter {}", nic.index), &description)
    }
}

fn scsi(place: Place<'_>, hardware: &Hardware, numbers: &Numbers) -> ovf::Item {
    let of_others = place.independent.iter().find(|other| (other.at.kind.number, other.at.bus) == (SCSI, 0));
    let of_others = of_others.map_or("lsilogic", |other| other.at.kind.sub_type.as_str());
    let sub_type = hardware.disks.first().map_or(of_others, |disk| disk.bus_sub_type.as_str());
    ovf::Item {
        address: Some("0".to_owned()),
        resource_sub_type: Some(sub_type.to_owned()),
        ..plain(6, numbers.scsi, "SCSI Controller 0".to_owned(), "SCSI Controller")
    }
}

fn ide(numbers: &Numbers) -> ovf::Item {
    ovf::Item { address: Some("0".to_owned()), ..plain(5, numbers.ide, "IDE Controller 0".to_owned(), "IDE Controller") }
}

fn disks(place: Place<'_>, hardware: &Hardware, numbers: &Numbers) -> Vec<ovf::Item> {
    (1..).zip(&hardware.disks).map(|(number, disk)| disk_item(place, number, disk, numbers)).collect()
}

/// The independent disks, with the controllers that a machine has for them alone; these have the numbers after all others.
fn independent(place: Place<'_>, hardware: &Hardware, numbers: &Numbers) -> Vec<ovf::Item> {
    let mut items = Vec::new();
    let mut known = vec![((SCSI, 0), numbers.scsi), ((IDE, 0), numbers.ide)];
    for (number, other) in (1..).zip(place.independent) {
        let bus = (other.at.kind.number, other.at.bus);
        let parent = known.iter().find(|(there, _)| *there == bus).map(|(_, parent)| *parent);
        let parent = parent.unwrap_or_else(|| {
            let parent = known.iter().map(|(_, parent)| *parent).max().unwrap_or_default().max(numbers.memory) + 1;
            known.push((bus, parent));
            items.push(controller(&other.at, parent));
            parent
        });
        items.push(other.item(number + i32::try_from(hardware.disks.len()).unwrap_or_default(), parent));
    }
    items
}

fn controller(of: &Attached, number: i32) -> ovf::Item {
    let what = match of.kind.number {
        IDE => "IDE",
        SCSI => "SCSI",
        _ => "SATA",
    };
    ovf::Item {
        address: Some(of.bus.to_string()),
        resource_sub_type: Some(of.kind.sub_type.clone()).filter(|name| !name.is_empty()),
        ..plain(of.kind.number, number, format!("{what} Controller {}", of.bus), &format!("{what} Controller"))
    }
}

fn disk_item(place: Place<'_>, number: i32, disk: &Disk, numbers: &Numbers) -> ovf::Item {
    let resource = rasd::HostResource {
        capacity: Some(disk.size_mb),
        bus_type: Some(disk.bus_type),
        bus_sub_type: Some(disk.bus_sub_type.clone()),
        storage_profile_href: place.profile.map(|profile| profile.href.clone()),
        storage_profile_override_vm_default: Some(false),
        ..rasd::HostResource::default()
    };
    let parent = if disk.bus_type == 5 { numbers.ide } else { numbers.scsi };
    ovf::Item {
        address_on_parent: Some(disk.unit.to_string()),
        host_resource: vec![resource],
        parent: Some(parent.to_string()),
        virtual_quantity: Some(disk.size_mb.saturating_mul(1024 * 1024)),
        virtual_quantity_units: Some("byte".to_owned()),
        ..plain(17, disk.instance, format!("Hard disk {number}"), "Hard disk")
    }
}

/// A CD drive and a floppy drive, both empty.
fn drives(numbers: &Numbers) -> [ovf::Item; 2] {
    let empty = |item: ovf::Item| ovf::Item {
        address_on_parent: Some("0".to_owned()),
        automatic_allocation: Some(false),
        host_resource: vec![rasd::HostResource::default()],
        ..item
    };
    let parent = Some(numbers.ide.to_string());
    let cd = ovf::Item { parent, ..plain(15, 3000, "CD/DVD Drive 1".to_owned(), "CD/DVD Drive") };
    [empty(cd), empty(plain(14, 8000, "Floppy Drive 1".to_owned(), "Floppy Drive"))]
}

fn cpu(place: Place<'_>, hardware: &Hardware) -> ovf::Item {
    let numbers = Numbers::of(hardware);
    ovf::Item {
        allocation_units: Some("hertz * 10^6".to_owned()),
        virtual_quantity: Some(hardware.cpus.into()),
        cores_per_socket: Some(vmw::CoresPerSocket { value: hardware.cores_per_socket, required: Some(false) }),
        ..own(place, "cpu", plain(3, numbers.cpu, format!("{} virtual CPU(s)", hardware.cpus), "Number of Virtual CPUs"))
    }
}

fn memory(place: Place<'_>, hardware: &Hardware) -> ovf::Item {
    let numbers = Numbers::of(hardware);
    ovf::Item {
        allocation_units: Some("byte * 2^20".to_owned()),
        virtual_quantity: Some(hardware.memory_mb),
        ..own(place, "memory", plain(4, numbers.memory, format!("{} MB of memory", hardware.memory_mb), "Memory Size"))
    }
}

/// An item with a place of its own, and nothing reserved.
fn own(place: Place<'_>, part: &str, item: ovf::Item) -> ovf::Item {
    ovf::Item { href: Some(place.part(part)), r#type: Some(media::RASD_ITEM.to_owned()), reservation: Some(0), weight: Some(0), ..item }
}
