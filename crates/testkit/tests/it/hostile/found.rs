//! What was found, each as a request of its own.

use crate::vapp::{POOL, block, bridged, compose, composed, item};
use vcdsim_model::media;
use vcdsim_testkit::World;

#[tokio::test]
async fn a_list_of_versions_in_json_says_that_it_is_json() {
    let anonymous = World::new().await.anonymous();
    let answer = anonymous.accepting("application/*+json").at("39.1").get("/api/versions").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json;version=39.1")));
    assert_eq!(answer.json()["versionInfo"][0]["version"], "39.1");
    assert_eq!(anonymous.get("/api/versions").await.media(), "text/xml");
}

#[tokio::test]
async fn a_refusal_shows_the_beginning_of_what_it_refuses() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let long = "x".repeat(10_000);
    let refusals = [
        compose(&author, &composed("a", &bridged("net").replace(">bridged<", &format!(">{long}<")), "")).await,
        compose(&author, &composed("a", &bridged("net"), &item("one", &long, POOL))).await,
        compose(&author, &composed("a", &bridged("net"), &item("one", "net", &POOL.replace("POOL", &long)))).await,
        compose(
            &author,
            &composed(
                "a",
                &bridged("net"),
                &item("one", "net", &format!("<IpAddress>{long}</IpAddress>{}", POOL.replace("POOL", "MANUAL"))),
            ),
        )
        .await,
        author.put(&format!("/api/vApp/vapp-{long}/action/deploy"), "", "").await,
    ];
    for refusal in refusals {
        let message = refusal.attribute("message").unwrap_or_default();
        assert!([400, 405].contains(&refusal.status) && message.contains("xxx") && message.len() < 400, "{}: {message}", refusal.status);
    }
}

#[tokio::test]
async fn a_body_that_would_be_too_long_is_refused_whatever_it_is_for() {
    let anonymous = World::new().await.anonymous();
    for (method, path) in [("POST", "/api/sessions"), ("GET", "/api/versions"), ("PUT", "/api/nothing")] {
        let answer = anonymous.send(method, path, &[("content-length", "1048577")], "").await;
        assert_eq!((answer.status, answer.attribute("minorErrorCode").as_deref()), (400, Some("BAD_REQUEST")));
        assert!(answer.attribute("message").is_some_and(|message| message.contains("1048576")));
    }
    assert_eq!(anonymous.send("GET", "/api/versions", &[("content-length", "1048576")], "").await.status, 200);
}

#[tokio::test]
async fn a_timeout_beyond_the_calendar_ends_with_it() {
    let world = World::new().await;
    let (admin, author) = (world.login("administrator@System").await, world.login("author@example").await);
    block(&admin, "vdcInstantiateVapp").await;
    crate::vapp::a_vapp(&author, "waits", "photon-1vm").await;
    let url = admin.get("/api/admin/extension/blockingTasks").await.attribute_of("Reference", "href").unwrap();
    let body = "<BlockingTaskUpdateProgressParams xmlns=\"http://www.vmware.com/vcloud/extension/v1.5\"><Message>later</Message>\
                <TimeoutValueInMilliseconds>1000000000000000</TimeoutValueInMilliseconds></BlockingTaskUpdateProgressParams>";
    let answer = admin.post(&format!("{url}/action/updateProgress"), media::BLOCKING_TASK_PROGRESS_PARAMS, body).await;
    assert_eq!((answer.status, answer.attribute("timeoutDate").as_deref()), (200, Some("9999-12-31T23:59:59.000Z")));
}
