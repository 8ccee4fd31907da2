//! Datastores. Invariant: read only here; vCenter owns them.

use crate::action::LinkRule;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A datastore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Datastore {
    /// The vCenter that manages it.
    pub vim_server: Uuid,
    /// What vCenter calls it.
    pub moref: String,
    /// `VMFS5`, `NFS`.
    pub fs_type: String,
    /// Capacity in MB.
    pub capacity_mb: i64,
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];
