//! The services of networks inside vApps from request bodies. Invariant: both forms of a rule, before 5.1 and after, become one.

use crate::cx::text;
use crate::route::network::range;
use vcdsim_model::Fault;
use vcdsim_model::family::vapp::network::{
    Card, Dhcp, End, Features, Firewall, FirewallRule, Mapping, Nat, NatRule, StaticRoute, StaticRouting,
};
use vcdsim_model::fault::excerpt;
use vcdsim_model::id::parse_uuid;
use vcdsim_wire::vcloud;

/// `Features`
pub(super) fn features(sent: &vcloud::NetworkFeatures) -> Result<Features, Fault> {
    Ok(Features {
        dhcp: sent.dhcp_service.as_ref().map(dhcp),
        firewall: sent.firewall_service.as_ref().map(firewall).transpose()?,
        nat: sent.nat_service.as_ref().map(nat).transpose()?,
        routing: sent.static_routing_service.as_ref().map(routing),
    })
}

/// A service of which nobody says whether it is on is on.
pub(in crate::route) fn on(sent: Option<bool>) -> bool {
    sent.unwrap_or(true)
}

fn dhcp(sent: &vcloud::DhcpService) -> Dhcp {
    let default_lease = sent.default_lease_time.unwrap_or(3_600);
    Dhcp {
        enabled: on(sent.is_enabled),
        default_lease,
        max_lease: sent.max_lease_time.unwrap_or(default_lease.max(7_200)),
        range: sent.ip_range.as_ref().map(range),
    }
}

pub(in crate::route) fn firewall(sent: &vcloud::FirewallService) -> Result<Firewall, Fault> {
    Ok(Firewall {
        enabled: on(sent.is_enabled),
        default_action: text(sent.default_action.as_ref()).unwrap_or_else(|| "drop".to_owned()),
        logs: sent.log_default_action == Some(true),
        rules: sent.firewall_rule.iter().map(firewall_rule).collect::<Result<_, _>>()?,
    })
}

fn firewall_rule(sent: &vcloud::FirewallRule) -> Result<FirewallRule, Fault> {
    let none = vcloud::FirewallRuleProtocols::default();
    let protocols = sent.protocols.as_ref().unwrap_or(&none);
    let flags = [("Tcp", protocols.tcp), ("Udp", protocols.udp), ("Icmp", protocols.icmp), ("Any", protocols.any)];
    let end = |ports: Option<&String>, port: Option<i32>, ip: Option<&String>, vm: Option<&vcloud::VmSelection>| -> Result<End, Fault> {
        let port = port.map(|port| if port == -1 { "Any".to_owned() } else { port.to_string() });
        let card = vm.map(selection).transpose()?;
        let ip = text(ip).or_else(|| card.is_none().then(|| "Any".to_owned()));
        Ok(End { ports: text(ports).or(port).or_else(|| Some("Any".to_owned())), ip, card })
    };
    Ok(FirewallRule {
        enabled: on(sent.is_enabled),
        description: text(sent.description.as_ref()),
        policy: text(sent.policy.as_ref()).unwrap_or_else(|| "drop".to_owned()),
        protocols: flags.into_iter().filter(|(_, set)| *set == Some(true)).map(|(name, _)| name.to_owned()).collect(),
        other_protocol: text(protocols.other.as_ref()),
        icmp_sub_type: text(sent.icmp_sub_type.as_ref()),
        destination: end(sent.destination_port_range.as_ref(), sent.port, sent.destination_ip.as_ref(), sent.destination_vm.as_ref())?,
        source: end(sent.source_port_range.as_ref(), sent.source_port, sent.source_ip.as_ref(), sent.source_vm.as_ref())?,
        direction: text(sent.direction.as_ref()),
        logs: sent.enable_logging == Some(true),
    })
}

fn selection(sent: &vcloud::VmSelection) -> Result<(Card, String), Fault> {
    let vm = sent.vapp_scoped_vm_id.as_deref().unwrap_or_default();
    let kind = text(sent.ip_type.as_ref()).unwrap_or_else(|| "assigned".to_owned());
    Ok((card(vm, sent.vm_nic_id.unwrap_or_default())?, kind))
}

fn card(vm: &str, nic: i32) -> Result<Card, Fault> {
    let unknown = || Fault::bad_request(format!("The VAppScopedVmId \"{}\" is no machine of the vApp.", excerpt(vm)));
    Ok(Card { vm: parse_uuid(vm.trim()).ok_or_else(unknown)?, nic })
}

fn nat(sent: &vcloud::NatService) -> Result<Nat, Fault> {
    Ok(Nat {
        enabled: on(sent.is_enabled),
        nat_type: text(sent.nat_type.as_ref()).unwrap_or_else(|| "ipTranslation".to_owned()),
        policy: text(sent.policy.as_ref()).unwrap_or_else(|| "allowTrafficIn".to_owned()),
        rules: sent.nat_rule.iter().map(nat_rule).collect::<Result<_, _>>()?,
    })
}

fn nat_rule(sent: &vcloud::NatRule) -> Result<NatRule, Fault> {
    let (card, external_ip, mapping) = match (&sent.one_to_one_vm_rule, &sent.vm_rule) {
        (Some(rule), None) => {
            let manual = match rule.mapping_mode.trim() {
                "manual" => true,
                "automatic" => false,
                other => {
                    return Err(Fault::bad_request(format!("MappingMode must be automatic or manual, not \"{}\".", excerpt(other))));
                }
            };
            (card(&rule.vapp_scoped_vm_id, rule.vm_nic_id)?, text(rule.external_ip_address.as_ref()), Mapping::Address { manual })
        }
        (None, Some(rule)) => {
            let (external, internal, protocol) = (rule.external_port, rule.internal_port, rule.protocol.trim().to_owned());
            let mapping = Mapping::Port { external, internal, protocol };
            (card(&rule.vapp_scoped_vm_id, rule.vm_nic_id)?, text(rule.external_ip_address.as_ref()), mapping)
        }
        _ => return Err(Fault::bad_request("A NatRule of a network inside a vApp must have one OneToOneVmRule or one VmRule.")),
    };
    Ok(NatRule { id: sent.id.unwrap_or_default(), description: text(sent.description.as_ref()), card, external_ip, mapping })
}

pub(in crate::route) fn routing(sent: &vcloud::StaticRoutingService) -> StaticRouting {
    let route = |route: &vcloud::StaticRoute| StaticRoute {
        name: route.name.trim().to_owned(),
        network: route.network.trim().to_owned(),
        next_hop: route.next_hop_ip.trim().to_owned(),
        interface: None,
    };
    StaticRouting { enabled: on(sent.is_enabled), routes: sent.static_route.iter().map(route).collect() }
}
