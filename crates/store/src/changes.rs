//! What a command, or a batch of them, has changed and not yet committed. Invariant: the last change of a key is the one that counts.

use crate::blob::BlobCopy;
use crate::image::Restored;
use crate::row::Row;
use crate::table::{cursor::Cursor, hold::HeldRow, setting::SettingRow, timer::TimerRow};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::blocking::BlockingTask;
use vcdsim_model::entity::Entity;
use vcdsim_model::event::Event;
use vcdsim_model::family::session::Session;
use vcdsim_model::kind::Kind;
use vcdsim_model::metadata::Metadatum;
use vcdsim_model::task::Task;

/// The changes of one table, by key; `None` is a removal.
pub(crate) type Delta<R> = BTreeMap<<R as Row>::Key, Option<Put<R>>>;

/// A row that is added or replaced.
#[derive(Debug, Clone)]
pub(crate) struct Put<R> {
    /// The row.
    pub(crate) row: Arc<R>,
    /// The bytes of its texts, known once it was encoded.
    pub(crate) bytes: usize,
}

/// The changes of all tables.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    pub(crate) objects: Delta<Entity>,
    pub(crate) tasks: Delta<Task>,
    pub(crate) blocking: Delta<BlockingTask>,
    pub(crate) holds: Delta<HeldRow>,
    pub(crate) timers: Delta<TimerRow>,
    pub(crate) events: Delta<Event>,
    pub(crate) sessions: Delta<Session>,
    pub(crate) settings: Delta<SettingRow>,
    pub(crate) cursors: Delta<Cursor>,
    /// What the changed objects were as committed; `None` where there was none.
    pub(crate) before: BTreeMap<Uuid, Option<Arc<Entity>>>,
    pub(crate) metadata: Delta<Metadatum>,
    /// The kinds of the objects that were added, changed or removed.
    pub(crate) kinds: BTreeSet<Kind>,
    /// Which object last took a unique name; whether it still has it, the object says.
    pub(crate) names: BTreeMap<String, Uuid>,
    /// Objects that gave up a unique name, which another may have taken.
    pub(crate) vacated: BTreeSet<Uuid>,
    /// Files that are to be there too, in order.
    pub(crate) copies: Vec<BlobCopy>,
    /// Events up to and including this number are dropped.
    pub(crate) pruned: Option<i64>,
    /// Everything became as an image says.
    pub(crate) restored: Option<Restored>,
}

/// Does the same for each type of row: `each_row!(R => f::<R>())`.
macro_rules! each_row {
    ($row:ident => $do:expr) => {
        each_row!(@ $row => $do;
            vcdsim_model::entity::Entity, vcdsim_model::task::Task, vcdsim_model::blocking::BlockingTask, crate::table::hold::HeldRow,
            crate::table::timer::TimerRow, vcdsim_model::event::Event, vcdsim_model::family::session::Session,
            crate::table::setting::SettingRow, crate::table::cursor::Cursor, vcdsim_model::metadata::Metadatum)
    };
    (@ $row:ident => $do:expr; $($type:ty),*) => {{ $({ type $row = $type; $do; })* }};
}
pub(crate) use each_row;

impl Changes {
    /// Adds or replaces a row.
    pub(crate) fn put<R: Row>(&mut self, row: R) -> Arc<R> {
        let row = Arc::new(row);
        R::delta_mut(self).insert(row.key(), Some(Put { row: Arc::clone(&row), bytes: 0 }));
        row
    }

    /// Removes a row.
    pub(crate) fn remove<R: Row>(&mut self, key: R::Key) {
        R::delta_mut(self).insert(key, None);
    }

    /// Notes what an object is before its first change.
    pub(crate) fn note_before(&mut self, id: Uuid, object: Option<&Arc<Entity>>) {
        self.before.entry(id).or_insert_with(|| object.cloned());
    }

    /// What is known of a row: `None` nothing, `Some(None)` that it is gone.
    pub(crate) fn of<R: Row>(&self, key: &R::Key) -> Option<Option<&Arc<R>>> {
        R::delta(self).get(key).map(|put| put.as_ref().map(|put| &put.row))
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        each_row!(R => if !R::delta(self).is_empty() { return false });
        self.pruned.is_none() && self.restored.is_none()
    }

    /// The kinds of what was added, changed or removed, tasks among them.
    pub(crate) fn touched(&self) -> BTreeSet<Kind> {
        let tasks = (!self.tasks.is_empty()).then_some(Kind::Task);
        self.kinds.iter().copied().chain(tasks).collect()
    }

    /// The number of the last event that these changes leave, if they say.
    pub(crate) fn last_event(&self) -> Option<i64> {
        let last = self.events.iter().rev().find_map(|(seq, put)| put.as_ref().map(|_| *seq));
        last.or(self.restored.as_ref().map(|restored| restored.last_event))
    }

    /// Takes up later changes.
    pub(crate) fn merge(&mut self, later: &Self) {
        each_row!(R => R::delta_mut(self).append(&mut R::delta(later).clone()));
        self.names.extend(later.names.iter().map(|(name, id)| (name.clone(), *id)));
        self.kinds.extend(&later.kinds);
        for (id, before) in &later.before {
            self.note_before(*id, before.as_ref());
        }
        self.vacated.extend(&later.vacated);
        self.pruned = self.pruned.max(later.pruned);
        if later.restored.is_some() {
            // Nothing that was done before has a say in what is there now.
            self.copies.clear();
            self.pruned = later.pruned;
            self.restored.clone_from(&later.restored);
        }
        self.copies.extend(&later.copies);
    }
}
