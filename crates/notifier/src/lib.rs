//! Messages about events. Invariant: an event that was announced while a broker was configured reaches it, per entity in order, however
//! often the connection is lost; after a loss some arrive twice, with the same `eventId`.
//!
//! [`Notifier`] follows the event table of a store and publishes to the broker of its settings; [`messages`] is what it publishes. Those who
//! listen over MQTT subscribe to it and are handed what is committed from then on.

mod amqp;
mod backlog;
mod backoff;
mod base_uri;
mod dispatcher;
mod fate;
mod journal;
mod lane;
mod message;
mod mqtt;
mod notifier;
mod outage;
mod outbox;
mod state;
mod trust;
mod window;

pub use amqp::{BrokerError, test_connection};
pub use base_uri::BaseUri;
pub use journal::{Filter, JournalEntry, Struck};
pub use message::{Exchanges, Form, HeaderValue, Message, Properties, message, messages};
pub use mqtt::{Claim, End, Listener, Posting, Reach, Session, Subscription};
pub use notifier::{Notifier, Options};
pub use state::{Address, BrokerState, Counts, ExchangeStanding, ExchangeState, Failure, Standing};
pub use trust::{TrustError, read_certificates, read_truststore};

#[cfg(test)]
mod hostile;
