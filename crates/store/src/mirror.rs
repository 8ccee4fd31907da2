//! Small tables that are always wanted whole, kept in memory as committed. Invariant: a mirror changes only after a commit, and then as the commit did.

use crate::changes::Delta;
use crate::error::StoreError;
use crate::row::Row;
use crate::table::{cursor::Cursor, hold::HeldRow, setting::SettingRow, timer::TimerRow};
use sea_orm::{ConnectionTrait, EntityTrait};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// The mirrored tables.
#[derive(Debug, Clone)]
pub(crate) struct Mirrors {
    pub(crate) timers: Mirror<TimerRow>,
    pub(crate) holds: Mirror<HeldRow>,
    pub(crate) settings: Mirror<SettingRow>,
    pub(crate) cursors: Mirror<Cursor>,
}

impl Mirrors {
    /// Reads the tables.
    pub(crate) async fn load(db: &impl ConnectionTrait) -> Result<Self, StoreError> {
        Ok(Self {
            timers: Mirror::load(db).await?,
            holds: Mirror::load(db).await?,
            settings: Mirror::load(db).await?,
            cursors: Mirror::load(db).await?,
        })
    }
}

/// One table: its rows by key, and the keys in the order of lists.
#[derive(Debug)]
pub(crate) struct Mirror<R: Row>(RwLock<Content<R>>);

#[derive(Debug, Clone)]
struct Content<R: Row> {
    rows: BTreeMap<R::Key, Arc<R>>,
    ordered: BTreeMap<R::Order, R::Key>,
    /// Those that somebody may be waiting for.
    awaited: BTreeMap<R::Order, R::Key>,
}

impl<R: Row> Clone for Mirror<R> {
    fn clone(&self) -> Self {
        Self(RwLock::new(self.content().clone()))
    }
}

impl<R: Row> Content<R> {
    fn set(&mut self, key: &R::Key, row: Option<&Arc<R>>) {
        if let Some(old) = self.rows.remove(key) {
            for places in [&mut self.ordered, &mut self.awaited] {
                // Where a state is brought back, one that comes may have the place of one that goes already.
                if places.get(&old.order()) == Some(key) {
                    places.remove(&old.order());
                }
            }
        }
        if let Some(row) = row {
            self.ordered.insert(row.order(), key.clone());
            if row.is_awaited() {
                self.awaited.insert(row.order(), key.clone());
            }
            self.rows.insert(key.clone(), Arc::clone(row));
        }
    }
}

impl<R: Row> Mirror<R> {
    async fn load(db: &impl ConnectionTrait) -> Result<Self, StoreError> {
        let mut content = Content { rows: BTreeMap::new(), ordered: BTreeMap::new(), awaited: BTreeMap::new() };
        for model in R::Orm::find().all(db).await? {
            let row = Arc::new(R::decode(model)?);
            content.set(&row.key(), Some(&row));
        }
        Ok(Self(RwLock::new(content)))
    }

    fn content(&self) -> RwLockReadGuard<'_, Content<R>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The row with this key.
    pub(crate) fn get(&self, key: &R::Key) -> Option<Arc<R>> {
        self.content().rows.get(key).cloned()
    }

    /// The rows with one of these keys.
    pub(crate) fn many(&self, keys: &[R::Key]) -> Vec<Arc<R>> {
        let content = self.content();
        keys.iter().filter_map(|key| content.rows.get(key).cloned()).collect()
    }

    /// The rows with keys in a range, by key.
    pub(crate) fn range(&self, keys: RangeInclusive<R::Key>) -> Vec<Arc<R>> {
        self.content().rows.range(keys).map(|(_, row)| Arc::clone(row)).collect()
    }

    /// All rows, in the order of lists.
    pub(crate) fn all(&self) -> Vec<Arc<R>> {
        let content = self.content();
        content.ordered.values().filter_map(|key| content.rows.get(key)).cloned().collect()
    }

    /// The first place in the order of lists.
    pub(crate) fn first(&self) -> Option<R::Order> {
        self.content().ordered.first_key_value().map(|(order, _)| order.clone())
    }

    /// The rows that somebody may be waiting for, up to a place in the order of lists, but at most `limit`.
    pub(crate) fn awaited(&self, last: R::Order, limit: usize) -> Vec<Arc<R>> {
        let content = self.content();
        content.awaited.range(..=last).take(limit).filter_map(|(_, key)| content.rows.get(key)).cloned().collect()
    }

    /// At most `limit` rows up to a place in the order of lists, but none of which the key is to be skipped.
    pub(crate) fn up_to(&self, last: R::Order, limit: usize, skip: impl Fn(&R::Key) -> bool) -> Vec<Arc<R>> {
        let content = self.content();
        let keys = content.ordered.range(..=last).map(|(_, key)| key).filter(|key| !skip(key));
        keys.filter_map(|key| content.rows.get(key)).take(limit).cloned().collect()
    }

    /// Whether there is a row with this key.
    pub(crate) fn contains(&self, key: &R::Key) -> bool {
        self.content().rows.contains_key(key)
    }

    /// Takes up what was committed.
    pub(crate) fn apply(&self, delta: &Delta<R>) {
        let mut content = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (key, put) in delta {
            content.set(key, put.as_ref().map(|put| &put.row));
        }
    }
}
