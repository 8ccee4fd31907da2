//! Worlds whose VDCs have limits. Invariant: the limits are so low that a day meets them, and never change.

use vcdsim_model::Fault;
use vcdsim_model::entity::{Entity, Status};
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::kind::Kind;
use vcdsim_store::{Command, EntityFilter, Tx};

use super::snapshot::Snapshot;

/// Whether the world of this seed is one.
pub(super) const fn are_set(seed: u64) -> bool {
    seed % 5 == 3
}

/// Sets them.
pub(super) struct Set;

impl Command for Set {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        for vdc in tx.read().list(EntityFilter::kind(Kind::Vdc)).await? {
            let limit = |_: &mut _, vdc: &mut Vdc| (vdc.cpu_limit_mhz, vdc.memory_limit_mb, vdc.vm_quota) = (4_000, 1_600, 11);
            tx.update_body::<Vdc>(vdc.head.id, limit).await?;
        }
        for profile in tx.read().list(EntityFilter::kind(Kind::VdcStorageProfile)).await? {
            tx.update_body::<VdcStorageProfile>(profile.head.id, |_, profile| profile.limit_mb = 20_000).await?;
        }
        Ok(())
    }
}

pub(super) fn is_something(entity: &&std::sync::Arc<Entity>) -> bool {
    entity.head.status != Status::FailedCreation
}

/// What is used is no more than what may be, counted here by hand.
pub(super) fn are_kept(world: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    let mut within =
        |used: i64, limit: i64, of: String| found.extend((limit > 0 && used > limit).then(|| format!("{used} {of}, of {limit}")));
    let lies_in = |entity: &Entity, kind: Kind, vdc: &Entity| {
        entity.head.parent.is_some_and(|id| world.of_kind(kind).any(|above| above.head.id == id && above.head.parent == Some(vdc.head.id)))
    };
    for vdc in world.of_kind(Kind::Vdc) {
        let body = vdc.body::<Vdc>().unwrap();
        let machines = || world.of_kind(Kind::Vm).filter(is_something).filter(|machine| lies_in(machine, Kind::VApp, vdc));
        let of_templates = world.of_kind(Kind::TemplateVm).filter(is_something).filter(|machine| lies_in(machine, Kind::VAppTemplate, vdc));
        let running =
            || machines().filter(|machine| machine.head.status == Status::PoweredOn).map(|machine| &machine.body::<Vm>().unwrap().hardware);
        let (name, count) = (&vdc.head.name, machines().count() + of_templates.count());
        within(i64::try_from(count).unwrap(), i64::from(body.vm_quota), format!("machines lie in {name}"));
        within(
            running().map(|hardware| i64::from(hardware.cpus) * body.vcpu_mhz).sum(),
            body.cpu_limit_mhz,
            format!("MHz are used in {name}"),
        );
        within(running().map(|hardware| hardware.memory_mb).sum(), body.memory_limit_mb, format!("MB of memory are used in {name}"));
    }
    let taken = super::holdings::storage(world);
    for profile in world.of_kind(Kind::VdcStorageProfile) {
        let used = taken.get(&profile.head.id).copied().unwrap_or_default();
        within(used, profile.body::<VdcStorageProfile>().unwrap().limit_mb, format!("MB are taken of {}", profile.head.name));
    }
    found
}
