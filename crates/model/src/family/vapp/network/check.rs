//! What may be written into the services of a network. Invariant: what passes can be shown again as it is.

use super::{Dhcp, End, Features, Firewall, Mapping, Nat, StaticRouting};
use crate::family::vapp::IpScope;
use crate::fault::{Fault, excerpt};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// What is wrong, as the rest of a sentence that begins with the network's name.
pub(crate) type Wrong = String;

impl Features {
    /// Refuses services that a network called `name` with these addresses cannot have.
    ///
    /// # Errors
    /// 400 that names the network and the element.
    pub fn check(&self, name: &str, scope: &IpScope) -> Result<(), Fault> {
        let all = || -> Result<(), Wrong> {
            self.dhcp.as_ref().map_or(Ok(()), |dhcp| dhcp.check(scope))?;
            self.firewall.as_ref().map_or(Ok(()), Firewall::check)?;
            self.nat.as_ref().map_or(Ok(()), Nat::check)?;
            self.routing.as_ref().map_or(Ok(()), StaticRouting::check)
        };
        all().map_err(|wrong| Fault::bad_request(format!("The network \"{name}\" has {wrong}.")))
    }
}

impl IpScope {
    /// Refuses a scope that no network called `name` can have: gateway and mask that are none, ranges that run backwards, leave the subnet or
    /// overlap.
    ///
    /// # Errors
    /// 400 that names the network and the element.
    pub fn check(&self, name: &str) -> Result<(), Fault> {
        let wrong = |what: String| Fault::bad_request(format!("The network \"{name}\" has {what}."));
        let address = |element: &str, text: &str| {
            let no = || wrong(format!("the {element} \"{}\", which is no IPv4 address", excerpt(text)));
            text.parse::<Ipv4Addr>().ok().ok_or_else(no)
        };
        address("Gateway", &self.gateway)?;
        let mask = u32::from(address("Netmask", &self.netmask)?);
        if mask == 0 || mask.leading_ones() + mask.trailing_zeros() != 32 {
            return Err(wrong(format!("the Netmask \"{}\", which is none", excerpt(&self.netmask))));
        }
        for (element, dns) in [("Dns1", &self.dns1), ("Dns2", &self.dns2)] {
            dns.as_ref().map(|text| address(element, text)).transpose()?;
        }
        let mut ranges = Vec::new();
        for (first, last) in &self.ranges {
            ranges.push(self.range(first, last).map_err(wrong)?);
        }
        ranges.sort_unstable();
        if let Some(pair) = ranges.windows(2).find(|pair| pair[0].1 >= pair[1].0) {
            return Err(wrong(format!("two ranges that have {} in common", pair[1].0)));
        }
        Ok(())
    }

    /// Both ends of a range inside of the subnet.
    fn range(&self, first: &str, last: &str) -> Result<(Ipv4Addr, Ipv4Addr), Wrong> {
        let shown = || format!("the IpRange \"{}\" to \"{}\", which", excerpt(first), excerpt(last));
        let (Ok(from), Ok(to)) = (first.parse::<Ipv4Addr>(), last.parse::<Ipv4Addr>()) else {
            return Err(format!("{} is none of IPv4 addresses", shown()));
        };
        if from > to {
            return Err(format!("{} runs backwards", shown()));
        }
        if !self.contains(from) || !self.contains(to) {
            return Err(format!("{} does not lie in the subnet of its gateway", shown()));
        }
        Ok((from, to))
    }
}

impl Dhcp {
    pub(crate) fn check(&self, scope: &IpScope) -> Result<(), Wrong> {
        if self.default_lease < 0 || self.max_lease < self.default_lease {
            return Err(format!(
                "a DHCP service whose MaxLeaseTime {} is below its DefaultLeaseTime {}",
                self.max_lease, self.default_lease
            ));
        }
        let Some((first, last)) = &self.range else {
            return if self.enabled { Err("a DHCP service that is enabled and has no IpRange".to_owned()) } else { Ok(()) };
        };
        let (from, to) = scope.range(first, last)?;
        let pool = scope.ranges.iter().filter_map(|(first, last)| scope.range(first, last).ok());
        match pool.into_iter().find(|(first, last)| from <= *last && *first <= to) {
            Some((first, last)) if self.enabled => Err(format!("a DHCP service whose IpRange overlaps the pool {first} to {last}")),
            _ => Ok(()),
        }
    }
}

impl Firewall {
    pub(crate) fn check(&self) -> Result<(), Wrong> {
        one_of("DefaultAction", &self.default_action, &["drop", "allow"])?;
        for rule in &self.rules {
            one_of("Policy", &rule.policy, &["drop", "allow"])?;
            rule.direction.as_ref().map_or(Ok(()), |direction| one_of("Direction", direction, &["in", "out"]))?;
            if rule.protocols.is_empty() && rule.other_protocol.is_none() {
                return Err(format!(
                    "the firewall rule \"{}\" without Protocols",
                    excerpt(rule.description.as_deref().unwrap_or_default())
                ));
            }
            end("Source", &rule.source)?;
            end("Destination", &rule.destination)?;
        }
        Ok(())
    }
}

fn end(which: &str, end: &End) -> Result<(), Wrong> {
    if let Some((_, kind)) = &end.card {
        one_of("IpType", kind, &["assigned", "NAT"])?;
    } else if !end.ip.as_deref().is_some_and(is_place) {
        let shown = excerpt(end.ip.as_deref().unwrap_or_default());
        return Err(format!(
            "a firewall rule with the {which}Ip \"{shown}\"; it must be an address, a range, a subnet, Any, internal or external"
        ));
    }
    match end.ports.as_deref() {
        Some(ports) if !are_ports(ports) => {
            Err(format!("a firewall rule with the {which}PortRange \"{}\"; it must be a port, a range of ports or Any", excerpt(ports)))
        }
        _ => Ok(()),
    }
}

impl Nat {
    fn check(&self) -> Result<(), Wrong> {
        one_of("NatType", &self.nat_type, &["ipTranslation", "portForwarding"])?;
        one_of("Policy", &self.policy, &["allowTraffic", "allowTrafficIn"])?;
        let mut ids = BTreeSet::new();
        for rule in &self.rules {
            if !ids.insert(rule.id) {
                return Err(format!("two NAT rules with the Id {}", rule.id));
            }
            let fits = match &rule.mapping {
                Mapping::Address { manual } => {
                    if *manual && rule.external_ip.is_none() {
                        return Err("a OneToOneVmRule that is manual and has no ExternalIpAddress".to_owned());
                    }
                    "ipTranslation"
                }
                Mapping::Port { external, internal, protocol } => {
                    one_of("Protocol", protocol, &["TCP", "UDP", "TCP_UDP"])?;
                    if let Some(port) = [external, internal].into_iter().find(|port| !(-1..=65_535).contains(*port)) {
                        return Err(format!("a VmRule with the port {port}"));
                    }
                    "portForwarding"
                }
            };
            if fits != self.nat_type {
                return Err(format!("a NAT rule for {fits} in a service of the NatType {}", self.nat_type));
            }
            rule.external_ip.as_deref().map_or(Ok(()), |ip| is_address("ExternalIpAddress", ip))?;
        }
        Ok(())
    }
}

impl StaticRouting {
    pub(crate) fn check(&self) -> Result<(), Wrong> {
        for (at, route) in self.routes.iter().enumerate() {
            if route.name.trim().is_empty() || self.routes[..at].iter().any(|other| other.name == route.name) {
                return Err(format!("the static route \"{}\", whose name is empty or taken", excerpt(&route.name)));
            }
            if !is_subnet(&route.network) {
                return Err(format!("a static route to \"{}\", which is no network in CIDR form", excerpt(&route.network)));
            }
            is_address("NextHopIp", &route.next_hop)?;
        }
        Ok(())
    }
}

pub(crate) fn one_of(element: &str, text: &str, words: &[&str]) -> Result<(), Wrong> {
    if words.contains(&text) { Ok(()) } else { Err(format!("the {element} \"{}\"; it must be {}", excerpt(text), words.join(" or "))) }
}

fn is_address(element: &str, text: &str) -> Result<(), Wrong> {
    let no = || format!("the {element} \"{}\", which is no IPv4 address", excerpt(text));
    text.parse::<Ipv4Addr>().ok().map(drop).ok_or_else(no)
}

fn is_subnet(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    address.parse::<Ipv4Addr>().is_ok() && bits.parse::<u8>().is_ok_and(|bits| bits <= 32)
}

pub(crate) fn is_place(text: &str) -> bool {
    let one = |text: &str| text.trim().parse::<Ipv4Addr>().is_ok();
    let word = ["any", "internal", "external"].iter().any(|word| text.eq_ignore_ascii_case(word));
    word || one(text) || is_subnet(text) || text.split_once('-').is_some_and(|(first, last)| one(first) && one(last))
}

pub(crate) fn are_ports(text: &str) -> bool {
    let one = |text: &str| text.trim().parse::<u16>().ok();
    let range =
        |text: &str| text.split_once('-').is_some_and(|(first, last)| one(first).zip(one(last)).is_some_and(|(from, to)| from <= to));
    text.eq_ignore_ascii_case("any") || text == "-1" || text.split(',').all(|part| one(part).is_some() || range(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(ranges: &[(&str, &str)]) -> IpScope {
        let ranges = ranges.iter().map(|(first, last)| ((*first).to_owned(), (*last).to_owned())).collect();
        let (gateway, netmask) = ("10.0.0.1".to_owned(), "255.255.255.0".to_owned());
        IpScope { inherited: false, gateway, netmask, dns1: None, dns2: None, dns_suffix: None, ranges }
    }

    #[test]
    fn scopes_are_whole_and_their_ranges_lie_inside_and_apart() {
        assert_eq!(scope(&[("10.0.0.10", "10.0.0.20"), ("10.0.0.2", "10.0.0.9")]).check("n"), Ok(()));
        for wrong in [&[("10.0.0.20", "10.0.0.10")][..], &[("10.0.1.1", "10.0.1.2")], &[("10.0.0.2", "10.0.0.9"), ("10.0.0.9", "10.0.0.9")]]
        {
            assert!(scope(wrong).check("n").unwrap_err().message.contains("10.0."), "{wrong:?}");
        }
        for (gateway, netmask) in [("10.0.0.x", "255.255.255.0"), ("10.0.0.1", "255.0.255.0"), ("10.0.0.1", "0.0.0.0")] {
            let wrong = IpScope { gateway: gateway.to_owned(), netmask: netmask.to_owned(), ..scope(&[]) };
            assert!(wrong.check("n").is_err(), "{gateway} {netmask}");
        }
    }

    #[test]
    fn a_dhcp_service_keeps_off_the_pool() {
        let dhcp = |first: &str, last: &str| Dhcp {
            enabled: true,
            default_lease: 10,
            max_lease: 20,
            range: Some((first.to_owned(), last.to_owned())),
        };
        let pool = scope(&[("10.0.0.10", "10.0.0.20")]);
        assert_eq!(dhcp("10.0.0.30", "10.0.0.40").check(&pool), Ok(()));
        assert!(dhcp("10.0.0.20", "10.0.0.40").check(&pool).is_err() && dhcp("10.0.1.1", "10.0.1.9").check(&pool).is_err());
        assert!(Dhcp { max_lease: 5, ..dhcp("10.0.0.30", "10.0.0.40") }.check(&pool).is_err());
    }

    #[test]
    fn places_and_ports_have_the_forms_that_clients_send() {
        for text in ["Any", "internal", "10.0.0.1", "10.0.0.0/24", "10.0.0.1-10.0.0.9"] {
            assert!(is_place(text), "{text}");
        }
        for text in ["", "10.0.0", "10.0.0.0/33", "host"] {
            assert!(!is_place(text), "{text}");
        }
        assert!(["Any", "-1", "80", "80-90", "80,443"].into_iter().all(are_ports));
        assert!(!["", "90-80", "65536", "http"].into_iter().any(are_ports));
    }
}
