//! Organization VDC networks. Invariant: addresses come from the pool of the network's scope.

use crate::action::LinkRule;
use crate::family::vapp::IpScope;
use serde::{Deserialize, Serialize};

/// A network of an organization VDC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// `isolated`, `bridged` or `natRouted`.
    pub fence_mode: String,
    /// Its addresses.
    pub scope: IpScope,
    /// Whether the organization's other VDCs use it too.
    pub shared: bool,
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];
