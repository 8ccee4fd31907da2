//! `VMWExternalNetwork` documents. Invariant: an external network is `isolated` by its fence mode and connected by its port group.

use crate::view::ViewCx;
use crate::view::network::{ip_ranges, ip_scope};
use vcdsim_model::Fault;
use vcdsim_model::entity::Res;
use vcdsim_model::family::edge_gateway::EdgeGateway;
use vcdsim_model::family::external_network::ExternalNetwork;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::edge_gateway::OutsideUse;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::{vcloud, vmext};

/// The document of an external network. Both forms of its addresses are filled in, and pruning leaves one.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph, used: &OutsideUse) -> Result<vmext::VMWExternalNetwork, Fault> {
    let head = &graph.entity.head;
    let body: &ExternalNetwork = graph.entity.body().ok_or_else(Fault::internal)?;
    let port_group = cx.vim_object(&graph.related, Urn::new(Kind::VimServer, body.vim_server), &body.port_group, "DV_PORTGROUP");
    let scope = scope(cx, graph, body, used);
    Ok(vmext::VMWExternalNetwork {
        href: Some(cx.base.href(graph.entity.urn(), View::Extension)),
        r#type: Some(media::VMW_EXTERNAL_NETWORK.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        link: cx.links(graph),
        description: head.description.clone(),
        configuration: Some(vcloud::NetworkConfiguration {
            backward_compatibility_mode: Some(false),
            ip_scope: Some(scope.clone()),
            ip_scopes: Some(vcloud::IpScopes { ip_scope: vec![scope] }),
            fence_mode: "isolated".to_owned(),
            retain_net_info_across_deployments: Some(false),
            ..vcloud::NetworkConfiguration::default()
        }),
        vim_port_group_ref: Some(port_group.clone()),
        // Came with 22.0; the schema says so in its text alone, so pruning does not know.
        vim_port_group_refs: (cx.version >= ApiVersion::V27_0).then(|| vmext::VimObjectRefs { vim_object_ref: vec![port_group] }),
        ..vmext::VMWExternalNetwork::default()
    })
}

/// Its addresses: with those in use, and with what edge gateways have of them.
fn scope(cx: &ViewCx<'_>, graph: &Graph, body: &ExternalNetwork, used: &OutsideUse) -> vcloud::IpScope {
    let part = |gateway: &Res<EdgeGateway>| {
        let ours = gateway.body().uplinks.iter().find(|uplink| uplink.network == graph.entity.head.id);
        vcloud::SubAllocation {
            edge_gateway: Some(cx.listed(gateway.entity(), View::Admin)),
            ip_ranges: ours.and_then(|uplink| ip_ranges(&uplink.ranges)),
        }
    };
    let addresses = used.addresses.iter().map(ToString::to_string).collect::<Vec<_>>();
    let parts = used.gateways.iter().map(part).collect::<Vec<_>>();
    vcloud::IpScope {
        allocated_ip_addresses: (!addresses.is_empty()).then_some(vcloud::IpAddresses { ip_address: addresses }),
        sub_allocations: (!parts.is_empty()).then(|| vcloud::SubAllocations { sub_allocation: parts, ..vcloud::SubAllocations::default() }),
        ..ip_scope(&body.scope)
    }
}
