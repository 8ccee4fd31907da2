//! The tables: per file the sea-orm entity of one and how its rows become values. Invariant: columns repeat nothing that they do not search.

pub(crate) mod blocking;
pub(crate) mod cursor;
pub(crate) mod event;
pub(crate) mod hold;
pub(crate) mod meta;
pub(crate) mod metadata;
pub(crate) mod object;
pub(crate) mod session;
pub(crate) mod setting;
pub(crate) mod task;
pub(crate) mod timer;
