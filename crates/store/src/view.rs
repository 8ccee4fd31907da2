//! How any row is found: the command's own changes, then those of its batch, then memory, then SQL. Invariant: a change shadows all that lies below it.

use crate::cache::Ticket;
use crate::changes::{Changes, Put};
use crate::error::StoreError;
use crate::filter::EntityFilter;
use crate::reader::Reader;
use crate::row::{Model, Row};
use sea_orm::{Condition, DatabaseConnection, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vcdsim_model::clock::Time;
use vcdsim_model::entity::Entity;

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

/// Uncommitted changes: what became of rows, by key.
pub(crate) type Overlay<'a, R> = BTreeMap<&'a <R as Row>::Key, Option<&'a Arc<R>>>;

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
    pub(crate) fn overlay<R: Row>(&self) -> Overlay<'a, R> {
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
        // As many rows may turn out to be shadowed as there are changes.
        let limit = wanted.limit.map(|limit| limit.saturating_add(overlay.len() as u64));
        let rows = self.stored(wanted.condition, limit, wanted.newest).await?;
        Ok(cut(merged(rows, &overlay, wanted.keep), wanted.limit, wanted.newest))
    }

    /// A list of objects; the committed part of it may be remembered.
    pub(crate) async fn objects(&self, filter: &EntityFilter) -> Result<Vec<Arc<Entity>>, StoreError> {
        let rows = match self.shared.cache.lists.get(filter) {
            Some(rows) => rows.to_vec(),
            None => {
                let ticket = self.shared.cache.ticket();
                let rows = self.stored(filter.condition(), None, false).await?;
                self.shared.cache.lists.fill(ticket, filter, &rows);
                rows
            }
        };
        Ok(merged(rows, &self.overlay(), &|entity: &Entity| filter.keeps(entity)))
    }

    /// What SQL answers, in the order of the rows.
    async fn stored<R: Row>(&self, condition: Condition, limit: Option<u64>, newest: bool) -> Result<Vec<Arc<R>>, StoreError> {
        let ticket = self.shared.cache.ticket();
        let direction = if newest { Order::Desc } else { Order::Asc };
        let mut query = R::Orm::find().filter(condition);
        for column in R::order_columns() {
            query = query.order_by(column, direction.clone());
        }
        if let Some(limit) = limit {
            query = query.limit(limit.min(i64::MAX as u64));
        }
        let models = query.all(self.db()).await?;
        let mut rows = models.into_iter().map(|model| self.decoded(model, ticket)).collect::<Result<Vec<_>, _>>()?;
        if newest {
            rows.reverse();
        }
        Ok(rows)
    }

    /// The value of a row that SQL answered; kept in the cache where that is allowed.
    pub(crate) fn decoded<R: Row>(&self, model: Model<R>, ticket: Ticket) -> Result<Arc<R>, StoreError> {
        let cache = &self.shared.cache;
        if let Some(known) = R::cached(&model, cache) {
            return Ok(known);
        }
        let bytes = R::bytes(&model);
        let row = Arc::new(R::decode(model)?);
        self.shared.decoded.fetch_add(1, Ordering::Relaxed);
        if let Some(id) = R::cache_id(&row.key()) {
            cache.fill(ticket, id, &row, bytes);
        }
        Ok(row)
    }
}

/// Committed rows with the uncommitted changes applied.
fn merged<R: Row>(mut rows: Vec<Arc<R>>, overlay: &Overlay<'_, R>, keep: &(dyn Fn(&R) -> bool + Sync)) -> Vec<Arc<R>> {
    if !overlay.is_empty() {
        rows.retain(|row| !overlay.contains_key(&row.key()));
        rows.extend(overlay.values().flatten().filter(|row| keep(row)).copied().cloned());
        rows.sort_by_cached_key(|row| row.order());
    }
    rows
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
