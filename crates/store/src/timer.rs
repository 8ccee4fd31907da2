//! What is due and what is held. Invariant: a timer exists at most once per kind and subject.

use uuid::Uuid;
use vcdsim_model::clock::Time;
use vcdsim_model::entity::Status;
use vcdsim_model::id::Urn;
pub use vcdsim_model::timer::TimerKind;

/// Something that is due at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// What it is for.
    pub kind: TimerKind,
    /// What it is about.
    pub subject: Uuid,
    /// When.
    pub due: Time,
}

/// How a task holds an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldKind {
    /// The task made it.
    Created,
    /// The task locked it.
    Locked {
        /// Its status before.
        was: Status,
    },
}

/// A task's grip on one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Who holds.
    pub task: Uuid,
    /// What is held.
    pub entity: Urn,
    /// How.
    pub what: HoldKind,
}
