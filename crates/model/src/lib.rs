//! The platform as pure data. Invariant: nothing here does input or output, reads a clock, or draws a random id.
//!
//! Start with [`kind`] (what there is), [`entity`] (what is kept of it), [`task`] (how operations end) and [`action`] (who may do what).

pub mod action;
pub mod blank;
pub mod blocking;
pub mod caller;
pub mod clock;
pub mod entity;
pub mod event;
pub mod family;
pub mod fate;
pub mod fault;
pub mod glob;
pub mod hardware;
pub mod id;
pub mod kind;
pub mod lease;
pub mod manifest;
pub mod media;
pub mod mention;
pub mod metadata;
pub mod mishap;
pub mod operation;
pub mod plan;
pub mod power;
pub mod product;
pub mod right;
pub mod sharing;
pub mod snapshot;
pub mod task;
pub mod timer;
pub mod topic;
pub mod transfer;
pub mod version;

pub use fault::{Fault, FaultCode};

#[cfg(test)]
mod hostile;
