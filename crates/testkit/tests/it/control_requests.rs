//! The journal of requests, at the control interface. Invariant: it has what was asked of the API, and no secret.

use crate::control::ok;
use crate::story::Story;
use serde_json::{Value, json};
use vcdsim_testkit::World;

async fn refused(world: &World, call: &str, body: Value, status: u16) -> Value {
    let (found, problem) = world.control(call, body).await;
    assert_eq!(found, status, "{call}: {problem}");
    problem
}

fn lines(list: &Value) -> Vec<String> {
    let line = |item: &Value| format!("{} {} {}", item["method"].as_str().unwrap(), item["path"].as_str().unwrap(), item["status"]);
    list["items"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn requests_are_listed_and_found() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    author.get("/api/session").await;
    author.delete("/api/session").await;
    author.get("/api/session?x=1").await;
    let all = ok(&world, "GET requests", Value::Null).await;
    assert_eq!(lines(&all), ["POST /api/sessions 200", "GET /api/session 200", "DELETE /api/session 204", "GET /api/session 401"]);
    let second = &all["items"][1];
    assert_eq!(
        (second["user"].as_str(), second["org"].as_str(), second["route"].as_str(), second["millis"].as_i64()),
        (Some("author"), Some("example"), Some("/api/session"), Some(0))
    );
    assert_eq!(second["time"], json!("2026-03-04T08:15:00.000Z"));
    assert!(second["answer"].as_str().unwrap().contains("<Session"), "{second}");
    assert_eq!((all["items"][3]["minorErrorCode"].as_str(), all["items"][3]["query"].as_str()), (Some("UNAUTHORIZED"), Some("x=1")));
    let id = all["items"][3]["id"].as_str().unwrap();
    assert!(all["items"][3]["answer"].as_str().unwrap().contains(id), "the id is the one that the client was told");
    for (query, found) in [
        ("method=DELETE", 1),
        ("path=/api/session", 3),
        ("path=*/sess*ns", 1),
        ("status=401", 1),
        ("status=2xx", 3),
        ("user=author", 2),
        ("org=example&method=GET", 1),
        ("org=example2", 0),
        ("since=3", 1),
        ("limit=2", 2),
    ] {
        assert_eq!(lines(&ok(&world, &format!("GET requests?{query}"), Value::Null).await).len(), found, "{query}");
    }
    let told = ok(&world, "DELETE requests", Value::Null).await;
    assert_eq!((told["forgotten"].as_u64(), told["settled"].as_bool()), (Some(4), Some(true)));
    assert_eq!(ok(&world, "GET requests", Value::Null).await["items"], json!([]));
    for wrong in ["status=40", "status=abc", "since=x", "path=a&verb=GET", "org=nobody"] {
        refused(&world, &format!("GET requests?{wrong}"), Value::Null, 400).await;
    }
}

#[tokio::test]
async fn requests_are_waited_for() {
    let world = World::new().await;
    let (anonymous, waits) = (world.anonymous(), world.control("GET requests?path=/api/versions&wait=60s", Value::Null));
    let (waited, _) = futures::join!(waits, anonymous.get("/api/versions"));
    assert_eq!(lines(&waited.1), ["GET /api/versions 200"], "though reading changes nothing of the cloud");
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let settings = admin.get("/api/admin/extension/settings/amqp").await;
    let sent = settings.text().replace("</AmqpUsername>", "</AmqpUsername><AmqpPassword>s3cr3t</AmqpPassword>");
    let sent = sent.replace("</vmext:AmqpUsername>", "</vmext:AmqpUsername><vmext:AmqpPassword>s3cr3t</vmext:AmqpPassword>");
    assert!(sent.contains("s3cr3t"));
    admin.put("/api/admin/extension/settings/amqp", "application/vnd.vmware.admin.amqpSettings+xml", &sent).await;
    let token = "eyJ0b2tlbiI.x.y";
    admin.send("GET", "/api/session", &[("cookie", "a=c00kie"), ("x-vmware-vcloud-access-token", token)], "").await;
    let shown = ok(&world, "GET requests", Value::Null).await.to_string();
    let basic = "YWRtaW5pc3RyYXRvckBTeXN0ZW06cGFzc3dvcmQ";
    for secret in ["s3cr3t", "c00kie", token, basic] {
        assert!(!shown.contains(secret), "{secret}");
    }
    assert!(shown.contains("AmqpPassword") && shown.contains("***") && shown.contains("x-vcloud-authorization"));
    let found = ok(&world, "POST requests/verify", json!({ "match": { "contains": "AmqpPassword>***<" } })).await;
    assert_eq!(found["matched"], json!(1));
}

#[tokio::test]
async fn requests_are_verified_by_count_and_order() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    for path in ["/api/session", "/api/org", "/api/session"] {
        author.get(path).await;
    }
    let session = json!({ "method": "get", "path": "/api/session", "user": "author" });
    let verify = "POST requests/verify";
    for (count, holds) in [
        (json!(null), true),
        (json!({ "exactly": 2 }), true),
        (json!({ "min": 2, "max": 2 }), true),
        (json!({ "max": 1 }), false),
        (json!({ "min": 3 }), false),
        (json!({ "exactly": 0 }), false),
    ] {
        let (status, answer) = world.control(verify, json!({ "match": session, "count": count })).await;
        assert_eq!(status, if holds { 200 } else { 422 }, "{count}: {answer}");
    }
    let problem = refused(&world, verify, json!({ "match": session, "count": { "exactly": 3 } }), 422).await;
    assert!(problem["detail"].as_str().unwrap().contains("exactly 3 should have come, and 2 did"), "{problem}");
    let all = ["POST /api/sessions 200", "GET /api/session 200", "GET /api/org 200", "GET /api/session 200"];
    assert_eq!(problem["found"], json!(all));
    refused(&world, verify, json!({ "match": { "path": "/api/nothing" } }), 422).await;
    let order = |paths: &[&str]| json!({ "sequence": paths.iter().map(|path| json!({ "path": path })).collect::<Vec<_>>() });
    assert_eq!(ok(&world, verify, order(&["/api/sessions", "/api/org", "/api/session"])).await["matched"], json!(3));
    let problem = refused(&world, verify, order(&["/api/org", "/api/session", "/api/org"]), 422).await;
    assert!(problem["detail"].as_str().unwrap().contains("Step 3 of 3"), "{problem}");
    refused(&world, verify, json!({ "sequence": [] }), 400).await;
    refused(&world, verify, json!({ "sequence": [session], "count": { "min": 1 } }), 400).await;
    refused(&world, verify, json!({ "match": { "verb": "GET" } }), 400).await;
    refused(&world, verify, json!({ "match": { "status": "4" } }), 400).await;
}

#[tokio::test]
async fn what_nothing_took_is_explained() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    author.get("/api/vdcs/6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b").await;
    author.delete("/api/versions").await;
    author.at("99.0").get("/api/session").await;
    let vdc = author.get("/api/query?type=orgVdc&format=records").await.attribute_of("OrgVdcRecord", "href").unwrap();
    author.post(&format!("{vdc}/action/composeVApp"), "image/png", "x").await;
    let missing = world.instance().app.router().missing().iter().find(|(below, _)| !below.starts_with("/api/admin")).unwrap();
    author.get(&format!("{}/x", missing.0.trim_end_matches('/'))).await;
    // Forbidden is no near miss: the request met what it meant.
    author.get("/api/vApp/vapp-6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b").await;
    let list = ok(&world, "GET requests/unmatched", Value::Null).await;
    let items = list["items"].as_array().unwrap();
    let statuses: Vec<_> = items.iter().map(|item| item["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [404, 405, 406, 415, 501]);
    let instead = |at: usize| items[at]["near"]["instead"].clone();
    assert!(instead(0).as_array().unwrap().contains(&json!("GET /api/vdc/{id}")), "{}", instead(0));
    assert_eq!(instead(1), json!(["GET", "HEAD", "OPTIONS"]));
    assert_eq!((instead(2).as_array().unwrap().len(), instead(2)[0].as_str()), (27, Some("39.1")));
    assert_eq!(instead(3), json!(["application/vnd.vmware.vcloud.composeVAppParams+xml"]));
    assert!(items[4]["near"]["why"].as_str().unwrap().contains(missing.1), "{}", items[4]);
    assert_eq!(ok(&world, "GET requests/unmatched?since=5&limit=1", Value::Null).await["items"][0]["status"], json!(501));
}

#[tokio::test]
async fn messages_are_verified_by_count_and_order() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    story.blocked("web").await;
    let created = json!({ "routingKey": "#.blockingtask.create.#", "exchange": "systemExchange" });
    let verify = "POST messages/verify";
    ok(&story.world, verify, json!({ "match": created, "count": { "exactly": 1 } })).await;
    let problem = refused(&story.world, verify, json!({ "match": { "routingKey": "#.blockingtask.abort.#" } }), 422).await;
    assert!(problem["found"].to_string().contains("blockingtask.create.vdcInstantiateVapp to systemExchange"), "{problem}");
    ok(&story.world, "POST clock/advance", json!({ "by": "5d" })).await;
    let order =
        |keys: &[&str]| json!({ "sequence": keys.iter().map(|key| json!({ "routingKey": format!("#.{key}.#") })).collect::<Vec<_>>() });
    ok(&story.world, verify, order(&["task.create", "blockingtask.create", "blockingtask.abort", "task.abort"])).await;
    let problem = refused(&story.world, verify, order(&["blockingtask.abort", "blockingtask.create"]), 422).await;
    assert!(problem["detail"].as_str().unwrap().contains("Step 2 of 2"), "{problem}");
    let text = json!({ "match": { "contains": "blockingTask", "exchange": "vcd.notifications20" }, "count": { "min": 1 } });
    ok(&story.world, verify, text).await;
}
