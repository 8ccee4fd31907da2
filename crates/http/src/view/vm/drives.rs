//! The drives of machines and what is in them. Invariant: the hardware items and `VmSpecSection` show the same media.

use crate::view::ViewCx;
use crate::view::vm::hardware::{Place, plain};
use std::sync::Arc;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::vm::{Drive, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_platform::graph::Graph;
use vcdsim_wire::{ovf, rasd, vcloud};

/// The medium in a drive of the machine in a graph.
fn medium(graph: &Graph, drive: Drive) -> Option<&Arc<Entity>> {
    let id = graph.entity.body::<Vm>()?.drives.medium(drive)?;
    graph.related.get(Urn::new(Kind::Media, id))
}

/// The hardware items of the drives, that for discs on the controller with the number `ide`; each has the name of what is in it.
pub(super) fn items(place: Place<'_>, ide: i32) -> impl Iterator<Item = ovf::Item> {
    Drive::ALL.into_iter().map(move |drive| {
        let medium = place.edited.and_then(|(_, graph)| medium(graph, drive));
        let (name, description, loaded, parent) = match drive {
            Drive::Cd => ("CD/DVD Drive 1", "CD/DVD Drive", "vmware.cdrom.iso", Some(ide.to_string())),
            Drive::Floppy => ("Floppy Drive 1", "Floppy Drive", "vmware.floppy.image", None),
        };
        let value = medium.map(|medium| medium.head.name.clone()).unwrap_or_default();
        ovf::Item {
            address_on_parent: Some("0".to_owned()),
            automatic_allocation: Some(medium.is_some()),
            host_resource: vec![rasd::HostResource { value, ..rasd::HostResource::default() }],
            parent,
            resource_sub_type: medium.map(|_| loaded.to_owned()),
            ..plain(drive.resource_type(), drive.instance(), name.to_owned(), description)
        }
    })
}

/// How `VmSpecSection` has them.
pub(super) fn settings(cx: &ViewCx<'_>, graph: &Graph) -> vcloud::MediaSection {
    let one = |drive: Drive| {
        let image = medium(graph, drive).map(|medium| cx.reference(medium.urn(), View::User, &medium.head.name));
        vcloud::MediaSettings {
            device_id: Some(drive.instance().to_string()),
            media_type: Some(if drive == Drive::Cd { "ISO" } else { "FLOPPY" }.to_owned()),
            media_state: Some(if image.is_some() { "SERVER" } else { "DISCONNECTED" }.to_owned()),
            media_image: image,
            adapter_type: (drive == Drive::Cd).then(|| vcdsim_model::hardware::IDE.number.to_string()),
            ..vcloud::MediaSettings::default()
        }
    };
    vcloud::MediaSection { media_settings: Drive::ALL.into_iter().map(one).collect() }
}
