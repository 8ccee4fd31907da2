//! Real time towards the outside world: pauses between attempts and limits on waiting.
//! Invariant: the crate waits for the clock on the wall here and nowhere else; nothing that a document shows depends on it.

use std::future::Future;
use std::time::Duration;

/// The first pause.
const FIRST: Duration = Duration::from_millis(50);
/// The longest pause: with the limit on a dial, publishing resumes within 6 s of the broker's port.
const LONGEST: Duration = Duration::from_secs(4);

/// Pauses that double up to a limit.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The pause before the next attempt.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = FIRST.saturating_mul(1 << self.attempts.min(16));
        self.attempts = self.attempts.saturating_add(1);
        pause.min(LONGEST)
    }

    /// The last attempt was good.
    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }
}

/// Waits.
#[expect(clippy::disallowed_methods, reason = "a broker keeps its own time; no state of the platform depends on this pause")]
pub(crate) async fn pause(length: Duration) {
    tokio::time::sleep(length).await;
}

/// Waits for `work`, but no longer than `limit`.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, work).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_limit_and_begin_anew() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..100).map(|_| backoff.next()).collect();
        assert_eq!(pauses[..3], [FIRST, FIRST * 2, FIRST * 4]);
        assert!(pauses.is_sorted());
        assert_eq!(pauses[99], LONGEST);
        backoff.reset();
        assert_eq!(backoff.next(), FIRST);
    }
}
