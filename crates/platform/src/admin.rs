//! The cloud as a whole. Invariant: the lists hold what the caller may see, and nothing for a tenant of what is the provider's.

use crate::{access, org, role};
use std::sync::Arc;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Entity;
use vcdsim_model::kind::Kind;
use vcdsim_model::right::RightInfo;
use vcdsim_store::{EntityFilter, Reader};

/// What the document of the cloud lists.
#[derive(Debug, Clone)]
pub struct CloudGraph {
    /// Organizations.
    pub orgs: Vec<Arc<Entity>>,
    /// Provider VDCs.
    pub provider_vdcs: Vec<Arc<Entity>>,
    /// Rights.
    pub rights: Vec<&'static RightInfo>,
    /// Roles, each name once.
    pub roles: Vec<Arc<Entity>>,
    /// External networks.
    pub networks: Vec<Arc<Entity>>,
}

/// The cloud as the caller sees it.
///
/// # Errors
/// Only a defect of the store.
pub async fn get(reader: &Reader<'_>, caller: &Caller) -> Result<CloudGraph, Fault> {
    Ok(CloudGraph {
        orgs: org::list(reader, caller).await?,
        provider_vdcs: access::list(reader, caller, EntityFilter::kind(Kind::ProviderVdc)).await?,
        rights: role::rights(reader, caller).await?,
        roles: role::list(reader, caller).await?,
        networks: access::list(reader, caller, EntityFilter::kind(Kind::ExternalNetwork)).await?,
    })
}
