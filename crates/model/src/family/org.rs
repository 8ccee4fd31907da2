//! Organizations. Invariant: exactly one organization is the provider's.

use crate::action::LinkRule;
use serde::{Deserialize, Serialize};

/// The name of the provider's organization.
pub const SYSTEM: &str = "System";

/// A tenant, or the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Org {
    /// The long name.
    pub full_name: String,
    /// Whether its users may sign in.
    pub enabled: bool,
    /// Whether it may publish catalogs to others.
    pub can_publish_catalogs: bool,
    /// How many VMs may be powered on; 0 is unlimited.
    pub deployed_vm_quota: i32,
    /// How many VMs may be stored; 0 is unlimited.
    pub stored_vm_quota: i32,
    /// How long a vApp may run, in seconds; 0 is for ever.
    pub deployment_lease_seconds: i32,
    /// How long an undeployed vApp is kept, in seconds; 0 is for ever.
    pub storage_lease_seconds: i32,
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];
