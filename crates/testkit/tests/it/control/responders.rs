//! Responders. Invariant: what they decide is decided as by an administrator, at the instant at which it is due.

use super::{ok, refused};
use crate::story::Story;
use serde_json::{Value, json};
use vcdsim_testkit::World;

async fn status(story: &Story, task: &str) -> Option<String> {
    story.tenant.get(task).await.attribute("status")
}

async fn hits(world: &World) -> Vec<u64> {
    let list = ok(world, "GET responders", Value::Null).await;
    list["items"].as_array().unwrap().iter().map(|item| item["hits"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_responder_decides_so_often_and_so_long_after() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let rule = json!({
        "when": { "operation": "vdcInstantiateVapp", "org": "example", "user": "author@example" },
        "then": { "resume": { "after": "30s", "message": "ok" } },
        "times": 2,
    });
    let added = ok(&story.world, "POST responders", rule.clone()).await;
    assert_eq!(["when", "then", "times"].map(|key| &added[key]), ["when", "then", "times"].map(|key| &rule[key]));
    let begin = story.world.now();
    let mut tasks = Vec::new();
    for name in ["one", "two", "three"] {
        tasks.push(story.blocked(name).await.task);
    }
    assert_eq!(hits(&story.world).await, [2]);
    story.world.advance_millis(29_999).await;
    assert_eq!(status(&story, &tasks[0]).await.as_deref(), Some("preRunning"));
    story.world.advance_millis(1).await;
    let after = [status(&story, &tasks[0]).await, status(&story, &tasks[1]).await, status(&story, &tasks[2]).await];
    assert_eq!(after.iter().map(|status| status.as_deref().unwrap()).collect::<Vec<_>>(), ["success", "success", "preRunning"]);
    assert_eq!(story.tenant.get(&tasks[0]).await.text_of("Details").as_deref(), Some("ok"));
    assert_eq!((story.world.now() - begin).num_seconds(), 30);
}

#[tokio::test]
async fn a_long_advance_lets_the_responder_decide_before_the_timeout() {
    let mut story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    for (user, after) in [("author", "30s"), ("orgadmin", "60s")] {
        ok(&story.world, "POST responders", json!({ "when": { "user": user }, "then": { "fail": { "after": after, "message": "no" } } }))
            .await;
    }
    let orgadmin = story.world.login("orgadmin@example").await;
    let early = story.blocked("early").await.task;
    let late = story.instantiate_as(&orgadmin, "late").await.attribute_of("Task", "href").unwrap();
    let begin = story.world.now();
    story.world.restart().await;
    story.tenant = story.world.reconnect(&story.tenant);
    ok(&story.world, "POST clock/advance", json!({ "by": "1h" })).await;
    assert_eq!(status(&story, &early).await.as_deref(), Some("error"));
    assert_eq!(status(&story, &late).await.as_deref(), Some("aborted"), "at the same instant the timeout, which was set first, is first");
    let told = |event: &vcdsim_model::event::Event| ["/task/fail", "/task/abort"].iter().any(|end| event.what.r#type.ends_with(end));
    let events: Vec<_> = story.world.events().await.into_iter().filter(told).collect();
    assert_eq!(events.iter().map(|event| (event.time - begin).num_seconds()).collect::<Vec<_>>(), [30, 60]);
}

#[tokio::test]
async fn whoever_sleeps_through_both_finds_what_was_due_first() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    ok(&story.world, "POST responders", json!({ "then": { "resume": { "after": "30s" } } })).await;
    let task = story.blocked("web").await.task;
    story.world.sleep_millis(600_000);
    assert_eq!(status(&story, &task).await.as_deref(), Some("success"));
}

#[tokio::test]
async fn without_a_span_it_decides_before_anybody_asks() {
    let story = Story::begin(&["vdcInstantiateVapp", "vappDeploy"], "abort").await;
    ok(&story.world, "POST responders", json!({ "when": { "operation": "vappDeploy" }, "then": { "fail": {} } })).await;
    ok(&story.world, "POST responders", json!({ "when": { "org": "example2" }, "then": { "fail": {} } })).await;
    ok(&story.world, "POST responders", json!({ "then": { "resume": { "message": "fine" } } })).await;
    let vapp = story.instantiate("web").await;
    assert_eq!(vapp.attribute_of("Task", "status").as_deref(), Some("preRunning"), "it is blocked all the same");
    assert_eq!(story.tenant.get(&vapp.attribute("href").unwrap()).await.attribute("status").as_deref(), Some("8"));
    story.instantiate("other").await;
    let blocking = ok(&story.world, "GET blocking-tasks", Value::Null).await["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(story.admin.get(&format!("/api/admin/extension/blockingTask/{blocking}")).await.status, 403, "it is decided already");
    assert_eq!(hits(&story.world).await, [0, 0, 2], "the first that fits decides");
}

#[tokio::test]
async fn who_decides_first_has_decided() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    ok(&story.world, "POST responders", json!({ "then": { "abort": { "after": "10s" } } })).await;
    let (by_hand, left) = (story.blocked("by-hand").await, story.blocked("left").await);
    assert_eq!(story.act(&by_hand.blocking, "resume", "mine").await.status, 204);
    ok(&story.world, "DELETE responders", Value::Null).await;
    let timers = ok(&story.world, "GET clock/timers", Value::Null).await.to_string();
    assert!(!timers.contains("responder"), "{timers}");
    story.world.advance_millis(59_999).await;
    assert_eq!(status(&story, &by_hand.task).await.as_deref(), Some("success"));
    assert_eq!(status(&story, &left.task).await.as_deref(), Some("preRunning"), "a responder that is gone decides nothing");
}

#[tokio::test]
async fn responders_are_named_and_refused() {
    let story = Story::begin(&[], "abort").await;
    let one = ok(&story.world, "POST responders", json!({ "when": { "user": "author@example" }, "then": { "abort": {} } })).await;
    let two = ok(&story.world, "POST responders", json!({ "then": { "abort": {} } })).await;
    assert_eq!(one["when"]["user"], "author@example");
    ok(&story.world, &format!("DELETE responders/{}", two["id"].as_str().unwrap()), Value::Null).await;
    assert_eq!(hits(&story.world).await, [0]);
    refused(&story.world, &format!("DELETE responders/{}", two["id"].as_str().unwrap()), Value::Null, 404).await;
    for (body, word) in [
        (json!({}), "then"),
        (json!({ "then": { "resume": {}, "abort": {} } }), "expected"),
        (json!({ "then": { "pause": {} } }), "resume"),
        (json!({ "then": { "resume": { "after": "soon" } } }), "after is a span"),
        (json!({ "then": { "resume": { "after": "-1s" } } }), "from now on"),
        (json!({ "then": { "resume": {} }, "times": 0 }), "times"),
        (json!({ "when": { "operation": "vappDeplo" }, "then": { "resume": {} } }), "vappDeploy"),
        (json!({ "when": { "org": "exampel" }, "then": { "resume": {} } }), "\"example\""),
        (json!({ "when": { "user": "auhtor" }, "then": { "resume": {} } }), "\"author\""),
        (json!({ "when": { "user": "author@example2" }, "then": { "resume": {} } }), "no user"),
    ] {
        let told = refused(&story.world, "POST responders", body, 400).await;
        assert!(told.contains(word), "{told}");
    }
}

#[tokio::test]
async fn a_user_may_be_named_as_a_mailbox_is() {
    let world = World::new().await;
    let users = |names: &[&str]| json!(names.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>());
    let orgs = json!([{ "name": "acme", "users": users(&["ann@corp.test", "bob@acme"]) }, { "name": "corp.test", "users": users(&["ann", "bob"]) }]);
    ok(&world, "POST seed", json!({ "orgs": orgs })).await;
    for (when, named) in [
        (json!({ "user": "ann@corp.test@acme" }), "ann@corp.test@acme"),
        (json!({ "user": "ann@corp.test", "org": "acme" }), "ann@corp.test@acme"),
        (json!({ "user": "ann@corp.test" }), "ann@corp.test"),
        (json!({ "user": "ann@corp.test", "org": "corp.test" }), "ann@corp.test"),
        (json!({ "user": "bob@acme", "org": "acme" }), "bob@acme@acme"),
    ] {
        let made = ok(&world, "POST responders", json!({ "when": when, "then": { "abort": {} } })).await;
        assert_eq!(made["when"]["user"], named, "{when}");
        let again = ok(&world, "POST responders", json!({ "when": { "user": named }, "then": { "abort": {} } })).await;
        assert_eq!(again["when"]["user"], named, "what is told can be said");
    }
    let wrong = json!({ "when": { "user": "bob@acme" }, "then": { "abort": {} } });
    assert!(refused(&world, "POST responders", wrong, 400).await.contains("no user"), "there is no bob in acme");
}
