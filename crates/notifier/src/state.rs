//! What is known about the broker. Invariant: it never holds a password.

use serde::Serialize;
use vcdsim_model::clock::{Time, format_time};
use vcdsim_model::family::settings::AmqpSettings;

/// The broker as the control API shows it. Times are those of the platform's clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrokerState {
    /// Whether the settings name a host.
    pub configured: bool,
    /// Whether there is a connection.
    pub connected: bool,
    /// How things stand.
    pub state: Standing,
    /// Since when.
    #[serde(serialize_with = "as_text")]
    pub since: Option<Time>,
    /// What is wrong now, if anything is: why there is no connection, why the broker takes nothing, or what it has that we did not expect.
    pub error: Option<String>,
    /// What was wrong last, whether or not it is over.
    pub last_failure: Option<Failure>,
    /// When a connection is tried again, if none is there.
    #[serde(serialize_with = "as_text")]
    pub next_attempt: Option<Time>,
    /// Where messages go.
    pub broker: Option<Address>,
    /// The exchanges, as they were found when the connection was opened.
    pub exchanges: Vec<ExchangeState>,
    /// Announced events that wait to be confirmed. Beyond what the window holds, events that are not announced count too.
    pub pending: u64,
    /// The number of the last event that is dealt with: it and all before it are confirmed, not announced, or for the journal only.
    pub cursor: i64,
    /// Messages that the broker has been sent and has not answered.
    pub unconfirmed: u64,
    /// How many objects' messages wait, by form, because the broker refused one.
    pub refused: u64,
    /// What rules keep back now, in words: the first few messages.
    pub kept: Vec<String>,
    /// What was done since the process started.
    pub counts: Counts,
}

/// How things stand with the broker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// No broker is configured: messages go to the journal only.
    #[default]
    Off,
    /// A connection is being opened.
    Connecting,
    /// Messages are published and confirmed.
    Connected,
    /// The broker has blocked the connection and takes nothing for now.
    Blocked,
    /// The broker refuses some messages, which are tried again; others go on.
    Refusing,
    /// There is no connection; the next attempt is to come.
    Waiting,
    /// There is no connection, and none is made, because somebody has ordered that.
    Stopped,
}

impl Standing {
    /// Whether it is another matter: attempts and the pauses between them are one.
    pub(crate) fn is_other_than(self, other: Self) -> bool {
        let plain = |standing| if standing == Self::Waiting { Self::Connecting } else { standing };
        plain(self) != plain(other)
    }
}

/// Something that was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What.
    pub reason: String,
    /// When it was seen last.
    #[serde(serialize_with = "time_as_text")]
    pub at: Time,
}

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// The host of the settings.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The virtual host.
    pub vhost: String,
    /// The user.
    pub user: String,
    /// Whether over TLS.
    pub tls: bool,
}

/// An exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExchangeState {
    /// Its name.
    pub name: String,
    /// Which messages go there: `xml` or `json`.
    pub form: &'static str,
    /// How it was found.
    #[serde(rename = "state")]
    pub standing: ExchangeStanding,
    /// What the broker said about it, where it said anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How an exchange was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ExchangeStanding {
    /// It is a durable topic exchange.
    Declared,
    /// It is something else, and is used as it is.
    Mismatch,
    /// It is there; this user may not declare it, so nobody knows what it is.
    Unverified,
}

/// What was done. Every one of these only grows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Attempts to connect.
    pub attempts: u64,
    /// Those that succeeded.
    pub connections: u64,
    /// Messages that were sent, repetitions included.
    pub published: u64,
    /// Those that repeated an earlier one: after a refusal, or because a connection ended before it was confirmed.
    pub retried: u64,
    /// Messages that the broker confirmed.
    pub confirmed: u64,
    /// Messages that it refused (`basic.nack`), or that a rule had refused.
    pub nacked: u64,
    /// Confirmed messages that no queue took (`basic.return`).
    pub returned: u64,
    /// Messages that rules had dropped.
    pub dropped: u64,
}

impl BrokerState {
    /// Nothing is known yet of the broker that these settings name; what was done before stays counted.
    pub(crate) fn turn_to(&mut self, settings: &AmqpSettings) {
        let AmqpSettings { host, port, vhost, username, use_ssl, .. } = settings;
        let broker = Address { host: host.clone(), port: *port, vhost: vhost.clone(), user: username.clone(), tls: *use_ssl };
        *self = Self { configured: true, state: Standing::Connecting, broker: Some(broker), ..self.bare() };
    }

    /// No broker is named any more.
    pub(crate) fn turn_off(&mut self, cursor: i64) {
        *self = Self { cursor, pending: 0, ..self.bare() };
    }

    fn bare(&self) -> Self {
        Self { pending: self.pending, cursor: self.cursor, counts: self.counts, ..Self::default() }
    }

    /// Something is wrong.
    pub(crate) fn fail(&mut self, reason: String, now: Time) {
        self.last_failure = Some(Failure { reason: reason.clone(), at: now });
        self.error = Some(reason);
    }

    /// What the exchanges have that was not expected, in words.
    pub(crate) fn warning(&self) -> Option<String> {
        let odd = self.exchanges.iter().filter_map(|exchange| match (exchange.standing, &exchange.reason) {
            (ExchangeStanding::Mismatch, Some(reason)) => {
                Some(format!("exchange {:?} is not a durable topic exchange of ours and is used as it is: {reason}", exchange.name))
            }
            _ => None,
        });
        let odd: Vec<_> = odd.collect();
        (!odd.is_empty()).then(|| odd.join("; "))
    }

    /// Whether the two differ in what a person wants to be told: an attempt that fails as the one before did is none of that.
    pub(crate) fn is_news(&self, before: &Self) -> bool {
        let told = |state: &Self| {
            let odd = [Standing::Blocked, Standing::Refusing, Standing::Stopped].map(|standing| state.state == standing);
            (state.configured, state.connected, odd, state.error.clone(), state.broker.clone())
        };
        told(self) != told(before)
    }

    /// Says it in the log.
    pub(crate) fn log(&self) {
        let pending = self.pending;
        match (self.state, self.error.as_deref()) {
            (Standing::Off, _) => tracing::info!("no broker is configured: messages go to the journal only"),
            (Standing::Connected, None) => tracing::info!(pending, "connected to the broker"),
            (Standing::Connected, Some(error)) => tracing::warn!(error, pending, "connected to the broker, but"),
            (Standing::Blocked, error) => tracing::warn!(error, pending, "the broker takes no messages for now"),
            (Standing::Refusing, error) => tracing::warn!(error, pending, "the broker refuses messages; they are tried again"),
            (Standing::Stopped, reason) => tracing::warn!(reason, pending, "no connection to the broker is made"),
            (Standing::Connecting | Standing::Waiting, None) => tracing::info!(pending, "connecting to the broker"),
            (Standing::Connecting | Standing::Waiting, Some(error)) => {
                tracing::warn!(error, pending, "no connection to the broker; trying on");
            }
        }
    }
}

fn as_text<S: serde::Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => time_as_text(time, serializer),
        None => serializer.serialize_none(),
    }
}

fn time_as_text<S: serde::Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format_time(*time))
}
