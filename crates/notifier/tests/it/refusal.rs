//! What a broker refuses, and how that is said.

use crate::proxy::Proxy;
use crate::support::{Emit, Rig, broker, configure, event, soon, store};
use lapin::ExchangeKind;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_notifier::{BrokerError, test_connection};

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_of_another_type_is_shown_and_used_as_it_is() {
    let Some(broker) = broker("mismatch").await else { return };
    broker.declare(&broker.settings.exchange, ExchangeKind::Fanout).await;
    let mut arrivals = broker.listen(&broker.settings.exchange, "", None).await;
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

    let proxy = Proxy::tls((broker.settings.host.clone(), broker.settings.port)).await;
    let tls = AmqpSettings { host: "localhost".into(), port: proxy.port, use_ssl: true, ..broker.settings.clone() };
    let error = test_connection(&tls, LIMIT).await.unwrap_err();
    assert!(matches!(error, BrokerError::Tls { .. }), "{error:?}");
    test_connection(&AmqpSettings { ssl_accept_all: true, ..tls }, LIMIT).await.unwrap();
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
