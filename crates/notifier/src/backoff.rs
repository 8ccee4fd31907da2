//! Real time towards the outside world: pauses between attempts and limits on waiting.
//! Invariant: the crate waits for the clock on the wall here and nowhere else; nothing that a document shows depends on it.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::future::Future;
use std::time::{Duration, Instant};

/// The first pause.
const FIRST: Duration = Duration::from_millis(50);
/// The longest pause: with the limit on a dial, publishing resumes within 6 s of the broker's port.
const LONGEST: Duration = Duration::from_secs(4);

/// How long a connection must have stood to count as good although nothing was delivered over it.
const STEADY: Duration = Duration::from_secs(10);

/// Pauses that double up to a limit. Each is shortened by chance, so that servers that lost the same broker do not all come back at once.
#[derive(Debug)]
pub(crate) struct Backoff {
    attempts: u32,
    chance: ChaCha8Rng,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { attempts: 0, chance: ChaCha8Rng::from_os_rng() }
    }
}

impl Backoff {
    /// The pause before the next attempt.
    pub(crate) fn next(&mut self) -> Duration {
        self.attempts = self.attempts.saturating_add(1);
        self.after(self.attempts)
    }

    /// The pause after so many attempts, at least one, for something else that is tried again and again.
    pub(crate) fn after(&mut self, attempts: u32) -> Duration {
        let longest = FIRST.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(LONGEST);
        longest.mul_f64(self.chance.random_range(0.5..=1.0))
    }

    /// The last attempt was good.
    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }
}

/// How long something lasts.
#[derive(Debug)]
pub(crate) struct Lasting(Instant);

impl Lasting {
    /// It begins now.
    #[expect(clippy::disallowed_methods, reason = "a broker keeps its own time; nothing that a document shows depends on it")]
    pub(crate) fn begin() -> Self {
        Self(Instant::now())
    }

    /// Whether it has lasted long enough to be called steady.
    pub(crate) fn is_steady(&self) -> bool {
        self.0.elapsed() >= STEADY
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
        let between = |pause: Duration, longest: Duration| longest / 2 <= pause && pause <= longest;
        for longest in [FIRST, FIRST * 2, FIRST * 4, FIRST * 8] {
            assert!(between(backoff.next(), longest));
        }
        let late: Vec<_> = (0..100).map(|_| backoff.next()).skip(10).collect();
        assert!(late.iter().all(|pause| between(*pause, LONGEST)));
        assert!(late.iter().any(|pause| *pause != late[0]), "chance has no part in it");
        backoff.reset();
        assert!(between(backoff.next(), FIRST));
        assert!(between(backoff.after(1), FIRST) && between(backoff.after(u32::MAX), LONGEST));
    }
}
