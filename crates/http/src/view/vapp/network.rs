//! Documents of networks inside vApps. Invariant: the section of the vApp and the network's own document show one configuration.

pub(crate) mod features;

use crate::view::links::link;
use crate::view::{ViewCx, network as above, section};
use vcdsim_model::family::vapp::network::UPDATE_NETWORKS;
use vcdsim_model::family::vapp::{NetworkConfig, VApp};
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::{self, AllocatedIpAddress, AllocatedIpAddresses, Link, NetworkConfiguration};

fn urn(network: &NetworkConfig) -> Urn {
    Urn::new(Kind::Network, network.id)
}

fn href(cx: &ViewCx<'_>, network: &NetworkConfig) -> String {
    cx.base.href(urn(network), View::User)
}

/// The links of a vApp to its networks.
pub(crate) fn links(cx: &ViewCx<'_>, graph: &Graph) -> Vec<Link> {
    let networks = graph.entity.body::<VApp>().map(|body| body.networks.as_slice()).unwrap_or_default();
    networks.iter().map(|network| named("down", media::VAPP_NETWORK, href(cx, network), &network.name)).collect()
}

fn named(rel: &str, media: &str, href: String, name: &str) -> Link {
    Link { name: Some(name.to_owned()), ..link(rel, Some(media), href) }
}

/// The network of a vApp with this id.
pub(crate) fn of(graph: &Graph, id: uuid::Uuid) -> Option<&NetworkConfig> {
    graph.entity.body::<VApp>()?.networks.iter().find(|network| network.id == id)
}

/// How one network of a vApp is made, in the vApp's section: with the links to what may be done to it.
pub(crate) fn config(cx: &ViewCx<'_>, graph: &Graph, network: &NetworkConfig) -> vcloud::VAppNetworkConfiguration {
    let deployed = graph.entity.body::<VApp>().is_some_and(|body| body.deployed);
    let plain = section::network_config(network, parent(cx, graph, network), deployed);
    vcloud::VAppNetworkConfiguration { link: actions(cx, graph, network), ..plain }
}

/// Resetting, and where there is a router telling it the log servers. The link is the administrator's, whoever reads it.
fn actions(cx: &ViewCx<'_>, graph: &Graph, network: &NetworkConfig) -> Vec<Link> {
    // The one that stands for none is not there.
    if network.id.is_nil() || !graph.admits(&UPDATE_NETWORKS, cx.caller) {
        return Vec::new();
    }
    let place = format!("{}/action", cx.base.href(urn(network), View::Admin));
    let reset = link("repair", None, format!("{place}/reset"));
    let sync = link("syncSyslogSettings", Some(media::TASK), format!("{place}/syncSyslogServerSettings"));
    std::iter::once(reset).chain((network.fence_mode == "natRouted").then_some(sync)).collect()
}

fn parent(cx: &ViewCx<'_>, graph: &Graph, network: &NetworkConfig) -> Option<vcloud::Reference> {
    let urn = Urn::new(Kind::Network, network.parent?);
    let r#type = Some(above::media_type(cx.version).to_owned());
    Some(vcloud::Reference { r#type, ..cx.reference(urn, cx.view, graph.related.name(urn)) })
}

/// How a network is made. Both forms of the addresses are filled in; pruning leaves the one that the version has.
pub(crate) fn configuration(network: &NetworkConfig, parent: Option<vcloud::Reference>) -> NetworkConfiguration {
    let scope = above::ip_scope(&network.scope);
    NetworkConfiguration {
        ip_scope: Some(scope.clone()),
        ip_scopes: Some(vcloud::IpScopes { ip_scope: vec![scope] }),
        parent_network: parent,
        fence_mode: network.fence_mode.clone(),
        retain_net_info_across_deployments: Some(network.retains),
        features: features::features(&network.features),
        syslog_server_settings: (network.fence_mode == "natRouted").then(vcloud::SyslogServerSettings::default),
        router_info: network.external_ip.clone().map(|external_ip| vcloud::RouterInfo { external_ip }),
        guest_vlan_allowed: Some(network.guest_vlan),
        ..NetworkConfiguration::default()
    }
}

/// The document of a network of the vApp in `graph`.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph, network: &NetworkConfig) -> vcloud::VAppNetwork {
    let here = href(cx, network);
    let up = named("up", media::VAPP, cx.base.href(graph.entity.urn(), View::User), &graph.entity.head.name);
    let addresses = (cx.version >= vcdsim_model::version::ApiVersion::V5_1)
        .then(|| link("down", Some(media::ALLOCATED_NETWORK_ADDRESS), format!("{here}/allocatedAddresses")));
    let edit = graph.admits(&UPDATE_NETWORKS, cx.caller).then(|| link("edit", Some(media::VAPP_NETWORK), here.clone()));
    let actions = actions(cx, graph, network);
    vcloud::VAppNetwork {
        href: Some(here),
        r#type: Some(media::VAPP_NETWORK.to_owned()),
        id: Some(urn(network).to_string()),
        name: network.name.clone(),
        deployed: graph.entity.body::<VApp>().map(|body| body.deployed),
        link: std::iter::once(up).chain(addresses).chain(edit).chain(actions).collect(),
        description: Some(network.description.clone().unwrap_or_default()),
        configuration: Some(configuration(network, parent(cx, graph, network))),
        ..vcloud::VAppNetwork::default()
    }
}

/// The addresses in use on a network of the vApp in `graph`: its router's inner one, and the machines'.
pub(crate) fn addresses(cx: &ViewCx<'_>, graph: &Graph, network: &NetworkConfig) -> AllocatedIpAddresses {
    let here = href(cx, network);
    let deployed = graph.entity.body::<VApp>().is_some_and(|body| body.deployed);
    let up = named("up", media::VAPP_NETWORK, here.clone(), &network.name);
    let vapp = named("down", media::VAPP, cx.base.href(graph.entity.urn(), View::User), &graph.entity.head.name);
    let entry = |address: &str, kind: &str, machine: Option<Link>| AllocatedIpAddress {
        link: [up.clone(), vapp.clone()].into_iter().chain(machine).collect(),
        ip_address: Some(address.to_owned()),
        is_deployed: Some(deployed),
        allocation_type: Some(kind.to_owned()),
        ..AllocatedIpAddress::default()
    };
    let router = (deployed && network.external_ip.is_some()).then(|| entry(&network.scope.gateway, "vsmAllocated", None));
    let machine = |child: &Graph| {
        let link = named("down", media::VM, cx.base.href(child.entity.urn(), View::User), &child.entity.head.name);
        let nics = child.entity.body::<Vm>().map(|body| body.hardware.nics.as_slice()).unwrap_or_default();
        let held = nics.iter().filter(|nic| nic.network == network.name).filter_map(|nic| nic.ip.as_deref());
        held.map(|ip| entry(ip, "vmAllocated", Some(link.clone()))).collect::<Vec<_>>()
    };
    AllocatedIpAddresses {
        href: Some(format!("{here}/allocatedAddresses")),
        r#type: Some(media::ALLOCATED_NETWORK_ADDRESS.to_owned()),
        link: vec![up.clone()],
        ip_address: router.into_iter().chain(graph.children_of(Kind::Vm).flat_map(machine)).collect(),
    }
}
