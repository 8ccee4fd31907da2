//! Changing networks of organization VDCs. Invariant: whatever address is in use stays one of the network's, and of its pool if it came from
//! there; vApp networks that inherit their addresses have those of now.

use super::{apart, in_use, lock_gateway, users};
use crate::access::admit_in;
use crate::edge_gateway;
use crate::name::check_new_name;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Head, Res};
use vcdsim_model::family::edge_gateway::EdgeGateway;
use vcdsim_model::family::network::{Dhcp, InterfaceChange, Network, RESET, UPDATE, checked};
use vcdsim_model::family::vapp::{IpScope, VApp};
use vcdsim_model::fault::excerpt;
use vcdsim_model::operation::Operation as Name;
use vcdsim_store::Reader;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// `networkUpdateNetwork`; `None` leaves what it is about as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateNetwork {
    /// Which network.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// How it is fenced, which cannot change.
    pub fence_mode: Option<String>,
    /// Its addresses; those of a bridged one are the external network's.
    pub scope: Option<IpScope>,
    /// Its DHCP service.
    pub dhcp: Option<Dhcp>,
    /// Whether the organization's other VDCs use it too.
    pub shared: Option<bool>,
    /// The interface of a routed one.
    pub interface: InterfaceChange,
}

impl UpdateNetwork {
    /// What the network is to be.
    async fn changed(&self, reader: &Reader<'_>, network: &Res<Network>) -> Result<Network, Fault> {
        let body = network.body();
        let own = body.external.is_none();
        if let Some(mode) = self.fence_mode.as_ref().filter(|mode| **mode != body.fence_mode) {
            let message = format!("The FenceMode of a network cannot change: it is {}, not {}.", body.fence_mode, excerpt(mode));
            return Err(Fault::bad_request(message));
        }
        let scope = match &self.scope {
            Some(scope) if own => checked(scope.clone())?,
            _ => body.scope.clone(),
        };
        let dhcp = self.dhcp.clone().filter(|_| own && body.gateway.is_none()).or_else(|| body.dhcp.clone());
        dhcp.as_ref().map(|dhcp| dhcp.check(&scope)).transpose()?;
        if own {
            fits(&in_use(reader, network.entity()).await?, &body.scope, &scope)?;
        }
        let shared = self.shared.unwrap_or(body.shared);
        if body.shared && !shared {
            self.not_in_others(reader, network).await?;
        }
        let changed = Network { scope, dhcp, shared, ..body.clone() };
        match body.gateway {
            Some(gateway) => self.behind(reader, network, gateway, changed).await,
            None => Ok(changed),
        }
    }

    /// The same for one behind an edge gateway, whose services and other subnets must bear it.
    async fn behind(&self, reader: &Reader<'_>, network: &Res<Network>, gateway: Uuid, mut changed: Network) -> Result<Network, Fault> {
        let gateway = reader.get::<EdgeGateway>(gateway).await?;
        changed.interface = changed.interface.changed(self.interface, gateway.body().distributed)?;
        if changed.scope != network.body().scope {
            apart(reader, &gateway, Some(self.id), &changed.scope).await?;
            edge_gateway::bears(reader, &gateway, self.id, &changed.scope).await?;
        }
        Ok(changed)
    }

    /// Refuses to take a network away from vApps of other VDCs.
    async fn not_in_others(&self, reader: &Reader<'_>, network: &Res<Network>) -> Result<(), Fault> {
        let users = users(reader, network.entity()).await?;
        let Some(vapp) = users.iter().find(|vapp| vapp.head().parent != network.head().parent) else { return Ok(()) };
        let (name, vapp) = (&network.head().name, &vapp.head().name);
        Err(Fault::bad_request(format!("The network \"{name}\" must stay shared: the vApp \"{vapp}\" of another VDC uses it.")))
    }
}

/// Refuses a scope that takes their network, or their place in the pool, from addresses in use.
fn fits(used: &[Ipv4Addr], before: &IpScope, after: &IpScope) -> Result<(), Fault> {
    let pooled = |scope: &IpScope, address: Ipv4Addr| {
        let ends = |(first, last): &(String, String)| Some((first.parse::<Ipv4Addr>().ok()?, last.parse::<Ipv4Addr>().ok()?));
        scope.ranges.iter().filter_map(ends).any(|(first, last)| (first..=last).contains(&address))
    };
    let lost = |address: &&Ipv4Addr| {
        let (is_gateway, was_pooled) = (after.gateway == address.to_string(), pooled(before, **address));
        is_gateway || !after.contains(**address) || (was_pooled && !pooled(after, **address))
    };
    match used.iter().find(lost) {
        Some(address) => Err(Fault::bad_request(format!("The IpScope must keep the address {address}, which is in use."))),
        None => Ok(()),
    }
}

impl Operation for UpdateNetwork {
    const NAMES: &'static [Name] = &[Name::NetworkUpdateNetwork];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let network = admit_in::<Network>(cx, &UPDATE, self.id).await?;
        check_new_name(&cx.tx.read(), network.head(), &self.name).await?;
        self.changed(&cx.tx.read(), &network).await?;
        lock_gateway(cx, network.body()).await?;
        cx.lock(network.urn()).await?;
        Ok(Subject::of(network.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let network = cx.tx.read().get::<Network>(self.id).await?;
        let changed = self.changed(&cx.tx.read(), &network).await?;
        for vapp in users(&cx.tx.read(), network.entity()).await? {
            let inherited = IpScope { inherited: true, ..changed.scope.clone() };
            let bring = |vapp: &mut VApp| {
                let below = vapp.networks.iter_mut().filter(|inner| inner.parent == Some(self.id) && inner.scope.inherited);
                below.for_each(|inner| inner.scope.clone_from(&inherited));
            };
            cx.tx.update_body::<VApp>(vapp.head().id, |_, vapp| bring(vapp)).await?;
        }
        let change = |head: &mut Head, network: &mut Network| {
            head.name.clone_from(&self.name);
            head.description = self.description.clone().or(head.description.take());
            *network = changed;
        };
        cx.tx.update_body::<Network>(self.id, change).await.map(drop)
    }
}

/// Starts a network's services anew; none of them has a state that would be lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetNetwork {
    /// Which network.
    pub id: Uuid,
}

impl Operation for ResetNetwork {
    const NAMES: &'static [Name] = &[Name::NetworkReset];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let network = admit_in::<Network>(cx, &RESET, self.id).await?;
        lock_gateway(cx, network.body()).await?;
        cx.lock(network.urn()).await?;
        Ok(Subject::of(network.head()))
    }

    async fn run(&self, _phase: usize, _cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        Ok(())
    }
}
