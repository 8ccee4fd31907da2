//! `Datastore` documents. Invariant: capacities are vCenter's; what the cloud does not measure is absent.

use crate::view::ViewCx;
use vcdsim_model::Fault;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::datastore::Datastore;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::graph::{Graph, Related};
use vcdsim_wire::vmext;

/// The document of a datastore. A quarter and a tenth of its capacity are the thresholds of its warnings.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> Result<vmext::Datastore, Fault> {
    let head = &graph.entity.head;
    let body: &Datastore = graph.entity.body().ok_or_else(Fault::internal)?;
    Ok(vmext::Datastore {
        href: Some(cx.base.href(graph.entity.urn(), View::Extension)),
        r#type: Some(media::DATASTORE.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        link: cx.links(graph),
        description: head.description.clone(),
        vim_object_ref: vim_object(cx, &graph.related, &graph.entity),
        enabled: Some(true),
        busy: Some(head.busy.is_some()),
        vaai_for_fp_enabled: Some(false),
        threshold_yellow_gb: thousandths(body.capacity_mb, 250),
        threshold_red_gb: thousandths(body.capacity_mb, 100),
        datastore_fs_type: Some(body.fs_type.clone()),
        vc_display_name: Some(head.name.clone()),
        total_capacity_mb: Some(body.capacity_mb as f64),
        total_capacity_gb: Some(body.capacity_mb as f64 / 1_024.0),
        members: Some(vmext::VimObjectRefs::default()),
        ..vmext::Datastore::default()
    })
}

/// So many thousandths of a capacity in MB, in GB.
fn thousandths(megabytes: i64, share: i64) -> i32 {
    i32::try_from(megabytes / 1_024 * share / 1_000).unwrap_or(i32::MAX)
}

/// What vCenter calls a datastore; nothing for other objects.
pub(crate) fn vim_object(cx: &ViewCx<'_>, related: &Related, entity: &Entity) -> Option<vmext::VimObjectRef> {
    let body: &Datastore = entity.body()?;
    Some(cx.vim_object(related, Urn::new(Kind::VimServer, body.vim_server), &body.moref, "DATASTORE"))
}
