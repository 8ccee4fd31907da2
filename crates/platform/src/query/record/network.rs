//! `orgVdcNetwork`, and `orgNetwork` with its admin twin, by which the same networks were known before 5.1. Invariant: addresses are those of
//! the network's scope.

use super::Field;
use super::common::{IS_BUSY, NAME, ORG, ORG_NAME, VDC, VDC_NAME, count, unset, unset_int};
use super::facts::{Facts, Of};
use std::net::Ipv4Addr;
use uuid::Uuid;
use vcdsim_model::family::network::Network;
use vcdsim_model::family::vapp::{IpScope, VApp};
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::version::ApiVersion as V;

fn scope<'a>(f: &Facts<'a>) -> Option<&'a IpScope> {
    Some(&f.body::<Network>()?.scope)
}

/// How the network is linked to others, as clients count it: direct, routed, isolated.
fn link_type(f: &Facts<'_>) -> Option<i64> {
    match f.body::<Network>()?.fence_mode.as_str() {
        "bridged" => Some(0),
        "natRouted" => Some(1),
        "isolated" => Some(2),
        _ => None,
    }
}

/// How many addresses the pool has.
fn pool_size(scope: &IpScope) -> i64 {
    let number = |text: &str| text.parse::<Ipv4Addr>().ok().map(|address| i64::from(u32::from(address)));
    scope.ranges.iter().filter_map(|(first, last)| Some((number(last)? - number(first)? + 1).max(0))).sum()
}

/// How many addresses are in use: those of machines whose vApps are bridged to it, and of the routers of the others.
fn used(f: &Facts<'_>) -> Option<i64> {
    let head = f.head()?;
    let of = Of::Org(head.org?);
    let vapps = f.group(Kind::VApp, of).iter().filter_map(|vapp| Some((vapp.head.id, vapp.body::<VApp>()?)));
    let joints = vapps.flat_map(|(id, vapp)| vapp.networks.iter().map(move |inner| (id, inner)));
    let joints: Vec<_> = joints.filter(|(_, inner)| inner.parent == Some(head.id)).collect();
    let routers = joints.iter().filter(|(_, inner)| inner.external_ip.is_some());
    let bridged =
        |vapp: Uuid, name: &str| joints.iter().any(|(id, inner)| *id == vapp && inner.fence_mode == "bridged" && inner.name == name);
    let cards = f.group(Kind::Vm, of).iter().filter_map(|vm| Some((vm.head.parent?, &vm.body::<Vm>()?.hardware.nics)));
    let held = cards.flat_map(|(vapp, nics)| nics.iter().filter(move |nic| nic.ip.is_some() && bridged(vapp, &nic.network)));
    Some(count(held)? + count(routers)?)
}

fn pool(f: &Facts<'_>) -> Option<Urn> {
    f.vdc()?.body::<Vdc>()?.network_pool.map(|id| Urn::new(Kind::NetworkPool, id))
}

fn connected_to(f: &Facts<'_>) -> Option<String> {
    let network = f.body::<Network>()?;
    let external = network.external.map(|id| Urn::new(Kind::ExternalNetwork, id));
    let above = external.or(network.gateway.map(|id| Urn::new(Kind::EdgeGateway, id)));
    Some(above.and_then(|urn| f.find(urn)).map(|above| above.head.name.clone()).unwrap_or_default())
}

const GATEWAY: Field = Field::text("gateway", |f| Some(scope(f)?.gateway.clone()));
const DEFAULT_GATEWAY: Field = Field::text("defaultGateway", |f| Some(scope(f)?.gateway.clone()));
const NETMASK: Field = Field::text("netmask", |f| Some(scope(f)?.netmask.clone()));
const DNS1: Field = Field::text("dns1", |f| scope(f)?.dns1.clone());
const DNS2: Field = Field::text("dns2", |f| scope(f)?.dns2.clone());
const DNS_SUFFIX: Field = Field::text("dnsSuffix", |f| scope(f)?.dns_suffix.clone());
const IS_INHERITED: Field = Field::bool("isIpScopeInherited", |f| Some(scope(f)?.inherited));
const NETWORK_POOL: Field = Field::reference("networkPool", Kind::NetworkPool, pool).under(View::Extension);
const NETWORK_POOL_NAME: Field = Field::text("networkPoolName", |f| Some(f.find(pool(f)?)?.head.name.clone()));
const IP_SCOPE_ID: Field = unset("ipScopeId");

const LINK_TYPE: Field = Field::int("linkType", link_type).since(V::V5_1);

pub(super) const FIELDS: &[Field] = &[
    NAME.since(V::V5_1),
    DEFAULT_GATEWAY.since(V::V5_1),
    NETMASK.since(V::V5_1),
    DNS1.since(V::V5_1),
    DNS2.since(V::V5_1),
    DNS_SUFFIX.since(V::V5_1),
    LINK_TYPE,
    // Nothing is behind an isolated network; clients want the attribute all the same.
    Field::text("connectedTo", connected_to).since(V::V5_1),
    VDC.since(V::V5_1),
    IS_BUSY.since(V::V5_1),
    Field::bool("isShared", |f| Some(f.body::<Network>()?.shared)).since(V::V5_1),
    VDC_NAME.since(V::V5_1),
    IS_INHERITED.since(V::V5_1),
    Field::int("usedIpCount", used).since(V::V29_0),
    Field::int("totalIpCount", |f| Some(pool_size(scope(f)?))).since(V::V29_0),
    unset_int("interfaceType").since(V::V29_0),
    unset("crossVdcNetworkId").since(V::V30_0),
    unset("crossVdcNetworkSiteId").since(V::V30_0),
];

pub(super) const ORG_FIELDS: &[Field] =
    &[NAME, NETWORK_POOL, NETWORK_POOL_NAME, ORG, IP_SCOPE_ID, IS_INHERITED, GATEWAY, NETMASK, DNS1, DNS2, DNS_SUFFIX, IS_BUSY, LINK_TYPE];

pub(super) const ADMIN_ORG_FIELDS: &[Field] =
    &[NAME, ORG_NAME, NETWORK_POOL, NETWORK_POOL_NAME, ORG, IP_SCOPE_ID, IS_INHERITED, GATEWAY, NETMASK, DNS1, DNS2, IS_BUSY];
