//! Provider VDCs. Invariant: its storage profiles are objects of their own whose parent it is.

use crate::action::{LinkRule, Need};
use crate::entity::Entity;
use crate::id::Urn;
use crate::kind::View;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The provider's pool of compute resources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderVdc {
    /// Whether it takes new VDCs.
    pub enabled: bool,
    /// The vCenter behind it.
    pub vim_server: Uuid,
    /// The network pools that its VDCs may use.
    pub network_pools: Vec<Uuid>,
    /// vCenter's name of its resource pool.
    pub resource_pool: String,
    /// CPU in MHz.
    pub cpu_mhz: i64,
    /// Memory in MB.
    pub memory_mb: i64,
    /// Storage in MB.
    pub storage_mb: i64,
    /// Newest virtual hardware, as in `vmx-19`.
    pub highest_hardware: String,
    /// Whether its networks come from NSX-T.
    pub nsxt: bool,
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("alternate", View::Extension, itself).only_in(&[View::Admin]).needs(Need::System),
    LinkRule::object("alternate", View::Admin, itself).only_in(&[View::Extension]),
];

fn itself(entity: &Entity) -> Option<Urn> {
    Some(entity.urn())
}
