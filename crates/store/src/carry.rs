//! Totals over a commit. Invariant: a total that is carried over is what counting again would give; where that cannot be told it is forgotten.

use crate::cache::Cache;
use crate::changes::Changes;
use crate::page::PageOf;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::entity::Entity;
use vcdsim_model::kind::Kind;

/// Commits that change more objects are counted again: nobody is to wait for their arithmetic.
const MOST: usize = 1_000;

/// The totals that the changes make of those that stand before the commit.
pub(crate) fn carried(cache: &Cache, changes: &Changes) -> Vec<(PageOf, u64)> {
    if changes.objects.is_empty() || changes.objects.len() > MOST {
        return Vec::new();
    }
    let concerns = |kinds: &[Kind]| kinds.iter().any(|kind| changes.kinds.contains(kind));
    let carry = |(of, kept): (PageOf, crate::answers::Given<u64>)| {
        let kinds = of.depends_on();
        let stands = concerns(&kinds) && cache.lists.admit(&kinds, kept.ticket);
        let total = stands.then(|| total(cache, changes, &of, kept.answer)).flatten()?;
        Some((of, total))
    };
    cache.answers.totals.iter().filter_map(carry).collect()
}

fn total(cache: &Cache, changes: &Changes, of: &PageOf, before: u64) -> Option<u64> {
    let asks_place = of.clause.asks_place();
    if asks_place && changes.objects.keys().any(|id| moves_others(changes, *id)) {
        return None;
    }
    let mut total = i64::try_from(before).ok()?;
    for (id, put) in &changes.objects {
        let (old, new) = (changes.before.get(id)?.as_ref(), put.as_ref().map(|put| &put.row));
        let counts = |entity: Option<&Arc<Entity>>, parent: &dyn Fn(Uuid) -> Option<Option<Uuid>>| {
            let Some(entity) = entity.filter(|entity| of.kinds.contains(&entity.head.kind)) else { return Some(0) };
            let place = match entity.head.parent.filter(|_| asks_place) {
                Some(above) => parent(above)?,
                None => None,
            };
            Some(i64::from(of.clause.keeps(entity, place)))
        };
        let cached = |id: Uuid| cache.get::<Entity>(id).map(|entity| entity.head.parent);
        let above_old = |id: Uuid| match changes.before.get(&id) {
            Some(known) => Some(known.as_ref().and_then(|entity| entity.head.parent)),
            None => cached(id),
        };
        let above_new = |id: Uuid| match changes.objects.get(&id) {
            Some(known) => Some(known.as_ref().and_then(|put| put.row.head.parent)),
            None => cached(id),
        };
        total += counts(new, &above_new)? - counts(old, &above_old)?;
    }
    u64::try_from(total).ok()
}

/// Whether what lies in this object lies elsewhere after the commit, without having changed.
fn moves_others(changes: &Changes, id: Uuid) -> bool {
    let Some(Some(old)) = changes.before.get(&id) else { return false };
    changes.of::<Entity>(&id).flatten().is_none_or(|new| new.head.parent != old.head.parent)
}
