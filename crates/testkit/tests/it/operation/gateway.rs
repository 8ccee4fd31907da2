//! Samples of edge gateways and of the networks behind them. Invariant: each subnet lies apart from those of the inventory.

use uuid::Uuid;
use vcdsim_model::family::edge_gateway::services::{DhcpPool, GatewayDhcp, ServicesChange};
use vcdsim_model::family::network::InterfaceChange;
use vcdsim_model::family::vapp::IpScope;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_platform::edge_gateway::{CreateEdgeGateway, Properties, SubnetRequest, UplinkRequest};
use vcdsim_platform::network::{CreateNetwork, UpdateNetwork};
use vcdsim_platform::seed::seeded_id;

/// A gateway to the external network, with a range of it.
pub(crate) fn a_gateway(name: &str) -> CreateEdgeGateway {
    CreateEdgeGateway {
        vdc: seeded_id(Kind::Vdc, "example-vdc"),
        name: name.to_owned(),
        description: Some("new".to_owned()),
        size: "compact".to_owned(),
        ha: false,
        dns_relay: false,
        advanced: true,
        distributed: false,
        fips: false,
        uplinks: vec![uplink(Vec::new())],
        services: ServicesChange::default(),
        syslog: Vec::new(),
    }
}

fn uplink(ranges: Vec<(String, String)>) -> UplinkRequest {
    let (gateway, netmask) = ("192.168.50.1".to_owned(), "255.255.255.0".to_owned());
    let subnet = Some(SubnetRequest { gateway, netmask, address: None, ranges, default_route: Some(true) });
    UplinkRequest { network: seeded_id(Kind::ExternalNetwork, "ExtNw"), subnet, default_route: false, limits: Some((1.5, 2.5)) }
}

pub(crate) fn other_properties() -> Properties {
    Properties {
        name: "renamed".to_owned(),
        description: Some("other".to_owned()),
        size: Some("x-large".to_owned()),
        ha: Some(true),
        dns_relay: Some(true),
        advanced: None,
        distributed: None,
        fips: Some(true),
        uplinks: Some(vec![uplink(vec![("192.168.50.100".to_owned(), "192.168.50.109".to_owned())])]),
        syslog: Some(vec!["10.0.0.9".to_owned()]),
        services: ServicesChange::default(),
    }
}

fn scope(last: &str) -> IpScope {
    let ranges = vec![("10.0.0.10".to_owned(), last.to_owned())];
    let (gateway, netmask) = ("10.0.0.1".to_owned(), "255.255.255.0".to_owned());
    IpScope { inherited: false, gateway, netmask, dns1: None, dns2: None, dns_suffix: None, ranges }
}

/// A network behind a gateway.
pub(crate) fn behind(gateway: Urn, name: &str) -> CreateNetwork {
    CreateNetwork {
        vdc: seeded_id(Kind::Vdc, "example-vdc"),
        name: name.to_owned(),
        description: Some("new".to_owned()),
        fence_mode: "natRouted".to_owned(),
        parent: None,
        gateway: Some(gateway),
        interface: InterfaceChange { sub: Some(true), distributed: None, guest_vlan: Some(true) },
        scope: Some(scope("10.0.0.19")),
        dhcp: None,
        shared: false,
    }
}

/// That network as another one.
pub(crate) fn other_network(network: Urn) -> UpdateNetwork {
    UpdateNetwork {
        id: network.id,
        name: "renamed".to_owned(),
        description: Some("other".to_owned()),
        fence_mode: None,
        scope: Some(scope("10.0.0.29")),
        dhcp: None,
        shared: Some(true),
        interface: InterfaceChange { sub: Some(false), ..InterfaceChange::default() },
    }
}

/// What a gateway lends on that network.
pub(crate) fn lending(network: Uuid) -> ServicesChange {
    let range = ("10.0.0.100".to_owned(), "10.0.0.109".to_owned());
    let pools = vec![DhcpPool { enabled: true, network, default_lease: 60, max_lease: 90, range }];
    ServicesChange { dhcp: Some(GatewayDhcp { enabled: true, pools }), ..ServicesChange::default() }
}
