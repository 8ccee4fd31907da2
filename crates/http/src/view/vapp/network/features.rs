//! The services of networks inside vApps as documents. Invariant: rules have the forms of all versions side by side; pruning leaves those that
//! the version has.

use crate::view::network::ip_range;
use vcdsim_model::family::vapp::network::{
    Card, Dhcp, End, Features, Firewall, FirewallRule, Mapping, Nat, NatRule, StaticRoute, StaticRouting,
};
use vcdsim_wire::vcloud;

/// `Features`, where there are some.
pub(super) fn features(features: &Features) -> Option<vcloud::NetworkFeatures> {
    (!features.is_empty()).then(|| vcloud::NetworkFeatures {
        dhcp_service: features.dhcp.as_ref().map(dhcp),
        firewall_service: features.firewall.as_ref().map(firewall),
        nat_service: features.nat.as_ref().map(nat),
        static_routing_service: features.routing.as_ref().map(routing),
        ..vcloud::NetworkFeatures::default()
    })
}

fn dhcp(dhcp: &Dhcp) -> vcloud::DhcpService {
    vcloud::DhcpService {
        is_enabled: Some(dhcp.enabled),
        default_lease_time: Some(dhcp.default_lease),
        max_lease_time: Some(dhcp.max_lease),
        ip_range: dhcp.range.as_ref().map(ip_range),
        ..vcloud::DhcpService::default()
    }
}

pub(crate) fn firewall(firewall: &Firewall) -> vcloud::FirewallService {
    vcloud::FirewallService {
        is_enabled: Some(firewall.enabled),
        default_action: Some(firewall.default_action.clone()),
        log_default_action: Some(firewall.logs),
        firewall_rule: (1..).zip(&firewall.rules).map(|(number, rule)| firewall_rule(number, rule)).collect(),
    }
}

fn firewall_rule(number: i32, rule: &FirewallRule) -> vcloud::FirewallRule {
    let has = |protocol: &str| rule.protocols.iter().any(|other| other == protocol).then_some(true);
    vcloud::FirewallRule {
        id: Some(number.to_string()),
        is_enabled: Some(rule.enabled),
        description: rule.description.clone(),
        policy: Some(rule.policy.clone()),
        protocols: Some(vcloud::FirewallRuleProtocols {
            tcp: has("Tcp"),
            udp: has("Udp"),
            icmp: has("Icmp"),
            any: has("Any"),
            other: rule.other_protocol.clone(),
        }),
        icmp_sub_type: rule.icmp_sub_type.clone(),
        port: one_port(&rule.destination),
        destination_port_range: rule.destination.ports.clone(),
        destination_ip: rule.destination.ip.clone(),
        destination_vm: selection(&rule.destination),
        source_port: one_port(&rule.source),
        source_port_range: rule.source.ports.clone(),
        source_ip: rule.source.ip.clone(),
        source_vm: selection(&rule.source),
        direction: rule.direction.clone(),
        enable_logging: Some(rule.logs),
        ..vcloud::FirewallRule::default()
    }
}

/// The port as it was written before 5.1: a number, -1 for any. A range had no form then.
fn one_port(end: &End) -> Option<i32> {
    match end.ports.as_deref() {
        None => Some(-1),
        Some(text) if text.eq_ignore_ascii_case("any") => Some(-1),
        Some(text) => text.parse().ok(),
    }
}

fn selection(end: &End) -> Option<vcloud::VmSelection> {
    let (Card { vm, nic }, kind) = end.card.as_ref()?;
    Some(vcloud::VmSelection { vapp_scoped_vm_id: Some(vm.to_string()), vm_nic_id: Some(*nic), ip_type: Some(kind.clone()) })
}

fn nat(nat: &Nat) -> vcloud::NatService {
    vcloud::NatService {
        is_enabled: Some(nat.enabled),
        nat_type: Some(nat.nat_type.clone()),
        policy: Some(nat.policy.clone()),
        nat_rule: nat.rules.iter().map(nat_rule).collect(),
        ..vcloud::NatService::default()
    }
}

fn nat_rule(rule: &NatRule) -> vcloud::NatRule {
    let base = vcloud::NatRule { description: rule.description.clone(), id: Some(rule.id), ..vcloud::NatRule::default() };
    let (vapp_scoped_vm_id, vm_nic_id, external_ip_address) = (rule.card.vm.to_string(), rule.card.nic, rule.external_ip.clone());
    match &rule.mapping {
        Mapping::Address { manual } => {
            let mapping_mode = if *manual { "manual" } else { "automatic" }.to_owned();
            let one = vcloud::NatOneToOneVmRule { mapping_mode, external_ip_address, vapp_scoped_vm_id, vm_nic_id };
            vcloud::NatRule { one_to_one_vm_rule: Some(one), ..base }
        }
        Mapping::Port { external, internal, protocol } => {
            let one = vcloud::NatVmRule {
                external_ip_address,
                external_port: *external,
                vapp_scoped_vm_id,
                vm_nic_id,
                internal_port: *internal,
                protocol: protocol.clone(),
            };
            vcloud::NatRule { vm_rule: Some(one), ..base }
        }
    }
}

pub(crate) fn routing(routing: &StaticRouting) -> vcloud::StaticRoutingService {
    let route = |route: &StaticRoute| vcloud::StaticRoute {
        name: route.name.clone(),
        network: route.network.clone(),
        next_hop_ip: route.next_hop.clone(),
        ..vcloud::StaticRoute::default()
    };
    vcloud::StaticRoutingService { is_enabled: Some(routing.enabled), static_route: routing.routes.iter().map(route).collect() }
}
