//! The provider's lists. Invariant: only the provider reads them.

use crate::settings;
use std::sync::Arc;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Entity;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader};

/// All objects of one of the provider's kinds, the earliest first.
///
/// # Errors
/// 403 for all but the provider.
pub async fn list(reader: &Reader<'_>, caller: &Caller, kind: Kind) -> Result<Vec<Arc<Entity>>, Fault> {
    settings::admit(caller)?;
    reader.list(EntityFilter::kind(kind)).await
}
