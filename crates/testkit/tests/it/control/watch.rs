//! Lists that are told as they change. Invariant: whoever watches hears of every item that comes or changes, and of nothing twice.

use super::{ok, refused};
use crate::story::Story;
use serde_json::{Value, json};
use std::sync::Arc;
use vcdsim_testkit::World;

/// A list that is watched.
pub(super) struct Watched(vcdsim_http::message::Events);

impl Watched {
    pub(super) async fn open(world: &World, call: &str) -> Self {
        let answer = world.watch(call).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")), "{:?}", answer.body);
        Self(answer.events.unwrap())
    }

    /// The ids and items of the next piece that does not only tell what is gone; nothing for a sign of life.
    pub(super) async fn next(&self) -> Vec<(String, Value)> {
        loop {
            let events = self.events().await;
            let lives = events.is_empty();
            let items: Vec<_> = events.into_iter().filter(|(name, ..)| name == "item").map(|(_, id, item)| (id, item)).collect();
            if lives || !items.is_empty() {
                return items;
            }
        }
    }

    /// The names, ids and items of the next piece.
    async fn events(&self) -> Vec<(String, String, Value)> {
        let piece = String::from_utf8(self.0.next().await.unwrap().to_vec()).unwrap();
        piece.split_terminator("\n\n").filter(|event| *event != ":").map(parsed).collect()
    }
}

fn parsed(event: &str) -> (String, String, Value) {
    let lines: Vec<_> = event.lines().collect();
    let [name, id, data] = lines[..] else { panic!("{event}") };
    let part = |line: &str, begin: &str| line.strip_prefix(begin).unwrap().to_owned();
    (part(name, "event: "), part(id, "id: "), serde_json::from_str(&part(data, "data: ")).unwrap())
}

fn statuses(events: &[(String, Value)]) -> Vec<(&str, &str)> {
    events.iter().map(|(id, item)| (id.as_str(), item["status"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_task_is_told_as_it_is_blocked_and_as_it_ends() {
    let story = Story::begin(&["vdcInstantiateVapp"], "resume").await;
    let tasks = Watched::open(&story.world, "GET tasks?wait=5s").await;
    let blocking = Watched::open(&story.world, "GET blocking-tasks").await;
    assert_eq!((tasks.next().await, blocking.next().await), (vec![], vec![]), "there is nothing yet");
    let blocked = story.blocked("web").await;
    let told = tasks.next().await;
    let id = told[0].0.clone();
    assert_eq!(statuses(&told), [(id.as_str(), "preRunning")]);
    assert!(blocked.task.ends_with(&id) && told[0].1["id"] == json!(id));
    let waits = blocking.next().await;
    assert_eq!((waits.len(), &waits[0].1["task"]), (1, &json!(id)));
    ok(&story.world, &format!("POST blocking-tasks/{}/abort", waits[0].0), Value::Null).await;
    assert_eq!(statuses(&tasks.next().await), [(id.as_str(), "aborted")]);
    // One that is no longer in the list is told for the last time, as it was.
    assert_eq!(blocking.events().await, [("gone".to_owned(), waits[0].0.clone(), waits[0].1.clone())]);
    story.blocked("next").await;
    let other = blocking.next().await;
    assert!(other.len() == 1 && other[0].0 != waits[0].0, "{other:?}");
}

#[tokio::test]
async fn one_task_is_told_as_it_goes_on() {
    let world = World::new().await;
    let made = json!({ "operation": "vdcInstantiateVapp", "owner": "example-vdc", "user": "author@example" });
    let [one, other] = [ok(&world, "POST tasks", made.clone()).await, ok(&world, "POST tasks", made).await];
    let id = |task: &Value| task["id"].as_str().unwrap().to_owned();
    let events = Watched::open(&world, &format!("GET tasks/{}", id(&one))).await;
    assert_eq!(statuses(&events.next().await), [(id(&one).as_str(), "running")]);
    ok(&world, &format!("POST tasks/{}/succeed", id(&other)), Value::Null).await;
    ok(&world, &format!("POST tasks/{}/progress", id(&one)), json!({ "percent": 40, "details": "half way" })).await;
    let told = events.next().await;
    assert_eq!((told.len(), &told[0].0, &told[0].1["progress"]), (1, &id(&one), &json!(40)), "and of no other");
}

#[tokio::test]
async fn what_there_is_comes_first_and_what_the_limit_left_out_when_it_changes() {
    let story = Story::begin(&["vdcInstantiateVapp"], "resume").await;
    story.blocked("one").await;
    story.blocked("two").await;
    let all = ok(&story.world, "GET tasks", Value::Null).await;
    let id = |at: usize| all["items"][at]["id"].as_str().unwrap().to_owned();
    let tasks = Watched::open(&story.world, "GET tasks?limit=1").await;
    assert_eq!(statuses(&tasks.next().await), [(id(1).as_str(), "preRunning")]);
    ok(&story.world, &format!("POST tasks/{}/cancel", id(0)), Value::Null).await;
    assert_eq!(statuses(&tasks.next().await), [(id(0).as_str(), "canceled")]);
}

#[tokio::test]
async fn requests_messages_and_steps_are_told_as_well() {
    let story = Story::begin(&["vdcInstantiateVapp"], "resume").await;
    for (name, call, word) in [
        ("requests", "GET requests?limit=1", "\"path\""),
        ("messages", "GET messages?routingKey=%23.blockingtask.create.%23&limit=1", "blockingtask.create"),
        ("steps", "GET timeline?limit=1", "\"what\""),
        ("timers", "GET clock/timers?limit=1", "\"due\""),
    ] {
        let list = Watched::open(&story.world, call).await;
        list.next().await;
        story.blocked(name).await;
        let told = list.next().await;
        assert!(told.iter().any(|(_, item)| item.to_string().contains(word)), "{call}: {told:?}");
    }
}

#[tokio::test]
async fn a_call_that_changes_nothing_in_the_state_is_told_as_well() {
    let world = World::new().await;
    let steps = Watched::open(&world, "GET timeline").await;
    steps.next().await;
    ok(&world, "DELETE requests", Value::Null).await;
    let told = steps.next().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1["text"], json!("DELETE /_mock/v1/requests was answered with 200."));
}

#[tokio::test]
async fn what_a_list_asks_for_may_go_and_come_again() {
    let world = World::new().await;
    let made = json!({ "operation": "vdcInstantiateVapp", "owner": "example-vdc", "user": "author@example" });
    let task = ok(&world, "POST tasks", made.clone()).await["id"].as_str().unwrap().to_owned();
    let tasks = Watched::open(&world, "GET tasks?org=example").await;
    let told = tasks.next().await;
    assert_eq!(statuses(&told), [(task.as_str(), "running")]);
    ok(&world, "POST reset", json!({ "to": "empty" })).await;
    assert_eq!(tasks.events().await, [("gone".to_owned(), task.clone(), told[0].1.clone())], "with the organization");
    refused(&world, "GET tasks?org=example", Value::Null, 400).await;
    ok(&world, "POST reset", Value::Null).await;
    let again = ok(&world, "POST tasks", made).await["id"].as_str().unwrap().to_owned();
    assert_eq!(statuses(&tasks.next().await), [(again.as_str(), "running")]);
}

#[tokio::test]
async fn what_is_kept_is_the_same_item_whatever_it_becomes() {
    let world = World::new().await;
    let kept = Watched::open(&world, "GET blocking-operations").await;
    let before = kept.next().await;
    ok(&world, "PUT blocking-operations", json!({ "enabled": ["vdcInstantiateVapp"] })).await;
    let after = kept.next().await;
    assert_eq!((before.len(), after.len(), &before[0].0), (1, 1, &after[0].0));
    assert_eq!((&before[0].1["enabled"], &after[0].1["enabled"]), (&json!([]), &json!(["vdcInstantiateVapp"])));
}

#[tokio::test]
async fn it_ends_with_the_cloud_and_with_who_listens() {
    let world = World::new().await;
    let before = Arc::strong_count(world.instance());
    let tasks = Watched::open(&world, "GET tasks").await;
    assert_eq!((tasks.next().await, Arc::strong_count(world.instance())), (vec![], before + 1));
    drop(tasks);
    assert_eq!(Arc::strong_count(world.instance()), before, "nothing is left of one who has gone");
    let tasks = Watched::open(&world, "GET tasks").await;
    assert_eq!(tasks.next().await, vec![]);
    world.instance().edge.close();
    assert_eq!(tasks.0.next().await, None);
}

#[tokio::test]
async fn what_cannot_be_listed_is_refused_and_what_is_no_list_is_a_document() {
    let world = World::new().await;
    for call in ["GET tasks?status=gone", "GET tasks?limit=few", "GET tasks?wait=soon", "GET tasks?first=1"] {
        let answer = world.watch(call).await;
        assert_eq!(
            (answer.status, answer.header("content-type"), &answer.events),
            (400, Some("application/problem+json"), &None),
            "{call}"
        );
        refused(&world, call, Value::Null, 400).await;
    }
    let version = world.watch("GET version").await;
    assert_eq!((version.status, version.header("content-type")), (200, Some("application/json")));
}
