//! The store as others see it. Invariant: every change goes through the one writer.

use crate::blob::Blobs;
use crate::cache::Cache;
use crate::command::{Command, Job, Queued};
use crate::db;
use crate::error::StoreError;
use crate::home::Home;
use crate::known::Known;
use crate::migration;
use crate::options::{Durability, Options};
use crate::reader::Reader;
use crate::shared::Shared;
use crate::table::event;
use crate::timer::Timer;
use crate::writer::{BATCH, Writer};
use sea_orm::sqlx::sqlite::SqliteSynchronous;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, QuerySelect};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use vcdsim_model::Fault;
use vcdsim_model::clock::{Clock, IdGen, Time};

/// A shared handle of one database. When the last one goes without [`Store::close`], the writer still runs what is queued.
#[derive(Clone, Debug)]
pub struct Store(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    /// `None` once it is closed.
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// How much a store has to do, and keeps in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Commands that wait for the writer.
    pub waiting: u64,
    /// Rows in the cache.
    pub cached: u64,
    /// About how many bytes they take.
    pub cached_bytes: u64,
}

impl Store {
    /// Opens, locks and migrates the database, and takes up the stored position of reproducible ids. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has the directory; what the file system or the database says otherwise.
    pub async fn open(options: Options) -> Result<Self, StoreError> {
        let synchronous = match (&options.dir, options.durability) {
            (None, _) | (_, Durability::None) => SqliteSynchronous::Off,
            (Some(_), Durability::Normal) => SqliteSynchronous::Normal,
            (Some(_), Durability::Full) => SqliteSynchronous::Full,
        };
        let home = Home::open(options.dir.as_deref())?;
        let writer_db = db::writer(&home.database(), synchronous).await?;
        let known = match options.known {
            Some(known) => known,
            None => {
                migration::up(&writer_db).await?;
                Known::load(&writer_db).await?
            }
        };
        let Known { counters, names, mirrors, last_event } = known;
        if let (Some(_), Ok(position)) = (options.ids.position(), u64::try_from(counters.ids))
            && position > 0
        {
            options.ids.seek(position);
        }
        let shared = Arc::new(Shared {
            cache: Cache::new(options.cache_bytes),
            mirrors,
            blobs: Blobs::open(home.blobs(), &writer_db).await?,
            last_event: AtomicI64::new(last_event),
            decoded: AtomicU64::new(0),
            revisions: watch::Sender::new(0),
            reader_db: db::readers(&home.database()).await?,
            writer_db,
            clock: options.clock,
            ids: options.ids,
            database: home.database(),
            home: Mutex::new(Some(home)),
        });
        let (sender, queue) = mpsc::channel(8 * BATCH);
        let writer = Writer::new(Arc::clone(&shared), names, counters).start(queue);
        Ok(Self(Arc::new(Inner { shared, queue: Mutex::new(Some(sender)), writer: Mutex::new(Some(writer)) })))
    }

    /// Committed state.
    #[must_use]
    pub fn read(&self) -> Reader<'_> {
        Reader { shared: &self.0.shared, layers: None }
    }

    /// Queues a command and waits for its commit. Once queued it runs, whether or not anybody still waits.
    ///
    /// # Errors
    /// What the command refuses with; `INTERNAL_SERVER_ERROR` when it panics, cannot be written, or the store is closed.
    pub async fn write<C: Command>(&self, command: C) -> Result<C::Output, Fault> {
        let queue = locked(&self.0.queue).clone().ok_or(StoreError::Closed)?;
        let (reply, answer) = oneshot::channel();
        queue
            .send(Box::new(Queued { command, cause: crate::cause::current(), span: tracing::Span::current(), reply }))
            .await
            .map_err(|_closed| StoreError::Closed)?;
        drop(queue);
        answer.await.map_err(|_closed| StoreError::Closed)?
    }

    /// The directory that it is in, until it is closed.
    #[must_use]
    pub fn dir(&self) -> &std::path::Path {
        self.0.shared.database.parent().unwrap_or(&self.0.shared.database)
    }

    /// How much it has to do, and keeps in memory.
    #[must_use]
    pub fn load(&self) -> Load {
        let waiting = locked(&self.0.queue).as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity());
        let (cached, cached_bytes) = self.0.shared.cache.size();
        Load { waiting: waiting as u64, cached, cached_bytes }
    }

    /// The files of objects.
    #[must_use]
    pub fn blobs(&self) -> &Blobs {
        &self.0.shared.blobs
    }

    /// The clock's instant.
    #[must_use]
    pub fn now(&self) -> Time {
        self.clock().now()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.shared.clock
    }

    /// The source of ids.
    #[must_use]
    pub fn ids(&self) -> &Arc<dyn IdGen> {
        &self.0.shared.ids
    }

    /// When the earliest committed timer is due; answered from memory.
    #[must_use]
    pub fn next_due(&self) -> Option<Time> {
        self.0.shared.mirrors.timers.first().map(|(due, _)| due)
    }

    /// The first `limit` committed timers that are due now and change what somebody may be asking about; answered from memory. However many
    /// others are due, as when thousands of blocking tasks expire at once, these are found as fast.
    #[must_use]
    pub fn awaited(&self, limit: usize) -> Vec<Timer> {
        let rows = self.0.shared.mirrors.timers.awaited((self.now(), i64::MAX), limit);
        rows.into_iter().map(|row| row.timer).collect()
    }

    /// Grows with every commit that changed something.
    #[must_use]
    pub fn revisions(&self) -> watch::Receiver<u64> {
        self.0.shared.revisions.subscribe()
    }

    /// The number of the last committed event; 0 before the first.
    #[must_use]
    pub fn last_event(&self) -> i64 {
        self.0.shared.last_event.load(Ordering::Acquire)
    }

    /// How many rows were decoded for readers since it was opened: what reads have cost, for tests.
    #[must_use]
    pub fn decoded(&self) -> u64 {
        self.0.shared.decoded.load(Ordering::Relaxed)
    }

    /// Runs what is queued, then closes the database and gives up the directory. What other handles do later fails.
    ///
    /// # Errors
    /// What the database says.
    pub async fn close(self) -> Result<(), StoreError> {
        drop(locked(&self.0.queue).take());
        let writer = locked(&self.0.writer).take();
        if let Some(writer) = writer {
            // It ends when the last sender has gone; if it panicked, there is nothing left to run.
            let _panicked = writer.await.is_err();
        }
        let shared = &self.0.shared;
        shared.reader_db.close_by_ref().await?;
        shared.writer_db.close_by_ref().await?;
        drop(locked(&shared.home).take());
        Ok(())
    }
}

pub(crate) async fn last_event(db: &impl ConnectionTrait) -> Result<i64, StoreError> {
    let query = event::Entity::find().select_only().column(event::Column::Seq).order_by_desc(event::Column::Seq).limit(1);
    Ok(query.into_tuple::<i64>().one(db).await?.unwrap_or_default())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
