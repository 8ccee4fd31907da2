//! Rows that were computed before, bounded in bytes. Invariant: a row is used again only while every object it was computed from still
//! stands at the revision that it had then, so nothing has to be told when something changes.

use super::record::{QueryType, Source, World};
use super::run::Row;
use super::value::Value;
use quick_cache::Weighter;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::Entity;
use vcdsim_model::version::ApiVersion;
use vcdsim_store::Reader;

/// How much the rows may take.
const MOST_BYTES: u64 = 8 << 20;
/// What a row takes besides its values and texts, about; most of it is what is drawn of it.
const OVERHEAD: usize = 1_200;
/// About what a row takes: how many there may be follows from it.
const USUAL: u64 = 3_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    query_type: &'static str,
    subject: Uuid,
    version: ApiVersion,
}

#[derive(Debug, Clone)]
struct Kept {
    row: Arc<Row>,
    revision: i64,
    sources: Arc<[Source]>,
}

#[derive(Debug, Clone, Copy)]
struct Bytes;

impl Weighter<Key, Kept> for Bytes {
    fn weight(&self, _key: &Key, kept: &Kept) -> u64 {
        let text = |(_, value): &(&str, Value)| match value {
            Value::Text(text) => text.len() + 16,
            _ => 0,
        };
        let texts: usize = kept.row.values.iter().map(text).sum();
        let fixed = size_of_val(&*kept.row.values) + size_of_val(&*kept.sources) + OVERHEAD;
        (texts + fixed) as u64
    }
}

/// The rows of objects, with all attributes that their version has.
#[derive(Debug)]
pub struct KeptRows(quick_cache::sync::Cache<Key, Kept, Bytes>);

impl Default for KeptRows {
    fn default() -> Self {
        let items = usize::try_from(MOST_BYTES / USUAL).unwrap_or(usize::MAX);
        Self(quick_cache::sync::Cache::with_weighter(items, MOST_BYTES, Bytes))
    }
}

impl KeptRows {
    /// The row of an object, if it is here and nothing that it was computed from has changed.
    pub(super) async fn find(
        &self,
        reader: &Reader<'_>,
        world: &mut World,
        (query_type, version): (&'static QueryType, ApiVersion),
        entity: &Entity,
    ) -> Result<Option<Arc<Row>>, Fault> {
        let key = Key { query_type: query_type.name, subject: entity.head.id, version };
        let Some(kept) = self.0.get(&key).filter(|kept| kept.revision == entity.head.rev) else { return Ok(None) };
        for (urn, revision) in &*kept.sources {
            if !world.knows(*urn) {
                world.put_entity(*urn, reader.entity(*urn).await?);
            }
            if world.revision(*urn) != *revision {
                return Ok(None);
            }
        }
        Ok(Some(kept.row))
    }

    /// Keeps the row of an object that was computed from these others.
    pub(super) fn keep(
        &self,
        (query_type, version): (&'static QueryType, ApiVersion),
        entity: &Entity,
        row: &Arc<Row>,
        sources: Vec<Source>,
    ) {
        let key = Key { query_type: query_type.name, subject: entity.head.id, version };
        self.0.insert(key, Kept { row: Arc::clone(row), revision: entity.head.rev, sources: sources.into() });
    }
}
