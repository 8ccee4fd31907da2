//! Documents of the family `catalog_item`. Invariant: an item's entity is something that the caller may read.

use crate::view::{ViewCx, task};
use vcdsim_model::clock::format_time;
use vcdsim_model::family::catalog_item;
use vcdsim_model::family::media::Media;
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
        size: size(graph),
        date_created: Some(format_time(head.created)),
        version_number: Some(head.rev),
        ..CatalogItem::default()
    }
}

fn entity(cx: &ViewCx<'_>, graph: &Graph) -> Reference {
    let named = graph.entity.body::<catalog_item::CatalogItem>().map(|item| item.entity);
    named.map(|urn| cx.plain_reference(urn, View::User, graph.related.name(urn))).unwrap_or_default()
}

/// The bytes of what it stands for; a template that was not uploaded has none to count.
fn size(graph: &Graph) -> Option<i64> {
    let entity = graph.related.get(graph.entity.body::<catalog_item::CatalogItem>()?.entity)?;
    if let Some(image) = entity.body::<Media>() {
        return Some(image.size);
    }
    let sizes = entity.files().iter().map(|file| file.size).collect::<Option<Vec<_>>>()?;
    if sizes.is_empty() { None } else { i64::try_from(sizes.iter().sum::<u64>()).ok() }
}
