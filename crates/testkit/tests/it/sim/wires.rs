//! What holds on networks: who has which address, and what is connected to what. Invariant: as in `invariants.rs`, each function says one thing.

use super::invariants::is_made;
use super::snapshot::Snapshot;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::entity::{Entity, Status};
use vcdsim_model::family::edge_gateway::EdgeGateway;
use vcdsim_model::family::external_network::ExternalNetwork;
use vcdsim_model::family::network::Network;
use vcdsim_model::family::vapp::{IpScope, NetworkConfig, VApp};
use vcdsim_model::family::vm::{NO_NETWORK, Nic, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;

pub(super) const ALL: &[fn(&Snapshot) -> Vec<String>] = &[
    addresses_are_unique,
    addresses_lie_where_they_should,
    hardware_addresses_are_unique,
    pools_have_given,
    cards_are_on_networks,
    networks_reach_what_is_above,
    subnets_at_gateways_lie_apart,
];

fn network(world: &Snapshot, id: Uuid) -> Option<(&Arc<Entity>, &Network)> {
    let found = world.objects.get(&Urn::new(Kind::Network, id))?;
    Some((found, found.body::<Network>()?))
}

/// What gives the addresses of an organization VDC network: the external network that it leads to, or itself.
fn wire(world: &Snapshot, id: Uuid) -> Uuid {
    network(world, id).and_then(|(_, body)| body.external).unwrap_or(id)
}

fn networks(vapp: &Entity) -> &[NetworkConfig] {
    vapp.body::<VApp>().map_or(&[][..], |body| &body.networks)
}

fn nics(machine: &Entity) -> &[Nic] {
    machine.body::<Vm>().map_or(&[][..], |body| &body.hardware.nics)
}

/// Each address that is given: on which wire, to whom.
fn given(world: &Snapshot) -> Vec<(Uuid, String, String)> {
    let mut all = Vec::new();
    for vapp in world.of_kind(Kind::VApp) {
        for inner in networks(vapp) {
            let place = inner.parent.filter(|_| inner.fence_mode == "bridged").map_or(inner.id, |above| wire(world, above));
            for machine in world.machines(vapp.head.id) {
                let here = nics(machine).iter().filter(|nic| nic.network == inner.name);
                all.extend(here.filter_map(|nic| Some((place, nic.ip.clone()?, machine.urn().to_string()))));
            }
            let above = inner.parent.filter(|_| inner.fence_mode == "natRouted").map(|above| wire(world, above));
            let router = || format!("a router of {}", vapp.urn());
            all.extend(
                above
                    .into_iter()
                    .flat_map(|above| inner.outside().map(move |ip| (above, ip.to_owned())))
                    .map(|(above, ip)| (above, ip, router())),
            );
            all.push((place, inner.scope.gateway.clone(), "the gateway of its network".to_owned()));
        }
    }
    for gateway in world.of_kind(Kind::EdgeGateway).filter(|gateway| gateway.head.status != Status::FailedCreation) {
        for uplink in &gateway.body::<EdgeGateway>().unwrap().uplinks {
            all.extend(uplink.addresses().map(|ip| (uplink.network, ip.to_string(), gateway.urn().to_string())));
        }
    }
    all.extend(world.of_kind(Kind::Network).map(|above| {
        let gateway = above.body::<Network>().unwrap().scope.gateway.clone();
        (wire(world, above.head.id), gateway, "the gateway of its network".to_owned())
    }));
    all
}

/// On one network - that of the organization VDC when a vApp's is bridged to it, else the vApp's own - an address is given once.
fn addresses_are_unique(world: &Snapshot) -> Vec<String> {
    let mut seen: BTreeMap<_, String> = BTreeMap::new();
    let mut found = Vec::new();
    for (place, ip, whose) in given(world) {
        let shared = whose.starts_with("the gateway");
        match seen.insert((place, ip.clone()), whose.clone()) {
            Some(other) if !(shared && other == whose) => found.push(format!("{ip} is given to {other} and to {whose} on {place}")),
            _ => {}
        }
    }
    found
}

/// An address of a pool lies in it, one that is lent in what is lent, any other in the subnet; and so do those of routers.
fn addresses_lie_where_they_should(world: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for vapp in world.of_kind(Kind::VApp).filter(|vapp| is_made(vapp)) {
        for inner in networks(vapp) {
            let (above, scope) = (inner.parent.and_then(|id| network(world, id)), &inner.scope);
            let mut judge = |scope: &IpScope, ip: &str, mode: &str| {
                let Ok(address) = ip.parse::<Ipv4Addr>() else { return found.push(format!("{ip} is no address")) };
                let fits = if mode == "POOL" { scope.offers(address) } else { scope.contains(address) };
                if !fits {
                    found.push(format!("{ip} ({mode}) is given on \"{}\" of {}, which has {scope:?}", inner.name, vapp.urn()));
                }
            };
            for machine in world.machines(vapp.head.id).filter(|machine| is_made(machine)) {
                let here = nics(machine).iter().filter(|nic| nic.network == inner.name);
                here.filter_map(|nic| Some((nic.ip.as_ref()?, nic.mode.as_str()))).for_each(|(ip, mode)| judge(scope, ip, mode));
            }
            if let (Some((_, above)), Some(ip)) = (above, &inner.external_ip) {
                judge(&above.scope, ip, "POOL");
            }
            let same = above.is_none_or(|(_, above)| IpScope { inherited: true, ..above.scope.clone() } == *scope);
            if scope.inherited && !same {
                found.push(format!("\"{}\" of {} does not have the addresses of the network above: {scope:?}", inner.name, vapp.urn()));
            }
        }
    }
    found
}

/// Two cards of machines that are there never have the same hardware address; what vCenter calls machines is unique, too.
fn hardware_addresses_are_unique(world: &Snapshot) -> Vec<String> {
    let mut seen = BTreeMap::new();
    let mut found = Vec::new();
    for machine in world.of_kind(Kind::Vm).filter(|machine| is_made(machine)) {
        let body = machine.body::<Vm>().unwrap();
        let names = body.hardware.nics.iter().map(|nic| nic.mac.clone()).chain([body.moref.clone()]);
        for name in names {
            if let Some(other) = seen.insert(name.clone(), machine.urn()) {
                found.push(format!("{name} is {other}'s and {}'s", machine.urn()));
            }
        }
    }
    found
}

/// A card that takes its address from the pool of a network has one when its machine and its vApp are made.
fn pools_have_given(world: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for vapp in world.of_kind(Kind::VApp).filter(|vapp| is_made(vapp)) {
        for machine in world.machines(vapp.head.id).filter(|machine| is_made(machine)) {
            let waits = nics(machine).iter().filter(|nic| nic.mode == "POOL" && nic.ip.is_none());
            let waits = waits.filter(|nic| networks(vapp).iter().any(|network| network.name == nic.network));
            found.extend(waits.map(|nic| format!("card {} of {} has no address", nic.index, machine.urn())));
        }
    }
    found
}

/// Each card names a network that its vApp has, or none; and the names of those are unique.
fn cards_are_on_networks(world: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for vapp in world.of_kind(Kind::VApp).filter(|vapp| is_made(vapp)) {
        let names: BTreeSet<_> = networks(vapp).iter().map(|network| network.name.as_str()).chain([NO_NETWORK]).collect();
        if names.len() != networks(vapp).len() + 1 {
            found.push(format!("{} has networks of one name", vapp.urn()));
        }
        for machine in world.machines(vapp.head.id).filter(|machine| is_made(machine)) {
            let stray = nics(machine).iter().filter(|nic| !names.contains(nic.network.as_str()));
            found.extend(stray.map(|nic| format!("{} is on \"{}\", which its vApp does not have", machine.urn(), nic.network)));
            let indexes: BTreeSet<_> = nics(machine).iter().map(|nic| nic.index).collect();
            if indexes.len() != nics(machine).len() {
                found.push(format!("{} has cards of one number", machine.urn()));
            }
        }
    }
    found
}

/// A vApp's network is connected to one that is there, that was made, and that the vApp's VDC may use.
fn networks_reach_what_is_above(world: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for vapp in world.of_kind(Kind::VApp) {
        for inner in networks(vapp) {
            let Some(id) = inner.parent else { continue };
            let fits = network(world, id).is_some_and(|(above, body)| {
                let near = above.head.parent == vapp.head.parent || (body.shared && above.head.org == vapp.head.org);
                near && is_made(above)
            });
            if !fits {
                found.push(format!("\"{}\" of {} leads to {id}, which it does not reach", inner.name, vapp.urn()));
            }
        }
    }
    found
}

/// The subnets that an edge gateway is connected to have nothing in common; an external network's scope is that of those who lead to it.
fn subnets_at_gateways_lie_apart(world: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for gateway in world.of_kind(Kind::EdgeGateway) {
        let mut there: Vec<(&str, &str)> = gateway
            .body::<EdgeGateway>()
            .unwrap()
            .uplinks
            .iter()
            .map(|uplink| (uplink.gateway.as_str(), uplink.netmask.as_str()))
            .collect();
        let behind = world.of_kind(Kind::Network).map(|network| (network, network.body::<Network>().unwrap()));
        for (network, body) in behind.filter(|(network, body)| body.gateway == Some(gateway.head.id) && is_made(network)) {
            let subnet = (body.scope.gateway.as_str(), body.scope.netmask.as_str());
            if there.iter().any(|other| vcdsim_model::family::network::meet(*other, subnet)) {
                found.push(format!("{} is one of two networks of {subnet:?} behind {}", network.urn(), gateway.urn()));
            }
            there.push(subnet);
        }
    }
    let bridged = world.of_kind(Kind::Network).map(|network| (network, network.body::<Network>().unwrap()));
    for (network, body) in bridged {
        let Some(external) = body.external.and_then(|id| world.objects.get(&Urn::new(Kind::ExternalNetwork, id))) else { continue };
        if external.body::<ExternalNetwork>().is_some_and(|external| external.scope.ranges != body.scope.ranges) {
            found.push(format!("{} has other addresses than {}", network.urn(), external.urn()));
        }
    }
    found
}
