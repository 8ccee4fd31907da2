//! Documents of the family `vdc`. Invariant: the administrator's view is the tenant's with what the provider decides.

use crate::view::reference::description;
use crate::view::{ViewCx, task};
use vcdsim_model::action::Need;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::{media as media_family, vdc};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::graph::Graph;
use vcdsim_platform::vdc::Usage;
use vcdsim_wire::vcloud::{
    AdminVdc, AvailableNetworks, Capabilities, CapacityWithUsage, ComputeCapacity, Reference, ResourceEntities, ResourceReference,
    SupportedHardwareVersion, SupportedHardwareVersions, Vdc, VdcStorageProfiles,
};

/// Virtual hardware versions that there are; a VDC has those up to its provider VDC's newest.
const HARDWARE: &[u32] = &[4, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21];

/// The tenant's view.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph, usage: Usage) -> Vdc {
    let head = &graph.entity.head;
    let body = graph.entity.body::<vdc::Vdc>();
    let networks = graph.children_of(Kind::Network);
    let own_networks = networks.clone().filter(|network| network.entity.head.parent == Some(head.id)).count();
    let profiles = graph.children_of(Kind::VdcStorageProfile).map(|profile| cx.listed(&profile.entity, profile_view(cx)));
    Vdc {
        href: Some(cx.base.href(graph.entity.urn(), View::User)),
        r#type: Some(media::VDC.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        status: Some(head.status.code()),
        link: cx.links(graph),
        description: description(head),
        tasks: task::in_progress(cx, &graph.tasks),
        allocation_model: body.map(|vdc| vdc.allocation_model.clone()),
        storage_capacity: Some(capacity("MB", storage_limit(graph), usage.storage_mb)),
        compute_capacity: body.map(|vdc| compute(vdc, usage)),
        resource_entities: Some(ResourceEntities { resource_entity: resources(cx, graph) }),
        available_networks: Some(AvailableNetworks { network: networks.map(|network| network_reference(cx, network)).collect() }),
        capabilities: Some(capabilities(cx.version, graph)),
        nic_quota: Some(0),
        network_quota: body.map(|vdc| vdc.network_quota),
        used_network_count: i32::try_from(own_networks).ok(),
        vm_quota: body.map(|vdc| vdc.vm_quota),
        is_enabled: body.map(|vdc| vdc.enabled),
        vdc_storage_profiles: Some(VdcStorageProfiles { vdc_storage_profile: profiles.collect() }),
        vcpu_in_mhz2: body.map(|vdc| vdc.vcpu_mhz),
        ..Vdc::default()
    }
}

/// The administrator's view.
pub(crate) fn admin(cx: &ViewCx<'_>, graph: &Graph, usage: Usage) -> AdminVdc {
    let Vdc { id, name, status, link, description, tasks, allocation_model, storage_capacity, compute_capacity, .. } =
        document(cx, graph, usage);
    let rest = document(cx, graph, usage);
    let body = graph.entity.body::<vdc::Vdc>();
    let provider = body.map(|vdc| Urn::new(Kind::ProviderVdc, vdc.provider_vdc));
    let pool = body.and_then(|vdc| vdc.network_pool).map(|id| Urn::new(Kind::NetworkPool, id));
    AdminVdc {
        href: Some(cx.base.href(graph.entity.urn(), View::Admin)),
        r#type: Some(media::ADMIN_VDC.to_owned()),
        id,
        name,
        status,
        link,
        description,
        tasks,
        allocation_model,
        storage_capacity,
        compute_capacity,
        resource_entities: rest.resource_entities,
        available_networks: rest.available_networks,
        capabilities: rest.capabilities,
        nic_quota: rest.nic_quota,
        network_quota: rest.network_quota,
        used_network_count: rest.used_network_count,
        vm_quota: rest.vm_quota,
        is_enabled: rest.is_enabled,
        vdc_storage_profiles: rest.vdc_storage_profiles,
        vcpu_in_mhz2: rest.vcpu_in_mhz2,
        resource_guaranteed_memory: body.map(|vdc| f64::from(vdc.memory_guaranteed_percent) / 100.0),
        resource_guaranteed_cpu: body.map(|vdc| f64::from(vdc.cpu_guaranteed_percent) / 100.0),
        vcpu_in_mhz: body.map(|vdc| vdc.vcpu_mhz),
        is_thin_provision: body.map(|vdc| vdc.thin_provisioning),
        network_pool_reference: pool.and_then(|urn| cx.named(graph, urn, View::Extension)),
        provider_vdc_reference: provider.and_then(|urn| cx.named(graph, urn, View::Admin)),
        uses_fast_provisioning: body.map(|vdc| vdc.fast_provisioning),
        vm_discovery_enabled: Some(false),
        ..AdminVdc::default()
    }
}
