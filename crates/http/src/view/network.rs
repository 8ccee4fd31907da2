//! Documents of the family `network`. Invariant: before 5.1 a network is an `OrgNetwork` with one scope, from then on an `OrgVdcNetwork` with
//! a list of them.

use crate::view::links::link;
use crate::view::reference::description;
use crate::view::{ViewCx, edge_gateway, task};
use vcdsim_model::entity::Entity;
use vcdsim_model::family::edge_gateway::EdgeGateway;
use vcdsim_model::family::network::Network;
use vcdsim_model::family::vapp;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::graph::Graph;
use vcdsim_platform::network::Allocation;
use vcdsim_wire::vcloud::{
    AllocatedIpAddress, AllocatedIpAddresses, DhcpService, GatewayFeatures, IpAddresses, IpRange, IpRanges, IpScope, IpScopes, Link,
    NetworkConfiguration, OrgNetwork, OrgVdcNetwork, Reference,
};

/// The type of a network's document.
pub(crate) fn media_type(version: ApiVersion) -> &'static str {
    if version < ApiVersion::V5_1 { media::ORG_NETWORK } else { media::ORG_VDC_NETWORK }
}

/// A network of a VDC.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> OrgVdcNetwork {
    let head = &graph.entity.head;
    OrgVdcNetwork {
        href: Some(cx.base.href(graph.entity.urn(), cx.view)),
        r#type: Some(media_type(cx.version).to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        status: Some(head.status.code()),
        link: cx.links(graph),
        description: description(head),
        tasks: task::in_progress(cx, &graph.tasks),
        configuration: graph.entity.body::<Network>().map(|network| configuration(cx, graph, network)),
        edge_gateway: gateway(cx, graph),
        service_config: graph.entity.body::<Network>().and_then(|network| services(cx, graph, network)),
        is_shared: graph.entity.body::<Network>().map(|network| network.shared),
        ..OrgVdcNetwork::default()
    }
}

/// The same as a network of the organization: its form in 1.5.
pub(crate) fn old_document(cx: &ViewCx<'_>, graph: &Graph) -> OrgNetwork {
    let new = document(cx, graph);
    OrgNetwork {
        href: new.href,
        r#type: new.r#type,
        id: new.id,
        name: new.name,
        link: new.link,
        description: new.description,
        tasks: new.tasks,
        configuration: new.configuration,
        allowed_external_ip_addresses: (cx.view == View::User).then(IpAddresses::default),
        ..OrgNetwork::default()
    }
}

/// The addresses in use on a network, and by which machines.
pub(crate) fn addresses(cx: &ViewCx<'_>, graph: &Graph, used: &[Allocation]) -> AllocatedIpAddresses {
    let entity = &graph.entity;
    let named = |rel, of: &Entity, view| {
        let media = of.head.kind.info().place(view).media;
        Link { name: Some(of.head.name.clone()), ..link(rel, Some(media), cx.base.href(of.urn(), view)) }
    };
    let org = entity.head.org.map(|id| link("up", Some(media::ORG), cx.base.href(Urn::new(Kind::Org, id), View::User)));
    let address = |used: &Allocation| AllocatedIpAddress {
        link: [named("up", entity, cx.view)]
            .into_iter()
            .chain(org.clone())
            .chain([named("down", &used.vapp, View::User), named("down", &used.vm, View::User)])
            .collect(),
        ip_address: Some(used.address.to_string()),
        is_deployed: Some(used.deployed),
        allocation_type: Some("vmAllocated".to_owned()),
        ..AllocatedIpAddress::default()
    };
    AllocatedIpAddresses {
        href: Some(format!("{}/allocatedAddresses", cx.base.href(entity.urn(), cx.view))),
        r#type: Some(media::ALLOCATED_NETWORK_ADDRESS.to_owned()),
        link: vec![named("up", entity, cx.view)],
        ip_address: used.iter().map(address).collect(),
    }
}

/// Both forms of the addresses are filled in; pruning leaves the one that the version has.
fn configuration(cx: &ViewCx<'_>, graph: &Graph, network: &Network) -> NetworkConfiguration {
    // Only those who administer the cloud may follow it.
    let external = network.external.filter(|_| cx.caller.is_system_admin()).map(|id| Urn::new(Kind::ExternalNetwork, id));
    NetworkConfiguration {
        parent_network: external.and_then(|urn| cx.named(graph, urn, View::Admin)),
        ip_scope: Some(ip_scope(&network.scope)),
        ip_scopes: Some(IpScopes { ip_scope: vec![ip_scope(&network.scope)] }),
        fence_mode: network.fence_mode.clone(),
        retain_net_info_across_deployments: Some(false),
        sub_interface: network.gateway.map(|_| network.interface.sub),
        distributed_interface: network.gateway.map(|_| network.interface.distributed),
        guest_vlan_allowed: network.gateway.map(|_| network.interface.guest_vlan),
        ..NetworkConfiguration::default()
    }
}

/// The edge gateway of a routed network.
fn gateway(cx: &ViewCx<'_>, graph: &Graph) -> Option<Reference> {
    let id = graph.entity.body::<Network>()?.gateway?;
    cx.named(graph, Urn::new(Kind::EdgeGateway, id), View::Admin)
}

/// What the edge gateway of a routed network lends on it.
fn lent(cx: &ViewCx<'_>, graph: &Graph) -> Option<GatewayFeatures> {
    let gateway = graph.related.of_kind(Kind::EdgeGateway)?.body::<EdgeGateway>()?;
    let mut dhcp = gateway.services.dhcp.clone()?;
    dhcp.pools.retain(|pool| pool.network == graph.entity.head.id);
    let here = || Reference { r#type: Some(media::ADMIN_NETWORK.to_owned()), ..cx.listed(&graph.entity, View::Admin) };
    let service = edge_gateway::lending(&dhcp, |_| Some(here()));
    (!dhcp.pools.is_empty()).then(|| GatewayFeatures { gateway_dhcp_service: Some(service), ..GatewayFeatures::default() })
}

/// The DHCP service, where there is one.
fn services(cx: &ViewCx<'_>, graph: &Graph, network: &Network) -> Option<GatewayFeatures> {
    if network.gateway.is_some() {
        return lent(cx, graph);
    }
    let dhcp = network.dhcp.as_ref()?;
    let service = DhcpService {
        is_enabled: Some(dhcp.enabled),
        default_lease_time: Some(dhcp.default_lease_seconds),
        max_lease_time: Some(dhcp.max_lease_seconds),
        ip_range: dhcp.range.as_ref().map(ip_range),
        ..DhcpService::default()
    };
    Some(GatewayFeatures { dhcp_service: Some(service), ..GatewayFeatures::default() })
}

/// How many bits of a mask name the network.
pub(crate) fn prefix_length(netmask: &str) -> Option<i32> {
    let mask = netmask.parse::<std::net::Ipv4Addr>().ok()?;
    i32::try_from(u32::from(mask).leading_ones()).ok()
}

/// A range of addresses.
pub(crate) fn ip_range((first, last): &(String, String)) -> IpRange {
    IpRange { start_address: first.clone(), end_address: last.clone() }
}

/// Ranges of addresses, where there are some.
pub(crate) fn ip_ranges(ranges: &[(String, String)]) -> Option<IpRanges> {
    (!ranges.is_empty()).then(|| IpRanges { ip_range: ranges.iter().map(ip_range).collect() })
}

/// The addresses of a network.
pub(crate) fn ip_scope(scope: &vapp::IpScope) -> IpScope {
    IpScope {
        is_inherited: scope.inherited,
        gateway: Some(scope.gateway.clone()),
        netmask: Some(scope.netmask.clone()),
        subnet_prefix_length: prefix_length(&scope.netmask),
        dns1: scope.dns1.clone(),
        dns2: scope.dns2.clone(),
        dns_suffix: scope.dns_suffix.clone(),
        is_enabled: Some(true),
        ip_ranges: ip_ranges(&scope.ranges),
        ..IpScope::default()
    }
}
