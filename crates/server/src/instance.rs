//! One running cloud without listeners. Invariant: this is the only place where concrete clocks, id sources, stores and brokers meet.

use crate::config::Config;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vcdsim_http::App;
use vcdsim_model::clock::{Clock, Dial, Hand, IdGen};
use vcdsim_model::family::settings::{AmqpSettings, TrustPart};
use vcdsim_notifier::{BaseUri, Notifier};
use vcdsim_platform::Cloud;
use vcdsim_platform::cloud::Ports;
use vcdsim_store::{Durability, Store};
use vcdsim_task_engine::Engine;

/// How much the cache of committed objects may hold.
const CACHE_BYTES: u64 = 128 << 20;

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
    /// Its messages.
    pub notifier: Notifier,
    /// The base of URLs in messages; to be set when the listeners are bound.
    pub base_uri: BaseUri,
    /// Its clock.
    pub dial: Arc<Dial>,
    /// Ends the connections that would go on by themselves; to be cancelled before the listeners are stopped.
    pub closing: CancellationToken,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    store: Store,
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
    pub async fn start(config: &Config, sources: Sources) -> Result<Self, String> {
        let instance = Self::open(config, sources).await?;
        Ok(instance.drive())
    }

    /// [`Self::start`] without the driver: due timers fire when a request or the owner asks, which is what deterministic tests want.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn open(config: &Config, sources: Sources) -> Result<Self, String> {
        let options = vcdsim_store::Options {
            dir: config.data_dir.clone(),
            durability: if config.data_dir.is_some() { config.durability } else { Durability::Normal },
            clock: Arc::clone(&sources.clock) as Arc<dyn Clock>,
            ids: sources.ids,
            cache_bytes: CACHE_BYTES,
        };
        let store = Store::open(options).await.map_err(|error| error.to_string())?;
        let hand: Hand = store.read().setting().await.map_err(|fault| fault.to_string())?;
        sources.clock.restore(hand);
        config.clock.into_iter().for_each(|mode| sources.clock.set_mode(mode));
        let base_uri = BaseUri::default();
        let notifier = Notifier::new(
            store.clone(),
            vcdsim_notifier::Options { fallback_base_uri: base_uri.clone(), ..vcdsim_notifier::Options::default() },
        );
        let engine = Engine::new(store.clone(), vcdsim_platform::operations::registry(), config.pace);
        let cloud = Cloud::new(engine, Arc::new(Outside { notifier: notifier.clone() }));
        cloud.seed().await.map_err(|fault| fault.to_string())?;
        let limits = vcdsim_wire::Limits { max_bytes: config.max_body, ..vcdsim_wire::Limits::default() };
        let app = App::new(cloud, vcdsim_http::Options { limits, trust_proxy: config.trust_proxy, request_ids: sources.request_ids });
        if let Some(settings) = config.amqp.clone() {
            app.cloud().set_broker(settings).await.map_err(|fault| fault.to_string())?;
        }
        let (closing, stop) = (CancellationToken::new(), CancellationToken::new());
        Ok(Self { app, notifier, base_uri, dial: sources.clock, closing, stop, tasks: Vec::new(), store })
    }

    #[expect(clippy::disallowed_methods, reason = "composition owns the tasks of an instance and ends them")]
    fn drive(mut self) -> Self {
        let engine = self.app.cloud().engine().clone();
        self.tasks.push(tokio::spawn(engine.drive(self.stop.clone())));
        self.tasks.push(tokio::spawn(self.notifier.clone().run(self.stop.clone())));
        self
    }

    /// Stops what goes on by itself and closes the store.
    ///
    /// # Errors
    /// A sentence that says what could not be closed.
    pub async fn stop(self) -> Result<(), String> {
        self.closing.cancel();
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a background task ended badly");
            }
        }
        self.store.close().await.map_err(|error| error.to_string())
    }
}
