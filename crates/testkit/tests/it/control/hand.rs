//! Tasks in the hand. Invariant: whatever the hand does, the task ends as such a task does, and what it holds with it.

use super::{ok, refused};
use crate::story::Story;
use serde_json::{Value, json};
use vcdsim_testkit::Answer;

fn id_of(vapp: &Answer) -> String {
    vapp.attribute_of("Task", "href").unwrap().rsplit('/').next().unwrap().to_owned()
}

/// Does something to a task; answers where it stands then.
async fn by_hand(story: &Story, task: &str, what: &str) -> (String, u64) {
    stands(&ok(&story.world, &format!("POST tasks/{task}/{what}"), Value::Null).await)
}

fn stands(task: &Value) -> (String, u64) {
    (task["status"].as_str().unwrap().to_owned(), task["progress"].as_u64().unwrap())
}

fn at(status: &str, progress: u64) -> (String, u64) {
    (status.to_owned(), progress)
}

async fn status_of(story: &Story, vapp: &Answer) -> Option<String> {
    story.tenant.get(&vapp.attribute("href").unwrap()).await.attribute("status")
}

#[tokio::test]
async fn a_manual_task_goes_step_by_step_over_a_restart() {
    let mut story = Story::begin(&[], "abort").await;
    ok(&story.world, "PUT task-plans/vdcInstantiateVapp", json!({ "pace": "manual" })).await;
    let (vapp, released) = (story.instantiate("stepped").await, story.instantiate("released").await);
    story.world.advance_millis(600_000).await;
    assert_eq!(status_of(&story, &vapp).await.as_deref(), Some("0"), "time changes nothing");
    assert_eq!(by_hand(&story, &id_of(&vapp), "step").await, at("running", 80));
    story.world.restart().await;
    story.tenant = story.world.reconnect(&story.tenant);
    story.world.advance_millis(600_000).await;
    assert_eq!(stands(&ok(&story.world, &format!("GET tasks/{}", id_of(&vapp)), Value::Null).await), at("running", 80));
    assert_eq!(by_hand(&story, &id_of(&vapp), "step").await, at("success", 100));
    assert_eq!(status_of(&story, &vapp).await.as_deref(), Some("8"));
    assert_eq!(by_hand(&story, &id_of(&released), "release").await, at("success", 100), "what is released needs nobody");
}

#[tokio::test]
async fn a_held_task_stays_where_it_is_until_it_is_released() {
    let story = Story::begin(&[], "abort").await;
    ok(&story.world, "PUT task-plans/vdcInstantiateVapp", json!({ "pace": { "each": "10s" } })).await;
    let vapp = story.instantiate("web").await;
    let task = id_of(&vapp);
    story.world.advance_millis(10_000).await;
    let held = ok(&story.world, &format!("POST tasks/{task}/hold"), Value::Null).await;
    assert_eq!((stands(&held), held["held"].as_bool(), held["settled"].as_bool()), (at("running", 80), Some(true), Some(true)));
    story.world.advance_millis(60_000).await;
    assert_eq!(by_hand(&story, &task, "hold").await, at("running", 80), "twice is as good as once");
    assert_eq!(by_hand(&story, &task, "release").await, at("running", 80), "the phase takes its time");
    assert!(refused(&story.world, &format!("POST tasks/{task}/release"), Value::Null, 409).await.contains("Nobody holds"));
    story.world.advance_millis(10_000).await;
    assert_eq!(status_of(&story, &vapp).await.as_deref(), Some("8"));
}

#[tokio::test]
async fn a_task_that_is_held_at_the_gate_is_held_behind_it() {
    let story = Story::begin(&["vdcInstantiateVapp"], "resume").await;
    let vapp = story.instantiate("web").await;
    let task = id_of(&vapp);
    let told = refused(&story.world, &format!("POST tasks/{task}/step"), Value::Null, 409).await;
    let blocking = ok(&story.world, "GET blocking-tasks", Value::Null).await["items"][0]["id"].as_str().unwrap().to_owned();
    assert!(told.contains(&format!("POST blocking-tasks/{blocking}/resume")), "{told}");
    refused(&story.world, &format!("POST tasks/{task}/release"), Value::Null, 409).await;
    assert_eq!(by_hand(&story, &task, "hold").await.0, "preRunning");
    story.world.advance_millis(60_000).await;
    assert_eq!(stands(&ok(&story.world, &format!("GET tasks/{task}"), Value::Null).await), at("running", 0), "the timeout has resumed it");
    assert_eq!(by_hand(&story, &task, "step").await, at("running", 80));
    assert_eq!(by_hand(&story, &task, "release").await, at("success", 100));
}

#[tokio::test]
async fn a_queued_task_starts_by_a_step() {
    let story = Story::begin(&[], "abort").await;
    ok(&story.world, "PUT task-plans/default", json!({ "pace": "queued" })).await;
    let (stepped, released) = (story.instantiate("stepped").await, story.instantiate("released").await);
    let steps = [by_hand(&story, &id_of(&stepped), "step").await, by_hand(&story, &id_of(&stepped), "step").await];
    assert_eq!(steps, [at("running", 0), at("running", 80)]);
    assert_eq!(by_hand(&story, &id_of(&released), "release").await, at("success", 100));
    assert_eq!((status_of(&story, &stepped).await.as_deref(), status_of(&story, &released).await.as_deref()), (Some("0"), Some("8")));
}

#[tokio::test]
async fn a_task_succeeds_from_wherever_it_is() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let blocked = story.instantiate("blocked").await;
    let seq = story.world.events().await.last().unwrap().seq;
    assert_eq!(by_hand(&story, &id_of(&blocked), "succeed").await, at("success", 100));
    let events = story.world.story_since(seq).await;
    assert_eq!(events.first().map(String::as_str), Some("true blockingtask/resume vdcInstantiateVapp"), "{events:?}");
    assert_eq!(events.last().map(String::as_str), Some("true task/complete vdcInstantiateVapp"));
    ok(&story.world, "PUT blocking-operations", json!({ "enabled": [] })).await;
    for (number, pace) in [json!("queued"), json!("manual"), json!({ "each": "1h" }), json!({ "polls": 9 })].iter().enumerate() {
        let plan = json!({ "pace": pace, "fail": { "message": "it was to fail" } });
        ok(&story.world, "PUT task-plans/vdcInstantiateVapp", plan).await;
        let vapp = story.instantiate(&format!("web-{number}")).await;
        assert_eq!(by_hand(&story, &id_of(&vapp), "succeed").await, at("success", 100), "{pace}");
        assert_eq!(status_of(&story, &vapp).await.as_deref(), Some("8"));
    }
    assert!(refused(&story.world, &format!("POST tasks/{}/fail", id_of(&blocked)), Value::Null, 409).await.contains("it is success"));
}

#[tokio::test]
async fn a_task_fails_from_wherever_it_is_and_marks_what_it_made() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let error = json!({ "minorErrorCode": "BUSY_ENTITY", "message": "not now" });
    let blocked = story.instantiate("blocked").await;
    let failed = ok(&story.world, &format!("POST tasks/{}/fail", id_of(&blocked)), error.clone()).await;
    assert_eq!((failed["status"].as_str(), failed["error"].as_str()), (Some("error"), Some("not now")));
    assert_eq!(ok(&story.world, "GET blocking-tasks", Value::Null).await["items"], json!([]));
    ok(&story.world, "PUT blocking-operations", json!({ "enabled": [] })).await;
    let mut marked = vec![status_of(&story, &blocked).await];
    for (pace, steps) in [("queued", 0), ("manual", 0), ("manual", 1)] {
        ok(&story.world, "PUT task-plans/vdcInstantiateVapp", json!({ "pace": pace })).await;
        let vapp = story.instantiate(&format!("{pace}-{steps}")).await;
        for _ in 0..steps {
            by_hand(&story, &id_of(&vapp), "step").await;
        }
        ok(&story.world, &format!("POST tasks/{}/fail", id_of(&vapp)), error.clone()).await;
        let task = story.tenant.get(&vapp.attribute_of("Task", "href").unwrap()).await;
        let told = ["majorErrorCode", "minorErrorCode", "message"].map(|name| task.attribute_of("Error", name).unwrap());
        assert_eq!(told, ["400", "BUSY_ENTITY", "not now"]);
        marked.push(status_of(&story, &vapp).await);
    }
    assert_eq!(marked.iter().map(|status| status.as_deref()).collect::<Vec<_>>(), [Some("-1"); 4]);
    refused(&story.world, &format!("POST tasks/{}/fail", id_of(&blocked)), json!({ "minor": 1 }), 400).await;
}

#[tokio::test]
async fn a_task_says_what_it_is_told_to_say() {
    let story = Story::begin(&[], "abort").await;
    ok(&story.world, "PUT task-plans/default", json!({ "pace": "manual" })).await;
    let vapp = story.instantiate("web").await;
    let progress = format!("POST tasks/{}/progress", id_of(&vapp));
    ok(&story.world, &progress, json!({ "percent": 42, "details": "copying" })).await;
    ok(&story.world, &progress, json!({ "percent": 43 })).await;
    let task = story.tenant.get(&vapp.attribute_of("Task", "href").unwrap()).await;
    assert_eq!((task.text_of("Progress").as_deref(), task.text_of("Details").as_deref()), (Some("43"), Some("copying")));
    refused(&story.world, &progress, json!({ "percent": 101 }), 400).await;
    assert_eq!(by_hand(&story, &id_of(&vapp), "cancel").await.0, "canceled");
    assert_eq!(story.tenant.get(&vapp.attribute("href").unwrap()).await.status, 403, "and what it made is gone");
    for what in ["hold", "release", "step", "progress", "succeed", "fail", "cancel"] {
        refused(&story.world, &format!("POST tasks/{}/{what}", id_of(&vapp)), Value::Null, 409).await;
        refused(&story.world, &format!("POST tasks/6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b/{what}"), Value::Null, 404).await;
    }
}

#[tokio::test]
async fn what_is_released_fails_where_that_is_planned_and_goes_on_after_a_step() {
    let story = Story::begin(&[], "abort").await;
    let failure = json!({ "pace": "manual", "fail": { "phase": "connect", "majorErrorCode": 500, "minorErrorCode": "NO_LUCK", "message": "no luck" } });
    ok(&story.world, "PUT task-plans/vdcInstantiateVapp", failure).await;
    let failing = story.instantiate("failing").await;
    assert_eq!(by_hand(&story, &id_of(&failing), "release").await.0, "error");
    ok(&story.world, "PUT task-plans/vdcInstantiateVapp", json!({ "pace": "manual" })).await;
    let stepped = story.instantiate("stepped").await;
    assert_eq!(by_hand(&story, &id_of(&stepped), "step").await, at("running", 80));
    assert_eq!(by_hand(&story, &id_of(&stepped), "release").await, at("success", 100));
}

/// Expiry is exact: whoever comes after it finds what it has made of the task, although its timer has not had its turn.
#[tokio::test]
async fn a_hand_that_comes_after_the_timeout_finds_it_over() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let blocked = [story.blocked("one").await, story.blocked("two").await, story.blocked("three").await];
    story.world.sleep_millis(60_000);
    for (verb, waiting) in ["succeed", "fail"].iter().zip(&blocked) {
        let task = waiting.task.rsplit('/').next().unwrap();
        assert!(refused(&story.world, &format!("POST tasks/{task}/{verb}"), Value::Null, 409).await.contains("aborted"));
    }
    let late = story.admin.post_empty(&format!("{}/action/cancel", blocked[2].task)).await;
    assert_eq!(late.status, 400, "{}", late.text());
    story.world.settle().await;
    for waiting in blocked {
        assert_eq!(story.tenant.get(&waiting.task).await.attribute("status").as_deref(), Some("aborted"));
    }
}

/// What only the control interface could end is ended where there is none: it would be there for ever.
#[tokio::test]
async fn a_strict_server_withdraws_what_was_ordered() {
    let mut story = Story::begin(&[], "abort").await;
    ok(&story.world, "PUT task-plans/vdcInstantiateVapp", json!({ "pace": "manual" })).await;
    let running = story.instantiate("running").await;
    story.settings(&["vdcInstantiateVapp"], "abort", 600_000).await;
    ok(&story.world, "POST responders", json!({ "then": { "abort": { "after": "10s" } } })).await;
    let (blocked, held) = (story.blocked("blocked").await, story.blocked("held").await);
    assert_eq!(by_hand(&story, held.task.rsplit('/').next().unwrap(), "hold").await, at("preRunning", 0));
    let busy = json!({ "match": { "path": "/api/org" }, "times": 0, "do": { "status": 503 } });
    ok(&story.world, "POST faults", busy).await;
    assert_eq!(story.tenant.get("/api/org").await.status, 503);

    let vdc = vcdsim_platform::seed::seeded_id(vcdsim_model::kind::Kind::Catalog, "example-catalog");
    ok(&story.world, &format!("PUT busy/{vdc}"), json!({ "for": "365d" })).await;

    story.world.restart_with(|config| config.strict = true).await;
    let story = Story::go_on(story.world).await;
    assert_eq!(story.tenant.get("/api/org").await.status, 200);
    assert_eq!(status_of(&story, &running).await.as_deref(), Some("8"), "it goes on from where it was");
    story.world.advance_millis(20_000).await;
    for waiting in [blocked, held] {
        assert_eq!(story.tenant.get(&waiting.task).await.attribute("status").as_deref(), Some("preRunning"), "nobody has decided");
        assert_eq!(story.act(&waiting.blocking, "resume", "all clear").await.status, 204);
        assert_eq!(story.tenant.get(&waiting.task).await.attribute("status").as_deref(), Some("success"));
    }
    for list in ["faults", "responders", "busy"] {
        assert_eq!(ok(&story.world, &format!("GET {list}"), Value::Null).await["items"], json!([]));
    }
}
