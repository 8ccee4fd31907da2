//! Storage profiles: how much of them is used, and changing how much may be. Invariant: a provider's profile is used by the VDCs' shares of it
//! alone; exactly one share of a VDC is its default.

use crate::change::Change;
use crate::vdc::{MOST, storage_used};
use std::collections::BTreeSet;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Body, Entity, Head, Res};
use vcdsim_model::family::storage_profile::{UPDATE, VdcStorageProfile};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader, Tx};

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

/// Changes a VDC's share; `None` leaves it as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpdateStorageProfile {
    /// How much may be used, in MB; 0 is no limit.
    pub limit_mb: Option<i64>,
    /// Whether it may be used.
    pub enabled: Option<bool>,
    /// Whether new objects go here.
    pub default: Option<bool>,
}

impl Change for UpdateStorageProfile {
    type Of = VdcStorageProfile;
    const ACTION: &'static Action = &UPDATE;
    const EVENT: &'static str = "vdcStorageProfile/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<VdcStorageProfile>) -> Result<Urn, Fault> {
        let (id, was) = (of.head().id, of.body().default);
        let (default, enabled) = (self.default.unwrap_or(was), self.enabled.unwrap_or(of.body().enabled));
        if self.limit_mb.is_some_and(|limit| !(0..=MOST).contains(&limit)) {
            return Err(Fault::bad_request(format!("Limit must lie between 0, which is none, and {MOST}.")));
        }
        if (was && !default) || (default && !enabled) {
            return Err(Fault::bad_request("A VDC has one default storage profile, which is enabled: make another one the default first."));
        }
        let vdc = of.head().parent.ok_or_else(Fault::internal)?;
        for other in tx.read().children::<VdcStorageProfile>(vdc).await? {
            if default && other.body().default && other.head().id != id {
                tx.update_body::<VdcStorageProfile>(other.head().id, |_, profile| profile.default = false).await?;
            }
        }
        let change = |_: &mut Head, profile: &mut VdcStorageProfile| {
            (profile.default, profile.enabled) = (default, enabled);
            profile.limit_mb = self.limit_mb.unwrap_or(profile.limit_mb);
        };
        tx.update_body::<VdcStorageProfile>(id, change).await?;
        Ok(of.urn())
    }
}
