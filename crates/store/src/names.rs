//! Which unique names may be stored. Invariant: a name that is not in here is not in the database either.
//!
//! Most names that are asked for are new ones. This spares asking SQL for them, at eight bytes a name; names that were given up stay in
//! and cost a question.

use crate::error::StoreError;
use crate::table::object;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Hashes of all names that are or were stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(HashSet<u64>);

impl Names {
    /// Reads the names that are stored.
    pub(crate) async fn load(db: &impl ConnectionTrait) -> Result<Self, StoreError> {
        let query = object::Entity::find().select_only().column(object::Column::NameKey).filter(object::Column::NameKey.is_not_null());
        let stored: Vec<String> = query.into_tuple().all(db).await?;
        Ok(Self(stored.iter().map(|name| hash(name)).collect()))
    }

    /// Whether the name may be stored.
    pub(crate) fn may_have(&self, name: &str) -> bool {
        self.0.contains(&hash(name))
    }

    /// Takes up names that are about to be stored.
    pub(crate) fn add<'a>(&mut self, names: impl Iterator<Item = &'a String>) {
        self.0.extend(names.map(|name| hash(name)));
    }
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
