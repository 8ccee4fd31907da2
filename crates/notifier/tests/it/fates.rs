//! What rules order for messages, as it comes over restarts and when the settings change. All of it is seen by a consumer in
//! `conformance/broker_faults.py`.

use crate::support::{Emit, Rig, broker, configure, event, store_at};
use std::sync::Arc;
use std::time::Duration;
use vcdsim_model::Fault;
use vcdsim_model::clock::{Clock, VirtualClock, after_millis, from_millis};
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_model::fate::{Cut, Form, Guise, Ordered, Outage};
use vcdsim_model::mishap::{At, Mishap, Mishaps, Of, Rule};
use vcdsim_notifier::Standing;
use vcdsim_store::{Command, Tx};

const LIMIT: Duration = Duration::from_secs(20);

/// Writes a rule for the next message in XML.
struct Order(Ordered);

impl Command for Order {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let (of, does) = (Of { form: Some(Form::Xml), ..Of::default() }, Mishap::Message(self.0));
        let rule = Rule { number: 1, at: At::Message, of, skip: 0, times: Some(1), probability: 1.0, does, seen: 0, hits: 0 };
        tx.put_setting(&Mishaps { rules: vec![rule], ..Mishaps::default() }).await
    }
}

/// Keeps the broker from taking anything, in some guise, or lets it.
struct Keep(Option<Guise>);

impl Command for Keep {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.put_setting(&Outage { stopped: self.0.is_some(), until: None, guise: self.0.unwrap_or_default() }).await
    }
}

fn clock() -> Arc<VirtualClock> {
    Arc::new(VirtualClock::new(from_millis(1_772_612_100_262)))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_late_waits_for_its_instant_over_a_restart_and_at_another_broker() {
    let Some(broker) = broker("late").await else { return };
    let [mut xml, _json] = broker.listen_to_all().await;
    let clock = clock();
    let store = store_at(clock.clone()).await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let rig = Rig::start(&store);
    store.write(Order(Ordered::Delay(60_000, 0))).await.unwrap();
    store.write(Emit(vec![event(1, "late"), event(2, "other"), event(1, "behind it")])).await.unwrap();
    assert_eq!(xml.names_until("other").await, ["other"]);
    let state = rig.until("it to be kept", |state| state.pending == 2 && state.unconfirmed == 0 && !state.kept.is_empty()).await;
    assert!(state.connected && state.kept[0].contains("the xml message about event 1 is kept back by rule 1"), "{:?}", state.kept);
    rig.end().await;

    let rig = Rig::start(&store);
    rig.until("it to be kept again", |state| !state.kept.is_empty()).await;
    // Another broker, as far as anybody can tell: it has what waits to take over.
    configure(&store, AmqpSettings { username: "nobody".into(), ..broker.settings.clone() }).await.unwrap();
    rig.until("it to be refused", |state| state.error.is_some()).await;
    configure(&store, broker.settings.clone()).await.unwrap();
    rig.until("it to be kept there", |state| state.connected && !state.kept.is_empty() && state.unconfirmed == 0).await;
    assert!(clock.advance_to(after_millis(clock.now(), 60_000)));
    store.write(Emit(vec![event(3, "wakes")])).await.unwrap();
    let seen = xml.names_until("behind it").await;
    let ours: Vec<_> = seen.iter().filter(|name| ["late", "behind it"].contains(&name.as_str())).collect();
    assert_eq!(ours, ["late", "behind it"], "{seen:?}");
    rig.settled().await;
    rig.end().await;
    broker.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_is_made_once_and_again_by_another_process() {
    let Some(broker) = broker("cut").await else { return };
    let [mut xml, _json] = broker.listen_to_all().await;
    let clock = clock();
    let store = store_at(clock.clone()).await;
    configure(&store, broker.settings.clone()).await.unwrap();
    store.write(Order(Ordered::Disconnect(Cut::After, Some(60_000)))).await.unwrap();
    store.write(Emit(vec![event(1, "twice"), event(1, "behind it")])).await.unwrap();
    for _ in 0..2 {
        let rig = Rig::start(&store);
        let state = rig.until("the connection to be cut", |state| state.state == Standing::Stopped).await;
        assert!(
            !state.connected
                && state.error.unwrap().starts_with("rule 1 of broker/faults has cut the connection, and lets none be made until")
        );
        rig.end().await;
    }
    assert!(clock.advance_to(after_millis(clock.now(), 60_000)));
    let rig = Rig::start(&store);
    rig.settled().await;
    // Once for each process that had to cut, and once more for the last one to know it.
    assert_eq!(xml.names_until("behind it").await, ["twice", "twice", "twice", "twice", "behind it"]);
    rig.end().await;
    broker.clean().await;
}

/// In whatever guise: nothing is sent, all of it waits and comes when the broker is let take messages again.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_takes_nothing_gets_everything_when_it_is_let() {
    let Some(broker) = broker("away").await else { return };
    let [mut xml, _json] = broker.listen_to_all().await;
    let store = store_at(clock()).await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let rig = Rig::start(&store);
    rig.until("a connection", |state| state.counts.connections == 1).await;
    for (guise, standing, connected, told) in [
        (Guise::Away, Standing::Stopped, false, "POST broker/stop keeps the broker away until POST broker/start"),
        (Guise::Refusing, Standing::Waiting, false, "ACCESS_REFUSED, as POST broker/stop has ordered until POST broker/start"),
        (Guise::Full, Standing::Blocked, true, "low on disk, as POST broker/stop has ordered until POST broker/start"),
    ] {
        let before = rig.notifier.state().borrow().counts;
        store.write(Keep(Some(guise))).await.unwrap();
        let state = rig.until("it to be seen", |state| state.state == standing && state.connected == connected).await;
        assert!(state.error.as_ref().unwrap().contains(told), "{guise:?}: {:?}", state.error);
        let tried = rig.notifier.test_connection(&broker.settings, LIMIT).await;
        assert_eq!(tried.is_ok(), guise == Guise::Full, "{guise:?}: {tried:?}");
        store.write(Emit(vec![event(1, "meanwhile")])).await.unwrap();
        let state = rig.until("an event to wait", |state| state.pending == 1).await;
        assert_eq!((state.state, state.counts.published), (standing, before.published), "{guise:?}");
        store.write(Keep(None)).await.unwrap();
        assert_eq!(xml.names_until("meanwhile").await, ["meanwhile"]);
        rig.settled().await;
        let state = rig.until("it to be well", |state| state.state == Standing::Connected).await;
        assert_eq!((state.error, state.counts.connections), (None, before.connections + u64::from(!connected)), "{guise:?}");
    }
    rig.end().await;
    broker.clean().await;
}
