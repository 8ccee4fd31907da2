//! What VDCs use, and changing what they may. Invariant: CPU and memory count while a machine runs, storage while something exists, machines
//! from the moment they are asked for.

mod update;

pub(crate) use update::MOST;
pub use update::{Limits, SetEnabled, UpdateVdc};

use std::collections::BTreeSet;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Body, Entity, Status};
use vcdsim_model::family::storage_profile::{STORED, VdcStorageProfile};
use vcdsim_model::family::vapp_template::VAppTemplate;
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
    /// Machines in vApps and in templates.
    pub machines: i64,
}

impl Usage {
    /// Adds one machine of a vApp, whose virtual CPUs count for `vcpu_mhz` each.
    fn add(&mut self, vm: &Vm, status: Status, vcpu_mhz: i64) {
        self.machines += i64::from(status != Status::FailedCreation);
        if status == Status::PoweredOn {
            self.cpu_mhz += i64::from(vm.hardware.cpus) * vcpu_mhz;
            self.memory_mb += vm.hardware.memory_mb;
        }
    }

    /// Adds the machines of a template: those that it has, and those that it is being given.
    fn add_template(&mut self, template: &Entity, machines: &[std::sync::Arc<Entity>]) {
        let there = machines.iter().filter(|vm| vm.head.parent == Some(template.head.id) && vm.head.status != Status::FailedCreation);
        let planned = template.body::<VAppTemplate>().filter(|_| template.head.status != Status::FailedCreation);
        self.machines += i64::try_from(there.count() + planned.map_or(0, |body| body.planned.len())).unwrap_or(i64::MAX);
    }
}

/// What lies in a VDC uses; nothing for an object that is no VDC.
///
/// # Errors
/// Only a defect of the store.
pub async fn usage(reader: &Reader<'_>, vdc: &Entity) -> Result<Usage, Fault> {
    let mut usage = Usage::default();
    let Some(body) = vdc.body::<Vdc>() else { return Ok(usage) };
    let in_org = |kind: Kind| EntityFilter::kind(kind).in_org(vdc.head.org);
    let vapps = reader.list(EntityFilter::kind(Kind::VApp).in_parent(vdc.head.id)).await?;
    let vapps: BTreeSet<Uuid> = vapps.iter().map(|vapp| vapp.head.id).collect();
    for vm in reader.list(in_org(Kind::Vm)).await? {
        if let (Body::Vm(machine), Some(true)) = (&vm.body, vm.head.parent.map(|vapp| vapps.contains(&vapp))) {
            usage.add(machine, vm.head.status, body.vcpu_mhz);
        }
    }
    let of_templates = reader.list(in_org(Kind::TemplateVm)).await?;
    for template in reader.list(EntityFilter::kind(Kind::VAppTemplate).in_parent(vdc.head.id)).await? {
        usage.add_template(&template, &of_templates);
    }
    let profiles = reader.children::<VdcStorageProfile>(vdc.head.id).await?;
    usage.storage_mb = storage_used(reader, vdc.head.org, &profiles.iter().map(|profile| profile.head().id).collect()).await?;
    Ok(usage)
}

/// The storage that is taken of these shares of storage profiles, in MB; `org` narrows down where to look.
///
/// # Errors
/// Only a defect of the store.
pub async fn storage_used(reader: &Reader<'_>, org: Option<Uuid>, profiles: &BTreeSet<Uuid>) -> Result<i64, Fault> {
    let mut used = 0;
    for kind in STORED {
        let all = EntityFilter::kind(kind);
        let all = reader.list(if org.is_some() { all.in_org(org) } else { all }).await?;
        let here = all.iter().flat_map(|entity| entity.storages()).filter(|(profile, _)| profiles.contains(profile));
        used += here.map(|(_, mb)| mb).sum::<i64>();
    }
    Ok(used)
}
