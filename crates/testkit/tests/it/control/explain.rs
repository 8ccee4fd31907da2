//! Why a task stands where it stands. Invariant: what is said is what is so; a call that is named can be made.

use super::{ok, refused};
use crate::story::Story;
use serde_json::{Value, json};

async fn why(story: &Story, task: &str) -> Value {
    ok(&story.world, &format!("GET tasks/{}/explain", task.rsplit('/').next().unwrap()), Value::Null).await
}

async fn task(story: &Story, name: &str) -> String {
    story.instantiate(name).await.attribute_of("Task", "href").unwrap()
}

fn waits(why: &Value) -> Vec<&str> {
    why["waitsFor"].as_array().unwrap().iter().map(|wait| wait["what"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_blocked_task_says_who_may_decide_until_when() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    ok(&story.world, "POST responders", json!({ "then": { "fail": { "after": "30s" } }, "times": 1 })).await;
    let (answered, blocked) = (story.blocked("answered").await, story.blocked("web").await);
    let told = why(&story, &blocked.task).await;
    assert_eq!((told["blocked"].as_bool(), waits(&told)), (Some(true), vec!["decision"]));
    assert_eq!(told["whyBlocked"], "vdcInstantiateVapp is in the list of operations that block.");
    assert_eq!((&told["waitsFor"][0]["until"], &told["mayDecide"]), (&json!("2026-03-04T08:16:00.000Z"), &json!(["administrator@System"])));
    assert_eq!(told["phases"], json!({ "next": "copy", "all": ["copy", "connect"] }));
    assert_eq!(told["keepsBusy"].as_array().unwrap().len(), 2, "the vApp and its machine: {told}");
    assert!(told["explanation"].as_str().unwrap().contains("of author is preRunning, and waits for a decision"), "{told}");
    assert!(told["history"].as_array().unwrap().iter().any(|event| event["type"] == "blockingtask/create"));
    let responded = why(&story, &answered.task).await;
    assert_eq!(
        (waits(&responded), &responded["waitsFor"][0]["until"]),
        (vec!["responder", "decision"], &json!("2026-03-04T08:15:30.000Z"))
    );
    ok(&story.world, "PUT blocking-operations", json!({ "enabled": [] })).await;
    assert!(why(&story, &blocked.task).await["whyBlocked"].as_str().unwrap().contains("changes nothing"));
    let resume = told["next"][0].as_str().unwrap();
    ok(&story.world, resume, json!({})).await;
    let ended = why(&story, &blocked.task).await;
    assert_eq!((waits(&ended), &ended["next"]), (vec![], &json!([])));
    assert_eq!(ended["whyBlocked"], "It was blocked, and that is decided.");
}

#[tokio::test]
async fn a_task_that_is_not_blocked_says_what_is_listed() {
    let story = Story::begin(&["vdcComposeVapp"], "abort").await;
    let told = why(&story, &task(&story, "web").await).await;
    assert_eq!(
        told["whyBlocked"], "vdcInstantiateVapp is not in the list of operations that block; these are: vdcComposeVapp.",
        "the name that was listed is not the one of the task"
    );
    ok(&story.world, "PUT blocking-operations", json!({ "enabled": ["vdcInstantiateVapp"] })).await;
    let later = why(&story, told["task"]["id"].as_str().unwrap()).await;
    assert!(later["whyBlocked"].as_str().unwrap().contains("after the task was made"), "{later}");
    refused(&story.world, "GET tasks/6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b/explain", Value::Null, 404).await;
}

#[tokio::test]
async fn a_task_says_what_it_waits_for_and_which_call_ends_that() {
    let story = Story::begin(&[], "abort").await;
    for (pace, what, how) in [
        (json!("queued"), "hand", "somebody who starts it"),
        (json!("manual"), "hand", "as its plan says"),
        (json!({ "each": "1m 30s" }), "timer", "1m 30s from now"),
        (json!({ "polls": 3 }), "polls", "1 have, of the 3"),
    ] {
        ok(&story.world, "PUT task-plans/default", json!({ "pace": pace })).await;
        let task = task(&story, &format!("web-{}", story.world.events().await.len())).await;
        story.tenant.get(&task).await;
        let told = why(&story, &task).await;
        assert_eq!((waits(&told), &told["pace"]), (vec![what], &pace));
        assert!(told["waitsFor"][0]["how"].as_str().unwrap().contains(how), "{told}");
        assert_eq!(why(&story, &task).await, told, "asking changes nothing");
        let (call, body) = told["next"][0].as_str().unwrap().split_once(" {").map_or_else(
            || (told["next"][0].as_str().unwrap().to_owned(), Value::Null),
            |(call, body)| (call.to_owned(), serde_json::from_str(&format!("{{{body}")).unwrap()),
        );
        ok(&story.world, &call, body).await;
        let moved = why(&story, &task).await;
        assert_ne!(moved["task"]["progress"], told["task"]["progress"], "{call}");
    }
    ok(&story.world, "PUT task-plans/default", json!({ "pace": { "each": "90s" } })).await;
    let held = task(&story, "held").await;
    ok(&story.world, &format!("POST tasks/{}/hold", held.rsplit('/').next().unwrap()), Value::Null).await;
    let told = why(&story, &held).await;
    assert!(told["explanation"].as_str().unwrap().contains("since it is held"), "{told}");
    assert_eq!(told["task"]["held"], true);
}

#[tokio::test]
async fn a_task_that_waits_for_files_says_so_and_is_not_stepped_past_them() {
    let story = Story::begin(&[], "abort").await;
    let medium = crate::media::begin(&story.world.login("orgadmin@example").await, "image").await;
    let uploading = story.admin.get(&medium).await.attribute_of("Task", "href").unwrap();
    let told = why(&story, &uploading).await;
    assert_eq!(waits(&told), ["files"]);
    assert!(told["waitsFor"][0]["until"].is_string(), "for so long: {told}");
    let id = uploading.rsplit('/').next().unwrap();
    for what in ["step", "succeed"] {
        assert!(refused(&story.world, &format!("POST tasks/{id}/{what}"), Value::Null, 409).await.contains("upload links"));
    }
    ok(&story.world, &format!("POST tasks/{id}/fail"), json!({ "message": "no files" })).await;
    let failed = why(&story, &uploading).await;
    assert!(failed["explanation"].as_str().unwrap().contains("is error: no files (INTERNAL_SERVER_ERROR)."), "{failed}");
}
