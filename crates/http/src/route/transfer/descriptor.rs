//! From an OVF descriptor to what a template holds. Invariant: what the descriptor leaves open is filled in here, and nowhere else.

use crate::route::vapp::params::startup;
use crate::view::product;
use vcdsim_model::Fault;
use vcdsim_model::family::vapp_template::{DESCRIPTOR, PlannedContent, PlannedVm, TemplateNetwork};
use vcdsim_model::family::vm::{Disk, Firmware, Hardware, NO_NETWORK, Nic, SerialPort};
use vcdsim_model::manifest::MANIFEST;
use vcdsim_model::transfer::TransferFile;
use vcdsim_platform::vapp_template::Description;
use vcdsim_wire::envelope::{EnvelopeDisk, EnvelopeFile, EnvelopeMachine, EnvelopeNic, EnvelopeSerialPort, parse_envelope};

/// The number of the first disk's hardware item.
const FIRST_DISK: i32 = 2_000;

/// What a descriptor says.
pub(super) fn description(bytes: &[u8]) -> Result<Description, Fault> {
    let read = parse_envelope(bytes).map_err(|error| Fault::bad_request(format!("The descriptor cannot be used: {error}.")))?;
    let twice =
        |(at, href): (usize, &str)| read.files[..at].iter().any(|other| other.href == href) || [DESCRIPTOR, MANIFEST].contains(&href);
    if let Some((_, href)) = read.files.iter().map(|file| file.href.as_str()).enumerate().find(|file| twice(*file)) {
        let shown = vcdsim_model::fault::excerpt(href);
        return Err(Fault::bad_request(format!("The descriptor cannot be used: its References name \"{shown}\" twice.")));
    }
    Ok(Description {
        machines: read.machines.into_iter().map(|machine| planned(machine, &read.files)).collect(),
        files: read.files.into_iter().map(file).collect(),
        networks: read.networks.into_iter().map(|(name, description)| TemplateNetwork { name, description }).collect(),
        eulas: read.eulas,
        products: product::said(read.products),
    })
}

/// A file that lies in parts beside its descriptor is still one: its parts are sent to one place, each at its offset.
fn file(read: EnvelopeFile) -> TransferFile {
    TransferFile { chunk_size: read.chunk_size, ..TransferFile::new(read.href, read.size) }
}

fn planned(read: EnvelopeMachine, files: &[EnvelopeFile]) -> PlannedVm {
    let content = |disk: &EnvelopeDisk| disk.file.map(|at| PlannedContent { file: at, gzip: files.get(at).is_some_and(|file| file.gzip) });
    let contents = read.disks.iter().map(content).collect();
    let hardware = Hardware {
        version: read.hardware_version.and_then(newest).unwrap_or_else(|| "vmx-13".to_owned()),
        os_name: read.os_name.unwrap_or_else(|| "Other (32-bit)".to_owned()),
        os_type: read.os_type.unwrap_or_else(|| "otherGuest".to_owned()),
        os_id: read.os_id,
        cpus: read.cpus,
        cores_per_socket: read.cores_per_socket.clamp(1, read.cpus.max(1)),
        memory_mb: read.memory_mb,
        firmware: read.firmware.as_deref().and_then(Firmware::find).unwrap_or_default(),
        disks: (FIRST_DISK..).zip(read.disks).map(disk).collect(),
        nics: (0..).zip(read.nics).map(nic).collect(),
        serial_ports: read.serial_ports.into_iter().map(serial_port).collect(),
    };
    let products = product::said(read.products);
    // What no vApp could be told either is left out.
    let startup = read.startup.and_then(|item| startup(&item).ok()).unwrap_or_default();
    PlannedVm { name: read.name, description: read.description, hardware, contents, products, startup }
}

/// Tools write several versions with blanks between them when a machine fits all.
fn newest(versions: String) -> Option<String> {
    versions.split_whitespace().last().map(str::to_owned)
}

fn disk((instance, read): (i32, EnvelopeDisk)) -> Disk {
    let EnvelopeDisk { size_mb, bus_type, bus_sub_type, unit, file: _ } = read;
    Disk { instance, size_mb, bus_type, bus_sub_type, bus: 0, unit, storage_profile: None, content: None }
}

fn serial_port(read: EnvelopeSerialPort) -> SerialPort {
    SerialPort { sub_type: read.sub_type, address: read.address, connected: read.connected }
}

/// The hardware address is drawn when the machine is made.
fn nic((index, read): (i32, EnvelopeNic)) -> Nic {
    let connected = read.network.is_some();
    Nic {
        index,
        network: read.network.unwrap_or_else(|| NO_NETWORK.to_owned()),
        mac: String::new(),
        mode: if connected { "DHCP" } else { "NONE" }.to_owned(),
        ip: None,
        connected,
        adapter: read.adapter.unwrap_or_else(|| "VMXNET3".to_owned()),
    }
}
