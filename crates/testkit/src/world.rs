//! A world: one server with its clock. Invariant: two worlds made alike and used alike answer alike, byte for byte.

use crate::actor::Actor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use vcdsim_http::message::{Request, Response};
use vcdsim_model::action::Method;
use vcdsim_model::clock::{Clock, Dial, IdGen, Time, VirtualClock, after_millis, parse_time};
use vcdsim_model::event::Event;
use vcdsim_notifier::{Filter, JournalEntry};
use vcdsim_server::control::Facts;
use vcdsim_server::spaces::Spaces;
use vcdsim_server::{Config, Instance, Sources, Springs};
use vcdsim_store::SeededIds;
use vcdsim_task_engine::Pace;

/// How a world is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorldOptions {
    /// The seed of its ids.
    pub seed: u64,
    /// How long phases take.
    pub pace: Pace,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self { seed: 1, pace: Pace::Immediate }
    }
}

/// A server in process.
#[derive(Debug)]
pub struct World {
    spaces: Option<Arc<Spaces>>,
    clock: Arc<Dial>,
    ids: Arc<SeededIds>,
    config: Config,
    options: WorldOptions,
    /// How often its data directory was copied to another.
    moves: u32,
    home: TempDir,
}

/// When every world begins.
const BEGINNING: &str = "2026-03-04T08:15:00.000Z";

impl World {
    /// A world with the default inventory.
    pub async fn new() -> Self {
        Self::with(WorldOptions::default()).await
    }

    /// A world made to order.
    ///
    /// # Panics
    /// When the server does not start.
    pub async fn with(options: WorldOptions) -> Self {
        let mut world = Self::closed(options, parse_time(BEGINNING).expect("the beginning is a time"));
        world.open().await;
        world
    }

    /// A second world that stands as this one does and goes its own way, at a pace of its own: a copy of what is stored now.
    ///
    /// # Panics
    /// When the data cannot be copied or the server does not start.
    pub async fn fork(&self, pace: Pace) -> Self {
        let mut world = Self::closed(WorldOptions { pace, ..self.options }, self.now());
        copy(self.data(), world.data());
        world.open().await;
        world
    }

    fn closed(options: WorldOptions, now: Time) -> Self {
        let home = TempDir::new().expect("a temporary directory can be made");
        let config = config(home.path().join("data"), options.pace);
        let ids = Arc::new(SeededIds::new(options.seed));
        Self { spaces: None, clock: Arc::new(Dial::new(Arc::new(VirtualClock::new(now)))), ids, config, options, moves: 0, home }
    }

    async fn open(&mut self) {
        self.ids = Arc::new(SeededIds::new(self.options.seed));
        let seed = self.options.seed;
        let sources = move |clock, ids| Sources { clock, ids, request_ids: Arc::new(SeededIds::new(seed ^ 0xFFFF)) };
        let elsewhere = Springs::new(move |config| {
            let begun = VirtualClock::new(parse_time(BEGINNING).expect("the beginning is a time"));
            sources(Arc::new(Dial::new(Arc::new(begun))), Arc::new(SeededIds::new(config.rng.unwrap_or(seed))) as Arc<dyn IdGen>)
        });
        let sources = sources(Arc::clone(&self.clock), Arc::clone(&self.ids) as Arc<dyn IdGen>);
        let instance = Instance::open(&self.config, sources).await.expect("the server starts");
        instance.base_uri.set("https://vcd.test/api");
        let spaces = Spaces::new(&self.config, Arc::new(instance), elsewhere).expect("the directory of spaces can be used");
        self.spaces = Some(Arc::new(spaces));
    }

    /// Stops the server and starts it again on the same data.
    ///
    /// # Panics
    /// When it does not stop or start.
    pub async fn restart(&mut self) {
        if let Some(spaces) = self.spaces.take() {
            spaces.stop().await.expect("the server stops");
        }
        self.open().await;
    }

    /// [`Self::restart`], with another configuration from then on.
    ///
    /// # Panics
    /// As [`Self::restart`].
    pub async fn restart_with(&mut self, change: impl FnOnce(&mut Config)) {
        change(&mut self.config);
        self.restart().await;
    }

    /// The server dies: it is abandoned without a word, and another one starts on the files as they stood.
    ///
    /// # Panics
    /// When the files cannot be copied or the server does not start.
    pub async fn crash(&mut self) {
        self.crash_after(|_| {}).await;
    }

    /// [`Self::crash`], with something done to the files in between.
    ///
    /// # Panics
    /// As [`Self::crash`].
    pub async fn crash_after(&mut self, change: impl FnOnce(&Path)) {
        self.moves += 1;
        let next = self.home.path().join(format!("data-{}", self.moves));
        copy(self.data(), &next);
        change(&next);
        // What the old one still does as it goes, it does to files that nobody reads any more.
        drop(self.spaces.take());
        self.config.data_dir = Some(next);
        self.open().await;
    }

    /// The running server.
    ///
    /// # Panics
    /// Never: a world has a server except while it restarts.
    #[must_use]
    pub fn instance(&self) -> &Arc<Instance> {
        self.spaces().main()
    }

    /// Its cloud, and those beside it.
    ///
    /// # Panics
    /// Never: a world has a server except while it restarts.
    #[must_use]
    pub fn spaces(&self) -> &Arc<Spaces> {
        self.spaces.as_ref().expect("a world has a server")
    }

    /// Where its data and whatever else belongs to it lies.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where the data of its server lies.
    ///
    /// # Panics
    /// Never: a world has a data directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.config.data_dir.as_deref().expect("a world has a data directory")
    }

    /// Where its server draws ids.
    #[must_use]
    pub fn ids(&self) -> &SeededIds {
        &self.ids
    }

    /// The same client with the server that runs now: after a restart a client that was made before still talks to the old one.
    #[must_use]
    pub fn reconnect(&self, actor: &Actor) -> Actor {
        actor.to(self.instance().edge.clone())
    }

    /// Somebody without a session.
    #[must_use]
    pub fn anonymous(&self) -> Actor {
        Actor::new(self.instance().edge.clone())
    }

    /// Somebody without a session, in one of its spaces.
    #[must_use]
    pub fn anonymous_in(&self, space: &Instance) -> Actor {
        Actor::new(space.edge.clone())
    }

    /// Signs in `user@org` with the password of all seeded accounts, at API version 36.0.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn login(&self, name: &str) -> Actor {
        self.anonymous().login(name, "password").await.expect("seeded accounts can sign in")
    }

    /// A call of the control interface, with a body of JSON; its status and what it answers.
    ///
    /// # Panics
    /// When the path does not begin with a verb, or the answer is no JSON.
    pub async fn control(&self, call: &str, body: serde_json::Value) -> (u16, serde_json::Value) {
        self.control_of(self.instance(), call, body).await
    }

    /// [`Self::control`] for one of its spaces.
    ///
    /// # Panics
    /// As [`Self::control`].
    pub async fn control_of(&self, instance: &Arc<Instance>, call: &str, body: serde_json::Value) -> (u16, serde_json::Value) {
        let answer = self.call_of(instance, call, None, json(&body)).await;
        (answer.status, serde_json::from_slice(&answer.body).expect("the control interface answers with JSON"))
    }

    /// [`Self::control`] with the answer as it is, JSON or not.
    ///
    /// # Panics
    /// When the path does not begin with a verb.
    pub async fn call(&self, call: &str, body: serde_json::Value) -> Response {
        self.call_of(self.instance(), call, None, json(&body)).await
    }

    /// [`Self::call`] with any text as its body.
    ///
    /// # Panics
    /// When the path does not begin with a verb.
    pub async fn call_with(&self, call: &str, body: &str) -> Response {
        self.call_of(self.instance(), call, None, bytes::Bytes::copy_from_slice(body.as_bytes())).await
    }

    /// [`Self::call`] of who takes server-sent events.
    ///
    /// # Panics
    /// When the path does not begin with a verb.
    pub async fn watch(&self, call: &str) -> Response {
        self.call_of(self.instance(), call, Some("text/event-stream"), bytes::Bytes::new()).await
    }

    async fn call_of(&self, instance: &Arc<Instance>, call: &str, accept: Option<&str>, body: bytes::Bytes) -> Response {
        let (verb, path) = call.split_once(' ').expect("a call is a verb and a path");
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request {
            method: Method::ALL.iter().copied().find(|method| method.name() == verb),
            path: format!("/_mock/v1/{path}"),
            query: query.to_owned(),
            headers: [("host", "localhost")]
                .into_iter()
                .chain(accept.map(|media| ("accept", media)))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            scheme: "http",
            body,
            upload: None,
            options: false,
        };
        vcdsim_server::control::handle(self.spaces(), instance, &Facts::default(), &request).await
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Moves the clock, firing what becomes due on the way, each at its time.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn advance_millis(&self, millis: i64) {
        let to = after_millis(self.now(), millis);
        self.instance().app.cloud().engine().advance(to).await.expect("the clock can be moved");
    }

    /// Moves the clock without firing anything: as if nobody had been awake.
    pub fn sleep_millis(&self, millis: i64) {
        self.clock.advance_to(after_millis(self.now(), millis));
    }

    /// Fires what is due now, as the driver does.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn settle(&self) {
        self.instance().app.cloud().engine().catch_up().await.expect("due timers fire");
    }

    /// All events so far.
    ///
    /// # Panics
    /// When the store cannot be read.
    pub async fn events(&self) -> Vec<Event> {
        self.instance().app.cloud().read().events_after(0, 100_000).await.expect("events can be read")
    }

    /// The events since `seq`, each as `flag type operation`.
    pub async fn story_since(&self, seq: i64) -> Vec<String> {
        let tell = |event: &Event| {
            let operation = event.what.task.as_ref().map_or("", |(_, operation)| operation);
            let short = event.what.r#type.strip_prefix(vcdsim_model::event::PREFIX).unwrap_or(&event.what.r#type);
            format!("{} {short} {operation}", event.what.success)
        };
        self.events().await.iter().filter(|event| event.seq > seq).map(tell).collect()
    }

    /// The last messages.
    ///
    /// # Panics
    /// When the store cannot be read.
    pub async fn messages(&self) -> Vec<JournalEntry> {
        self.instance().notifier.journal(1_000, &Filter::default()).await.expect("messages can be read")
    }
}

/// Copies what a process that died would have left: everything but the lock and what SQLite shares in memory.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory can be made");
    for entry in std::fs::read_dir(from).expect("the data directory can be read").flatten() {
        let name = entry.file_name();
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(&name));
        } else if ![".lock", "-shm"].iter().any(|ending| name.to_string_lossy().ends_with(ending)) {
            std::fs::copy(entry.path(), to.join(&name)).expect("the file can be copied");
        }
    }
}

fn config(data_dir: PathBuf, pace: Pace) -> Config {
    Config { data_dir: Some(data_dir), pace, max_body: 1 << 20, ..Config::default() }
}

/// The body that says this; null says nothing.
fn json(body: &serde_json::Value) -> bytes::Bytes {
    if body.is_null() { bytes::Bytes::new() } else { body.to_string().into() }
}
