//! Without a broker: the journal, the cursor, and what is kept.

use crate::support::{Announce, Emit, Rig, configure, configure_carelessly, event, events, soon, store};
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_notifier::{Filter, Notifier, Options};

/// Nobody listens there.
fn dead() -> AmqpSettings {
    AmqpSettings { host: "127.0.0.1".into(), port: crate::proxy::free_port(), ..AmqpSettings::default() }
}

#[tokio::test]
async fn without_a_broker_nothing_waits_and_one_write_is_enough() {
    let store = store().await;
    let rig = Rig::start(&store);
    for event in events(20, 3) {
        store.write(Emit(vec![event])).await.unwrap();
        rig.settled().await;
    }
    let state = rig.notifier.state().borrow().clone();
    assert_eq!((state.configured, state.connected, state.error, state.pending, state.cursor), (false, false, None, 0, 20));
    assert_eq!(*store.revisions().borrow(), 21);
    rig.end().await;
}

#[tokio::test]
async fn what_was_for_the_journal_never_waits_for_a_broker() {
    let store = store().await;
    let rig = Rig::start(&store);
    store.write(Emit(events(5, 2))).await.unwrap();
    rig.settled().await;
    configure(&store, dead()).await.unwrap();
    store.write(Emit(events(3, 2))).await.unwrap();
    let state = rig.until("three events to wait", |state| state.pending == 3).await;
    assert_eq!((state.configured, state.cursor), (true, 5));
    rig.end().await;

    // The same broker after a restart: it still waits for the three.
    let rig = Rig::start(&store);
    rig.until("three events to wait", |state| state.pending == 3 && state.error.is_some()).await;
    configure(&store, AmqpSettings::default()).await.unwrap();
    rig.until("the broker to be forgotten", |state| !state.configured && state.pending == 0).await;
    rig.end().await;

    // Settings that somebody else wrote, without placing the cursor: what came without a broker still does not count.
    store.write(Emit(events(2, 2))).await.unwrap();
    let rig = Rig::start(&store);
    rig.settled().await;
    configure_carelessly(&store, dead()).await.unwrap();
    rig.until("the broker to be tried", |state| state.error.is_some()).await;
    store.write(Emit(vec![event(1, "counts")])).await.unwrap();
    rig.until("one event to wait", |state| state.configured && state.pending == 1).await;
    rig.end().await;
}

#[tokio::test]
async fn old_events_are_dropped_but_never_those_that_wait() {
    let store = store().await;
    let options = Options { keep_events: 16, ..Options::default() };
    let rig = Rig::with(&store, options.clone());
    for part in events(100, 2).chunks(10) {
        store.write(Emit(part.to_vec())).await.unwrap();
        rig.settled().await;
    }
    let first = |events: &[vcdsim_model::event::Event]| events.first().map(|event| event.seq);
    let mut revisions = store.revisions();
    while store.read().events_after(0, 1_000).await.unwrap().len() > 18 {
        soon("old events to be dropped", revisions.changed()).await.unwrap();
    }
    assert!(store.read().events_after(0, 1_000).await.unwrap().len() >= 16);

    configure(&store, dead()).await.unwrap();
    for part in events(100, 2).chunks(10) {
        store.write(Emit(part.to_vec())).await.unwrap();
    }
    rig.until("all to wait", |state| state.pending == 100).await;
    rig.end().await;
    assert!(first(&store.read().events_after(0, 1_000).await.unwrap()).unwrap() <= 101);
}

#[tokio::test]
async fn the_journal_shows_what_is_announced_and_what_is_asked_for() {
    let store = store().await;
    let notifier = Notifier::new(store.clone(), Options::default());
    store.write(Emit(events(3, 3))).await.unwrap();
    store.write(Announce(false)).await.unwrap();
    store.write(Emit(events(300, 3))).await.unwrap();
    store.write(Announce(true)).await.unwrap();
    let mut other = event(7, "told");
    other.r#type = "com/vmware/vcloud/event/vapp/create".to_owned();
    store.write(Emit(vec![other])).await.unwrap();

    let shown = async |limit, routing_key: Option<&str>, exchange: Option<&str>| {
        let filter = Filter { routing_key: routing_key.map(String::from), exchange: exchange.map(String::from) };
        let entries = notifier.journal(limit, &filter).await.unwrap();
        entries.into_iter().map(|entry| (entry.event, entry.message.exchange)).collect::<Vec<_>>()
    };
    let (xml, json) = ("systemExchange".to_owned(), "vcd.notifications20".to_owned());
    assert_eq!(shown(100, None, None).await.len(), 8);
    assert_eq!(shown(3, None, None).await, [(3, json.clone()), (304, xml.clone()), (304, json.clone())]);
    assert_eq!(shown(100, Some("#.vapp.*"), None).await, [(304, xml.clone()), (304, json)]);
    assert_eq!(shown(2, None, Some("systemExchange")).await, [(3, xml.clone()), (304, xml)]);
    assert_eq!(shown(0, None, None).await, []);
    assert_eq!(shown(100, Some("#.disk.#"), None).await, []);
}
