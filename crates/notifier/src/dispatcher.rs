//! Follows the outbox and brings it to the broker. Invariant: it ends only when it is told to; whatever fails is shown in the state, waited
//! for and tried again.

use crate::amqp::{BrokerError, Link, LinkEvent};
use crate::backoff::{Backoff, pause};
use crate::base_uri;
use crate::message::{Exchanges, message};
use crate::notifier::Inner;
use crate::outbox::{Outbox, is_configured};
use crate::state::BrokerState;
use crate::window::Ticket;
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use std::pin::pin;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use vcdsim_model::Fault;
use vcdsim_model::family::settings::AmqpSettings;

/// How long, after it was told to end, it goes on delivering what is there.
const GRACE: Duration = Duration::from_secs(2);

type Sending = FuturesUnordered<BoxFuture<'static, (Ticket, Result<(), BrokerError>)>>;

/// How a connection ended.
enum End {
    /// It failed; whether it was good for anything before.
    Lost(BrokerError, bool),
    /// Other settings came, or the end.
    Done,
}

/// The task that delivers.
pub(crate) struct Dispatcher<'n> {
    notifier: &'n Inner,
    outbox: Outbox,
    revisions: watch::Receiver<u64>,
    stop: CancellationToken,
}

/// Delivers until `stop`. A failing store is waited for.
pub(crate) async fn run(notifier: &Inner, stop: CancellationToken) {
    let (store, options) = (&notifier.store, &notifier.options);
    let outbox = Outbox::new(store.clone(), options.window, options.keep_events);
    let mut dispatcher = Dispatcher { notifier, outbox, revisions: store.revisions(), stop };
    let mut backoff = Backoff::default();
    while !dispatcher.stop.is_cancelled() {
        match dispatcher.follow().await {
            Ok(()) => backoff.reset(),
            Err(fault) => {
                let error = format!("the outbox cannot be used: {}", fault.message);
                report(notifier, |state| (state.connected, state.error) = (false, Some(error)));
                tokio::select! { () = dispatcher.stop.cancelled() => {}, () = pause(backoff.next()) => {} }
            }
        }
    }
}

/// Changes the state and says so in the log when that is news.
fn report(notifier: &Inner, change: impl FnOnce(&mut BrokerState)) {
    notifier.state.send_if_modified(|state| {
        let before = state.clone();
        change(state);
        if state.is_news(&before) {
            state.log();
        }
        *state != before
    });
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
            report(self.notifier, |state| *state = BrokerState { cursor: head, ..BrokerState::default() });
            self.wake().await;
        }
        Ok(())
    }

    /// One broker: connects, delivers, connects again, until the settings are others.
    async fn deliver(&mut self, settings: &AmqpSettings) -> Result<(), Fault> {
        self.outbox.resume().await?;
        let mut backoff = Backoff::default();
        report(self.notifier, |state| (state.configured, state.connected, state.error) = (true, false, None));
        loop {
            let opened = tokio::select! {
                biased;
                ended = self.wait(settings) => return ended,
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
            report(self.notifier, |state| (state.connected, state.error) = (false, Some(error.to_string())));
            tokio::select! { biased; ended = self.wait(settings) => return ended, () = pause(backoff.next()) => {} }
        }
    }

    /// Nothing can be sent: keeps count until the settings are others or the end comes.
    async fn wait(&mut self, settings: &AmqpSettings) -> Result<(), Fault> {
        while !self.stop.is_cancelled() && self.look(settings).await? {
            self.wake().await;
        }
        Ok(())
    }

    /// Looks at what is committed: answers whether the settings are still these, and if so reads ahead.
    async fn look(&mut self, settings: &AmqpSettings) -> Result<bool, Fault> {
        // Taken before the settings are read, so that nothing is sent that came while there was no broker in between.
        let head = self.notifier.store.last_event();
        if self.settings().await? != *settings {
            return Ok(false);
        }
        self.outbox.load(head).await?;
        self.show_depth();
        Ok(true)
    }

    fn show_depth(&self) {
        let (cursor, pending) = (self.outbox.cursor(), self.outbox.pending());
        report(self.notifier, |state| (state.cursor, state.pending) = (cursor, pending));
    }

    /// Sends while the connection lasts.
    async fn pump(&mut self, mut link: Link, settings: &AmqpSettings) -> Result<End, Fault> {
        let warning = link.warning.clone();
        report(self.notifier, |state| (state.connected, state.error) = (true, warning.clone()));
        let exchanges = Exchanges::from(settings);
        let stop = self.stop.clone();
        let mut farewell = pin!(async {
            stop.cancelled().await;
            pause(GRACE).await;
        });
        let (mut sending, mut saving) = (Sending::new(), FuturesUnordered::new());
        let (mut sent_any, mut confirmed_any) = (false, false);
        while self.look(settings).await? {
            sent_any |= self.send(&mut link, &exchanges, &mut sending).await?;
            if saving.is_empty() {
                saving.extend(self.outbox.save(sending.is_empty()));
            }
            if self.stop.is_cancelled() && sending.is_empty() && saving.is_empty() {
                break;
            }
            let lost = tokio::select! {
                Some((ticket, sent)) = sending.next() => match sent {
                    Ok(()) => {
                        confirmed_any = true;
                        self.outbox.confirm(ticket);
                        None
                    }
                    Err(error) => Some(error),
                },
                event = link.event() => self.notice(event, warning.as_deref()),
                Some(saved) = saving.next() => {
                    note_saved(saved);
                    None
                }
                () = revised(&mut self.revisions) => None,
                () = self.stop.cancelled(), if !self.stop.is_cancelled() => None,
                () = &mut farewell => break,
            };
            if let Some(error) = lost {
                self.confirm_what_arrived(&mut sending);
                return Ok(End::Lost(error, confirmed_any || !sent_any));
            }
        }
        if let Some(saved) = self.outbox.save_last() {
            note_saved(saved.await);
        }
        link.close().await;
        Ok(End::Done)
    }

    /// Shows what happens to the connection; answers with the error that ended it.
    fn notice(&self, event: LinkEvent, warning: Option<&str>) -> Option<BrokerError> {
        let shown = match event {
            LinkEvent::Lost(error) => return Some(error),
            LinkEvent::Blocked(reason) => Some(format!("the broker takes no messages for now: {reason}")),
            LinkEvent::Unblocked => warning.map(str::to_owned),
        };
        report(self.notifier, |state| state.error = shown);
        None
    }

    /// Publishes what may go; answers whether there was anything.
    async fn send(&mut self, link: &mut Link, exchanges: &Exchanges, sending: &mut Sending) -> Result<bool, Fault> {
        let Some(mut next) = self.outbox.next() else { return Ok(false) };
        let base_uri = base_uri::current(&self.notifier.store.read(), &self.notifier.options.fallback_base_uri).await?;
        loop {
            let (ticket, event) = next;
            let sent = link.publish(message(&event, ticket.1, &base_uri, exchanges));
            sending.push(Box::pin(sent.map(move |sent| (ticket, sent))));
            match self.outbox.next() {
                Some(another) => next = another,
                None => return Ok(true),
            }
        }
    }

    /// The connection is gone; what was confirmed before that counts.
    fn confirm_what_arrived(&mut self, sending: &mut Sending) {
        while let Some(Some((ticket, sent))) = sending.next().now_or_never() {
            if sent.is_ok() {
                self.outbox.confirm(ticket);
            }
        }
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
