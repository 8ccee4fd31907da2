//! Storage profiles, the provider's and a VDC's share of them. Invariant: each VDC has exactly one default profile.

use crate::action::LinkRule;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A storage profile of a provider VDC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderStorageProfile {
    /// Whether it may be used.
    pub enabled: bool,
    /// Capacity in MB.
    pub capacity_mb: i64,
}

/// A VDC's share of a provider's storage profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VdcStorageProfile {
    /// Whether it may be used.
    pub enabled: bool,
    /// Limit in MB; 0 is none.
    pub limit_mb: i64,
    /// Whether new objects go here.
    pub default: bool,
    /// The provider's profile behind it.
    pub provider_profile: Uuid,
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];

/// The links of its documents, in their order.
pub const PROVIDER_LINKS: &[LinkRule] = &[];
