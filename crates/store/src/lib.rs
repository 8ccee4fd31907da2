//! Everything that is remembered, in one database with one writer. Invariant: what a command did is seen by others only after its commit.
//!
//! Start with [`Store`]: [`Store::read`] gives a [`Reader`] of committed state, [`Store::write`] queues a [`Command`], which works on a [`Tx`].

mod answers;
mod blob;
mod cache;
mod carry;
mod cause;
mod changes;
mod clause;
mod command;
mod db;
mod dump;
mod error;
mod fate;
mod filter;
mod flush;
mod home;
mod ids;
mod image;
mod known;
mod lists;
mod migration;
mod mirror;
mod names;
mod options;
mod page;
mod paging;
mod reader;
mod row;
mod shared;
mod store;
#[expect(unreachable_pub, reason = "what the sea-orm derives write is public")]
mod table;
#[cfg(test)]
mod tests;
mod timer;
mod tx;
mod view;
mod writer;

pub use blob::{Blob, Blobs};
pub use cause::on_behalf_of;
pub use clause::{Clause, Naming, Reference, Than, like};
pub use command::Command;
pub use dump::Dump;
pub use error::StoreError;
pub use filter::{EntityFilter, TaskFilter, TaskPageOf};
pub use ids::{RandomIds, SeededIds};
pub use image::Image;
pub use known::Known;
pub use options::{Durability, Options};
pub use page::{By, Page, PageOf};
pub use reader::Reader;
pub use store::{Load, Store};
pub use timer::{Hold, HoldKind, Timer, TimerKind};
pub use tx::Tx;
