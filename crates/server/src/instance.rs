//! One running cloud without listeners. Invariant: this is the only place where concrete clocks, id sources, stores and brokers meet.

mod beginning;

use crate::config::Config;
use crate::edge::{Edge, Served};
use crate::images::ImageError;
use crate::recording::Recorder;
use beginning::{not_before, wind, withdraw};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vcdsim_http::App;
use vcdsim_http::message::Request;
use vcdsim_http::router::Router;
use vcdsim_model::Fault;
use vcdsim_model::clock::{Clock, Dial, Hand, IdGen, SystemClock};
use vcdsim_model::family::settings::{AmqpSettings, TrustPart};
use vcdsim_notifier::{BaseUri, Notifier};
use vcdsim_platform::Cloud;
use vcdsim_platform::cloud::Ports;
use vcdsim_store::{Durability, Image, Known, RandomIds, SeededIds, Store};
use vcdsim_task_engine::Engine;

/// How much the cache of committed objects may hold.
const CACHE_BYTES: u64 = 128 << 20;

/// The same in a space: there may be hundreds of them.
const SPACE_CACHE_BYTES: u64 = 4 << 20;

/// How long the API's connection test waits for a broker.
const BROKER_TEST_LIMIT: Duration = Duration::from_secs(10);

/// What comes from outside, so that tests can bring their own.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The time.
    pub clock: Arc<Dial>,
    /// Ids of objects, and tokens.
    pub ids: Arc<dyn IdGen>,
    /// Ids of requests.
    pub request_ids: Arc<dyn IdGen>,
}

/// A running cloud.
#[derive(Debug)]
pub struct Instance {
    /// Its API.
    pub app: App,
    /// What its requests pass.
    pub edge: Edge,
    /// Its messages.
    pub notifier: Notifier,
    /// The base of URLs in messages; to be set when the listeners are bound.
    pub base_uri: BaseUri,
    /// Its clock.
    pub dial: Arc<Dial>,
    /// Ends the connections that would go on by themselves; to be cancelled before the listeners are stopped.
    pub closing: CancellationToken,
    /// The space that it is; none is the cloud that the process was started for.
    space: Option<String>,
    /// The broker that the process was started with.
    broker: Option<AmqpSettings>,
    /// What writes its run down.
    recorder: Option<Arc<Recorder>>,
    /// Where what goes on by itself runs: not with whoever answers a request, which may end sooner.
    runtime: Handle,
    /// What goes on by itself, if anything does.
    background: Mutex<Option<Background>>,
    store: Store,
}

/// What a space is beside the cloud of the process.
#[derive(Debug)]
pub(crate) struct Beside {
    /// Its name.
    pub(crate) name: String,
    /// What is known of the copy that it is.
    pub(crate) known: Option<Known>,
}

/// What goes on by itself: the engine's driver and the notifier.
#[derive(Debug)]
struct Background {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

/// Brings the sources of another cloud of the same process.
#[derive(Clone)]
pub struct Springs(Arc<dyn Fn(&Config) -> Sources + Send + Sync>);

impl Springs {
    /// Sources as `draw` brings them.
    pub fn new(draw: impl Fn(&Config) -> Sources + Send + Sync + 'static) -> Self {
        Self(Arc::new(draw))
    }

    pub(crate) fn draw(&self, config: &Config) -> Sources {
        (self.0)(config)
    }
}

impl Default for Springs {
    fn default() -> Self {
        Self::new(Sources::of)
    }
}

impl std::fmt::Debug for Springs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Springs")
    }
}

impl Sources {
    /// What a process has of its own: the machine's clock, and ids from its seed or from the system.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let source = |differs: u64| match config.rng {
            Some(seed) => Arc::new(SeededIds::new(seed ^ differs)) as Arc<dyn IdGen>,
            None => Arc::new(RandomIds),
        };
        Self { clock: Arc::new(Dial::new(Arc::new(SystemClock::default()))), ids: source(0), request_ids: source(u64::MAX) }
    }
}

#[derive(Debug)]
struct Outside {
    notifier: Notifier,
}

impl Ports for Outside {
    fn test_broker(&self, settings: AmqpSettings) -> std::pin::Pin<Box<dyn Future<Output = Result<(), String>> + Send>> {
        let notifier = self.notifier.clone();
        Box::pin(async move { notifier.test_connection(&settings, BROKER_TEST_LIMIT).await.map_err(|error| error.to_string()) })
    }

    fn read_trust(&self, part: TrustPart, bytes: &[u8], password: Option<&str>) -> Result<String, String> {
        let read = match part {
            TrustPart::Certificate => vcdsim_notifier::read_certificates(bytes),
            TrustPart::Truststore => vcdsim_notifier::read_truststore(bytes, password),
        };
        read.map_err(|error| error.to_string())
    }
}

impl Instance {
    /// Opens the store, seeds it if it is new, and starts what goes on by itself: the engine's driver and the notifier.
    ///
    /// # Errors
    /// A sentence that says what could not be opened and why.
    pub async fn start(config: &Config, sources: Sources) -> Result<Arc<Self>, String> {
        let instance = Arc::new(Self::open(config, sources).await?);
        instance.drive().await;
        Ok(instance)
    }

    /// Writes its run down from now on.
    #[must_use]
    pub fn recorded(self, recorder: Arc<Recorder>) -> Self {
        Self { recorder: Some(recorder), ..self.in_turns() }
    }

    /// Takes requests one after another, as whoever records or plays a run sends them.
    #[must_use]
    pub(crate) fn in_turns(self) -> Self {
        Self { edge: self.edge.hasty(), ..self }
    }

    /// What writes its run down, if anything does.
    #[must_use]
    pub fn recorder(&self) -> Option<&Arc<Recorder>> {
        self.recorder.as_ref()
    }

    /// [`Self::start`] without the driver: due timers fire when a request or the owner asks, which is what deterministic tests want.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn open(config: &Config, sources: Sources) -> Result<Self, String> {
        Self::open_with(config, sources, Arc::new(vcdsim_http::router()), None).await
    }

    /// [`Self::open`] as a space beside this one, with what clouds of a process can share.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub(crate) async fn open_beside(&self, space: Beside, config: &Config, sources: Sources) -> Result<Self, String> {
        Self::open_with(config, sources, Arc::clone(self.app.router()), Some(space)).await
    }

    async fn open_with(config: &Config, sources: Sources, router: Arc<Router>, space: Option<Beside>) -> Result<Self, String> {
        let (space, known) = space.map_or((None, None), |Beside { name, known }| (Some(name), known));
        let options = vcdsim_store::Options {
            dir: config.data_dir.clone(),
            durability: if config.data_dir.is_some() { config.durability } else { Durability::Normal },
            clock: Arc::clone(&sources.clock) as Arc<dyn Clock>,
            ids: sources.ids,
            cache_bytes: if space.is_some() { SPACE_CACHE_BYTES } else { CACHE_BYTES },
            known,
        };
        let store = Store::open(options).await.map_err(|error| error.to_string())?;
        let hand: Hand = store.read().setting().await.map_err(|fault| fault.to_string())?;
        wind(&sources.clock, hand, config.clock, space.is_some());
        // The clock of a copy was noted as it was made.
        if space.is_none() {
            not_before(&store, &sources.clock).await.map_err(|fault| fault.to_string())?;
        }
        let base_uri = BaseUri::default();
        let notifier = Notifier::new(
            store.clone(),
            vcdsim_notifier::Options { fallback_base_uri: base_uri.clone(), ..vcdsim_notifier::Options::default() },
        );
        let engine = Engine::new(store.clone(), vcdsim_platform::operations::registry(), config.pace);
        let cloud = Cloud::new(engine, Arc::new(Outside { notifier: notifier.clone() }));
        // A space is a copy of what was filled.
        if space.is_none() {
            cloud.seed(&config.inventory).await.map_err(|fault| fault.to_string())?;
        }
        if config.strict {
            withdraw(&cloud, &sources.clock, config.clock).await.map_err(|fault| fault.to_string())?;
        }
        let limits = vcdsim_wire::Limits { max_bytes: config.max_body, ..vcdsim_wire::Limits::default() };
        let options = vcdsim_http::Options { limits, trust_proxy: config.trust_proxy, request_ids: sources.request_ids };
        let app = App::new(cloud, router, options);
        let (broker, background) = (config.amqp.clone(), Mutex::default());
        let instance = Self {
            edge: Edge::new(app.clone()),
            app,
            notifier,
            base_uri,
            dial: sources.clock,
            closing: CancellationToken::new(),
            space,
            broker,
            recorder: None,
            runtime: Handle::current(),
            background,
            store,
        };
        instance.place_broker().await.map_err(|fault| fault.to_string())?;
        Ok(instance)
    }

    /// Answers a request of the API, in its turn where the run is recorded.
    pub async fn serve(self: &Arc<Self>, request: Request) -> Served {
        match &self.recorder {
            None => self.edge.serve(request).await,
            Some(recorder) => {
                let edge = self.edge.clone();
                recorder.take(self, request, |request| async move { edge.serve(request).await }).await
            }
        }
    }

    /// Where its work runs.
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// The name of the space that it is.
    #[must_use]
    pub fn space(&self) -> Option<&str> {
        self.space.as_deref()
    }

    /// Its store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Sends messages where this process, and this space of it, is to send them, whatever the settings came from.
    async fn place_broker(&self) -> Result<(), Fault> {
        if let Some(settings) = self.broker.clone() {
            self.app.cloud().set_broker(settings).await?;
        }
        let stored: AmqpSettings = self.store.read().setting().await?;
        let own = stored.clone().in_space(self.space());
        if own == stored { Ok(()) } else { self.app.cloud().set_broker(own).await }
    }

    /// Saves everything, with the clock as it stands, into an empty directory.
    ///
    /// # Errors
    /// What the file system or the database says.
    pub(crate) async fn save(&self, dir: &Path) -> Result<(), ImageError> {
        self.app.cloud().keep_clock(self.dial.hand()).await?;
        Ok(self.store.save(dir).await?)
    }

    /// Makes everything as the image says; what is now is gone. Whoever is in the middle of a request goes on in the other world.
    ///
    /// # Errors
    /// Only a defect of the store; then everything is as before.
    pub async fn restore(self: &Arc<Self>, image: Image) -> Result<(), Fault> {
        let mut background = self.background.lock().await;
        let driven = background.is_some();
        if let Some(background) = background.take() {
            background.end().await;
        }
        let restored = self.app.cloud().restore(image).await;
        let placed = self.place_broker().await;
        if driven {
            *background = Some(self.begin());
        }
        restored.and(placed)
    }

    #[expect(clippy::disallowed_methods, reason = "composition owns the tasks of an instance and ends them")]
    fn begin(self: &Arc<Self>) -> Background {
        let stop = CancellationToken::new();
        let engine = self.app.cloud().engine().clone();
        let driver = match self.recorder.clone() {
            None => self.runtime.spawn(engine.drive(stop.clone())),
            Some(recorder) => {
                let (instance, stop) = (Arc::clone(self), stop.clone());
                self.runtime.spawn(async move {
                    // Who brings a state back has its turn, and waits for the driver to end: the driver must not wait for a turn then.
                    let step = || async {
                        tokio::select! { () = stop.cancelled() => {}, () = recorder.tick(&instance) => {} }
                    };
                    engine.drive_by(stop.clone(), step).await;
                })
            }
        };
        let tasks = vec![driver, self.runtime.spawn(self.notifier.clone().run(stop.clone()))];
        Background { stop, tasks }
    }

    /// Whether due timers fire by themselves.
    pub async fn is_driven(&self) -> bool {
        self.background.lock().await.is_some()
    }

    pub(crate) async fn drive(self: &Arc<Self>) {
        *self.background.lock().await = Some(self.begin());
    }

    /// Ends the connections that go on by themselves, and lets no answer wait any longer.
    pub fn close(&self) {
        self.closing.cancel();
        self.edge.close();
    }

    /// Stops what goes on by itself and closes the store.
    ///
    /// # Errors
    /// A sentence that says what could not be closed.
    pub async fn stop(&self) -> Result<(), String> {
        self.close();
        if let Some(background) = self.background.lock().await.take() {
            background.end().await;
        }
        self.store.clone().close().await.map_err(|error| error.to_string())
    }
}

/// Does something to its end, even if whoever waits for it goes away; `None` when it panics.
#[expect(clippy::disallowed_methods, reason = "it is awaited where it is begun, and ends soon after where that is given up")]
pub(crate) async fn apart<T: Send + 'static>(runtime: &Handle, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    runtime.spawn(work).await.ok()
}

impl Background {
    async fn end(self) {
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a background task ended badly");
            }
        }
    }
}
