//! External networks. Invariant: they are the provider's; tenants see them only through their own networks.

use crate::action::LinkRule;
use crate::family::vapp::IpScope;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A network beyond the cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalNetwork {
    /// Its addresses.
    pub scope: IpScope,
    /// The vCenter behind it.
    pub vim_server: Uuid,
    /// vCenter's name of its port group.
    pub port_group: String,
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];
