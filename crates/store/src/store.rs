//! The store as others see it. Invariant: every change goes through the one writer.

use crate::command::Command;
use crate::error::StoreError;
use crate::options::Options;
use crate::reader::Reader;
use std::sync::Arc;
use tokio::sync::watch;
use vcdsim_model::Fault;
use vcdsim_model::clock::{Clock, IdGen, Time};

/// A shared handle of one database.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) options: Options,
    pub(crate) revisions: watch::Sender<u64>,
}

impl Store {
    /// Opens, locks and migrates the database, and takes up the stored position of reproducible ids.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has the directory; what the file system or the database says otherwise.
    pub async fn open(options: Options) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Inner { options, revisions: watch::Sender::new(0) })))
    }

    /// Committed state. Each call on it sees the newest commit.
    #[must_use]
    pub fn read(&self) -> Reader<'_> {
        Reader { inner: &self.0 }
    }

    /// Queues a command and waits for its commit. Once queued it runs, whether or not anybody still waits.
    ///
    /// # Errors
    /// What the command refuses with; `INTERNAL_SERVER_ERROR` when it panics, cannot be written, or the store is closed.
    pub async fn write<C: Command>(&self, _command: C) -> Result<C::Output, Fault> {
        Err(StoreError::Closed.into())
    }

    /// The clock's instant.
    #[must_use]
    pub fn now(&self) -> Time {
        self.clock().now()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.options.clock
    }

    /// The source of ids.
    #[must_use]
    pub fn ids(&self) -> &Arc<dyn IdGen> {
        &self.0.options.ids
    }

    /// When the earliest committed timer is due; answered from memory.
    #[must_use]
    pub fn next_due(&self) -> Option<Time> {
        None
    }

    /// Grows with every commit that changed something.
    #[must_use]
    pub fn revisions(&self) -> watch::Receiver<u64> {
        self.0.revisions.subscribe()
    }

    /// The number of the last committed event; 0 before the first.
    #[must_use]
    pub fn last_event(&self) -> i64 {
        0
    }

    /// Runs what is queued, then closes the database. Later writes through other handles fail.
    ///
    /// # Errors
    /// What the database says.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(())
    }
}
