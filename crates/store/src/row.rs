//! What all tables share: how a value becomes a row and where it is kept besides. Invariant: `decode` undoes `encode`.

use crate::cache::Cache;
use crate::changes::{Changes, Delta};
use crate::error::StoreError;
use crate::mirror::{Mirror, Mirrors};
use sea_orm::{Condition, EntityTrait};
use std::error::Error;
use std::fmt::Debug;
use std::sync::Arc;
use uuid::Uuid;

/// The sea-orm model of a row.
pub(crate) type Model<R> = <<R as Row>::Orm as EntityTrait>::Model;
/// The sea-orm columns of a row's table.
pub(crate) type Column<R> = <<R as Row>::Orm as EntityTrait>::Column;

/// A value that has a row of its own.
pub(crate) trait Row: Clone + Debug + Send + Sync + 'static {
    /// What identifies it.
    type Key: Clone + Ord + Debug + Send + Sync + 'static;
    /// The order in which lists show it; no two rows are equal in it.
    type Order: Clone + Ord + Debug + Send + Sync + 'static;
    /// Its table.
    type Orm: EntityTrait;
    /// The table's name.
    const TABLE: &'static str;
    /// Whether a changed row is a new one in SQL, for which the old one must go.
    const REPLACED: bool = false;

    /// What identifies it.
    fn key(&self) -> Self::Key;
    /// Its place in lists.
    fn order(&self) -> Self::Order;
    /// The columns of [`Row::Order`].
    fn order_columns() -> Vec<Column<Self>>;
    /// The stored rows with one of these keys.
    fn at(keys: &[Self::Key], mirrors: &Mirrors) -> Condition;
    /// As a row.
    fn encode(&self) -> Result<Model<Self>, StoreError>;
    /// From a row.
    fn decode(model: Model<Self>) -> Result<Self, StoreError>;

    /// Its place in a set of changes.
    fn delta(changes: &Changes) -> &Delta<Self>;
    /// The same, to be changed.
    fn delta_mut(changes: &mut Changes) -> &mut Delta<Self>;

    /// The id under which the cache keeps it; `None` for tables that are not cached row by row.
    fn cache_id(_key: &Self::Key) -> Option<Uuid> {
        None
    }

    /// The bytes that its texts take.
    fn bytes(_model: &Model<Self>) -> usize {
        0
    }

    /// The cached value of exactly this row, which spares decoding it.
    fn cached(_model: &Model<Self>, _cache: &Cache) -> Option<Arc<Self>> {
        None
    }

    /// Whether a reader may have to let this happen first: timers that change what is read.
    fn is_awaited(&self) -> bool {
        false
    }

    /// The copy in memory of tables that are small and always wanted whole.
    fn mirror(_mirrors: &Mirrors) -> Option<&Mirror<Self>> {
        None
    }
}

/// A row that cannot be read.
pub(crate) fn corrupt<R: Row>(id: impl Debug, source: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::Corrupt { table: R::TABLE, id: format!("{id:?}"), source: source.into() }
}
