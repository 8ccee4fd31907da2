//! What the machines of VDCs use. Invariant: CPU and memory count while a machine runs, storage while it exists.

use std::collections::BTreeSet;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Body, Entity, Status};
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader};

/// What is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU in MHz.
    pub cpu_mhz: i64,
    /// Memory in MB.
    pub memory_mb: i64,
    /// Storage in MB.
    pub storage_mb: i64,
}

impl Usage {
    /// Adds one machine whose virtual CPUs count for `vcpu_mhz` each.
    fn add(&mut self, vm: &Vm, status: Status, vcpu_mhz: i64) {
        self.storage_mb += storage_mb(vm);
        if status == Status::PoweredOn {
            self.cpu_mhz += i64::from(vm.hardware.cpus) * vcpu_mhz;
            self.memory_mb += vm.hardware.memory_mb;
        }
    }
}

fn storage_mb(vm: &Vm) -> i64 {
    vm.hardware.disks.iter().map(|disk| disk.size_mb).sum()
}

/// What the machines of a VDC use; nothing for an object that is no VDC.
///
/// # Errors
/// Only a defect of the store.
pub async fn usage(reader: &Reader<'_>, vdc: &Entity) -> Result<Usage, Fault> {
    let mut usage = Usage::default();
    let Some(body) = vdc.body::<Vdc>() else { return Ok(usage) };
    let vapps = reader.list(EntityFilter::kind(Kind::VApp).in_parent(vdc.head.id)).await?;
    let vapps: BTreeSet<Uuid> = vapps.iter().map(|vapp| vapp.head.id).collect();
    for vm in reader.list(EntityFilter::kind(Kind::Vm).in_org(vdc.head.org)).await? {
        if let (Body::Vm(machine), Some(true)) = (&vm.body, vm.head.parent.map(|vapp| vapps.contains(&vapp))) {
            usage.add(machine, vm.head.status, body.vcpu_mhz);
        }
    }
    Ok(usage)
}

/// The storage that machines take in these shares of storage profiles, in MB; `org` narrows down where to look.
///
/// # Errors
/// Only a defect of the store.
pub async fn storage_used(reader: &Reader<'_>, org: Option<Uuid>, profiles: &BTreeSet<Uuid>) -> Result<i64, Fault> {
    let machines = EntityFilter::kind(Kind::Vm);
    let machines = reader.list(if org.is_some() { machines.in_org(org) } else { machines }).await?;
    let here = machines.iter().filter_map(|vm| vm.body::<Vm>()).filter(|vm| vm.storage_profile.is_some_and(|id| profiles.contains(&id)));
    Ok(here.map(storage_mb).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use vcdsim_model::family::vm::{Disk, GuestCustomization, Hardware};

    fn vm() -> Vm {
        let disk = |unit| Disk { instance: 2000 + unit, size_mb: 100, bus_type: 6, bus_sub_type: String::new(), unit, content: None };
        let hardware = Hardware {
            version: "vmx-13".to_owned(),
            os_type: String::new(),
            os_name: String::new(),
            os_id: 0,
            cpus: 2,
            cores_per_socket: 1,
            memory_mb: 512,
            disks: vec![disk(0), disk(1)],
            nics: Vec::new(),
        };
        let guest = GuestCustomization { enabled: false, computer_name: String::new() };
        let (moref, products) = (String::new(), Vec::new());
        Vm { hardware, deployed: false, guest, storage_profile: None, moref, needs_customization: false, products }
    }

    #[test]
    fn a_machine_at_rest_takes_storage_alone() {
        let mut usage = Usage::default();
        usage.add(&vm(), Status::PoweredOff, 1000);
        assert_eq!(usage, Usage { cpu_mhz: 0, memory_mb: 0, storage_mb: 200 });
        usage.add(&vm(), Status::PoweredOn, 1000);
        assert_eq!(usage, Usage { cpu_mhz: 2000, memory_mb: 512, storage_mb: 400 });
    }
}
