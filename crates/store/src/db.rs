//! Connections. Invariant: one connection writes; the others cannot.

use crate::error::StoreError;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use std::path::Path;
use std::time::Duration;

/// How many readers ask at once.
const READERS: u32 = 4;
/// How many statements a connection keeps prepared; the writer's differ by how many rows they write.
const STATEMENTS: usize = 500;
/// Pages that the writer keeps, as SQLite counts them: a negative number of KiB. Ids are random, so any page may be the next.
const WRITER_CACHE: &str = "-16384";
/// After how many pages of its log SQLite moves them to the database: fewer moves, each page once.
const CHECKPOINT: &str = "4000";

/// The writer's connection; makes the file.
pub(crate) async fn writer(file: &Path, synchronous: SqliteSynchronous) -> Result<DatabaseConnection, StoreError> {
    connect(file, 1, false, move |options| {
        let options = options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal).synchronous(synchronous);
        options.pragma("cache_size", WRITER_CACHE).pragma("wal_autocheckpoint", CHECKPOINT)
    })
    .await
}

/// The readers' connections, made as they are needed.
pub(crate) async fn readers(file: &Path) -> Result<DatabaseConnection, StoreError> {
    connect(file, READERS, true, |options| options.pragma("query_only", "1")).await
}

/// A connection to a database that stands still, or beside one that does not.
pub(crate) async fn image(file: &Path) -> Result<DatabaseConnection, StoreError> {
    connect(file, 1, true, |options| options).await
}

/// Turns a copy that SQLite has written into a file that a writer has nothing more to do to: turning it waits for the disk.
pub(crate) async fn prepare(file: &Path) -> Result<(), StoreError> {
    let db = connect(file, 1, false, |options| options.journal_mode(SqliteJournalMode::Wal)).await?;
    Ok(db.close_by_ref().await?)
}

async fn connect(
    file: &Path,
    connections: u32,
    lazy: bool,
    settings: impl Fn(SqliteConnectOptions) -> SqliteConnectOptions + Send + Sync + 'static,
) -> Result<DatabaseConnection, StoreError> {
    let file = file.to_owned();
    // The path goes in as a path: in a URL its special characters would mean something.
    let mut options = ConnectOptions::new("sqlite:");
    options
        .max_connections(connections)
        .connect_lazy(lazy)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options.filename(&file).in_memory(false).foreign_keys(false);
            settings(options.statement_cache_capacity(STATEMENTS).pragma("temp_store", "memory"))
        });
    Ok(Database::connect(options).await?)
}
