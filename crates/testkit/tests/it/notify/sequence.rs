//! The messages of every operation, for every way its task can end. Invariant: a sequence is read off the messages themselves, each form by
//! itself, and says nothing that a change elsewhere moves: ids are numbered as they are met, times count from the request.

use crate::operation::sample::{SAMPLES, Sample};
use crate::operation::scene::{Scene, TIMEOUT};
use futures::stream::{self, StreamExt as _};
use std::collections::BTreeMap;
use std::fmt::Write;
use vcdsim_model::Fault;
use vcdsim_model::blocking::TimeoutAction;
use vcdsim_model::clock::{Time, parse_time};
use vcdsim_notifier::JournalEntry;
use vcdsim_platform::blocking_task::Decision;
use vcdsim_task_engine::Pace;
use vcdsim_testkit::insta;

/// How a task comes to its end.
#[derive(Debug, Clone, Copy)]
enum Ending {
    /// It runs, and succeeds.
    Success,
    /// It runs, and a phase of it fails.
    Failure,
    /// It is blocked, and somebody decides.
    Decision(Decision),
    /// It is blocked, and canceled.
    Cancel,
    /// It is blocked, and nobody decides.
    Timeout(TimeoutAction),
}

const BLOCKED: [(&str, Ending); 7] = [
    ("resume", Ending::Decision(Decision::Resume)),
    ("abort", Ending::Decision(Decision::Abort)),
    ("fail", Ending::Decision(Decision::Fail)),
    ("cancel", Ending::Cancel),
    ("timeout, resume", Ending::Timeout(TimeoutAction::Resume)),
    ("timeout, abort", Ending::Timeout(TimeoutAction::Abort)),
    ("timeout, fail", Ending::Timeout(TimeoutAction::Fail)),
];

/// So many operations are played side by side.
const AT_ONCE: usize = 8;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/notify");

/// What an operation that is gone has left is found here, since no other test asks for it.
#[test]
fn there_are_sequences_of_operations_that_run_only() {
    let files = std::fs::read_dir(FOLDER).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let known = |name: &str| SAMPLES.iter().any(|(operation, _)| name == format!("operation-{}.snap", operation.name()));
    let stale: Vec<_> = files.filter(|name| name.starts_with("operation-") && name.ends_with(".snap") && !known(name)).collect();
    assert!(stale.is_empty(), "{stale:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_messages_of_every_operation() {
    let stage = Scene::new().await;
    // Each world waits for its database most of the time, and none knows of another.
    let mut pages = stream::iter(SAMPLES).map(|sample| page(&stage, sample)).buffered(AT_ONCE);
    while let Some((operation, page)) = pages.next().await {
        golden(operation, page.trim_end());
    }
}

/// All that is told of one operation.
async fn page(stage: &Scene, sample: &Sample) -> (&'static str, String) {
    let mut page = String::new();
    for (title, ending) in [("not blocked, success", Ending::Success), ("not blocked, failure", Ending::Failure)] {
        let told = Told::of(stage, sample, ending).await;
        write_section(&mut page, title, &told.lines);
    }
    let mut blocked: Option<Vec<String>> = None;
    for (title, ending) in BLOCKED {
        let told = Told::of(stage, sample, ending).await;
        let (before, after) = told.lines.split_at(told.until_blocked);
        match &blocked {
            None => write_section(&mut page, "blocked", before),
            Some(first) => assert_eq!(first, before, "{}: what is told before {title} is what is told before any end", sample.0.name()),
        }
        blocked.get_or_insert_with(|| before.to_vec());
        write_section(&mut page, title, after);
    }
    (sample.0.name(), page)
}

fn write_section(page: &mut String, title: &str, lines: &[String]) {
    let _ = write!(page, "== {title}\n{}\n", lines.concat());
}

fn golden(operation: &str, page: &str) {
    insta::with_settings!({
        snapshot_path => FOLDER,
        prepend_module_to_snapshot => false,
        omit_expression => true,
        description => "inferred (reference 6.7); text/plain",
    }, {
        insta::assert_snapshot!(format!("operation-{operation}"), page);
    });
}

/// What was told of one task.
struct Told {
    /// One text for each event.
    lines: Vec<String>,
    /// How many of them were told when the task stood blocked.
    until_blocked: usize,
}

impl Told {
    async fn of(stage: &Scene, sample: &Sample, ending: Ending) -> Self {
        let scene = stage.fork(Pace::Immediate).await;
        if let Ending::Decision(_) | Ending::Cancel | Ending::Timeout(_) = ending {
            scene.gate(sample.0, if let Ending::Timeout(action) = ending { action } else { TimeoutAction::Abort }).await;
        }
        let (seq, begin) = (scene.world.events().await.last().map_or(0, |event| event.seq), scene.world.now());
        let sent = scene.submit(sample).await;
        let until_blocked = usize::try_from(scene.world.events().await.last().map_or(0, |event| event.seq) - seq).unwrap();
        match ending {
            Ending::Success => {}
            Ending::Failure => scene.cloud().engine().fail_phase(sent.task.id, 0, Fault::bad_request("It was to fail.")),
            Ending::Decision(decision) => scene.decide(&sent, decision).await,
            Ending::Cancel => scene.cloud().cancel(sent.task.id, &scene.caller).await.unwrap(),
            Ending::Timeout(_) => scene.world.advance_millis(TIMEOUT).await,
        }
        // Whatever the operation waits for between its phases.
        scene.pass(60).await;
        assert!(scene.task(sent.task.id).await.status.is_terminal(), "{} by {ending:?}", sample.0.name());
        let entries: Vec<_> = scene.world.messages().await.into_iter().filter(|entry| entry.event > seq).collect();
        let mut tokens = Tokens::default();
        let lines = entries.chunks(2).map(|pair| line(pair, begin, &mut tokens)).collect();
        Self { lines, until_blocked }
    }
}

/// One event, as its two messages tell it.
fn line(pair: &[JournalEntry], begin: Time, tokens: &mut Tokens) -> String {
    let [xml, json] = pair else { panic!("an event has two messages") };
    assert_eq!((xml.event, &xml.message.routing_key), (json.event, &json.message.routing_key), "one event, one key");
    assert_eq!(xml.message.headers, json.message.headers, "and the same headers");
    let (xml_id, from_xml) = read_xml(&xml.message.body, begin, tokens);
    let (json_id, from_json) = read_json(&json.message.body, begin, tokens);
    assert_eq!(xml_id, json_id, "both forms are one event");
    format!("{}\n    xml   {from_xml}\n    json  {from_json}\n", tokens.key(&xml.message.routing_key))
}

/// The event's id, and everything else.
fn read_xml(body: &str, begin: Time, tokens: &mut Tokens) -> (String, String) {
    let document = roxmltree::Document::parse(body).unwrap();
    let root = document.root_element();
    let mut said = Vec::new();
    for link in root.children().filter(|child| child.has_tag_name(("http://www.vmware.com/vcloud/extension/v1.5", "EntityLink"))) {
        let (urn, kind) = (link.attribute("id").unwrap(), link.attribute("type").unwrap());
        assert_eq!(kind.strip_prefix("vcloud:"), urn.split(':').nth(2), "type and id agree");
        let name = link.attribute("name").map(|name| format!(" \"{name}\"")).unwrap_or_default();
        said.push(format!("{} {}{name}", link.attribute("rel").unwrap(), tokens.urn(urn)));
    }
    let text = |name: &str| root.children().find(|child| child.tag_name().name() == name).and_then(|child| child.text()).unwrap();
    said.push(format!("{} {}", text("OperationSuccess"), since(begin, text("Timestamp"))));
    (root.attribute("eventId").unwrap().to_owned(), said.join("; "))
}

fn read_json(body: &str, begin: Time, tokens: &mut Tokens) -> (String, String) {
    let value: serde_json::Value = serde_json::from_str(body).unwrap();
    let text = |name: &str| value[name].as_str();
    let mut said: Vec<_> = ["entity", "user", "org", "task", "taskOwner"]
        .into_iter()
        .filter_map(|name| Some(format!("{name} {}", tokens.urn(text(name)?))))
        .collect();
    said.push(format!("{} {}", value["operationSuccess"], since(begin, text("timestamp").unwrap())));
    (text("eventId").unwrap().to_owned(), said.join("; "))
}

fn since(begin: Time, time: &str) -> String {
    format!("+{} ms", (parse_time(time).unwrap() - begin).num_milliseconds())
}

/// Short names for ids, numbered by kind as they are met.
#[derive(Default)]
struct Tokens {
    names: BTreeMap<String, String>,
    counts: BTreeMap<String, usize>,
}

impl Tokens {
    fn urn(&mut self, urn: &str) -> String {
        let (kind, id) = urn.strip_prefix("urn:vcloud:").and_then(|rest| rest.split_once(':')).unwrap();
        let counts = &mut self.counts;
        let name = self.names.entry(id.to_owned()).or_insert_with(|| {
            let count = counts.entry(kind.to_owned()).or_default();
            *count += 1;
            format!("{kind}-{count}")
        });
        name.clone()
    }

    /// A routing key with these names in the place of ids.
    fn key(&self, key: &str) -> String {
        key.split('.').map(|word| self.names.get(word).map_or(word, String::as_str)).collect::<Vec<_>>().join(".")
    }
}
