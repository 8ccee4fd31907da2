//! Network pools. Invariant: a pool's type never changes.

use crate::action::LinkRule;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where VDC networks are made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkPool {
    /// The schema type that describes it, without its `Type` ending: `VxlanPool`, `PortGroupPool`.
    pub pool_type: String,
    /// The vCenter behind it.
    pub vim_server: Uuid,
    /// vCenter's names of the port groups that a `PortGroupPool` hands out.
    pub port_groups: Vec<String>,
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];
