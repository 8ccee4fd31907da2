//! How a store is opened. Invariant: the options are values; opening is what acts on them.

use crate::known::Known;
use std::path::PathBuf;
use std::sync::Arc;
use vcdsim_model::clock::{Clock, IdGen};

/// What survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Nothing needs to survive.
    None,
    /// Commits survive the end of the process, however it ends.
    #[default]
    Normal,
    /// Commits survive the loss of power too.
    Full,
}

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data directory, made if it is absent. `None` is a private temporary directory, removed when the store goes.
    pub dir: Option<PathBuf>,
    /// What survives; in a temporary directory nothing does.
    pub durability: Durability,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn IdGen>,
    /// How much the cache of committed rows may hold, in bytes.
    pub cache_bytes: u64,
    /// What is known of the database in the directory, when it is a fresh copy of one that this process has saved.
    pub known: Option<Known>,
}
