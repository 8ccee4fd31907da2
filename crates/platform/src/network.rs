//! The addresses in use on organization VDC networks. Invariant: an address is in use exactly while a machine's card on the network has it.

use crate::access;
use std::net::Ipv4Addr;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader};

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
