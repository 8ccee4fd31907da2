//! Compute policies: how large the machines of a VDC may be. Invariant: they are the provider's, and only the `OpenAPI` has documents of
//! them, in two versions, which are the two views of this kind.

use crate::action::{Action, Need};
use crate::kind::{Kind, View};
use crate::right::Right;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};

/// A compute policy. One that limits nothing is all there is so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComputePolicy {
    /// Whether it says how large machines are, and not where they run.
    pub sizing_only: bool,
    /// Whether the system made it by itself.
    pub auto_generated: bool,
}

/// Reads it as version 1.0.0 has it.
pub const READ: Action = Action::read(Kind::ComputePolicy, View::User, Need::Right(Right::COMPUTE_POLICY_VIEW)).since(ApiVersion::V31_0);
/// Reads it as version 2.0.0 has it.
pub const READ_V2: Action = READ.under(View::Admin).since(ApiVersion::V35_0);

/// The view in which XML documents refer to it: real servers refer to version 1.0.0 as long as they have it, and drop it at API 39.0.
#[must_use]
pub fn view_at(version: ApiVersion) -> View {
    if version >= ApiVersion::V39_0 { View::Admin } else { View::User }
}
