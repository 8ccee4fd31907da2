//! Plans of tasks. Invariant: a plan says when phases run and whether one fails; what comes of that is what always comes of it.

use super::{ok, refused};
use crate::story::Story;
use serde_json::{Value, json};
use vcdsim_task_engine::Pace;
use vcdsim_testkit::{Answer, World, WorldOptions};

const INSTANTIATE: &str = "PUT task-plans/vdcInstantiateVapp";

/// Status and progress of a task, as its user sees them.
async fn seen(story: &Story, task: &str) -> (String, u8) {
    let task = story.tenant.get(task).await;
    (task.attribute("status").unwrap(), task.text_of("Progress").unwrap().parse().unwrap())
}

fn task_of(vapp: &Answer) -> String {
    vapp.attribute_of("Task", "href").unwrap()
}

fn stands(status: &str, progress: u8) -> (String, u8) {
    (status.to_owned(), progress)
}

#[tokio::test]
async fn phases_take_as_long_as_the_plan_of_their_operation_says() {
    let story = Story::begin(&[], "abort").await;
    let told = ok(&story.world, INSTANTIATE, json!({ "pace": { "each": "2s" } })).await;
    assert_eq!((told["pace"].clone(), told["from"].as_str()), (json!({ "each": "2s" }), Some("operation")));
    assert_eq!(told["phases"], json!(["copy", "connect"]));
    let each = task_of(&story.instantiate("each").await);
    ok(&story.world, INSTANTIATE, json!({ "pace": { "total": "10m" } })).await;
    let total = task_of(&story.instantiate("total").await);
    let mut ends = Vec::new();
    for millis in [1_999, 1, 1_999, 1, 475_999, 1, 119_999, 1] {
        story.world.advance_millis(millis).await;
        ends.push((seen(&story, &each).await.1, seen(&story, &total).await.1));
    }
    assert_eq!(ends, [(0, 0), (80, 0), (80, 0), (100, 0), (100, 0), (100, 80), (100, 80), (100, 100)]);
    ok(&story.world, "DELETE task-plans/vdcInstantiateVapp", Value::Null).await;
    let usual = task_of(&story.instantiate("usual").await);
    assert_eq!(seen(&story, &usual).await, stands("success", 100));
}

#[tokio::test]
async fn so_many_polls_see_a_task_running_and_nothing_else_counts() {
    let story = Story::begin(&[], "abort").await;
    ok(&story.world, INSTANTIATE, json!({ "pace": { "polls": 3 } })).await;
    let vapp = story.instantiate("web").await;
    let (task, vapp) = (task_of(&vapp), vapp.attribute("href").unwrap());
    let foreign = story.world.login("orgadmin2@example2").await;
    for _ in 0..5 {
        assert_eq!(foreign.get(&task).await.status, 403);
        assert_eq!(story.tenant.get(&vapp).await.attribute("status").as_deref(), Some("0"));
        story.world.advance_millis(60_000).await;
        story.admin.get("/api/query?type=adminTask").await;
    }
    let mut polls = Vec::new();
    for _ in 0..4 {
        polls.push(seen(&story, &task).await);
    }
    assert_eq!(polls, [stands("running", 0), stands("running", 0), stands("running", 0), stands("success", 100)]);
    assert_eq!(story.tenant.get(&vapp).await.attribute("status").as_deref(), Some("8"));
}

#[tokio::test]
async fn a_plan_is_kept_over_a_restart_and_so_is_how_far_a_task_is_in_it() {
    let mut story = Story::begin(&[], "abort").await;
    ok(&story.world, INSTANTIATE, json!({ "pace": { "polls": 2 } })).await;
    let polled = task_of(&story.instantiate("polled").await);
    assert_eq!(seen(&story, &polled).await.0, "running");
    ok(&story.world, "PUT task-plans/default", json!({ "pace": "manual", "fail": { "minorErrorCode": "BUSY_ENTITY" } })).await;
    let plans = ok(&story.world, "GET task-plans", Value::Null).await["items"].clone();
    story.world.restart().await;
    story.tenant = story.world.reconnect(&story.tenant);
    assert_eq!(ok(&story.world, "GET task-plans", Value::Null).await["items"], plans);
    assert_eq!(plans[1]["fail"]["majorErrorCode"], 400, "it is the platform's own");
    assert_eq!([seen(&story, &polled).await.0, seen(&story, &polled).await.0], ["running", "success"]);
    let other = story.world.fork(Pace::Immediate).await;
    assert_eq!(ok(&other, "GET task-plans", Value::Null).await["items"], plans, "and goes with a copy");
    ok(&story.world, "PUT snapshots/planned", Value::Null).await;
    ok(&story.world, "DELETE task-plans", Value::Null).await;
    ok(&story.world, "POST snapshots/planned/load", Value::Null).await;
    assert_eq!(ok(&story.world, "GET task-plans", Value::Null).await["items"], plans, "and with a snapshot");
    ok(&story.world, "POST reset", Value::Null).await;
    let left = ok(&story.world, "GET task-plans", Value::Null).await["items"].clone();
    assert_eq!(left, json!([{ "operation": "default", "pace": "immediate", "from": "server", "phases": [] }]));
}

#[tokio::test]
async fn a_task_keeps_the_plan_that_it_was_made_with_through_the_gate() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    ok(&story.world, "PUT task-plans/default", json!({ "pace": { "each": "10m" } })).await;
    let blocked = story.blocked("web").await;
    ok(&story.world, "DELETE task-plans/default", Value::Null).await;
    assert_eq!(story.act(&blocked.blocking, "resume", "go").await.status, 204);
    story.world.advance_millis(600_000).await;
    assert_eq!(seen(&story, &blocked.task).await, stands("running", 80));
}

#[tokio::test]
async fn a_task_fails_at_the_phase_and_with_the_error_of_its_plan() {
    let story = Story::begin(&[], "abort").await;
    let fail =
        json!({ "phase": "connect", "majorErrorCode": 500, "minorErrorCode": "NETWORK_BACKING_FAILED", "message": "no port is left" });
    ok(&story.world, INSTANTIATE, json!({ "pace": { "each": "1s" }, "fail": fail })).await;
    let seq = story.world.events().await.last().unwrap().seq;
    let vapp = story.instantiate("web").await;
    let task = task_of(&vapp);
    story.world.advance_millis(1_000).await;
    assert_eq!(seen(&story, &task).await, stands("running", 80));
    story.world.advance_millis(1_000).await;
    let ended = story.tenant.get(&task).await;
    assert_eq!(ended.attribute("status").as_deref(), Some("error"));
    let told = ["majorErrorCode", "minorErrorCode", "message"].map(|name| ended.attribute_of("Error", name).unwrap());
    assert_eq!(told, ["500", "NETWORK_BACKING_FAILED", "no port is left"]);
    assert_eq!(story.tenant.get(&vapp.attribute("href").unwrap()).await.attribute("status").as_deref(), Some("-1"));
    let events = story.world.story_since(seq).await;
    assert_eq!(events.last().map(String::as_str), Some("false task/fail vdcInstantiateVapp"));
    assert!(!events.iter().any(|event| event.starts_with("true vapp/create ")), "{events:?}");
}

#[tokio::test]
async fn the_pace_of_the_server_is_the_plan_of_what_has_none() {
    let polls = WorldOptions { pace: Pace::Polls(1), ..WorldOptions::default() };
    let story = Story::begin_with(polls, &[], "abort", 60_000).await;
    let default = ok(&story.world, "GET task-plans/default", Value::Null).await;
    assert_eq!((default["pace"].clone(), default["from"].as_str()), (json!({ "polls": 1 }), Some("server")));
    let task = task_of(&story.instantiate("web").await);
    assert_eq!([seen(&story, &task).await.0, seen(&story, &task).await.0], ["running", "success"]);
    ok(&story.world, INSTANTIATE, json!({ "pace": "queued" })).await;
    assert_eq!(story.instantiate("queued").await.attribute_of("Task", "status").as_deref(), Some("queued"));
    ok(&story.world, INSTANTIATE, json!({})).await;
    assert_eq!(seen(&story, &task_of(&story.instantiate("at-once").await)).await.0, "success");
}

#[tokio::test]
async fn what_is_no_plan_is_refused_with_what_would_be_one() {
    let world = World::new().await;
    for (call, body, word) in [
        ("PUT task-plans/vdcInstantiateVApp", json!({}), "\"vdcInstantiateVapp\""),
        (INSTANTIATE, json!({ "pace": "slow" }), "immediate"),
        (INSTANTIATE, json!({ "pace": { "each": "soon" } }), "each is a span"),
        (INSTANTIATE, json!({ "pace": { "each": "-5s" } }), "from now on"),
        (INSTANTIATE, json!({ "pace": { "polls": -1 } }), "-1"),
        (INSTANTIATE, json!({ "fail": { "phase": "conect" } }), "\"connect\""),
        (INSTANTIATE, json!({ "fail": { "minorErrorCode": "" } }), "minorErrorCode"),
        ("PUT task-plans/default", json!({ "fail": { "phase": "connect" } }), "no phase"),
        (INSTANTIATE, json!({ "each": "2s" }), "each"),
    ] {
        let told = refused(&world, call, body, 400).await;
        assert!(told.contains(word) || told.replace('\\', "").contains(word), "{told}");
    }
}
