//! The task machine. Invariant: `next` is the only rule by which a task changes its status, and it is total.

use crate::clock::Time;
use crate::entity::Body;
use crate::family::service::Work;
use crate::fault::{Fault, FaultCode};
use crate::id::Urn;
use crate::plan::Course;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a task is remembered: its `expiryTime` is its start plus 90 days (reference 5.1).
pub const RETENTION_MILLIS: i64 = 90 * 24 * 60 * 60 * 1_000;

macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident = $name:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $type { $($(#[$vdoc])* #[serde(rename = $name)] $variant),* }

        impl $type {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word the protocol uses.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name),* } }

            /// The value with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> { Self::ALL.iter().copied().find(|value| value.name() == name) }
        }
    };
}
pub(crate) use names;

names! {
    /// The status of a task (reference 5.2).
    TaskStatus {
        /// Accepted, waits to be executed.
        Queued = "queued",
        /// Blocked: waits for a decision.
        PreRunning = "preRunning",
        /// Executing.
        Running = "running",
        /// Done.
        Success = "success",
        /// Failed, or failed by an administrator or a timeout.
        Error = "error",
        /// Cancelled by its owner or an administrator.
        Canceled = "canceled",
        /// Ended by an administrator or a timeout.
        Aborted = "aborted",
    }
}

impl TaskStatus {
    /// Whether the task has ended.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Success | Self::Error | Self::Canceled | Self::Aborted)
    }
}

names! {
    /// What can happen to a task.
    Input {
        /// An administrator, or the timeout, lets a blocked task go on.
        Resume = "resume",
        /// An administrator, or the timeout, ends a blocked task and cleans up; or a service ends its own.
        Abort = "abort",
        /// An administrator, or the timeout, ends a blocked task as failed.
        Fail = "fail",
        /// A queued task gets its turn.
        Start = "start",
        /// The last phase is done.
        Finish = "finish",
        /// A phase failed.
        Fault = "fault",
        /// The owner or an administrator cancels it.
        Cancel = "cancel",
    }
}

names! {
    /// What becomes of the objects that a task holds.
    Fate {
        /// They stay held.
        Keep = "keep",
        /// Created ones become real, locked ones are unlocked as they are now.
        Commit = "commit",
        /// Created ones are deleted, locked ones go back to their former status.
        Delete = "delete",
        /// Created ones stay with status -1, locked ones go back to their former status.
        MarkError = "markError",
    }
}

/// Where `input` leads from `status`, and what becomes of the held objects; `None` when the machine refuses it.
#[must_use]
pub const fn next(status: TaskStatus, input: Input) -> Option<(TaskStatus, Fate)> {
    use Input as I;
    use TaskStatus as S;
    match (status, input) {
        (S::PreRunning, I::Resume) | (S::Queued, I::Start) => Some((S::Running, Fate::Keep)),
        // Only a service aborts what is not blocked: its own task.
        (S::PreRunning | S::Queued | S::Running, I::Abort) => Some((S::Aborted, Fate::Delete)),
        (S::PreRunning, I::Fail) | (S::Queued | S::Running, I::Fault) => Some((S::Error, Fate::MarkError)),
        (S::Running, I::Finish) => Some((S::Success, Fate::Commit)),
        (S::PreRunning | S::Queued | S::Running, I::Cancel) => Some((S::Canceled, Fate::Delete)),
        _ => None,
    }
}

/// The codes of an error: ours, or those that an extension service, or whoever wanted a task to fail, gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ErrorCode {
    /// One of those that the platform has.
    Platform(FaultCode),
    /// Any others.
    Service {
        /// `majorErrorCode`.
        major: i32,
        /// `minorErrorCode`.
        minor: String,
        /// `vendorSpecificErrorCode`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vendor: Option<String>,
    },
}

impl ErrorCode {
    /// `majorErrorCode`.
    #[must_use]
    pub fn major(&self) -> i32 {
        match self {
            Self::Platform(code) => code.status().into(),
            Self::Service { major, .. } => *major,
        }
    }

    /// `minorErrorCode`.
    #[must_use]
    pub fn minor(&self) -> &str {
        match self {
            Self::Platform(code) => code.minor(),
            Self::Service { minor, .. } => minor,
        }
    }

    /// `vendorSpecificErrorCode`.
    #[must_use]
    pub fn vendor(&self) -> Option<&str> {
        match self {
            Self::Platform(_) => None,
            Self::Service { vendor, .. } => vendor.as_deref(),
        }
    }
}

impl From<FaultCode> for ErrorCode {
    fn from(code: FaultCode) -> Self {
        Self::Platform(code)
    }
}

/// Why a task did not succeed; shown as its `Error` child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskError {
    /// Major and minor code.
    pub code: ErrorCode,
    /// The text.
    pub message: String,
}

impl From<Fault> for TaskError {
    fn from(fault: Fault) -> Self {
        Self { code: fault.code.into(), message: fault.message }
    }
}

/// A long operation: what is kept of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The id in its URN and href.
    pub id: Uuid,
    /// What it does.
    pub operation: Work,
    /// Where it stands.
    pub status: TaskStatus,
    /// The object it works on.
    pub owner: Urn,
    /// The name of that object as the operation text shows it; may be empty.
    pub subject: String,
    /// The organization of the user.
    pub org: Uuid,
    /// Who asked for it.
    pub user: Uuid,
    /// The operation's own parameters, as its type wrote them.
    pub params: serde_json::Value,
    /// The next phase to run.
    pub phase: u16,
    /// Percentage of the phases that are done.
    pub progress: Option<u8>,
    /// The locked objects as they were before the first phase that went on changed them; none while no phase has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<(Urn, Body)>,
    /// Whether someone asked to cancel it.
    pub cancel_requested: bool,
    /// Free text; the last message of an administrator.
    pub details: Option<String>,
    /// Why it did not succeed.
    pub error: Option<TaskError>,
    /// What decides how it goes, besides its operation.
    #[serde(default, skip_serializing_if = "Course::is_usual")]
    pub course: Course,
    /// When it was made.
    pub start: Time,
    /// When it ended.
    pub end: Option<Time>,
    /// When it is forgotten.
    pub expiry: Time,
}

impl Task {
    /// The task's URN.
    #[must_use]
    pub const fn urn(&self) -> Urn {
        Urn::new(crate::kind::Kind::Task, self.id)
    }

    /// The `operation` text: verb, kind, name and id of the owner (reference 5.4).
    #[must_use]
    pub fn text(&self) -> String {
        if let Some(text) = self.operation.service().and_then(|work| work.text.as_ref()) {
            return text.clone();
        }
        let verb = self.operation.verb(self.status == TaskStatus::Success, self.status.is_terminal());
        if self.operation.service().is_some() && self.subject.is_empty() {
            return verb.to_owned();
        }
        format!("{verb} {} {}({})", self.owner.kind.info().label, self.subject, self.owner.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The machine as one table: what DESIGN promises to print.
    #[test]
    fn the_whole_transition_table() {
        let mut table = String::new();
        for status in TaskStatus::ALL {
            for input in Input::ALL {
                let cell = next(*status, *input).map_or("refused".to_owned(), |(to, fate)| format!("{} ({})", to.name(), fate.name()));
                table.push_str(&format!("{:<10} {:<6} -> {cell}\n", status.name(), input.name()));
            }
        }
        insta::with_settings!({ snapshot_path => "../../../fixtures/state", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("task-machine", table);
        });
    }

    #[test]
    fn terminal_states_refuse_everything_and_only_ends_settle_holds() {
        for status in TaskStatus::ALL {
            for input in Input::ALL {
                match next(*status, *input) {
                    Some((to, fate)) => {
                        assert!(!status.is_terminal());
                        assert_eq!(to.is_terminal(), fate != Fate::Keep);
                    }
                    None => assert!(status.is_terminal() || !matches!(input, Input::Cancel)),
                }
            }
        }
    }
}
