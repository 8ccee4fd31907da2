//! Decoded committed rows, bounded in bytes. Invariant: what is in it is what the last commit left, or what the commit under way leaves alone.
//!
//! Readers fill it from SQL while the writer commits, so a reader could put back a row that the commit has just replaced. Therefore a
//! reader takes a [`Ticket`] before it asks SQL, and its row is kept only if no commit has touched the row's slot since. While a commit
//! is under way its rows are in nobody's reach here: whoever wants one asks SQL, and so never sees an older state after a newer one.

use crate::answers::{Answers, Given};
use crate::carry::carried;
use crate::changes::{Changes, Delta};
use crate::lists::Lists;
use crate::page::PageOf;
use crate::row::Row;
use quick_cache::Weighter;
use std::any::{Any, TypeId};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;
use vcdsim_model::blocking::BlockingTask;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::session::Session;
use vcdsim_model::task::Task;

/// How many slots tell changed rows from others; rows that share one only cost each other a fill.
const SLOTS: usize = 1024;
/// What a row takes besides its texts, about.
const OVERHEAD: usize = 400;
/// How many tokens are remembered with their sessions at most.
const TOKENS: usize = 16_384;

type Id = (TypeId, Uuid);

#[derive(Debug, Clone)]
struct Kept {
    row: Arc<dyn Any + Send + Sync>,
    bytes: usize,
}

#[derive(Debug, Clone, Copy)]
struct Bytes;

impl Weighter<Id, Kept> for Bytes {
    fn weight(&self, _id: &Id, kept: &Kept) -> u64 {
        (kept.bytes + OVERHEAD) as u64
    }
}

/// What commits did to the rows of one slot.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// The epoch of the last change.
    changed: u64,
    /// How many of its rows the commit under way changes.
    pending: usize,
}

impl Slot {
    /// Whether what SQL answered to the holder of this ticket is still so.
    pub(crate) fn admits(&self, ticket: Ticket) -> bool {
        self.pending == 0 && self.changed <= ticket.0
    }

    /// A commit that changes one of the rows begins.
    pub(crate) fn begin(&mut self, epoch: u64) {
        self.changed = epoch;
        self.pending += 1;
    }

    /// It has ended.
    pub(crate) fn end(&mut self, epoch: u64) {
        self.changed = epoch;
        self.pending = self.pending.saturating_sub(1);
    }
}

/// The epoch in which a reader asked SQL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket(u64);

/// The cache.
#[derive(Debug)]
pub(crate) struct Cache {
    rows: quick_cache::sync::Cache<Id, Kept, Bytes>,
    /// Lists of objects.
    pub(crate) lists: Lists,
    /// Pages of objects.
    pub(crate) answers: Answers,
    /// The totals as the commit under way leaves them.
    carried: Mutex<Vec<(PageOf, u64)>>,
    slots: Box<[Mutex<Slot>]>,
    /// Moves on when a commit begins and when it ends.
    epoch: AtomicU64,
    /// Which session a token's hash led to: a hint, checked against the session.
    tokens: quick_cache::sync::Cache<String, Uuid>,
}

impl Cache {
    /// An empty cache of at most `bytes`.
    pub(crate) fn new(bytes: u64) -> Self {
        let (lists, answers) = (bytes / 4, bytes / 16);
        let items = usize::try_from(bytes / 1_500).unwrap_or(usize::MAX).clamp(16, 1 << 20);
        Self {
            rows: quick_cache::sync::Cache::with_weighter(items, bytes - lists - answers, Bytes),
            lists: Lists::new(lists),
            answers: Answers::new(answers),
            carried: Mutex::default(),
            slots: (0..SLOTS).map(|_| Mutex::default()).collect(),
            epoch: AtomicU64::new(0),
            tokens: quick_cache::sync::Cache::new(items.min(TOKENS)),
        }
    }

    /// How many rows are here, and about how many bytes they take.
    pub(crate) fn size(&self) -> (u64, u64) {
        (self.rows.len() as u64, self.rows.weight())
    }

    /// A row, if it is here.
    pub(crate) fn get<R: Row>(&self, id: Uuid) -> Option<Arc<R>> {
        self.rows.get(&(TypeId::of::<R>(), id)).and_then(|kept| kept.row.downcast().ok())
    }

    /// What a reader takes before it asks SQL.
    pub(crate) fn ticket(&self) -> Ticket {
        Ticket(self.epoch.load(Ordering::SeqCst))
    }

    /// Keeps a row that SQL answered after the ticket was taken, unless a commit has touched it since.
    pub(crate) fn fill<R: Row>(&self, ticket: Ticket, id: Uuid, row: &Arc<R>, bytes: usize) {
        let slot = self.slot(id);
        if slot.admits(ticket) {
            self.rows.insert((TypeId::of::<R>(), id), Kept { row: Arc::<R>::clone(row), bytes });
        }
    }

    /// Before a commit: takes the rows that it changes out of reach.
    pub(crate) fn begin(&self, changes: &Changes) {
        *self.carried.lock().unwrap_or_else(PoisonError::into_inner) = carried(self, changes);
        let epoch = self.epoch.fetch_add(1, Ordering::SeqCst) + 1;
        self.lists.begin(epoch, &changes.touched());
        self.begin_table::<Entity>(epoch, &changes.objects);
        self.begin_table::<Task>(epoch, &changes.tasks);
        self.begin_table::<BlockingTask>(epoch, &changes.blocking);
        self.begin_table::<Session>(epoch, &changes.sessions);
    }

    /// After it: puts the rows back, as committed, or leaves them to SQL when it failed.
    pub(crate) fn end(&self, changes: &Changes, committed: bool) {
        let epoch = self.epoch.fetch_add(1, Ordering::SeqCst) + 1;
        self.end_table::<Entity>(epoch, &changes.objects, committed);
        self.end_table::<Task>(epoch, &changes.tasks, committed);
        self.end_table::<BlockingTask>(epoch, &changes.blocking, committed);
        self.end_table::<Session>(epoch, &changes.sessions, committed);
        self.lists.end(epoch, &changes.touched());
        let carried = std::mem::take(&mut *self.carried.lock().unwrap_or_else(PoisonError::into_inner));
        for (of, total) in carried.into_iter().filter(|_| committed) {
            self.answers.totals.insert(of, Given { ticket: Ticket(epoch), answer: total });
        }
    }

    fn begin_table<R: Row<Key = Uuid>>(&self, epoch: u64, delta: &Delta<R>) {
        for id in delta.keys() {
            // Held until the row has gone, so that nobody puts it back in between.
            let mut slot = self.slot(*id);
            slot.begin(epoch);
            self.rows.remove(&(TypeId::of::<R>(), *id));
        }
    }

    fn end_table<R: Row<Key = Uuid>>(&self, epoch: u64, delta: &Delta<R>, committed: bool) {
        for (id, put) in delta {
            let mut slot = self.slot(*id);
            slot.end(epoch);
            if let (Some(put), true) = (put, committed) {
                self.rows.insert((TypeId::of::<R>(), *id), Kept { row: Arc::<R>::clone(&put.row), bytes: put.bytes });
            }
        }
    }

    /// The session that a token's hash led to before.
    pub(crate) fn token(&self, hash: &str) -> Option<Uuid> {
        self.tokens.get(hash)
    }

    /// Remembers where a token's hash led to.
    pub(crate) fn note_token(&self, hash: &str, session: Uuid) {
        self.tokens.insert(hash.to_owned(), session);
    }

    /// Which rows of a table are here.
    pub(crate) fn ids<R: Row>(&self) -> BTreeSet<Uuid> {
        self.rows.iter().filter(|((table, _), _)| *table == TypeId::of::<R>()).map(|((_, id), _)| id).collect()
    }

    fn slot(&self, id: Uuid) -> MutexGuard<'_, Slot> {
        let (high, low) = id.as_u64_pair();
        let index = usize::try_from((high ^ low) % SLOTS as u64).unwrap_or_default();
        self.slots[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
