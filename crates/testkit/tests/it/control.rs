//! The control interface: time and tasks in the developer's hand. Invariant: what is done there is seen through the API as if it had happened.

mod explain;
mod hand;
mod lists;
mod make;
mod plans;
mod refusal;
mod responders;
mod watch;

use crate::story::Story;
use serde_json::{Value, json};
use vcdsim_model::clock::TimeDelta;
use vcdsim_testkit::{World, insta};

const DAY: i64 = 24 * 3_600_000;

/// A call that must succeed.
pub(crate) async fn ok(world: &World, call: &str, body: Value) -> Value {
    let (status, answer) = world.control(call, body).await;
    assert_eq!(status, 200, "{call}: {answer}");
    answer
}

/// A call that must be refused with `status`; answers what it was told.
pub(crate) async fn refused(world: &World, call: &str, body: Value, status: u16) -> String {
    let (found, problem) = world.control(call, body).await;
    assert_eq!(found, status, "{call}: {problem}");
    assert_eq!((problem["status"].as_u64(), problem["type"].as_str()), (Some(u64::from(status)), Some("about:blank")));
    problem.to_string()
}

#[tokio::test]
async fn five_days_of_timeouts_pass_at_once_and_in_order() {
    let world = World::new().await;
    let gate = json!({ "enabled": ["vdcInstantiateVapp"], "timeoutMillis": 5 * DAY, "timeoutAction": "abort" });
    ok(&world, "PUT blocking-operations", gate).await;
    let story = Story::go_on(world).await;
    let mut tasks = Vec::new();
    for day in 0..5 {
        tasks.push(story.blocked(&format!("web-{day}")).await.task);
        ok(&story.world, "POST clock/advance", json!({ "by": "1d" })).await;
    }
    let (before, seq) = (story.world.now(), story.world.events().await.last().unwrap().seq);
    let told = ok(&story.world, "POST clock/advance", json!({ "by": "5 days" })).await;
    assert_eq!((told["settled"].as_bool(), story.world.now() - before), (Some(true), TimeDelta::days(5)));
    for task in &tasks {
        assert_eq!(story.tenant.get(task).await.attribute("status").as_deref(), Some("aborted"), "and the tenant is still signed in");
    }
    let aborted: Vec<_> =
        story.world.events().await.into_iter().filter(|event| event.seq > seq && event.what.r#type.ends_with("/task/abort")).collect();
    let ended: Vec<_> = aborted.iter().map(|event| (event.time - before).num_days()).collect();
    assert_eq!(ended, [1, 2, 3, 4], "each at its own time; the first was due when the clock was there already");
}

#[tokio::test]
async fn sessions_do_not_age_by_an_advance_unless_they_are_to() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    for _ in 0..3 {
        ok(&world, "POST clock/advance", json!({ "by": "2d" })).await;
        assert_eq!(author.get("/api/session").await.status, 200);
    }
    ok(&world, "POST clock/advance", json!({ "by": "31m", "expireSessions": true })).await;
    assert_eq!(author.get("/api/session").await.status, 401);
    let told = ok(&world, "GET clock/timers", Value::Null).await;
    assert!(!told.to_string().contains("a session ends"), "its timer is gone with it: {told}");
}

#[tokio::test]
async fn the_clock_goes_as_it_is_told_over_a_restart() {
    let mut world = World::new().await;
    assert_eq!(ok(&world, "GET clock", Value::Null).await, json!({ "now": "2026-03-04T08:15:00.000Z", "mode": "real" }));
    ok(&world, "PUT clock", json!({ "mode": "manual", "now": "2027-01-01T00:00:00Z" })).await;
    let told = ok(&world, "PUT clock", json!({ "scale": 60 })).await;
    assert_eq!(
        (told["mode"].as_str(), told["scale"].as_u64(), told["now"].as_str()),
        (Some("scaled"), Some(60), Some("2027-01-01T00:00:00.000Z"))
    );
    world.restart().await;
    let after = ok(&world, "GET clock", Value::Null).await;
    assert_eq!(after, json!({ "now": "2027-01-01T00:00:00.000Z", "mode": "scaled", "scale": 60 }));
    let versions = world.anonymous().get("/api/versions").await;
    assert_eq!(versions.header("date"), Some("Fri, 01 Jan 2027 00:00:00 GMT"));
    for (body, word) in [
        (json!({ "mode": "slow" }), "slow"),
        (json!({ "mode": "manual", "scale": 2 }), "scale"),
        (json!({ "mode": "scaled", "scale": 0 }), "scale"),
        (json!({ "now": "yesterday" }), "now"),
        (json!({ "pace": 1 }), "pace"),
    ] {
        assert!(refused(&world, "PUT clock", body, 400).await.contains(word));
    }
    let back = json!({ "mode": "manual", "now": "2026-01-01T00:00:00Z" });
    assert!(refused(&world, "PUT clock", back, 400).await.contains("does not go back"));
    assert_eq!(ok(&world, "GET clock", Value::Null).await["mode"], "scaled", "what is refused changes nothing");
    refused(&world, "POST clock/advance", json!({}), 400).await;
    refused(&world, "POST clock/advance", json!({ "by": "1h", "to": "2028-01-01T00:00:00Z" }), 400).await;
}

#[tokio::test]
async fn the_clock_runs_to_what_it_is_asked_for() {
    let story = Story::begin(&["vdcInstantiateVapp"], "resume").await;
    let blocked = story.blocked("web").await;
    let id = blocked.task.rsplit('/').next().unwrap();
    ok(&story.world, "POST clock/run-until", json!({ "idle": true })).await;
    assert_eq!(story.admin.get(&blocked.task).await.attribute("status").as_deref(), Some("preRunning"), "what is blocked is not busy");
    let begin = story.world.now();
    assert!(refused(&story.world, "POST clock/run-until", json!({ "task": id, "limit": "59s" }), 409).await.contains("becomes due"));
    assert_eq!(story.world.now(), begin, "nothing was due on the way");
    ok(&story.world, "POST clock/run-until", json!({ "task": blocked.task, "status": "success" })).await;
    assert_eq!((story.world.now() - begin).num_seconds(), 60);
    story.blocked("other").await;
    ok(&story.world, "POST clock/run-until", json!({ "message": "#.task.complete.#" })).await;
    assert_eq!((story.world.now() - begin).num_seconds(), 120);
    assert_eq!(story.tenant.get("/api/session").await.status, 200);
    refused(&story.world, "POST clock/run-until", json!({}), 400).await;
    refused(&story.world, "POST clock/run-until", json!({ "idle": true, "task": id }), 400).await;
    assert!(refused(&story.world, "POST clock/run-until", json!({ "task": id, "status": "sucess" }), 400).await.contains("\"success\""));
}

/// Whatever comes of a run of the clock: it is noted how far it was, and sessions last as long as before.
#[tokio::test]
async fn a_clock_that_was_run_in_vain_stands_where_it_is_and_sessions_where_they_were() {
    let mut story = Story::begin(&["vdcInstantiateVapp"], "resume").await;
    ok(&story.world, "PUT clock", json!({ "mode": "manual" })).await;
    story.blocked("web").await;
    let ends = async |world: &World| {
        let timers = ok(world, "GET clock/timers?limit=1000", Value::Null).await["items"].clone();
        let ends = timers.as_array().unwrap().iter().filter(|timer| timer["what"] == "a session ends");
        ends.map(|timer| timer["due"].clone()).collect::<Vec<_>>()
    };
    let before = ends(&story.world).await;
    refused(&story.world, "POST clock/run-until", json!({ "task": "6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b" }), 404).await;
    assert_eq!(ends(&story.world).await, before, "what is refused changes nothing");
    refused(&story.world, "POST clock/run-until", json!({ "message": "#.never.#", "limit": "10d" }), 409).await;
    let stands = ok(&story.world, "GET clock", Value::Null).await;
    assert_eq!(stands["now"], "2026-03-04T08:16:00.000Z", "the timeout was on the way");
    assert_eq!(story.tenant.get("/api/session").await.status, 200);
    // A server of its own reads where the clock stood, and not off the dial of the one before.
    let kept: vcdsim_model::clock::Hand = story.world.instance().app.cloud().read().setting().await.unwrap();
    assert_eq!(json!(vcdsim_model::clock::format_time(kept.shown)), stands["now"]);
    story.world.restart().await;
    assert_eq!(ok(&story.world, "GET clock", Value::Null).await, stands);
}

#[tokio::test]
async fn blocked_tasks_are_waited_for_and_decided() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let list = ok(&story.world, "GET blocking-tasks", Value::Null).await;
    assert_eq!(list["items"], json!([]));
    let waits = story.world.control("GET blocking-tasks?wait=60s&operation=vdcInstantiateVapp&org=example", Value::Null);
    let (waited, made) = futures::join!(waits, story.instantiate("web"));
    let item = &waited.1["items"][0];
    assert_eq!(
        (item["operation"].as_str(), item["user"].as_str(), item["org"].as_str()),
        (Some("vdcInstantiateVapp"), Some("author"), Some("example"))
    );
    let (blocking, task) = (item["id"].as_str().unwrap(), item["task"].as_str().unwrap());
    assert!(made.attribute_of("Task", "href").unwrap().ends_with(task));
    let timeout = item["timeout"].clone();
    ok(&story.world, &format!("POST blocking-tasks/{blocking}/progress"), json!({ "message": "wait", "timeout": "1h" })).await;
    let later = ok(&story.world, "GET blocking-tasks", Value::Null).await;
    assert_ne!(later["items"][0]["timeout"], timeout);
    ok(&story.world, &format!("POST blocking-tasks/urn:vcloud:blockingTask:{blocking}/fail"), json!({ "message": "not today" })).await;
    let ended = ok(&story.world, &format!("GET tasks/{task}"), Value::Null).await;
    assert_eq!((ended["status"].as_str(), ended["error"].as_str()), (Some("error"), Some("not today")));
    let path = format!("POST blocking-tasks/{blocking}/resume");
    assert!(refused(&story.world, &path, json!({}), 403).await.contains("ACCESS_TO_RESOURCE_IS_FORBIDDEN"));
    refused(&story.world, &format!("POST blocking-tasks/{blocking}/forget"), json!({}), 404).await;
    refused(&story.world, "POST blocking-tasks/web/resume", json!({}), 400).await;
}

#[tokio::test]
async fn tasks_are_listed_and_canceled() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let blocked = story.blocked("web").await;
    let listed = ok(&story.world, "GET tasks?status=preRunning&operation=vdcInstantiateVapp", Value::Null).await;
    let id = listed["items"][0]["id"].as_str().unwrap().to_owned();
    assert!(blocked.task.ends_with(&id) && listed["items"].as_array().unwrap().len() == 1);
    assert_eq!(ok(&story.world, "GET tasks?status=success&limit=5", Value::Null).await["items"], json!([]));
    ok(&story.world, &format!("POST tasks/{id}/cancel"), Value::Null).await;
    assert_eq!(story.tenant.get(&blocked.task).await.attribute("status").as_deref(), Some("canceled"));
    assert!(refused(&story.world, "GET tasks?operation=vdcInstantiateVApp", Value::Null, 400).await.contains("\"vdcInstantiateVapp\""));
    assert!(refused(&story.world, "GET tasks?org=exmaple", Value::Null, 400).await.contains("\"example\""));
    assert!(refused(&story.world, "GET tasks?state=success", Value::Null, 400).await.contains("state"));
    refused(&story.world, "GET tasks/6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b", Value::Null, 404).await;
    assert!(refused(&story.world, "GET task", Value::Null, 404).await.contains("\"tasks\""));
    assert!(refused(&story.world, "DELETE tasks", Value::Null, 405).await.contains("GET"));
}

#[tokio::test]
async fn what_blocks_is_set_without_documents() {
    let story = Story::begin(&[], "abort").await;
    let body = json!({ "enabled": ["vappDeploy", "vappReset"], "timeoutMillis": 1_000, "timeoutAction": "resume" });
    let told = ok(&story.world, "PUT blocking-operations", body.clone()).await;
    assert_eq!((told["enabled"].clone(), told["timeoutAction"].as_str()), (body["enabled"].clone(), Some("resume")));
    let settings = story.admin.at("5.5").get("/api/admin/extension/settings/blockingTask").await;
    assert_eq!((settings.count("Operation"), settings.text_of("TimeoutAction").as_deref()), (2, Some("resume")));
    assert_eq!(settings.text_of("TimeoutInMilliseconds").as_deref(), Some("1000"));
    ok(&story.world, "PUT blocking-operations", json!({ "enabled": [] })).await;
    let now = ok(&story.world, "GET blocking-operations", Value::Null).await;
    assert_eq!(now, json!({ "enabled": [], "timeoutMillis": 1_000, "timeoutAction": "resume" }), "what is not said stays");
    assert!(refused(&story.world, "PUT blocking-operations", json!({ "enabled": ["vappDeplo"] }), 400).await.contains("\"vappDeploy\""));
    refused(&story.world, "PUT blocking-operations", json!({ "enabled": [], "timeoutAction": "wait" }), 400).await;
    refused(&story.world, "PUT blocking-operations", json!({ "enabled": [], "timeoutMillis": -1 }), 400).await;
}

#[tokio::test]
async fn messages_are_waited_for() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let since = story.world.events().await.last().unwrap().seq;
    let call = format!("GET messages?routingKey=%23.blockingtask.create.%23&exchange=systemExchange&since={since}&wait=60s");
    let (waited, _) = futures::join!(story.world.control(&call, Value::Null), story.instantiate("web"));
    let items = waited.1["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert!(items[0]["routingKey"].as_str().unwrap().ends_with("blockingtask.create.vdcInstantiateVapp"));
    refused(&story.world, "GET messages?wait=soon", Value::Null, 400).await;
    refused(&story.world, "GET messages?limit=many", Value::Null, 400).await;
}

#[tokio::test]
async fn the_description_is_the_one_that_is_kept() {
    let world = World::new().await;
    let document = ok(&world, "GET openapi.json", Value::Null).await;
    insta::with_settings!({ snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/control"), prepend_module_to_snapshot => false, omit_expression => true, description => "ours; application/json" }, {
        insta::assert_snapshot!("openapi", serde_json::to_string_pretty(&document).unwrap());
    });
}
