//! Organization VDCs. Invariant: a limit of 0 is no limit.

use crate::action::LinkRule;
use crate::family::vapp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An organization's share of a provider VDC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vdc {
    /// `AllocationVApp`, `AllocationPool`, `ReservationPool`, `Flex`.
    pub allocation_model: String,
    /// CPU limit in MHz.
    pub cpu_limit_mhz: i64,
    /// Memory limit in MB.
    pub memory_limit_mb: i64,
    /// How many networks it may have.
    pub network_quota: i32,
    /// How many VMs it may have.
    pub vm_quota: i32,
    /// Whether it takes new objects.
    pub enabled: bool,
    /// Where its resources come from.
    pub provider_vdc: Uuid,
    /// Where its networks come from.
    pub network_pool: Option<Uuid>,
    /// Whether disks are thin provisioned.
    pub thin_provisioning: bool,
    /// Whether copies are linked clones.
    pub fast_provisioning: bool,
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[LinkRule::action(&vapp::INSTANTIATE), LinkRule::action(&vapp::COMPOSE)];
