//! Real time. Invariant: nothing else in this crate reads a clock or sleeps.

use std::time::{Duration, Instant};

/// The instant at which this is called.
#[expect(clippy::disallowed_methods, reason = "a trial measures real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits until `due`, if that is still to come.
#[expect(clippy::disallowed_methods, reason = "load comes at a rate, and a crash at a moment")]
pub(crate) async fn sleep_until(due: Instant) {
    tokio::time::sleep_until(due.into()).await;
}

/// Waits on this thread.
#[expect(clippy::disallowed_methods, reason = "a foreign process becomes ready in real time and tells nobody")]
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}
