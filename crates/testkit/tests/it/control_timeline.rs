//! The timeline, at the control interface. Invariant: what came of a request is joined by its id, and in the order in which it happened.

use crate::story::{Story, VCLOUD};
use serde_json::{Value, json};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::World;

async fn timeline(world: &World, query: &str) -> Vec<Value> {
    let (status, answer) = world.control(&format!("GET timeline{query}"), Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    answer["items"].as_array().unwrap().clone()
}

/// What kinds of steps there are, without messages.
fn kinds(steps: &[Value]) -> Vec<&str> {
    steps.iter().map(|step| step["what"].as_str().unwrap()).filter(|what| *what != "message").collect()
}

fn id_of(answer: &vcdsim_testkit::Answer) -> String {
    answer.header("x-vmware-vcloud-request-id").unwrap().to_owned()
}

#[tokio::test]
async fn a_request_its_task_its_gate_the_decision_and_the_messages_are_one_thread() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let world = &story.world;
    let asked = story.instantiate("web").await;
    let (request, task) = (id_of(&asked), asked.attribute_of("Task", "href").unwrap());
    let waiting = timeline(world, &format!("?correlation={request}")).await;
    assert_eq!(kinds(&waiting), ["request", "task", "blockingTask", "timer"]);
    assert!(waiting.last().unwrap()["text"].as_str().unwrap().contains("will be due"), "{waiting:?}");
    let other = story.instantiate("other").await;
    let blocking = story.admin.get(&task).await.link("down", media::BLOCKING_TASK);
    let decided = story.act(&blocking, "resume", "go on").await;
    assert_eq!(decided.status, 204);
    world.settle().await;
    let steps = timeline(world, &format!("?correlation={request}")).await;
    assert_eq!(kinds(&steps), ["request", "task", "blockingTask", "request", "decision", "task", "timer", "task"], "{steps:#?}");
    assert!(steps.iter().all(|step| !step.to_string().contains(&id_of(&other))));
    let of = |what: &str| steps.iter().find(|step| step["what"] == what).unwrap();
    assert_eq!((of("decision")["request"].as_str(), of("decision")["correlation"].as_str()), (Some(&*id_of(&decided)), Some(&*request)));
    assert!(of("decision")["text"].as_str().unwrap().contains("was resumed by request"));
    assert!(of("message")["text"].as_str().unwrap().contains("goes to systemExchange and vcd.notifications20: true."), "{}", of("message"));
    let messages = steps.iter().filter(|step| step["what"] == "message").count();
    let about =
        world.events().await.iter().filter(|event| event.what.task.as_ref().is_some_and(|(id, _)| task.ends_with(&id.to_string()))).count();
    assert_eq!(messages, about);
    assert_eq!(timeline(world, &format!("?correlation={task}")).await, steps, "the task leads there as well");
    let by_decision = timeline(world, &format!("?correlation={}", id_of(&decided))).await;
    assert_eq!(kinds(&by_decision), ["request", "decision", "task"], "what the decision itself did");
}

#[tokio::test]
async fn nobody_in_time_is_told_apart_from_somebody() {
    let story = Story::begin(&["vdcInstantiateVapp"], "fail").await;
    let world = &story.world;
    let request = id_of(&story.instantiate("web").await);
    world.advance_millis(60_000).await;
    let steps = timeline(world, &format!("?correlation={request}")).await;
    assert_eq!(kinds(&steps), ["request", "task", "blockingTask", "timer", "decision", "task"], "{steps:#?}");
    let decision = &steps[steps.iter().position(|step| step["what"] == "decision").unwrap()];
    assert!(decision["text"].as_str().unwrap().ends_with("was failed by its timeout.") && decision["request"].is_null(), "{decision}");
    assert_eq!(decision["time"], json!("2026-03-04T08:16:00.000Z"));
    // A call of the control interface decides, too.
    let request = id_of(&story.instantiate("next").await);
    let (_, list) = world.control("GET blocking-tasks", Value::Null).await;
    let call = format!("POST blocking-tasks/{}/abort", list["items"][0]["id"].as_str().unwrap());
    assert_eq!(world.control(&call, json!({})).await.0, 200);
    let steps = timeline(world, &format!("?correlation={request}")).await;
    assert_eq!(kinds(&steps), ["request", "task", "blockingTask", "request", "decision", "task"], "{steps:#?}");
    let call = steps.iter().filter(|step| step["what"] == "request").nth(1).unwrap();
    assert!(call["text"].as_str().unwrap().contains("/abort was answered with 200"), "{call}");
}

#[tokio::test]
async fn a_responder_is_told_apart_from_the_timeout() {
    let story = Story::begin(&["vdcInstantiateVapp"], "fail").await;
    let world = &story.world;
    let rule = json!({ "then": { "resume": { "after": "30s" } } });
    assert_eq!(world.control("POST responders", rule).await.0, 200);
    let asked = story.instantiate("web").await;
    let (query, task) = (format!("?correlation={}", id_of(&asked)), asked.attribute_of("Task", "href").unwrap());
    let of_responder = format!("The decision of a responder about task {}", task.rsplit('/').next().unwrap());
    let texts = |steps: &[Value]| steps.iter().map(|step| step["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let waiting = timeline(world, &query).await;
    assert!(texts(&waiting).contains(&format!("{of_responder} will be due.")), "{waiting:#?}");
    world.advance_millis(30_000).await;
    let steps = timeline(world, &query).await;
    assert_eq!(kinds(&steps), ["request", "task", "blockingTask", "timer", "decision", "task", "timer", "task"], "{steps:#?}");
    let texts = texts(&steps);
    assert!(texts.contains(&format!("{of_responder} was due.")), "{texts:#?}");
    assert!(texts.iter().any(|text| text.ends_with("was resumed by a responder.")), "{texts:#?}");
}

#[tokio::test]
async fn what_follows_belongs_to_what_it_follows_and_a_restart_forgets_nothing_but_requests() {
    let mut story = Story::begin(&[], "abort").await;
    let (vdc, template) = (seeded_id(Kind::Vdc, "example-vdc"), seeded_id(Kind::VAppTemplate, "example-catalog/photon-1vm"));
    let body = format!(
        "<InstantiateVAppTemplateParams xmlns=\"{VCLOUD}\" name=\"web\" deploy=\"true\" powerOn=\"true\">\
         <Source href=\"/api/vAppTemplate/vappTemplate-{template}\"/></InstantiateVAppTemplateParams>"
    );
    let url = format!("/api/vdc/{vdc}/action/instantiateVAppTemplate");
    let asked = story.tenant.post(&url, media::INSTANTIATE_VAPP_TEMPLATE_PARAMS, &body).await;
    let request = id_of(&asked);
    story.world.settle().await;
    let query = format!("?correlation={request}&limit=1000");
    let steps = timeline(&story.world, &query).await;
    let made = steps.iter().filter(|step| step["text"].as_str().unwrap().contains(" asked for ")).count();
    assert_eq!(made, 2, "the deployment is a task of its own: {steps:#?}");
    story.world.restart().await;
    let after = timeline(&story.world, &query).await;
    assert_eq!(after[..], steps[1..], "the journal of requests is in memory");
    let all = timeline(&story.world, "?limit=3").await;
    assert_eq!(all.len(), 3);
    assert_eq!(story.world.control("GET timeline?correlation=web", Value::Null).await.0, 400);
}
