//! The task engine. Invariant: it knows operations, tasks, blocking tasks and timers, and no family.
//!
//! [`Operation`] is what a family writes; [`Engine::submit`] makes a task of it, [`Engine::decide`] resumes, aborts or fails a blocked one,
//! [`Engine::catch_up`] fires what is due, [`Engine::drive`] does so as time passes.

mod announce;
mod busy;
mod driver;
mod engine;
mod faults;
mod hand;
mod lease;
mod made;
mod mishap;
mod operation;
mod pace;
mod registry;
mod responder;
mod service;
mod settle;

pub use engine::Engine;
pub use hand::{ByHand, Handled, Obstacle};
pub use lease::Expiry;
pub use made::MadeTask;
pub use operation::{By, ONE_PHASE, Operation, Phase, Prepare, Run, Subject};
pub use registry::{BoxFuture, ChangeFn, LeaseFn, Registry};
pub use service::{Report, ServiceTask};
pub use vcdsim_model::plan::Pace;
