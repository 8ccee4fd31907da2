//! Organization VDC networks: the addresses in use on them, and their changes. Invariant: an address is in use exactly while a machine's card
//! on the network has it; no network goes that a vApp uses.

mod create;
mod delete;
mod update;

pub use create::CreateNetwork;
pub use delete::DeleteNetwork;
pub use update::{ResetNetwork, UpdateNetwork};

use crate::access;
use crate::edge_gateway;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Entity, Res, Status};
use vcdsim_model::family::edge_gateway::EdgeGateway;
use vcdsim_model::family::network::Network;
use vcdsim_model::family::vapp::{IpScope, NetworkConfig, VApp};
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader};
use vcdsim_task_engine::Prepare;

/// An address in use.
#[derive(Debug, Clone)]
pub struct Allocation {
    /// The address.
    pub address: Ipv4Addr,
    /// The vApp of the machine that has it.
    pub vapp: Arc<Entity>,
    /// The machine.
    pub vm: Arc<Entity>,
    /// Whether the vApp is deployed.
    pub deployed: bool,
}

/// The addresses that machines have on a network, in their order, as far as the caller sees the machines.
///
/// # Errors
/// Only a defect of the store.
pub async fn allocations(reader: &Reader<'_>, caller: &Caller, network: &Entity) -> Result<Vec<Allocation>, Fault> {
    let mut found = Vec::new();
    for vapp in access::list(reader, caller, EntityFilter::kind(Kind::VApp).in_org(network.head.org)).await? {
        let Some(body) = vapp.body::<VApp>() else { continue };
        let names = bridged(body, network.head.id);
        if names.is_empty() {
            continue;
        }
        for vm in reader.children::<Vm>(vapp.head.id).await? {
            let of_vm = |address| Allocation { address, vapp: Arc::clone(&vapp), vm: Arc::clone(vm.entity()), deployed: body.deployed };
            found.extend(held(vm.body(), &names).map(of_vm));
        }
    }
    found.sort_by_key(|allocation| allocation.address);
    Ok(found)
}

/// The names under which a vApp's machines know the network: those of its networks that are bridged to it.
fn bridged(vapp: &VApp, network: Uuid) -> Vec<&str> {
    let all = vapp.networks.iter().filter(|inner| inner.fence_mode == "bridged" && inner.parent == Some(network));
    all.map(|inner| inner.name.as_str()).collect()
}

/// The addresses of a machine's cards on networks with these names.
fn held<'a>(vm: &'a Vm, names: &'a [&str]) -> impl Iterator<Item = Ipv4Addr> + 'a {
    let cards = vm.hardware.nics.iter().filter(|nic| names.contains(&nic.network.as_str()));
    cards.filter_map(|nic| nic.ip.as_ref()?.parse().ok())
}

/// The networks whose machines share their addresses with those of `network`: itself, and for one that leads to an external network all that
/// lead there.
pub(crate) async fn on_one_wire(reader: &Reader<'_>, network: Uuid) -> Result<BTreeSet<Uuid>, Fault> {
    let mut wire = BTreeSet::from([network]);
    let Some(external) = reader.find::<Network>(network).await?.and_then(|found| found.body().external) else { return Ok(wire) };
    wire.extend(led_to(reader, external).await?);
    Ok(wire)
}

/// The networks that lead to an external network.
pub(crate) async fn led_to(reader: &Reader<'_>, external: Uuid) -> Result<BTreeSet<Uuid>, Fault> {
    let all = reader.list(EntityFilter::kind(Kind::Network)).await?;
    let there = |other: &Entity| other.body::<Network>().is_some_and(|body| body.external == Some(external));
    Ok(all.iter().filter(|other| there(other)).map(|other| other.head.id).collect())
}

/// Refuses to connect anything to a network that is not there yet, or could not be made.
pub(crate) fn connectable(network: &Entity) -> Result<(), Fault> {
    match network.head.status {
        Status::Unresolved | Status::FailedCreation => {
            Err(Fault::bad_request(format!("Nothing can be connected to the network \"{}\": it was not created.", network.head.name)))
        }
        _ => Ok(()),
    }
}

/// Seizes the edge gateway of a network behind one: its interface changes with the network.
async fn lock_gateway(cx: &mut Prepare<'_, '_>, network: &Network) -> Result<(), Fault> {
    match network.gateway {
        Some(gateway) => cx.lock(Urn::new(Kind::EdgeGateway, gateway)).await.map(drop),
        None => Ok(()),
    }
}

/// Refuses a subnet that has addresses in common with another one at the same edge gateway; `but` is the network that has it already.
async fn apart(reader: &Reader<'_>, gateway: &Res<EdgeGateway>, but: Option<Uuid>, scope: &IpScope) -> Result<(), Fault> {
    let behind = edge_gateway::networks(reader, gateway.head()).await?;
    let others = edge_gateway::subnets(behind.iter().filter(|network| Some(network.head().id) != but));
    let outside = gateway.body().uplinks.iter().map(|uplink| (uplink.gateway.as_str(), uplink.netmask.as_str()));
    edge_gateway::check_apart(&gateway.head().name, (&scope.gateway, &scope.netmask), outside.chain(others))
}

/// The vApps that have a network connected to this one, whoever sees them.
pub(crate) async fn users(reader: &Reader<'_>, network: &Entity) -> Result<Vec<Res<VApp>>, Fault> {
    let all = reader.list(EntityFilter::kind(Kind::VApp).in_org(network.head.org)).await?;
    let connected = |vapp: &Res<VApp>| vapp.body().networks.iter().any(|inner| inner.parent == Some(network.head.id));
    Ok(all.into_iter().filter_map(Res::new).filter(connected).collect())
}

/// All addresses in use on a network, whoever sees their machines.
async fn in_use(reader: &Reader<'_>, network: &Entity) -> Result<Vec<Ipv4Addr>, Fault> {
    let mut found = Vec::new();
    for vapp in users(reader, network).await? {
        let names = bridged(vapp.body(), network.head.id);
        let routers = vapp.body().networks.iter().filter(|inner| inner.routed_to() == Some(network.head.id));
        found.extend(routers.flat_map(NetworkConfig::outside).filter_map(|address| address.parse::<Ipv4Addr>().ok()));
        for vm in reader.children::<Vm>(vapp.head().id).await? {
            found.extend(held(vm.body(), &names));
        }
    }
    Ok(found)
}
