//! What all tests here need. Invariant: every test has a store, exchanges and queues of its own.

use futures::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, ExchangeDeclareOptions, ExchangeDeleteOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::uri::AMQPUri;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer, ExchangeKind};
use std::future::Future;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::{VirtualClock, from_millis};
use vcdsim_model::event::{Named, NewEvent};
use vcdsim_model::family::settings::{AmqpSettings, NotificationsSettings, Setting};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_notifier::{BrokerState, Notifier, Options};
use vcdsim_store::{Command, Durability, SeededIds, Store, Tx};

/// Nothing here takes this long; it turns a message that never comes into a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for `work`, and fails when it does not end.
pub(crate) async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_elapsed| panic!("waited in vain for {what}"))
}

/// Says loudly, past the harness that keeps back what passing tests print, that something was not tested.
fn skipped(what: &str, why: &str) {
    let line = format!("SKIPPED {what}: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// A store in memory.
pub(crate) async fn store() -> Store {
    store_at(Arc::new(VirtualClock::new(from_millis(1_772_612_100_262)))).await
}

/// A store in memory that goes by this clock.
pub(crate) async fn store_at(clock: Arc<VirtualClock>) -> Store {
    Store::open(vcdsim_store::Options {
        dir: None,
        durability: Durability::Normal,
        clock,
        ids: Arc::new(SeededIds::new(7)),
        cache_bytes: 1 << 20,
        known: None,
    })
    .await
    .unwrap()
}

/// A running notifier.
pub(crate) struct Rig {
    pub(crate) notifier: Notifier,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Rig {
    pub(crate) fn start(store: &Store) -> Self {
        Self::with(store, Options::default())
    }

    pub(crate) fn with(store: &Store, options: Options) -> Self {
        let notifier = Notifier::new(store.clone(), options);
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(notifier.clone().run(stop.clone()));
        Self { notifier, stop, tasks }
    }

    /// Waits for a state.
    pub(crate) async fn until(&self, what: &str, wanted: impl FnMut(&BrokerState) -> bool) -> BrokerState {
        let mut states = self.notifier.state();
        soon(what, states.wait_for(wanted)).await.unwrap().clone()
    }

    /// Waits until all is delivered.
    pub(crate) async fn settled(&self) {
        soon("the outbox to be empty", self.notifier.settled()).await;
    }

    /// Ends it as the server would.
    pub(crate) async fn end(mut self) {
        self.stop.cancel();
        soon("the notifier to end", self.tasks.join_next()).await.unwrap().unwrap();
    }
}

/// Writes events.
pub(crate) struct Emit(pub(crate) Vec<NewEvent>);

impl Command for Emit {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        for event in self.0 {
            tx.emit(event).await?;
        }
        Ok(())
    }
}

/// Writes the settings of the broker as the platform does: the cursor is placed when there was none before.
pub(crate) async fn configure(store: &Store, settings: AmqpSettings) -> Result<(), Fault> {
    store.write(Configure { settings, place: true }).await
}

/// Writes them as somebody does who does not know about the cursor.
pub(crate) async fn configure_carelessly(store: &Store, settings: AmqpSettings) -> Result<(), Fault> {
    store.write(Configure { settings, place: false }).await
}

struct Configure {
    settings: AmqpSettings,
    place: bool,
}

impl Command for Configure {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let before: AmqpSettings = tx.read().setting().await?;
        if self.place && before.host.is_empty() {
            let head = tx.read().recent_events(1).await?.last().map_or(0, |event| event.seq);
            tx.put_cursor(AmqpSettings::KEY, head).await?;
        }
        tx.put_setting(&self.settings).await
    }
}

/// Writes the switch of the notifications.
pub(crate) struct Announce(pub(crate) bool);

impl Command for Announce {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.put_setting(&NotificationsSettings { enabled: self.0 }).await
    }
}

/// An event about entity number `entity`; its name tells it from others.
pub(crate) fn event(entity: u128, name: impl Into<String>) -> NewEvent {
    let named = |kind, id, name: String| Named { urn: Urn::new(kind, Uuid::from_u128(id)), name };
    NewEvent {
        r#type: "com/vmware/vcloud/event/vm/modify".to_owned(),
        entity: named(Kind::Vm, entity, name.into()),
        user: named(Kind::User, 0xb2, "dora".to_owned()),
        org: named(Kind::Org, 0xa1, "acme".to_owned()),
        task: None,
        task_owner: None,
        success: true,
        blocking: false,
        service: None,
    }
}

/// `count` events about `entities` entities, named by their number.
pub(crate) fn events(count: usize, entities: usize) -> Vec<NewEvent> {
    (0..count).map(|at| event((at % entities) as u128, format!("n{at}"))).collect()
}

/// The broker under test, with settings that name exchanges of one test's own.
pub(crate) struct Broker {
    pub(crate) settings: AmqpSettings,
    pub(crate) channel: Channel,
    _connection: Connection,
}

/// Connects to the broker, or says loudly that the test is skipped.
pub(crate) async fn broker(test: &str) -> Option<Broker> {
    let Ok(url) = std::env::var("VCDSIM_TEST_AMQP") else {
        skipped(test, "set VCDSIM_TEST_AMQP=amqp://guest:guest@127.0.0.1:5672/%2f to test against a real broker");
        return None;
    };
    let uri: AMQPUri = url.parse().expect("VCDSIM_TEST_AMQP is an AMQP URL");
    let unique = format!("{test}-{}", std::process::id());
    let settings = AmqpSettings {
        host: uri.authority.host.clone(),
        port: uri.authority.port,
        username: uri.authority.userinfo.username.clone(),
        password: uri.authority.userinfo.password.clone(),
        vhost: uri.vhost.clone(),
        exchange: format!("x-{unique}"),
        prefix: format!("p-{unique}"),
        ..AmqpSettings::default()
    };
    let connection = soon("the broker", Connection::connect_uri(uri, ConnectionProperties::default())).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    Some(Broker { settings, channel, _connection: connection })
}

impl Broker {
    pub(crate) fn json_exchange(&self) -> String {
        format!("{}.notifications20", self.settings.prefix)
    }

    /// Declares an exchange.
    pub(crate) async fn declare(&self, name: &str, kind: ExchangeKind) {
        let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
        self.channel.exchange_declare(name.into(), kind, options, FieldTable::default()).await.unwrap();
    }

    /// Deletes the exchanges of the test.
    pub(crate) async fn clean(&self) {
        for name in [self.settings.exchange.clone(), self.json_exchange()] {
            self.channel.exchange_delete(name.as_str().into(), ExchangeDeleteOptions::default()).await.unwrap();
        }
    }

    /// What arrives at an exchange under keys that match `binding`, from now on.
    pub(crate) async fn listen(&self, exchange: &str, binding: &str) -> Arrivals {
        let options = QueueDeclareOptions { exclusive: true, ..Default::default() };
        let declared = self.channel.queue_declare("".into(), options, FieldTable::default()).await.unwrap();
        let name = declared.name().clone();
        self.channel
            .queue_bind(name.clone(), exchange.into(), binding.into(), QueueBindOptions::default(), FieldTable::default())
            .await
            .unwrap();
        self.consume(name.as_str()).await
    }

    /// A queue that has all it takes, bound to messages whose keys match `binding`; it refuses them.
    pub(crate) async fn full_queue(&self, name: &str, binding: &str) {
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongInt(1));
        arguments.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
        let durable = QueueDeclareOptions { durable: true, ..Default::default() };
        self.channel.queue_declare(name.into(), durable, arguments).await.unwrap();
        let exchange = self.settings.exchange.as_str();
        self.channel
            .queue_bind(name.into(), exchange.into(), binding.into(), QueueBindOptions::default(), FieldTable::default())
            .await
            .unwrap();
        let stone =
            self.channel.basic_publish("".into(), name.into(), BasicPublishOptions::default(), b"stone", BasicProperties::default());
        stone.await.unwrap();
    }

    /// What arrives in a queue.
    pub(crate) async fn consume(&self, queue: &str) -> Arrivals {
        let consumer =
            self.channel.basic_consume(queue.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default()).await.unwrap();
        Arrivals(consumer)
    }

    /// Declares both exchanges as the notifier would, and listens to everything on them.
    pub(crate) async fn listen_to_all(&self) -> [Arrivals; 2] {
        let (xml, json) = (self.settings.exchange.clone(), self.json_exchange());
        for name in [&xml, &json] {
            self.declare(name, ExchangeKind::Topic).await;
        }
        [self.listen(&xml, "#").await, self.listen(&json, "#").await]
    }
}

/// Messages as they arrive.
pub(crate) struct Arrivals(Consumer);

impl Arrivals {
    pub(crate) async fn next(&mut self) -> Delivery {
        let delivery = soon("a message", self.0.next()).await.unwrap().unwrap();
        delivery.ack(BasicAckOptions::default()).await.unwrap();
        delivery
    }

    /// The names of the entities of the next messages, up to and including the last one asked for.
    pub(crate) async fn names_until(&mut self, last: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        while names.last().is_none_or(|name| name != last) {
            names.push(name(&self.next().await));
        }
        names
    }

    /// Messages until `count` different ones have arrived, as (message id, entity).
    pub(crate) async fn distinct(&mut self, count: usize) -> Vec<(String, String)> {
        let mut seen = std::collections::HashSet::new();
        let mut all = Vec::new();
        while seen.len() < count {
            let delivery = self.next().await;
            let id = delivery.properties.message_id().clone().unwrap().to_string();
            let entity = delivery.routing_key.as_str().split('.').nth(1).unwrap().to_owned();
            seen.insert(id.clone());
            all.push((id, entity));
        }
        all
    }
}

/// The entity's name in an XML message.
pub(crate) fn name(delivery: &Delivery) -> String {
    let body = String::from_utf8(delivery.data.clone()).unwrap();
    let rest = body.split_once(" name=\"").map(|(_, rest)| rest).unwrap_or_else(|| panic!("no name in {body}"));
    rest.split_once('"').unwrap().0.to_owned()
}
