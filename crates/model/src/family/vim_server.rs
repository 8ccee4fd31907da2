//! vCenter servers and what they hold. Invariant: what can be imported is what the server lists.

use crate::action::LinkRule;
use crate::family::vm::Hardware;
use serde::{Deserialize, Serialize};

/// A vCenter server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VimServer {
    /// Its address.
    pub url: String,
    /// The user name that the cell uses.
    pub user_name: String,
    /// Whether it is used.
    pub enabled: bool,
    /// Its version.
    pub version: String,
    /// Its own id.
    pub uuid: String,
    /// Virtual machines that can be imported.
    pub vms: Vec<VimVm>,
    /// Port groups, by vCenter's name and its own.
    pub port_groups: Vec<(String, String)>,
    /// Resource pools, by vCenter's name and its own.
    pub resource_pools: Vec<(String, String)>,
}

/// A virtual machine that vCenter has and the cloud does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VimVm {
    /// What vCenter calls it.
    pub moref: String,
    /// Its name.
    pub name: String,
    /// What it is made of.
    pub hardware: Hardware,
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];
