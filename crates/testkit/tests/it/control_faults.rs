//! Faults that are ordered at the control interface. Invariant: what is not named by a rule goes as if there were none.

use crate::control::{ok, refused};
use crate::story::Story;
use serde_json::{Value, json};
use vcdsim_platform::seed::{Counts, Inventory};
use vcdsim_store::TimerKind;
use vcdsim_testkit::{World, WorldOptions};

#[tokio::test]
async fn a_request_fails_in_just_the_way_that_was_ordered() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let rule = json!({ "match": { "method": "get", "path": "/api/session" }, "skip": 1,
        "do": { "status": 503, "minorErrorCode": "CELL_IS_GONE", "message": "Come back later." } });
    let made = ok(&world, "POST faults", rule).await;
    assert_eq!((made["id"].as_u64(), made["at"].as_str(), made["times"].as_u64()), (Some(1), Some("request"), Some(1)));
    assert_eq!(author.get("/api/session").await.status, 200, "the first is let pass");
    let failed = author.get("/api/session").await;
    let attribute = |name: &str| failed.attribute(name).unwrap();
    assert_eq!((failed.status, attribute("majorErrorCode"), attribute("minorErrorCode")), (503, "503".into(), "CELL_IS_GONE".into()));
    assert!(attribute("message").ends_with("] Come back later."), "{}", failed.text());
    let other = author.accepting("application/json").get("/api/session").await;
    assert_eq!(other.status, 200, "it was to be once");
    let listed = ok(&world, "GET faults", Value::Null).await;
    assert_eq!((listed["items"][0]["hits"].as_u64(), listed["items"][0]["seen"].as_u64()), (Some(1), Some(2)));
    let journal = ok(&world, "GET requests?status=503", Value::Null).await;
    assert_eq!((journal["items"][0]["minorErrorCode"].as_str(), journal["items"][0]["faults"].clone()), (Some("CELL_IS_GONE"), json!([1])));
    assert_eq!(ok(&world, "GET requests/unmatched", Value::Null).await["items"], json!([]));
}

#[tokio::test]
async fn a_rule_strikes_whom_it_names() {
    let story = Story::begin(&[], "abort").await;
    let vapp = story.instantiate("web").await.attribute("href").unwrap();
    let other = story.instantiate("other").await.attribute("href").unwrap();
    let world = &story.world;
    for (of, by_admin, by_tenant, of_other) in [
        (json!({ "user": "author@example" }), 200, 403, 403),
        (json!({ "user": "author", "org": "example2" }), 200, 200, 200),
        (json!({ "org": "System" }), 403, 200, 200),
        (json!({ "entity": vapp }), 403, 403, 200),
        (json!({ "operation": "vappDeploy" }), 200, 200, 200),
    ] {
        let (status, made) = world.control("POST faults", json!({ "match": of, "times": 0, "do": { "status": 403 } })).await;
        if status == 400 {
            assert!(made["detail"].as_str().unwrap().contains("no user \"author\""), "{made}");
            continue;
        }
        let seen = (story.admin.get(&vapp).await.status, story.tenant.get(&vapp).await.status, story.tenant.get(&other).await.status);
        assert_eq!(seen, (by_admin, by_tenant, of_other), "{of}");
        assert_eq!(ok(world, "DELETE faults", Value::Null).await["removed"], json!(1));
    }
    ok(world, "POST faults", json!({ "match": { "operation": "vdcInstantiateVapp" }, "do": { "status": 400 } })).await;
    let refused = story.instantiate("third").await;
    assert_eq!((refused.status, refused.attribute("minorErrorCode").as_deref()), (400, Some("BAD_REQUEST")));
}

/// Which of twenty requests fail.
async fn pattern(world: &World, from: usize, to: usize) -> Vec<usize> {
    let author = world.login("author@example").await;
    let mut failed = Vec::new();
    for turn in from..to {
        if author.get("/api/org").await.status == 500 {
            failed.push(turn);
        }
    }
    failed
}

#[tokio::test]
async fn random_choices_are_those_of_their_seed_over_restarts_and_in_copies() {
    let order = json!({ "match": { "path": "/api/org" }, "times": 0, "probability": 0.4, "do": { "status": 500 } });
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let mut world = World::with(WorldOptions { seed: 3, ..WorldOptions::default() }).await;
        ok(&world, "PUT faults", json!({ "seed": seed })).await;
        ok(&world, "POST faults", order.clone()).await;
        let mut failed = pattern(&world, 0, 10).await;
        let copy = world.fork(vcdsim_task_engine::Pace::Immediate).await;
        world.restart().await;
        let rest = pattern(&world, 10, 20).await;
        assert_eq!(pattern(&copy, 10, 20).await, rest, "a copy goes on in the same way");
        failed.extend(rest);
        let listed = ok(&world, "GET faults", Value::Null).await;
        assert_eq!((listed["items"][0]["seen"].as_u64(), listed["items"][0]["hits"].as_u64()), (Some(20), Some(failed.len() as u64)));
        runs.push(failed);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    assert!((1..20).contains(&runs[0].len()));
}

#[tokio::test]
async fn a_session_expires_when_it_is_to() {
    let world = World::new().await;
    let (author, other) = (world.login("author@example").await, world.login("orgadmin@example").await);
    let rule = json!({ "match": { "user": "author@example" }, "do": { "session": "expired" } });
    ok(&world, "POST faults", rule).await;
    assert_eq!(other.get("/api/org").await.status, 200);
    let told = author.get("/api/org").await;
    assert_eq!((told.status, told.attribute("minorErrorCode").as_deref()), (401, Some("UNAUTHORIZED")));
    assert!(told.header("www-authenticate").is_some());
    assert_eq!(author.get("/api/session").await.status, 401, "it is over for good");
    assert_eq!(world.login("author@example").await.get("/api/org").await.status, 200, "until the next one");
}

#[tokio::test]
async fn an_object_is_busy_for_as_long_as_it_is_to_be() {
    let story = Story::begin(&["vdcInstantiateVapp"], "resume").await;
    let held = story.blocked("held").await;
    let world = &story.world;
    let id = held.vapp.rsplit('/').next().unwrap().to_owned();
    assert!(refused(world, &format!("PUT busy/{id}"), json!({ "for": "10m" }), 400).await.contains("BUSY_ENTITY"), "a task holds it");
    refused(world, &format!("DELETE busy/{id}"), Value::Null, 409).await;
    ok(world, "POST clock/advance", json!({ "by": "1m" })).await;
    let power_on = format!("{}/power/action/powerOn", held.vapp);
    let deploy = || story.tenant.post_empty(&power_on);
    let links = |text: &str| text.matches("rel=\"power:powerOn\"").count();
    assert!(links(story.tenant.get(&held.vapp).await.text()) > 0);
    ok(world, &format!("PUT busy/{id}"), json!({ "for": "10m" })).await;
    let listed = ok(world, "GET busy", Value::Null).await;
    assert_eq!((listed["items"][0]["name"].as_str(), listed["items"].as_array().unwrap().len()), (Some("held"), 1));
    let answer = deploy().await;
    assert_eq!((answer.status, answer.attribute("minorErrorCode").as_deref()), (400, Some("BUSY_ENTITY")));
    let seen = story.tenant.get(&held.vapp).await;
    assert!(seen.find_link("power:powerOn", "").is_none() && seen.find_link("remove", "").is_none(), "{}", seen.text());
    ok(world, "POST clock/advance", json!({ "by": "9m 59s" })).await;
    assert_eq!(deploy().await.status, 400);
    world.sleep_millis(1_000);
    assert_eq!(story.tenant.unattended().post_empty(&format!("{}/power/action/powerOn", held.vapp)).await.status, 202, "on the dot");
    // A rule does the same, with what the path names.
    let vm = story.blocked("second").await;
    ok(world, "POST clock/advance", json!({ "by": "1m" })).await;
    ok(world, "POST faults", json!({ "match": { "method": "POST", "path": "*/power/*" }, "do": { "busy": "1h" } })).await;
    let power_on = format!("{}/power/action/powerOn", vm.vapp);
    let turn = || story.tenant.post_empty(&power_on);
    assert_eq!(turn().await.attribute("minorErrorCode").as_deref(), Some("BUSY_ENTITY"));
    let id = vm.vapp.rsplit('/').next().unwrap();
    ok(world, &format!("DELETE busy/{id}"), Value::Null).await;
    assert_eq!(turn().await.status, 202);
    refused(world, "PUT busy/6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b", json!({ "for": "1m" }), 404).await;
    refused(world, &format!("PUT busy/{id}"), json!({ "for": "0s" }), 400).await;
    refused(world, &format!("PUT busy/{id}"), json!({}), 400).await;
}

#[tokio::test]
async fn a_task_fails_in_its_phase_and_takes_back_what_it_did() {
    for (at, progress) in [("task:running", "0"), ("task:2", "80")] {
        let story = Story::begin(&["vdcInstantiateVapp"], "resume").await;
        let world = &story.world;
        let error = json!({ "status": 504, "minorErrorCode": "STORAGE_LOST", "message": "The datastore is gone." });
        ok(world, "POST faults", json!({ "at": at, "match": { "operation": "vdcInstantiateVapp", "org": "example" }, "do": error })).await;
        let blocked = story.blocked("web").await;
        ok(world, "POST clock/advance", json!({ "by": "1m" })).await;
        let task = story.tenant.get(&blocked.task).await;
        assert_eq!((task.attribute("status").as_deref(), task.text_of("Progress").as_deref()), (Some("error"), Some(progress)), "{at}");
        let error = |name: &str| task.attribute_of("Error", name).unwrap();
        assert_eq!(
            (error("majorErrorCode"), error("minorErrorCode"), error("message")),
            ("504".into(), "STORAGE_LOST".into(), "The datastore is gone.".into())
        );
        assert_eq!(story.tenant.get(&blocked.vapp).await.attribute("status").as_deref(), Some("-1"), "{at}");
        let listed = ok(world, "GET faults", Value::Null).await;
        assert_eq!((listed["items"][0]["at"].as_str(), listed["items"][0]["hits"].as_u64()), (Some(at), Some(1)));
        story.blocked("again").await;
        ok(world, "POST clock/advance", json!({ "by": "1m" })).await;
        assert_eq!(ok(world, "GET tasks?status=success", Value::Null).await["items"].as_array().unwrap().len(), 1, "it was to be once");
    }
}

/// Ends when an answer is kept back.
async fn kept_back(world: &World) {
    let store = world.instance().app.cloud().store();
    let mut revisions = store.revisions();
    while !store
        .read()
        .timers(world.now() + vcdsim_model::clock::TimeDelta::days(1), 100)
        .await
        .unwrap()
        .iter()
        .any(|timer| timer.kind == TimerKind::Delay)
    {
        revisions.changed().await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_comes_when_the_clock_lets_it() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let rule = json!({ "match": { "path": "/api/org" }, "do": { "delay": "10s±50%" } });
    assert_eq!(ok(&world, "POST faults", rule).await["do"]["delay"], json!("10s±5s"));
    let begun = world.now();
    let moved = async {
        kept_back(&world).await;
        let timers = ok(&world, "GET clock/timers", Value::Null).await;
        assert!(timers.to_string().contains("an answer goes out"), "{timers}");
        assert_eq!(ok(&world, "GET requests?path=/api/org", Value::Null).await["items"], json!([]), "it is not answered yet");
        assert_eq!(author.get("/api/session").await.status, 200, "others do not wait");
        ok(&world, "POST clock/run-until", json!({ "idle": true })).await;
        ok(&world, "POST clock/advance", json!({ "by": "15s" })).await;
    };
    let (answer, ()) = futures::join!(author.get("/api/org"), moved);
    assert_eq!((answer.status, (world.now() - begun).num_seconds()), (200, 15));
    let took = ok(&world, "GET requests?path=/api/org", Value::Null).await["items"][0]["millis"].as_i64().unwrap();
    assert!((5_000..=15_000).contains(&took), "{took}");
    assert_eq!(author.get("/api/org").await.status, 200, "the next does not wait");
}

#[tokio::test]
async fn rules_that_struck_nothing_are_told_when_they_go() {
    let world = World::new().await;
    for path in ["/api/org", "/api/nothing"] {
        ok(&world, "POST faults", json!({ "match": { "path": path }, "do": { "status": 404 } })).await;
    }
    let author = world.login("author@example").await;
    assert_eq!(author.get("/api/org").await.status, 404);
    let told = ok(&world, "DELETE faults", Value::Null).await;
    assert_eq!((told["removed"].as_u64(), told["unused"].as_array().unwrap().len()), (Some(2), 1));
    assert_eq!((told["unused"][0]["id"].as_u64(), told["unused"][0]["match"]["path"].as_str()), (Some(2), Some("/api/nothing")));
    // What is shown can be sent again, but for what is counted.
    let mut again = told["unused"][0].clone();
    for counted in ["id", "seen", "hits"] {
        again.as_object_mut().unwrap().remove(counted);
    }
    let made = ok(&world, "POST faults", again.clone()).await;
    assert_eq!((made["id"].as_u64(), &made["match"], &made["do"]), (Some(3), &again["match"], &again["do"]), "numbers are not used twice");
    assert_eq!(ok(&world, "DELETE faults/3", Value::Null).await["unused"].as_array().unwrap().len(), 1);
    refused(&world, "DELETE faults/3", Value::Null, 404).await;
    refused(&world, "DELETE faults/x", Value::Null, 404).await;
}

#[tokio::test]
async fn what_is_shown_of_a_user_can_be_sent_again() {
    let world = World::new().await;
    ok(&world, "POST seed", json!(Inventory::of(Counts { orgs: 2, vdcs: 1, vapps: 0, vms: 0 }))).await;
    for (call, rule, which) in [
        ("POST faults", json!({ "match": { "user": "admin@org-2" }, "do": { "status": 500 } }), "match"),
        ("POST responders", json!({ "when": { "user": "admin@org-2" }, "then": { "resume": {} } }), "when"),
    ] {
        let shown = ok(&world, call, rule.clone()).await[which].clone();
        assert_eq!(shown["user"], "admin@org-2", "another organization has an admin, too");
        let mut again = rule;
        again[which] = shown.clone();
        assert_eq!(ok(&world, call, again).await[which], shown);
    }
}

#[tokio::test]
async fn a_rule_that_can_mean_nothing_is_refused() {
    let world = World::new().await;
    for (wrong, word) in [
        (json!({}), "do"),
        (json!({ "do": {} }), "one of status"),
        (json!({ "do": { "status": 200 } }), "400 to 599"),
        (json!({ "do": { "status": 500, "delay": "1s" } }), "one of status"),
        (json!({ "do": { "delay": "1s", "message": "x" } }), "one of status"),
        (json!({ "do": { "delay": "1s", "over": "1s" } }), "one of status"),
        (json!({ "do": { "delay": "1s±200%" } }), "20%"),
        (json!({ "do": { "delay": "0s" } }), "longer than nothing"),
        (json!({ "do": { "transport": "resett" } }), "\"reset\""),
        (json!({ "do": { "session": "new" } }), "one of status"),
        (json!({ "at": "task:0", "do": { "status": 500 } }), "task:running"),
        (json!({ "at": "response", "do": { "status": 500 } }), "At request it can"),
        (json!({ "at": "request", "do": { "delay": "1s" } }), "At request it can"),
        (json!({ "at": "task:99", "do": { "status": 500 } }), "phase 99"),
        (json!({ "match": { "org": "00000000-0000-4000-8000-000000000001" }, "do": { "status": 500 } }), "no organization"),
        (json!({ "at": "task:running", "match": { "path": "/api" }, "do": { "status": 500 } }), "neither method nor path"),
        (json!({ "probability": 1.5, "do": { "status": 500 } }), "from 0 to 1"),
        (json!({ "match": { "method": "PATCH" }, "do": { "status": 500 } }), "no verb"),
        (json!({ "match": { "user": "autor" }, "do": { "status": 500 } }), "\"author\""),
        (json!({ "match": { "operation": "vappDeplo" }, "do": { "status": 500 } }), "\"vappDeploy\""),
        (json!({ "match": { "entity": "web" }, "do": { "status": 500 } }), "names nothing"),
    ] {
        assert!(refused(&world, "POST faults", wrong.clone(), 400).await.contains(word), "{wrong}");
    }
    assert_eq!(ok(&world, "GET faults", Value::Null).await["items"], json!([]));
}
