//! Messages that go astray on their way to the broker, as rules order it. Invariant: what becomes of a message is decided as its event is
//! written, whether or not anybody delivers; `conformance/broker_faults.py` shows what arrives.

use crate::control::{ok, refused};
use crate::story::Story;
use serde_json::{Value, json};
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_testkit::{World, WorldOptions};

/// A broker is named, which nobody connects to.
async fn name_broker(world: &World) {
    let settings = AmqpSettings { host: "broker.test".into(), ..AmqpSettings::default() };
    world.instance().app.cloud().set_broker(settings).await.unwrap();
}

/// Event, form and order of each message that a rule has struck.
async fn struck(world: &World) -> Vec<(i64, &'static str, String)> {
    let form = |message: &vcdsim_notifier::Message| if message.exchange == "systemExchange" { "xml" } else { "json" };
    let all = world.messages().await;
    all.iter().filter_map(|entry| Some((entry.event, form(&entry.message), entry.fate.as_ref()?.explanation.clone()))).collect()
}

fn kind(entry: &vcdsim_notifier::JournalEntry) -> &str {
    let rest = entry.message.routing_key.split_once(".event.").unwrap().1;
    rest.rsplit_once('.').unwrap().0
}

#[tokio::test]
async fn a_rule_strikes_the_messages_it_names_and_the_journal_says_so() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let world = &story.world;
    name_broker(world).await;
    let rule = json!({ "match": { "type": "blockingtask/*", "form": "json", "org": "example", "user": "author@example" }, "skip": 1, "do": { "drop": true } });
    let made = ok(world, "POST broker/faults", rule.clone()).await;
    assert_eq!((made["id"].as_u64(), made["times"].as_u64(), &made["do"]), (Some(1), Some(1), &json!({ "drop": true })));
    story.blocked("first").await;
    assert_eq!(struck(world).await, [], "the first is let pass");
    story.blocked("second").await;
    story.blocked("third").await;
    let all = world.messages().await;
    let hit: Vec<_> = all.iter().filter(|entry| entry.fate.is_some()).collect();
    assert_eq!(hit.len(), 1);
    assert_eq!((kind(hit[0]), hit[0].message.exchange.as_str()), ("blockingtask.create", "vcd.notifications20"));
    let listed = ok(world, "GET broker/faults", Value::Null).await;
    assert_eq!((listed["items"][0]["seen"].as_u64(), listed["items"][0]["hits"].as_u64()), (Some(2), Some(1)));
    assert_eq!(ok(world, "GET faults", Value::Null).await["items"], json!([]), "those are others");
    let shown = ok(world, "GET messages?exchange=vcd.notifications20", Value::Null).await;
    let shown: Vec<_> = shown["items"].as_array().unwrap().iter().filter_map(|item| item.get("fate")).collect();
    assert_eq!(shown, [&json!({ "rule": 1, "do": "drop", "explanation": "rule 1 has it dropped" })]);
    let why = ok(world, &format!("GET messages/{}/explain?routingKey=%23", hit[0].event), Value::Null).await;
    assert_eq!((why["items"][0]["fate"].clone(), &why["items"][1]["fate"]), (Value::Null, &json!({ "rule": 1, "do": "drop" })));
    assert!(why["items"][1]["explanation"].as_str().unwrap().ends_with(" But rule 1 has it dropped."), "{why}");
    let timeline = ok(world, "GET timeline?limit=1000", Value::Null).await.to_string();
    assert_eq!(timeline.matches(". As json: rule 1 has it dropped.").count(), 1, "{timeline}");
    let metrics = String::from_utf8(world.call("GET metrics", Value::Null).await.body.to_vec()).unwrap();
    assert!(metrics.contains("vcdsim_fault_hits{rule=\"1\"} 1"), "{metrics}");
}

#[tokio::test]
async fn by_type_by_key_and_by_object() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let world = &story.world;
    name_broker(world).await;
    let blocked = story.blocked("web").await;
    for (of, found) in [
        (json!({ "type": "task/*" }), vec!["task.abort.vdcInstantiateVapp"]),
        (json!({ "type": "com/vmware/vcloud/event/blockingtask/abort" }), vec!["blockingtask.abort.vdcInstantiateVapp"]),
        (json!({ "routingKey": "*.*.*.*.com.vmware.vcloud.event.task.#" }), vec!["task.abort.vdcInstantiateVapp"]),
        (json!({ "operation": "vappDeploy" }), vec![]),
        (json!({ "org": "example2" }), vec![]),
        (json!({ "user": "administrator@System", "type": "task/*" }), vec![]),
        (json!({ "entity": blocked.task, "type": "task/*" }), vec!["task.abort.vdcInstantiateVapp"]),
    ] {
        let copy = world.fork(vcdsim_task_engine::Pace::Immediate).await;
        ok(&copy, "POST broker/faults", json!({ "match": of, "times": 0, "do": { "refuse": 2 } })).await;
        let seen = copy.messages().await.last().unwrap().event;
        ok(&copy, "POST clock/advance", json!({ "by": "1m" })).await;
        let all = copy.messages().await;
        let after: Vec<_> = all.iter().filter(|entry| entry.event > seen && entry.fate.is_some()).collect();
        let keys: Vec<_> = after.iter().step_by(2).map(|entry| entry.message.routing_key.split_once(".event.").unwrap().1).collect();
        assert_eq!((keys, after.len() % 2), (found, 0), "{of}: both messages of each event");
    }
}

/// Which of the messages of ten logins have which fate.
async fn logins(world: &World) -> Vec<String> {
    let before = world.messages().await.last().map_or(0, |entry| entry.event);
    for _ in 0..10 {
        world.login("author@example").await;
    }
    struck(world)
        .await
        .into_iter()
        .filter(|(event, ..)| *event > before)
        .map(|(event, form, what)| format!("{event} {form} {what}"))
        .collect()
}

#[tokio::test]
async fn random_choices_are_those_of_their_seed_over_restarts_and_kills_and_in_copies() {
    let order = json!({ "match": { "type": "session/*" }, "times": 0, "probability": 0.4, "do": { "delay": "1m±50%" } });
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let mut world = World::with(WorldOptions { seed: 3, ..WorldOptions::default() }).await;
        name_broker(&world).await;
        ok(&world, "PUT faults", json!({ "seed": seed })).await;
        ok(&world, "POST broker/faults", order.clone()).await;
        let mut found = logins(&world).await;
        let copy = world.fork(vcdsim_task_engine::Pace::Immediate).await;
        world.restart().await;
        assert_eq!(struck(&world).await.len(), found.len(), "what was decided is kept");
        let rest = logins(&world).await;
        assert_eq!(logins(&copy).await, rest, "a copy goes on in the same way");
        found.extend(rest);
        world.crash().await;
        let listed = ok(&world, "GET broker/faults", Value::Null).await;
        assert_eq!((listed["items"][0]["seen"].as_u64(), listed["items"][0]["hits"].as_u64()), (Some(40), Some(found.len() as u64)));
        assert_eq!(struck(&world).await.len(), found.len());
        runs.push(found);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    assert!((2..40).contains(&runs[0].len()), "{:?}", runs[0]);
}

#[tokio::test]
async fn what_is_kept_back_is_due_at_an_instant_of_the_clock() {
    let world = World::new().await;
    name_broker(&world).await;
    for (form, order) in [("xml", json!({ "delay": "10m" })), ("json", json!({ "disconnect": "after", "for": "5m" }))] {
        ok(&world, "POST broker/faults", json!({ "match": { "type": "session/login", "form": form }, "do": order })).await;
    }
    let begun = world.now();
    let at = |minutes| vcdsim_model::clock::format_time(begun + vcdsim_model::clock::TimeDelta::minutes(minutes));
    world.login("author@example").await;
    let words: Vec<_> = struck(&world).await.into_iter().map(|(_, form, what)| (form, what)).collect();
    let kept = format!("rule 1 keeps it back until {}", at(10));
    let cut = format!("rule 2 cuts the connection when the broker has it, and lets none be made until {}", at(5));
    assert_eq!(words, [("xml", kept), ("json", cut)]);
    let timers = ok(&world, "GET clock/timers", Value::Null).await;
    let ours = |timers: &Value| -> Vec<String> {
        let all = timers["items"].as_array().unwrap().iter();
        let ours = all.filter(|timer| timer["what"].as_str().unwrap().contains("a message that a rule keeps back"));
        ours.map(|timer| timer["due"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ours(&timers), [at(5), at(10)]);
    ok(&world, "POST clock/advance", json!({ "by": "5m" })).await;
    assert_eq!(ours(&ok(&world, "GET clock/timers", Value::Null).await), [at(10)]);
}

#[tokio::test]
async fn nothing_is_decided_where_there_is_no_broker_or_no_message() {
    let world = World::new().await;
    let rule = json!({ "match": { "type": "session/login" }, "times": 0, "do": { "drop": true } });
    assert!(refused(&world, "POST broker/faults", rule.clone(), 409).await.contains("--amqp"));
    assert!(refused(&world, "POST broker/stop", json!({}), 409).await.contains("--amqp"));
    name_broker(&world).await;
    ok(&world, "POST broker/faults", rule).await;
    let cloud = world.instance().app.cloud();
    cloud.set_broker(AmqpSettings::default()).await.unwrap();
    world.login("author@example").await;
    assert_eq!((struck(&world).await.len(), ok(&world, "GET broker/faults", Value::Null).await["items"][0]["seen"].clone()), (0, json!(0)));
    name_broker(&world).await;
    world.login("author@example").await;
    assert_eq!(struck(&world).await.len(), 2);
}

#[tokio::test]
async fn rules_that_struck_nothing_are_told_when_they_go_and_at_a_reset() {
    let world = World::new().await;
    name_broker(&world).await;
    ok(&world, "POST faults", json!({ "match": { "path": "/api/nothing" }, "do": { "status": 404 } })).await;
    for kind in ["session/login", "vapp/*"] {
        ok(&world, "POST broker/faults", json!({ "match": { "type": kind }, "do": { "duplicate": 2 } })).await;
    }
    world.login("author@example").await;
    assert!(refused(&world, "DELETE faults/2", Value::Null, 404).await.contains("among the others"));
    assert!(refused(&world, "DELETE broker/faults/1", Value::Null, 404).await.contains("among the others"));
    refused(&world, "DELETE broker/faults/9", Value::Null, 404).await;
    let copy = world.fork(vcdsim_task_engine::Pace::Immediate).await;
    let gone = ok(&copy, "DELETE broker/faults", Value::Null).await;
    assert_eq!((gone["removed"].as_u64(), gone["unused"].as_array().unwrap().len()), (Some(2), 1));
    assert_eq!(ok(&copy, "GET faults", Value::Null).await["items"][0]["id"], json!(1), "the others stay");
    // What is shown can be sent again, but for what is counted.
    let mut again = gone["unused"][0].clone();
    for counted in ["id", "seen", "hits"] {
        again.as_object_mut().unwrap().remove(counted);
    }
    let made = ok(&copy, "POST broker/faults", again.clone()).await;
    assert_eq!((made["id"].as_u64(), &made["match"], &made["do"]), (Some(4), &again["match"], &again["do"]), "numbers are not used twice");
    assert_eq!(ok(&copy, "DELETE broker/faults/4", Value::Null).await["unused"].as_array().unwrap().len(), 1);
    ok(&copy, "DELETE faults", Value::Null).await;
    assert_eq!(ok(&copy, "POST reset", json!({})).await["unused"], json!([]));
    let reset = ok(&world, "POST reset", json!({})).await;
    let numbers: Vec<_> = reset["unused"].as_array().unwrap().iter().map(|rule| rule["id"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 3], "{reset}");
    assert_eq!(reset["unused"][1]["match"], json!({ "type": "vapp/*" }));
    assert_eq!(ok(&world, "GET broker/faults", Value::Null).await["items"], json!([]));
}

#[tokio::test]
async fn a_broker_that_is_kept_away_stays_so_over_a_restart() {
    let mut world = World::new().await;
    name_broker(&world).await;
    assert!(refused(&world, "POST broker/start", json!({}), 409).await.contains("GET broker"), "nobody keeps it away");
    assert_eq!(ok(&world, "POST broker/stop", json!({})).await["until"], Value::Null);
    world.restart().await;
    ok(&world, "POST broker/start", json!({})).await;
    refused(&world, "POST broker/start", json!({}), 409).await;
    let until = ok(&world, "POST broker/stop", json!({ "for": "10m" })).await["until"].clone();
    assert_eq!(ok(&world, "GET clock/timers", Value::Null).await["items"][0]["due"], until);
    ok(&world, "POST clock/advance", json!({ "by": "10m" })).await;
    refused(&world, "POST broker/start", json!({}), 409).await;
    refused(&world, "POST broker/stop", json!({ "for": "0s" }), 400).await;
}

#[tokio::test]
async fn a_rule_that_can_mean_nothing_is_refused() {
    let world = World::new().await;
    name_broker(&world).await;
    for (wrong, word) in [
        (json!({}), "do"),
        (json!({ "do": {} }), "one of drop"),
        (json!({ "do": { "drop": false } }), "one of drop"),
        (json!({ "do": { "drop": true, "delay": "1s" } }), "one of drop"),
        (json!({ "do": { "drop": true, "for": "1s" } }), "one of drop"),
        (json!({ "do": { "duplicate": 0 } }), "from 1 to 1000"),
        (json!({ "do": { "refuse": 1001 } }), "from 1 to 1000"),
        (json!({ "do": { "delay": "soon" } }), "delay is a span"),
        (json!({ "do": { "reorder": "0s" } }), "longer than nothing"),
        (json!({ "do": { "disconnect": "befor" } }), "\"before\""),
        (json!({ "do": { "disconnect": "after", "for": "0s" } }), "longer than nothing"),
        (json!({ "match": { "form": "yaml" }, "do": { "drop": true } }), "xml or json"),
        (json!({ "match": { "type": "blockingtask/creat" }, "do": { "drop": true } }), "\"blockingtask/create\""),
        (json!({ "match": { "type": "blocked" }, "do": { "drop": true } }), "no event of the type"),
        (json!({ "match": { "type": "user/lock*" }, "do": { "drop": true } }), "accounts are not locked"),
        (json!({ "match": { "routingKey": "task.create" }, "do": { "drop": true } }), "begins with success"),
        (json!({ "match": { "operation": "vappDeplo" }, "do": { "drop": true } }), "\"vappDeploy\""),
        (json!({ "match": { "path": "/api" }, "do": { "drop": true } }), "path"),
        (json!({ "at": "message", "do": { "drop": true } }), "at"),
        (json!({ "probability": 2, "do": { "drop": true } }), "from 0 to 1"),
    ] {
        assert!(refused(&world, "POST broker/faults", wrong.clone(), 400).await.contains(word), "{wrong}");
    }
    ok(&world, "POST broker/faults", json!({ "match": { "type": "backup/complete" }, "do": { "drop": true } })).await;
    assert!(refused(&world, "POST faults", json!({ "at": "message", "do": { "status": 500 } }), 400).await.contains("broker/faults"));
}
