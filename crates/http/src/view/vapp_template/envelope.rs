//! The OVF descriptor of a template that was not uploaded, and so has none of its own. Invariant: it is read back as the template that it
//! was made from.

use crate::view::product;
use crate::view::vm::hardware;
use vcdsim_model::blank;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vm::{Disk, Hardware, NO_NETWORK};
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::graph::Graph;
use vcdsim_platform::transfer::packed_disks;
use vcdsim_wire::{Document, ovf};

/// The format of disks in packages.
const VMDK: &str = "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized";

/// The bytes of the descriptor.
pub(crate) fn bytes(template: &Graph) -> Vec<u8> {
    vcdsim_wire::render_xml_as(&document(template), ovf::Envelope::ROOT, ApiVersion::NEWEST.ordinal()).into_bytes()
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
        let blank = || blank::disk(self.disk.size_mb).len() as u64;
        let size = self.disk.content.map_or_else(blank, |content| content.size);
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

fn document(template: &Graph) -> ovf::Envelope {
    let mut all = Vec::new();
    let mut systems = Vec::new();
    for machine in template.children_of(Kind::TemplateVm) {
        let Some(hardware) = machine.entity.hardware() else { continue };
        let first = all.len();
        let disks = packed_disks(machine.entity.head.id, hardware);
        all.extend(disks.zip(first..).map(|((file, disk), number)| Packed { number, file, disk }));
        let ids: Vec<_> = all[first..].iter().map(Packed::id).collect();
        systems.push(ovf::VirtualSystem { product_section: product::sections(machine), ..system(&machine.entity, hardware, &ids) });
    }
    let body = template.entity.body::<VAppTemplate>();
    let networks = body.iter().flat_map(|body| &body.networks).filter(|network| network.name != NO_NETWORK);
    let network =
        |name: &str, description: &str| ovf::NetworkSectionNetwork { name: name.to_owned(), description: Some(description.to_owned()) };
    let eulas = body.iter().flat_map(|body| &body.eulas).map(|text| super::eula(text));
    ovf::Envelope {
        references: ovf::References { file: all.iter().map(Packed::reference).collect() },
        disk_section: Some(ovf::DiskSection {
            info: "Virtual disks".to_owned(),
            disk: all.iter().map(Packed::description).collect(),
            ..ovf::DiskSection::default()
        }),
        network_section: Some(ovf::NetworkSection {
            info: "Logical networks".to_owned(),
            network: networks.map(|known| network(&known.name, &known.description)).collect(),
            ..ovf::NetworkSection::default()
        }),
        virtual_system_collection: Some(ovf::VirtualSystemCollection {
            id: template.entity.head.name.clone(),
            info: "Virtual machines".to_owned(),
            name: Some(template.entity.head.name.clone()),
            product_section: product::sections(template),
            eula_section: eulas.collect(),
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
