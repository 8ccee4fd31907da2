//! The OVF descriptor of a template that was not uploaded, and so has none of its own, and of a vApp. Invariant: it is read back as the
//! template that it was made from, or that the vApp would be captured as.

use crate::view::product;
use crate::view::vapp::startup_item;
use crate::view::vm::hardware;
use vcdsim_model::blank;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vapp::startup::Startup;
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vm::{Disk, Hardware, NO_NETWORK};
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::graph::Graph;
use vcdsim_platform::transfer::{packed_disks, packed_machines};
use vcdsim_wire::{Document, ovf};

/// The format of disks in packages.
const VMDK: &str = "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized";

/// The bytes of the descriptor.
pub(crate) fn bytes(whole: &Graph) -> Vec<u8> {
    vcdsim_wire::render_xml_as(&document(whole), ovf::Envelope::ROOT, ApiVersion::NEWEST.ordinal()).into_bytes()
}

/// A disk of a machine on its way into a package.
struct Packed<'a> {
    /// Its number in the package.
    number: usize,
    file: String,
    disk: &'a Disk,
}

impl Packed<'_> {
    fn id(&self) -> String {
        format!("vmdisk{}", self.number)
    }

    fn file_id(&self) -> String {
        format!("file{}", self.number)
    }

    fn reference(&self) -> ovf::File {
        let size = self.disk.content.map_or_else(|| blank::disk_len(self.disk.size_mb), |content| content.size);
        ovf::File {
            id: self.file_id(),
            href: self.file.clone(),
            size: i64::try_from(size).ok(),
            compression: self.disk.content.filter(|content| content.gzip).map(|_| "gzip".to_owned()),
            ..ovf::File::default()
        }
    }

    fn description(&self) -> ovf::VirtualDiskDesc {
        ovf::VirtualDiskDesc {
            disk_id: self.id(),
            file_ref: Some(self.file_id()),
            capacity: self.disk.size_mb.to_string(),
            capacity_allocation_units: Some("byte * 2^20".to_owned()),
            format: Some(VMDK.to_owned()),
            ..ovf::VirtualDiskDesc::default()
        }
    }
}

/// The networks of a template or a vApp, with their descriptions.
fn networks(whole: &Entity) -> Vec<(&str, &str)> {
    let of_template = whole.body::<VAppTemplate>().into_iter().flat_map(|template| &template.networks);
    let of_vapp = whole.body::<VApp>().into_iter().flat_map(|vapp| &vapp.networks);
    let of_template = of_template.map(|network| (network.name.as_str(), network.description.as_str()));
    let of_vapp = of_vapp.map(|network| (network.name.as_str(), network.description.as_deref().unwrap_or_default()));
    of_template.chain(of_vapp).filter(|(name, _)| *name != NO_NETWORK).collect()
}

/// In which order the machines start and stop, when that is not all at once.
fn startup(whole: &Graph) -> Option<ovf::StartupSection> {
    let machines = || packed_machines(whole).map(|(machine, _)| &machine.entity);
    let ordered = machines().any(|machine| machine.startup().is_some_and(|startup| startup != Startup::default()));
    ordered.then(|| ovf::StartupSection {
        info: "Order of starting and stopping".to_owned(),
        item: machines().filter_map(|machine| startup_item(machine)).collect(),
        ..ovf::StartupSection::default()
    })
}

fn document(whole: &Graph) -> ovf::Envelope {
    let mut all = Vec::new();
    let mut systems = Vec::new();
    for (machine, hardware) in packed_machines(whole) {
        let first = all.len();
        let disks = packed_disks(machine.entity.head.id, hardware);
        all.extend(disks.zip(first..).map(|((file, disk), number)| Packed { number, file, disk }));
        let ids: Vec<_> = all[first..].iter().map(Packed::id).collect();
        systems.push(ovf::VirtualSystem { product_section: product::sections(machine), ..system(&machine.entity, hardware, &ids) });
    }
    let network =
        |(name, description): (&str, &str)| ovf::NetworkSectionNetwork { name: name.to_owned(), description: Some(description.to_owned()) };
    let eulas = whole.entity.body::<VAppTemplate>().into_iter().flat_map(|body| &body.eulas).map(|text| super::eula(text));
    ovf::Envelope {
        references: ovf::References { file: all.iter().map(Packed::reference).collect() },
        disk_section: Some(ovf::DiskSection {
            info: "Virtual disks".to_owned(),
            disk: all.iter().map(Packed::description).collect(),
            ..ovf::DiskSection::default()
        }),
        network_section: Some(ovf::NetworkSection {
            info: "Logical networks".to_owned(),
            network: networks(&whole.entity).into_iter().map(network).collect(),
            ..ovf::NetworkSection::default()
        }),
        virtual_system_collection: Some(ovf::VirtualSystemCollection {
            id: whole.entity.head.name.clone(),
            info: "Virtual machines".to_owned(),
            name: Some(whole.entity.head.name.clone()),
            product_section: product::sections(whole),
            eula_section: eulas.collect(),
            startup_section: startup(whole),
            virtual_system: systems,
        }),
    }
}

fn system(machine: &Entity, hardware: &Hardware, disks: &[String]) -> ovf::VirtualSystem {
    let annotation = |text: &String| ovf::AnnotationSection {
        info: "Description".to_owned(),
        annotation: text.clone(),
        ..ovf::AnnotationSection::default()
    };
    ovf::VirtualSystem {
        id: machine.head.name.clone(),
        info: "A virtual machine".to_owned(),
        name: Some(machine.head.name.clone()),
        annotation_section: machine.head.description.as_ref().map(annotation),
        operating_system_section: Some(ovf::OperatingSystemSection {
            id: hardware.os_id,
            os_type: Some(hardware.os_type.clone()),
            info: "Operating system".to_owned(),
            description: Some(hardware.os_name.clone()),
            ..ovf::OperatingSystemSection::default()
        }),
        virtual_hardware_section: Some(hardware::packed(&machine.head.name, hardware, disks)),
        ..ovf::VirtualSystem::default()
    }
}
