//! Edge gateways: what is connected to them, and their changes. Invariant: whoever changes a network behind a gateway locks the gateway, so
//! services are always judged by the networks that are there.

mod change;
mod create;
mod uplink;

pub use change::{ChangeEdgeGateway, DeleteEdgeGateway, GatewayChange, Properties};
pub use create::CreateEdgeGateway;
pub use uplink::{SubnetRequest, UplinkRequest};

use crate::vapp::address;
use std::net::Ipv4Addr;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::{Action, Method};
use vcdsim_model::entity::{Head, Res, Status};
use vcdsim_model::family::edge_gateway::services::{Connections, Services};
use vcdsim_model::family::edge_gateway::{CENTRALIZE, EdgeGateway, INTERFACES, SIZES, Uplink};
use vcdsim_model::family::external_network::ExternalNetwork;
use vcdsim_model::family::network::{Network, meet};
use vcdsim_model::family::vapp::IpScope;
use vcdsim_model::fault::excerpt;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader};

/// The networks behind a gateway, in order of creation.
///
/// # Errors
/// Only a defect of the store.
pub async fn networks(reader: &Reader<'_>, gateway: &Head) -> Result<Vec<Res<Network>>, Fault> {
    let Some(vdc) = gateway.parent else { return Ok(Vec::new()) };
    let all = reader.children::<Network>(vdc).await?;
    Ok(all.into_iter().filter(|network| network.body().gateway == Some(gateway.id)).collect())
}

/// The addresses that gateways have on an external network, but for one of them.
pub(crate) async fn held(reader: &Reader<'_>, external: Uuid, but: Option<Uuid>) -> Result<Vec<Ipv4Addr>, Fault> {
    let mut held = Vec::new();
    for gateway in reader.list(EntityFilter::kind(Kind::EdgeGateway)).await?.into_iter().filter_map(Res::<EdgeGateway>::new) {
        if Some(gateway.head().id) == but || gateway.head().status == Status::FailedCreation {
            continue;
        }
        let there = gateway.body().uplinks.iter().filter(|uplink| uplink.network == external);
        held.extend(there.flat_map(Uplink::addresses));
    }
    Ok(held)
}

/// What is in use of an external network.
#[derive(Debug, Clone)]
pub struct OutsideUse {
    /// The addresses of machines, routers and gateways, in their order.
    pub addresses: Vec<Ipv4Addr>,
    /// The gateways that addresses of it are sub-allocated to.
    pub gateways: Vec<Res<EdgeGateway>>,
}

/// What is in use of an external network.
///
/// # Errors
/// Only a defect of the store.
pub async fn outside_use(reader: &Reader<'_>, external: &Res<ExternalNetwork>) -> Result<OutsideUse, Fault> {
    let here = |uplink: &&Uplink| uplink.network == external.head().id;
    let all = reader.list(EntityFilter::kind(Kind::EdgeGateway)).await?.into_iter().filter_map(Res::<EdgeGateway>::new);
    let gateways: Vec<_> = all.filter(|gateway| gateway.head().status != Status::FailedCreation).collect();
    let ours = gateways.iter().flat_map(|gateway| gateway.body().uplinks.iter().filter(here));
    let own = ours.clone().filter_map(|uplink| uplink.address.parse().ok()).collect::<Vec<Ipv4Addr>>();
    let lent = |address: &Ipv4Addr| ours.clone().any(|uplink| uplink.holds(*address)) && !own.contains(address);
    let used = address::outside(reader, external, None).await?;
    let addresses = used.into_iter().filter(|address| !lent(address) && external.body().scope.gateway != address.to_string()).collect();
    let gateways = gateways.iter().filter(|gateway| gateway.body().uplinks.iter().filter(here).any(|uplink| !uplink.ranges.is_empty()));
    Ok(OutsideUse { addresses, gateways: gateways.cloned().collect() })
}

/// Refuses services that do not fit what the gateway is connected to.
fn check_services(name: &str, services: &Services, uplinks: &[Uplink], networks: &[Res<Network>]) -> Result<(), Fault> {
    let behind: Vec<(Uuid, IpScope)> = networks.iter().map(|network| (network.head().id, network.body().scope.clone())).collect();
    services.check(name, Connections { uplinks, networks: &behind })
}

/// Refuses a change of the addresses of a network behind a gateway that the gateway's services do not bear.
pub(crate) async fn bears(reader: &Reader<'_>, gateway: &Res<EdgeGateway>, network: Uuid, scope: &IpScope) -> Result<(), Fault> {
    let all = networks(reader, gateway.head()).await?;
    let own = |id: Uuid| (id == network).then(|| scope.clone());
    let behind: Vec<_> =
        all.iter().map(|other| (other.head().id, own(other.head().id).unwrap_or_else(|| other.body().scope.clone()))).collect();
    let connections = Connections { uplinks: &gateway.body().uplinks, networks: &behind };
    gateway.body().services.check(&gateway.head().name, connections)
}

/// Refuses what the networks behind a gateway do not let be done to it.
pub(crate) fn spared(action: &Action, gateway: &Head, behind: &[Res<Network>]) -> Result<(), Fault> {
    let (name, count) = (&gateway.name, behind.len());
    let distributed = |network: &&Res<Network>| network.body().interface.distributed;
    let refused = match action.path {
        _ if action.method == Method::Delete => behind.first().map(|first| {
            let network = &first.head().name;
            format!("The edge gateway \"{name}\" cannot be deleted: {count} network(s) are behind it, as \"{network}\".")
        }),
        path if path == CENTRALIZE.path => behind.iter().find(distributed).map(|first| {
            let network = &first.head().name;
            format!("The edge gateway \"{name}\" must keep distributed routing: the network \"{network}\" has a distributed interface.")
        }),
        _ => None,
    };
    refused.map_or(Ok(()), |message| Err(Fault::bad_request(message)))
}

/// Refuses a subnet - its gateway and its mask - that has addresses in common with another one that the edge gateway is connected to.
pub(crate) fn check_apart<'a>(name: &str, subnet: (&str, &str), mut others: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(), Fault> {
    match others.find(|other| meet(subnet, *other)) {
        Some((other, _)) => Err(Fault::bad_request(format!(
            "The subnet of {} overlaps that of {other}, which the edge gateway \"{name}\" is connected to.",
            subnet.0
        ))),
        None => Ok(()),
    }
}

/// The subnets of networks.
pub(crate) fn subnets<'a>(networks: impl Iterator<Item = &'a Res<Network>>) -> impl Iterator<Item = (&'a str, &'a str)> {
    networks.map(|network| &network.body().scope).map(|scope| (scope.gateway.as_str(), scope.netmask.as_str()))
}

fn check_size(size: &str) -> Result<(), Fault> {
    if SIZES.contains(&size) {
        return Ok(());
    }
    let message = format!("\"{}\" is no size of an edge gateway; it must be {}.", excerpt(size), SIZES.join(", "));
    Err(Fault::bad_request(message))
}

fn check_syslog(servers: &[String]) -> Result<(), Fault> {
    match servers.iter().find(|server| server.parse::<Ipv4Addr>().is_err()) {
        Some(wrong) => Err(Fault::bad_request(format!("The SyslogServerIp \"{}\" is not an IPv4 address.", excerpt(wrong)))),
        None => Ok(()),
    }
}

/// Refuses more connections than a gateway has room for.
pub(crate) fn check_room(name: &str, uplinks: usize, networks: usize) -> Result<(), Fault> {
    if uplinks + networks <= INTERFACES {
        return Ok(());
    }
    Err(Fault::bad_request(format!("The edge gateway \"{name}\" cannot be connected to more than {INTERFACES} networks.")))
}
