//! Waiting for a server that does not listen yet, or does not answer. Invariant: this alone is not waited for by the interface, because there is
//! none yet.

use std::time::{Duration, Instant};

/// How long after it did not answer a server is asked again.
const STEP: Duration = Duration::from_millis(50);
/// How much longer than it was to wait a server may take to say that it has.
const ANSWER: Duration = Duration::from_secs(1);

/// How long something is waited for in all, in real time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    begun: Instant,
    whole: Duration,
}

impl Patience {
    /// So many milliseconds from now on.
    #[expect(clippy::disallowed_methods, reason = "a foreign process is waited for in real time")]
    pub(super) fn of(millis: i64) -> Self {
        Self { begun: Instant::now(), whole: Duration::from_millis(millis.max(0).unsigned_abs()) }
    }

    /// What is left of it.
    pub(super) fn left(self) -> Duration {
        self.whole.saturating_sub(self.begun.elapsed())
    }

    /// Lets a server begin.
    #[expect(clippy::disallowed_methods, reason = "whether a foreign process listens can only be tried again, in real time")]
    pub(super) fn a_step(self) {
        std::thread::sleep(STEP.min(self.left()));
    }
}

/// How long a call may take whose server is to wait so long.
pub(super) fn of_a_call(wait: Duration) -> Duration {
    wait.saturating_add(ANSWER)
}
