//! What arrives, and in which order.

use crate::support::{Announce, Emit, Rig, broker, configure, event, events, store};
use lapin::types::AMQPValue;
use std::collections::{HashMap, HashSet};
use vcdsim_model::family::settings::{AmqpSettings, GeneralSettings};
use vcdsim_model::operation::Operation;
use vcdsim_model::{Fault, id::Urn, kind::Kind};
use vcdsim_notifier::{BaseUri, Filter, Options};
use vcdsim_store::{Command, Tx};

#[tokio::test(flavor = "multi_thread")]
async fn both_forms_arrive_with_their_keys_headers_and_properties() {
    let Some(broker) = broker("forms").await else { return };
    let [mut xml, mut json] = broker.listen_to_all().await;
    let store = store().await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let base_uri = BaseUri::default();
    base_uri.set("https://vcd.test/api");
    let rig = Rig::with(&store, Options { fallback_base_uri: base_uri, ..Options::default() });
    let mut blocked = event(0xbb, "vdcComposeVapp");
    blocked.r#type = "com/vmware/vcloud/event/blockingtask/create".to_owned();
    blocked.entity.urn.kind = Kind::BlockingTask;
    blocked.task = Some((uuid::Uuid::from_u128(0x77), Operation::VdcComposeVapp.name().to_owned()));
    blocked.task_owner = Some(Urn::new(Kind::VApp, uuid::Uuid::from_u128(0xc3)));
    store.write(Emit(vec![blocked])).await.unwrap();

    let (from_xml, from_json) = (xml.next().await, json.next().await);
    let key = "true.00000000-0000-0000-0000-0000000000bb.00000000-0000-0000-0000-0000000000a1.00000000-0000-0000-0000-0000000000b2\
               .com.vmware.vcloud.event.blockingtask.create.vdcComposeVapp";
    for (delivery, content_type) in [(&from_xml, "application/xml"), (&from_json, "application/json")] {
        assert_eq!(delivery.routing_key.as_str(), key);
        let properties = &delivery.properties;
        assert_eq!(properties.content_type().as_ref().unwrap().as_str(), content_type);
        assert_eq!(properties.content_encoding().as_ref().unwrap().as_str(), "UTF-8");
        assert_eq!((*properties.delivery_mode(), *properties.priority()), (Some(2), Some(0)));
        assert_eq!(*properties.timestamp(), Some(1_772_612_100));
        let headers = properties.headers().as_ref().unwrap().inner();
        assert_eq!(headers.len(), 7);
        assert_eq!(headers["notification.operationSuccess"], AMQPValue::Boolean(true));
        for (name, value) in [
            ("notification.type", "com/vmware/vcloud/event/blockingtask/create"),
            ("notification.entityType", "blockingTask"),
            ("notification.entityUUID", "00000000-0000-0000-0000-0000000000bb"),
            ("notification.orgUUID", "00000000-0000-0000-0000-0000000000a1"),
            ("notification.userUUID", "00000000-0000-0000-0000-0000000000b2"),
            ("notification.taskUUID", "00000000-0000-0000-0000-000000000077"),
        ] {
            assert_eq!(headers[name], AMQPValue::LongString(value.into()), "{name}");
        }
    }
    assert_eq!(from_xml.properties.message_id(), from_json.properties.message_id());
    let journal = rig.notifier.journal(10, &Filter::default()).await.unwrap();
    assert_eq!(journal.iter().map(|entry| entry.message.body.as_bytes()).collect::<Vec<_>>(), [from_xml.data, from_json.data]);
    assert!(journal[0].message.body.contains(r#"href="https://vcd.test/api/entity/""#));
    rig.end().await;
    broker.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_entity_is_told_in_order_through_a_small_window() {
    let Some(broker) = broker("order").await else { return };
    let [mut xml, mut json] = broker.listen_to_all().await;
    let store = store().await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let rig = Rig::with(&store, Options { window: 16, ..Options::default() });
    for part in events(600, 7).chunks(50) {
        store.write(Emit(part.to_vec())).await.unwrap();
    }
    for arrivals in [&mut xml, &mut json] {
        let arrived = arrivals.distinct(600).await;
        assert_eq!(arrived.len(), 600, "something came twice without a reason");
        let mut by_entity: HashMap<String, Vec<String>> = HashMap::new();
        for (id, entity) in arrived {
            by_entity.entry(entity).or_default().push(id);
        }
        let mut expected: HashMap<String, Vec<String>> = HashMap::new();
        for event in store.read().events_after(0, 1_000).await.unwrap() {
            expected.entry(event.what.entity.urn.id.to_string()).or_default().push(event.id.to_string());
        }
        assert_eq!(by_entity, expected);
    }
    rig.settled().await;
    assert_eq!(rig.notifier.state().borrow().pending, 0);
    rig.end().await;
    broker.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_where_the_last_run_stopped() {
    let Some(broker) = broker("resume").await else { return };
    let [mut xml, _json] = broker.listen_to_all().await;
    let store = store().await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let rig = Rig::start(&store);
    store.write(Emit(vec![event(1, "first")])).await.unwrap();
    rig.settled().await;
    rig.end().await;
    store.write(Emit(vec![event(1, "between"), event(2, "between too")])).await.unwrap();
    let rig = Rig::start(&store);
    store.write(Emit(vec![event(1, "last")])).await.unwrap();
    let names: HashSet<_> = xml.names_until("last").await.into_iter().collect();
    assert_eq!(names, HashSet::from(["first", "between", "between too", "last"].map(String::from)));
    rig.end().await;
    assert_eq!(store.read().cursor("amqp").await.unwrap(), Some(4));
    broker.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_at_the_end_is_still_delivered() {
    let Some(broker) = broker("end").await else { return };
    let [mut xml, mut json] = broker.listen_to_all().await;
    let store = store().await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let rig = Rig::with(&store, Options { window: 4, keep_events: 16, ..Options::default() });
    rig.until("the connection", |state| state.connected).await;
    store.write(Emit(events(100, 100))).await.unwrap();
    rig.end().await;
    assert_eq!(store.read().cursor("amqp").await.unwrap(), Some(100));
    assert_eq!((xml.distinct(100).await.len(), json.distinct(100).await.len()), (100, 100));
    broker.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_notifications_only_blocking_tasks_are_told() {
    let Some(broker) = broker("quiet").await else { return };
    let [mut xml, _json] = broker.listen_to_all().await;
    let store = store().await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let rig = Rig::start(&store);
    store.write(Announce(false)).await.unwrap();
    let mut blocking = event(3, "blocked");
    blocking.blocking = true;
    store.write(Emit(vec![event(1, "silent"), event(2, "silent too"), blocking])).await.unwrap();
    store.write(Announce(true)).await.unwrap();
    store.write(Emit(vec![event(1, "loud")])).await.unwrap();
    assert_eq!(xml.names_until("loud").await, ["blocked", "loud"]);
    rig.end().await;
    broker.clean().await;
}

struct PutGeneral(&'static str);

impl Command for PutGeneral {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.put_setting(&GeneralSettings { rest_api_base_uri: Some(self.0.to_owned()), ..GeneralSettings::default() }).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_settings_count_from_then_on() {
    let Some(broker) = broker("settings").await else { return };
    let [mut before, _json] = broker.listen_to_all().await;
    let store = store().await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let rig = Rig::start(&store);
    store.write(Emit(vec![event(1, "one")])).await.unwrap();
    assert_eq!(before.names_until("one").await, ["one"]);
    rig.settled().await;

    let other = format!("{}-other", broker.settings.exchange);
    broker.declare(&other, lapin::ExchangeKind::Topic).await;
    let mut after = broker.listen(&other, "#").await;
    configure(&store, AmqpSettings { exchange: other.clone(), ..broker.settings.clone() }).await.unwrap();
    store.write(PutGeneral("https://elsewhere.test/api/")).await.unwrap();
    store.write(Emit(vec![event(1, "two")])).await.unwrap();
    let two = after.next().await;
    assert_eq!(crate::support::name(&two), "two");
    assert!(String::from_utf8(two.data).unwrap().contains(r#"href="https://elsewhere.test/api/entity/""#));
    rig.settled().await;

    // No broker for a while: what happens then is never sent.
    configure(&store, AmqpSettings { host: String::new(), ..broker.settings.clone() }).await.unwrap();
    store.write(Emit(vec![event(1, "three")])).await.unwrap();
    configure(&store, broker.settings.clone()).await.unwrap();
    store.write(Emit(vec![event(1, "four")])).await.unwrap();
    assert_eq!(before.names_until("four").await, ["four"]);
    rig.end().await;
    broker.channel.exchange_delete(other.as_str().into(), lapin::options::ExchangeDeleteOptions::default()).await.unwrap();
    broker.clean().await;
}

/// Storing the cursor is a commit, which wakes the dispatcher: it must then find nothing to store.
#[tokio::test(flavor = "multi_thread")]
async fn a_stored_cursor_causes_no_further_writes() {
    let Some(broker) = broker("writes").await else { return };
    let _arrivals = broker.listen_to_all().await;
    let store = store().await;
    configure(&store, broker.settings.clone()).await.unwrap();
    let rig = Rig::start(&store);
    let mut revisions = store.revisions();
    store.write(Emit(events(10, 3))).await.unwrap();
    while store.read().cursor("amqp").await.unwrap() != Some(10) {
        crate::support::soon("the cursor to be stored", revisions.changed()).await.unwrap();
    }
    let stored = *store.revisions().borrow();
    for _ in 0..200 {
        // A command without changes: passes through the writer after whatever was queued before it, and commits nothing.
        store.write(Emit(Vec::new())).await.unwrap();
    }
    assert_eq!(*store.revisions().borrow(), stored);
    assert!(stored <= 13, "{stored} commits for ten events in one command");
    rig.end().await;
    broker.clean().await;
}
