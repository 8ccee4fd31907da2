//! What readers and the writer share. Invariant: all of it shows committed state, and only the writer changes it.

use crate::blob::Blobs;
use crate::cache::Cache;
use crate::home::Home;
use crate::mirror::Mirrors;
use sea_orm::DatabaseConnection;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;
use vcdsim_model::clock::{Clock, IdGen};

/// The parts of an open database.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdGen>,
    /// One connection, for the writer alone.
    pub(crate) writer_db: DatabaseConnection,
    /// A few, for everybody else.
    pub(crate) reader_db: DatabaseConnection,
    pub(crate) cache: Cache,
    pub(crate) mirrors: Mirrors,
    pub(crate) blobs: Blobs,
    /// The number of the last committed event.
    pub(crate) last_event: AtomicI64,
    /// How many rows were decoded for readers.
    pub(crate) decoded: AtomicU64,
    /// Counts the commits that changed something.
    pub(crate) revisions: watch::Sender<u64>,
    /// The database file.
    pub(crate) database: PathBuf,
    /// The directory and its lock; last, so that it goes after the connections.
    pub(crate) home: Mutex<Option<Home>>,
}
