//! `allocatedExternalAddress` with its admin twin: addresses of edge gateways on external networks, and the networks behind that use them.
//! Invariant: an address that no network uses has a row all the same.

use super::Field;
use super::common::ORG;
use super::facts::Facts;
use super::part::{Part, Parts};
use std::sync::Arc;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::edge_gateway::{EdgeGateway, Uplink};
use vcdsim_model::family::network::Network;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};

/// The addresses of an edge gateway, each with every network behind it.
pub(super) static ADDRESSES: Parts = Parts { kind: Kind::EdgeGateway, beside: Some(Kind::Network), split };

fn split(gateway: &Arc<Entity>, networks: &[Arc<Entity>]) -> Vec<Part> {
    let uplinks = gateway.body::<EdgeGateway>().map_or(0, |body| body.uplinks.len());
    let behind = |network: &&Arc<Entity>| network.body::<Network>().is_some_and(|body| body.gateway == Some(gateway.head.id));
    let behind: Vec<&Arc<Entity>> = networks.iter().filter(behind).collect();
    let of = |index| match behind.as_slice() {
        [] => vec![Part::new(gateway, index)],
        all => all.iter().map(|network| Part::new(gateway, index).with(network)).collect(),
    };
    (0..uplinks).flat_map(of).collect()
}

fn uplink<'a>(f: &Facts<'a>) -> Option<&'a Uplink> {
    f.body::<EdgeGateway>()?.uplinks.get(f.part()?.index)
}

const NETWORK: Field = Field::reference("network", Kind::ExternalNetwork, |f| Some(Urn::new(Kind::ExternalNetwork, uplink(f)?.network)))
    .under(View::Extension);
const IP_ADDRESS: Field = Field::text("ipAddress", |f| Some(uplink(f)?.address.clone()));
const LINKED_NETWORK: Field =
    Field::reference("linkedNetwork", Kind::Network, |f| Some(f.part()?.other.as_ref()?.urn())).under(View::Admin);

pub(super) const FIELDS: &[Field] = &[NETWORK, IP_ADDRESS, LINKED_NETWORK];
pub(super) const ADMIN_FIELDS: &[Field] = &[NETWORK, IP_ADDRESS, LINKED_NETWORK, ORG];
