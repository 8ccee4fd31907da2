//! Connections of edge gateways to external networks. Invariant: an address that nobody names is the one that the gateway had there, else the
//! first that is free.

use crate::vapp::address;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::Res;
use vcdsim_model::family::edge_gateway::{Uplink, sub_allocation};
use vcdsim_model::family::external_network::ExternalNetwork;
use vcdsim_model::family::vapp::IpScope;
use vcdsim_model::fault::excerpt;
use vcdsim_store::Reader;

/// A connection that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UplinkRequest {
    /// The external network.
    pub network: Uuid,
    /// The part in its subnet; without one, any address will do.
    pub subnet: Option<SubnetRequest>,
    /// Whether it is the way to everywhere else, unless the part in the subnet says so.
    pub default_route: bool,
    /// How much may come in and go out.
    pub limits: Option<(f64, f64)>,
}

/// A part in a subnet of an external network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubnetRequest {
    /// The subnet's gateway.
    pub gateway: String,
    /// Its mask.
    pub netmask: String,
    /// The address that is asked for.
    pub address: Option<String>,
    /// The addresses that are to be sub-allocated.
    pub ranges: Vec<(String, String)>,
    /// Whether this is the way to everywhere else.
    pub default_route: Option<bool>,
}

/// The connections that are asked for; `gateway` has had those of `before`.
pub(super) async fn resolve(
    reader: &Reader<'_>,
    gateway: Option<Uuid>,
    before: &[Uplink],
    asked: &[UplinkRequest],
) -> Result<Vec<Uplink>, Fault> {
    let mut uplinks: Vec<Uplink> = Vec::new();
    for request in asked {
        let external = external(reader, request.network).await?;
        if uplinks.iter().any(|other| other.network == request.network) {
            let message = format!("The external network \"{}\" is connected twice.", external.head().name);
            return Err(Fault::bad_request(message));
        }
        let old = before.iter().find(|uplink| uplink.network == request.network);
        uplinks.push(one(reader, gateway, &external, old, request).await?);
    }
    if uplinks.is_empty() {
        return Err(Fault::bad_request("An edge gateway must have a GatewayInterface of the type uplink."));
    }
    if uplinks.iter().filter(|uplink| uplink.default_route).count() > 1 {
        return Err(Fault::bad_request("An edge gateway has one default route: UseForDefaultRoute can be true only once."));
    }
    Ok(uplinks)
}

async fn external(reader: &Reader<'_>, id: Uuid) -> Result<Res<ExternalNetwork>, Fault> {
    let found = reader.find::<ExternalNetwork>(id).await?;
    found.ok_or_else(|| Fault::invalid_reference("The Network of a GatewayInterface", &id.to_string()))
}

async fn one(
    reader: &Reader<'_>,
    gateway: Option<Uuid>,
    external: &Res<ExternalNetwork>,
    old: Option<&Uplink>,
    asked: &UplinkRequest,
) -> Result<Uplink, Fault> {
    let scope = &external.body().scope;
    let used = address::outside(reader, external, gateway).await?;
    let name = &external.head().name;
    let subnet = asked.subnet.as_ref();
    if let Some(subnet) = subnet {
        same_subnet(name, scope, subnet)?;
    }
    let ranges = subnet.map_or(Ok(Vec::new()), |subnet| sub_allocation(scope, &subnet.ranges))?;
    let mut uplink = Uplink {
        network: external.head().id,
        gateway: scope.gateway.clone(),
        netmask: scope.netmask.clone(),
        address: String::new(),
        ranges,
        default_route: subnet.and_then(|subnet| subnet.default_route).unwrap_or(asked.default_route),
        limits: asked.limits,
    };
    if let Some(taken) = uplink.addresses().find(|address| used.contains(address)) {
        return Err(Fault::bad_request(format!("The address {taken} of the external network \"{name}\" is already in use.")));
    }
    let wanted = subnet.and_then(|subnet| subnet.address.as_ref()).or(old.map(|old| &old.address));
    uplink.address = match wanted {
        Some(text) => named(name, scope, text)?.to_string(),
        None => {
            let taken = used.iter().copied().chain(uplink.addresses()).collect();
            let full = || Fault::bad_request(format!("The address pool of the external network \"{name}\" has no free address left."));
            scope.first_free(&taken).ok_or_else(full)?.to_string()
        }
    };
    if uplink.address.parse().is_ok_and(|address| used.contains(&address)) {
        let message = format!("The address {} of the external network \"{name}\" is already in use.", uplink.address);
        return Err(Fault::bad_request(message));
    }
    Ok(uplink)
}

fn same_subnet(name: &str, scope: &IpScope, asked: &SubnetRequest) -> Result<(), Fault> {
    if (asked.gateway.as_str(), asked.netmask.as_str()) == (scope.gateway.as_str(), scope.netmask.as_str()) {
        return Ok(());
    }
    let (gateway, netmask) = (excerpt(&asked.gateway), excerpt(&asked.netmask));
    Err(Fault::bad_request(format!(
        "The external network \"{name}\" has no subnet with the Gateway \"{gateway}\" and the Netmask \"{netmask}\"."
    )))
}

fn named(name: &str, scope: &IpScope, text: &str) -> Result<Ipv4Addr, Fault> {
    let address = text.parse::<Ipv4Addr>().ok().filter(|address| scope.offers(*address));
    let stray = || format!("The IpAddress \"{}\" does not lie in the static pool of the external network \"{name}\".", excerpt(text));
    address.ok_or_else(|| Fault::bad_request(stray()))
}
