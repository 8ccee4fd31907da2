//! Blocking tasks. Invariant: a blocking task exists exactly as long as its task is `preRunning`; decided ones leave no row.

use crate::clock::Time;
use crate::id::Urn;
use crate::kind::Kind;
use crate::operation::Operation;
use crate::task::{Input, names};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

names! {
    /// What happens when nobody decides in time.
    TimeoutAction {
        /// The task goes on.
        Resume = "resume",
        /// The task ends and cleans up.
        Abort = "abort",
        /// The task ends as failed.
        Fail = "fail",
    }
}

impl TimeoutAction {
    /// The input to the task machine that this action is.
    #[must_use]
    pub const fn input(self) -> Input {
        match self {
            Self::Resume => Input::Resume,
            Self::Abort => Input::Abort,
            Self::Fail => Input::Fail,
        }
    }
}

/// A task's wait for a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockingTask {
    /// The id in its URN and href; not the task's.
    pub id: Uuid,
    /// The task that waits.
    pub task: Uuid,
    /// What the task does.
    pub operation: Operation,
    /// The object it works on.
    pub owner: Urn,
    /// The organization in which it runs.
    pub org: Uuid,
    /// Whose request was blocked.
    pub user: Uuid,
    /// When it was blocked.
    pub created: Time,
    /// When `timeout_action` is taken; copied from the settings, moved by `updateProgress`.
    pub timeout: Time,
    /// Copied from the settings when the task was blocked.
    pub timeout_action: TimeoutAction,
}

impl BlockingTask {
    /// The blocking task's URN.
    #[must_use]
    pub const fn urn(&self) -> Urn {
        Urn::new(Kind::BlockingTask, self.id)
    }

    /// Whether it can still be seen and decided at `now`: expiry is exact.
    #[must_use]
    pub fn is_active(&self, now: Time) -> bool {
        self.timeout > now
    }
}
