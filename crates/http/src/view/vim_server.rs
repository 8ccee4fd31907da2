//! `VimServer` documents and the lists below them. Invariant: the cell's password for vCenter never leaves.

use crate::view::{ViewCx, extension, task};
use std::sync::Arc;
use vcdsim_model::Fault;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::vim_server::VimServer;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::View;
use vcdsim_model::media;
use vcdsim_platform::graph::{Graph, Related};
use vcdsim_wire::vmext;

/// The document of a server.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> Result<vmext::VimServer, Fault> {
    let (head, body) = (&graph.entity.head, body(graph)?);
    Ok(vmext::VimServer {
        href: Some(cx.base.href(graph.entity.urn(), View::Extension)),
        r#type: Some(media::VIM_SERVER.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        link: cx.links(graph),
        description: head.description.clone(),
        tasks: task::in_progress(cx, &graph.tasks),
        username: body.user_name.clone(),
        url: body.url.clone(),
        is_enabled: body.enabled,
        is_connected: Some(body.enabled),
        uuid: Some(body.uuid.clone()),
        vc_version: Some(body.version.clone()),
        ..vmext::VimServer::default()
    })
}

/// The machines that can be imported, on one page.
pub(crate) fn vms(cx: &ViewCx<'_>, graph: &Graph) -> Result<vmext::VmObjectRefsList, Fault> {
    let vms = body(graph)?.vms.iter().map(|vm| vmext::VmObjectRef {
        name: Some(vm.name.clone()),
        vim_server_ref: cx.reference(graph.entity.urn(), View::Extension, &graph.entity.head.name),
        mo_ref: vm.moref.clone(),
        vim_object_type: "VIRTUAL_MACHINE".to_owned(),
    });
    Ok(vmext::VmObjectRefsList { number_of_pages: Some(1), page: Some(1), vm_object_ref: vms.collect() })
}

/// The resource pools of vCenter.
pub(crate) fn resource_pools(cx: &ViewCx<'_>, graph: &Graph, datastores: &[Arc<Entity>]) -> Result<vmext::ResourcePoolList, Fault> {
    let server = graph.entity.urn();
    let mut related = Related::default();
    related.insert(Arc::clone(&graph.entity));
    let pools = body(graph)?.resource_pools.iter().map(|(moref, name)| vmext::ResourcePool {
        name: name.clone(),
        mo_ref: moref.clone(),
        vim_object_type: "RESOURCE_POOL".to_owned(),
        data_store_refs: Some(data_stores(cx, &related, datastores)),
        ..vmext::ResourcePool::default()
    });
    Ok(vmext::ResourcePoolList {
        href: Some(format!("{}/resourcePoolList", cx.base.href(server, View::Extension))),
        r#type: Some(media::RESOURCE_POOL_LIST.to_owned()),
        resource_pool: pools.collect(),
        ..vmext::ResourcePoolList::default()
    })
}

/// The hosts of this server.
pub(crate) fn hosts(cx: &ViewCx<'_>, graph: &Graph, hosts: &[Arc<Entity>]) -> vmext::VMWHostReferences {
    vmext::VMWHostReferences {
        href: Some(format!("{}/hostReferences", cx.base.href(graph.entity.urn(), View::Extension))),
        r#type: Some(media::HOST_REFERENCES.to_owned()),
        link: Vec::new(),
        host_reference: extension::references(cx, hosts),
    }
}

fn body(graph: &Graph) -> Result<&VimServer, Fault> {
    graph.entity.body().ok_or_else(Fault::internal)
}

impl ViewCx<'_> {
    /// What vCenter `server` calls an object, and what it is there.
    pub(crate) fn vim_object(&self, related: &Related, server: Urn, moref: &str, kind: &str) -> vmext::VimObjectRef {
        vmext::VimObjectRef {
            vim_server_ref: self.reference(server, View::Extension, related.name(server)),
            mo_ref: moref.to_owned(),
            vim_object_type: kind.to_owned(),
        }
    }
}

/// Datastores as vCenter knows them.
pub(crate) fn data_stores(cx: &ViewCx<'_>, related: &Related, datastores: &[Arc<Entity>]) -> vmext::VimObjectRefs {
    let refs = datastores.iter().filter_map(|entity| crate::view::datastore::vim_object(cx, related, entity));
    vmext::VimObjectRefs { vim_object_ref: refs.collect() }
}
