//! Tasks on demand. Invariant: a task that was made looks and moves like one that came of a request, and what it is about stays as it is.

use super::{ok, refused};
use crate::story::Story;
use serde_json::{Value, json};
use vcdsim_model::kind::Kind;
use vcdsim_model::task::TaskStatus;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::Answer;

const TEMPLATE: &str = "photon-1vm";

async fn template(story: &Story) -> String {
    let found = story.tenant.get("/api/query?type=vAppTemplate&format=records&filter=name==photon-1vm").await;
    found.attribute_of("VAppTemplateRecord", "href").unwrap()
}

async fn made(story: &Story, status: &str, more: Value) -> Value {
    let mut body = json!({ "operation": "vdcUpdateTemplate", "owner": template(story).await, "status": status, "org": "example" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ok(&story.world, "POST tasks", body).await
}

async fn seen_by(story: &Story, task: &str) -> Answer {
    story.tenant.get(&format!("/api/task/{task}")).await
}

#[tokio::test]
async fn a_task_is_made_in_any_state_and_told_of() {
    let story = Story::begin(&[], "abort").await;
    let id = seeded_id(Kind::VAppTemplate, "example-catalog/photon-1vm");
    let before = story.world.instance().app.cloud().read().object(id).await.unwrap();
    let (request, create, start) = ("true vappTemplate/modify_request", "true task/create", "true task/start");
    for (status, told) in [
        ("queued", vec![request, create]),
        ("preRunning", vec![request, create, "true blockingtask/create"]),
        ("running", vec![request, create, start]),
        ("success", vec![request, create, start, "true vappTemplate/modify", "true task/complete"]),
        ("error", vec![request, create, start, "false vappTemplate/modify", "false task/fail"]),
        ("canceled", vec![request, create, start, "true task/abort"]),
        ("aborted", vec![request, create, "true blockingtask/create", "true blockingtask/abort", "true task/abort"]),
    ] {
        let seq = story.world.events().await.last().unwrap().seq;
        let task = made(&story, status, json!({})).await;
        let seen = story.tenant.get(&format!("/api/task/{}", task["id"].as_str().unwrap())).await;
        assert_eq!(seen.attribute("status").as_deref(), Some(status));
        assert_eq!(seen.attribute_of("Owner", "name").as_deref(), Some(TEMPLATE));
        assert_eq!(seen.attribute_of("Error", "message").is_some(), ["error", "canceled", "aborted"].contains(&status), "{}", seen.text());
        let events = story.world.story_since(seq).await;
        let wanted: Vec<_> = told.iter().map(|event| format!("{event} vdcUpdateTemplate")).collect();
        assert_eq!(events, wanted, "{status}");
    }
    let ended = ok(&story.world, "GET tasks?operation=vdcUpdateTemplate", Value::Null).await;
    assert_eq!(ended["items"].as_array().unwrap().len(), TaskStatus::ALL.len());
    for item in ended["items"].as_array().unwrap().iter().filter(|item| item["end"].is_null()) {
        ok(&story.world, &format!("POST tasks/{}/cancel", item["id"].as_str().unwrap()), Value::Null).await;
    }
    let after = story.world.instance().app.cloud().read().object(id).await.unwrap();
    assert!(before == after, "what it was about is as it was");
}

#[tokio::test]
async fn a_task_that_was_made_goes_on_as_others_do() {
    let mut story = Story::begin(&[], "abort").await;
    ok(&story.world, "POST responders", json!({ "then": { "resume": { "after": "5s", "message": "go" } } })).await;
    let blocked = made(&story, "preRunning", json!({})).await["id"].as_str().unwrap().to_owned();
    let running = made(&story, "running", json!({ "progress": 30, "details": "half way" })).await["id"].as_str().unwrap().to_owned();
    story.world.restart().await;
    story.tenant = story.world.reconnect(&story.tenant);
    story.world.advance_millis(60_000).await;
    let (blocked, seen) = (seen_by(&story, &blocked).await, seen_by(&story, &running).await);
    assert_eq!((blocked.attribute("status").as_deref(), blocked.text_of("Details").as_deref()), (Some("success"), Some("go")));
    assert_eq!((seen.attribute("status").as_deref(), seen.text_of("Progress").as_deref()), (Some("running"), Some("30")));
    assert_eq!(ok(&story.world, &format!("POST tasks/{running}/release"), Value::Null).await["status"], "success");
    let error = json!({ "error": { "minorErrorCode": "TOO_LATE", "message": "it was too late" }, "user": "author" });
    let failed = made(&story, "error", error).await;
    let seen = seen_by(&story, failed["id"].as_str().unwrap()).await;
    assert_eq!(seen.attribute_of("Error", "minorErrorCode").as_deref(), Some("TOO_LATE"));
    assert_eq!((failed["user"].as_str(), failed["error"].as_str()), (Some("author"), Some("it was too late")));
}

#[tokio::test]
async fn a_task_can_be_about_anything_that_there_is() {
    let story = Story::begin(&[], "abort").await;
    let objects = story.world.instance().app.cloud().read().list(vcdsim_store::EntityFilter::default()).await.unwrap();
    assert!(objects.len() > 50);
    for object in objects {
        let body = json!({ "operation": "vappDeploy", "owner": object.urn().to_string(), "status": "preRunning" });
        let task = ok(&story.world, "POST tasks", body).await;
        for version in ["1.5", "5.5", "39.1"] {
            let seen = story.admin.at(version).get(&format!("/api/task/{}", task["id"].as_str().unwrap())).await;
            assert_eq!(seen.status, 200, "{}", object.urn());
        }
    }
    assert_eq!(story.admin.get("/api/admin/extension/blockingTasks").await.status, 200);
}

#[tokio::test]
async fn a_service_has_tasks_without_being_there() {
    let story = Story::begin(&[], "abort").await;
    let body = json!({ "operation": "backup", "service": "org.example", "owner": "example-vdc", "user": "author", "org": "example" });
    let task = ok(&story.world, "POST tasks", body.clone()).await;
    assert_eq!((task["org"].as_str(), task["status"].as_str()), (Some("example"), Some("running")));
    let id = task["id"].as_str().unwrap();
    let seen = story.tenant.get(&format!("/api/task/{id}")).await;
    assert_eq!(seen.attribute("serviceNamespace").as_deref(), Some("org.example"));
    assert!(refused(&story.world, &format!("POST tasks/{id}/step"), Value::Null, 409).await.contains("extension service"));
    assert_eq!(ok(&story.world, &format!("POST tasks/{id}/succeed"), Value::Null).await["status"], "success");
    let with = |name: &str, value: Value| {
        let mut body = body.clone();
        body[name] = value;
        body
    };
    for (body, word) in [
        (with("status", json!("preRunning")), "decision"),
        (with("service", json!("com.vmware.vcloud")), "must not start"),
        (with("user", json!("orgadmin2@example2")), "neither of the organization example"),
        (with("status", json!("done")), "no status"),
        (with("error", json!({})), "error goes with"),
        (with("progress", json!(101)), "0 to 100"),
        (with("owner", json!("nothing")), "no object"),
        (with("owner", json!("6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b")), "no object"),
        (with("service", Value::Null), "no operation"),
    ] {
        let told = refused(&story.world, "POST tasks", body, 400).await;
        assert!(told.contains(word), "{word}: {told}");
    }
    story.instantiate("twice").await;
    ok(&story.world, "POST tasks", json!({ "operation": "vappDeploy", "owner": "twice" })).await;
    let in_other = story.world.login("orgadmin@example").await;
    story.instantiate_as(&in_other, "example-net").await;
    let told = refused(&story.world, "POST tasks", json!({ "operation": "vappDeploy", "owner": "example-net" }), 400).await;
    assert!(told.contains("by its URN") && told.contains("urn:vcloud:vapp:"), "{told}");
}
