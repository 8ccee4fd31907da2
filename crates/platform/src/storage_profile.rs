//! Storage profiles: how much of them is used. Invariant: a provider's profile is used by the VDCs' shares of it alone.

use crate::vdc::storage_used;
use std::collections::BTreeSet;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Body, Entity};
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader};

/// The storage in use in a VDC's share or in a provider's profile, in MB; 0 for anything else.
///
/// # Errors
/// Only a defect of the store.
pub async fn used_mb(reader: &Reader<'_>, profile: &Entity) -> Result<i64, Fault> {
    match &profile.body {
        Body::VdcStorageProfile(_) => storage_used(reader, profile.head.org, &BTreeSet::from([profile.head.id])).await,
        Body::ProviderStorageProfile(_) => {
            let all = reader.list(EntityFilter::kind(Kind::VdcStorageProfile)).await?;
            let of_it = |share: &&std::sync::Arc<Entity>| {
                share.body::<VdcStorageProfile>().is_some_and(|share| share.provider_profile == profile.head.id)
            };
            let shares = all.iter().filter(of_it).map(|share| share.head.id).collect();
            storage_used(reader, None, &shares).await
        }
        _ => Ok(0),
    }
}
