//! The event table seen as an outbox: what is read ahead, how far delivery has come, what may be dropped.
//! Invariant: the stored cursor never passes an unconfirmed event, and no event beyond it is dropped while a broker is configured.
//! Whoever names a broker where there was none places the cursor at the head in the same command; who forgets that may send a few events
//! that were for the journal only.

use crate::fate::Severed;
use crate::message::Form;
use crate::window::{Departure, Ticket, Window};
use futures::future::BoxFuture;
use vcdsim_model::Fault;
use vcdsim_model::family::settings::{AmqpSettings, Setting};
use vcdsim_store::{Command, Store, Tx};

/// The name of the cursor.
pub(crate) const SINK: &str = AmqpSettings::KEY;
/// Stands in place of a cursor while no broker is configured: delivery will begin with what comes then.
const PARKED: i64 = i64::MAX;
/// How many events are read at once.
const PAGE: usize = 128;
/// A cursor that moved because of confirmations is stored when the broker owes nothing, or after this many.
const CONFIRMED_BATCH: usize = 64;
/// How many messages that are kept back are named, at most.
const KEPT: usize = 10;
/// A cursor that only passed over events that are not announced is stored this rarely.
const SKIPPED_BATCH: i64 = 512;

/// The stretch of the outbox between what is delivered and what is read ahead.
#[derive(Debug)]
pub(crate) struct Outbox {
    store: Store,
    capacity: usize,
    keep: i64,
    window: Option<Window>,
    /// The head of the outbox when there was last seen to be no broker.
    standing_by: Option<i64>,
    /// Where the cursor was last stored, or tried to be.
    saved: i64,
    /// Confirmations since.
    confirmed: usize,
    /// Up to which event the table was pruned.
    pruned: i64,
}

impl Outbox {
    /// The outbox of a store, read `capacity` events ahead; about `keep` delivered events are kept for the journal.
    pub(crate) fn new(store: Store, capacity: usize, keep: i64) -> Self {
        Self { store, capacity, keep: keep.max(1), window: None, standing_by: None, saved: 0, confirmed: 0, pruned: 0 }
    }

    /// There is no broker: everything up to `head` goes to the journal only. What was waiting is given up.
    pub(crate) async fn stand_by(&mut self, head: i64) -> Result<(), Fault> {
        self.window = None;
        if self.standing_by.replace(head).is_none() {
            park(&self.store).await?;
        }
        if let Some(to) = self.prunable(head) {
            self.pruned = to;
            self.store.write(Save { cursor: None, prune_to: Some(to) }).await?;
        }
        Ok(())
    }

    /// There is a broker: delivery goes on where it stopped, or begins with what came after there was none.
    pub(crate) async fn resume(&mut self) -> Result<(), Fault> {
        if self.window.is_none() {
            let head = self.store.last_event();
            let stored = self.store.read().cursor(SINK).await?;
            let after = match (stored, self.standing_by.take()) {
                (Some(PARKED), seen) => seen.unwrap_or(head),
                (stored, seen) => stored.unwrap_or_default().max(seen.unwrap_or_default()).min(head),
            };
            if stored == Some(PARKED) {
                self.store.write(Save { cursor: Some(after), prune_to: None }).await?;
            }
            self.window = Some(Window::new(after, self.capacity));
            (self.saved, self.confirmed) = (after, 0);
        }
        self.rewind();
        Ok(())
    }

    /// Reads ahead, no further than `head` and as far as the window goes. Where the cursor was placed by whoever configured a broker anew,
    /// what lies before it is given up.
    pub(crate) async fn load(&mut self, head: i64) -> Result<(), Fault> {
        let Some(window) = &mut self.window else { return Ok(()) };
        let reader = self.store.read();
        if let Some(placed) = reader.cursor(SINK).await?.filter(|seq| *seq > self.saved && *seq != PARKED) {
            window.skip_to(placed);
            self.saved = placed;
        }
        loop {
            let wanted = window.wanted(PAGE);
            if wanted.is_empty() {
                break;
            }
            let events = reader.events_numbered(&wanted).await?;
            // What is gone was given up by whoever has placed the cursor meanwhile.
            let all_there = events.len() == wanted.len();
            window.take_again(events);
            if !all_there {
                break;
            }
        }
        // A page at a time: one query for each event that is confirmed would be most of the work.
        let worth_reading = (self.capacity / 2).clamp(1, PAGE);
        while window.room() >= worth_reading && window.read_to() < head {
            let limit = window.room().min(PAGE) as u64;
            let page = reader.events_after(window.read_to(), limit).await?;
            if page.is_empty() {
                break;
            }
            page.into_iter().for_each(|event| window.take(event));
        }
        Ok(())
    }

    /// The next message that may be sent.
    pub(crate) fn next(&mut self) -> Option<Departure> {
        let now = self.store.now();
        self.window.as_mut()?.next(now)
    }

    /// The broker has it. Answers with the connection that a rule cuts before anybody knows.
    pub(crate) fn confirm(&mut self, ticket: Ticket) -> Option<Severed> {
        let severed = self.window.as_mut()?.confirm(ticket);
        self.confirmed += usize::from(severed.is_none());
        severed
    }

    /// It was not taken, by the broker or by this rule; answers how often it was sent.
    pub(crate) fn refuse(&mut self, ticket: Ticket, rule: Option<u64>) -> u32 {
        let Some(window) = &mut self.window else { return 0 };
        window.refuse(ticket, rule);
        window.tries(ticket)
    }

    /// What was refused may go again.
    pub(crate) fn retry(&mut self, ticket: Ticket) {
        if let Some(window) = &mut self.window {
            window.retry(ticket);
        }
    }

    /// Of how many objects and forms messages are refused.
    pub(crate) fn stuck(&self) -> usize {
        self.window.as_ref().map_or(0, Window::stuck)
    }

    /// A rule that has messages refused.
    pub(crate) fn refusing_rule(&self) -> Option<u64> {
        self.window.as_ref().and_then(Window::refusing_rule)
    }

    /// The connection that a rule has cut, while there is to be no other.
    pub(crate) fn away(&self) -> Option<Severed> {
        self.window.as_ref()?.away(self.store.now())
    }

    /// How many messages rules have had dropped since this was asked last.
    pub(crate) fn take_dropped(&mut self) -> u64 {
        self.window.as_mut().map_or(0, Window::take_dropped)
    }

    /// What rules keep back at this instant, in words.
    pub(crate) fn kept(&self) -> Vec<String> {
        self.window.as_ref().map_or_else(Vec::new, |window| window.kept(self.store.now(), KEPT))
    }

    /// Whether a message that is under way was sent before.
    pub(crate) fn is_repeated(&self, ticket: Ticket) -> bool {
        self.window.as_ref().is_some_and(|window| window.tries(ticket) > 1)
    }

    /// What is under way may not have arrived.
    pub(crate) fn rewind(&mut self) {
        if let Some(window) = &mut self.window {
            window.rewind();
        }
    }

    /// The number of the last event that is dealt with.
    pub(crate) fn cursor(&self) -> i64 {
        self.window.as_ref().map_or(self.saved, Window::cursor)
    }

    /// How many events wait. Those beyond the window count as announced.
    pub(crate) fn pending(&self) -> u64 {
        let Some(window) = &self.window else { return 0 };
        window.len() as u64 + u64::try_from(self.store.last_event() - window.read_to()).unwrap_or_default()
    }

    /// Storing the cursor, when it has moved enough. `idle`: the broker owes no confirmation, so nothing is won by waiting.
    /// A position is tried once: when that fails, the next one is stored instead.
    pub(crate) fn save(&mut self, idle: bool) -> Option<BoxFuture<'static, Result<(), Fault>>> {
        let cursor = self.cursor();
        let moved = cursor - self.saved;
        let due = self.confirmed > 0 && (idle || self.confirmed >= CONFIRMED_BATCH * Form::ALL.len()) || moved >= SKIPPED_BATCH;
        (due && moved > 0).then(|| self.save_now(cursor))
    }

    /// Storing the cursor however little it has moved.
    pub(crate) fn save_last(&mut self) -> Option<BoxFuture<'static, Result<(), Fault>>> {
        let cursor = self.cursor();
        (cursor > self.saved).then(|| self.save_now(cursor))
    }

    fn save_now(&mut self, cursor: i64) -> BoxFuture<'static, Result<(), Fault>> {
        (self.saved, self.confirmed) = (cursor, 0);
        let prune_to = self.prunable(cursor);
        self.pruned = prune_to.unwrap_or(self.pruned);
        let store = self.store.clone();
        Box::pin(async move { store.write(Save { cursor: Some(cursor), prune_to }).await })
    }

    /// Up to where the table may be pruned, when that is worth a write.
    fn prunable(&self, delivered: i64) -> Option<i64> {
        let to = (self.store.last_event() - self.keep).min(delivered);
        (to - self.pruned >= (self.keep / 8).max(1)).then_some(to)
    }
}

/// Moves the cursor forward and drops old events. Writes nothing that is as it should be, since each commit wakes the dispatcher.
#[derive(Debug)]
struct Save {
    cursor: Option<i64>,
    prune_to: Option<i64>,
}

impl Command for Save {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        if let Some(seq) = self.cursor
            && tx.read().cursor(SINK).await?.is_none_or(|stored| stored == PARKED || stored < seq)
        {
            tx.put_cursor(SINK, seq).await?;
        }
        if let Some(seq) = self.prune_to {
            tx.prune_events(seq).await?;
        }
        Ok(())
    }
}

/// Notes that what comes is for the journal only, unless a broker is configured.
pub(crate) async fn park(store: &Store) -> Result<(), Fault> {
    store.write(Park).await
}

/// Parks the cursor, unless a broker was configured in the meantime.
#[derive(Debug)]
struct Park;

impl Command for Park {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        if is_configured(&tx.read().setting().await?) || tx.read().cursor(SINK).await? == Some(PARKED) {
            return Ok(());
        }
        tx.put_cursor(SINK, PARKED).await
    }
}

/// Whether the settings name a broker.
pub(crate) fn is_configured(settings: &AmqpSettings) -> bool {
    !settings.host.is_empty()
}
