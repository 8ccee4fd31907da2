//! System settings. Invariant: each is one document under one key; a missing one has its default.

use crate::blocking::TimeoutAction;
use crate::operation::Operation;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A settings document.
pub trait Setting: Serialize + DeserializeOwned + Default + Clone + Send + Sync + 'static {
    /// The key it is kept under.
    const KEY: &'static str;
}

/// Which operations block, and what happens when nobody decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockingTaskSettings {
    /// The operations that block.
    pub operations: BTreeSet<Operation>,
    /// How long a blocking task waits, in milliseconds.
    pub timeout_millis: i64,
    /// What happens then.
    pub timeout_action: TimeoutAction,
}

impl Default for BlockingTaskSettings {
    /// Five days and abort, as a fresh server has it (reference section 3).
    fn default() -> Self {
        Self { operations: BTreeSet::new(), timeout_millis: 432_000_000, timeout_action: TimeoutAction::Abort }
    }
}

impl Setting for BlockingTaskSettings {
    const KEY: &'static str = "blockingTask";
}

/// Where messages go.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmqpSettings {
    /// Host of the broker; empty when there is none.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// User name.
    pub username: String,
    /// Password; never shown.
    pub password: String,
    /// Exchange of the XML messages.
    pub exchange: String,
    /// Virtual host.
    pub vhost: String,
    /// Whether to use TLS.
    pub use_ssl: bool,
    /// Whether to trust any certificate.
    pub ssl_accept_all: bool,
    /// The exchange of the JSON messages is this with `.notifications20`.
    pub prefix: String,
}

impl Default for AmqpSettings {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 5672,
            username: "guest".into(),
            password: "guest".into(),
            exchange: "systemExchange".into(),
            vhost: "/".into(),
            use_ssl: false,
            ssl_accept_all: false,
            prefix: "vcd".into(),
        }
    }
}

impl std::fmt::Debug for AmqpSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AmqpSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("vhost", &self.vhost)
            .finish_non_exhaustive()
    }
}

impl Setting for AmqpSettings {
    const KEY: &'static str = "amqp";
}

/// Whether events are announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationsSettings {
    /// Governs everything but the messages about blocking tasks (ruling Q13).
    pub enabled: bool,
}

impl Default for NotificationsSettings {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Setting for NotificationsSettings {
    const KEY: &'static str = "notifications";
}

/// General settings: what the story needs of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct GeneralSettings {
    /// The base of URLs in messages, where no request says it: `https://host/api`.
    pub rest_api_base_uri: Option<String>,
}

impl Setting for GeneralSettings {
    const KEY: &'static str = "general";
}
