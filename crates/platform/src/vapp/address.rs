//! Addresses for network cards. Invariant: no two cards on one network have the same address, whichever vApps they belong to; an address is
//! free again as soon as its machine is gone.

use crate::network::on_one_wire;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::family::vapp::{NetworkConfig, VApp};
use vcdsim_model::family::vm::{Nic, Vm};
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader, Tx};

/// Gives every card of a vApp that takes its address from a pool an address.
///
/// # Errors
/// 400 when a pool is used up.
pub(crate) async fn assign(tx: &mut Tx<'_>, vapp: Uuid) -> Result<(), Fault> {
    let networks = tx.read().get::<VApp>(vapp).await?.body().networks.clone();
    let machines = tx.read().children::<Vm>(vapp).await?;
    for network in &networks {
        let waits = |nic: &Nic| nic.network == network.name && nic.mode == "POOL" && nic.ip.is_none();
        if !machines.iter().any(|machine| machine.body().hardware.nics.iter().any(waits)) {
            continue;
        }
        let mut used: BTreeSet<_> = used(&tx.read(), vapp, network).await?.into_iter().collect();
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
    for network in &reader.get::<VApp>(vapp).await?.body().networks {
        let ours = machines.iter().flat_map(|machine| &machine.body().hardware.nics).filter(|nic| nic.network == network.name);
        let ours: Vec<_> = ours.filter_map(address).collect();
        if ours.is_empty() {
            continue;
        }
        let used = used(&reader, vapp, network).await?;
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

/// The addresses in use on a vApp's network, or on the organization VDC network it is bridged to: the gateway's, and one for each card.
async fn used(reader: &Reader<'_>, vapp: Uuid, network: &NetworkConfig) -> Result<Vec<Ipv4Addr>, Fault> {
    let here = reader.get::<VApp>(vapp).await?;
    let wire = match bridged_to(network) {
        None => BTreeSet::new(),
        Some(above) => on_one_wire(reader, above).await?,
    };
    let vapps = match wire.len() {
        0 => vec![here],
        several => {
            // Only those that lead to one external network are more than one, and may be anybody's.
            let all = EntityFilter::kind(Kind::VApp);
            let all = reader.list(if several > 1 { all } else { all.in_org(here.head().org) }).await?;
            all.into_iter().filter_map(vcdsim_model::entity::Res::new).collect()
        }
    };
    let mut used = Vec::new();
    for vapp in vapps {
        let same = |other: &&NetworkConfig| other.id == network.id || bridged_to(other).is_some_and(|above| wire.contains(&above));
        let names: Vec<String> = vapp.body().networks.iter().filter(same).map(|network| network.name.clone()).collect();
        if names.is_empty() {
            continue;
        }
        for machine in reader.children::<Vm>(vapp.head().id).await? {
            let nics = machine.body().hardware.nics.iter().filter(|nic| names.contains(&nic.network));
            used.extend(nics.filter_map(address));
        }
    }
    used.extend(network.scope.gateway.parse::<Ipv4Addr>().ok());
    Ok(used)
}

fn bridged_to(network: &NetworkConfig) -> Option<Uuid> {
    network.parent.filter(|_| network.fence_mode == "bridged")
}
