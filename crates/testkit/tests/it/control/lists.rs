//! What every list of the interface can do. Invariant: the lists are those of the description, and each is waited for, followed and cut here.

use super::ok;
use super::watch::Watched;
use crate::story::Story;
use futures::future::{BoxFuture, FutureExt, join};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_model::kind::Kind;
use vcdsim_platform::seed::seeded_id;

type Make = for<'a> fn(&'a Story, usize) -> BoxFuture<'a, ()>;

/// A list, or a document that is kept.
struct List {
    path: &'static str,
    query: &'static str,
    /// Makes the item of a number.
    make: Make,
    /// What only that item has in it, or only such items.
    mark: fn(usize) -> String,
    /// Whether there are items before.
    filled: bool,
}

const OPERATIONS: [&str; 3] = ["vappDeploy", "vdcComposeVapp", "vdcDeleteVapp"];
const IN_EXAMPLE: [(Kind, &str); 3] =
    [(Kind::Network, "example-net"), (Kind::Network, "example-net2"), (Kind::Media, "example-catalog/example-media")];

const LISTS: &[List] = &[
    List { path: "tasks", query: "", make: block, mark: |_| "preRunning".to_owned(), filled: false },
    List { path: "blocking-tasks", query: "", make: block, mark: |_| "timeoutAction".to_owned(), filled: false },
    List { path: "clock/timers", query: "", make: block, mark: |_| "the timeout of a blocking task".to_owned(), filled: true },
    List { path: "messages", query: "", make: block, mark: |_| "blockingtask.create".to_owned(), filled: true },
    List { path: "messages/{event}/explain", query: "routingKey=%23&", make: block, mark: |_| "matches".to_owned(), filled: false },
    List { path: "timeline", query: "", make: block, mark: |_| "\"blockingTask\"".to_owned(), filled: true },
    List { path: "requests", query: "", make: ask_in_vain, mark: nowhere, filled: true },
    List { path: "requests/unmatched", query: "", make: ask_in_vain, mark: nowhere, filled: false },
    List { path: "faults", query: "", make: add_fault, mark: nowhere, filled: false },
    List { path: "broker/faults", query: "", make: add_broker_fault, mark: nowhere, filled: false },
    List { path: "busy", query: "", make: keep_busy, mark: |number| busy(number).to_string(), filled: false },
    List { path: "responders", query: "", make: add_responder, mark: nowhere, filled: false },
    List { path: "task-plans", query: "", make: plan, mark: |number| OPERATIONS[number].to_owned(), filled: true },
    List { path: "spaces", query: "", make: make_space, mark: nowhere, filled: false },
    List { path: "snapshots", query: "", make: save, mark: nowhere, filled: false },
    List { path: "blocking-operations", query: "", make: enable, mark: |number| OPERATIONS[number].to_owned(), filled: true },
];

fn nowhere(number: usize) -> String {
    format!("nowhere-{number}")
}

fn busy(number: usize) -> uuid::Uuid {
    let (kind, path) = IN_EXAMPLE[number];
    seeded_id(kind, path)
}

fn done(story: &Story, call: String, body: Value) -> BoxFuture<'_, ()> {
    async move { drop(ok(&story.world, &call, body).await) }.boxed()
}

fn block(story: &Story, number: usize) -> BoxFuture<'_, ()> {
    async move { assert_eq!(story.instantiate(&format!("web-{number}")).await.status, 201) }.boxed()
}

fn ask_in_vain(story: &Story, number: usize) -> BoxFuture<'_, ()> {
    async move { assert_eq!(story.tenant.get(&format!("/api/{}", nowhere(number))).await.status, 404) }.boxed()
}

fn add_fault(story: &Story, number: usize) -> BoxFuture<'_, ()> {
    let rule = json!({ "match": { "path": format!("/api/{}", nowhere(number)) }, "do": { "status": 500 } });
    done(story, "POST faults".to_owned(), rule)
}

fn add_broker_fault(story: &Story, number: usize) -> BoxFuture<'_, ()> {
    async move {
        // Nobody needs to listen there.
        let settings = AmqpSettings { host: "broker.test".to_owned(), ..AmqpSettings::default() };
        story.world.instance().app.cloud().set_broker(settings).await.unwrap();
        let rule = json!({ "match": { "routingKey": format!("#.{}", nowhere(number)) }, "do": { "drop": true } });
        drop(ok(&story.world, "POST broker/faults", rule).await);
    }
    .boxed()
}

fn keep_busy(story: &Story, number: usize) -> BoxFuture<'_, ()> {
    done(story, format!("PUT busy/{}", busy(number)), json!({ "for": "10m" }))
}

fn add_responder(story: &Story, number: usize) -> BoxFuture<'_, ()> {
    let rule = json!({ "when": { "operation": "vappDeploy" }, "then": { "resume": { "message": nowhere(number) } } });
    done(story, "POST responders".to_owned(), rule)
}

fn plan(story: &Story, number: usize) -> BoxFuture<'_, ()> {
    done(story, format!("PUT task-plans/{}", OPERATIONS[number]), json!({}))
}

fn make_space(story: &Story, number: usize) -> BoxFuture<'_, ()> {
    done(story, "POST spaces".to_owned(), json!({ "name": nowhere(number) }))
}

fn save(story: &Story, number: usize) -> BoxFuture<'_, ()> {
    done(story, format!("PUT snapshots/{}", nowhere(number)), Value::Null)
}

fn enable(story: &Story, number: usize) -> BoxFuture<'_, ()> {
    done(story, "PUT blocking-operations".to_owned(), json!({ "enabled": [OPERATIONS[number]] }))
}

impl List {
    /// The call, of what is told of the next event where an event is named.
    fn call(&self, story: &Story, query: &str) -> String {
        let event = (story.world.instance().store().last_event() + 1).to_string();
        format!("GET {}?{}{query}", self.path.replace("{event}", &event), self.query)
    }

    /// What is answered to whoever waits already when the item of a number is made.
    async fn awaited(&self, story: &Story, number: usize, known: Option<u64>) {
        let (call, mark) = (self.call(story, "wait=5s"), (self.mark)(number));
        let wait = async {
            let mut known = known;
            loop {
                let after = known.map_or_else(String::new, |known| format!("&after={known}"));
                let answer = ok(&story.world, &format!("{call}{after}"), Value::Null).await;
                if answer.to_string().contains(&mark) {
                    return;
                }
                // Something else may have happened before.
                assert!(known.is_some() && answer["revision"].as_u64() > known, "{call}{after} {number}: {answer}");
                known = answer["revision"].as_u64();
            }
        };
        join(wait, (self.make)(story, number)).await;
    }
}

#[tokio::test]
async fn every_list_is_waited_for() {
    for list in LISTS {
        let story = Story::begin(&["vdcInstantiateVapp"], "resume").await;
        if !list.filled {
            list.awaited(&story, 0, None).await;
        }
        // What has happened since an effect is waited for whatever there is, also beside the state.
        let effect = ok(&story.world, "DELETE responders", Value::Null).await;
        let known = effect["revision"].as_u64();
        list.awaited(&story, 1, known).await;
        // Who asks too late is answered at once; but requests that change nothing make no revision.
        if !list.path.starts_with("requests") && !list.path.contains('{') {
            let late = format!("wait=10m&after={}", effect["revision"]);
            ok(&story.world, &list.call(&story, &late), Value::Null).await;
        }
    }
}

#[tokio::test]
async fn every_list_is_followed() {
    for list in LISTS {
        let story = Story::begin(&["vdcInstantiateVapp"], "resume").await;
        let events = Watched::open(&story.world, &list.call(&story, "wait=1s")).await;
        events.next().await;
        for number in 0..2 {
            (list.make)(&story, number).await;
            if number > 0 && list.path.contains('{') {
                break;
            }
            let mark = (list.mark)(number);
            let mut told = false;
            while !told {
                let piece = events.next().await;
                assert!(!piece.is_empty(), "{} {number}: a sign of life and no item", list.path);
                told = piece.iter().any(|(_, item)| item.to_string().contains(&mark));
            }
        }
    }
}

#[tokio::test]
async fn every_list_is_cut() {
    for list in LISTS.iter().filter(|list| list.path != "blocking-operations") {
        let story = Story::begin(&["vdcInstantiateVapp"], "resume").await;
        let call = list.call(&story, "");
        for number in 0..2 {
            (list.make)(&story, number).await;
        }
        for (limit, found) in [("limit=1", 1), ("limit=0", 0), ("limit=1001", 2)] {
            let answer = ok(&story.world, &format!("{call}{limit}"), Value::Null).await;
            let items = answer["items"].as_array().unwrap().len();
            assert!(items == found || found == 2 && items > 2, "{call}{limit}: {answer}");
        }
    }
}

#[tokio::test]
async fn what_goes_is_waited_for_too() {
    let story = Story::begin(&[], "resume").await;
    for (make, path) in [(make_space as Make, "spaces"), (save, "snapshots")] {
        make(&story, 0).await;
        let list = ok(&story.world, &format!("GET {path}"), Value::Null).await;
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        let (wait, remove) = (format!("GET {path}?wait=5s&after={}", list["revision"]), format!("DELETE {path}/nowhere-0"));
        let (left, _) = join(ok(&story.world, &wait, Value::Null), ok(&story.world, &remove, Value::Null)).await;
        assert_eq!(left["items"], json!([]));
    }
}

#[tokio::test]
async fn the_lists_of_the_description_are_these() {
    let document = vcdsim_server::control::openapi();
    let paths = document["paths"].as_object().unwrap();
    let answers = |path: &'static str| paths.iter().filter(move |(_, verbs)| verbs["get"].pointer(path).is_some());
    let lists: BTreeSet<_> = answers("/responses/200/content/application~1json/schema/properties/items").map(|(path, _)| path).collect();
    let followed: BTreeSet<_> = answers("/responses/200/content/text~1event-stream").map(|(path, _)| path).collect();
    let here: BTreeSet<_> = LISTS.iter().map(|list| format!("/{}", list.path)).collect();
    let one = "/tasks/{id}".to_owned();
    assert_eq!(followed, here.iter().chain([&one]).collect::<BTreeSet<_>>());
    let documents: Vec<_> = followed.difference(&lists).map(|path| path.as_str()).collect();
    assert_eq!(documents, ["/blocking-operations", &one], "whatever else is in a list");
    assert!(lists.is_subset(&followed));
    for path in &here {
        let takes: BTreeSet<_> =
            paths[path]["get"]["parameters"].as_array().unwrap().iter().filter_map(|parameter| parameter["name"].as_str()).collect();
        assert!(takes.is_superset(&BTreeSet::from(["wait", "after"])), "{path} {takes:?}");
        assert!(takes.contains("limit") == lists.contains(path), "{path} {takes:?}");
    }
}

#[tokio::test]
async fn a_space_hears_of_what_all_spaces_share() {
    let story = Story::begin(&[], "resume").await;
    let made = ok(&story.world, "POST spaces", json!({ "name": "here" })).await;
    let here = story.world.spaces().get("here").unwrap();
    let ask = async |call: &str| story.world.control_of(&here.instance, call, Value::Null).await;
    let (_, list) = ask("GET spaces").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{made}");
    let spaces = format!("GET spaces?wait=5s&after={}", list["revision"]);
    for (call, make) in [(spaces.as_str(), make_space as Make), ("GET snapshots?wait=5s", save)] {
        let ((status, told), ()) = join(ask(call), make(&story, 0)).await;
        assert!(status == 200 && told["items"].to_string().contains("nowhere-0"), "{call}: {told}");
    }
}
