//! Documents of the family `vdc`. Invariant: the administrator's view is the tenant's with what the provider decides.

pub(crate) mod hardware;

use crate::view::reference::description;
use crate::view::{ViewCx, compute_policy, task};
use vcdsim_model::action::Need;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::{disk, media as medium, vdc};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::graph::Graph;
use vcdsim_platform::vdc::Usage;
use vcdsim_wire::vcloud::{
    AdminVdc, AvailableNetworks, CapacityWithUsage, ComputeCapacity, Reference, ResourceEntities, ResourceReference, Vdc,
    VdcStorageProfiles, VendorServices,
};

/// The tenant's view.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph, usage: Usage) -> Vdc {
    let head = &graph.entity.head;
    let body = graph.entity.body::<vdc::Vdc>();
    let networks = || graph.children_of(Kind::Network);
    let own_networks = networks().filter(|network| network.entity.head.parent == Some(head.id)).count();
    let profiles = graph.children_of(Kind::VdcStorageProfile).map(|profile| profile_reference(cx, profile));
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
        available_networks: Some(AvailableNetworks { network: networks().map(|network| network_reference(cx, network)).collect() }),
        capabilities: provider(graph).map(|provider| hardware::capabilities(&cx.base.href(graph.entity.urn(), View::User), provider)),
        nic_quota: Some(0),
        network_quota: body.map(|vdc| vdc.network_quota),
        used_network_count: i32::try_from(own_networks).ok(),
        vm_quota: body.map(|vdc| vdc.vm_quota),
        is_enabled: body.map(|vdc| vdc.enabled),
        vdc_storage_profiles: Some(VdcStorageProfiles { vdc_storage_profile: profiles.collect() }),
        vcpu_in_mhz2: body.map(|vdc| vdc.vcpu_mhz),
        default_compute_policy: compute_policy::default_of(cx, graph),
        ..Vdc::default()
    }
}

/// The administrator's view.
pub(crate) fn admin(cx: &ViewCx<'_>, graph: &Graph, usage: Usage) -> AdminVdc {
    let own = document(cx, graph, usage);
    let body = graph.entity.body::<vdc::Vdc>();
    let provider = body.map(|vdc| Urn::new(Kind::ProviderVdc, vdc.provider_vdc));
    let pool = body.and_then(|vdc| vdc.network_pool).filter(|_| cx.caller.is_system_admin()).map(|id| Urn::new(Kind::NetworkPool, id));
    AdminVdc {
        href: Some(cx.base.href(graph.entity.urn(), View::Admin)),
        r#type: Some(media::ADMIN_VDC.to_owned()),
        id: own.id,
        name: own.name,
        status: own.status,
        link: own.link,
        description: own.description,
        tasks: own.tasks,
        allocation_model: own.allocation_model,
        storage_capacity: own.storage_capacity,
        compute_capacity: own.compute_capacity,
        resource_entities: own.resource_entities,
        available_networks: own.available_networks,
        capabilities: own.capabilities,
        nic_quota: own.nic_quota,
        network_quota: own.network_quota,
        used_network_count: own.used_network_count,
        vm_quota: own.vm_quota,
        is_enabled: own.is_enabled,
        vdc_storage_profiles: own.vdc_storage_profiles,
        vcpu_in_mhz2: own.vcpu_in_mhz2,
        default_compute_policy: own.default_compute_policy,
        resource_guaranteed_memory: body.map(|vdc| f64::from(vdc.memory_guaranteed_percent) / 100.0),
        resource_guaranteed_cpu: body.map(|vdc| f64::from(vdc.cpu_guaranteed_percent) / 100.0),
        vcpu_in_mhz: body.map(|vdc| vdc.vcpu_mhz),
        is_thin_provision: body.map(|vdc| vdc.thin_provisioning),
        network_pool_reference: pool.and_then(|urn| cx.named(graph, urn, View::Extension)),
        provider_vdc_reference: provider.and_then(|urn| cx.named(graph, urn, View::Admin)),
        uses_fast_provisioning: body.map(|vdc| vdc.fast_provisioning),
        vendor_services: Some(VendorServices::default()),
        vm_discovery_enabled: Some(false),
        ..AdminVdc::default()
    }
}

/// The provider VDC behind it.
pub(crate) fn provider(graph: &Graph) -> Option<&ProviderVdc> {
    let id = graph.entity.body::<vdc::Vdc>()?.provider_vdc;
    graph.related.get(Urn::new(Kind::ProviderVdc, id))?.body()
}

/// Where the references to storage profiles lead: tenants' documents to the tenant's view, administrators' to theirs.
fn profile_reference(cx: &ViewCx<'_>, profile: &Graph) -> Reference {
    cx.listed(&profile.entity, cx.view)
}

/// A network that machines may use; references to networks have types of their own.
fn network_reference(cx: &ViewCx<'_>, network: &Graph) -> Reference {
    let media = if cx.view == View::User { media::NETWORK } else { media::ADMIN_NETWORK };
    Reference { r#type: Some(media.to_owned()), ..cx.listed(&network.entity, cx.view) }
}

/// vApps, templates, media and independent disks, as far as the caller may read such.
fn resources(cx: &ViewCx<'_>, graph: &Graph) -> Vec<ResourceReference> {
    let first = ApiVersion::V1_5;
    let kinds = [
        (Kind::VAppTemplate, medium::READ.need, first),
        (Kind::Media, medium::READ.need, first),
        (Kind::Disk, disk::READ.need, disk::READ.since),
        (Kind::VApp, Need::Session, first),
    ];
    let read = kinds.into_iter().filter(|(_, need, since)| need.met_by(cx.caller) && *since <= cx.version);
    let all = read.flat_map(|(kind, ..)| graph.children_of(kind)).map(|child| cx.listed(&child.entity, View::User));
    all.map(|Reference { href, id, r#type, name }| ResourceReference { href, id, r#type, name, status: None }).collect()
}

fn compute(vdc: &vdc::Vdc, usage: Usage) -> ComputeCapacity {
    ComputeCapacity { cpu: capacity("MHz", vdc.cpu_limit_mhz, usage.cpu_mhz), memory: capacity("MB", vdc.memory_limit_mb, usage.memory_mb) }
}

/// What is allocated when machines need it is not allocated beforehand.
fn capacity(units: &str, limit: i64, used: i64) -> CapacityWithUsage {
    CapacityWithUsage { units: units.to_owned(), allocated: Some(0), limit, reserved: Some(0), used: Some(used), overhead: Some(0) }
}

/// The sum of the limits of the storage profiles; one without a limit leaves the VDC without.
fn storage_limit(graph: &Graph) -> i64 {
    let profiles = graph.children_of(Kind::VdcStorageProfile).filter_map(|profile| profile.entity.body::<VdcStorageProfile>());
    let limits: Vec<i64> = profiles.map(|profile| profile.limit_mb).collect();
    if limits.contains(&0) { 0 } else { limits.iter().sum() }
}
