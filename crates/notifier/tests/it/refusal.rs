//! What a broker refuses, and how that is said.

use crate::support::{Emit, Rig, broker, configure, event, soon, store};
use lapin::ExchangeKind;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_notifier::{BrokerError, BrokerState, ExchangeStanding, Options, Standing, test_connection};

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_of_another_type_is_shown_and_used_as_it_is() {
    let Some(broker) = broker("mismatch").await else { return };
    broker.declare(&broker.settings.exchange, ExchangeKind::Fanout).await;
    let mut arrivals = broker.listen(&broker.settings.exchange, "").await;
    let store = store().await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let rig = Rig::start(&store);
    store.write(Emit(vec![event(1, "all the same")])).await.unwrap();
    assert_eq!(arrivals.names_until("all the same").await, ["all the same"]);
    rig.settled().await;
    let state = rig.notifier.state().borrow().clone();
    assert!(state.connected);
    let error = state.error.unwrap();
    assert!(error.contains(&broker.settings.exchange) && error.contains("PRECONDITION_FAILED"), "{error}");
    rig.end().await;
    broker.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_that_cannot_be_used_is_shown_and_tried_again() {
    let Some(broker) = broker("reserved").await else { return };
    let [mut xml, _json] = broker.listen_to_all().await;
    let store = store().await;
    configure(&store, AmqpSettings { exchange: "amq.nobody".into(), ..broker.settings.clone() }).await.unwrap();
    let rig = Rig::start(&store);
    let state = rig.until("the refusal", |state| state.error.is_some()).await;
    assert!(!state.connected);
    assert!(state.error.unwrap().starts_with("cannot use exchange \"amq.nobody\": ACCESS_REFUSED"));
    store.write(Emit(vec![event(1, "waits")])).await.unwrap();
    configure(&store, broker.settings.clone()).await.unwrap();
    assert_eq!(xml.names_until("waits").await, ["waits"]);
    rig.end().await;
    broker.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_shown_without_the_password() {
    let Some(broker) = broker("password").await else { return };
    let [mut xml, _json] = broker.listen_to_all().await;
    let wrong = AmqpSettings { password: "open-sesame".into(), ..broker.settings.clone() };
    let error = test_connection(&wrong, LIMIT).await.unwrap_err();
    assert!(matches!(error, BrokerError::Credentials { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("open-sesame"));

    let store = store().await;
    configure(&store, wrong).await.unwrap();
    let rig = Rig::start(&store);
    store.write(Emit(vec![event(1, "waits")])).await.unwrap();
    let state = rig.until("the refusal", |state| state.error.is_some()).await;
    let error = state.error.unwrap();
    assert!(error.contains("ACCESS_REFUSED") && error.contains(&broker.settings.username) && !error.contains("open-sesame"), "{error}");
    configure(&store, broker.settings.clone()).await.unwrap();
    assert_eq!(xml.names_until("waits").await, ["waits"]);
    rig.settled().await;
    assert_eq!(rig.notifier.state().borrow().error, None);
    rig.end().await;
    broker.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_really_tried() {
    let Some(broker) = broker("trial").await else { return };
    test_connection(&broker.settings, LIMIT).await.unwrap();
    let missing = AmqpSettings { vhost: "nowhere".into(), ..broker.settings.clone() };
    let error = test_connection(&missing, LIMIT).await.unwrap_err();
    assert!(matches!(error, BrokerError::Vhost { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_holds_back_its_own_messages_only() {
    let Some(broker) = broker("full").await else { return };
    let [mut xml, _json] = broker.listen_to_all().await;
    let queue = format!("full-{}", broker.settings.exchange);
    broker.full_queue(&queue, &format!("*.{}.#", uuid::Uuid::from_u128(1))).await;
    let store = store().await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let rig = Rig::start(&store);
    store.write(Emit(vec![event(1, "stuck"), event(1, "behind"), event(2, "other")])).await.unwrap();
    let refusing = |state: &BrokerState| state.state == Standing::Refusing && state.counts.nacked >= 3 && state.cursor == 0;
    let state = rig.until("the refusals", refusing).await;
    assert!(state.connected && state.error.unwrap().contains("basic.nack"));
    assert_eq!((state.refused, state.counts.connections, state.counts.attempts), (1, 1, 1));
    store.write(Emit(vec![event(3, "another")])).await.unwrap();
    // What is refused reaches the queues that have room all the same, as often as it is tried.
    let names = xml.names_until("another").await;
    assert!(names.contains(&"other".to_owned()) && !names.contains(&"behind".to_owned()), "{names:?}");

    broker.channel.queue_delete(queue.as_str().into(), lapin::options::QueueDeleteOptions::default()).await.unwrap();
    rig.settled().await;
    let state = rig.until("the end of the refusals", |state| state.state == Standing::Connected).await;
    assert_eq!((state.error, state.refused, state.unconfirmed, state.counts.confirmed), (None, 0, 0, 8));
    assert!(state.last_failure.unwrap().reason.contains("basic.nack"));
    assert_eq!(state.counts.published, state.counts.confirmed + state.counts.nacked);
    assert_eq!(state.counts.retried, state.counts.nacked);
    assert_eq!(xml.names_until("behind").await.last().unwrap(), "behind");
    rig.end().await;
    broker.clean().await;
}

/// However many messages about one object wait for a full queue, those about others find room, and none is lost.
#[tokio::test(flavor = "multi_thread")]
async fn refused_messages_about_one_object_leave_room_for_all_others() {
    const STUCK: usize = 40;
    let Some(broker) = broker("window").await else { return };
    let [mut xml, _json] = broker.listen_to_all().await;
    let queue = format!("window-{}", broker.settings.exchange);
    broker.full_queue(&queue, &format!("*.{}.#", uuid::Uuid::from_u128(1))).await;
    let store = store().await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let rig = Rig::with(&store, Options { window: 4, ..Options::default() });
    let stuck: Vec<String> = (0..STUCK).map(|at| format!("stuck {at}")).collect();
    store.write(Emit(stuck.iter().map(|name| event(1, name)).collect())).await.unwrap();
    store.write(Emit(vec![event(2, "other")])).await.unwrap();
    assert_eq!(xml.names_until("other").await.last().unwrap(), "other");
    let held = |state: &BrokerState| state.counts.nacked >= 4 && state.counts.confirmed == STUCK as u64 + 2;
    let state = rig.until("the refusals", held).await;
    assert_eq!((state.state, state.refused, state.pending, state.cursor), (Standing::Refusing, 1, STUCK as u64, 0));

    broker.channel.queue_delete(queue.as_str().into(), lapin::options::QueueDeleteOptions::default()).await.unwrap();
    rig.settled().await;
    let mut names = xml.names_until(stuck.last().unwrap()).await;
    // The first one arrived each time that it was tried.
    names.dedup();
    assert_eq!(names, stuck, "in their order");
    assert_eq!(rig.notifier.state().borrow().counts.confirmed, 2 * (STUCK as u64 + 1));
    rig.end().await;
    broker.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_no_queue_takes_are_confirmed_and_counted() {
    let Some(broker) = broker("nobody").await else { return };
    let store = store().await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let rig = Rig::start(&store);
    store.write(Emit(vec![event(1, "unheard")])).await.unwrap();
    rig.settled().await;
    let state = rig.notifier.state().borrow().clone();
    assert_eq!((state.counts.returned, state.counts.confirmed, state.counts.retried), (2, 2, 0));
    let mut heard = broker.listen(&broker.settings.exchange, "#").await;
    store.write(Emit(vec![event(1, "heard")])).await.unwrap();
    assert_eq!(heard.names_until("heard").await, ["heard"]);
    rig.settled().await;
    let state = rig.notifier.state().borrow().clone();
    assert_eq!((state.counts.returned, state.counts.confirmed), (3, 4));
    rig.end().await;
    broker.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_that_is_deleted_is_declared_again() {
    let Some(broker) = broker("deleted").await else { return };
    let store = store().await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let rig = Rig::start(&store);
    let state = rig.until("the exchanges", |state| state.state == Standing::Connected).await;
    let found: Vec<_> = state.exchanges.iter().map(|each| (each.name.clone(), each.form, each.standing)).collect();
    let (xml, json) = (broker.settings.exchange.clone(), broker.json_exchange());
    assert_eq!(found, [(xml, "xml", ExchangeStanding::Declared), (json, "json", ExchangeStanding::Declared)]);
    broker.clean().await;
    store.write(Emit(vec![event(1, "waits")])).await.unwrap();
    rig.settled().await;
    let state = rig.notifier.state().borrow().clone();
    let told = state.last_failure.unwrap().reason;
    assert!(told.starts_with("the broker closed the channel: NOT_FOUND - no exchange"), "{told}");
    // The first attempt lost both messages or one; none is counted as confirmed twice.
    assert_eq!((state.counts.connections, state.counts.confirmed, state.error), (2, 2, None));
    rig.end().await;
    broker.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_told_from_nobody_talking() {
    let settings = AmqpSettings { host: "127.0.0.1".into(), port: crate::proxy::free_port(), ..AmqpSettings::default() };
    assert!(matches!(test_connection(&settings, LIMIT).await, Err(BrokerError::Unreachable { .. })));
    assert!(matches!(
        test_connection(&AmqpSettings { vhost: "v".repeat(256), ..settings.clone() }, LIMIT).await,
        Err(BrokerError::TooLong { what: "the virtual host" })
    ));

    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = AmqpSettings { port: silent.local_addr().unwrap().port(), ..settings };
    let (outcome, accepted) = tokio::join!(test_connection(&settings, Duration::from_millis(300)), silent.accept());
    assert!(matches!(outcome, Err(BrokerError::Silent { .. })), "{outcome:?}");
    // The socket is given up with the attempt: it says AMQP's greeting, then ends.
    let mut said = Vec::new();
    soon("the socket to be closed", accepted.unwrap().0.read_to_end(&mut said)).await.unwrap();
    assert_eq!(said, b"AMQP\0\0\x09\x01");
}
