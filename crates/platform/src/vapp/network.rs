//! Changing the networks of vApps. Invariant: each card names a network that its vApp has, or `none`; a network goes only when no card is on it.

mod resolve;
mod service;

pub(super) use resolve::{Place, brought, resolve, see_parent};
pub(crate) use service::settle;

use super::{address, create::NetworkRequest, lock_whole};
use crate::access::{self, admit_in};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Entity, Res};
use vcdsim_model::family::vapp::network::{Card, UPDATE_NETWORKS};
use vcdsim_model::family::vapp::{NetworkConfig, VApp};
use vcdsim_model::family::vm::{Nic, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_store::{EntityFilter, Reader, Tx};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// A change of the networks of a vApp.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdateNetworks {
    /// Which vApp.
    pub vapp: Uuid,
    /// What is to be different.
    pub change: NetworkChange,
}

/// What is to be different about the networks of a vApp.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum NetworkChange {
    /// These are all that it is to have; what it has with the id or the name of one of them becomes that one.
    All(Vec<NetworkRequest>),
    /// One is to be so; the request has its id.
    One(Box<NetworkRequest>),
    /// One goes.
    Remove(Uuid),
    /// What serves one is started anew: whoever has a lease of its DHCP service gets another.
    Reset(Uuid),
    /// What serves one is told the log servers, which changes nothing: there are none.
    SyncSyslog(Uuid),
}

impl UpdateNetworks {
    fn requests(&self) -> &[NetworkRequest] {
        match &self.change {
            NetworkChange::All(all) => all,
            NetworkChange::One(one) => std::slice::from_ref(&**one),
            NetworkChange::Remove(_) | NetworkChange::Reset(_) | NetworkChange::SyncSyslog(_) => &[],
        }
    }

    /// The networks as they are to be.
    async fn plan(&self, tx: &Tx<'_>, vapp: &Res<VApp>) -> Result<Vec<NetworkConfig>, Fault> {
        let (place, ours) = (Place::of_vapp(vapp.head()), &vapp.body().networks);
        let planned = match &self.change {
            NetworkChange::All(all) => {
                let mut planned = Vec::new();
                for asked in all {
                    planned.push(resolve(tx, place, asked, same(ours, asked, all)).await?);
                }
                planned
            }
            NetworkChange::One(one) => {
                let mut planned = ours.clone();
                let id = one.id.unwrap_or_default();
                let old = planned.iter_mut().find(|network| network.id == id).ok_or_else(|| unknown(id))?;
                *old = resolve(tx, place, one, Some(&old.clone())).await?;
                planned
            }
            NetworkChange::Remove(id) => ours.iter().filter(|network| network.id != *id).cloned().collect(),
            NetworkChange::Reset(_) | NetworkChange::SyncSyslog(_) => ours.clone(),
        };
        distinct(&planned)?;
        Ok(planned)
    }

    /// The machines with their cards as they are to be, as far as they change.
    fn cards(&self, ours: &[NetworkConfig], planned: &[NetworkConfig], machines: &[Res<Vm>]) -> Result<Vec<(Uuid, Vec<Nic>)>, Fault> {
        let mut moved = Vec::new();
        for machine in machines {
            let old = &machine.body().hardware.nics;
            let mut new = old.iter().map(|nic| moves(nic, &machine.head().name, ours, planned)).collect::<Result<Vec<_>, _>>()?;
            if let NetworkChange::Reset(id) = self.change {
                let name = ours.iter().find(|network| network.id == id).map(|network| network.name.as_str());
                new.iter_mut().filter(|nic| nic.mode == "DHCP" && Some(nic.network.as_str()) == name).for_each(|nic| nic.ip = None);
            }
            if new != *old {
                moved.push((machine.head().id, new));
            }
        }
        let there = |card: Card| machines.iter().any(|machine| has_card(machine, card));
        for network in planned {
            check_cards(network, there)?;
        }
        Ok(moved)
    }
}

impl UpdateNetworks {
    /// Refuses what cannot be done to a vApp that has these machines; answers the networks as they are to be.
    pub(super) async fn admit(&self, cx: &Prepare<'_, '_>, vapp: &Res<VApp>, machines: &[Res<Vm>]) -> Result<Vec<NetworkConfig>, Fault> {
        for asked in self.requests() {
            see_parent(cx, asked).await?;
        }
        let ours = &vapp.body().networks;
        let planned = self.plan(cx.tx, vapp).await?;
        self.cards(ours, &planned, machines)?;
        Ok(planned)
    }

    /// Makes the change, and lets the cards of these machines follow; their addresses are not looked at.
    pub(super) async fn apply(&self, tx: &mut Tx<'_>, machines: &[Res<Vm>]) -> Result<(), Fault> {
        let vapp = tx.read().get::<VApp>(self.vapp).await?;
        let ours = &vapp.body().networks;
        let planned = self.plan(tx, &vapp).await?;
        let cards = self.cards(ours, &planned, machines)?;
        tx.update_body::<VApp>(self.vapp, |_, body| body.networks = planned).await?;
        for (machine, nics) in cards {
            tx.update_body::<Vm>(machine, |_, body| body.hardware.nics = nics).await?;
        }
        Ok(())
    }
}

impl Operation for UpdateNetworks {
    const NAMES: &'static [Name] = &[Name::VdcUpdateVappNetworkSection];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let vapp = admit_in::<VApp>(cx, &UPDATE_NETWORKS, self.vapp).await?;
        self.admit(cx, &vapp, &cx.tx.read().children::<Vm>(self.vapp).await?).await?;
        lock_whole(cx, self.vapp).await?;
        Ok(Subject::of(vapp.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let machines = cx.tx.read().children::<Vm>(self.vapp).await?;
        self.apply(cx.tx, &machines).await?;
        address::check(cx.tx, self.vapp).await?;
        address::assign(cx.tx, self.vapp).await?;
        settle(cx.tx, self.vapp).await
    }
}

/// The network of the vApp that a request is about: the one with its id, else the one with its name that no other request has the id of.
fn same<'n>(ours: &'n [NetworkConfig], asked: &NetworkRequest, all: &[NetworkRequest]) -> Option<&'n NetworkConfig> {
    let by_id = ours.iter().find(|network| Some(network.id) == asked.id);
    let claimed = |network: &NetworkConfig| all.iter().any(|other| other.id == Some(network.id));
    by_id.or_else(|| ours.iter().find(|network| network.name == asked.name && !claimed(network)))
}

/// Refuses two networks with one name or one id.
pub(super) fn distinct(networks: &[NetworkConfig]) -> Result<(), Fault> {
    let twice = |at: usize, one: &NetworkConfig| networks[..at].iter().any(|other| other.name == one.name || other.id == one.id);
    match networks.iter().enumerate().find(|(at, one)| twice(*at, one)) {
        Some((_, twice)) => Err(Fault::bad_request(format!("The network \"{}\" is configured twice.", twice.name))),
        None => Ok(()),
    }
}

/// Refuses rules for cards that are not there.
pub(super) fn check_cards(network: &NetworkConfig, there: impl Fn(Card) -> bool) -> Result<(), Fault> {
    match network.features.cards().find(|card| !there(*card)) {
        Some(Card { vm, nic }) => Err(Fault::bad_request(format!(
            "A rule of the network \"{}\" names network card {nic} of the machine with the VAppScopedVmId \"{vm}\", which the vApp does not have.",
            network.name
        ))),
        None => Ok(()),
    }
}

fn has_card(machine: &Res<Vm>, card: Card) -> bool {
    machine.head().id == card.vm && machine.body().hardware.nics.iter().any(|nic| nic.index == card.nic)
}

/// A card when the networks are as planned: on the network with the same id, with its address where that still fits.
fn moves(nic: &Nic, machine: &str, ours: &[NetworkConfig], planned: &[NetworkConfig]) -> Result<Nic, Fault> {
    let Some(old) = ours.iter().find(|network| network.name == nic.network) else { return Ok(nic.clone()) };
    let Some(new) = planned.iter().find(|network| network.id == old.id) else {
        let message = format!("The network \"{}\" cannot be removed: network card {} of \"{machine}\" is on it.", old.name, nic.index);
        return Err(Fault::bad_request(message));
    };
    let moved = Nic { network: new.name.clone(), ..nic.clone() };
    let Some(address) = nic.ip.as_ref().and_then(|ip| ip.parse::<Ipv4Addr>().ok()) else { return Ok(moved) };
    let fits = match nic.mode.as_str() {
        "POOL" => new.pool() == old.pool() && new.scope.offers(address),
        "DHCP" => new.features.dhcp.as_ref().is_some_and(|dhcp| dhcp.offers(address)),
        _ if new.scope.contains(address) => true,
        _ => {
            let message = format!(
                "The address {address} of network card {} of \"{machine}\" does not lie in the network \"{}\".",
                nic.index, new.name
            );
            return Err(Fault::bad_request(message));
        }
    };
    Ok(if fits { moved } else { Nic { ip: None, ..moved } })
}

/// The vApp that has the network `id`, when the caller may see it.
///
/// # Errors
/// 403 when there is none.
pub async fn home(reader: &Reader<'_>, caller: &Caller, id: Uuid) -> Result<Arc<Entity>, Fault> {
    let all = EntityFilter::kind(Kind::VApp);
    let all = if caller.is_system_admin() { all } else { all.in_org(caller.org) };
    let has = |vapp: &Entity| vapp.body::<VApp>().is_some_and(|body| body.networks.iter().any(|network| network.id == id));
    for vapp in reader.list(all).await?.into_iter().filter(|vapp| has(vapp)) {
        if access::access(reader, caller, &vapp).await?.is_some() {
            return Ok(vapp);
        }
    }
    Err(unknown(id))
}

fn unknown(id: Uuid) -> Fault {
    Fault::no_access(Urn::new(Kind::Network, id))
}
