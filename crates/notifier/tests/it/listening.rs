//! Those who listen over MQTT: what is handed to them. A broker has no part in it, so the one of these tests is never there.

use crate::support::{Announce, Emit, Rig, configure, event, events, soon, store};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_notifier::{Listener, Posting, Reach, Subscription};
use vcdsim_store::Store;

const DORA: u128 = 0xb2;
const ACME: u128 = 0xa1;

fn listener(org: u128, user: u128, reach: Reach) -> Listener {
    Listener { org: Uuid::from_u128(org), user: Uuid::from_u128(user), reach }
}

/// The messages about the events after `seq` that are announced, in the order of the events.
async fn wanted(store: &Store, seq: i64) -> Vec<Posting> {
    let events = store.read().events_after(seq, 10_000).await.unwrap();
    events.iter().filter(|event| event.announced).map(Posting::from).collect()
}

async fn heard(subscription: &mut Subscription, count: usize) -> Vec<Posting> {
    let mut heard = Vec::new();
    for _ in 0..count {
        heard.push(Arc::unwrap_or_clone(soon("a message", subscription.next()).await.unwrap()));
    }
    heard
}

#[tokio::test]
async fn each_event_is_heard_once_and_in_order_while_the_broker_is_away() {
    let store = store().await;
    let dead = AmqpSettings { host: "127.0.0.1".into(), port: crate::proxy::free_port(), ..AmqpSettings::default() };
    configure(&store, dead).await.unwrap();
    store.write(Emit(events(3, 1))).await.unwrap();
    let rig = Rig::start(&store);
    let mut early = rig.notifier.subscribe(listener(ACME, DORA, Reach::Everything));
    for count in [1, 300, 2] {
        store.write(Emit(events(count, 7))).await.unwrap();
    }
    let mut late = rig.notifier.subscribe(listener(ACME, DORA, Reach::Everything));
    store.write(Emit(events(200, 7))).await.unwrap();
    assert_eq!(heard(&mut early, 503).await, wanted(&store, 3).await);
    assert_eq!(heard(&mut late, 200).await, wanted(&store, 306).await);
    rig.until("the broker to be tried", |state| state.error.is_some() && state.pending == 506).await;
    rig.end().await;
    assert!(late.dropped().is_cancelled() && late.next().await.is_none(), "nobody waits for a notifier that has ended");
}

#[tokio::test]
async fn only_what_is_announced_is_heard() {
    let store = store().await;
    let rig = Rig::start(&store);
    let mut all = rig.notifier.subscribe(listener(ACME, DORA, Reach::Everything));
    store.write(Announce(false)).await.unwrap();
    let mut blocked = event(1, "blocked");
    blocked.blocking = true;
    store.write(Emit(vec![event(1, "silent"), blocked, event(1, "silent")])).await.unwrap();
    store.write(Announce(true)).await.unwrap();
    store.write(Emit(vec![event(1, "last")])).await.unwrap();
    let wanted = wanted(&store, 0).await;
    assert_eq!(wanted.len(), 2);
    assert_eq!(heard(&mut all, 2).await, wanted);
    rig.end().await;
}

#[tokio::test]
async fn everybody_hears_what_is_in_reach() {
    let store = store().await;
    let rig = Rig::start(&store);
    let mut own = rig.notifier.subscribe(listener(ACME, DORA, Reach::Own));
    let mut house = rig.notifier.subscribe(listener(ACME, 0xff, Reach::Organization));
    let mut elsewhere = rig.notifier.subscribe(listener(0xff, DORA, Reach::Organization));
    let mut others = event(1, "of a colleague");
    others.user.urn.id = Uuid::from_u128(0xee);
    let mut foreign = event(2, "of another organization");
    foreign.org.urn.id = Uuid::from_u128(0xff);
    store.write(Emit(vec![others, event(1, "own"), foreign])).await.unwrap();
    let all = wanted(&store, 0).await;
    assert_eq!(heard(&mut elsewhere, 1).await, all[2..]);
    assert_eq!(heard(&mut house, 2).await, all[..2]);
    assert_eq!(heard(&mut own, 1).await, all[1..2]);
    // The last event went to `elsewhere`: whatever the other two were to hear of these events, they have heard.
    store.write(Emit(vec![event(3, "more")])).await.unwrap();
    let more = wanted(&store, 3).await;
    assert_eq!((heard(&mut house, 1).await, heard(&mut own, 1).await), (more.clone(), more));
    rig.end().await;
}
