//! How long somebody waits. Invariant: only the patience of a caller is measured in real time; nothing of the cloud depends on it.

use std::time::Duration;

/// Ends when the caller's patience does.
#[expect(clippy::disallowed_methods, reason = "a caller waits in real time, whatever the cloud's clock does")]
pub(super) async fn patience(wait: Duration) {
    tokio::time::sleep(wait).await;
}
