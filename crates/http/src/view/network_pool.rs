//! `VMWNetworkPool` documents. Invariant: `xsi:type` says what kind of pool it is, where the version has that kind.

use crate::view::ViewCx;
use vcdsim_model::Fault;
use vcdsim_model::family::network_pool::NetworkPool;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vmext;

/// The document of a pool. VXLAN pools came with 5.1; before, one is a pool of no particular kind.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> Result<vmext::VMWNetworkPool, Fault> {
    let head = &graph.entity.head;
    let body: &NetworkPool = graph.entity.body().ok_or_else(Fault::internal)?;
    let server = Urn::new(Kind::VimServer, body.vim_server);
    let known = body.pool_type != "VxlanPool" || cx.version >= ApiVersion::V5_1;
    let port_groups = body.pool_type == "PortGroupPool";
    let refs = body.port_groups.iter().map(|moref| cx.vim_object(&graph.related, server, moref, "DV_PORTGROUP"));
    Ok(vmext::VMWNetworkPool {
        xsi_type: known.then(|| format!("vmext:{}Type", body.pool_type)),
        href: Some(cx.base.href(graph.entity.urn(), View::Extension)),
        r#type: Some(media::VMW_NETWORK_POOL.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        status: Some(head.status.code()),
        link: cx.links(graph),
        description: head.description.clone(),
        port_group_refs: port_groups.then(|| vmext::VimObjectRefs { vim_object_ref: refs.collect() }),
        vim_server: port_groups.then(|| cx.reference(server, View::Extension, graph.related.name(server))),
        ..vmext::VMWNetworkPool::default()
    })
}
