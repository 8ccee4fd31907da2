//! Follows the outbox and brings it to the broker. Invariant: it ends only when it is told to; whatever fails is shown in the state, waited
//! for and tried again.

mod show;
mod traffic;

use crate::amqp::{BrokerError, Link, LinkEvent};
use crate::backoff::{Backoff, Lasting, pause, within};
use crate::base_uri;
use crate::fate::Sending;
use crate::message::{Exchanges, message};
use crate::notifier::Inner;
use crate::outage;
use crate::outbox::{Outbox, is_configured};
use crate::state::{Counts, Standing};
use crate::window::Departure;
use futures::stream::{FuturesUnordered, StreamExt};
use show::report;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use traffic::{Arrival, Traffic};
use vcdsim_model::Fault;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_model::fate::Outage;

/// How long, after it was told to end, it goes on delivering what is there.
const GRACE: Duration = Duration::from_secs(2);
/// How long a broker that is no longer the one may take to confirm what it was sent. What it leaves open goes to the next one, too.
const DRAIN: Duration = Duration::from_secs(1);
/// How a connection ended.
enum End {
    /// It failed; whether it was good for anything before.
    Lost(BrokerError, bool),
    /// Other settings came, or the end.
    Done,
}

/// What there is to see.
enum View {
    /// Nothing is in the way.
    Clear,
    /// The broker would block a connection, for this reason.
    Blocked(String),
    /// There is to be no connection now, for this reason.
    Away(BrokerError),
    /// The settings are others.
    Changed,
}

/// The task that delivers.
pub(crate) struct Dispatcher<'n> {
    notifier: &'n Inner,
    outbox: Outbox,
    revisions: watch::Receiver<u64>,
    stop: CancellationToken,
    counts: Counts,
}

/// Delivers until `stop`. A failing store is waited for.
pub(crate) async fn run(notifier: &Inner, stop: CancellationToken) {
    let (store, options) = (&notifier.store, &notifier.options);
    let outbox = Outbox::new(store.clone(), options.window, options.keep_events);
    let mut dispatcher = Dispatcher { notifier, outbox, revisions: store.revisions(), stop, counts: Counts::default() };
    let mut backoff = Backoff::default();
    while !dispatcher.stop.is_cancelled() {
        match dispatcher.follow().await {
            Ok(()) => backoff.reset(),
            Err(fault) => {
                dispatcher.fail(&format!("the outbox cannot be used: {}", fault.message), None);
                tokio::select! { () = dispatcher.stop.cancelled() => {}, () = pause(backoff.next()) => {} }
            }
        }
    }
}

impl Dispatcher<'_> {
    /// Does what the settings of this moment ask for, until they ask for something else.
    async fn follow(&mut self) -> Result<(), Fault> {
        let settings = self.settings().await?;
        if is_configured(&settings) { self.deliver(&settings).await } else { self.stand_by().await }
    }

    async fn settings(&self) -> Result<AmqpSettings, Fault> {
        self.notifier.store.read().setting().await
    }

    /// Waits for a commit or the end.
    async fn wake(&mut self) {
        tokio::select! { () = self.stop.cancelled() => {}, () = revised(&mut self.revisions) => {} }
    }

    /// No broker: waits until the settings name one.
    async fn stand_by(&mut self) -> Result<(), Fault> {
        while !self.stop.is_cancelled() {
            // Taken before the settings are read, so that it counts nothing that came after a broker was named.
            let head = self.notifier.store.last_event();
            if is_configured(&self.settings().await?) {
                break;
            }
            self.outbox.stand_by(head).await?;
            report(self.notifier, |state| state.turn_off(head));
            self.wake().await;
        }
        Ok(())
    }

    /// One broker: connects, delivers, connects again, until the settings are others.
    async fn deliver(&mut self, settings: &AmqpSettings) -> Result<(), Fault> {
        self.outbox.resume().await?;
        let mut backoff = Backoff::default();
        report(self.notifier, |state| state.turn_to(settings));
        while !self.stop.is_cancelled() {
            match self.look(settings).await? {
                View::Clear | View::Blocked(_) => {}
                View::Away(reason) => {
                    self.stay_away(reason).await;
                    backoff.reset();
                    continue;
                }
                View::Changed => return Ok(()),
            }
            self.counts.attempts += 1;
            report(self.notifier, |state| (state.state, state.next_attempt) = (Standing::Connecting, None));
            let opened = tokio::select! {
                biased;
                waited = self.wait(settings) => {
                    waited?;
                    continue;
                }
                opened = Link::open(settings) => opened,
            };
            let error = match opened {
                Err(error) => error,
                Ok(link) => match self.pump(link, settings).await? {
                    End::Done => return Ok(()),
                    End::Lost(error, useful) => {
                        if useful {
                            backoff.reset();
                        }
                        error
                    }
                },
            };
            self.outbox.rewind();
            let length = backoff.next();
            self.fail(&error.to_string(), Some(length));
            tokio::select! { biased; waited = self.wait(settings) => waited?, () = pause(length) => {} }
        }
        Ok(())
    }

    /// There is to be no connection: keeps count until something is committed.
    async fn stay_away(&mut self, reason: BrokerError) {
        self.outbox.rewind();
        self.stand_off(&reason);
        self.show_progress(0);
        self.wake().await;
    }

    /// Nothing can be sent: keeps count until things are otherwise or the end comes.
    async fn wait(&mut self, settings: &AmqpSettings) -> Result<(), Fault> {
        while !self.stop.is_cancelled() && matches!(self.look(settings).await?, View::Clear | View::Blocked(_)) {
            self.show_progress(0);
            self.wake().await;
        }
        Ok(())
    }

    /// Looks at what is committed, and reads ahead if the settings are still these.
    async fn look(&mut self, settings: &AmqpSettings) -> Result<View, Fault> {
        // Taken before the settings are read, so that nothing is sent that came while there was no broker in between.
        let head = self.notifier.store.last_event();
        if self.settings().await? != *settings {
            return Ok(View::Changed);
        }
        self.outbox.load(head).await?;
        let reader = self.notifier.store.read();
        let (outage, now) = (reader.setting::<Outage>().await?, reader.now());
        let severed = || self.outbox.away().map(|severed| BrokerError::Ordered(severed.words()));
        Ok(match outage::refusal(outage, now, &settings.username).or_else(severed) {
            Some(reason) => View::Away(reason),
            None => outage::block(outage, now).map_or(View::Clear, View::Blocked),
        })
    }

    /// Sends while the connection lasts.
    async fn pump(&mut self, mut link: Link, settings: &AmqpSettings) -> Result<End, Fault> {
        self.counts.connections += 1;
        let found = std::mem::take(&mut link.exchanges);
        report(self.notifier, |state| {
            (state.state, state.connected, state.exchanges) = (Standing::Connected, true, found);
            (state.error, state.next_attempt) = (state.warning(), None);
        });
        let exchanges = Exchanges::from(settings);
        let (lasting, began_at) = (Lasting::begin(), self.outbox.cursor());
        let stop = self.stop.clone();
        let mut farewell = pin!(async {
            stop.cancelled().await;
            pause(GRACE).await;
        });
        let (mut traffic, mut saving, mut blocked) = (Traffic::default(), FuturesUnordered::new(), false);
        loop {
            let mut lost = match self.look(settings).await? {
                View::Clear => {
                    if std::mem::take(&mut blocked) {
                        self.notice(LinkEvent::Unblocked);
                    }
                    self.send(&mut link, &exchanges, &mut traffic).await?
                }
                View::Blocked(reason) => {
                    if !std::mem::replace(&mut blocked, true) {
                        self.notice(LinkEvent::Blocked(reason));
                    }
                    None
                }
                View::Away(reason) => Some(reason),
                View::Changed => break,
            };
            self.show_progress(traffic.unconfirmed());
            if lost.is_none() && saving.is_empty() {
                saving.extend(self.outbox.save(traffic.is_idle()));
            }
            if self.stop.is_cancelled() && traffic.is_idle() && saving.is_empty() {
                break;
            }
            if lost.is_none() {
                lost = tokio::select! {
                    arrival = traffic.next() => self.take(arrival, &mut traffic),
                    event = link.event() => self.notice(event),
                    Some(saved) = saving.next() => {
                        note_saved(saved);
                        None
                    }
                    () = revised(&mut self.revisions) => None,
                    () = self.stop.cancelled(), if !self.stop.is_cancelled() => None,
                    () = &mut farewell => break,
                };
            }
            if let Some(error) = lost {
                self.take_what_arrived(&mut traffic);
                // What was ordered says nothing against the broker.
                let ordered = matches!(error, BrokerError::Ordered(_) | BrokerError::Credentials { .. });
                let useful = ordered || self.outbox.cursor() > began_at || lasting.is_steady();
                return Ok(End::Lost(link.cause(error), useful));
            }
        }
        if !self.stop.is_cancelled() {
            self.drain(&mut traffic).await;
        }
        if let Some(saved) = self.outbox.save_last() {
            note_saved(saved.await);
        }
        link.close().await;
        Ok(End::Done)
    }

    /// Publishes what may go; answers with the reason why a rule ends the connection.
    async fn send(&mut self, link: &mut Link, exchanges: &Exchanges, traffic: &mut Traffic) -> Result<Option<BrokerError>, Fault> {
        let Some(mut next) = self.outbox.next() else { return Ok(None) };
        let base_uri = base_uri::current(&self.notifier.store.read(), &self.notifier.options.fallback_base_uri).await?;
        loop {
            let Departure { ticket, event, sending } = next;
            match sending {
                Sending::Plain => {
                    self.counts.published += 1;
                    self.counts.retried += u64::from(self.outbox.is_repeated(ticket));
                    traffic.send(ticket, link.publish(message(&event, ticket.1, &base_uri, exchanges)));
                }
                Sending::Refused(rule) => traffic.refuse(ticket, rule),
                Sending::Cut(severed) => return Ok(Some(BrokerError::Ordered(severed.words()))),
            }
            match self.outbox.next() {
                Some(another) => next = another,
                None => return Ok(None),
            }
        }
    }

    /// What came of a message, or a message that may go again; answers with the error that ended the connection.
    fn take(&mut self, arrival: Arrival, traffic: &mut Traffic) -> Option<BrokerError> {
        match arrival {
            Arrival::Confirmed { ticket, returned } => {
                if let Some(severed) = self.outbox.confirm(ticket) {
                    return Some(BrokerError::Ordered(severed.words()));
                }
                self.counts.confirmed += 1;
                self.counts.returned += u64::from(returned);
            }
            Arrival::Refused { ticket, rule } => {
                self.counts.nacked += 1;
                traffic.try_later(ticket, self.outbox.refuse(ticket, rule));
            }
            Arrival::Again(ticket) => self.outbox.retry(ticket),
            Arrival::Lost(error) => return Some(error),
        }
        None
    }

    /// The connection is gone; what was confirmed before that counts.
    fn take_what_arrived(&mut self, traffic: &mut Traffic) {
        while let Some(arrival) = traffic.arrived() {
            // The loss is known already.
            let _ = self.take(arrival, traffic);
        }
        self.show_progress(0);
    }

    /// Another broker is wanted: this one may still confirm what it has, so that the other is not sent it again.
    async fn drain(&mut self, traffic: &mut Traffic) {
        let confirming = async {
            while !traffic.is_idle() {
                let arrival = traffic.next().await;
                if self.take(arrival, traffic).is_some() {
                    break;
                }
            }
        };
        // What is left open after that is sent again.
        let _ = within(DRAIN, confirming).await;
    }
}

/// A cursor that could not be stored costs repetitions after a restart, no more.
fn note_saved(saved: Result<(), Fault>) {
    if let Err(fault) = saved {
        tracing::warn!(%fault, "the cursor of the outbox was not stored");
    }
}

/// Waits for a commit.
async fn revised(revisions: &mut watch::Receiver<u64>) {
    if revisions.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
