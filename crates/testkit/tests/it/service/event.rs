//! Events that extension services tell.

use super::{NAMESPACE, admin_org, begin, owner, user, uuid_of_nothing};
use serde_json::json;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, golden};

fn event(attributes: &str, children: &str) -> String {
    format!(r#"<Event xmlns="http://www.vmware.com/vcloud/v1.5" {attributes}>{children}</Event>"#)
}

fn told(attributes: &str, children: &str) -> String {
    let all = format!(r#"serviceNamespace="{NAMESPACE}" type="backup/complete" success="true" {attributes}"#);
    event(&all, &format!("{children}{}", user("example/author")))
}

#[tokio::test]
async fn an_event_is_written_found_and_sent_in_both_forms() {
    let (world, admin) = begin().await;
    let link = admin.get(&admin_org("example")).await.link("event:create", media::EVENT);
    assert_eq!(link, format!("{}/events", admin_org("example")));
    let properties = r#"<EventProperties><EventProperty name="tape" value="7"/></EventProperties>"#;
    let sent = told(r#"typeFull="all is safe""#, &owner()).replace("</Event>", &format!("{properties}</Event>"));
    let answer = admin.post(&link, media::EVENT, &sent).await;
    assert_eq!((answer.status, answer.text()), (204, ""));
    let [xml, json] = world
        .messages()
        .await
        .into_iter()
        .rev()
        .take(2)
        .map(|entry| entry.message)
        .collect::<Vec<_>>()
        .try_into()
        .map(|mut two: [_; 2]| {
            two.reverse();
            two
        })
        .unwrap();
    let ids = [
        seeded_id(Kind::Vdc, "example-vdc").to_string(),
        seeded_id(Kind::Org, "example").to_string(),
        seeded_id(Kind::User, "example/author").to_string(),
    ];
    let key = format!("true.{}.{}.{}.backup.complete", ids[0], ids[1], ids[2]);
    assert_eq!([&xml.routing_key, &json.routing_key], [&key, &key]);
    let expected = json!({
        "notification.type": "backup/complete", "notification.entityType": "vdc", "notification.entityUUID": ids[0],
        "notification.orgUUID": ids[1], "notification.userUUID": ids[2], "notification.operationSuccess": true,
    });
    assert_eq!([serde_json::to_value(&xml.headers).unwrap(), serde_json::to_value(&json.headers).unwrap()], [expected.clone(), expected]);
    assert!(xml.body.contains(r#"type="backup/complete""#) && xml.body.contains(r#"name="example-vdc" rel="entity""#), "{}", xml.body);
    let body: serde_json::Value = serde_json::from_str(&json.body).unwrap();
    assert_eq!((&body["type"], &body["operationSuccess"], body.get("task")), (&json!("backup/complete"), &json!(true), None));
    for version in ["1.5", "5.1", "30.0", "39.1"] {
        let records = admin.at(version).get("/api/query?type=event&filter=eventType==backup/complete").await;
        golden!(records, "service", "event-records", "documented (REF queries/event)");
    }
    let found = admin.get("/api/query?type=adminEvent&filter=serviceNamespace==org.example.vcd.backup").await;
    assert_eq!(found.attribute_of("AdminEventRecord", "entityName").as_deref(), Some("example-vdc"));
    let tenant = world.login("author@example").await;
    assert_eq!(tenant.get("/api/query?type=event&filter=eventType==backup/complete").await.count("EventRecord"), 1);
    let details = admin.get("/api/query?type=adminEventCBM&filter=eventType==backup/complete").await;
    assert_eq!(details.attribute_of("AdminEventCBMRecord", "details").as_deref(), Some(r#"{"tape":"7"}"#), "{}", details.text());
}

/// What a service does in a day: a task made and ended, and an event.
pub(crate) async fn a_day(admin: &Actor) {
    let made = super::create(admin, r#"status="running" operationName="backup""#, &owner()).await;
    assert_eq!(super::put(admin, &made, &super::task(r#"status="success""#, "")).await.status, 200);
    let answer = admin.post(&format!("{}/events", admin_org("example")), media::EVENT, &told("", &owner())).await;
    assert_eq!(answer.status, 204);
}

#[tokio::test]
async fn without_an_owner_it_is_about_the_organization() {
    let (world, admin) = begin().await;
    let events = format!("{}/events", admin_org("example"));
    let failed = told("", "").replace(r#"success="true""#, r#"success="false""#);
    assert_eq!(admin.post(&events, media::EVENT, &failed).await.status, 204);
    let written = world.events().await.pop().unwrap();
    assert_eq!((written.what.success, written.what.entity.urn.id), (false, seeded_id(Kind::Org, "example")));
    assert_eq!((written.what.entity.name.as_str(), written.what.namespace()), ("example", NAMESPACE));
}

/// Those about a service's tasks are its, too, though the platform tells them.
#[tokio::test]
async fn events_about_its_tasks_bear_its_namespace() {
    let (world, admin) = begin().await;
    super::create(&admin, r#"status="running" operationName="backup""#, "").await;
    let found = admin.get("/api/query?type=event&filter=serviceNamespace==org.example.vcd.backup").await;
    assert_eq!(found.count("EventRecord"), 2, "{}", found.text());
    assert!(world.events().await.iter().any(|event| event.what.namespace() == "com.vmware.vcloud"));
}

#[tokio::test]
async fn what_cannot_be_told_is_refused() {
    let (world, admin) = begin().await;
    let before = world.events().await.len();
    let events = format!("{}/events", admin_org("example"));
    let long = "x".repeat(129);
    let without = |attribute: &str| told("", "").replace(attribute, "x=");
    for (body, word) in [
        (told("", "").replace("backup/complete", "com/vmware/vcloud/event/vm/create"), "com/vmware/vcloud"),
        (told("", "").replace("backup/complete", &long), "128"),
        (told("", "").replace("backup/complete", ""), "128"),
        (told("", "").replace(NAMESPACE, "com.vmware.vcloud"), "com.vmware.vcloud"),
        (told(&format!(r#"typeFull="{}""#, "x".repeat(2_001)), ""), "typeFull"),
        (without("type="), "type"),
        (without("success="), "success"),
        (without("serviceNamespace="), "serviceNamespace"),
        (event(&format!(r#"serviceNamespace="{NAMESPACE}" type="a" success="true""#), ""), "User"),
        (told("", &format!(r#"<Owner href="/api/vApp/vapp-{}"/>"#, uuid_of_nothing())), "Owner"),
        (told("", "").replace(&seeded_id(Kind::User, "example/author").to_string(), uuid_of_nothing()), "User"),
        ("<Event/>".to_owned(), ""),
    ] {
        let answer = admin.post(&events, media::EVENT, &body).await;
        assert_eq!((answer.status, answer.text().contains(word)), (400, true), "{body}: {}", answer.text());
    }
    let tenant = world.login("orgadmin@example").await;
    assert_eq!(tenant.post(&events, media::EVENT, &told("", "")).await.status, 403);
    assert_eq!(world.events().await.len(), before + 1, "the tenant's login, and nothing else");
}
