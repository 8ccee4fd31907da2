//! What a database says that its store keeps in memory. Invariant: it is that of one database as it stands, and of each copy of it until
//! that is written to.

use crate::db;
use crate::error::StoreError;
use crate::home::DATABASE;
use crate::mirror::Mirrors;
use crate::names::Names;
use crate::store::last_event;
use crate::table::meta::Counters;
use sea_orm::ConnectionTrait;
use std::path::Path;

/// What opening a database reads from it. Whoever opens many copies of one reads it once.
#[derive(Debug, Clone)]
pub struct Known {
    pub(crate) counters: Counters,
    pub(crate) names: Names,
    pub(crate) mirrors: Mirrors,
    pub(crate) last_event: i64,
}

impl Known {
    /// Reads it from an image that a store of this process has written.
    ///
    /// # Errors
    /// What the database says, or which row cannot be read.
    pub async fn read(dir: &Path) -> Result<Self, StoreError> {
        let db = db::image(&dir.join(DATABASE)).await?;
        let read = Self::load(&db).await;
        db.close_by_ref().await?;
        read
    }

    pub(crate) async fn load(db: &impl ConnectionTrait) -> Result<Self, StoreError> {
        Ok(Self {
            counters: Counters::load(db).await?,
            names: Names::load(db).await?,
            mirrors: Mirrors::load(db).await?,
            last_event: last_event(db).await?,
        })
    }
}
