//! Events that follow from what has become of an object, whichever operation did it. Invariant: they compare two states of one object, and
//! know nothing of how it came from the one to the other.

use vcdsim_model::entity::{Body, Entity};
use vcdsim_model::event::Named;
use vcdsim_model::family::vapp::{NetworkConfig, VApp};
use vcdsim_model::family::vm::Nic;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;

/// What is told when `before` has become `now`, or is gone.
pub(crate) fn of(before: &Entity, now: Option<&Entity>) -> Vec<(Named, &'static str)> {
    match (&before.body, now.map(|now| &now.body)) {
        (Body::VApp(was), now) => networks(was, now.and_then(|now| if let Body::VApp(now) = now { Some(now) } else { None })),
        (Body::Vm(was), Some(Body::Vm(is))) if before.head.status.is_made() && is_elsewhere(&was.hardware.nics, &is.hardware.nics) => {
            let name = now.map_or_else(|| before.head.name.clone(), |now| now.head.name.clone());
            vec![(Named { urn: before.urn(), name }, "vm/ip_address_changed")]
        }
        _ => Vec::new(),
    }
}

/// The networks that a vApp has for itself run while it is deployed; those that it only connects to are others'.
fn networks(was: &VApp, now: Option<&VApp>) -> Vec<(Named, &'static str)> {
    fn running(vapp: &VApp) -> impl Iterator<Item = &NetworkConfig> {
        vapp.networks.iter().filter(|network| vapp.deployed && network.fence_mode != "bridged")
    }
    let among =
        |network: &NetworkConfig, others: Option<&VApp>| others.is_some_and(|others| running(others).any(|other| other.id == network.id));
    let named = |network: &NetworkConfig| Named { urn: Urn::new(Kind::Network, network.id), name: network.name.clone() };
    let stopped = running(was).filter(|network| !among(network, now)).map(|network| (named(network), "network/undeploy"));
    let started = now.into_iter().flat_map(running).filter(|network| !among(network, Some(was)));
    stopped.chain(started.map(|network| (named(network), "network/deploy"))).collect()
}

/// Whether a card has an address that it did not have.
fn is_elsewhere(were: &[Nic], are: &[Nic]) -> bool {
    let had = |nic: &Nic| were.iter().any(|old| old.index == nic.index && old.ip == nic.ip);
    are.iter().any(|nic| nic.ip.is_some() && !had(nic))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(index: i32, ip: Option<&str>) -> Nic {
        let text = |text: &str| text.to_owned();
        let (network, mac, mode, adapter) = (text("inner"), text("00:50:56:01:00:01"), text("MANUAL"), text("VMXNET3"));
        Nic { index, network, mac, mode, ip: ip.map(text), connected: true, adapter }
    }

    #[test]
    fn only_another_address_is_told() {
        let was = [card(0, Some("10.0.0.1")), card(1, None)];
        assert!(!is_elsewhere(&was, &was), "nothing has changed");
        assert!(!is_elsewhere(&was, &[Nic { connected: false, ..card(0, Some("10.0.0.1")) }]), "nor is one where it was not");
        assert!(!is_elsewhere(&was, &[card(0, None)]), "an address that is gone is no other one");
        assert!(is_elsewhere(&was, &[card(0, Some("10.0.0.2"))]));
        assert!(is_elsewhere(&was, &[card(0, Some("10.0.0.1")), card(1, Some("10.0.0.2"))]), "it is the card's first one");
    }
}
