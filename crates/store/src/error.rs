//! What can go wrong with the database. Invariant: a client never sees more of it than that the fault is ours.

use std::path::PathBuf;
use vcdsim_model::Fault;

/// A failure of the store itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process uses the data directory.
    #[error("the data directory {path} is used by another process{}", pid.map_or_else(String::new, |pid| format!(" (pid {pid})")))]
    Locked {
        /// The directory.
        path: PathBuf,
        /// The process, as far as it has said.
        pid: Option<u32>,
    },
    /// A row cannot be read as what it should be.
    #[error("row {id} of table {table} cannot be read")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key.
        id: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database refused.
    #[error("the database failed")]
    Db(#[from] sea_orm::DbErr),
    /// A file or directory could not be used.
    #[error("cannot use {path}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The writer has ended.
    #[error("the store is closed")]
    Closed,
}

impl From<StoreError> for Fault {
    /// Logs the cause and keeps it from the client.
    fn from(error: StoreError) -> Self {
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        tracing::error!(%error, cause, "the store failed");
        Self::internal()
    }
}
