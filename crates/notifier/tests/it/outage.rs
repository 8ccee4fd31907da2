//! A connection that goes and comes back; a broker that does is a trial (`cargo xtask broker-faults`). What is sent again repeats its id; what is told about one entity stays in order.

use crate::proxy::{Proxy, free_port};
use crate::support::{Arrivals, Emit, Rig, broker, configure, event, events, soon, store};
use std::collections::HashMap;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_store::Store;

/// Every event has arrived, and the first arrivals about each entity are in order.
async fn all_arrive_in_order(store: &Store, arrivals: &mut Arrivals) {
    let events = store.read().events_after(0, 10_000).await.unwrap();
    let numbers: HashMap<String, i64> = events.iter().map(|event| (event.id.to_string(), event.seq)).collect();
    let mut latest: HashMap<String, i64> = HashMap::new();
    for (id, entity) in arrivals.distinct(events.len()).await {
        let number = numbers[&id];
        let before = latest.entry(entity).or_insert(0);
        let skipped = events.iter().any(|event| {
            let same = event.what.entity.urn.id == events[usize::try_from(number - 1).unwrap()].what.entity.urn.id;
            same && event.seq > *before && event.seq < number
        });
        assert!(!skipped, "event {number} came before an earlier one about the same entity");
        *before = number.max(*before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_lose_nothing() {
    let Some(broker) = broker("cut").await else { return };
    let [mut xml, mut json] = broker.listen_to_all().await;
    let upstream = (broker.settings.host.clone(), broker.settings.port);
    // The handshake takes about 600 bytes, a confirmation 21 and one for several messages no more.
    let (proxy, mut cuts) = Proxy::cutting(upstream, vec![20, 700, 900, 1_200, 1_500, 2_000]).await;
    let store = store().await;
    configure(&store, AmqpSettings { host: "127.0.0.1".into(), port: proxy.port, ..broker.settings.clone() }).await.unwrap();
    let rig = Rig::start(&store);
    // More events as long as connections are still to be cut.
    while *cuts.borrow_and_update() < 6 {
        store.write(Emit(events(40, 5))).await.unwrap();
        tokio::select! { changed = soon("a cut", cuts.changed()) => changed.unwrap(), () = rig.settled() => {} }
    }
    all_arrive_in_order(&store, &mut xml).await;
    all_arrive_in_order(&store, &mut json).await;
    rig.settled().await;
    rig.end().await;
    broker.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_comes_later_gets_what_waited() {
    let Some(broker) = broker("later").await else { return };
    let [mut xml, mut json] = broker.listen_to_all().await;
    let port = free_port();
    let store = store().await;
    configure(&store, AmqpSettings { host: "127.0.0.1".into(), port, ..broker.settings.clone() }).await.unwrap();
    let rig = Rig::start(&store);
    store.write(Emit(events(700, 9))).await.unwrap();
    let state = rig.until("the broker to be missed", |state| state.error.is_some() && state.pending == 700).await;
    assert!(state.configured && !state.connected);
    assert!(state.error.unwrap().contains(&format!("cannot reach 127.0.0.1:{port}")));
    let proxy = Proxy::start(port, (broker.settings.host.clone(), broker.settings.port)).await;
    rig.until("the connection", |state| state.connected && state.error.is_none()).await;
    all_arrive_in_order(&store, &mut xml).await;
    all_arrive_in_order(&store, &mut json).await;
    rig.settled().await;

    drop(proxy);
    rig.until("the loss to be seen without traffic", |state| !state.connected).await;
    store.write(Emit(vec![event(1, "while away")])).await.unwrap();
    let _proxy = Proxy::start(port, (broker.settings.host.clone(), broker.settings.port)).await;
    assert_eq!(xml.names_until("while away").await, ["while away"]);
    rig.end().await;
    broker.clean().await;
}
