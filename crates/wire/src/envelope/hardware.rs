//! The hardware of a descriptor's machines: CIM's items (DSP0243 8). Invariant: what an item refers to is there, or the item is refused.

use super::{EnvelopeMachine, attribute, elements, number, product, required, text_of};
use crate::error::{ParseError, ParseErrorKind};
use roxmltree::Node;
use std::collections::BTreeMap;

/// CIM's numbers of resource types.
mod resource {
    pub(super) const CPU: i32 = 3;
    pub(super) const MEMORY: i32 = 4;
    pub(super) const NIC: i32 = 10;
    pub(super) const DISK: i32 = 17;
    pub(super) const SERIAL_PORT: i32 = 21;
}
/// The bus of a disk without a controller: SCSI.
const SCSI: i32 = 6;
const MB: u64 = 1 << 20;

/// A disk of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeDisk {
    /// Its size in MB, rounded up.
    pub size_mb: i64,
    /// CIM's number of its controller's type: 5 is IDE, 6 is SCSI, 20 another.
    pub bus_type: i32,
    /// As in `lsilogic`.
    pub bus_sub_type: String,
    /// Its place on the bus.
    pub unit: i32,
    /// The number of the file that has its bytes, among the package's; `None` for an empty disk.
    pub file: Option<usize>,
}

/// A network card of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeNic {
    /// The network that it is connected to, if any.
    pub network: Option<String>,
    /// As in `VMXNET3`.
    pub adapter: Option<String>,
}

/// A serial port of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeSerialPort {
    /// What stands behind it, as in `vmware.serialport.uri`.
    pub sub_type: Option<String>,
    /// Where that is.
    pub address: Option<String>,
    /// Whether it is connected when the machine is powered on.
    pub connected: bool,
}

/// A disk of the package: its size, and the number of its file.
pub(super) struct Packed {
    size_mb: i64,
    file: Option<usize>,
}

/// The disks of a package, by id.
pub(super) fn disks(section: Option<Node<'_, '_>>, files: &[Node<'_, '_>]) -> Result<BTreeMap<String, Packed>, ParseError> {
    let mut found = BTreeMap::new();
    for disk in section.into_iter().flat_map(|section| elements(section, "Disk")) {
        let id = required(disk, "diskId")?;
        let file_ref = attribute(disk, "fileRef");
        let file = file_ref.and_then(|wanted| files.iter().position(|known| attribute(*known, "id") == Some(wanted)));
        if let (Some(wanted), None) = (file_ref, file) {
            let message = format!("the disk {id} lies in the file {wanted}, which is not among the References");
            return Err(ParseError::new(ParseErrorKind::BadValue, message));
        }
        let capacity: u64 = number(disk, "capacity", &required(disk, "capacity")?)?;
        let unit = units(disk, attribute(disk, "capacityAllocationUnits"), 1)?;
        let bytes = capacity.checked_mul(unit).filter(|bytes| *bytes < 1 << 62);
        let bytes =
            bytes.ok_or_else(|| ParseError::new(ParseErrorKind::BadValue, format!("the capacity of the disk {id} is too large")))?;
        found.insert(id, Packed { size_mb: i64::try_from(bytes.div_ceil(MB)).unwrap_or(i64::MAX), file });
    }
    Ok(found)
}

/// How many bytes a unit has: `byte * 2^20`, `MegaBytes`, or as said when nothing is written.
fn units(node: Node<'_, '_>, text: Option<&str>, default: u64) -> Result<u64, ParseError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(default) };
    let power = text.to_ascii_lowercase().replace(' ', "");
    match power.as_str() {
        "byte" | "bytes" => Ok(1),
        "kilobytes" | "kb" => Ok(1 << 10),
        "megabytes" | "mb" => Ok(MB),
        "gigabytes" | "gb" => Ok(1 << 30),
        other => {
            let exponent =
                other.strip_prefix("byte*2^").and_then(|exponent| exponent.parse::<u32>().ok()).filter(|exponent| *exponent < 60);
            let shown: String = text.chars().take(40).collect();
            let wrong =
                || ParseError::new(ParseErrorKind::BadValue, format!("the unit \"{shown}\" of {} is not known", node.tag_name().name()));
            exponent.map(|exponent| 1 << exponent).ok_or_else(wrong)
        }
    }
}

/// One hardware item.
struct Item<'a, 'i> {
    node: Node<'a, 'i>,
    resource: i32,
}

impl<'a, 'i> Item<'a, 'i> {
    fn text(&self, name: &'static str) -> Option<String> {
        text_of(self.node, name).filter(|text| !text.is_empty())
    }

    fn number<T: std::str::FromStr>(&self, name: &'static str) -> Result<Option<T>, ParseError> {
        self.text(name).map(|text| number(self.node, name, &text)).transpose()
    }

    fn positive(&self, name: &'static str) -> Result<i64, ParseError> {
        let found: Option<i64> = self.number(name)?;
        let wrong = || ParseError::new(ParseErrorKind::BadValue, format!("{name} of the hardware item is missing or not positive"));
        found.filter(|number| (1..1 << 40).contains(number)).ok_or_else(wrong)
    }
}

/// A machine.
pub(super) fn machine(
    system: Node<'_, '_>,
    disks: &BTreeMap<String, Packed>,
    networks: &[(String, String)],
) -> Result<EnvelopeMachine, ParseError> {
    let name = text_of(system, "Name").filter(|name| !name.is_empty()).map_or_else(|| required(system, "id"), Ok)?;
    let at = |error: ParseError| error.at(&["Envelope", "VirtualSystem"]);
    let hardware = elements(system, "VirtualHardwareSection").next();
    let hardware = hardware.ok_or_else(|| ParseError::new(ParseErrorKind::Missing, format!("\"{name}\" has no VirtualHardwareSection")))?;
    let mut items = Vec::new();
    for node in elements(hardware, "Item").chain(elements(hardware, "StorageItem")).chain(elements(hardware, "EthernetPortItem")) {
        let resource = text_of(node, "ResourceType").unwrap_or_default();
        items.push(Item { node, resource: number(node, "ResourceType", &resource).map_err(at)? });
    }
    let of = |resource: i32| items.iter().filter(move |item| item.resource == resource);
    let os = elements(system, "OperatingSystemSection").next();
    let mut made = EnvelopeMachine {
        description: elements(system, "AnnotationSection").next().and_then(|section| text_of(section, "Annotation")),
        os_id: os.and_then(|os| attribute(os, "id")).and_then(|id| id.parse().ok()).unwrap_or(1),
        os_type: os.and_then(|os| attribute(os, "osType")).map(str::to_owned),
        os_name: os.and_then(|os| text_of(os, "Description")),
        firmware: elements(hardware, "Config")
            .find(|config| attribute(*config, "key") == Some("firmware"))
            .and_then(|config| attribute(config, "value").map(str::to_owned)),
        hardware_version: elements(hardware, "System").next().and_then(|system| text_of(system, "VirtualSystemType")),
        cpus: 1,
        cores_per_socket: 1,
        memory_mb: 0,
        products: product::sections(system).map_err(at)?,
        name,
        ..EnvelopeMachine::default()
    };
    for cpu in of(resource::CPU) {
        made.cpus = i32::try_from(cpu.positive("VirtualQuantity").map_err(at)?).unwrap_or(i32::MAX);
        made.cores_per_socket = cpu.number("CoresPerSocket").map_err(at)?.filter(|cores| *cores > 0).unwrap_or(1);
    }
    for memory in of(resource::MEMORY) {
        let unit = units(memory.node, memory.text("AllocationUnits").as_deref(), MB).map_err(at)?;
        let bytes = u128::try_from(memory.positive("VirtualQuantity").map_err(at)?).unwrap_or_default() * u128::from(unit);
        made.memory_mb = i64::try_from(bytes.div_ceil(u128::from(MB))).unwrap_or(i64::MAX);
    }
    made.disks = of(resource::DISK).map(|disk| disk_of(disk, &items, disks)).collect::<Result<_, _>>().map_err(at)?;
    made.nics = of(resource::NIC).map(|nic| nic_of(nic, networks)).collect::<Result<_, _>>().map_err(at)?;
    made.serial_ports = of(resource::SERIAL_PORT).map(serial_port_of).collect();
    Ok(made)
}

fn disk_of(disk: &Item<'_, '_>, items: &[Item<'_, '_>], disks: &BTreeMap<String, Packed>) -> Result<EnvelopeDisk, ParseError> {
    let host = disk.text("HostResource").unwrap_or_default();
    let id = host.rsplit('/').next().unwrap_or_default();
    let shown: String = host.chars().take(60).collect();
    let unknown = || ParseError::new(ParseErrorKind::BadValue, format!("HostResource \"{shown}\" is no disk of the DiskSection"));
    let packed = disks.get(id).ok_or_else(unknown)?;
    let parent = disk.text("Parent");
    let controller = items.iter().find(|item| parent.is_some() && item.text("InstanceID") == parent);
    Ok(EnvelopeDisk {
        size_mb: packed.size_mb,
        file: packed.file,
        bus_type: controller.map_or(SCSI, |controller| controller.resource),
        bus_sub_type: controller.and_then(|controller| controller.text("ResourceSubType")).unwrap_or_else(|| "lsilogic".to_owned()),
        unit: disk.number("AddressOnParent")?.unwrap_or(0),
    })
}

fn serial_port_of(port: &Item<'_, '_>) -> EnvelopeSerialPort {
    let connected = port.text("AutomaticAllocation").is_some_and(|text| ["true", "1"].contains(&text.trim()));
    EnvelopeSerialPort { sub_type: port.text("ResourceSubType"), address: port.text("Address"), connected }
}

fn nic_of(nic: &Item<'_, '_>, networks: &[(String, String)]) -> Result<EnvelopeNic, ParseError> {
    let network = nic.text("Connection");
    if let Some(name) = network.as_ref().filter(|name| !networks.iter().any(|(known, _)| known == *name)) {
        let shown: String = name.chars().take(60).collect();
        return Err(ParseError::new(ParseErrorKind::BadValue, format!("Connection \"{shown}\" is no network of the NetworkSection")));
    }
    Ok(EnvelopeNic { network, adapter: nic.text("ResourceSubType") })
}
