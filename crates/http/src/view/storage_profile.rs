//! Documents of the family `storage_profile`. Invariant: sizes are in MB.

use crate::view::{ViewCx, task};
use vcdsim_model::family::storage_profile as model;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::{AdminVdcStorageProfile, ProviderVdcStorageProfile, VdcStorageProfile};
use vcdsim_wire::vmext::VMWProviderVdcStorageProfile;

const UNITS: &str = "MB";

/// The tenant's view of a VDC's share, of which `used_mb` is used.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph, used_mb: i64) -> VdcStorageProfile {
    let head = &graph.entity.head;
    let body = graph.entity.body::<model::VdcStorageProfile>();
    VdcStorageProfile {
        href: Some(cx.base.href(graph.entity.urn(), View::User)),
        r#type: Some(media::VDC_STORAGE_PROFILE.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        link: cx.links(graph),
        description: head.description.clone(),
        tasks: task::in_progress(cx, &graph.tasks),
        enabled: body.map(|profile| profile.enabled),
        units: Some(UNITS.to_owned()),
        limit: body.map(|profile| profile.limit_mb),
        default: body.map(|profile| profile.default),
        storage_used_mb: Some(used_mb),
        iops_allocated: Some(0),
        ..VdcStorageProfile::default()
    }
}

/// The administrator's view of it.
pub(crate) fn admin(cx: &ViewCx<'_>, graph: &Graph, used_mb: i64) -> AdminVdcStorageProfile {
    let share = document(cx, graph, used_mb);
    let body = graph.entity.body::<model::VdcStorageProfile>();
    let provider = body.map(|profile| Urn::new(Kind::ProviderStorageProfile, profile.provider_profile));
    AdminVdcStorageProfile {
        href: Some(cx.base.href(graph.entity.urn(), View::Admin)),
        r#type: Some(media::ADMIN_VDC_STORAGE_PROFILE.to_owned()),
        id: share.id,
        name: share.name,
        link: share.link,
        description: share.description,
        tasks: share.tasks,
        enabled: share.enabled,
        units: share.units,
        limit: share.limit,
        default: share.default,
        storage_used_mb: share.storage_used_mb,
        iops_allocated: share.iops_allocated,
        provider_vdc_storage_profile: provider.and_then(|urn| cx.named(graph, urn, View::Admin)),
        ..AdminVdcStorageProfile::default()
    }
}

/// The administrator's view of a provider's profile, of which `used_mb` is used.
pub(crate) fn provider(cx: &ViewCx<'_>, graph: &Graph, used_mb: i64) -> ProviderVdcStorageProfile {
    let head = &graph.entity.head;
    let body = graph.entity.body::<model::ProviderStorageProfile>();
    ProviderVdcStorageProfile {
        href: Some(cx.base.href(graph.entity.urn(), View::Admin)),
        r#type: Some(media::PROVIDER_STORAGE_PROFILE.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        link: cx.links(graph),
        description: head.description.clone(),
        tasks: task::in_progress(cx, &graph.tasks),
        enabled: body.map(|profile| profile.enabled),
        units: Some(UNITS.to_owned()),
        capacity_total: body.map(|profile| number(profile.capacity_mb)),
        capacity_used: Some(number(used_mb)),
        iops_allocated: Some(0),
        ..ProviderVdcStorageProfile::default()
    }
}

/// The provider's own view of it.
pub(crate) fn extension(cx: &ViewCx<'_>, graph: &Graph, used_mb: i64) -> VMWProviderVdcStorageProfile {
    let profile = provider(cx, graph, used_mb);
    VMWProviderVdcStorageProfile {
        href: Some(cx.base.href(graph.entity.urn(), View::Extension)),
        r#type: Some(media::VMW_PROVIDER_STORAGE_PROFILE.to_owned()),
        id: profile.id,
        name: profile.name,
        link: profile.link,
        description: profile.description,
        tasks: profile.tasks,
        enabled: profile.enabled,
        units: profile.units,
        capacity_total: profile.capacity_total,
        capacity_used: profile.capacity_used,
        iops_allocated: profile.iops_allocated,
        ..VMWProviderVdcStorageProfile::default()
    }
}

/// Megabytes as the decimal number that the schema has; they are exact far beyond any storage.
#[expect(clippy::cast_precision_loss, reason = "a storage of 2^53 MB does not exist")]
fn number(mb: i64) -> f64 {
    mb as f64
}
