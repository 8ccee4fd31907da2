//! `ProviderVdc` documents, for administrators and for the provider. Invariant: the provider's view is the other one with vCenter's names.

use crate::view::vdc::hardware::capabilities;
use crate::view::vim_server::data_stores;
use crate::view::{ViewCx, extension};
use vcdsim_model::Fault;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::provider_vdc::ProviderVdc as Body;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_platform::provider_vdc::Surroundings;
use vcdsim_wire::vcloud::{
    AvailableNetworks, NetworkPoolReferences, ProviderVdc, ProviderVdcCapacity, ProviderVdcStorageProfiles, Reference, RootComputeCapacity,
    Vdcs,
};
use vcdsim_wire::vmext;

/// The document in `/api/admin`.
pub(crate) fn document(cx: &ViewCx<'_>, found: &Surroundings) -> Result<ProviderVdc, Fault> {
    let (entity, related) = (&found.graph.entity, &found.graph.related);
    let body = body(entity)?;
    let pools = body.network_pools.iter().map(|id| Urn::new(Kind::NetworkPool, *id));
    let references = |entities: &mut dyn Iterator<Item = &Entity>, view| -> Vec<Reference> {
        entities.map(|entity| cx.reference(entity.urn(), view, &entity.head.name)).collect()
    };
    let profiles = &mut found.graph.children_of(Kind::ProviderStorageProfile).map(|child| &*child.entity);
    Ok(ProviderVdc {
        href: Some(cx.base.href(entity.urn(), cx.view)),
        r#type: Some(Kind::ProviderVdc.info().place(cx.view).media.to_owned()),
        id: Some(entity.urn().to_string()),
        name: entity.head.name.clone(),
        status: Some(entity.head.status.code()),
        link: cx.links(&found.graph),
        description: entity.head.description.clone(),
        compute_capacity: Some(compute(body, &found.vdcs)),
        storage_capacity: Some(capacity("MB", body.storage_mb, None)),
        available_networks: Some(AvailableNetworks {
            network: references(&mut found.external_networks.iter().map(|e| &**e), View::Extension),
        }),
        storage_profiles: Some(ProviderVdcStorageProfiles { provider_vdc_storage_profile: references(profiles, cx.view) }),
        capabilities: Some(capabilities(&cx.base.href(entity.urn(), View::Admin), body)),
        vdcs: Some(Vdcs { vdc: references(&mut found.vdcs.iter().map(|e| &**e), View::Admin) }),
        is_enabled: Some(body.enabled),
        network_pool_references: Some(NetworkPoolReferences {
            network_pool_reference: pools.map(|urn| cx.reference(urn, View::Extension, related.name(urn))).collect(),
        }),
        ..ProviderVdc::default()
    })
}

/// The document in `/api/admin/extension`.
pub(crate) fn extension(cx: &ViewCx<'_>, found: &Surroundings) -> Result<vmext::VMWProviderVdc, Fault> {
    let base = document(cx, found)?;
    let body = body(&found.graph.entity)?;
    let (related, server) = (&found.graph.related, Urn::new(Kind::VimServer, body.vim_server));
    Ok(vmext::VMWProviderVdc {
        href: base.href,
        r#type: base.r#type,
        id: base.id,
        operation_key: base.operation_key,
        name: base.name,
        status: base.status,
        link: base.link,
        description: base.description,
        tasks: base.tasks,
        compute_capacity: base.compute_capacity,
        storage_capacity: base.storage_capacity,
        available_networks: base.available_networks,
        storage_profiles: base.storage_profiles,
        capabilities: base.capabilities,
        vdcs: base.vdcs,
        is_enabled: base.is_enabled,
        network_pool_references: base.network_pool_references,
        data_store_refs: data_stores(cx, related, &found.datastores),
        resource_pool_refs: vmext::VimObjectRefs {
            vim_object_ref: vec![cx.vim_object(related, server, &body.resource_pool, "RESOURCE_POOL")],
        },
        vim_server: vec![cx.reference(server, View::Extension, related.name(server))],
        host_references: Some(vmext::VMWHostReferences {
            host_reference: extension::references(cx, &found.hosts),
            ..vmext::VMWHostReferences::default()
        }),
        highest_supported_hardware_version: Some(body.highest_hardware.clone()),
    })
}

fn body(entity: &Entity) -> Result<&Body, Fault> {
    entity.body().ok_or_else(Fault::internal)
}

/// What there is, and what its VDCs may take of it at most.
fn compute(body: &Body, vdcs: &[std::sync::Arc<Entity>]) -> RootComputeCapacity {
    let vdcs = || vdcs.iter().filter_map(|entity| entity.body::<Vdc>());
    RootComputeCapacity {
        cpu: capacity("MHz", body.cpu_mhz, Some(vdcs().map(|vdc| vdc.cpu_limit_mhz).sum())),
        memory: capacity("MB", body.memory_mb, Some(vdcs().map(|vdc| vdc.memory_limit_mb).sum())),
        is_elastic: Some(false),
        is_ha: Some(false),
    }
}

fn capacity(units: &str, total: i64, allocation: Option<i64>) -> ProviderVdcCapacity {
    ProviderVdcCapacity { units: units.to_owned(), allocation, total, ..ProviderVdcCapacity::default() }
}
