//! A recorded run, played again. Invariant: it is played by a cloud of its own, without listeners and without a broker.

use super::script::{Answered, Head, Line, ScriptError, read};
use super::{messages, settle};
use crate::config::Config;
use crate::control::{self, Facts, Ports};
use crate::instance::{Instance, Sources, Springs};
use crate::spaces::Spaces;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use vcdsim_model::clock::{Clock, Dial, VirtualClock, from_millis};

/// What came of playing a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// How many requests were answered as before.
    pub answers: usize,
    /// How many messages were as before.
    pub messages: usize,
    /// Where it went otherwise first.
    pub difference: Option<Difference>,
}

/// Where a run went otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The line of the file.
    pub line: usize,
    /// What happened there.
    pub what: String,
    /// What came of it when it was recorded.
    pub recorded: String,
    /// What came of it now.
    pub played: String,
}

/// Plays the run of a file, up to this line of it or to its end, and stops where it goes otherwise.
///
/// # Errors
/// [`ScriptError`] when the file is none, or its cloud cannot be started.
pub async fn replay(file: &Path, until: Option<usize>) -> Result<Replayed, ScriptError> {
    let (head, lines) = read(file)?;
    let stage = Stage::set(head).await.map_err(ScriptError::Start)?;
    let mut replayed = Replayed { answers: 0, messages: 0, difference: None };
    for (index, line) in lines.into_iter().enumerate().take_while(|(index, _)| until.is_none_or(|until| index + 2 <= until)) {
        replayed.difference = stage.play(&line, &mut replayed).await.map(|difference| Difference { line: index + 2, ..difference });
        if replayed.difference.is_some() {
            break;
        }
    }
    stage.spaces.stop().await.map_err(ScriptError::Start)?;
    Ok(replayed)
}

/// The cloud that plays.
struct Stage {
    machine: Arc<VirtualClock>,
    spaces: Arc<Spaces>,
    /// Whether the API answered what else is for the control interface.
    strict: bool,
}

impl Stage {
    async fn set(head: Head) -> Result<Self, String> {
        let config = Config { inventory: Arc::new(head.inventory), ..Config::replayed(head.flags, head.rng)? };
        let machine = Arc::new(VirtualClock::new(from_millis(head.began)));
        let instance = Instance::open(&config, sources(&config, Arc::clone(&machine))).await?.in_turns();
        instance.base_uri.set(head.base_uri);
        let spaces = Spaces::new(&config, Arc::new(instance), springs(from_millis(head.began)))?;
        Ok(Self { machine, spaces: Arc::new(spaces), strict: config.strict })
    }

    /// Plays a line; answers where it goes otherwise.
    async fn play(&self, line: &Line, replayed: &mut Replayed) -> Option<Difference> {
        let instance = self.spaces.main();
        let told = instance.store().last_event();
        self.machine.advance_to(from_millis(line.at));
        if let (Some(sent), Some(recorded)) = (&line.request, &line.answer) {
            settle(instance).await;
            let ports = Ports::Played(recorded.port_refused().map_or(Ok(()), Err));
            let played = Answered::of(&self.answer(sent.request(), ports).await).settled();
            let recorded = recorded.clone().settled();
            if played != recorded {
                return Some(difference(&sent.path, &json!(recorded), &json!(played)));
            }
            replayed.answers += 1;
        }
        settle(instance).await;
        let played: Vec<Value> =
            messages(instance, told.min(instance.store().last_event())).await.iter().map(|entry| json!(entry)).collect();
        let other = (0..played.len().max(line.messages.len())).find(|index| played.get(*index) != line.messages.get(*index));
        replayed.messages += other.unwrap_or(played.len());
        other.map(|index| difference("a message", &json!(line.messages.get(index)), &json!(played.get(index))))
    }

    async fn answer(&self, request: vcdsim_http::message::Request, ports: Ports) -> vcdsim_http::message::Response {
        let instance = self.spaces.main();
        if !self.strict && request.path.starts_with(control::PREFIX) {
            // Only calls of who might call are written down.
            let facts = Facts { ports, ..Facts::default() };
            return control::handle(&self.spaces, instance, &facts, &request).await;
        }
        instance.edge.serve(request).await.response
    }
}

fn difference(what: &str, recorded: &Value, played: &Value) -> Difference {
    Difference { line: 0, what: what.to_owned(), recorded: recorded.to_string(), played: played.to_string() }
}

/// What a recorded cloud, and one that plays, have in place of the machine's clock and of chance.
pub(crate) fn sources(config: &Config, machine: Arc<VirtualClock>) -> Sources {
    Sources { clock: Arc::new(Dial::new(machine)), ..Sources::of(config) }
}

/// The same for the clouds that they make: each begins when the run began.
pub(crate) fn springs(began: vcdsim_model::clock::Time) -> Springs {
    Springs::new(move |config| sources(config, Arc::new(VirtualClock::new(began))))
}
