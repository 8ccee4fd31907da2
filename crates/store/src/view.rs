//! How any row is found: the command's own changes, then those of its batch, then memory, then SQL. Invariant: a change shadows all that lies below it.

use crate::cache::Ticket;
use crate::changes::{Changes, Put};
use crate::error::StoreError;
use crate::reader::Reader;
use crate::row::{Model, Row};
use sea_orm::{Condition, DatabaseConnection, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vcdsim_model::clock::Time;

/// What a command sees above the committed state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layers<'a> {
    /// Its own changes.
    pub(crate) own: &'a Changes,
    /// Those of the commands before it in the batch, which are not committed yet.
    pub(crate) batch: &'a Changes,
    /// Set once the command has looked at a change of its batch.
    pub(crate) saw_batch: &'a AtomicBool,
    /// When the command began.
    pub(crate) now: Time,
}

/// Which rows of a table a list wants.
pub(crate) struct Wanted<'a, R: Row> {
    /// In SQL.
    pub(crate) condition: Condition,
    /// In memory: the same.
    pub(crate) keep: &'a (dyn Fn(&R) -> bool + Sync),
    /// At most so many.
    pub(crate) limit: Option<u64>,
    /// The last ones instead of the first.
    pub(crate) newest: bool,
}

impl<'a> Reader<'a> {
    /// Where SQL is asked: a command asks on the writer's connection, so that it never waits for readers.
    pub(crate) fn db(&self) -> &'a DatabaseConnection {
        if self.layers.is_some() { &self.shared.writer_db } else { &self.shared.reader_db }
    }

    /// The uncommitted change of a row: `None` when there is none, `Some(None)` when the row is gone.
    pub(crate) fn changed<R: Row>(&self, key: &R::Key) -> Option<Option<&'a Arc<R>>> {
        let layers = self.layers?;
        layers.own.of::<R>(key).or_else(|| {
            let change = layers.batch.of::<R>(key)?;
            layers.saw_batch.store(true, Ordering::Relaxed);
            Some(change)
        })
    }

    /// All uncommitted changes of a table.
    pub(crate) fn overlay<R: Row>(&self) -> BTreeMap<&'a R::Key, Option<&'a Arc<R>>> {
        let Some(layers) = self.layers else { return BTreeMap::new() };
        let batch = R::delta(layers.batch);
        if !batch.is_empty() {
            layers.saw_batch.store(true, Ordering::Relaxed);
        }
        batch.iter().chain(R::delta(layers.own)).map(|(key, put)| (key, put.as_ref().map(|Put { row, .. }| row))).collect()
    }

    /// One row.
    pub(crate) async fn fetch<R: Row>(&self, key: &R::Key) -> Result<Option<Arc<R>>, StoreError> {
        if let Some(change) = self.changed::<R>(key) {
            return Ok(change.cloned());
        }
        if let Some(mirror) = R::mirror(&self.shared.mirrors) {
            return Ok(mirror.get(key));
        }
        if let Some(row) = R::cache_id(key).and_then(|id| self.shared.cache.get::<R>(id)) {
            return Ok(Some(row));
        }
        let ticket = self.shared.cache.ticket();
        let found = R::Orm::find().filter(R::at(std::slice::from_ref(key), &self.shared.mirrors)).one(self.db()).await?;
        found.map(|model| self.decoded(model, ticket)).transpose()
    }

    /// A list in the order of its rows.
    pub(crate) async fn select<R: Row>(&self, wanted: Wanted<'_, R>) -> Result<Vec<Arc<R>>, StoreError> {
        let overlay = self.overlay::<R>();
        let ticket = self.shared.cache.ticket();
        let direction = if wanted.newest { Order::Desc } else { Order::Asc };
        let mut query = R::Orm::find().filter(wanted.condition);
        for column in R::order_columns() {
            query = query.order_by(column, direction.clone());
        }
        if let Some(limit) = wanted.limit {
            // As many rows may turn out to be shadowed as there are changes.
            query = query.limit(limit.saturating_add(overlay.len() as u64).min(i64::MAX as u64));
        }
        let mut rows = Vec::new();
        for model in query.all(self.db()).await? {
            let row = self.decoded::<R>(model, ticket)?;
            if !overlay.contains_key(&row.key()) {
                rows.push(row);
            }
        }
        if wanted.newest {
            rows.reverse();
        }
        if !overlay.is_empty() {
            rows.extend(overlay.into_values().flatten().filter(|row| (wanted.keep)(row)).cloned());
            rows.sort_by_cached_key(|row| row.order());
        }
        Ok(cut(rows, wanted.limit, wanted.newest))
    }

    /// The value of a row that SQL answered; kept in the cache where that is allowed.
    fn decoded<R: Row>(&self, model: Model<R>, ticket: Ticket) -> Result<Arc<R>, StoreError> {
        let cache = &self.shared.cache;
        if let Some(known) = R::cached(&model, cache) {
            return Ok(known);
        }
        let bytes = R::bytes(&model);
        let row = Arc::new(R::decode(model)?);
        if let Some(id) = R::cache_id(&row.key()) {
            cache.fill(ticket, id, &row, bytes);
        }
        Ok(row)
    }
}

/// The first or the last `limit` of a list.
fn cut<T>(mut list: Vec<T>, limit: Option<u64>, newest: bool) -> Vec<T> {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    if newest {
        list.drain(..list.len().saturating_sub(limit));
    } else {
        list.truncate(limit);
    }
    list
}
