//! Lists of objects as the last commit left them. Invariant: a list is answered only while no commit has touched its kind since it was read.
//!
//! The same tickets guard lists as guard rows (see [`crate::cache`]), with one slot per kind.

use crate::cache::{Slot, Ticket};
use crate::filter::EntityFilter;
use quick_cache::Weighter;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vcdsim_model::entity::Entity;
use vcdsim_model::kind::Kind;

/// What a place in a list weighs: the list may be the last to keep the object.
const PLACE: usize = 1_000;

#[derive(Debug, Clone)]
struct List {
    ticket: Ticket,
    rows: Arc<[Arc<Entity>]>,
}

#[derive(Debug, Clone, Copy)]
struct Places;

impl Weighter<EntityFilter, List> for Places {
    fn weight(&self, _filter: &EntityFilter, list: &List) -> u64 {
        ((list.rows.len() + 1) * PLACE) as u64
    }
}

/// Lists by filter; only those of one kind.
#[derive(Debug)]
pub(crate) struct Lists {
    lists: quick_cache::sync::Cache<EntityFilter, List, Places>,
    kinds: Box<[Mutex<Slot>]>,
}

impl Lists {
    /// No lists, of at most `bytes`.
    pub(crate) fn new(bytes: u64) -> Self {
        let lists = usize::try_from(bytes / 8_000).unwrap_or(usize::MAX).clamp(16, 1 << 16);
        Self {
            lists: quick_cache::sync::Cache::with_weighter(lists, bytes, Places),
            kinds: Kind::ALL.iter().map(|_| Mutex::default()).collect(),
        }
    }

    /// The list, if it is here and nothing has changed since.
    pub(crate) fn get(&self, filter: &EntityFilter) -> Option<Arc<[Arc<Entity>]>> {
        let kind = filter.kind?;
        let list = self.lists.get(filter)?;
        self.slot(kind).admits(list.ticket).then_some(list.rows)
    }

    /// Keeps a list that SQL answered after the ticket was taken, unless a commit has touched its kind since.
    pub(crate) fn fill(&self, ticket: Ticket, filter: &EntityFilter, rows: &[Arc<Entity>]) {
        if let Some(kind) = filter.kind
            && self.slot(kind).admits(ticket)
        {
            self.lists.insert(filter.clone(), List { ticket, rows: rows.into() });
        }
    }

    /// Whether what SQL answered to the holder of this ticket about objects of these kinds is still so.
    pub(crate) fn admit(&self, kinds: &[Kind], ticket: Ticket) -> bool {
        kinds.iter().all(|kind| self.slot(*kind).admits(ticket))
    }

    /// All lists that would be answered now.
    pub(crate) fn remembered(&self) -> Vec<(EntityFilter, Arc<[Arc<Entity>]>)> {
        self.lists.iter().filter_map(|(filter, _)| self.get(&filter).map(|rows| (filter, rows))).collect()
    }

    /// A commit begins that changes objects of these kinds.
    pub(crate) fn begin(&self, epoch: u64, kinds: &BTreeSet<Kind>) {
        for kind in kinds {
            self.slot(*kind).begin(epoch);
        }
    }

    /// It has ended.
    pub(crate) fn end(&self, epoch: u64, kinds: &BTreeSet<Kind>) {
        for kind in kinds {
            self.slot(*kind).end(epoch);
        }
    }

    fn slot(&self, kind: Kind) -> MutexGuard<'_, Slot> {
        // `Kind` has no values of its own: its discriminants are the positions in `Kind::ALL`.
        self.kinds[kind as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
