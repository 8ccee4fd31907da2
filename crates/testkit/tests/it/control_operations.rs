//! What operators look at. Invariant: a number is that of the thing it names.

use crate::story::Story;
use serde_json::Value;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_testkit::World;

async fn metrics(world: &World) -> String {
    let answer = world.call("GET metrics", Value::Null).await;
    assert_eq!(answer.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    String::from_utf8(answer.body.to_vec()).unwrap()
}

fn has(text: &str, line: &str) {
    assert!(text.lines().any(|one| one == line), "{line} is not in\n{text}");
}

#[tokio::test]
async fn numbers_count_what_they_name() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    story.blocked("web").await;
    story.tenant.get("/api/nothing").await;
    let text = metrics(&story.world).await;
    has(&text, r#"vcdsim_requests_total{method="POST",route="/api/vdc/{id}/action/instantiateVAppTemplate",status="201"} 1"#);
    has(&text, r#"vcdsim_requests_total{method="GET",route="none",status="404"} 1"#);
    has(&text, r#"vcdsim_tasks{status="preRunning"} 1"#);
    has(&text, r#"vcdsim_tasks{status="aborted"} 0"#);
    for line in ["vcdsim_blocking_tasks 1", "vcdsim_broker_connected 0", "vcdsim_commands_waiting 0", "# EOF"] {
        has(&text, line);
    }
    story.world.advance_millis(60_000).await;
    let text = metrics(&story.world).await;
    has(&text, r#"vcdsim_tasks{status="aborted"} 1"#);
    has(&text, "vcdsim_blocking_tasks 0");
    let rows: i64 = text.lines().find_map(|line| line.strip_prefix("vcdsim_cache_rows ")?.parse().ok()).unwrap();
    assert!(rows > 0, "{text}");
}

#[tokio::test]
async fn a_cloud_is_ready_when_its_broker_answers() {
    let world = World::new().await;
    assert_eq!(world.control("GET ready", Value::Null).await.0, 200, "there is none to wait for");
    let settings = AmqpSettings { host: "broker.test".into(), ..AmqpSettings::default() };
    world.instance().app.cloud().set_broker(settings).await.unwrap();
    let (status, problem) = world.control("GET ready", Value::Null).await;
    assert_eq!(status, 503);
    assert!(problem["found"][0].as_str().unwrap().starts_with("The broker at broker.test:5672"), "{problem}");
    assert_eq!(world.control("GET live", Value::Null).await.0, 200);
}

#[tokio::test]
async fn nobody_waits_longer_than_the_server_runs() {
    let world = World::new().await;
    let waits = world.control("GET blocking-tasks?wait=10m", Value::Null);
    let (waited, ()) = futures::join!(waits, async { world.instance().edge.close() });
    assert_eq!((waited.0, waited.1["items"].as_array().unwrap().len()), (200, 0));
}
