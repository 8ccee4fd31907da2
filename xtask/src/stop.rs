//! Why a command stopped: the one error type of `xtask`.
//!
//! Invariant: exit code 1 says that something checked was not right, 2 that the command could not be carried out as asked.

/// What every command answers.
pub(crate) type Done = Result<(), Stop>;

/// A message for people and the exit code that goes with it.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) code: u8,
    pub(crate) message: String,
}

impl Stop {
    /// Wrong arguments, or a command that has nothing to run yet.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }
}

impl From<String> for Stop {
    fn from(message: String) -> Self {
        Self { code: 1, message }
    }
}

impl From<&str> for Stop {
    fn from(message: &str) -> Self {
        Self { code: 1, message: message.into() }
    }
}
