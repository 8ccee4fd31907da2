//! Limits of VDCs and of their storage profiles. Invariant: what adds to a VDC is compared with its limits in the transaction that adds it,
//! once it stands; so no two that fit alone can exceed them together, whatever is blocked in between.

use crate::vdc::{storage_used, usage};
use std::collections::BTreeSet;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Res, Status};
use vcdsim_model::family::network::Network;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_store::Reader;

/// Refuses machines that have just been added to a VDC, with their disks on these storage profiles. A limit of 0 is none; one that
/// something else exceeds already does not matter.
///
/// # Errors
/// 400 that names the limit, what it is, and what would be used.
pub(crate) async fn machines_fit(reader: &Reader<'_>, vdc: Uuid, profiles: impl IntoIterator<Item = Uuid>) -> Result<(), Fault> {
    let vdc = reader.get::<Vdc>(vdc).await?;
    if vdc.body().vm_quota > 0 {
        let of = || format!("virtual machine(s) in the VDC \"{}\"", vdc.head().name);
        within(usage(reader, vdc.entity()).await?.machines, i64::from(vdc.body().vm_quota), of)?;
    }
    storage_fits(reader, profiles).await
}

/// Refuses what has just been added to these storage profiles.
///
/// # Errors
/// As [`machines_fit`].
pub(crate) async fn storage_fits(reader: &Reader<'_>, profiles: impl IntoIterator<Item = Uuid>) -> Result<(), Fault> {
    for id in profiles.into_iter().collect::<BTreeSet<_>>() {
        let profile = reader.get::<VdcStorageProfile>(id).await?;
        if profile.body().limit_mb > 0 {
            let used = storage_used(reader, profile.head().org, &BTreeSet::from([id])).await?;
            within(used, profile.body().limit_mb, || format!("MB of the storage profile \"{}\"", profile.head().name))?;
        }
    }
    Ok(())
}

/// Refuses a network that has just been added to a VDC.
///
/// # Errors
/// As [`machines_fit`].
pub(crate) async fn networks_fit(reader: &Reader<'_>, vdc: &Res<Vdc>) -> Result<(), Fault> {
    let all = reader.children::<Network>(vdc.head().id).await?;
    let there = all.iter().filter(|network| network.head().status != Status::FailedCreation).count();
    let used = i64::try_from(there).unwrap_or(i64::MAX);
    within(used, i64::from(vdc.body().network_quota), || format!("network(s) in the VDC \"{}\"", vdc.head().name))
}

/// Refuses machines that have just been started.
///
/// # Errors
/// As [`machines_fit`].
pub(crate) async fn power_fits(reader: &Reader<'_>, vdc: Uuid) -> Result<(), Fault> {
    let vdc = reader.get::<Vdc>(vdc).await?;
    let (name, body) = (&vdc.head().name, vdc.body());
    if body.cpu_limit_mhz > 0 || body.memory_limit_mb > 0 {
        let used = usage(reader, vdc.entity()).await?;
        within(used.cpu_mhz, body.cpu_limit_mhz, || format!("MHz of CPU in the VDC \"{name}\""))?;
        within(used.memory_mb, body.memory_limit_mb, || format!("MB of memory in the VDC \"{name}\""))?;
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
