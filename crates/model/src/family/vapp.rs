//! vApps. Invariant: a vApp's status is the roll-up of its VMs' once it is resolved.

use crate::action::LinkRule;
use crate::entity::Status;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A group of virtual machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VApp {
    /// Whether it is deployed.
    pub deployed: bool,
    /// Its networks.
    pub networks: Vec<NetworkConfig>,
    /// How long it may run, in seconds; 0 is for ever.
    pub deployment_lease_seconds: i32,
    /// How long it is kept undeployed, in seconds; 0 is for ever.
    pub storage_lease_seconds: i32,
}

/// A network inside a vApp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkConfig {
    /// The id of its own resource.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// The organization VDC network it is connected to.
    pub parent: Option<Uuid>,
    /// `isolated`, `bridged` or `natRouted`.
    pub fence_mode: String,
    /// Its addresses.
    pub scope: IpScope,
}

/// Addresses of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpScope {
    /// Whether the scope comes from the network above.
    pub inherited: bool,
    /// The gateway's address.
    pub gateway: String,
    /// The mask.
    pub netmask: String,
    /// First name server.
    pub dns1: Option<String>,
    /// Second name server.
    pub dns2: Option<String>,
    /// Suffix of names.
    pub dns_suffix: Option<String>,
    /// The pool: first and last address of each range.
    pub ranges: Vec<(String, String)>,
}

/// The status of a vApp whose VMs stand so; an empty one is `empty`.
#[must_use]
pub fn roll_up(vms: impl IntoIterator<Item = Status>, empty: Status) -> Status {
    let mut statuses = vms.into_iter();
    let Some(first) = statuses.next() else { return empty };
    if statuses.all(|status| status == first) { first } else { Status::Mixed }
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vapp_stands_as_its_vms_do() {
        assert_eq!(roll_up([Status::PoweredOn, Status::PoweredOn], Status::Resolved), Status::PoweredOn);
        assert_eq!(roll_up([Status::PoweredOn, Status::PoweredOff], Status::Resolved), Status::Mixed);
        assert_eq!(roll_up([], Status::Resolved), Status::Resolved);
    }
}
