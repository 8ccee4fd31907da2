//! Independent disks among a machine's hardware. Invariant: an item of one names the disk, so that clients tell it from a machine's own.

use crate::view::ViewCx;
use vcdsim_model::family::disk::{Attached, Disk};
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_platform::graph::Graph;
use vcdsim_wire::{ovf, rasd, vcloud};

/// An independent disk that a machine has.
#[derive(Debug)]
pub(crate) struct Independent {
    pub(crate) at: Attached,
    size_mb: i64,
    disk: vcloud::Reference,
    profile: Option<vcloud::Reference>,
}

/// Those of the machine in a graph.
pub(crate) fn of(cx: &ViewCx<'_>, graph: &Graph) -> Vec<Independent> {
    let all = graph.entity.body::<Vm>().map_or(&[][..], |machine| &machine.attached);
    let one = |attached: &Attached| {
        let urn = Urn::new(Kind::Disk, attached.disk);
        let entity = graph.related.get(urn)?;
        let disk = entity.body::<Disk>()?;
        let profile = disk.storage_profile.map(|id| Urn::new(Kind::VdcStorageProfile, id));
        Some(Independent {
            at: attached.clone(),
            size_mb: disk.size_mb(),
            disk: cx.reference(urn, View::User, &entity.head.name),
            profile: profile.map(|urn| vcloud::Reference { name: None, ..cx.reference(urn, View::User, "") }),
        })
    };
    all.iter().filter_map(one).collect()
}

impl Independent {
    /// Its item, below the controller with this number.
    pub(crate) fn item(&self, number: i32, parent: i32) -> ovf::Item {
        let resource = rasd::HostResource {
            capacity: Some(self.size_mb),
            bus_type: Some(self.at.kind.number),
            bus_sub_type: Some(self.at.kind.sub_type.clone()),
            disk: Some(self.disk.href.clone()),
            storage_profile_href: self.profile.as_ref().map(|profile| profile.href.clone()),
            storage_profile_override_vm_default: Some(false),
            ..rasd::HostResource::default()
        };
        ovf::Item {
            address_on_parent: Some(self.at.unit.to_string()),
            host_resource: vec![resource],
            parent: Some(parent.to_string()),
            virtual_quantity: Some(self.bytes()),
            virtual_quantity_units: Some("byte".to_owned()),
            ..super::hardware::plain(17, self.at.instance, format!("Hard disk {number}"), "Hard disk")
        }
    }

    /// How `VmSpecSection` has it.
    pub(crate) fn settings(&self) -> vcloud::DiskSettings {
        vcloud::DiskSettings {
            disk_id: Some(self.at.instance.to_string()),
            size_mb: self.size_mb,
            unit_number: self.at.unit,
            bus_number: self.at.bus,
            adapter_type: self.at.kind.adapter().number.to_string(),
            thin_provisioned: Some(true),
            disk: Some(self.disk.clone()),
            storage_profile: self.profile.clone(),
            override_vm_default: Some(true),
            iops: Some(0),
            virtual_quantity_unit: Some("byte".to_owned()),
            virtual_quantity: Some(self.bytes()),
        }
    }

    fn bytes(&self) -> i64 {
        self.size_mb.saturating_mul(1 << 20)
    }
}
