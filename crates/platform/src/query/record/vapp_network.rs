//! `vAppNetwork`, `adminVAppNetwork`: networks inside vApps. Invariant: addresses are those of the network's scope.

use super::Field;
use super::common::{IS_BUSY, NAME, ORG, unset};
use super::facts::Facts;
use super::part::{Part, Parts};
use std::sync::Arc;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::vapp::{IpScope, NetworkConfig, VApp};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion as V;

/// The networks of a vApp.
pub(super) static NETWORKS: Parts = Parts { kind: Kind::VApp, beside: None, split: |vapp, _| split(vapp) };

fn split(vapp: &Arc<Entity>) -> Vec<Part> {
    let all = vapp.body::<VApp>().map(|body| body.networks.as_slice()).unwrap_or_default();
    let part =
        |(index, network): (usize, &NetworkConfig)| Part::new(vapp, index).named(&network.name).at(Urn::new(Kind::Network, network.id));
    all.iter().enumerate().map(part).collect()
}

fn network<'a>(f: &Facts<'a>) -> Option<&'a NetworkConfig> {
    f.body::<VApp>()?.networks.get(f.part()?.index)
}

fn scope<'a>(f: &Facts<'a>) -> Option<&'a IpScope> {
    Some(&network(f)?.scope)
}

/// Whether it is a network of the organization rather than one of the vApp: it has the addresses of the one above.
fn is_linked(network: &NetworkConfig) -> bool {
    network.parent.is_some() && (network.fence_mode == "bridged" || network.scope.inherited)
}

const IS_LINKED: Field = Field::bool("isLinked", |f| network(f).map(is_linked)).since(V::V33_0);

const IS_INHERITED: Field = Field::bool("isIpScopeInherited", |f| Some(scope(f)?.inherited));
const GATEWAY: Field = Field::text("gateway", |f| Some(scope(f)?.gateway.clone()));
const NETMASK: Field = Field::text("netmask", |f| Some(scope(f)?.netmask.clone()));
const DNS1: Field = Field::text("dns1", |f| scope(f)?.dns1.clone());
const DNS2: Field = Field::text("dns2", |f| scope(f)?.dns2.clone());
const DNS_SUFFIX: Field = Field::text("dnsSuffix", |f| scope(f)?.dns_suffix.clone());
const VAPP: Field = Field::reference("vApp", Kind::VApp, |f| Some(f.entity()?.urn()));

fn vapp_name(f: &Facts<'_>) -> Option<String> {
    Some(f.head()?.name.clone())
}

pub(super) const FIELDS: &[Field] = &[
    NAME,
    unset("ipScopeId"),
    IS_INHERITED,
    GATEWAY,
    NETMASK,
    DNS1,
    DNS2,
    DNS_SUFFIX,
    VAPP,
    Field::text("vAppName", vapp_name),
    IS_BUSY,
    IS_LINKED,
];

/// The schema spells the name of the vApp otherwise here.
pub(super) const ADMIN_FIELDS: &[Field] =
    &[NAME, ORG, IS_INHERITED, GATEWAY, NETMASK, DNS1, DNS2, DNS_SUFFIX, VAPP, Field::text("vappName", vapp_name), IS_BUSY, IS_LINKED];
