//! ESXi hosts. Invariant: read only here; vCenter owns them.

use crate::action::LinkRule;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An ESXi host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// The vCenter that manages it.
    pub vim_server: Uuid,
    /// What vCenter calls it.
    pub moref: String,
    /// Processors.
    pub cpus: i32,
    /// CPU in MHz.
    pub cpu_mhz: i64,
    /// Memory in MB.
    pub memory_mb: i64,
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];
