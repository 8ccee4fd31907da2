//! Storage profiles, the provider's and a VDC's share of them. Invariant: each VDC has exactly one default profile.

use crate::action::{Action, LinkRule, Need};
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::right::Right;
use crate::version::ApiVersion;
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

/// Reads the tenant's view of a VDC's profile.
pub const READ: Action = Action::read(Kind::VdcStorageProfile, View::User, Need::Session).since(ApiVersion::V5_1);
/// Reads the administrator's view of a VDC's profile.
pub const READ_ADMIN: Action = Action::read(Kind::VdcStorageProfile, View::Admin, Need::Right(Right::VDC_VIEW)).since(ApiVersion::V5_1);
/// Reads a provider's profile.
pub const READ_PROVIDER: Action = Action::read(Kind::ProviderStorageProfile, View::Admin, Need::System).since(ApiVersion::V5_1);
/// Reads the provider's own view of its profile.
pub const READ_PROVIDER_EXTENSION: Action =
    Action::read(Kind::ProviderStorageProfile, View::Extension, Need::System).since(ApiVersion::V5_1);

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |profile| profile.head.parent.map(|id| Urn::new(Kind::Vdc, id))).only_in(&[View::User]),
    LinkRule::object("up", View::Admin, |profile| profile.head.parent.map(|id| Urn::new(Kind::Vdc, id))).only_in(&[View::Admin]),
    LinkRule::object("alternate", View::User, |profile| Some(profile.urn())).only_in(&[View::Admin]),
];

/// The links of its documents, in their order.
pub const PROVIDER_LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::Admin, |profile| profile.head.parent.map(|id| Urn::new(Kind::ProviderVdc, id))).only_in(&[View::Admin]),
    LinkRule::object("up", View::Extension, |profile| profile.head.parent.map(|id| Urn::new(Kind::ProviderVdc, id)))
        .only_in(&[View::Extension]),
    LinkRule::object("alternate", View::Admin, |profile| Some(profile.urn())).only_in(&[View::Extension]),
    LinkRule::object("alternate", View::Extension, |profile| Some(profile.urn())).only_in(&[View::Admin]),
];
