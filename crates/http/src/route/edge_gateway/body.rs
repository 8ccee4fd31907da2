//! Edge gateways and their services from request bodies. Invariant: what is asked for and not served is refused by name, not left out.

use crate::cx::{reference, text};
use crate::route::network::ranges;
use crate::route::vapp::network::features::{firewall, on, routing};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::family::edge_gateway::services::{DhcpPool, GatewayDhcp, GatewayNat, GatewayNatRule, ServicesChange};
use vcdsim_model::family::vapp::network::{Firewall, StaticRouting};
use vcdsim_platform::edge_gateway::{Properties, SubnetRequest, UplinkRequest};
use vcdsim_wire::vcloud;

/// `EdgeGateway`; interfaces to networks behind it come back from clients that send what they read, and follow from these networks.
pub(super) fn properties(sent: &vcloud::Gateway) -> Result<Properties, Fault> {
    if let Some(kind) = sent.edge_gateway_type.as_deref().map(str::trim).filter(|kind| *kind != "NSXV_BACKED") {
        return Err(Fault::not_implemented(format_args!("edge gateways of the type {}", vcdsim_model::fault::excerpt(kind))));
    }
    let none = vcloud::GatewayConfiguration::default();
    let configuration = sent.configuration.as_ref().unwrap_or(&none);
    let interfaces = configuration.gateway_interfaces.as_ref();
    let uplinks = interfaces.map(|all| all.gateway_interface.iter().filter(|interface| is_uplink(interface)).map(uplink));
    Ok(Properties {
        name: sent.name.clone(),
        description: sent.description.clone(),
        size: text(configuration.gateway_backing_config.as_ref()),
        ha: configuration.ha_enabled,
        dns_relay: configuration.use_default_route_for_dns_relay,
        advanced: configuration.advanced_networking_enabled,
        distributed: configuration.distributed_routing_enabled,
        fips: configuration.fips_mode_enabled,
        uplinks: uplinks.map(Iterator::collect::<Result<_, _>>).transpose()?,
        syslog: configuration.syslog_server_settings.as_ref().map(syslog),
        services: configuration.edge_gateway_service_configuration.as_ref().map(services).transpose()?.unwrap_or_default(),
    })
}

/// The log servers.
pub(super) fn syslog(sent: &vcloud::SyslogServer) -> Vec<String> {
    let servers = sent.tenant_syslog_server_settings.iter().flat_map(|settings| &settings.syslog_server_ip);
    servers.filter_map(|server| text(Some(server))).collect()
}

fn is_uplink(interface: &vcloud::GatewayInterface) -> bool {
    interface.interface_type.as_deref().is_none_or(|kind| kind.trim().eq_ignore_ascii_case("uplink"))
}

/// A network that an interface or a rule names, by whichever of its places.
fn network(what: &str, sent: Option<&vcloud::Reference>) -> Result<Uuid, Fault> {
    let missing = || Fault::bad_request(format!("{what} is missing."));
    Ok(reference(what, sent.ok_or_else(missing)?)?.id)
}

fn uplink(sent: &vcloud::GatewayInterface) -> Result<UplinkRequest, Fault> {
    let subnet = match sent.subnet_participation.as_slice() {
        [] => None,
        [one] => Some(subnet(one)?),
        _ => return Err(Fault::bad_request("An external network has one subnet, so a GatewayInterface has one SubnetParticipation.")),
    };
    let limits = sent.in_rate_limit.zip(sent.out_rate_limit).filter(|_| sent.apply_rate_limit != Some(false));
    if limits.is_some_and(|(into, out)| !(into.is_finite() && out.is_finite() && into > 0.0 && out > 0.0)) {
        return Err(Fault::bad_request("InRateLimit and OutRateLimit must be more than 0."));
    }
    Ok(UplinkRequest {
        network: network("The Network of a GatewayInterface", sent.network.as_ref())?,
        subnet,
        default_route: sent.use_for_default_route == Some(true),
        limits,
    })
}

fn subnet(sent: &vcloud::SubnetParticipation) -> Result<SubnetRequest, Fault> {
    let must = |name: &str, value: &Option<String>| {
        text(value.as_ref()).ok_or_else(|| Fault::bad_request(format!("The SubnetParticipation has no {name}.")))
    };
    Ok(SubnetRequest {
        gateway: must("Gateway", &sent.gateway)?,
        netmask: must("Netmask", &sent.netmask)?,
        address: text(sent.ip_address.as_ref()),
        ranges: ranges(sent.ip_ranges.as_ref()),
        default_route: sent.use_for_default_route,
    })
}

/// `EdgeGatewayServiceConfiguration`
pub(super) fn services(sent: &vcloud::GatewayFeatures) -> Result<ServicesChange, Fault> {
    let vpn = sent.gateway_ipsec_vpn_service.as_ref().is_some_and(|vpn| on(vpn.is_enabled));
    let balancer = sent.load_balancer_service.as_ref().is_some_and(|balancer| on(balancer.is_enabled));
    for (asked, what) in [(vpn, "the IPsec VPN of edge gateways"), (balancer, "the load balancer of edge gateways")] {
        if asked {
            return Err(Fault::not_implemented(what));
        }
    }
    if sent.dhcp_service.is_some() {
        return Err(Fault::bad_request("An edge gateway has a GatewayDhcpService, no DhcpService."));
    }
    Ok(ServicesChange {
        firewall: sent.firewall_service.as_ref().map(walls).transpose()?,
        nat: sent.nat_service.as_ref().map(nat).transpose()?,
        dhcp: sent.gateway_dhcp_service.as_ref().map(lending).transpose()?,
        routing: sent.static_routing_service.as_ref().map(routes).transpose()?,
    })
}

fn walls(sent: &vcloud::FirewallService) -> Result<Firewall, Fault> {
    if sent.firewall_rule.iter().any(|rule| rule.source_vm.is_some() || rule.destination_vm.is_some()) {
        return Err(Fault::bad_request("A firewall rule of an edge gateway names addresses, not a SourceVm or a DestinationVm."));
    }
    firewall(sent)
}

fn nat(sent: &vcloud::NatService) -> Result<GatewayNat, Fault> {
    Ok(GatewayNat { enabled: on(sent.is_enabled), rules: sent.nat_rule.iter().map(nat_rule).collect::<Result<_, _>>()? })
}

fn nat_rule(sent: &vcloud::NatRule) -> Result<GatewayNatRule, Fault> {
    let missing = |element: &str| Fault::bad_request(format!("A NatRule of an edge gateway must have a {element}."));
    let rule = sent.gateway_nat_rule.as_ref().ok_or_else(|| missing("GatewayNatRule"))?;
    Ok(GatewayNatRule {
        id: sent.id.unwrap_or_default(),
        description: text(sent.description.as_ref()),
        enabled: on(sent.is_enabled),
        kind: text(sent.rule_type.as_ref()).ok_or_else(|| missing("RuleType"))?.to_ascii_uppercase(),
        network: network("The Interface of a GatewayNatRule", rule.interface.as_ref())?,
        original_ip: text(rule.original_ip.as_ref()).ok_or_else(|| missing("OriginalIp"))?,
        original_port: text(rule.original_port.as_ref()),
        translated_ip: text(rule.translated_ip.as_ref()).ok_or_else(|| missing("TranslatedIp"))?,
        translated_port: text(rule.translated_port.as_ref()),
        protocol: text(rule.protocol.as_ref()),
        icmp_sub_type: text(rule.icmp_sub_type.as_ref()),
    })
}

fn lending(sent: &vcloud::GatewayDhcpService) -> Result<GatewayDhcp, Fault> {
    let must = |name: &str, value: &Option<String>| {
        text(value.as_ref()).ok_or_else(|| Fault::bad_request(format!("A Pool of the GatewayDhcpService has no {name}.")))
    };
    let pool = |sent: &vcloud::DhcpPoolService| -> Result<DhcpPool, Fault> {
        let default_lease = sent.default_lease_time.unwrap_or(3_600);
        Ok(DhcpPool {
            enabled: on(sent.is_enabled),
            network: network("The Network of a Pool", sent.network.as_ref())?,
            default_lease,
            max_lease: sent.max_lease_time.unwrap_or(default_lease.max(7_200)),
            range: (must("LowIpAddress", &sent.low_ip_address)?, must("HighIpAddress", &sent.high_ip_address)?),
        })
    };
    Ok(GatewayDhcp { enabled: on(sent.is_enabled), pools: sent.pool.iter().map(pool).collect::<Result<_, _>>()? })
}

fn routes(sent: &vcloud::StaticRoutingService) -> Result<StaticRouting, Fault> {
    let mut service = routing(sent);
    for (route, sent) in service.routes.iter_mut().zip(&sent.static_route) {
        let interface = sent.gateway_interface.as_ref();
        route.interface = interface.map(|named| network("The GatewayInterface of a StaticRoute", Some(named))).transpose()?;
    }
    Ok(service)
}
