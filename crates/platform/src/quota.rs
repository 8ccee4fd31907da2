//! Limits of VDCs and of their storage profiles. Invariant: what adds to a VDC is compared with its limits in the transaction that adds it,
//! once it stands; so no two that fit alone can exceed them together, whatever is blocked in between.

use crate::vdc::{storage_used, usage};
use std::collections::BTreeSet;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_store::Reader;

/// Refuses what has made a VDC use more than it may. A limit of 0 is none.
///
/// # Errors
/// 400 that names the limit, what it is, and what would be used.
pub(crate) async fn fits(reader: &Reader<'_>, vdc: Uuid) -> Result<(), Fault> {
    let vdc = reader.get::<Vdc>(vdc).await?;
    let (name, body) = (&vdc.head().name, vdc.body());
    let limits = [body.cpu_limit_mhz, body.memory_limit_mb, i64::from(body.vm_quota)];
    if limits.iter().any(|limit| *limit > 0) {
        let used = usage(reader, vdc.entity()).await?;
        let [cpu, memory, machines] = limits;
        within(used.cpu_mhz, cpu, || format!("MHz of CPU in the VDC \"{name}\""))?;
        within(used.memory_mb, memory, || format!("MB of memory in the VDC \"{name}\""))?;
        within(used.machines, machines, || format!("virtual machine(s) in the VDC \"{name}\""))?;
    }
    for profile in reader.children::<VdcStorageProfile>(vdc.head().id).await? {
        if profile.body().limit_mb > 0 {
            let used = storage_used(reader, vdc.head().org, &BTreeSet::from([profile.head().id])).await?;
            let of = || format!("MB of the storage profile \"{}\" of the VDC \"{name}\"", profile.head().name);
            within(used, profile.body().limit_mb, of)?;
        }
    }
    Ok(())
}

fn within(used: i64, limit: i64, of: impl FnOnce() -> String) -> Result<(), Fault> {
    if limit == 0 || used <= limit {
        return Ok(());
    }
    Err(Fault::bad_request(format!("The operation exceeds a quota: it would use {used} {}, whose limit is {limit}.", of())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_may_be_reached_and_none_is_none() {
        let of = || "MB of X".to_owned();
        assert!(within(5, 5, of).is_ok() && within(5, 0, of).is_ok());
        assert_eq!(within(6, 5, of).unwrap_err().message, "The operation exceeds a quota: it would use 6 MB of X, whose limit is 5.");
    }
}
