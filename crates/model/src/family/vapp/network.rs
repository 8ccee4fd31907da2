//! Services of networks inside vApps: DHCP, firewall, NAT, static routes. Invariant: what a network has of them fits its fence mode, its
//! addresses and its vApp's machines; [`Features::fit`] and [`Features::check`] say so.

pub(crate) mod check;

use crate::action::Action;
use crate::family::vapp::{NetworkConfig, UPDATE, first_free, within};
use crate::media;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use uuid::Uuid;

/// `PUT /api/vApp/vapp-{id}/networkConfigSection`: its networks. What is done to one of them alone is admitted by it, too.
pub const UPDATE_NETWORKS: Action = UPDATE.at("/networkConfigSection").takes(media::NETWORK_CONFIG_SECTION);

/// The services of a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// Hands out addresses.
    pub dhcp: Option<Dhcp>,
    /// Lets through or drops; only where the network is routed.
    pub firewall: Option<Firewall>,
    /// Translates addresses or ports; only where the network is routed.
    pub nat: Option<Nat>,
    /// Other ways out; only where the network is routed.
    pub routing: Option<StaticRouting>,
}

/// The DHCP service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dhcp {
    /// Whether it is on.
    pub enabled: bool,
    /// Seconds of a lease that is not asked for longer.
    pub default_lease: i32,
    /// Seconds at most.
    pub max_lease: i32,
    /// First and last address that it hands out.
    pub range: Option<(String, String)>,
}

/// The firewall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firewall {
    /// Whether it is on.
    pub enabled: bool,
    /// What is done when no rule matches: `drop` or `allow`.
    pub default_action: String,
    /// Whether that is logged.
    pub logs: bool,
    /// The rules, the first that matches counts.
    pub rules: Vec<FirewallRule>,
}

/// A rule of a firewall.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirewallRule {
    /// Whether it counts.
    pub enabled: bool,
    /// What it is for.
    pub description: Option<String>,
    /// `drop` or `allow`.
    pub policy: String,
    /// `Tcp`, `Udp`, `Icmp`, `Any`.
    pub protocols: Vec<String>,
    /// A protocol that has no element of its own.
    pub other_protocol: Option<String>,
    /// The kind of ICMP message.
    pub icmp_sub_type: Option<String>,
    /// Where to.
    pub destination: End,
    /// Where from.
    pub source: End,
    /// `in` or `out`: what rules had before 5.1.
    pub direction: Option<String>,
    /// Whether matches are logged.
    pub logs: bool,
}

/// One end of what a firewall's rule matches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// A port, a range of ports, or `Any`.
    pub ports: Option<String>,
    /// An address, a range, a subnet, `Any`, `internal` or `external`.
    pub ip: Option<String>,
    /// Or a machine's card, and which of its addresses: `assigned` or `NAT`.
    pub card: Option<(Card, String)>,
}

/// A network card of a machine of the vApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The machine: its `VAppScopedLocalId`.
    pub vm: Uuid,
    /// The card's number.
    pub nic: i32,
}

/// The translation of addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nat {
    /// Whether it is on.
    pub enabled: bool,
    /// `ipTranslation` or `portForwarding`.
    pub nat_type: String,
    /// `allowTraffic` or `allowTrafficIn`.
    pub policy: String,
    /// The rules.
    pub rules: Vec<NatRule>,
}

/// A rule of the translation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NatRule {
    /// Its number, by which clients name it.
    pub id: i32,
    /// What it is for.
    pub description: Option<String>,
    /// The card that is reached by it.
    pub card: Card,
    /// The address outside: asked for when it is mapped by hand, else drawn from the pool of the network above.
    pub external_ip: Option<String>,
    /// What is translated.
    pub mapping: Mapping,
}

/// What a rule translates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mapping {
    /// A whole address.
    Address {
        /// Whether the address outside was asked for.
        manual: bool,
    },
    /// One port.
    Port {
        /// Outside; -1 is any.
        external: i32,
        /// Inside; -1 is any.
        internal: i32,
        /// `TCP`, `UDP` or `TCP_UDP`.
        protocol: String,
    },
}

/// Ways to other networks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticRouting {
    /// Whether they count.
    pub enabled: bool,
    /// The routes.
    pub routes: Vec<StaticRoute>,
}

/// A way to another network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticRoute {
    /// Its name.
    pub name: String,
    /// The network, as in `10.0.0.0/24`.
    pub network: String,
    /// The router.
    pub next_hop: String,
    /// The network of an edge gateway through which it leads, where that is said.
    #[serde(default)]
    pub interface: Option<Uuid>,
}

/// The number of the first rule, as real servers begin.
pub(crate) const FIRST_RULE: i32 = 65_537;

impl Features {
    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.dhcp.is_none() && self.firewall.is_none() && self.nat.is_none() && self.routing.is_none()
    }

    /// What a network of this fence mode has of them: a bridged one has none, since it is its parent's affair; an isolated one has only DHCP;
    /// a routed one has a firewall and NAT even where nobody asked. Rules of NAT get the numbers that they lack.
    pub fn fit(&mut self, fence_mode: &str) {
        if fence_mode == "bridged" {
            *self = Self::default();
        }
        if fence_mode != "natRouted" {
            (self.firewall, self.nat, self.routing) = (None, None, None);
            return;
        }
        self.firewall.get_or_insert_with(Firewall::usual);
        let nat = self.nat.get_or_insert_with(Nat::usual);
        let mut next = nat.rules.iter().map(|rule| rule.id).max().unwrap_or(0).max(FIRST_RULE - 1);
        for rule in nat.rules.iter_mut().filter(|rule| rule.id <= 0) {
            next = next.saturating_add(1);
            rule.id = next;
        }
    }

    /// The cards that rules name.
    pub fn cards(&self) -> impl Iterator<Item = Card> {
        let nat = self.nat.iter().flat_map(|nat| &nat.rules).map(|rule| rule.card);
        let ends = self.firewall.iter().flat_map(|firewall| &firewall.rules).flat_map(|rule| [&rule.source, &rule.destination]);
        nat.chain(ends.filter_map(|end| end.card.as_ref().map(|(card, _)| *card)))
    }

    /// Drops the rules that name a card for which `there` does not hold.
    pub fn keep_cards(&mut self, there: impl Fn(Card) -> bool) {
        if let Some(nat) = &mut self.nat {
            nat.rules.retain(|rule| there(rule.card));
        }
        let kept = |end: &End| end.card.as_ref().is_none_or(|(card, _)| there(*card));
        if let Some(firewall) = &mut self.firewall {
            firewall.rules.retain(|rule| kept(&rule.source) && kept(&rule.destination));
        }
    }
}

impl Dhcp {
    /// The first address that it may hand out and that is not in `used`.
    #[must_use]
    pub fn first_free(&self, used: &BTreeSet<Ipv4Addr>) -> Option<Ipv4Addr> {
        self.range.as_ref().and_then(|range| first_free(range, used))
    }

    /// Whether it may hand out `address`.
    #[must_use]
    pub fn offers(&self, address: Ipv4Addr) -> bool {
        self.enabled && self.range.as_ref().is_some_and(|range| within(range, address))
    }
}

impl Firewall {
    /// What a routed network begins with: whatever comes from inside gets out.
    #[must_use]
    pub fn usual() -> Self {
        let end = |ip: &str| End { ports: Some("Any".to_owned()), ip: Some(ip.to_owned()), card: None };
        let out = FirewallRule {
            enabled: true,
            description: Some("Allow all outgoing traffic".to_owned()),
            policy: "allow".to_owned(),
            protocols: vec!["Any".to_owned()],
            destination: end("external"),
            source: end("internal"),
            direction: Some("out".to_owned()),
            ..FirewallRule::default()
        };
        Self { enabled: true, default_action: "drop".to_owned(), logs: false, rules: vec![out] }
    }
}

impl Nat {
    /// What a routed network begins with: translation without rules.
    #[must_use]
    pub fn usual() -> Self {
        Self { enabled: true, nat_type: "ipTranslation".to_owned(), policy: "allowTrafficIn".to_owned(), rules: Vec::new() }
    }
}

impl NetworkConfig {
    /// The same network in a copy of its vApp: under another id, with no address outside yet and no rule for a machine of the original.
    #[must_use]
    pub fn copied(&self, id: Uuid) -> Self {
        let mut copy = Self { id, external_ip: None, ..self.clone() };
        copy.features.keep_cards(|_| false);
        copy
    }

    /// The same network without the one above: its machines keep its addresses, and reach nothing else.
    #[must_use]
    pub fn cut(mut self) -> Self {
        (self.parent, self.fence_mode) = (None, "isolated".to_owned());
        (self.scope.inherited, self.external_ip) = (false, None);
        self.features.fit(&self.fence_mode);
        self
    }

    /// The network whose addresses its machines take: the one above when it is bridged to it, else itself.
    #[must_use]
    pub fn pool(&self) -> Uuid {
        self.parent.filter(|_| self.fence_mode == "bridged").unwrap_or(self.id)
    }

    /// The network above it whose pool its router takes addresses of.
    #[must_use]
    pub fn routed_to(&self) -> Option<Uuid> {
        self.parent.filter(|_| self.fence_mode == "natRouted")
    }

    /// The addresses that its router has in the network above.
    pub fn outside(&self) -> impl Iterator<Item = &str> {
        let rules = self.features.nat.iter().flat_map(|nat| &nat.rules).filter(|rule| matches!(rule.mapping, Mapping::Address { .. }));
        self.external_ip.iter().chain(rules.filter_map(|rule| rule.external_ip.as_ref())).map(String::as_str)
    }
}
