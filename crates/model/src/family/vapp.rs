//! vApps. Invariant: a vApp's status is the roll-up of its VMs' once it is resolved.

pub mod network;
pub mod startup;

use self::network::Features;
use super::vdc::into_vdc;
use crate::action::{Action, LinkRule, Method, Need};
use crate::caller::AccessLevel;
use crate::entity::{Entity, Status};
use crate::fault::Fault;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::lease::Lease;
use crate::media;
use crate::power;
use crate::product::{self, ProductSection};
use crate::right::Right;
use crate::sharing::Sharing;
use crate::snapshot;
use crate::transfer;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use uuid::Uuid;

/// A group of virtual machines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VApp {
    /// Whether it is deployed.
    pub deployed: bool,
    /// Its networks.
    pub networks: Vec<NetworkConfig>,
    /// How long it may run, in seconds; 0 is for ever.
    pub deployment_lease_seconds: i32,
    /// How long it is kept undeployed, in seconds; 0 is for ever.
    pub storage_lease_seconds: i32,
    /// The one of these two that runs now.
    #[serde(default)]
    pub lease: Lease,
    /// What its products say.
    #[serde(default)]
    pub products: Vec<ProductSection>,
    /// Whether it is only there for a machine that stands alone, and goes with it.
    #[serde(default)]
    pub auto_nature: bool,
    /// With whom it is shared.
    #[serde(default)]
    pub sharing: Sharing,
    /// Whether only the provider changes it.
    #[serde(default)]
    pub in_maintenance: bool,
    /// Whether any of its machines has a snapshot.
    #[serde(default)]
    pub snapshots: bool,
    /// Whether it can be fetched as a package.
    #[serde(default)]
    pub downloadable: bool,
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
    /// Whether its router keeps its addresses while the vApp is not deployed.
    #[serde(default)]
    pub retains: bool,
    /// Whether guests may tag their frames.
    #[serde(default)]
    pub guest_vlan: bool,
    /// The address of its router in the network above.
    #[serde(default)]
    pub external_ip: Option<String>,
    /// Its services.
    #[serde(default)]
    pub features: Features,
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

impl IpScope {
    /// The first address of the pool that is not in `used`; `None` when the pool is used up or is none.
    #[must_use]
    pub fn first_free(&self, used: &BTreeSet<Ipv4Addr>) -> Option<Ipv4Addr> {
        self.ranges.iter().find_map(|range| first_free(range, used))
    }

    /// Whether `address` lies in the pool.
    #[must_use]
    pub fn offers(&self, address: Ipv4Addr) -> bool {
        self.ranges.iter().any(|range| within(range, address))
    }

    /// Whether `address` lies in the subnet of the gateway.
    #[must_use]
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        let (Ok(gateway), Ok(mask)) = (self.gateway.parse::<Ipv4Addr>(), self.netmask.parse::<Ipv4Addr>()) else { return false };
        u32::from(gateway) & u32::from(mask) == u32::from(address) & u32::from(mask)
    }
}

fn ends((first, last): &(String, String)) -> Option<(Ipv4Addr, Ipv4Addr)> {
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// Whether `address` lies in a range.
pub(crate) fn within(range: &(String, String), address: Ipv4Addr) -> bool {
    ends(range).is_some_and(|(first, last)| (first..=last).contains(&address))
}

/// The first address of a range that is not in `used`.
pub(crate) fn first_free(range: &(String, String), used: &BTreeSet<Ipv4Addr>) -> Option<Ipv4Addr> {
    let (first, last) = ends(range)?;
    (u32::from(first)..=u32::from(last)).map(Ipv4Addr::from).find(|address| !used.contains(address))
}

/// The status of a vApp whose VMs stand so; an empty one is `empty`.
#[must_use]
pub fn roll_up(vms: impl IntoIterator<Item = Status>, empty: Status) -> Status {
    let mut statuses = vms.into_iter();
    let Some(first) = statuses.next() else { return empty };
    if statuses.all(|status| status == first) { first } else { Status::Mixed }
}

/// `POST /api/vdc/{id}/action/instantiateVAppTemplate`
pub const INSTANTIATE: Action =
    into_vdc("/action/instantiateVAppTemplate", Right::TEMPLATE_CHECKOUT, media::INSTANTIATE_VAPP_TEMPLATE_PARAMS);

/// The same with `PUT`, as an old Go client sends it.
pub const INSTANTIATE_BY_PUT: Action = Action { method: Method::Put, rel: None, ..INSTANTIATE };

/// `POST /api/vdc/{id}/action/composeVApp`
pub const COMPOSE: Action = into_vdc("/action/composeVApp", Right::VAPP_CREATE, media::COMPOSE_VAPP_PARAMS);

/// `POST /api/vdc/{id}/action/cloneVApp`: a copy of a vApp, or the vApp itself in another VDC.
pub const CLONE: Action = into_vdc("/action/cloneVApp", Right::VAPP_COPY, media::CLONE_VAPP_PARAMS);

/// `POST /api/vdc/{id}/action/createVm`: a machine of nothing that stands alone. Clients ask for it from 33.0 on.
pub const CREATE_VM: Action = into_vdc("/action/createVm", Right::VAPP_CREATE, media::CREATE_VM_PARAMS).since(ApiVersion::V33_0);

/// `POST /api/vdc/{id}/action/instantiateVmFromTemplate`: a machine of a template that stands alone.
pub const INSTANTIATE_VM: Action =
    into_vdc("/action/instantiateVmFromTemplate", Right::TEMPLATE_CHECKOUT, media::INSTANTIATE_VM_TEMPLATE_PARAMS).since(ApiVersion::V33_0);

/// Lets no machine come to one that stands alone.
fn is_group(vapp: &Entity) -> Result<(), Fault> {
    power::usable(vapp)?;
    match vapp.body::<VApp>() {
        Some(body) if body.auto_nature => Err(Fault::bad_request(format!("\"{}\" holds a machine that stands alone.", vapp.head.name))),
        _ => Ok(()),
    }
}

/// `POST /api/vApp/vapp-{id}/action/recomposeVApp`: machines come and go, and it is called otherwise.
pub const RECOMPOSE: Action = Action::post(Kind::VApp, "/action/recomposeVApp", Need::Right(Right::VAPP_CREATE))
    .rel("recompose")
    .takes(media::RECOMPOSE_VAPP_PARAMS)
    .when(is_group);

/// `PUT /api/vApp/vapp-{id}`: name and description.
pub const UPDATE: Action = Action::put(Kind::VApp, "", Need::Right(Right::VAPP_EDIT)).rel("edit").takes(media::VAPP).when(power::resolved);

/// `PUT /api/vApp/vapp-{id}/leaseSettingsSection`: how long it may run and is kept, from now on.
pub const UPDATE_LEASES: Action = UPDATE.at("/leaseSettingsSection").takes(media::LEASE_SETTINGS_SECTION);

/// `PUT /api/vApp/vapp-{id}/productSections`: what its products say.
pub const UPDATE_PRODUCTS: Action = product::edit(Kind::VApp, Need::Right(Right::VAPP_EDIT)).when(power::resolved);

/// Reads it as the descriptor of a package, as it would be written now.
pub const READ_OVF: Action =
    Action::read(Kind::VApp, View::User, Need::Session).at("/ovf").rel("ovf").takes(media::OVF).since(ApiVersion::V5_1).when(power::usable);

/// Makes it ready to be fetched as a package.
pub const ENABLE_DOWNLOAD: Action = transfer::enable(Kind::VApp);

/// Takes that back.
pub const DISABLE_DOWNLOAD: Action = transfer::disable(Kind::VApp);

/// `DELETE /api/vApp/vapp-{id}`
pub const DELETE: Action = Action::delete(Kind::VApp, Need::Right(Right::VAPP_DELETE)).when(power::undeployed);

/// The same with `?force=true`: deployed ones, too.
pub const FORCE_DELETE: Action = Action { rel: None, ..Action::delete(Kind::VApp, Need::Right(Right::VAPP_DELETE)) };

/// Reads with whom it is shared.
pub const READ_SHARES: Action = Action::read(Kind::VApp, View::User, Need::Right(Right::VAPP_VIEW_ACL)).at("/controlAccess");

/// Says with whom it is shared.
pub const SHARE: Action = Action::post(Kind::VApp, "/action/controlAccess", Need::Right(Right::VAPP_SHARE))
    .rel("controlAccess")
    .takes(media::CONTROL_ACCESS)
    .access(AccessLevel::FullControl)
    .when(power::resolved);

/// Reads whose it is.
pub const READ_OWNER: Action = Action::read(Kind::VApp, View::User, Need::Session).at("/owner");

/// Gives it, with all its machines, to another user.
pub const CHANGE_OWNER: Action = Action::put(Kind::VApp, "/owner", Need::Right(Right::VAPP_CHANGE_OWNER))
    .rel("edit")
    .takes(media::OWNER)
    .access(AccessLevel::FullControl)
    .when(power::resolved);

/// Keeps it, and all its machines, from being changed by its organization.
pub const ENTER_MAINTENANCE: Action =
    Action::post(Kind::VApp, "/action/enterMaintenanceMode", Need::Right(Right::VAPP_MAINTENANCE)).rel("enterMaintenanceMode").when(in_use);

/// Gives it back to its organization.
pub const EXIT_MAINTENANCE: Action =
    Action::post(Kind::VApp, "/action/exitMaintenanceMode", Need::Right(Right::VAPP_MAINTENANCE)).rel("exitMaintenanceMode").when(kept);

fn in_use(vapp: &Entity) -> Result<(), Fault> {
    power::resolved(vapp)?;
    match kept(vapp) {
        Ok(()) => Err(Fault::bad_request(format!("vApp \"{}\" is in maintenance mode already.", vapp.head.name))),
        Err(_) => Ok(()),
    }
}

fn kept(vapp: &Entity) -> Result<(), Fault> {
    match vapp.body::<VApp>() {
        Some(body) if body.in_maintenance => Ok(()),
        _ => Err(Fault::bad_request(format!("vApp \"{}\" is not in maintenance mode.", vapp.head.name))),
    }
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::action(&power::VAPP.power_on),
    LinkRule::action(&power::VAPP.power_off),
    LinkRule::action(&power::VAPP.reboot),
    LinkRule::action(&power::VAPP.reset),
    LinkRule::action(&power::VAPP.shutdown),
    LinkRule::action(&power::VAPP.suspend),
    LinkRule::action(&power::VAPP.discard),
    LinkRule::action(&power::VAPP.deploy),
    LinkRule::action(&power::VAPP.undeploy),
    LinkRule::action(&snapshot::VAPP.create),
    LinkRule::action(&snapshot::VAPP.revert),
    LinkRule::action(&snapshot::VAPP.remove),
    LinkRule::object("up", View::User, |entity| Some(Urn::new(Kind::Vdc, entity.head.parent?))),
    LinkRule::below("down", "/owner", media::OWNER),
    LinkRule::below("down", "/controlAccess/", media::CONTROL_ACCESS).needs(READ_SHARES.need),
    LinkRule::action(&SHARE),
    LinkRule::action(&ENTER_MAINTENANCE),
    LinkRule::action(&EXIT_MAINTENANCE),
    LinkRule::action(&READ_OVF),
    LinkRule::below("down", "/productSections/", media::PRODUCT_SECTIONS),
    LinkRule::action(&ENABLE_DOWNLOAD),
    LinkRule::action(&DISABLE_DOWNLOAD),
    LinkRule::action(&UPDATE),
    LinkRule::action(&DELETE),
    LinkRule::action(&RECOMPOSE),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_give_the_first_free_address_and_end() {
        let ranges = vec![("10.0.0.10".into(), "10.0.0.11".into()), ("10.0.0.20".into(), "10.0.0.20".into())];
        let (gateway, netmask) = ("10.0.0.1".into(), "255.255.255.0".into());
        let scope = IpScope { inherited: false, gateway, netmask, dns1: None, dns2: None, dns_suffix: None, ranges };
        let address = |text: &str| text.parse::<Ipv4Addr>().unwrap();
        let mut used = BTreeSet::new();
        for expected in ["10.0.0.10", "10.0.0.11", "10.0.0.20"] {
            assert_eq!(scope.first_free(&used), Some(address(expected)));
            used.insert(address(expected));
        }
        assert_eq!(scope.first_free(&used), None);
        assert!(scope.contains(address("10.0.0.200")) && !scope.contains(address("10.0.1.1")));
    }

    #[test]
    fn a_vapp_stands_as_its_vms_do() {
        assert_eq!(roll_up([Status::PoweredOn, Status::PoweredOn], Status::Resolved), Status::PoweredOn);
        assert_eq!(roll_up([Status::PoweredOn, Status::PoweredOff], Status::Resolved), Status::Mixed);
        assert_eq!(roll_up([], Status::Resolved), Status::Resolved);
    }
}
