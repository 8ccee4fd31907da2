//! Organizations: which of them a caller sees. Invariant: a tenant sees its own, the provider all.

use crate::access;
use std::sync::Arc;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Entity;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader};

/// The organizations that the caller sees, in order of creation.
///
/// # Errors
/// Only a defect of the store.
pub async fn list(reader: &Reader<'_>, caller: &Caller) -> Result<Vec<Arc<Entity>>, Fault> {
    access::list(reader, caller, EntityFilter::kind(Kind::Org)).await
}
