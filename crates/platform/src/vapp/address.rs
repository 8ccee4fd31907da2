//! Addresses for network cards. Invariant: no two cards, routers or edge gateways on one network have the same address, whoever they belong
//! to; an address is free again as soon as its machine is gone.

use crate::edge_gateway;
use crate::network::{led_to, on_one_wire};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::Res;
use vcdsim_model::family::external_network::ExternalNetwork;
use vcdsim_model::family::network::Network;
use vcdsim_model::family::vapp::{IpScope, NetworkConfig, VApp};
use vcdsim_model::family::vm::{Nic, Vm};
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader, Tx};

/// Gives every card of a vApp that takes its address from a pool an address.
///
/// # Errors
/// 400 when a pool is used up.
pub(crate) async fn assign(tx: &mut Tx<'_>, vapp: Uuid) -> Result<(), Fault> {
    let here = tx.read().get::<VApp>(vapp).await?;
    let networks = &here.body().networks;
    let machines = tx.read().children::<Vm>(vapp).await?;
    for network in networks {
        let waits = |nic: &Nic| nic.network == network.name && nic.mode == "POOL" && nic.ip.is_none();
        if !machines.iter().any(|machine| machine.body().hardware.nics.iter().any(waits)) {
            continue;
        }
        let mut used: BTreeSet<_> = used(&tx.read(), &here, network.pool(), &network.scope).await?.into_iter().collect();
        for machine in &machines {
            let mut nics = machine.body().hardware.nics.clone();
            for nic in nics.iter_mut().filter(|nic| waits(nic)) {
                nic.ip = Some(take(network, &mut used)?);
            }
            let given: Vec<_> = nics.into_iter().filter(|nic| nic.network == network.name).collect();
            tx.update_body::<Vm>(machine.head().id, |_, body| replace(&mut body.hardware.nics, given)).await?;
        }
    }
    Ok(())
}

/// Refuses a vApp whose machines name an address that is in use already.
///
/// # Errors
/// 400 that names the address.
pub(crate) async fn check(tx: &Tx<'_>, vapp: Uuid) -> Result<(), Fault> {
    let reader = tx.read();
    let machines = reader.children::<Vm>(vapp).await?;
    let here = reader.get::<VApp>(vapp).await?;
    for network in &here.body().networks {
        let ours = machines.iter().flat_map(|machine| &machine.body().hardware.nics).filter(|nic| nic.network == network.name);
        let ours: Vec<_> = ours.filter_map(address).collect();
        if ours.is_empty() {
            continue;
        }
        let used = used(&reader, &here, network.pool(), &network.scope).await?;
        // Each of ours is in there once.
        if let Some(twice) = ours.iter().find(|address| used.iter().filter(|other| other == address).count() > 1) {
            return Err(Fault::bad_request(format!("The IpAddress \"{twice}\" is already in use on the network \"{}\".", network.name)));
        }
    }
    Ok(())
}

fn address(nic: &Nic) -> Option<Ipv4Addr> {
    nic.ip.as_ref()?.parse().ok()
}

fn take(network: &NetworkConfig, used: &mut BTreeSet<Ipv4Addr>) -> Result<String, Fault> {
    let full = || Fault::bad_request(format!("The address pool of the network \"{}\" has no free address left.", network.name));
    let address = network.scope.first_free(used).ok_or_else(full)?;
    used.insert(address);
    Ok(address.to_string())
}

fn replace(nics: &mut [Nic], given: Vec<Nic>) {
    for nic in given {
        if let Some(old) = nics.iter_mut().find(|old| old.index == nic.index) {
            *old = nic;
        }
    }
}

/// The addresses in use in the pool of a network: the gateway's, one for each card, and those of routers and edge gateways that are connected
/// to it. `home` is a vApp that has a part in it.
pub(super) async fn used(reader: &Reader<'_>, home: &Res<VApp>, pool: Uuid, scope: &IpScope) -> Result<Vec<Ipv4Addr>, Fault> {
    let inner = home.body().networks.iter().any(|network| network.id == pool);
    let wire = if inner { BTreeSet::from([pool]) } else { on_one_wire(reader, pool).await? };
    let vapps: Vec<Res<VApp>> = if inner {
        vec![home.clone()]
    } else {
        // Only those that lead to one external network are more than one, and may be anybody's.
        let all = EntityFilter::kind(Kind::VApp);
        let all = reader.list(if wire.len() > 1 { all } else { all.in_org(home.head().org) }).await?;
        all.into_iter().filter_map(Res::new).collect()
    };
    let mut used = on(reader, &vapps, &wire).await?;
    if let Some(external) = reader.find::<Network>(pool).await?.and_then(|network| network.body().external) {
        used.extend(edge_gateway::held(reader, external, None).await?);
    }
    used.extend(scope.gateway.parse::<Ipv4Addr>().ok());
    Ok(used)
}

/// The addresses in use on an external network, but for those of one edge gateway.
pub(crate) async fn outside(reader: &Reader<'_>, external: &Res<ExternalNetwork>, but: Option<Uuid>) -> Result<BTreeSet<Ipv4Addr>, Fault> {
    let id = external.head().id;
    let vapps: Vec<Res<VApp>> = reader.list(EntityFilter::kind(Kind::VApp)).await?.into_iter().filter_map(Res::new).collect();
    let mut used = on(reader, &vapps, &led_to(reader, id).await?).await?;
    used.extend(edge_gateway::held(reader, id, but).await?);
    used.extend(external.body().scope.gateway.parse::<Ipv4Addr>().ok());
    Ok(used.into_iter().collect())
}

/// The addresses that these vApps have on these networks.
async fn on(reader: &Reader<'_>, vapps: &[Res<VApp>], wire: &BTreeSet<Uuid>) -> Result<Vec<Ipv4Addr>, Fault> {
    let mut used = Vec::new();
    for vapp in vapps {
        let networks = &vapp.body().networks;
        let routers = networks.iter().filter(|network| network.routed_to().is_some_and(|above| wire.contains(&above)));
        used.extend(routers.flat_map(NetworkConfig::outside).filter_map(|address| address.parse::<Ipv4Addr>().ok()));
        let names: Vec<&str> =
            networks.iter().filter(|network| wire.contains(&network.pool())).map(|network| network.name.as_str()).collect();
        if names.is_empty() {
            continue;
        }
        for machine in reader.children::<Vm>(vapp.head().id).await? {
            let nics = machine.body().hardware.nics.iter().filter(|nic| names.contains(&nic.network.as_str()));
            used.extend(nics.filter_map(address));
        }
    }
    Ok(used)
}
