//! Organization VDC networks. Invariant: addresses come from the pool of the network's scope, whose ranges lie in its subnet and apart from
//! each other; the subnets at one edge gateway lie apart.

use crate::action::{Action, LinkRule, Need};
use crate::caller::AccessLevel;
use crate::entity::Entity;
use crate::family::vapp::IpScope;
use crate::family::vdc::into_vdc;
use crate::fault::{Fault, excerpt};
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::power;
use crate::right::Right;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
use uuid::Uuid;

/// A network of an organization VDC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// `isolated`, `bridged` or `natRouted`.
    pub fence_mode: String,
    /// Its addresses.
    pub scope: IpScope,
    /// Whether the organization's other VDCs use it too.
    pub shared: bool,
    /// The external network that a bridged one leads to, and whose addresses it has.
    #[serde(default)]
    pub external: Option<Uuid>,
    /// What gives addresses to machines that ask for them.
    #[serde(default)]
    pub dhcp: Option<Dhcp>,
    /// The edge gateway that a routed one lies behind.
    #[serde(default)]
    pub gateway: Option<Uuid>,
    /// How a routed one is connected to it.
    #[serde(default)]
    pub interface: Interface,
}

impl Network {
    /// A network that leads nowhere and serves nothing.
    #[must_use]
    pub fn of(fence_mode: String, scope: IpScope, shared: bool) -> Self {
        Self { fence_mode, scope, shared, external: None, dhcp: None, gateway: None, interface: Interface::default() }
    }
}

/// The interface that an edge gateway has on a network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// Whether it is one of many on a trunk.
    pub sub: bool,
    /// Whether it is on every host.
    pub distributed: bool,
    /// Whether guests may tag their frames.
    pub guest_vlan: bool,
}

/// The DHCP service of an isolated network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dhcp {
    /// Whether it runs.
    pub enabled: bool,
    /// How long an address is lent when nobody says, in seconds.
    pub default_lease_seconds: i32,
    /// How long at most, in seconds.
    pub max_lease_seconds: i32,
    /// The first and the last address that it lends.
    pub range: Option<(String, String)>,
}

impl Dhcp {
    /// Refuses leases and addresses that the network cannot give.
    ///
    /// # Errors
    /// 400 that says what is wrong.
    pub fn check(&self, scope: &IpScope) -> Result<(), Fault> {
        if self.default_lease_seconds < 0 || self.max_lease_seconds < self.default_lease_seconds {
            return Err(Fault::bad_request("The DefaultLeaseTime of a DhcpService must not be negative, nor exceed its MaxLeaseTime."));
        }
        let Some(range) = &self.range else { return Ok(()) };
        let lent = bounds(range)?;
        inside(scope, range, lent)?;
        for pool in &scope.ranges {
            if overlap(lent, bounds(pool)?) {
                return Err(Fault::bad_request(format!("The IpRange {} of the DhcpService overlaps {}.", written(range), written(pool))));
            }
        }
        Ok(())
    }
}

/// What is to be different about an interface; `None` leaves it as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are those of `Interface`")]
pub struct InterfaceChange {
    pub sub: Option<bool>,
    pub distributed: Option<bool>,
    pub guest_vlan: Option<bool>,
}

impl Interface {
    /// The interface after a change, on a gateway that may have distributed ones or not.
    ///
    /// # Errors
    /// 400 when there is no such interface.
    pub fn changed(self, change: InterfaceChange, distributes: bool) -> Result<Self, Fault> {
        let changed = Self {
            sub: change.sub.unwrap_or(self.sub),
            distributed: change.distributed.unwrap_or(self.distributed),
            guest_vlan: change.guest_vlan.unwrap_or(self.guest_vlan),
        };
        match changed {
            Self { sub: true, distributed: true, .. } => {
                Err(Fault::bad_request("A network has a SubInterface or a DistributedInterface, not both."))
            }
            Self { distributed: true, .. } if !distributes => {
                Err(Fault::bad_request("A network has a DistributedInterface only where its edge gateway has distributed routing."))
            }
            _ => Ok(changed),
        }
    }
}

/// Whether two subnets have addresses in common; what is no subnet has none.
#[must_use]
pub fn meet(one: (&str, &str), other: (&str, &str)) -> bool {
    let number = |text: &str| text.parse::<Ipv4Addr>().ok().map(u32::from);
    let all = [one.0, one.1, other.0, other.1].map(number);
    let [Some(gateway), Some(mask), Some(other), Some(their_mask)] = all else { return false };
    gateway & mask & their_mask == other & mask & their_mask
}

/// A scope as a network may have it: the ranges in their order.
///
/// # Errors
/// 400 that says what is wrong.
pub fn checked(mut scope: IpScope) -> Result<IpScope, Fault> {
    let (gateway, mask) = (number("Gateway", &scope.gateway)?, number("Netmask", &scope.netmask)?);
    if !(1..=30).contains(&mask.leading_ones()) || mask.leading_ones() + mask.trailing_zeros() != 32 {
        return Err(Fault::bad_request(format!("\"{}\" is no Netmask of a network.", excerpt(&scope.netmask))));
    }
    if gateway & !mask == 0 || gateway & !mask == !mask {
        return Err(Fault::bad_request(format!("The Gateway {} is no address of a machine in its subnet.", scope.gateway)));
    }
    for (name, address) in [("Dns1", &scope.dns1), ("Dns2", &scope.dns2)] {
        address.as_ref().map(|address| number(name, address)).transpose()?;
    }
    let mut ranges = scope.ranges.iter().map(|range| Ok((bounds(range)?, range.clone()))).collect::<Result<Vec<_>, Fault>>()?;
    ranges.sort();
    for (ends, range) in &ranges {
        inside(&scope, range, *ends)?;
    }
    if let Some(pair) = ranges.windows(2).find(|pair| overlap(pair[0].0, pair[1].0)) {
        return Err(Fault::bad_request(format!("The IpRanges {} and {} overlap.", written(&pair[0].1), written(&pair[1].1))));
    }
    scope.ranges = ranges.into_iter().map(|(_, range)| range).collect();
    Ok(scope)
}

fn number(name: &str, text: &str) -> Result<u32, Fault> {
    let address = text.parse::<Ipv4Addr>().ok().map(u32::from);
    address.ok_or_else(|| Fault::bad_request(format!("The {name} \"{}\" is not an IPv4 address.", excerpt(text))))
}

fn bounds((first, last): &(String, String)) -> Result<(u32, u32), Fault> {
    Ok((number("StartAddress", first)?, number("EndAddress", last)?))
}

fn overlap(one: (u32, u32), other: (u32, u32)) -> bool {
    one.0 <= other.1 && other.0 <= one.1
}

fn written((first, last): &(String, String)) -> String {
    format!("{first}-{last}")
}

/// Refuses a range that does not lie among the addresses of machines, or holds the gateway.
fn inside(scope: &IpScope, range: &(String, String), (first, last): (u32, u32)) -> Result<(), Fault> {
    let (gateway, mask) = (number("Gateway", &scope.gateway)?, number("Netmask", &scope.netmask)?);
    let wrong = |what: String| Err(Fault::bad_request(format!("The IpRange {} {what}.", written(range))));
    if first > last {
        return wrong("ends before it begins".to_owned());
    }
    if first <= gateway & mask || last >= gateway | !mask {
        return wrong(format!("does not lie in the subnet of {} with the mask {}", scope.gateway, scope.netmask));
    }
    if (first..=last).contains(&gateway) {
        return wrong(format!("holds the Gateway {}", scope.gateway));
    }
    Ok(())
}

const EDIT: Need = Need::Right(Right::NETWORK_EDIT);

/// Makes a network in a VDC. Clients find the link in both views of the VDC.
pub const CREATE: Action = into_vdc("/networks", Right::NETWORK_EDIT, media::ORG_VDC_NETWORK).under(View::Admin).since(ApiVersion::V5_1);
/// Changes its name, description, addresses and whether it is shared.
pub const UPDATE: Action = Action::put(Kind::Network, "", EDIT)
    .under(View::Admin)
    .rel("edit")
    .takes(media::ORG_VDC_NETWORK)
    .access(AccessLevel::ReadOnly)
    .when(power::resolved)
    .since(ApiVersion::V5_1);
/// Starts its services anew.
pub const RESET: Action = Action::post(Kind::Network, "/action/reset", EDIT)
    .under(View::Admin)
    .rel("repair")
    .access(AccessLevel::ReadOnly)
    .when(power::resolved)
    .since(ApiVersion::V5_1);
/// Deletes it.
pub const DELETE: Action = Action::delete(Kind::Network, EDIT).under(View::Admin).access(AccessLevel::ReadOnly).since(ApiVersion::V5_1);

/// Gives a routed one an interface of its own on its gateway.
pub const TO_INTERNAL: Action = Action::post(Kind::Network, "/action/convertToInternalInterface", EDIT)
    .under(View::Admin)
    .rel("orgVdcNetwork:convertToInternalInterface")
    .access(AccessLevel::ReadOnly)
    .when(|network| routed(network, |interface| interface.sub || interface.distributed))
    .since(ApiVersion::V27_0);
/// Gives it one of many interfaces on a trunk.
pub const TO_SUB: Action = TO_INTERNAL
    .at("/action/convertToSubInterface")
    .rel("orgVdcNetwork:convertToSubInterface")
    .when(|network| routed(network, |interface| !interface.sub));
/// Gives it an interface on every host.
pub const TO_DISTRIBUTED: Action = TO_INTERNAL
    .at("/action/convertToDistributedInterface")
    .rel("orgVdcNetwork:convertToDistributedInterface")
    .when(|network| routed(network, |interface| !interface.distributed))
    .since(ApiVersion::V29_0);

/// Whether a network is routed and its interface of another kind.
fn routed(network: &Entity, other: fn(Interface) -> bool) -> Result<(), Fault> {
    power::resolved(network)?;
    match network.body::<Network>() {
        Some(body) if body.gateway.is_some() && other(body.interface) => Ok(()),
        _ => {
            Err(Fault::bad_request(format!("The network \"{}\" is not routed, or has that kind of interface already.", network.head.name)))
        }
    }
}

/// Reads the tenant's view.
pub const READ: Action = Action::read(Kind::Network, View::User, Need::Session);
/// Reads the administrator's view: query records name it for everybody, so it takes no administrator.
pub const READ_ADMIN: Action = Action::read(Kind::Network, View::Admin, Need::Right(Right::NETWORK_VIEW));
/// Reads the addresses in use.
pub const READ_ADDRESSES: Action =
    READ.at("/allocatedAddresses").rel("down").takes(media::ALLOCATED_NETWORK_ADDRESS).since(ApiVersion::V5_1);
/// Reads the addresses in use, below the administrator's view.
pub const READ_ADMIN_ADDRESSES: Action =
    READ_ADMIN.at("/allocatedAddresses").rel("down").takes(media::ALLOCATED_NETWORK_ADDRESS).since(ApiVersion::V5_1);

/// The links of its documents, in their order: before 5.1 a network belongs to the organization, from then on to a VDC.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |network| network.head.org.map(|id| Urn::new(Kind::Org, id)))
        .only_in(&[View::User])
        .until(ApiVersion::V5_1),
    LinkRule::object("up", View::Admin, |network| network.head.org.map(|id| Urn::new(Kind::Org, id)))
        .only_in(&[View::Admin])
        .until(ApiVersion::V5_1),
    LinkRule::object("alternate", View::User, |network| Some(network.urn()))
        .only_in(&[View::Admin])
        .typed(media::ORG_NETWORK)
        .until(ApiVersion::V5_1),
    LinkRule::object("up", View::User, |network| network.head.parent.map(|id| Urn::new(Kind::Vdc, id)))
        .only_in(&[View::User])
        .since(ApiVersion::V5_1),
    LinkRule::object("up", View::Admin, |network| network.head.parent.map(|id| Urn::new(Kind::Vdc, id)))
        .only_in(&[View::Admin])
        .since(ApiVersion::V5_1),
    LinkRule::action(&READ_ADDRESSES).only_in(&[View::User]),
    LinkRule::action(&READ_ADMIN_ADDRESSES).only_in(&[View::Admin]),
    LinkRule::action(&UPDATE),
    LinkRule::action(&DELETE),
    LinkRule::action(&RESET),
    LinkRule::action(&TO_INTERNAL),
    LinkRule::action(&TO_SUB),
    LinkRule::action(&TO_DISTRIBUTED),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(ranges: &[(&str, &str)]) -> IpScope {
        let ranges = ranges.iter().map(|(first, last)| ((*first).to_owned(), (*last).to_owned())).collect();
        let (gateway, netmask) = ("10.0.0.1".to_owned(), "255.255.255.0".to_owned());
        IpScope { inherited: false, gateway, netmask, dns1: None, dns2: None, dns_suffix: None, ranges }
    }

    #[test]
    fn ranges_lie_in_the_subnet_apart_and_in_order() {
        let sorted = checked(scope(&[("10.0.0.20", "10.0.0.29"), ("10.0.0.2", "10.0.0.2")])).unwrap();
        assert_eq!(sorted.ranges[0].0, "10.0.0.2");
        for (wrong, word) in [
            (&[("10.0.0.5", "10.0.0.4")][..], "ends before"),
            (&[("10.0.1.5", "10.0.1.6")], "subnet"),
            (&[("10.0.0.250", "10.0.0.255")], "subnet"),
            (&[("10.0.0.1", "10.0.0.9")], "Gateway"),
            (&[("10.0.0.5", "10.0.0.9"), ("10.0.0.9", "10.0.0.12")], "overlap"),
            (&[("ten", "10.0.0.9")], "not an IPv4"),
        ] {
            let message = checked(scope(wrong)).unwrap_err().message;
            assert!(message.contains(word), "{message}");
        }
    }

    #[test]
    fn a_gateway_is_a_machine_in_a_subnet() {
        let with =
            |gateway: &str, netmask: &str| checked(IpScope { gateway: gateway.to_owned(), netmask: netmask.to_owned(), ..scope(&[]) });
        assert!(with("10.0.0.1", "255.255.255.252").is_ok());
        for (gateway, mask) in [
            ("10.0.0.0", "255.255.255.0"),
            ("10.0.0.255", "255.255.255.0"),
            ("10.0.0.1", "255.0.255.0"),
            ("10.0.0.1", "0.0.0.0"),
            ("10.0.0.1", "255.255.255.255"),
        ] {
            assert!(with(gateway, mask).is_err(), "{gateway} {mask}");
        }
        assert!(checked(IpScope { dns1: Some("dns".to_owned()), ..scope(&[]) }).is_err());
    }

    #[test]
    fn subnets_meet_where_the_wider_one_holds_the_other() {
        assert!(meet(("10.0.0.1", "255.255.255.0"), ("10.0.9.1", "255.255.0.0")));
        assert!(meet(("10.0.9.1", "255.255.0.0"), ("10.0.0.1", "255.255.255.0")));
        assert!(!meet(("10.0.0.1", "255.255.255.0"), ("10.0.1.1", "255.255.255.0")));
        assert!(!meet(("ten", "255.255.255.0"), ("10.0.1.1", "255.255.255.0")));
    }

    #[test]
    fn an_interface_is_of_one_kind_that_its_gateway_has() {
        let to = |sub, distributed| InterfaceChange { sub: Some(sub), distributed: Some(distributed), guest_vlan: None };
        let plain = Interface::default();
        assert!(plain.changed(to(true, false), false).unwrap().sub && plain.changed(to(false, true), true).unwrap().distributed);
        assert!(plain.changed(to(true, true), true).is_err() && plain.changed(to(false, true), false).is_err());
    }

    #[test]
    fn what_is_lent_is_not_of_the_pool() {
        let dhcp = |first: &str, last: &str| Dhcp {
            enabled: true,
            default_lease_seconds: 60,
            max_lease_seconds: 60,
            range: Some((first.to_owned(), last.to_owned())),
        };
        let pool = scope(&[("10.0.0.10", "10.0.0.19")]);
        assert!(dhcp("10.0.0.20", "10.0.0.29").check(&pool).is_ok());
        assert!(dhcp("10.0.0.19", "10.0.0.29").check(&pool).is_err() && dhcp("10.9.0.1", "10.9.0.2").check(&pool).is_err());
        assert!(Dhcp { max_lease_seconds: 59, ..dhcp("10.0.0.20", "10.0.0.29") }.check(&pool).is_err());
    }
}
