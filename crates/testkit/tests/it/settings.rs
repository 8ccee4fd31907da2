//! System settings.

use crate::story::Story;
use vcdsim_model::media;
use vcdsim_model::operation::Operation;
use vcdsim_testkit::{World, golden};

const SETTINGS: &str = "/api/admin/extension/settings";
const NAMESPACES: &str = r#"xmlns="http://www.vmware.com/vcloud/extension/v1.5" xmlns:v="http://www.vmware.com/vcloud/v1.5""#;

#[tokio::test]
async fn a_fresh_server_blocks_nothing() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let admin = admin.at(version);
        let read = async |path: &str| admin.get(&format!("{SETTINGS}/{path}")).await;
        golden!(read("general").await, "settings", "general", "schema (values as an installation script for 5.x sends them)");
        golden!(read("").await, "settings", "system", "schema (parts as far as served)");
        golden!(read("blockingTask").await, "settings", "blocking-task", "documented (reference 4.2)");
        golden!(read("blockingTask/operations").await, "settings", "operations-empty", "documented (reference 4.3)");
        golden!(read("amqp").await, "settings", "amqp", "documented (reference 4.5)");
        golden!(read("notifications").await, "settings", "notifications", "documented (reference 4.6)");
    }
}

#[tokio::test]
async fn both_forms_of_the_operation_list_are_read_and_each_version_has_its_own() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let url = format!("{SETTINGS}/blockingTask/operations");
    let put = |form: &str| format!("<BlockingTaskOperations {NAMESPACES}>{form}</BlockingTaskOperations>");
    let old = put("<v:Operation>vdcInstantiateVapp</v:Operation><v:Operation>vdcInstantiateVapp</v:Operation>");
    let answer = admin.at("5.5").put(&url, media::TASK_OPERATION_LIST, &old).await;
    assert_eq!((answer.status, answer.count("Operation"), answer.count("TaskOperationType")), (200, 1, 0));
    let new = put("<v:TaskOperationType><v:Category>vApp</v:Category><v:Operation>vappDeploy</v:Operation></v:TaskOperationType>");
    let answer = admin.at("39.1").put(&url, media::TASK_OPERATION_LIST, &new).await;
    assert_eq!((answer.status, answer.text_of("Operation").as_deref(), answer.count("TaskOperationType")), (200, Some("vappDeploy"), 1));
    golden!(answer, "settings", "operations", "documented (form of 33.0 and later)");
    let refused = admin.put(&url, media::TASK_OPERATION_LIST, &put("<v:Operation>vdcDelete</v:Operation>")).await;
    assert_eq!((refused.status, refused.attribute("minorErrorCode").as_deref()), (400, Some("BAD_REQUEST")));
    assert!(refused.attribute("message").unwrap().contains("vdcDelete"));
    assert_eq!(admin.get(&url).await.text_of("Operation").as_deref(), Some("vappDeploy"), "a refused list changes nothing");
}

/// The 65 that 5.5 lists, and whatever else runs here.
#[tokio::test]
async fn every_operation_can_be_listed_and_blocks() {
    let story = Story::begin(&[], "abort").await;
    let all: Vec<_> = Operation::ALL.iter().map(|operation| operation.name()).collect();
    assert_eq!(story.settings(&all, "abort", 60_000).await.status, 200);
    let listed = story.admin.at("39.1").get(&format!("{SETTINGS}/blockingTask/operations")).await;
    assert_eq!((listed.count("Operation"), listed.count("Category")), (all.len(), all.len()));
    let plain = story.admin.at("5.5").get(&format!("{SETTINGS}/blockingTask/operations")).await;
    assert_eq!((plain.count("Operation"), plain.count("Category")), (all.len(), 0));
    let catalog = "<AdminCatalog xmlns=\"http://www.vmware.com/vcloud/v1.5\" name=\"held\"/>";
    let org = vcdsim_platform::seed::seeded_id(vcdsim_model::kind::Kind::Org, "example");
    let made = story.admin.post(&format!("/api/admin/org/{org}/catalogs"), media::ADMIN_CATALOG, catalog).await;
    assert_eq!(made.status, 201);
    let task = |name: &str| made.attribute_of("Task", name);
    assert_eq!((task("operationName").as_deref(), task("status").as_deref()), (Some("catalogCreateCatalog"), Some("preRunning")));
}

#[tokio::test]
async fn timeouts_are_checked() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let body = |action: &str, millis: &str| {
        format!(
            "<BlockingTaskSettings {NAMESPACES}><TimeoutAction>{action}</TimeoutAction><BlockingTaskOperations/><TimeoutInMilliseconds>{millis}</TimeoutInMilliseconds></BlockingTaskSettings>"
        )
    };
    let url = format!("{SETTINGS}/blockingTask");
    for (action, millis) in [("explode", "1"), ("abort", "-1"), ("abort", "soon"), ("abort", "99999999999999999999")] {
        assert_eq!(admin.put(&url, media::BLOCKING_TASK_SETTINGS, &body(action, millis)).await.status, 400, "{action} {millis}");
    }
    let set = admin.put(&url, media::EXTENSION_SETTINGS, &body("fail", "1000")).await;
    assert_eq!((set.status, set.text_of("TimeoutAction").as_deref()), (200, Some("fail")), "the stale media type of old clients is taken");
}

#[tokio::test]
async fn the_password_of_the_broker_is_kept_and_never_shown() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let body = |password: &str| {
        format!(
            "<AmqpSettings {NAMESPACES}><AmqpHost>127.0.0.1</AmqpHost><AmqpPort>1</AmqpPort><AmqpUsername>me</AmqpUsername><AmqpPassword>{password}</AmqpPassword><AmqpExchange>systemExchange</AmqpExchange><AmqpVHost>/</AmqpVHost><AmqpUseSSL>false</AmqpUseSSL></AmqpSettings>"
        )
    };
    let url = format!("{SETTINGS}/amqp");
    let set = admin.put(&url, media::AMQP_SETTINGS, &body("swordfish")).await;
    assert_eq!((set.status, set.text_of("AmqpPassword").as_deref(), set.text_of("AmqpPrefix").as_deref()), (200, Some(""), Some("vcd")));
    assert_eq!(admin.put(&url, media::AMQP_SETTINGS, &body("")).await.status, 200);
    let kept: vcdsim_model::family::settings::AmqpSettings = world.instance().app.cloud().read().setting().await.unwrap();
    assert_eq!(kept.password, "swordfish");
    let test = admin.post(&format!("{url}/action/test"), media::AMQP_SETTINGS, &body("swordfish")).await;
    assert_eq!((test.status, test.text_of("Valid").as_deref()), (200, Some("false")), "nothing listens at port 1");
    assert!(!test.text().contains("swordfish"));
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let test = admin.at(version).post(&format!("{url}/action/test"), media::AMQP_SETTINGS, &body("swordfish")).await;
        golden!(test, "settings", "amqp-test", "documented (reference 4.5)");
    }
}

#[tokio::test]
async fn general_settings_come_back_as_they_were_sent() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let url = format!("{SETTINGS}/general");
    let fresh = admin.get(&url).await.text().to_owned();
    let put = async |body: &str| admin.put(&url, media::GENERAL_SETTINGS, body).await;
    assert_eq!(put(&fresh).await.text(), fresh, "sent back unchanged, it changes nothing");
    let set = |uri: &str| {
        fresh.replace("<vmext:RestApiBaseUri></vmext:RestApiBaseUri>", "<vmext:RestApiBaseUri/>").replace("<vmext:RestApiBaseUri/>", uri)
    };
    let with = set("<vmext:RestApiBaseUri>https://cloud.test/api</vmext:RestApiBaseUri>");
    assert_eq!(put(&with).await.text_of("RestApiBaseUri").as_deref(), Some("https://cloud.test/api"));
    assert_eq!(put(&set("")).await.text_of("RestApiBaseUri").as_deref(), Some("https://cloud.test/api"), "absent keeps it");
    let whole = admin.get(SETTINGS).await;
    assert_eq!(whole.text_of("RestApiBaseUri").as_deref(), Some("https://cloud.test/api"));
    assert_eq!(put(&set("<vmext:RestApiBaseUri/>")).await.text(), fresh, "empty clears it");
    for (from, to) in [
        (">30</vmext:SessionTimeoutMinutes>", ">0</vmext:SessionTimeoutMinutes>"),
        (">30</vmext:SessionTimeoutMinutes>", ">soon</vmext:SessionTimeoutMinutes>"),
        (">9999-12-31T23:59:59.997Z<", ">never<"),
    ] {
        assert!(fresh.contains(from), "{from}");
        assert_eq!(put(&fresh.replace(from, to)).await.status, 400, "{to}");
    }
    assert_eq!(put(&set("<vmext:RestApiBaseUri>ftp://x</vmext:RestApiBaseUri>")).await.status, 400);
    assert_eq!(admin.put(SETTINGS, media::SYSTEM_SETTINGS, whole.text()).await.status, 200, "the whole document is taken back");
    assert_eq!(admin.get(&url).await.text_of("RestApiBaseUri").as_deref(), Some("https://cloud.test/api"));
}

#[tokio::test]
async fn sessions_end_when_the_settings_say() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let url = format!("{SETTINGS}/general");
    let fresh = admin.get(&url).await.text().to_owned();
    let short = fresh.replace(">30</vmext:SessionTimeoutMinutes>", ">5</vmext:SessionTimeoutMinutes>");
    let short = short.replace(">1440</vmext:AbsoluteSessionTimeoutMinutes>", ">12</vmext:AbsoluteSessionTimeoutMinutes>");
    assert_eq!(admin.put(&url, media::GENERAL_SETTINGS, &short).await.status, 200);
    let (used, idle) = (world.login("author@example").await, world.login("author@example").await);
    for minute in 1..12 {
        world.advance_millis(60_000).await;
        assert_eq!(used.get("/api/session").await.status, 200, "used, in minute {minute}");
    }
    assert_eq!(idle.get("/api/session").await.status, 401, "idle for more than five minutes");
    world.advance_millis(60_000).await;
    assert_eq!(used.get("/api/session").await.status, 401, "no use prolongs it beyond the absolute end");
}

#[tokio::test]
async fn tenants_learn_nothing() {
    let world = World::new().await;
    let tenant = world.login("orgadmin@example").await;
    for part in ["", "/general", "/blockingTask", "/blockingTask/operations", "/amqp", "/notifications"] {
        let answer = tenant.get(&format!("{SETTINGS}{part}")).await;
        assert_eq!((answer.status, answer.attribute("minorErrorCode").as_deref()), (403, Some("ACCESS_TO_RESOURCE_IS_FORBIDDEN")));
        assert_eq!(world.anonymous().get(&format!("{SETTINGS}{part}")).await.status, 401);
    }
}
