//! Documents of the family `media`. Invariant: a medium's size is that of its bytes.

use crate::view::{ViewCx, files, task};
use vcdsim_model::family::media;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::Media;

/// A disc image.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> Media {
    let head = &graph.entity.head;
    let body = graph.entity.body::<media::Media>();
    let profile = body.and_then(|media| media.storage_profile).map(|id| Urn::new(Kind::VdcStorageProfile, id));
    Media {
        href: Some(cx.base.href(graph.entity.urn(), View::User)),
        r#type: Some(vcdsim_model::media::MEDIA.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        status: Some(head.status.code()),
        image_type: body.map(|media| media.image_type.clone()).unwrap_or_default(),
        size: body.map_or(0, |media| media.size),
        link: cx.links(graph),
        description: head.description.clone(),
        tasks: task::in_progress(cx, &graph.tasks),
        files: files::listed(cx, graph),
        owner: cx.owner(graph),
        vdc_storage_profile: profile.and_then(|urn| cx.named(graph, urn, View::User)),
        ..Media::default()
    }
}
