//! The notifier as others see it. Invariant: it owns nothing but the state it shows; all that matters is in the store.

use crate::amqp::{self, BrokerError};
use crate::base_uri::BaseUri;
use crate::dispatcher;
use crate::journal::{self, Filter, JournalEntry};
use crate::message::{Exchanges, Form};
use crate::mqtt::{Feed, Listener, Subscription};
use crate::state::BrokerState;
use crate::{outage, outbox};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use vcdsim_model::Fault;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_model::fate::Outage;
use vcdsim_store::Store;

/// How a notifier works.
#[derive(Debug, Clone)]
pub struct Options {
    /// The base of URLs in messages, where the general settings say none.
    pub fallback_base_uri: BaseUri,
    /// About how many events are kept once they are delivered.
    pub keep_events: i64,
    /// How many events may be unconfirmed at a time.
    pub window: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { fallback_base_uri: BaseUri::default(), keep_events: 10_000, window: 1_024 }
    }
}

/// Brings the events of one store to its broker, and shows what it sends.
#[derive(Debug, Clone)]
pub struct Notifier(Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) options: Options,
    pub(crate) state: watch::Sender<BrokerState>,
    feed: Feed,
}

impl Notifier {
    /// A notifier for a store. Nothing happens before [`run`](Self::run).
    #[must_use]
    pub fn new(store: Store, options: Options) -> Self {
        Self(Arc::new(Inner { store, options, state: watch::Sender::new(BrokerState::default()), feed: Feed::default() }))
    }

    /// Delivers until `stop` is cancelled, and then for two seconds more if something is left and the broker takes it.
    /// To be run once per store, as a task of its own.
    pub async fn run(self, stop: CancellationToken) {
        let feeding = self.0.feed.run(&self.0.store, self.0.options.keep_events, stop.clone());
        futures::join!(dispatcher::run(&self.0, stop), feeding);
    }

    /// Notes that nothing is sent while no broker is configured, as [`run`](Self::run) does first.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn park(&self) -> Result<(), Fault> {
        outbox::park(&self.0.store).await
    }

    /// Begins to listen, over MQTT: what is committed from now on and within the listener's reach is handed to the subscription.
    #[must_use]
    pub fn subscribe(&self, listener: Listener) -> Subscription {
        self.0.feed.subscribe(&self.0.store, listener)
    }

    /// What is known about the broker, and every change of it.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<BrokerState> {
        self.0.state.subscribe()
    }

    /// Waits until the events committed so far are confirmed, or found to be for the journal only. Does not end while the broker is away.
    pub async fn settled(&self) {
        let head = self.0.store.last_event();
        // The state lives as long as the notifier, so this cannot fail.
        let _ = self.state().wait_for(|state| state.cursor >= head).await;
    }

    /// Connects with these settings, within `limit`.
    ///
    /// # Errors
    /// What is wrong, in words for a person; never with the password.
    pub async fn test_connection(&self, settings: &AmqpSettings, limit: Duration) -> Result<(), BrokerError> {
        let (reader, user) = (self.0.store.read(), &settings.username);
        // A store that cannot be read orders nothing.
        let outage = reader.setting::<Outage>().await.unwrap_or_default();
        match outage::refusal(outage, reader.now(), user) {
            Some(refused) => Err(refused),
            None => amqp::test_connection(settings, limit).await,
        }
    }

    /// Where the messages go: the names of the exchanges, in a row.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn exchanges(&self) -> Result<String, Fault> {
        let exchanges = Exchanges::from(&self.0.store.read().setting::<AmqpSettings>().await?);
        Ok(Form::ALL.map(|form| exchanges.of(form).to_owned()).join(" and "))
    }

    /// The last `limit` messages that the filter lets through, newest last, out of about ten thousand events.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn journal(&self, limit: usize, filter: &Filter) -> Result<Vec<JournalEntry>, Fault> {
        journal::journal(self.0.store.read(), limit, filter, &self.0.options.fallback_base_uri).await
    }
}
