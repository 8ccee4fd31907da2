//! The services of edge gateways: DHCP, firewall, NAT, static routes. Invariant: each rule names a network that the gateway is connected to,
//! and addresses outside that are the gateway's; [`Services::check`] says so.

use super::Uplink;
use crate::family::vapp::IpScope;
use crate::family::vapp::network::check::{Wrong, are_ports, is_place, one_of};
use crate::family::vapp::network::{Dhcp, FIRST_RULE, Firewall, StaticRouting};
use crate::fault::{Fault, excerpt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use uuid::Uuid;

/// The services of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Services {
    /// Lets through or drops.
    pub firewall: Firewall,
    /// Translates addresses and ports.
    pub nat: GatewayNat,
    /// Lends addresses; `None` until somebody sets it.
    pub dhcp: Option<GatewayDhcp>,
    /// Other ways out; `None` until somebody sets them.
    pub routing: Option<StaticRouting>,
}

/// What is to be different about the services; `None` leaves one as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are those of `Services`")]
pub struct ServicesChange {
    pub firewall: Option<Firewall>,
    pub nat: Option<GatewayNat>,
    pub dhcp: Option<GatewayDhcp>,
    pub routing: Option<StaticRouting>,
}

/// The translation of addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayNat {
    /// Whether it is on.
    pub enabled: bool,
    /// The rules.
    pub rules: Vec<GatewayNatRule>,
}

/// A rule of the translation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayNatRule {
    /// Its number; 0 until it has one.
    pub id: i32,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it counts.
    pub enabled: bool,
    /// `SNAT` or `DNAT`.
    pub kind: String,
    /// The network on whose interface it counts.
    pub network: Uuid,
    /// Addresses before.
    pub original_ip: String,
    /// Ports before.
    pub original_port: Option<String>,
    /// Addresses afterwards.
    pub translated_ip: String,
    /// Ports afterwards.
    pub translated_port: Option<String>,
    /// The protocol.
    pub protocol: Option<String>,
    /// The kind of ICMP message.
    pub icmp_sub_type: Option<String>,
}

/// The DHCP service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayDhcp {
    /// Whether it is on.
    pub enabled: bool,
    /// What it lends.
    pub pools: Vec<DhcpPool>,
}

/// What the DHCP service lends on one network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpPool {
    /// Whether it lends them.
    pub enabled: bool,
    /// The network.
    pub network: Uuid,
    /// Seconds of a lease that is not asked for longer.
    pub default_lease: i32,
    /// Seconds at most.
    pub max_lease: i32,
    /// The first and the last address.
    pub range: (String, String),
}

/// What a gateway is connected to.
#[derive(Debug, Clone, Copy)]
pub struct Connections<'a> {
    /// The external networks.
    pub uplinks: &'a [Uplink],
    /// The networks behind it, with their addresses.
    pub networks: &'a [(Uuid, IpScope)],
}

impl Connections<'_> {
    fn uplink(&self, network: Uuid) -> Option<&Uplink> {
        self.uplinks.iter().find(|uplink| uplink.network == network)
    }

    fn scope(&self, network: Uuid) -> Option<&IpScope> {
        self.networks.iter().find(|(id, _)| *id == network).map(|(_, scope)| scope)
    }

    fn know(&self, what: &str, network: Uuid) -> Result<(), Wrong> {
        let known = self.uplink(network).is_some() || self.scope(network).is_some();
        if known { Ok(()) } else { Err(format!("{what} on the network {network}, which it is not connected to")) }
    }
}

impl Default for Services {
    /// What a gateway begins with: its firewall drops everything, and nothing is translated.
    fn default() -> Self {
        let firewall = Firewall { enabled: true, default_action: "drop".to_owned(), logs: false, rules: Vec::new() };
        Self { firewall, nat: GatewayNat { enabled: true, rules: Vec::new() }, dhcp: None, routing: None }
    }
}

impl Services {
    /// The services after a change. Rules of NAT get the numbers that they lack.
    #[must_use]
    pub fn changed(&self, change: &ServicesChange) -> Self {
        let mut changed = Self {
            firewall: change.firewall.clone().unwrap_or_else(|| self.firewall.clone()),
            nat: change.nat.clone().unwrap_or_else(|| self.nat.clone()),
            dhcp: change.dhcp.clone().or_else(|| self.dhcp.clone()),
            routing: change.routing.clone().or_else(|| self.routing.clone()),
        };
        let mut next = changed.nat.rules.iter().map(|rule| rule.id).max().unwrap_or(0).max(FIRST_RULE - 1);
        for rule in changed.nat.rules.iter_mut().filter(|rule| rule.id <= 0) {
            next = next.saturating_add(1);
            rule.id = next;
        }
        changed
    }

    /// The services without what is about one network, which goes.
    pub fn forget(&mut self, network: Uuid) {
        self.nat.rules.retain(|rule| rule.network != network);
        if let Some(dhcp) = &mut self.dhcp {
            dhcp.pools.retain(|pool| pool.network != network);
        }
        if let Some(routing) = &mut self.routing {
            routing.routes.retain(|route| route.interface != Some(network));
        }
    }

    /// Refuses services that a gateway called `name` with these connections cannot have.
    ///
    /// # Errors
    /// 400 that names the gateway and the element.
    pub fn check(&self, name: &str, connections: Connections<'_>) -> Result<(), Fault> {
        let all = || -> Result<(), Wrong> {
            self.firewall.check()?;
            self.nat.check(connections)?;
            self.dhcp.as_ref().map_or(Ok(()), |dhcp| dhcp.check(connections))?;
            let Some(routing) = &self.routing else { return Ok(()) };
            routing.check()?;
            let mut named = routing.routes.iter().filter_map(|route| route.interface);
            named.try_for_each(|network| connections.know("a static route", network))
        };
        all().map_err(|wrong| Fault::bad_request(format!("The edge gateway \"{name}\" cannot have {wrong}.")))
    }
}

impl GatewayNat {
    fn check(&self, connections: Connections<'_>) -> Result<(), Wrong> {
        let mut ids = BTreeSet::new();
        for rule in &self.rules {
            if !ids.insert(rule.id) {
                return Err(format!("two NAT rules with the Id {}", rule.id));
            }
            rule.check(connections)?;
        }
        Ok(())
    }
}

impl GatewayNatRule {
    fn check(&self, connections: Connections<'_>) -> Result<(), Wrong> {
        one_of("RuleType", &self.kind, &["SNAT", "DNAT"])?;
        connections.know("a NAT rule", self.network)?;
        for (element, text) in [("OriginalIp", &self.original_ip), ("TranslatedIp", &self.translated_ip)] {
            if !is_place(text) {
                return Err(format!("a NAT rule with the {element} \"{}\"; it must be an address, a range or a subnet", excerpt(text)));
            }
        }
        let ports = [("OriginalPort", &self.original_port), ("TranslatedPort", &self.translated_port)];
        for (element, ports) in ports.iter().filter_map(|(element, ports)| Some((element, ports.as_ref()?))) {
            if !are_ports(ports) {
                return Err(format!("a NAT rule with the {element} \"{}\"; it must be a port, a range of ports or any", excerpt(ports)));
            }
        }
        if let Some(protocol) = &self.protocol {
            one_of("Protocol", &protocol.to_ascii_lowercase(), &["tcp", "udp", "tcpudp", "icmp", "any"])?;
        }
        self.check_outside(connections)
    }

    /// What a rule on an uplink makes of the gateway outside must be the gateway's.
    fn check_outside(&self, connections: Connections<'_>) -> Result<(), Wrong> {
        let Some(uplink) = connections.uplink(self.network) else { return Ok(()) };
        let (element, text) = if self.kind == "SNAT" { ("TranslatedIp", &self.translated_ip) } else { ("OriginalIp", &self.original_ip) };
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let ours = |text: &str| text.trim().parse::<Ipv4Addr>().is_ok_and(|address| uplink.holds(address));
        if ours(first) && ours(last) {
            return Ok(());
        }
        Err(format!("a {} rule with the {element} \"{}\", which is neither its own nor sub-allocated to it", self.kind, excerpt(text)))
    }
}

impl GatewayDhcp {
    fn check(&self, connections: Connections<'_>) -> Result<(), Wrong> {
        let number = |text: &String| text.parse::<Ipv4Addr>().ok();
        let mut lent: Vec<(Uuid, Option<Ipv4Addr>, Option<Ipv4Addr>)> = Vec::new();
        for pool in &self.pools {
            let Some(scope) = connections.scope(pool.network) else {
                return Err(format!("a DHCP pool on the network {}, which is not behind it", pool.network));
            };
            let (default_lease, max_lease) = (pool.default_lease, pool.max_lease);
            Dhcp { enabled: true, default_lease, max_lease, range: Some(pool.range.clone()) }.check(scope)?;
            let (from, to) = (number(&pool.range.0), number(&pool.range.1));
            if lent.iter().any(|(network, first, last)| *network == pool.network && from <= *last && *first <= to) {
                return Err(format!("two DHCP pools that have addresses of {} to {} in common", pool.range.0, pool.range.1));
            }
            lent.push((pool.network, from, to));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSIDE: Uuid = Uuid::from_u128(1);
    const OUTSIDE: Uuid = Uuid::from_u128(2);

    fn services(nat: Vec<GatewayNatRule>, pools: &[(&str, &str)]) -> Services {
        let pool = |(first, last): &(&str, &str)| DhcpPool {
            enabled: true,
            network: INSIDE,
            default_lease: 60,
            max_lease: 90,
            range: ((*first).to_owned(), (*last).to_owned()),
        };
        let (nat, dhcp) =
            (GatewayNat { enabled: true, rules: nat }, GatewayDhcp { enabled: true, pools: pools.iter().map(pool).collect() });
        Services::default().changed(&ServicesChange { nat: Some(nat), dhcp: Some(dhcp), ..ServicesChange::default() })
    }

    fn rule(kind: &str, network: Uuid, original: &str, translated: &str) -> GatewayNatRule {
        GatewayNatRule {
            id: 0,
            description: None,
            enabled: true,
            kind: kind.to_owned(),
            network,
            original_ip: original.to_owned(),
            original_port: Some("any".to_owned()),
            translated_ip: translated.to_owned(),
            translated_port: None,
            protocol: Some("TCP".to_owned()),
            icmp_sub_type: None,
        }
    }

    fn judge(services: &Services) -> Result<(), String> {
        let range = |first: &str, last: &str| vec![(first.to_owned(), last.to_owned())];
        let uplink = Uplink {
            network: OUTSIDE,
            gateway: "192.168.50.1".to_owned(),
            netmask: "255.255.255.0".to_owned(),
            address: "192.168.50.10".to_owned(),
            ranges: range("192.168.50.20", "192.168.50.29"),
            default_route: true,
            limits: None,
        };
        let (gateway, netmask, ranges) = ("10.0.0.1".to_owned(), "255.255.255.0".to_owned(), range("10.0.0.10", "10.0.0.19"));
        let scope = IpScope { inherited: false, gateway, netmask, dns1: None, dns2: None, dns_suffix: None, ranges };
        services.check("gw", Connections { uplinks: &[uplink], networks: &[(INSIDE, scope)] }).map_err(|fault| fault.message)
    }

    #[test]
    fn addresses_outside_are_the_gateways() {
        let good = vec![
            rule("SNAT", OUTSIDE, "10.0.0.0/24", "192.168.50.10"),
            rule("DNAT", OUTSIDE, "192.168.50.20-192.168.50.21", "10.0.0.10"),
            rule("DNAT", INSIDE, "10.0.0.99", "10.0.0.10"),
        ];
        let services_of_good = services(good, &[]);
        assert_eq!(judge(&services_of_good), Ok(()));
        assert_eq!(services_of_good.nat.rules.iter().map(|rule| rule.id).collect::<Vec<_>>(), [65_537, 65_538, 65_539]);
        for (wrong, word) in [
            (rule("SNAT", OUTSIDE, "10.0.0.0/24", "192.168.50.30"), "sub-allocated"),
            (rule("DNAT", OUTSIDE, "192.168.50.29-192.168.50.30", "10.0.0.10"), "sub-allocated"),
            (rule("DNAT", Uuid::from_u128(3), "192.168.50.20", "10.0.0.10"), "not connected"),
            (rule("XNAT", OUTSIDE, "192.168.50.20", "10.0.0.10"), "RuleType"),
            (GatewayNatRule { protocol: Some("gre".to_owned()), ..rule("DNAT", OUTSIDE, "192.168.50.20", "10.0.0.10") }, "Protocol"),
            (
                GatewayNatRule { original_port: Some("web".to_owned()), ..rule("DNAT", OUTSIDE, "192.168.50.20", "10.0.0.10") },
                "OriginalPort",
            ),
        ] {
            let message = judge(&services(vec![wrong], &[])).unwrap_err();
            assert!(message.contains(word), "{message}");
        }
    }

    #[test]
    fn pools_lie_in_their_network_off_its_own_and_apart() {
        assert_eq!(judge(&services(Vec::new(), &[("10.0.0.100", "10.0.0.109"), ("10.0.0.110", "10.0.0.119")])), Ok(()));
        for wrong in
            [&[("10.0.0.19", "10.0.0.29")][..], &[("10.1.0.1", "10.1.0.2")], &[("10.0.0.100", "10.0.0.109"), ("10.0.0.109", "10.0.0.110")]]
        {
            assert!(judge(&services(Vec::new(), wrong)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_goes_takes_what_is_about_it() {
        let mut gone = services(
            vec![rule("DNAT", INSIDE, "10.0.0.99", "10.0.0.10"), rule("SNAT", OUTSIDE, "any", "192.168.50.10")],
            &[("10.0.0.100", "10.0.0.109")],
        );
        gone.forget(INSIDE);
        assert_eq!((gone.nat.rules.len(), gone.dhcp.unwrap().pools.len()), (1, 0));
    }
}
