//! Signing in, versions, and what every request has in common.

use vcdsim_testkit::{World, golden};

#[tokio::test]
async fn versions_need_nothing() {
    let world = World::new().await;
    let answer = world.anonymous().get("/api/versions").await;
    assert_eq!((answer.status, answer.count("VersionInfo")), (200, 27));
    golden!(answer, "version", "list", "recorded (order and members as real servers list them)");
}

#[tokio::test]
async fn a_session_begins_is_used_and_ends() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        golden!(tenant.at(version).get("/api/session").await, "session", "tenant", "recorded (links of real servers as far as served)");
    }
    let admin = world.login("administrator@System").await;
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        golden!(admin.at(version).get("/api/session").await, "session", "provider", "recorded (links of real servers as far as served)");
    }
    assert_eq!(tenant.delete("/api/session").await.status, 204);
    assert_eq!(tenant.get("/api/session").await.status, 401);
    assert_eq!(admin.get("/api/session").await.status, 200);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_survives_a_restart() {
    let mut world = World::new().await;
    let token = world.anonymous().try_login("author@example", "password").await.header("x-vcloud-authorization").unwrap().to_owned();
    assert_eq!(token.len(), 32);
    world.restart().await;
    let tenant = world.anonymous().with_token(&token);
    for _ in 0..3 {
        world.advance_millis(20 * 60 * 1_000).await;
        assert_eq!(tenant.get("/api/session").await.status, 200, "use keeps it alive");
    }
    world.advance_millis(31 * 60 * 1_000).await;
    assert_eq!(tenant.get("/api/session").await.status, 401);
}

#[tokio::test]
async fn both_tokens_name_the_same_session() {
    let world = World::new().await;
    let login = world.anonymous().try_login("author@example", "password").await;
    let bearer = login.header("x-vmware-vcloud-access-token").unwrap();
    assert!(bearer.len() > 32);
    let sent = world.anonymous().send("GET", "/api/session", &[("authorization", &format!("Bearer {bearer}"))], "").await;
    assert_eq!(sent.attribute("user").as_deref(), Some("author"));
    let forged = format!("{}x", bearer);
    assert_eq!(world.anonymous().with_token(&forged).get("/api/session").await.status, 401);
}

#[tokio::test]
async fn wrong_logins_are_401_and_told_to_the_provider() {
    let world = World::new().await;
    for (name, password) in
        [("author@example", "wrong"), ("nobody@example", "password"), ("author@nowhere", "password"), ("author", "password")]
    {
        let answer = world.anonymous().try_login(name, password).await;
        assert_eq!((answer.status, answer.attribute("minorErrorCode").as_deref()), (401, Some("UNAUTHORIZED")));
    }
    assert_eq!(world.story_since(0).await, ["false session/login "]);
}

#[tokio::test]
async fn what_no_server_has() {
    let world = World::new().await;
    let tenant = world.login("author@example").await;
    assert_eq!(tenant.at("99.9").get("/api/session").await.status, 406);
    assert_eq!(tenant.get("/api/nothing").await.status, 404);
    assert_eq!(tenant.put("/api/session", "", "").await.status, 405);
    assert_eq!(tenant.get("/api/extensibility").await.status, 501);
    assert_eq!(tenant.get("/api/task/25").await.status, 403);
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let missing = tenant.at(version).get("/api/task/6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b").await;
        golden!(missing, "error", "unknown-task", "recorded (message of real servers)");
    }
    let refused = tenant.accepting("application/*+json").at("99.9").get("/api/session").await;
    assert_eq!((refused.status, refused.json()["minorErrorCode"].as_str()), (406, Some("NOT_ACCEPTABLE")), "in the form asked for");
}

#[tokio::test]
async fn openapi_logins() {
    let world = World::new().await;
    let basic = |text: &str| format!("Basic {}", base64(text));
    let anonymous = world.anonymous().accepting("application/json");
    let login = |path: &'static str, name: &'static str| {
        let (anonymous, header) = (anonymous.clone(), basic(&format!("{name}:password")));
        async move { anonymous.send("POST", path, &[("authorization", &header)], "").await }
    };
    let tenant = login("/cloudapi/1.0.0/sessions", "orgadmin@example").await;
    assert_eq!((tenant.status, tenant.json()["roles"][0].as_str()), (200, Some("Organization Administrator")));
    assert_eq!(login("/cloudapi/1.0.0/sessions/provider", "administrator@System").await.status, 200);
    let refused = login("/cloudapi/1.0.0/sessions", "administrator@System").await;
    assert_eq!((refused.status, refused.json()["minorErrorCode"].as_str()), (401, Some("UNAUTHORIZED")));
    let bearer = tenant.header("x-vmware-vcloud-access-token").unwrap();
    let me = anonymous.with_token(bearer);
    assert_eq!(me.get("/cloudapi/1.0.0/sessions/current").await.json()["user"]["name"], "orgadmin");
    assert_eq!(me.delete("/cloudapi/1.0.0/sessions/current").await.status, 204);
    assert_eq!(me.get("/cloudapi/1.0.0/sessions/current").await.status, 401);
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
