//! How long steps take. The only place in `xtask` that reads a clock.
//!
//! Invariant: times are for people; nothing decides by them, except the limit after which a hanging client is ended.

use std::time::{Duration, Instant};

/// A running measurement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    #[expect(clippy::disallowed_methods, reason = "measuring is this module's purpose")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// What is left of `limit`, zero when it is over.
    pub(crate) fn left_of(self, limit: Duration) -> Duration {
        limit.saturating_sub(self.elapsed())
    }
}

/// `1.2 s`, `75 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 10.0 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}
