//! The numbers of messages that are beyond the share of their lanes. Invariant: of one lane they are in order, and all of them come after
//! what stands in the lane; a lane that has none here has no entry.

use crate::window::Key;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use vcdsim_model::event::Event;

/// An event with unconfirmed messages.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// What it tells; only while a message about it stands in a lane.
    pub(crate) event: Option<Arc<Event>>,
    /// How many messages about it stand in lanes.
    pub(crate) lined_up: usize,
    /// How many messages about it are unconfirmed.
    pub(crate) left: usize,
}

/// What waits outside of the lanes.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    waiting: HashMap<Key, VecDeque<i64>>,
    /// The lanes that have room.
    called: BTreeSet<Key>,
}

impl Backlog {
    /// Whether anything of a lane waits here.
    pub(crate) fn has(&self, key: Key) -> bool {
        self.waiting.contains_key(&key)
    }

    /// The lanes of which something waits here.
    pub(crate) fn keys(&self) -> Vec<Key> {
        self.waiting.keys().copied().collect()
    }

    /// Takes in what comes after everything of its lane.
    pub(crate) fn push(&mut self, key: Key, seq: i64) {
        self.waiting.entry(key).or_default().push_back(seq);
    }

    /// Takes in what comes before everything of its lane that is here.
    pub(crate) fn put_back(&mut self, key: Key, seqs: Vec<i64>) {
        if seqs.is_empty() {
            return;
        }
        let waiting = self.waiting.entry(key).or_default();
        seqs.into_iter().rev().for_each(|seq| waiting.push_front(seq));
        self.called.remove(&key);
    }

    /// Says whether a lane has room.
    pub(crate) fn call(&mut self, key: Key, has_room: bool) {
        if has_room && self.has(key) {
            self.called.insert(key);
        } else {
            self.called.remove(&key);
        }
    }

    /// The next ones of lanes that have room: of each as many as it says, of all so many at most; each once, in order.
    pub(crate) fn wanted(&self, most: usize, room_of: impl Fn(&Key) -> usize) -> Vec<i64> {
        let next = self.called.iter().filter_map(|key| Some(self.waiting.get(key)?.iter().take(room_of(key))));
        let wanted: BTreeSet<i64> = next.flatten().copied().take(most).collect();
        wanted.into_iter().collect()
    }

    /// Gives out the message with this number if its lane has room and none before it here.
    pub(crate) fn take(&mut self, key: Key, seq: i64) -> bool {
        let Some(waiting) = self.waiting.get_mut(&key).filter(|_| self.called.contains(&key)) else { return false };
        let is_next = waiting.front() == Some(&seq);
        if is_next {
            waiting.pop_front();
        }
        if waiting.is_empty() {
            self.waiting.remove(&key);
            self.called.remove(&key);
        }
        is_next
    }

    /// Gives up everything up to and including event number `seq`.
    pub(crate) fn skip_to(&mut self, seq: i64) {
        self.waiting.values_mut().for_each(|waiting| waiting.retain(|each| *each > seq));
        self.waiting.retain(|_, waiting| !waiting.is_empty());
        self.called.retain(|key| self.waiting.contains_key(key));
    }
}
