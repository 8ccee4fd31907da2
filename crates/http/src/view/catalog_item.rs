//! Documents of the family `catalog_item`. Invariant: an item's entity is something that the caller may read.

use crate::view::{ViewCx, task};
use vcdsim_model::clock::format_time;
use vcdsim_model::family::catalog_item;
use vcdsim_model::kind::View;
use vcdsim_model::media;
use vcdsim_platform::graph::Graph;
use vcdsim_wire::vcloud::{CatalogItem, Reference};

/// An item.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> CatalogItem {
    let head = &graph.entity.head;
    CatalogItem {
        href: Some(cx.base.href(graph.entity.urn(), View::User)),
        r#type: Some(media::CATALOG_ITEM.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        link: cx.links(graph),
        description: head.description.clone(),
        tasks: task::in_progress(cx, &graph.tasks),
        entity: entity(cx, graph),
        date_created: Some(format_time(head.created)),
        version_number: Some(head.rev),
        ..CatalogItem::default()
    }
}

fn entity(cx: &ViewCx<'_>, graph: &Graph) -> Reference {
    let named = graph.entity.body::<catalog_item::CatalogItem>().map(|item| item.entity);
    named.map(|urn| cx.plain_reference(urn, View::User, graph.related.name(urn))).unwrap_or_default()
}
