//! Waiting for a server that does not listen yet. Invariant: this alone is not waited for by the interface, because there is none yet.

use std::time::Duration;

/// How long after it did not answer a server is asked again, in milliseconds.
pub(super) const STEP: i64 = 50;

/// Lets a server begin.
#[expect(clippy::disallowed_methods, reason = "whether a foreign process listens can only be tried again, in real time")]
pub(super) fn a_step() {
    std::thread::sleep(Duration::from_millis(STEP.unsigned_abs()));
}
