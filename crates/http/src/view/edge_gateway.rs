//! Documents of the family `edge_gateway`. Invariant: its interfaces are its connections to external networks, then those to the networks
//! behind it; each part is in one subnet.

use crate::view::network::{ip_ranges, prefix_length};
use crate::view::reference::description;
use crate::view::vapp::network::features::{firewall, routing};
use crate::view::{ViewCx, task};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::entity::{Entity, Res};
use vcdsim_model::family::edge_gateway::services::{DhcpPool, GatewayDhcp, GatewayNat, GatewayNatRule, Services};
use vcdsim_model::family::edge_gateway::{EdgeGateway, Uplink};
use vcdsim_model::family::network::Network;
use vcdsim_model::family::vapp::network::StaticRouting;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::{self, GatewayInterface, Reference, SubnetParticipation};

/// A gateway and the networks behind it.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph, behind: &[Res<Network>]) -> vcloud::Gateway {
    let head = &graph.entity.head;
    vcloud::Gateway {
        href: Some(cx.base.href(graph.entity.urn(), View::Admin)),
        r#type: Some(media::EDGE_GATEWAY.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        status: Some(head.status.code()),
        link: cx.links(graph),
        description: description(head),
        tasks: task::in_progress(cx, &graph.tasks),
        edge_gateway_type: Some("NSXV_BACKED".to_owned()),
        configuration: graph.entity.body::<EdgeGateway>().map(|body| configuration(&Names { cx, graph, behind }, body)),
        ..vcloud::Gateway::default()
    }
}

/// What references to the networks of a gateway are made from.
struct Names<'a> {
    cx: &'a ViewCx<'a>,
    graph: &'a Graph,
    behind: &'a [Res<Network>],
}

impl Names<'_> {
    /// A reference to a network: references to networks have a type of their own.
    fn network(&self, id: Uuid) -> Option<Reference> {
        let behind = self.behind.iter().find(|network| network.head().id == id).map(Res::entity);
        let outside = self.graph.related.get(Urn::new(Kind::ExternalNetwork, id));
        let found: &Arc<Entity> = behind.or(outside)?;
        Some(network_reference(self.cx, found))
    }
}

fn network_reference(cx: &ViewCx<'_>, network: &Entity) -> Reference {
    Reference { r#type: Some(media::ADMIN_NETWORK.to_owned()), ..cx.listed(network, View::Admin) }
}

fn configuration(names: &Names<'_>, body: &EdgeGateway) -> vcloud::GatewayConfiguration {
    let uplinks = body.uplinks.iter().map(|uplink| outer(names, uplink));
    let inner = names.behind.iter().map(|network| inner(names, network));
    let syslog = vcloud::TenantSyslogServerSettings { syslog_server_ip: body.syslog.clone() };
    vcloud::GatewayConfiguration {
        gateway_backing_config: Some(body.size.clone()),
        gateway_interfaces: Some(vcloud::GatewayInterfaces { gateway_interface: uplinks.chain(inner).collect() }),
        edge_gateway_service_configuration: Some(services(names, &body.services)),
        ha_enabled: Some(body.ha),
        use_default_route_for_dns_relay: Some(body.dns_relay),
        syslog_server_settings: Some(vcloud::SyslogServer { tenant_syslog_server_settings: Some(syslog) }),
        advanced_networking_enabled: Some(body.advanced),
        distributed_routing_enabled: Some(body.distributed),
        fips_mode_enabled: Some(body.fips),
        ..vcloud::GatewayConfiguration::default()
    }
}

/// A connection to an external network.
fn outer(names: &Names<'_>, uplink: &Uplink) -> GatewayInterface {
    let network = names.network(uplink.network);
    let name = network.as_ref().and_then(|network| network.name.clone());
    GatewayInterface {
        name: name.clone(),
        display_name: name,
        network,
        interface_type: Some("uplink".to_owned()),
        subnet_participation: vec![SubnetParticipation {
            gateway: Some(uplink.gateway.clone()),
            netmask: Some(uplink.netmask.clone()),
            subnet_prefix_length: prefix_length(&uplink.netmask),
            ip_address: Some(uplink.address.clone()),
            ip_ranges: ip_ranges(&uplink.ranges),
            use_for_default_route: Some(uplink.default_route),
        }],
        apply_rate_limit: Some(uplink.limits.is_some()),
        in_rate_limit: uplink.limits.map(|(into, _)| into),
        out_rate_limit: uplink.limits.map(|(_, out)| out),
        use_for_default_route: Some(uplink.default_route),
    }
}

/// A connection to a network behind it, on which the gateway has the gateway's address.
fn inner(names: &Names<'_>, network: &Res<Network>) -> GatewayInterface {
    let scope = &network.body().scope;
    GatewayInterface {
        name: Some(network.head().name.clone()),
        display_name: Some(network.head().name.clone()),
        network: Some(network_reference(names.cx, network.entity())),
        interface_type: Some(interface_type(network.body()).to_owned()),
        subnet_participation: vec![SubnetParticipation {
            gateway: Some(scope.gateway.clone()),
            netmask: Some(scope.netmask.clone()),
            subnet_prefix_length: prefix_length(&scope.netmask),
            ip_address: Some(scope.gateway.clone()),
            ip_ranges: None,
            use_for_default_route: Some(false),
        }],
        apply_rate_limit: Some(false),
        use_for_default_route: Some(false),
        ..GatewayInterface::default()
    }
}

fn interface_type(network: &Network) -> &'static str {
    match network.interface {
        interface if interface.distributed => "distributed",
        interface if interface.sub => "subinterface",
        _ => "internal",
    }
}

fn services(names: &Names<'_>, services: &Services) -> vcloud::GatewayFeatures {
    vcloud::GatewayFeatures {
        gateway_dhcp_service: services.dhcp.as_ref().map(|dhcp| lending(dhcp, |id| names.network(id))),
        firewall_service: Some(firewall(&services.firewall)),
        nat_service: Some(nat(names, &services.nat)),
        static_routing_service: services.routing.as_ref().map(|routing| routes(names, routing)),
        ..vcloud::GatewayFeatures::default()
    }
}

/// What a gateway lends.
pub(crate) fn lending(dhcp: &GatewayDhcp, network: impl Fn(Uuid) -> Option<Reference>) -> vcloud::GatewayDhcpService {
    let pool = |pool: &DhcpPool| vcloud::DhcpPoolService {
        is_enabled: Some(pool.enabled),
        network: network(pool.network),
        default_lease_time: Some(pool.default_lease),
        max_lease_time: Some(pool.max_lease),
        low_ip_address: Some(pool.range.0.clone()),
        high_ip_address: Some(pool.range.1.clone()),
    };
    vcloud::GatewayDhcpService { is_enabled: Some(dhcp.enabled), pool: dhcp.pools.iter().map(pool).collect() }
}

fn nat(names: &Names<'_>, nat: &GatewayNat) -> vcloud::NatService {
    let rule = |rule: &GatewayNatRule| vcloud::NatRule {
        description: rule.description.clone(),
        rule_type: Some(rule.kind.clone()),
        is_enabled: Some(rule.enabled),
        id: Some(rule.id),
        gateway_nat_rule: Some(vcloud::GatewayNatRule {
            interface: names.network(rule.network),
            original_ip: Some(rule.original_ip.clone()),
            original_port: rule.original_port.clone(),
            translated_ip: Some(rule.translated_ip.clone()),
            translated_port: rule.translated_port.clone(),
            protocol: rule.protocol.clone(),
            icmp_sub_type: rule.icmp_sub_type.clone(),
        }),
        ..vcloud::NatRule::default()
    };
    vcloud::NatService { is_enabled: Some(nat.enabled), nat_rule: nat.rules.iter().map(rule).collect(), ..vcloud::NatService::default() }
}

fn routes(names: &Names<'_>, sent: &StaticRouting) -> vcloud::StaticRoutingService {
    let mut service = routing(sent);
    for (shown, route) in service.static_route.iter_mut().zip(&sent.routes) {
        shown.gateway_interface = route.interface.and_then(|id| names.network(id));
    }
    service
}
