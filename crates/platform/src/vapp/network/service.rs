//! What networks inside vApps do while they are deployed: routers have addresses in the network above, DHCP services hand out leases.
//! Invariant: a router has its address while its vApp is deployed, and beyond that only when it keeps it; a lease lasts as long as its machine
//! is on.

use crate::vapp::address;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Res, Status};
use vcdsim_model::family::network::Network;
use vcdsim_model::family::vapp::network::{Card, Mapping};
use vcdsim_model::family::vapp::{NetworkConfig, VApp};
use vcdsim_model::family::vm::{Nic, Vm};
use vcdsim_store::Tx;

/// Makes routers and leases of a vApp be as its machines stand.
///
/// # Errors
/// 400 when a pool has no address left for a router.
pub(crate) async fn settle(tx: &mut Tx<'_>, vapp: Uuid) -> Result<(), Fault> {
    let here = tx.read().get::<VApp>(vapp).await?;
    if here.body().networks.iter().all(|network| network.features.is_empty() && network.external_ip.is_none()) {
        return Ok(());
    }
    let machines = tx.read().children::<Vm>(vapp).await?;
    let mut networks = here.body().networks.clone();
    for (at, network) in networks.iter_mut().enumerate() {
        route(tx, &here, network, &machines).await?;
        if *network != here.body().networks[at] {
            // At once, so that the next router does not take the same address.
            let settled = network.clone();
            tx.update_body::<VApp>(vapp, |_, body| body.networks[at] = settled).await?;
        }
    }
    for network in networks.iter().filter(|network| network.features.dhcp.is_some()) {
        lease(tx, vapp, network).await?;
    }
    Ok(())
}

/// The addresses of a router outside: its own, and one for each card that is mapped as a whole.
async fn route(tx: &Tx<'_>, vapp: &Res<VApp>, network: &mut NetworkConfig, machines: &[Res<Vm>]) -> Result<(), Fault> {
    let has = |machine: &Res<Vm>, card: Card| machine.body().hardware.nics.iter().any(|nic| nic.index == card.nic);
    network.features.keep_cards(|card| machines.iter().any(|machine| machine.head().id == card.vm && has(machine, card)));
    let deployed = machines.iter().any(|machine| machine.body().deployed);
    let (name, retains, above) = (network.name.clone(), network.retains, network.routed_to());
    let translates = network.features.nat.as_ref().is_some_and(|nat| nat.enabled);
    let drawn = network.features.nat.iter_mut().flat_map(|nat| &mut nat.rules);
    let drawn = drawn.filter(|rule| rule.mapping == Mapping::Address { manual: false }).map(|rule| &mut rule.external_ip);
    let mut places: Vec<(&mut Option<String>, bool)> = vec![(&mut network.external_ip, true)];
    places.extend(drawn.map(|place| (place, translates)));
    let above = match above {
        Some(id) => tx.read().find::<Network>(id).await?,
        None => None,
    };
    let Some(above) = above.filter(|_| deployed) else {
        places.into_iter().filter(|_| !retains).for_each(|(place, _)| *place = None);
        return Ok(());
    };
    if places.iter().all(|(place, wanted)| place.is_some() == *wanted) {
        return Ok(());
    }
    let mut used = address::used(&tx.read(), vapp, above.head().id, &above.body().scope).await?.into_iter().collect::<BTreeSet<_>>();
    for (place, wanted) in places {
        if !wanted {
            *place = None;
        } else if place.is_none() {
            let full = || {
                let above = &above.head().name;
                Fault::bad_request(format!(
                    "The address pool of the network \"{above}\" has no free address left for the router of \"{name}\"."
                ))
            };
            let address = above.body().scope.first_free(&used).ok_or_else(full)?;
            used.insert(address);
            *place = Some(address.to_string());
        }
    }
    Ok(())
}

/// Leases of a network's DHCP service. Where it has no address left, a card has none, as a guest would find out.
async fn lease(tx: &mut Tx<'_>, vapp: Uuid, network: &NetworkConfig) -> Result<(), Fault> {
    let Some(dhcp) = network.features.dhcp.as_ref() else { return Ok(()) };
    let ours = |nic: &Nic| nic.network == network.name && nic.mode == "DHCP";
    let machines = tx.read().children::<Vm>(vapp).await?;
    let mut used: Option<BTreeSet<Ipv4Addr>> = None;
    for machine in &machines {
        let mut nics = machine.body().hardware.nics.clone();
        let runs = machine.head().status == Status::PoweredOn;
        for nic in nics.iter_mut().filter(|nic| ours(nic)) {
            if !(runs && dhcp.enabled && nic.connected) {
                nic.ip = None;
            } else if nic.ip.is_none() {
                let taken = match &mut used {
                    Some(taken) => taken,
                    None => {
                        let here = tx.read().get::<VApp>(vapp).await?;
                        let all = address::used(&tx.read(), &here, network.pool(), &network.scope).await?;
                        used.insert(all.into_iter().collect())
                    }
                };
                let free = dhcp.first_free(taken);
                taken.extend(free);
                nic.ip = free.map(|address| address.to_string());
            }
        }
        if nics != machine.body().hardware.nics {
            tx.update_body::<Vm>(machine.head().id, |_, body| body.hardware.nics = nics).await?;
        }
    }
    Ok(())
}
