//! Runs that can be played again. Invariant: while a run is recorded, whatever can change the cloud happens one after another, at instants that
//! are written down, and nothing else looks at the machine's time or draws ids.

mod replay;
mod script;

pub use replay::{Difference, Replayed, replay};
use replay::{sources, springs};
pub use script::ScriptError;

use crate::config::{Config, Record};
use crate::instance::{Instance, Springs};
use script::{Answered, Head, Line, Sent};
use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use tokio::sync::Mutex;
use vcdsim_http::message::{Request, Response};
use vcdsim_model::clock::{Clock, IdGen, SystemClock, VirtualClock};
use vcdsim_notifier::{Filter, JournalEntry};
use vcdsim_platform::seed::Inventory;
use vcdsim_store::RandomIds;

/// How many messages can come of one request and what it makes due. A recorded run with more is refused when it is played.
const MESSAGES: usize = 10_000;

/// Writes a run down.
#[derive(Debug)]
pub struct Recorder {
    /// What the cloud takes for the machine's clock: it moves when something is written down.
    machine: Arc<VirtualClock>,
    real: SystemClock,
    script: Mutex<Script>,
}

#[derive(Debug)]
struct Script {
    file: File,
    /// What begins it, until it is written.
    head: Option<Head>,
    /// The last event whose messages are written.
    told: i64,
}

impl Recorder {
    /// Begins a script in a new file, which only its owner may read: it holds what clients sent, passwords and all.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn create(record: &Record, inventory: &Inventory, rng: u64) -> Result<Self, String> {
        let Record { file, flags } = record;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let opened = options.open(file).and_then(private).map_err(|error| format!("--record {}: {error}", file.display()))?;
        let real = SystemClock::default();
        let began = real.now();
        let head = Head {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            began: began.timestamp_millis(),
            rng,
            flags: flags.clone(),
            inventory: inventory.clone(),
            base_uri: String::new(),
        };
        let script = Mutex::new(Script { file: opened, head: Some(head), told: 0 });
        Ok(Self { machine: Arc::new(VirtualClock::new(began)), real, script })
    }

    /// What the cloud is to take for the machine's clock.
    #[must_use]
    pub fn machine(&self) -> Arc<VirtualClock> {
        Arc::clone(&self.machine)
    }

    /// Answers a request in its turn. Once begun it is done and written down, whether or not its client still waits.
    pub async fn take<T, F>(
        self: &Arc<Self>,
        instance: &Arc<Instance>,
        request: Request,
        answer: impl FnOnce(Request) -> F + Send + 'static,
    ) -> T
    where
        T: From<Response> + AsRef<Response> + Send + 'static,
        F: Future<Output = T> + Send,
    {
        let (recorder, instance, runtime) = (Arc::clone(self), Arc::clone(instance), instance.runtime().clone());
        let turn = async move {
            let (sent, request) = Sent::take(request).await;
            let mut script = recorder.script.lock().await;
            recorder.wake(&instance).await;
            let given = answer(request).await;
            let (at, answer) = (recorder.machine.now().timestamp_millis(), Answered::of(given.as_ref()));
            script.finish(&instance, Line { at, request: Some(sent), answer: Some(answer), messages: Vec::new() }).await;
            given
        };
        crate::instance::apart(&runtime, turn).await.unwrap_or_else(|| Response::new(500).into())
    }

    /// Lets happen what has become due, in its turn.
    pub(crate) async fn tick(&self, instance: &Instance) {
        let due = || instance.store().next_due().is_some_and(|due| due <= instance.store().now());
        let mut script = self.script.lock().await;
        self.machine.advance_to(self.real.now());
        if due() {
            let line = Line { at: self.machine.now().timestamp_millis(), ..Line::default() };
            script.finish(instance, line).await;
        }
    }

    async fn wake(&self, instance: &Instance) {
        self.machine.advance_to(self.real.now());
        settle(instance).await;
    }
}

/// A file that others may have been allowed to read before.
fn private(file: File) -> std::io::Result<File> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Starts a cloud whose run is recorded, and says where the sources of others come from. Without a seed it draws one: a run that cannot be
/// drawn again cannot be played again.
///
/// # Errors
/// As [`Instance::start`], or a sentence that names the file.
pub async fn start(config: &mut Config, record: Record) -> Result<(Arc<Instance>, Springs), String> {
    let rng = *config.rng.get_or_insert_with(|| RandomIds.id().as_u64_pair().0);
    let recorder = Arc::new(Recorder::create(&record, &config.inventory, rng)?);
    let (machine, began) = (recorder.machine(), recorder.machine().now());
    let instance = Arc::new(Instance::open(config, sources(config, machine)).await?.recorded(recorder));
    instance.drive().await;
    Ok((instance, springs(began)))
}

/// Lets happen what is due.
async fn settle(instance: &Instance) {
    if let Err(fault) = instance.app.cloud().engine().catch_up().await {
        tracing::error!(%fault, "due timers could not be fired");
    }
}

/// The messages of the events after this number.
async fn messages(instance: &Instance, after: i64) -> Vec<JournalEntry> {
    let all = instance.notifier.journal(MESSAGES, &Filter::default()).await.unwrap_or_default();
    all.into_iter().filter(|entry| entry.event > after).collect()
}

impl Script {
    /// Lets happen what a line has made due, and writes the line with the messages that came of it.
    async fn finish(&mut self, instance: &Instance, line: Line) {
        settle(instance).await;
        let told = messages(instance, self.told.min(instance.store().last_event())).await;
        self.told = instance.store().last_event();
        let line = Line { messages: told.iter().map(|entry| serde_json::json!(entry)).collect(), ..line };
        if let Some(mut head) = self.head.take() {
            instance.base_uri.get().clone_into(&mut head.base_uri);
            self.write(&head);
        }
        self.write(&line);
    }

    fn write(&mut self, line: &impl serde::Serialize) {
        let text = serde_json::json!(line);
        if let Err(error) = writeln!(self.file, "{text}") {
            tracing::error!(%error, "the run cannot be recorded any further");
        }
    }
}
