//! A server, a broker and what passes between them. Invariant: a fault is judged only when the server says that nothing waits any more.

use super::certificates::Certificates;
use super::ledger::{Ledger, Outcome};
use super::node::Node;
use crate::bus::EXCHANGES;
use crate::cell::{Cell, Place, resident};
use crate::client::{Client, Error};
use crate::clock::{now, sleep_until};
use futures::future::{join_all, join3};
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions, QueuePurgeOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use serde_json::Value;
use std::cell::Cell as Flag;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Gets every message.
pub(super) const QUEUE: &str = "trial.all";
/// Where messages go that no queue takes, so that even those are counted while a binding is gone.
const REST: &str = "trial.rest";
/// How long anything may take before it counts as never.
const PATIENCE: Duration = Duration::from_secs(90);
const PLAYERS: usize = 3;
const AMQP_SETTINGS: &str = "application/vnd.vmware.admin.amqpSettings+xml";

/// Where the server is to publish. What is not named is as the server has it by default.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) host: &'static str,
    pub(super) port: u16,
    pub(super) password: &'static str,
    pub(super) vhost: &'static str,
    pub(super) exchange: &'static str,
    pub(super) tls: bool,
    pub(super) accept_all: bool,
}

/// Everything that a fault is played on.
pub(super) struct Rig {
    pub(super) long: bool,
    pub(super) node: Node,
    pub(super) certificates: Certificates,
    pub(super) cell: Cell,
    pub(super) administrator: Client,
    pub(super) ledger: Ledger,
    /// What was done and seen, and when.
    pub(super) notes: Vec<String>,
    began: Instant,
    log: PathBuf,
    logged: usize,
    memory: u64,
    /// How long the load waits between one vApp and the next.
    pause: Rc<Flag<Duration>>,
}

impl Rig {
    /// Starts both, with a TLS connection between them.
    pub(super) async fn start(place: &Place, long: bool) -> Result<Self, String> {
        let certificates = Certificates::make()?;
        let node = Node::start(&place.dir.join("rabbitmq"), &certificates).await?;
        node.control(&[
            "set_policy",
            "rest",
            "^(systemExchange|vcd[.]notifications20)$",
            &format!("{{\"alternate-exchange\":\"{REST}\"}}"),
            "--apply-to",
            "exchanges",
        ])
        .await?;
        prepare(&node.url("/"), QUEUE).await.map_err(|error| error.to_string())?;
        let data = place.dir.join("data");
        let (data_text, authority) = (data.display().to_string(), node.authority().display().to_string());
        let url = format!("amqps://guest:guest@127.0.0.1:{}/%2f", node.tls_port);
        let cell = Cell::start(place, &["--data-dir", &data_text, "--amqp", &url, "--amqp-ca", &authority])?;
        let administrator = Client::administrator(cell.address).await?;
        let ledger = Ledger::open(&data).await?;
        let log = place.dir.join("server.log");
        Ok(Self {
            long,
            node,
            certificates,
            cell,
            administrator,
            ledger,
            notes: Vec::new(),
            began: now(),
            log,
            logged: 0,
            memory: 0,
            pause: Rc::new(Flag::new(usual_pause(long))),
        })
    }

    /// The broker in plain, with nothing wrong.
    pub(super) fn plain(&self) -> Target {
        let port = self.node.port;
        Target { host: "127.0.0.1", port, password: "guest", vhost: "/", exchange: EXCHANGES[0], tls: false, accept_all: false }
    }

    /// The same over TLS.
    pub(super) fn secure(&self) -> Target {
        Target { port: self.node.tls_port, tls: true, ..self.plain() }
    }

    /// Changes the settings of the broker over the API.
    pub(super) async fn turn_to(&mut self, target: &Target) -> Result<(), String> {
        let Target { host, port, password, vhost, exchange, tls, accept_all } = target;
        let body = format!(
            "<AmqpSettings xmlns=\"http://www.vmware.com/vcloud/extension/v1.5\"><AmqpHost>{host}</AmqpHost><AmqpPort>{port}</AmqpPort>\
             <AmqpUsername>guest</AmqpUsername><AmqpPassword>{password}</AmqpPassword><AmqpExchange>{exchange}</AmqpExchange>\
             <AmqpVHost>{vhost}</AmqpVHost><AmqpUseSSL>{tls}</AmqpUseSSL><AmqpSslAcceptAll>{accept_all}</AmqpSslAcceptAll></AmqpSettings>"
        );
        self.administrator.reconnect(self.cell.address).await?;
        self.administrator.send("PUT", "/api/admin/extension/settings/amqp", AMQP_SETTINGS, &body, 200).await?;
        Ok(())
    }

    /// Notes what happens now.
    pub(super) fn note(&mut self, what: impl std::fmt::Display) {
        self.notes.push(format!("+{:.1} s  {what}", self.began.elapsed().as_secs_f64()));
    }

    /// What the server says about the broker.
    pub(super) async fn state(&mut self) -> Result<Value, String> {
        if let Ok(state) = self.administrator.control("broker").await {
            return Ok(state);
        }
        // The server closes connections that were quiet for long.
        self.administrator.reconnect(self.cell.address).await?;
        Ok(self.administrator.control("broker").await?)
    }

    /// Waits for a state, and notes that it came.
    pub(super) async fn until(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value, String> {
        let began = now();
        loop {
            self.ledger.read().await?;
            let state = self.state().await?;
            if wanted(&state) {
                self.note(what);
                return Ok(state);
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("waited in vain for this: {what}; the state is {state}"));
            }
            sleep_until(now() + Duration::from_millis(20)).await;
        }
    }

    /// Waits until the state says that this is wrong.
    pub(super) async fn until_error(&mut self, text: &str) -> Result<Value, String> {
        self.until(&format!("shown: {text}"), |state| state["error"].as_str().is_some_and(|error| error.contains(text))).await
    }

    /// Waits until it stands and nothing waits.
    pub(super) async fn settle(&mut self) -> Result<Value, String> {
        let settled = self.until("connected, nothing waits", |state| state["state"] == "connected" && state["pending"] == 0).await?;
        self.ledger.read().await?;
        Ok(settled)
    }

    /// Waits until so many more events are written.
    pub(super) async fn written(&mut self, more: usize) -> Result<(), String> {
        let until = self.ledger.read().await? + more;
        let began = now();
        while self.ledger.read().await? < until {
            if began.elapsed() > PATIENCE * 4 {
                return Err(format!("{more} events were not written in time"));
            }
            sleep_until(now() + Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Writes at least so many events.
    pub(super) async fn write(&mut self, events: usize) -> Result<(), String> {
        self.loaded(async |rig: &mut Self| rig.written(events).await).await
    }

    /// From now on the load takes its time, or again no more than it usually does.
    pub(super) fn slow_down(&self, slow: bool) {
        self.pause.set(if slow { Duration::from_secs(1) } else { usual_pause(self.long) });
    }

    /// Plays a script under load.
    pub(super) async fn loaded(&mut self, script: impl AsyncFnOnce(&mut Self) -> Result<(), String>) -> Result<(), String> {
        let (address, pid) = (self.cell.address, self.cell.pid());
        let pause = Rc::clone(&self.pause);
        let (done, memory) = under_load(address, pid, &pause, script(self)).await;
        self.memory = self.memory.max(memory);
        done
    }

    /// Takes what waits in the queue, and judges everything since the last fault.
    pub(super) async fn judge(&mut self) -> Result<(Outcome, u64, usize), String> {
        let url = self.node.url("/");
        self.ledger.take(&url, QUEUE).await?;
        let lines = std::fs::read_to_string(&self.log).map_err(|error| error.to_string())?.lines().count();
        let logged = lines - std::mem::replace(&mut self.logged, lines);
        self.began = now();
        let memory = resident(self.cell.pid()).unwrap_or_default().max(std::mem::take(&mut self.memory));
        Ok((self.ledger.judge(), memory, logged))
    }

    /// `rabbitmqctl`, noted.
    pub(super) async fn control(&mut self, words: &[&str]) -> Result<(), String> {
        self.node.control(words).await?;
        self.note(format_args!("rabbitmqctl {}", words.join(" ")));
        Ok(())
    }
}

/// Plays a script while vApps are made and deleted; what came of it, and the memory of the server at most.
async fn under_load<T>(
    address: SocketAddr,
    pid: u32,
    pause: &Flag<Duration>,
    script: impl Future<Output = Result<T, String>>,
) -> (Result<T, String>, u64) {
    let (over, memory) = (Flag::new(false), Flag::new(0));
    let load = join_all((0..PLAYERS).map(|number| play(address, number, &over, pause)));
    let watch = async {
        while !over.get() {
            memory.set(memory.get().max(resident(pid).unwrap_or_default()));
            sleep_until(now() + Duration::from_millis(100)).await;
        }
    };
    let script = async {
        let done = script.await;
        over.set(true);
        done
    };
    let (loads, (), done) = join3(load, watch, script).await;
    let played: Result<Vec<()>, Error> = loads.into_iter().collect();
    let done = done.and_then(|done| played.map(|_| done).map_err(|error| format!("the load: {}", String::from(error))));
    (done, memory.get())
}

/// As much load as possible in a long run; in a short one, so little that a busy machine keeps up.
fn usual_pause(long: bool) -> Duration {
    if long { Duration::ZERO } else { Duration::from_millis(60) }
}

/// Makes a vApp and deletes it, again and again.
async fn play(address: SocketAddr, number: usize, over: &Flag<bool>, pause: &Flag<Duration>) -> Result<(), Error> {
    let mut author = Client::author(address).await?;
    let source = author.source().await?;
    let name = format!("trial-{number}");
    while !over.get() {
        let made = author.instantiate(&source, &name).await?;
        let task = author.delete(&made.vapp).await?;
        author.task_status(&task).await?;
        if !over.get() {
            sleep_until(now() + pause.get()).await;
        }
    }
    Ok(())
}

/// Both exchanges, and a queue that gets all that comes to them or finds no way.
pub(super) async fn prepare(url: &str, queue: &str) -> lapin::Result<()> {
    let (connection, channel) = channel(url).await?;
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(REST.into(), ExchangeKind::Fanout, durable, FieldTable::default()).await?;
    let keep = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(queue.into(), keep, FieldTable::default()).await?;
    channel.queue_purge(queue.into(), QueuePurgeOptions::default()).await?;
    for exchange in EXCHANGES {
        channel.exchange_declare(exchange.into(), ExchangeKind::Topic, durable, FieldTable::default()).await?;
        channel.queue_bind(queue.into(), exchange.into(), "#".into(), QueueBindOptions::default(), FieldTable::default()).await?;
    }
    channel.queue_bind(queue.into(), REST.into(), "".into(), QueueBindOptions::default(), FieldTable::default()).await?;
    connection.close(200, "OK".into()).await
}

/// A connection, and a channel on it.
pub(super) async fn channel(url: &str) -> lapin::Result<(Connection, Channel)> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    Ok((connection, channel))
}
