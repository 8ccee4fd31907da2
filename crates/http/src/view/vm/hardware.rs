//! `ovf:VirtualHardwareSection` and its parts. Invariant: an item has the same numbers in the section and in the list or item of its own.

use crate::view::ViewCx;
use crate::view::links::link;
use crate::view::section::At;
use crate::view::vm::drives;
use crate::view::vm::independent::Independent;
use vcdsim_model::family::disk::{IDE, SCSI};
use vcdsim_model::family::vm::{Disk, Edit, Firmware, Hardware, NO_NETWORK, Nic, SerialPort};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::{ovf, rasd, vcloud, vmw};

/// Where the hardware is, and of what machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) at: At<'a>,
    pub(crate) name: &'a str,
    pub(crate) profile: Option<&'a vcloud::Reference>,
    /// The independent disks that the machine has.
    pub(crate) independent: &'a [Independent],
    /// Who looks at which machine, where it can be edited.
    pub(crate) edited: Option<(&'a ViewCx<'a>, &'a Graph)>,
}

impl Place<'_> {
    fn part(self, part: &str) -> String {
        format!("{}/virtualHardwareSection/{part}", self.at.0)
    }

    /// The link to edit something, when that is possible now.
    fn edit(self, edit: Edit) -> Option<vcloud::Link> {
        let (cx, graph) = self.edited?;
        if edit == Edit::Hardware { cx.section_link(edit.action(), graph) } else { cx.link_to(edit.action(), graph) }
    }

    /// Where a disk lies, and whether that is not where its machine does.
    fn storage(self, disk: &Disk) -> (Option<String>, bool) {
        let other = disk.storage_profile.zip(self.edited);
        let other = other.map(|(id, (cx, _))| cx.base.href(Urn::new(Kind::VdcStorageProfile, id), View::User));
        (other.clone().or_else(|| self.profile.map(|profile| profile.href.clone())), other.is_some())
    }
}

/// The numbers of items that do not have one of their own: they follow the network cards'.
struct Numbers {
    /// Kind of bus, which of them, and what the controller is called: one of SCSI and one of IDE at least, each with the next number.
    controllers: Vec<(i32, i32, String)>,
    cards: i32,
}

impl Numbers {
    fn of(place: Place<'_>, hardware: &Hardware) -> Self {
        let cards = i32::try_from(hardware.nics.len()).unwrap_or(i32::MAX / 2);
        let of_disk = |disk: &Disk| (disk.bus_type, disk.bus, disk.bus_sub_type.clone());
        let mut all: Vec<_> = hardware.disks.iter().map(of_disk).collect();
        if !all.iter().any(|(bus_type, ..)| *bus_type == SCSI) {
            let of_others = place.independent.iter().find(|other| (other.at.kind.number, other.at.bus) == (SCSI, 0));
            all.push((SCSI, 0, of_others.map_or("lsilogic", |other| other.at.kind.sub_type.as_str()).to_owned()));
        }
        if !all.iter().any(|(bus_type, ..)| *bus_type == IDE) {
            all.push((IDE, 0, String::new()));
        }
        // SCSI goes first, as it always did.
        all.sort_by_key(|(bus_type, bus, name)| (*bus_type == IDE, *bus_type, name.clone(), *bus));
        all.dedup_by_key(|(bus_type, bus, name)| (*bus_type, *bus, name.clone()));
        Self { controllers: all, cards }
    }

    fn controller(&self, fits: impl Fn(&(i32, i32, String)) -> bool) -> i32 {
        let at = self.controllers.iter().position(fits).unwrap_or_default();
        self.cards + 1 + i32::try_from(at).unwrap_or_default()
    }

    fn ide(&self) -> i32 {
        self.controller(|(bus_type, ..)| *bus_type == IDE)
    }

    fn parent(&self, disk: &Disk) -> i32 {
        self.controller(|(bus_type, bus, name)| (*bus_type, *bus, name) == (disk.bus_type, disk.bus, &disk.bus_sub_type))
    }

    fn cpu(&self) -> i32 {
        self.cards + 1 + i32::try_from(self.controllers.len()).unwrap_or_default()
    }

    /// The items of the controllers, of IDE or of all else.
    fn items(&self, ide: bool) -> Vec<ovf::Item> {
        let all = (self.cards + 1..).zip(&self.controllers).filter(|(_, (bus_type, ..))| (*bus_type == IDE) == ide);
        all.map(|(number, (bus_type, bus, name))| controller(number, *bus_type, *bus, name)).collect()
    }
}

fn controller(number: i32, bus_type: i32, bus: i32, name: &str) -> ovf::Item {
    let what = match (bus_type, name) {
        (IDE, _) => "IDE",
        (SCSI, _) => "SCSI",
        (_, "vmware.nvme.controller") => "NVME",
        _ => "SATA",
    };
    ovf::Item {
        address: Some(bus.to_string()),
        resource_sub_type: Some(name.to_owned()).filter(|name| !name.is_empty()),
        ..plain(bus_type, number, format!("{what} Controller {bus}"), &format!("{what} Controller"))
    }
}

/// The whole section.
pub(crate) fn section(place: Place<'_>, hardware: &Hardware) -> ovf::VirtualHardwareSection {
    let numbers = Numbers::of(place, hardware);
    let mut item = cards(hardware);
    item.extend(numbers.items(false));
    item.extend(disks(place, hardware, &numbers));
    item.extend(independent(place, hardware, &numbers));
    item.extend(numbers.items(true));
    item.extend(drives::items(place, numbers.ide()));
    item.extend([cpu(place, hardware), memory(place, hardware)]);
    item.extend(serial_ports(hardware));
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
    let place = Place { at: At(""), name, profile: None, independent: &[], edited: None };
    let numbers = Numbers::of(place, hardware);
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
    item.extend(numbers.items(false));
    item.extend(numbers.items(true));
    item.extend(disks(place, hardware, &numbers).into_iter().zip(disk_ids).map(disk));
    let bare = [cpu(place, hardware), memory(place, hardware)].map(|item| ovf::Item { href: None, r#type: None, ..item });
    item.extend(bare);
    item.extend(serial_ports(hardware));
    ovf::VirtualHardwareSection {
        info: "Virtual hardware".to_owned(),
        system: Some(system(name, &hardware.version)),
        item,
        config: firmware(hardware).into_iter().collect(),
        ..ovf::VirtualHardwareSection::default()
    }
}

/// What a package says of a firmware that is not the usual one, as vSphere writes it.
fn firmware(hardware: &Hardware) -> Option<vmw::Config> {
    let name = hardware.firmware.name().to_owned();
    let config = vmw::Config { key: Some("firmware".to_owned()), value: Some(name), required: Some(false) };
    (hardware.firmware != Firmware::Bios).then_some(config)
}

/// As real servers have them: the one element with several links of one relation and type, which no client looks up by these.
fn links(place: Place<'_>) -> Vec<vcloud::Link> {
    let items = ["cpu", "memory"].map(|part| (part, media::RASD_ITEM));
    let lists = ["disks", "media", "networkCards"].map(|part| (part, media::RASD_ITEMS_LIST));
    let down = items.into_iter().chain(lists).map(|(part, media)| link("down", Some(media), place.part(part)));
    let edits = [Edit::Hardware, Edit::Cpu, Edit::Memory, Edit::Disks, Edit::Cards, Edit::SerialPorts];
    down.chain(edits.into_iter().filter_map(|edit| place.edit(edit))).collect()
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
    let numbers = Numbers::of(place, hardware);
    let item = match part {
        "disks" => {
            let own = numbers.items(false).into_iter().chain(ide_of_disks(hardware, &numbers)).chain(disks(place, hardware, &numbers));
            own.chain(independent(place, hardware, &numbers)).collect()
        }
        "media" => numbers.items(true).into_iter().chain(drives::items(place, numbers.ide())).collect(),
        "networkCards" => cards(hardware),
        "serialPorts" => serial_ports(hardware),
        _ => return None,
    };
    let edit = match part {
        "disks" => place.edit(Edit::Disks),
        "media" => place.edit(Edit::Media),
        "networkCards" => place.edit(Edit::Cards),
        "serialPorts" => place.edit(Edit::SerialPorts),
        _ => None,
    };
    let (href, r#type) = (Some(place.part(part)), Some(media::RASD_ITEMS_LIST.to_owned()));
    Some(vcloud::RasdItemsList { href, r#type, link: edit.into_iter().collect(), item })
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

/// The serial ports; vSphere's numbers of them begin there.
fn serial_ports(hardware: &Hardware) -> Vec<ovf::Item> {
    (0..).zip(&hardware.serial_ports).map(|(number, port)| serial_port(number, port)).collect()
}

fn serial_port(number: i32, port: &SerialPort) -> ovf::Item {
    ovf::Item {
        address: port.address.clone(),
        address_on_parent: Some(number.to_string()),
        automatic_allocation: Some(port.connected),
        resource_sub_type: port.sub_type.clone(),
        ..plain(21, 9_000 + number, format!("Serial port {}", number + 1), "Serial port")
    }
}

/// The IDE controllers, where disks are on them.
fn ide_of_disks(hardware: &Hardware, numbers: &Numbers) -> Vec<ovf::Item> {
    if hardware.disks.iter().any(|disk| disk.bus_type == IDE) { numbers.items(true) } else { Vec::new() }
}

fn disks(place: Place<'_>, hardware: &Hardware, numbers: &Numbers) -> Vec<ovf::Item> {
    (1..).zip(&hardware.disks).map(|(number, disk)| disk_item(place, number, disk, numbers)).collect()
}

/// The independent disks, with the controllers that a machine has for them alone; these have the numbers after all others.
fn independent(place: Place<'_>, hardware: &Hardware, numbers: &Numbers) -> Vec<ovf::Item> {
    let mut items = Vec::new();
    let mut known: Vec<_> =
        (numbers.cards + 1..).zip(&numbers.controllers).map(|(number, (kind, bus, _))| ((*kind, *bus), number)).collect();
    for (number, other) in (1..).zip(place.independent) {
        let bus = (other.at.kind.number, other.at.bus);
        let parent = known.iter().find(|(there, _)| *there == bus).map(|(_, parent)| *parent);
        let parent = parent.unwrap_or_else(|| {
            let parent = known.iter().map(|(_, parent)| *parent).max().unwrap_or_default().max(numbers.cpu() + 1) + 1;
            known.push((bus, parent));
            items.push(controller(parent, bus.0, bus.1, &other.at.kind.sub_type));
            parent
        });
        items.push(other.item(number + i32::try_from(hardware.disks.len()).unwrap_or_default(), parent));
    }
    items
}

fn disk_item(place: Place<'_>, number: i32, disk: &Disk, numbers: &Numbers) -> ovf::Item {
    let (storage_profile_href, overrides) = place.storage(disk);
    let resource = rasd::HostResource {
        capacity: Some(disk.size_mb),
        bus_type: Some(disk.bus_type),
        bus_sub_type: Some(disk.bus_sub_type.clone()),
        storage_profile_href,
        storage_profile_override_vm_default: Some(overrides),
        ..rasd::HostResource::default()
    };
    ovf::Item {
        address_on_parent: Some(disk.unit.to_string()),
        host_resource: vec![resource],
        parent: Some(numbers.parent(disk).to_string()),
        virtual_quantity: Some(disk.size_mb.saturating_mul(1024 * 1024)),
        virtual_quantity_units: Some("byte".to_owned()),
        ..plain(17, disk.instance, format!("Hard disk {number}"), "Hard disk")
    }
}

fn cpu(place: Place<'_>, hardware: &Hardware) -> ovf::Item {
    let numbers = Numbers::of(place, hardware);
    ovf::Item {
        allocation_units: Some("hertz * 10^6".to_owned()),
        virtual_quantity: Some(hardware.cpus.into()),
        cores_per_socket: Some(vmw::CoresPerSocket { value: hardware.cores_per_socket, required: Some(false) }),
        ..own(place, "cpu", Edit::Cpu, plain(3, numbers.cpu(), format!("{} virtual CPU(s)", hardware.cpus), "Number of Virtual CPUs"))
    }
}

fn memory(place: Place<'_>, hardware: &Hardware) -> ovf::Item {
    let numbers = Numbers::of(place, hardware);
    ovf::Item {
        allocation_units: Some("byte * 2^20".to_owned()),
        virtual_quantity: Some(hardware.memory_mb),
        ..own(place, "memory", Edit::Memory, plain(4, numbers.cpu() + 1, format!("{} MB of memory", hardware.memory_mb), "Memory Size"))
    }
}

/// An item with a place of its own, and nothing reserved.
fn own(place: Place<'_>, part: &str, edit: Edit, item: ovf::Item) -> ovf::Item {
    let (href, r#type) = (Some(place.part(part)), Some(media::RASD_ITEM.to_owned()));
    let link = place.edit(edit).into_iter().collect();
    ovf::Item { href, r#type, reservation: Some(0), weight: Some(0), link, ..item }
}
