//! What is known about the broker. Invariant: it never holds a password.

use serde::Serialize;

/// The broker as the control API shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrokerState {
    /// Whether the settings name a host.
    pub configured: bool,
    /// Whether messages can be published now.
    pub connected: bool,
    /// What is wrong, if anything is: why there is no connection, or what the broker has that we did not expect.
    pub error: Option<String>,
    /// Announced events that wait to be confirmed. Beyond what the window holds, events that are not announced count too.
    pub pending: u64,
    /// The number of the last event that is dealt with: it and all before it are confirmed, not announced, or for the journal only.
    pub cursor: i64,
}

impl BrokerState {
    /// Whether the two differ in more than the number of waiting events.
    pub(crate) fn is_news(&self, before: &Self) -> bool {
        (self.configured, self.connected, &self.error) != (before.configured, before.connected, &before.error)
    }

    /// Says it in the log.
    pub(crate) fn log(&self) {
        match (self.configured, self.connected, self.error.as_deref()) {
            (false, ..) => tracing::info!("no broker is configured: messages go to the journal only"),
            (true, true, None) => tracing::info!(pending = self.pending, "connected to the broker"),
            (true, true, Some(error)) => tracing::warn!(error, pending = self.pending, "connected to the broker, but"),
            (true, false, None) => tracing::info!(pending = self.pending, "connecting to the broker"),
            (true, false, Some(error)) => tracing::warn!(error, pending = self.pending, "no connection to the broker; trying on"),
        }
    }
}
