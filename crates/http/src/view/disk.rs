//! Documents of the family `disk`. Invariant: the size is in bytes below 33.0 and in MB from then on, which the table of versions decides.

use crate::view::{ViewCx, task};
use vcdsim_model::family::disk;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::{Disk, Vms};

/// An independent disk.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> Disk {
    let head = &graph.entity.head;
    let body = graph.entity.body::<disk::Disk>();
    let profile = body.and_then(|disk| disk.storage_profile).map(|id| Urn::new(Kind::VdcStorageProfile, id));
    Disk {
        href: Some(cx.base.href(graph.entity.urn(), View::User)),
        r#type: Some(media::DISK.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        status: Some(head.status.code()),
        size: body.map(|disk| disk.size),
        size_mb: body.map(disk::Disk::size_mb),
        iops: Some(0),
        bus_type: body.map(|disk| disk.bus.number.to_string()),
        bus_sub_type: body.map(|disk| disk.bus.sub_type.clone()),
        link: cx.links(graph),
        description: head.description.clone(),
        tasks: task::in_progress(cx, &graph.tasks),
        storage_profile: profile.and_then(|urn| cx.named(graph, urn, View::User)),
        owner: cx.owner(graph),
        ..Disk::default()
    }
}

/// The machines that have it: one at most.
pub(crate) fn attached(cx: &ViewCx<'_>, graph: &Graph) -> Vms {
    let machine = graph.entity.body::<disk::Disk>().and_then(|disk| disk.attached_to);
    let machine = machine.and_then(|id| cx.named(graph, Urn::new(Kind::Vm, id), View::User));
    Vms {
        href: Some(format!("{}{}", cx.base.href(graph.entity.urn(), View::User), disk::READ_ATTACHED.path)),
        r#type: Some(media::VMS.to_owned()),
        vm_reference: machine.into_iter().collect(),
        ..Vms::default()
    }
}
