//! Events as they are committed, for those who listen. Invariant: whoever listens is handed each event in his reach once and in order, from
//! the moment on at which he began, or his subscription ends; nobody is waited for.

use super::{Listener, Posting};
use crate::backoff::{Backoff, pause};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use vcdsim_model::Fault;
use vcdsim_store::Store;

/// How many messages may wait for one who listens.
const WAITING: usize = 4_096;
/// How many events are read at once.
const PAGE: u64 = 128;

/// Those who listen, and what wakes the one who reads for them.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    audience: Mutex<Vec<Seat>>,
    came: Notify,
}

/// One who listens.
#[derive(Debug)]
struct Seat {
    listener: Listener,
    /// Up to which event everything was before his time.
    after: i64,
    to: mpsc::Sender<Arc<Posting>>,
    dropped: CancellationToken,
}

impl Seat {
    /// Ends the subscription; answers that the seat is not kept.
    fn end(&self, why: &str) -> bool {
        tracing::warn!(user = %self.listener.user, why, "somebody who listens over MQTT does not get everything, and is disconnected");
        self.dropped.cancel();
        false
    }
}

/// The messages of one who listens, until it is dropped.
#[derive(Debug)]
pub struct Subscription {
    messages: mpsc::Receiver<Arc<Posting>>,
    dropped: CancellationToken,
}

impl Subscription {
    /// The next message; `None` when the subscription was ended. Can be given up without losing one.
    pub async fn next(&mut self) -> Option<Arc<Posting>> {
        self.messages.recv().await
    }

    /// Is cancelled when the subscription is ended because messages would be missing.
    #[must_use]
    pub fn dropped(&self) -> CancellationToken {
        self.dropped.clone()
    }
}

impl Feed {
    /// Begins to listen: to what is committed from now on.
    pub(crate) fn subscribe(&self, store: &Store, listener: Listener) -> Subscription {
        let ((to, messages), dropped) = (mpsc::channel(WAITING), CancellationToken::new());
        let mut audience = self.audience();
        audience.retain(|seat| !seat.to.is_closed());
        // Read under the lock: an event that comes later is handed out later, and finds the seat taken.
        audience.push(Seat { listener, after: store.last_event(), to, dropped: dropped.clone() });
        drop(audience);
        self.came.notify_one();
        Subscription { messages, dropped }
    }

    /// Reads for those who listen until `stop`; while nobody does, nothing is read. Events beyond the last `keep` may be gone.
    pub(crate) async fn run(&self, store: &Store, keep: i64, stop: CancellationToken) {
        let (mut revisions, mut backoff) = (store.revisions(), Backoff::default());
        let mut read_to = None;
        while !stop.is_cancelled() {
            revisions.mark_unchanged();
            match self.hand_out(store, keep, &mut read_to).await {
                Ok(()) => backoff.reset(),
                Err(fault) => {
                    tracing::error!(reason = %fault.message, "the events cannot be read for those who listen over MQTT");
                    tokio::select! { () = stop.cancelled() => {}, () = pause(backoff.next()) => {} }
                    continue;
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.came.notified() => {}
                Ok(()) = revisions.changed(), if read_to.is_some() => {}
            }
        }
        // Whoever reads on later may find other events.
        self.audience().retain(|seat| seat.end("the notifier ends"));
    }

    /// Hands out what is new since `read_to`, which is `None` as long as nobody listens.
    async fn hand_out(&self, store: &Store, keep: i64, read_to: &mut Option<i64>) -> Result<(), Fault> {
        loop {
            let (wanted, head) = (self.first_wanted(), store.last_event());
            let Some(wanted) = wanted else {
                *read_to = None;
                return Ok(());
            };
            let after = *read_to.get_or_insert(wanted);
            if after > head {
                // The database was made to be as it once was: its events are others.
                *read_to = None;
                self.audience().retain(|seat| seat.after <= head || seat.end("the events are others now"));
                continue;
            }
            if after == head {
                return Ok(());
            }
            let mut page = store.read().events_after(after, PAGE).await?;
            // What is committed and not yet known to be may be old news to somebody who begins to listen right now.
            page.retain(|event| event.seq <= head);
            let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(()) };
            if first.seq > after + 1 && store.last_event() - after > keep {
                self.miss(first.seq);
            }
            *read_to = Some(last.seq);
            for event in page.iter().filter(|event| event.announced) {
                self.post(event.seq, &Arc::new(Posting::from(event)));
            }
        }
    }

    /// Events before this one were dropped before they could be read: the subscriptions that are not whole any more end.
    fn miss(&self, seq: i64) {
        self.audience().retain(|seat| seat.after + 1 >= seq || seat.end("events were dropped before they were read"));
    }

    /// After which event somebody listens; `None` when nobody does.
    fn first_wanted(&self) -> Option<i64> {
        let mut audience = self.audience();
        audience.retain(|seat| !seat.to.is_closed());
        audience.iter().map(|seat| seat.after).min()
    }

    fn post(&self, seq: i64, posting: &Arc<Posting>) {
        self.audience().retain(|seat| {
            if seat.after >= seq || !seat.listener.may_have(posting) {
                return true;
            }
            match seat.to.try_send(Arc::clone(posting)) {
                Ok(()) => true,
                Err(mpsc::error::TrySendError::Closed(_)) => false,
                Err(mpsc::error::TrySendError::Full(_)) => seat.end("it takes messages too slowly"),
            }
        });
    }

    fn audience(&self) -> MutexGuard<'_, Vec<Seat>> {
        self.audience.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::event;
    use crate::mqtt::Reach;
    use crate::mqtt::tests::listener;
    use vcdsim_model::clock::{VirtualClock, from_millis};
    use vcdsim_store::{Command, Durability, Options, SeededIds, Tx};

    #[tokio::test]
    async fn one_who_does_not_keep_up_is_dropped_and_nobody_else() {
        let feed = Feed::default();
        let seat = || {
            let ((to, messages), dropped) = (mpsc::channel(2), CancellationToken::new());
            feed.audience().push(Seat { listener: listener(Reach::Own), after: 0, to, dropped: dropped.clone() });
            Subscription { messages, dropped }
        };
        let (mut slow, mut quick) = (seat(), seat());
        let posting = Arc::new(Posting::from(&event()));
        for seq in 1..=3 {
            feed.post(seq, &posting);
            assert_eq!(quick.next().await.as_ref(), Some(&posting));
        }
        assert!(slow.dropped().is_cancelled() && !quick.dropped().is_cancelled());
        assert_eq!((slow.next().await.is_some(), slow.next().await.is_some(), slow.next().await), (true, true, None));
        assert_eq!(feed.first_wanted(), Some(0));
        drop(quick);
        assert_eq!(feed.first_wanted(), None);
    }

    /// Writes so many events, and drops those up to a number.
    struct Happen(u32, Option<i64>);

    impl Command for Happen {
        type Output = ();

        async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
            for _ in 0..self.0 {
                tx.emit(event().what).await?;
            }
            if let Some(seq) = self.1 {
                tx.prune_events(seq).await?;
            }
            Ok(())
        }
    }

    async fn store() -> Store {
        let (clock, ids) = (Arc::new(VirtualClock::new(from_millis(0))), Arc::new(SeededIds::new(7)));
        Store::open(Options { dir: None, durability: Durability::Normal, clock, ids, cache_bytes: 1 << 20, known: None }).await.unwrap()
    }

    #[tokio::test]
    async fn whoever_would_miss_an_event_is_dropped() {
        let (store, feed) = (store().await, Feed::default());
        let mut read_to = None;
        let mut early = feed.subscribe(&store, listener(Reach::Own));
        store.write(Happen(3, None)).await.unwrap();
        let mut late = feed.subscribe(&store, listener(Reach::Own));
        store.write(Happen(2, None)).await.unwrap();
        store.write(Happen(0, Some(2))).await.unwrap();
        feed.hand_out(&store, 2, &mut read_to).await.unwrap();
        assert!(early.dropped().is_cancelled() && early.next().await.is_none());
        assert!(!late.dropped().is_cancelled());
        assert!(late.next().await.is_some() && late.next().await.is_some() && late.messages.is_empty());
        assert_eq!(read_to, Some(5));
    }

    #[tokio::test]
    async fn a_database_that_became_an_earlier_one_ends_the_subscriptions() {
        let (store, feed) = (store().await, Feed::default());
        store.write(Happen(2, None)).await.unwrap();
        let mut stays = feed.subscribe(&store, listener(Reach::Own));
        let ((to, messages), dropped) = (mpsc::channel(2), CancellationToken::new());
        feed.audience().push(Seat { listener: listener(Reach::Own), after: 7, to, dropped: dropped.clone() });
        feed.hand_out(&store, 10, &mut Some(7)).await.unwrap();
        assert!(dropped.is_cancelled() && messages.is_closed() && !stays.dropped().is_cancelled());
        store.write(Happen(1, None)).await.unwrap();
        feed.hand_out(&store, 10, &mut Some(2)).await.unwrap();
        assert!(stays.next().await.is_some());
    }

    #[tokio::test]
    async fn nothing_is_read_while_nobody_listens_and_the_next_one_begins_anew() {
        let (store, feed) = (store().await, Feed::default());
        let mut read_to = None;
        let first = feed.subscribe(&store, listener(Reach::Own));
        store.write(Happen(1, None)).await.unwrap();
        feed.hand_out(&store, 10, &mut read_to).await.unwrap();
        assert_eq!((read_to, first.messages.len()), (Some(1), 1));
        drop(first);
        store.write(Happen(2, None)).await.unwrap();
        feed.hand_out(&store, 10, &mut read_to).await.unwrap();
        assert_eq!(read_to, None);
        let second = feed.subscribe(&store, listener(Reach::Own));
        feed.hand_out(&store, 10, &mut read_to).await.unwrap();
        assert_eq!((read_to, second.messages.len()), (Some(3), 0));
        store.write(Happen(1, None)).await.unwrap();
        feed.hand_out(&store, 10, &mut read_to).await.unwrap();
        assert_eq!((read_to, second.messages.len()), (Some(4), 1));
    }

    #[test]
    fn what_was_before_somebody_came_is_not_for_him() {
        let feed = Feed::default();
        let ((to, mut messages), dropped) = (mpsc::channel(2), CancellationToken::new());
        feed.audience().push(Seat { listener: listener(Reach::Everything), after: 7, to, dropped });
        let posting = Arc::new(Posting::from(&event()));
        feed.post(7, &posting);
        assert!(messages.try_recv().is_err());
        feed.post(8, &posting);
        assert_eq!(messages.try_recv().unwrap(), posting);
    }
}
