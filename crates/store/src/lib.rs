//! Everything that is remembered, in one database with one writer. Invariant: what a command did is seen by others only after its commit.
//!
//! Start with [`Store`]: [`Store::read`] gives a [`Reader`] of committed state, [`Store::write`] queues a [`Command`], which works on a [`Tx`].

mod command;
mod error;
mod filter;
mod ids;
mod options;
mod reader;
mod store;
mod timer;
mod tx;

pub use command::Command;
pub use error::StoreError;
pub use filter::{EntityFilter, TaskFilter};
pub use ids::{RandomIds, SeededIds};
pub use options::{Durability, Options};
pub use reader::Reader;
pub use store::Store;
pub use timer::{Hold, HoldKind, Timer, TimerKind};
pub use tx::Tx;
