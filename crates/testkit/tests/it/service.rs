//! Tasks of extension services (docs/reference/service-tasks.md); their events are in [`event`].

pub(crate) mod event;

use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_model::task::RETENTION_MILLIS;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, Answer, World, golden};

const VERSIONS: [&str; 4] = ["1.5", "5.1", "30.0", "39.1"];
const NAMESPACE: &str = "org.example.vcd.backup";

fn admin_org(name: &str) -> String {
    format!("https://vcd.test/api/admin/org/{}", seeded_id(Kind::Org, name))
}

fn list_of(org: &str) -> String {
    format!("/api/tasksList/{}", seeded_id(Kind::Org, org))
}

fn user(name: &str) -> String {
    format!(r#"<User href="https://vcd.test/api/admin/user/{}" name="x"/>"#, seeded_id(Kind::User, name))
}

fn owner() -> String {
    format!(r#"<Owner href="https://vcd.test/api/vdc/{}"/>"#, seeded_id(Kind::Vdc, "example-vdc"))
}

/// A task with these attributes and children, of this service.
fn of(namespace: &str, attributes: &str, children: &str) -> String {
    format!(r#"<Task xmlns="http://www.vmware.com/vcloud/v1.5" name="any" serviceNamespace="{namespace}" {attributes}>{children}</Task>"#)
}

/// The same of the service that most tests are about.
fn task(attributes: &str, children: &str) -> String {
    of(NAMESPACE, attributes, children)
}

async fn create(admin: &Actor, attributes: &str, children: &str) -> Answer {
    let made = admin.post(&list_of("example"), media::TASK, &task(attributes, children)).await;
    assert_eq!(made.status, 200, "{}", made.text());
    made
}

async fn put(admin: &Actor, made: &Answer, body: &str) -> Answer {
    admin.put(&made.attribute("href").unwrap(), media::TASK, body).await
}

pub(crate) async fn begin() -> (World, Actor) {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    (world, admin)
}

#[tokio::test]
async fn a_service_follows_the_link_makes_a_task_and_ends_it() {
    let (world, admin) = begin().await;
    let before = world.events().await.len() as i64;
    let link = admin.get(&admin_org("example")).await.link("task:create", media::TASK);
    let sent = task(
        r#"status="running" operation="Backup of web" operationName="backupInProgress""#,
        &[owner(), user("example/author"), "<Progress>10</Progress>".to_owned()].concat(),
    );
    let made = admin.post(&link, media::TASK, &sent).await;
    assert_eq!((made.status, made.media()), (200, "application/vnd.vmware.vcloud.task+xml"), "{}", made.text());
    let href = made.attribute("href").unwrap();
    for version in VERSIONS {
        golden!(admin.at(version).get(&href).await, "service", "running", "documented (guide 10.6, add a task to a tasks list)");
    }
    let changed = put(&admin, &made, &task(r#"status="running""#, "<Progress>55</Progress><Details>half of it</Details>")).await;
    let told = ["status", "operation", "operationName"].map(|name| changed.attribute(name).unwrap());
    assert_eq!(told, ["running", "Backup of web", "backupInProgress"], "what is not sent stays");
    assert_eq!(["Progress", "Details"].map(|name| changed.text_of(name).unwrap()), ["55", "half of it"]);
    world.advance_millis(1_000).await;
    let done = put(&admin, &made, &task(r#"status="success" operation="Backed web up""#, "")).await;
    assert_eq!(done.attribute("operation").as_deref(), Some("Backed web up"));
    assert_eq!((done.text_of("Progress").as_deref(), done.text_of("Details").as_deref()), (Some("100"), Some("half of it")));
    assert_ne!(done.attribute("endTime"), done.attribute("startTime"));
    for version in VERSIONS {
        golden!(admin.at(version).get(&href).await, "service", "success", "documented (guide 10.6, add a task to a tasks list)");
    }
    let story = world.story_since(before).await;
    assert_eq!(story, ["true task/create backupInProgress", "true task/start backupInProgress", "true task/complete backupInProgress"]);
    let key = world.messages().await.last().unwrap().message.routing_key.clone();
    assert!(key.ends_with(".com.vmware.vcloud.event.task.complete.backupInProgress"), "{key}");
}

#[tokio::test]
async fn what_a_service_leaves_out_is_as_real_servers_have_it() {
    let (_world, admin) = begin().await;
    let made = create(&admin, r#"status="running""#, "").await;
    let told = ["name", "operationName", "operation"].map(|name| made.attribute(name).unwrap());
    assert_eq!(told, ["task", "jobCustom", "External processing"]);
    assert_eq!(made.attribute_of("Owner", "href").unwrap(), admin_org("example").replace("/admin/", "/"));
    assert_eq!(made.attribute_of("User", "name").as_deref(), Some("administrator"));
    let org = format!(r#"<Owner href="{}"/>"#, admin_org("example"));
    let failed = create(&admin, r#"status="error""#, &org).await;
    let text = format!("External processing finished Organization example({})", seeded_id(Kind::Org, "example"));
    assert_eq!(failed.attribute("operation"), Some(text));
    assert_eq!(failed.attribute("startTime"), failed.attribute("endTime"));
    assert!(failed.count("Error") == 1, "clients look for it: {}", failed.text());
}

/// The schema: nobody sets the parameters of a task; its result is its service's to say, whatever stands in it.
#[tokio::test]
async fn parameters_are_passed_over_and_results_kept_as_they_are() {
    let (world, admin) = begin().await;
    let (details, progress) = ("<Details>of all sorts</Details>", "<Progress>7</Progress>");
    let parameters = r#"<Params xmlns:x="urn:x" x:kind="any"><x:Depth>3</x:Depth></Params>"#;
    let content = r#"<b:report xmlns:b="urn:b" at="1"><b:Progress>99</b:Progress> of &lt;100&gt;</b:report>"#;
    let result = format!("<Result><ResultContent>{content}</ResultContent></Result>");
    let made = create(&admin, r#"status="running""#, &[progress, parameters, details, &result].concat()).await;
    let kept = put(&admin, &made, &task(r#"status="success""#, &[parameters, details].concat())).await;
    for answer in [&made, &kept] {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.text_of("Details").as_deref(), Some("of all sorts"));
        assert_eq!((answer.count("Params"), answer.count("Result")), (0, 1), "{}", answer.text());
        assert!(answer.text().contains(content), "{}", answer.text());
    }
    assert_eq!(made.text_of("Progress").as_deref(), Some("7"), "what stands in a result says nothing of the task");
    // It can be said afterwards, too, and a tenant reads it.
    let href = made.attribute("href").unwrap();
    let later = put(&admin, &made, &task(r#"status="success""#, "<Result><ResultContent>done &amp; dusted</ResultContent></Result>")).await;
    assert_eq!(later.text_of("ResultContent").as_deref(), Some("done & dusted"));
    let tenant = world.login("orgadmin@example").await;
    assert_eq!(tenant.get(&href).await.text_of("ResultContent").as_deref(), Some("done & dusted"));
    let old = tenant.at("9.0").get(&href).await;
    assert_eq!((old.status, old.count("Result")), (200, 0), "it came with 13.0");
    for (broken, why) in [("<a b='1' b='2'/>", "comes twice"), ("<x:a/>", "not bound"), ("<1a/>", "not a name"), ("<a", "")] {
        let answer =
            put(&admin, &made, &task(r#"status="success""#, &format!("<Result><ResultContent>{broken}</ResultContent></Result>"))).await;
        assert!(answer.status == 400 && answer.text().contains(why), "{broken}: {}", answer.text());
    }
}

#[tokio::test]
async fn its_tasks_are_listed_and_found_by_their_namespace() {
    let (world, admin) = begin().await;
    let made = create(&admin, r#"status="queued""#, &user("example/author")).await;
    let other = of("org.example.other", r#"status="running""#, "");
    assert_eq!(admin.post(&list_of("example2"), media::TASK, &other).await.status, 200);
    let tenant = world.login("author@example").await;
    let listed = tenant.get(&list_of("example")).await;
    assert_eq!((listed.count("Task"), listed.attribute_of("Task", "serviceNamespace").as_deref()), (1, Some(NAMESPACE)));
    assert_eq!(tenant.get(&made.attribute("href").unwrap()).await.status, 200);
    let stranger = world.login("orgadmin2@example2").await;
    assert_eq!(stranger.get(&made.attribute("href").unwrap()).await.status, 403);
    for (filter, found) in [
        ("serviceNamespace==org.example.vcd.backup", 1),
        ("serviceNamespace==org.example.*", 2),
        ("serviceNamespace==com.vmware.vcloud", 0),
        ("serviceNamespace==org.example.other;status==queued", 0),
        ("serviceNamespace!=org.example.other", 1),
    ] {
        let records = admin.get(&format!("/api/query?type=adminTask&filter={filter}")).await;
        assert_eq!(records.count("AdminTaskRecord"), found, "{filter}");
    }
    let records = tenant.get("/api/query?type=task").await;
    let told = ["serviceNamespace", "name", "status", "ownerName"].map(|name| records.attribute_of("TaskRecord", name).unwrap());
    assert_eq!(told, [NAMESPACE, "jobCustom", "queued", "author"]);
}

#[tokio::test]
async fn a_status_goes_where_the_machine_lets_it() {
    let (_world, admin) = begin().await;
    let ends = ["success", "error", "canceled", "aborted"];
    for (from, to, fits) in [
        ("queued", "running", true),
        ("queued", "success", false),
        ("queued", "preRunning", false),
        ("preRunning", "running", true),
        ("preRunning", "queued", false),
        ("running", "queued", false),
        ("running", "preRunning", false),
    ]
    .into_iter()
    .chain(ends.map(|end| ("running", end, true)))
    .chain(ends.into_iter().flat_map(|end| [(end, "running", false), (end, if end == "error" { "success" } else { "error" }, false)]))
    {
        let made = create(&admin, &format!(r#"status="{from}""#), "").await;
        let answer = put(&admin, &made, &task(&format!(r#"status="{to}""#), "")).await;
        assert_eq!(answer.status, if fits { 200 } else { 400 }, "{from} to {to}: {}", answer.text());
        let stands = admin.get(&made.attribute("href").unwrap()).await;
        assert_eq!(stands.attribute("status").as_deref(), Some(if fits { to } else { from }));
        assert_eq!(stands.attribute("endTime").is_some(), ends.contains(&stands.attribute("status").unwrap().as_str()));
    }
}

/// The recorded example changes a task that failed, and says again that it did.
#[tokio::test]
async fn of_a_task_that_has_ended_only_the_words_change() {
    let (world, admin) = begin().await;
    let error = r#"<Error majorErrorCode="507" minorErrorCode="NO_SPACE" vendorSpecificErrorCode="b-7" message="the tape is full"/>"#;
    let failed = create(&admin, r#"status="error""#, &format!("{error}<Progress>40</Progress>")).await;
    let told = ["majorErrorCode", "minorErrorCode", "vendorSpecificErrorCode", "message"];
    assert_eq!(told.map(|name| failed.attribute_of("Error", name).unwrap()), ["507", "NO_SPACE", "b-7", "the tape is full"]);
    let before = world.events().await.len();
    let again = put(&admin, &failed, &task(r#"status="error""#, "<Progress>90</Progress><Details>it was full before</Details>")).await;
    assert_eq!((again.status, again.text_of("Progress").as_deref()), (200, Some("40")), "{}", again.text());
    assert_eq!(again.text_of("Details").as_deref(), Some("it was full before"));
    assert_eq!(again.attribute("endTime"), failed.attribute("endTime"));
    assert_eq!(world.events().await.len(), before);
}

#[tokio::test]
async fn who_may_not_is_refused() {
    let (world, admin) = begin().await;
    let made = create(&admin, r#"status="running""#, &user("example/author")).await;
    let running = task(r#"status="running""#, "");
    for name in ["orgadmin@example", "author@example"] {
        let tenant = world.login(name).await;
        assert_eq!(tenant.post(&list_of("example"), media::TASK, &running).await.status, 403, "{name}");
        assert_eq!(put(&tenant, &made, &running).await.status, 403, "{name}");
        assert!(!tenant.get(&admin_org("example")).await.text().contains("task:create"), "{name}");
    }
    let other = put(&admin, &made, &of("org.example.other", r#"status="running""#, "")).await;
    assert_eq!(other.status, 403, "it is another's: {}", other.text());
    assert_eq!(put(&admin, &made, &running.replace("serviceNamespace", "x")).await.status, 400);
    let metadata = format!("/api/vdc/{}/metadata", seeded_id(Kind::Vdc, "example-vdc"));
    let entry = r#"<Metadata xmlns="http://www.vmware.com/vcloud/v1.5" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><MetadataEntry><Key>a</Key><TypedValue xsi:type="MetadataStringValue"><Value>b</Value></TypedValue></MetadataEntry></Metadata>"#;
    let platform = admin.post(&metadata.replace("/api/", "/api/admin/"), media::METADATA, entry).await;
    assert_eq!(platform.status, 202, "{}", platform.text());
    for namespace in ["com.vmware.vcloud", NAMESPACE] {
        let refused = put(&admin, &platform, &of(namespace, r#"status="error""#, "")).await;
        assert_eq!(refused.status, 403, "it is the platform's: {}", refused.text());
    }
    let unknown = format!("/api/task/{}", uuid_of_nothing());
    assert_eq!(admin.put(&unknown, media::TASK, &running).await.status, 403);
}

fn uuid_of_nothing() -> &'static str {
    "00000000-0000-4000-8000-000000000000"
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_leaves_nothing() {
    let (world, admin) = begin().await;
    let before = world.events().await.len();
    let long = "x".repeat(129);
    let error = r#"<Error majorErrorCode="1" minorErrorCode="A" message="m"/>"#;
    for (body, word) in [
        (of("com.vmware.vcloud.mine", r#"status="running""#, ""), "com.vmware.vcloud"),
        (of("", r#"status="running""#, ""), "between 1 and 128"),
        (of(&long, r#"status="running""#, ""), "between 1 and 128"),
        (task(r#"status="running""#, "").replace("serviceNamespace", "x"), "missing"),
        (task(r#"status="postRunning""#, ""), "postRunning"),
        (task("", ""), "status"),
        (task(r#"status="running""#, "<Progress>101</Progress>"), "Progress"),
        (task(r#"status="running""#, "<Progress>-1</Progress>"), "Progress"),
        (task(r#"status="running""#, error), "Error"),
        (task(r#"status="success""#, error), "Error"),
        (task(r#"status="running""#, &user("example2/orgadmin2")), "neither"),
        (task(r#"status="running""#, &format!(r#"<User href="/api/admin/user/{}"/>"#, uuid_of_nothing())), "User"),
        (task(r#"status="running""#, &owner().replace("Owner", "User")), "User"),
        (task(r#"status="running""#, &format!(r#"<Owner href="/api/vApp/vapp-{}"/>"#, uuid_of_nothing())), "Owner"),
        (task(r#"status="running""#, r#"<Owner href="https://elsewhere.example/backup/7"/>"#), "Owner"),
        ("<Task".to_owned(), ""),
        (String::new(), ""),
    ] {
        let answer = admin.post(&list_of("example"), media::TASK, &body).await;
        assert_eq!((answer.status, answer.text().contains(word)), (400, true), "{body}: {}", answer.text());
    }
    assert_eq!(
        admin.post(&format!("/api/tasksList/{}", uuid_of_nothing()), media::TASK, &task(r#"status="running""#, "")).await.status,
        403
    );
    assert_eq!(admin.post(&list_of("example"), media::EVENT, &task(r#"status="running""#, "")).await.status, 415);
    assert_eq!((world.events().await.len(), admin.get(&list_of("example")).await.count("Task")), (before, 0));
}

/// The user's request is a mark, which the service finds; what becomes of the task is the service's to say.
#[tokio::test]
async fn cancel_asks_the_service() {
    let (world, admin) = begin().await;
    let made = create(&admin, r#"status="running""#, &user("example/author")).await;
    let href = made.attribute("href").unwrap();
    let (author, other) = (world.login("author@example").await, world.login("user@example").await);
    assert_eq!(other.post_empty(&format!("{href}/action/cancel")).await.status, 403);
    let cancel = author
        .get(&href)
        .await
        .xml()
        .descendants()
        .find(|node| node.attribute("rel") == Some("task:cancel"))
        .map(|link| link.attribute("href").unwrap().to_owned());
    assert_eq!(author.post_empty(&cancel.unwrap()).await.status, 204);
    let seen = admin.get(&href).await;
    let told = ["status", "cancelRequested"].map(|name| seen.attribute(name).unwrap());
    assert_eq!(told, ["running", "true"]);
    let before = world.events().await.len() as i64;
    let canceled = put(&admin, &made, &task(r#"status="canceled""#, "")).await;
    assert_eq!((canceled.attribute("status").as_deref(), canceled.count("Error")), (Some("canceled"), 1));
    assert_eq!(world.story_since(before).await, ["true task/abort jobCustom"]);
    assert_eq!(author.post_empty(&format!("{href}/action/cancel")).await.status, 400);
    assert!(!author.get(&href).await.text().contains("task:cancel"));
}

/// It holds nothing, so it is in nobody's way, and it shows in what it is about like any task.
#[tokio::test]
async fn it_is_kept_over_a_restart_runs_nothing_and_is_forgotten_in_the_end() {
    let (mut world, admin) = begin().await;
    let author = world.login("author@example").await;
    let vapp = crate::vapp::a_vapp(&author, "web", "photon-1vm").await;
    let made = create(&admin, r#"status="running""#, &format!(r#"<Owner href="{vapp}"/>"#)).await;
    let href = made.attribute("href").unwrap();
    assert_eq!(author.get(&vapp).await.attribute_of("Task", "href").as_deref(), Some(href.as_str()));
    assert_eq!(author.post_empty(&format!("{vapp}/power/action/powerOn")).await.status, 202, "it locks nothing");
    let before = admin.get(&href).await;
    world.restart().await;
    let (admin, author) = (world.reconnect(&admin), world.reconnect(&author));
    world.advance_millis(10_000).await;
    assert_eq!(admin.get(&href).await.text(), before.text());
    assert_eq!(put(&admin, &made, &task(r#"status="success""#, "")).await.status, 200);
    assert_eq!(author.get(&vapp).await.count("Task"), 0);
    world.advance_millis(RETENTION_MILLIS).await;
    assert_eq!(world.login("administrator@System").await.get(&href).await.status, 403);
}

/// The routes and their links came with 5.1.
#[tokio::test]
async fn versions_before_services_have_neither() {
    let (_world, admin) = begin().await;
    let made = create(&admin, r#"status="running""#, "").await;
    let old = admin.at("1.5");
    let document = old.get(&admin_org("example")).await;
    assert!(!document.text().contains("task:create") && !document.text().contains("event:create"));
    for answer in [old.post(&list_of("example"), media::TASK, &task(r#"status="running""#, "")).await, put(&old, &made, "").await] {
        assert!([404, 405].contains(&answer.status), "{}", answer.text());
    }
}
