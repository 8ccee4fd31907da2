//! Why requests are refused and messages do not come. Invariant: what is said of a request is what becomes of it.

use super::{ok, refused};
use crate::story::Story;
use serde_json::{Value, json};
use vcdsim_model::kind::Kind;
use vcdsim_platform::seed::seeded_id;

async fn rules(story: &Story, user: &str, method: &str, path: &str) -> (bool, Vec<String>, String) {
    let told = ok(&story.world, &format!("GET explain?user={user}&method={method}&path={path}"), Value::Null).await;
    let rules = told["rules"].as_array().unwrap().iter().map(|rule| rule["rule"].as_str().unwrap().to_owned()).collect();
    (told["admitted"].as_bool().unwrap(), rules, told["explanation"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_refused_request_says_which_rule_refuses_it() {
    let story = Story::begin(&[], "abort").await;
    let vapp = story.instantiate("web").await.attribute("href").unwrap();
    let machine = story.tenant.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    let (on, off) = (format!("{vapp}/power/action/powerOn"), format!("{vapp}/power/action/powerOff"));
    let vdc = format!("/api/vdc/{}/action/instantiateVAppTemplate", seeded_id(Kind::Vdc, "example-vdc"));
    for (user, method, path, rule, word) in [
        ("console@example", "POST", vdc.as_str(), "right", "vApp User"),
        ("orgadmin2@example2", "POST", on.as_str(), "access", "may not see"),
        ("orgadmin2@example2", "GET", vapp.as_str(), "access", "another organization"),
        ("author@example", "POST", off.as_str(), "state", "powerOff"),
        ("author@example", "GET", "/api/admin/extension/settings/blockingTask", "right", "provider"),
        ("author@example", "GET", "/api/vApp/vapp-6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b", "access", "nothing with the id"),
        ("author@example", "POST", "/api/nothing", "route", "There is nothing at"),
        ("author@example", "DELETE", "/api/org", "route", "takes GET"),
    ] {
        let (admitted, rules, told) = rules(&story, user, method, path).await;
        assert_eq!((admitted, rules.last().map(String::as_str)), (false, Some(rule)), "{user} {method} {path}: {told}");
        assert!(told.to_lowercase().contains(&word.to_lowercase()), "{word}: {told}");
        let status = story.world.login(user).await.send(method, path, &[], "").await.status;
        assert!((400..500).contains(&status), "and so it is: {status}");
    }
    let (admitted, rules_of, told) = rules(&story, "author", "POST", &on).await;
    assert_eq!((admitted, rules_of.join(" ")), (true, "account right access busy state surroundings".to_owned()), "{told}");
    assert!(rules(&story, "author", "GET", "/api/versions").await.0);
    ok(&story.world, "PUT task-plans/default", json!({ "pace": "manual" })).await;
    let task = story.tenant.post_empty(&format!("{machine}/power/action/powerOn")).await.attribute("href").unwrap();
    let id = task.rsplit('/').next().unwrap();
    for (path, rule) in [(format!("{machine}/power/action/powerOn"), "busy"), (on.clone(), "surroundings")] {
        let (admitted, rules_of, told) = rules(&story, "author", "POST", &path).await;
        assert_eq!((admitted, rules_of.last().map(String::as_str)), (false, Some(rule)), "{told}");
        assert!(told.contains(&format!("GET tasks/{id}/explain")), "{told}");
        assert_eq!(story.tenant.post_empty(&path).await.status, 400);
    }
    assert!(!rules(&story, "orgadmin2@example2", "GET", &task).await.0);
    for query in ["path=/api/org", "user=author", "user=nobody&path=/api/org", "user=author&path=/api/org&verb=GET"] {
        refused(&story.world, &format!("GET explain?{query}"), Value::Null, 400).await;
    }
}

#[tokio::test]
async fn what_is_busy_without_a_task_is_said_to_be() {
    let story = Story::begin(&[], "abort").await;
    let vapp = story.instantiate("web").await.attribute("href").unwrap();
    let machine = story.tenant.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    let id = machine.rsplit("/vm-").next().unwrap();
    ok(&story.world, &format!("PUT busy/{id}"), json!({ "for": "10m" })).await;
    for (path, rule) in [(format!("{machine}/power/action/powerOn"), "busy"), (format!("{vapp}/power/action/powerOn"), "surroundings")] {
        let (admitted, rules, told) = rules(&story, "author", "POST", &path).await;
        assert_eq!((admitted, rules.last().map(String::as_str)), (false, Some(rule)), "{told}");
        assert!(told.contains("until 2026-03-04T08:25:00.000Z") && told.contains(&format!("DELETE busy/{id}")), "{told}");
        assert!(!told.contains("The task") && !told.contains("GET tasks"), "{told}");
    }
}

#[tokio::test]
async fn a_blocking_task_is_for_those_who_may_decide() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let blocked = story.blocked("web").await;
    let resume = format!("{}/action/resume", blocked.blocking);
    let (admitted, _, told) = rules(&story, "orgadmin@example", "POST", &resume).await;
    assert!(!admitted && told.contains("Task: Resume, Abort, or Fail") && told.contains("System Administrator"), "{told}");
    assert!(rules(&story, "administrator@System", "POST", &resume).await.0);
    story.world.sleep_millis(60_000);
    let (admitted, _, told) = rules(&story, "administrator@System", "POST", &resume).await;
    assert!(!admitted && told.contains("time is over"), "{told}");
}

#[tokio::test]
async fn a_message_says_why_it_comes_or_does_not() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    story.blocked("web").await;
    let entry = story.world.messages().await.into_iter().find(|entry| entry.message.routing_key.contains("blockingtask.create")).unwrap();
    let call = |rest: &str| format!("GET messages/{}/explain?{rest}", entry.event);
    let told = ok(&story.world, &call("routingKey=%23.blockingtask.%23"), Value::Null).await;
    let items = told["items"].as_array().unwrap();
    assert_eq!((items.len(), items[0]["matches"].as_bool(), items[1]["matches"].as_bool()), (2, Some(true), Some(true)));
    assert_eq!(items[0]["words"][1], json!({ "pattern": "blockingtask", "key": ["blockingtask"] }));
    let told = ok(&story.world, &call("routingKey=%23.blockingTask.%23&exchange=systemExchange"), Value::Null).await;
    let item = &told["items"][0];
    assert_eq!((told["items"].as_array().unwrap().len(), item["matches"].as_bool()), (1, Some(false)));
    assert!(item["explanation"].as_str().unwrap().contains("There is \"blockingtask\""), "{item}");
    refused(&story.world, &call("exchange=systemExchange"), Value::Null, 400).await;
    refused(&story.world, &call("routingKey=%23&exchange=nothing"), Value::Null, 404).await;
    refused(&story.world, "GET messages/999999/explain?routingKey=%23", Value::Null, 404).await;
    refused(&story.world, "GET messages/first/explain?routingKey=%23", Value::Null, 400).await;
}
