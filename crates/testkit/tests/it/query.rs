//! The query service: types, formats, filters, pages, and who sees what.

mod kept;
mod metadata;
mod pages;
mod parts;
mod pushed;
mod refusals;
mod roles;

use std::collections::BTreeSet;
use uuid::Uuid;
use vcdsim_model::blocking::{BlockingTask, TimeoutAction};
use vcdsim_model::clock::after_millis;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation;
use vcdsim_model::plan::Course;
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_model::version::ApiVersion;
use vcdsim_model::{Fault, media};
use vcdsim_platform::query::record::{Rows, TYPES};
use vcdsim_platform::seed::seeded_id;
use vcdsim_store::{Command, Tx};
use vcdsim_testkit::{Actor, Answer, World, golden};

const ADMIN: &str = "administrator@System";

/// The hrefs of a page's rows, in order.
fn rows(answer: &Answer) -> Vec<String> {
    values(answer, "href")
}

/// An attribute of a page's rows, in order.
fn values(answer: &Answer, attribute: &str) -> Vec<String> {
    let document = answer.xml();
    let rows = document.root_element().children().filter(|node| node.is_element() && node.tag_name().name() != "Link");
    rows.filter_map(|row| row.attribute(attribute)).map(str::to_owned).collect()
}

fn total(answer: &Answer) -> usize {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.attribute("total").and_then(|total| total.parse().ok()).expect("a page has a total")
}

async fn names(actor: &Actor, query: &str) -> Vec<String> {
    let answer = actor.get(&format!("/api/query?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    values(&answer, "name")
}

async fn refusal(actor: &Actor, query: &str) -> (u16, String) {
    let answer = actor.get(&format!("/api/query?{query}")).await;
    (answer.status, answer.attribute("message").unwrap_or_default())
}

/// Puts tasks into the store as operations leave them: one done, one blocked.
struct Tasks;

impl Tasks {
    const DONE: Uuid = Uuid::from_u128(0xD0);
    const BLOCKED: Uuid = Uuid::from_u128(0xB0);
    const BLOCKING: Uuid = Uuid::from_u128(0xB1);
}

impl Command for Tasks {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let start = tx.now();
        let task = |id, status, progress| Task {
            id,
            operation: Operation::VdcUpdateTemplate.into(),
            status,
            owner: Urn::new(Kind::VAppTemplate, seeded_id(Kind::VAppTemplate, "example-catalog/photon-1vm")),
            subject: "photon-1vm".to_owned(),
            org: seeded_id(Kind::Org, "example"),
            user: seeded_id(Kind::User, "example/author"),
            params: serde_json::Value::Null,
            phase: 0,
            progress,
            before: Vec::new(),
            cancel_requested: false,
            details: None,
            error: None,
            course: Course::default(),
            start,
            end: None,
            expiry: after_millis(start, 1_000_000),
        };
        let done = Task { end: Some(after_millis(start, 500)), ..task(Self::DONE, TaskStatus::Success, Some(100)) };
        tx.put_task(done).await?;
        let blocked = tx.put_task(task(Self::BLOCKED, TaskStatus::PreRunning, None)).await?;
        tx.put_blocking(BlockingTask {
            id: Self::BLOCKING,
            task: blocked.id,
            operation: Operation::VdcUpdateTemplate,
            owner: blocked.owner,
            org: blocked.org,
            user: blocked.user,
            created: start,
            timeout: after_millis(start, 60_000),
            timeout_action: TimeoutAction::Abort,
        })
        .await?;
        Ok(())
    }
}

async fn with_tasks() -> World {
    let world = World::new().await;
    world.instance().app.cloud().store().write(Tasks).await.expect("tasks can be written");
    world
}

#[tokio::test]
async fn every_type_answers_in_every_format_it_has() {
    let world = with_tasks().await;
    let admin = world.login(ADMIN).await;
    for query_type in TYPES {
        let url = |format: &str| format!("/api/query?type={}&format={format}&pageSize=128", query_type.name);
        let records = admin.get(&url("records")).await;
        assert_eq!(records.attribute("name").as_deref(), Some(query_type.name));
        assert_eq!(records.count(query_type.record), total(&records).min(128), "{}", query_type.name);
        let ids = admin.get(&url("idrecords")).await;
        assert_eq!((total(&ids), values(&ids, "id").len()), (total(&records), rows(&records).len()), "{}", query_type.name);
        let references = admin.get(&url("references")).await;
        match query_type.references {
            Some(_) => assert_eq!((total(&references), rows(&references)), (total(&records), rows(&records)), "{}", query_type.name),
            None => assert_eq!(references.status, 400, "{}", query_type.name),
        }
        assert!(query_type.rows != Rows::None || total(&records) == 0, "{}", query_type.name);
    }
}

#[tokio::test]
async fn types_with_rows_have_some_in_the_default_inventory() {
    let world = with_tasks().await;
    let admin = world.login(ADMIN).await;
    // Nobody has made any of these yet.
    let later = |name: &str| {
        let words = ["vapp", "disk", "edgegateway", "externaladdress", "group"];
        let none = words.iter().any(|word| name.to_lowercase().contains(word));
        none && !["vAppTemplate", "adminVAppTemplate", "portgroup"].contains(&name)
    };
    for query_type in TYPES.iter().filter(|known| known.rows != Rows::None && !later(known.name)) {
        let answer = admin.get(&format!("/api/query?type={}", query_type.name)).await;
        assert!(total(&answer) > 0, "{} has no rows", query_type.name);
    }
}

#[tokio::test]
async fn records_at_each_version() {
    let world = with_tasks().await;
    let admin = world.login(ADMIN).await;
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let admin = admin.at(version);
        for (query_type, case, source) in [
            ("blockingTask", "blocking-tasks", "documented (reference 1.8)"),
            ("adminTask", "tasks", "schema"),
            ("adminOrgVdc", "vdcs", "schema"),
            ("vAppTemplate", "templates", "schema"),
            ("adminCatalog", "catalogs", "schema"),
            ("vm", "machines", "recorded (shape)"),
        ] {
            let answer = admin.get(&format!("/api/query?type={query_type}")).await;
            golden!(answer, "query", case, source);
        }
        for (format, case) in [("idrecords", "blocking-tasks-idrecords"), ("references", "blocking-tasks-references")] {
            let answer = admin.get(&format!("/api/query?type=blockingTask&format={format}")).await;
            golden!(answer, "query", case, "documented (reference 1.8)");
        }
    }
}

#[tokio::test]
async fn the_list_names_what_the_caller_may_use_and_each_entry_answers() {
    let world = World::new().await;
    let mut lists = Vec::new();
    for name in [ADMIN, "orgadmin@example", "user@example"] {
        let actor = world.login(name).await;
        let list = actor.get("/api/query").await;
        assert_eq!((list.status, list.media()), (200, "application/vnd.vmware.vcloud.query.querylist+xml"));
        let hrefs = list.xml().root_element().children().filter_map(|link| link.attribute("href")).map(str::to_owned).collect::<Vec<_>>();
        for href in &hrefs {
            assert_eq!(actor.get(&format!("{href}&page=1&pageSize=5")).await.status, 200, "{href} for {name}");
        }
        lists.push(values_of_links(&list));
    }
    assert!(lists[0].is_superset(&lists[1]) && lists[1].is_superset(&lists[2]));
    assert!(lists[0].contains("blockingTask") && !lists[1].contains("blockingTask"));
    assert!(lists[1].contains("right") && !lists[2].contains("right"));
    assert!(!lists[1].contains("organization"), "clients take it for the mark of a system administrator");
    let tenant = world.login("user@example").await;
    for version in ["1.5", "39.1"] {
        golden!(tenant.at(version).get("/api/query").await, "query", "types-of-a-tenant", "recorded (shape)");
    }
}

fn values_of_links(list: &Answer) -> BTreeSet<String> {
    list.xml().root_element().children().filter_map(|link| link.attribute("name")).map(str::to_owned).collect()
}

#[tokio::test]
async fn what_is_not_for_tenants_is_forbidden_and_what_is_not_there_refused() {
    let world = with_tasks().await;
    let tenant = world.login("orgadmin@example").await;
    for query_type in ["blockingTask", "adminTask", "adminVM", "organization", "host"] {
        assert_eq!(refusal(&tenant, &format!("type={query_type}")).await.0, 403, "{query_type}");
    }
    for (query, reason) in [
        ("type=vapp", "no query type `vapp`"),
        ("type=task&format=csv", "format must be"),
        ("type=task&page=0", "page must be"),
        ("type=task&sortAsc=size", "no attribute `size` to sort by"),
        ("type=task&filter=name==a;size==1", "at character 9: the query type task has no attribute `size`"),
        ("type=task&filter=(name==a", "closing parenthesis"),
        ("type=task&filter=startDate=ge=today", "`startDate` is a date and time"),
        ("type=task&filter=org==example", "`org` is a reference"),
        ("type=event&format=references", "records and idrecords only"),
        ("type=disk&filter=name", "one of =="),
    ] {
        let (status, message) = refusal(&tenant, query).await;
        assert!(status == 400 && message.contains(reason), "{query}: {status} {message}");
    }
    let (status, _) = refusal(&tenant.at("1.5"), "type=orgVdcNetwork").await;
    assert_eq!(status, 400, "the type came with 5.1");
}

#[tokio::test]
async fn everyone_sees_no_more_than_its_share() {
    let world = with_tasks().await;
    let outsider = world.login("orgadmin2@example2").await;
    for query_type in ["task", "vAppTemplate", "catalog", "catalogItem", "media", "vm", "orgVdc", "orgVdcNetwork", "orgVdcStorageProfile"] {
        let answer = outsider.get(&format!("/api/query?type={query_type}")).await;
        assert_eq!(total(&answer), 0, "{query_type} of another organization");
    }
    assert_eq!(names(&outsider, "type=user").await, ["orgadmin2"]);
    assert!(outsider.get("/api/query?type=event").await.text().contains("orgName=\"example2\""));
    assert!(!outsider.get("/api/query?type=event").await.text().contains("orgName=\"System\""));
    let tenant = world.login("user@example").await;
    assert_eq!(names(&tenant, "type=user").await, ["user"]);
    assert_eq!(names(&tenant, "type=orgVdc&sortAsc=name").await, ["example-nsxt-vdc", "example-vdc"]);
    let other = seeded_id(Kind::Vdc, "example-vdc");
    assert_eq!(outsider.get(&format!("/api/admin/vdc/{other}/networks")).await.status, 403);
}

#[tokio::test]
async fn filters_as_clients_send_them() {
    let world = with_tasks().await;
    let admin = world.login(ADMIN).await;
    let org = seeded_id(Kind::Org, "example");
    let href = format!("https%3A%2F%2Fvcd.test%2Fapi%2Fadmin%2Forg%2F{org}");
    let (old, new) = (admin.at("30.0"), admin.at("37.0"));
    let vdcs = ["example-vdc", "example-nsxt-vdc"];
    // pyvcloud below 35: the whole filter is quoted once more.
    assert_eq!(names(&old, &format!("type=adminOrgVdc&filterEncoded=true&filter=org%3D%3D{}", href.replace('%', "%25"))).await, vdcs);
    // go-vcloud-director: begins with &, raw joints, values encoded once, filterEncoded all the same.
    let sent = format!("&filterEncoded=true&filter=org=={href};orgName==example;name==example-vdc&type=adminOrgVdc");
    assert_eq!(names(&new, &sent).await, ["example-vdc"]);
    for org in [org.to_string(), format!("urn:vcloud:org:{org}"), format!("urn%3Avcloud%3Aorg%3A{org}")] {
        assert_eq!(names(&new, &format!("type=adminOrgVdc&filterEncode=true&filter=org=={org}")).await, vdcs);
    }
    // vcd-cli spells states in capitals.
    let done = names(&admin, "type=adminTask&filter=status==SUCCESS").await;
    assert_eq!(done, ["vdcUpdateTemplate"]);
    let open = admin
        .get("/api/query?type=adminTask&format=idrecords&filter=status==queued,status==preRunning,status==running&sortDesc=startDate")
        .await;
    assert_eq!(values(&open, "id"), [format!("urn:vcloud:task:{}", Tasks::BLOCKED)]);
    assert_eq!(names(&admin, "type=host&filter=(name==host*;isEnabled==true),name==x").await, ["host1.example.test"]);
    assert_eq!(
        names(&admin, "type=vm&filter=memoryMB=ge=512;numberOfCpus=lt=2;containerName==three-vms&sortDesc=name").await,
        ["thirdVM", "secondVM", "firstVM"]
    );
    assert_eq!(names(&admin, "type=adminTask&filter=endDate=gt=2026-03-04T08:15:00.499Z").await.len(), 1);
    assert_eq!(names(&admin, "type=adminTask&filter=endDate=gt=2026-03-04T09:15:00.500%2B01:00").await.len(), 0);
    assert_eq!(names(&admin, "type=portgroup&filter=vcName==vc1;networkName==--").await, ["internal-60"]);
    assert_eq!(names(&admin, "type=condition&filter=name==anything;nobody==knows").await.len(), 0);
}

#[tokio::test]
async fn what_sql_decides_is_what_the_filter_decides() {
    let world = with_tasks().await;
    let admin = world.login(ADMIN).await;
    let template = seeded_id(Kind::VAppTemplate, "example-catalog/photon-1vm");
    let catalog = seeded_id(Kind::Catalog, "example-catalog");
    for (query_type, asked) in [
        ("adminVAppTemplate", "name==photon-1vm".to_owned()),
        ("adminVAppTemplate", format!("id=={template}")),
        ("adminVAppTemplate", format!("href==https://x/api/vAppTemplate/vappTemplate-{template}")),
        ("vm", format!("container=={template}")),
        ("catalogItem", format!("catalog=={catalog}")),
        ("adminTask", format!("object=={template};status==success")),
        ("adminTask", format!("id==urn:vcloud:task:{}", Tasks::DONE)),
        ("orgVdcNetwork", format!("vdc=={}", seeded_id(Kind::Vdc, "example-vdc"))),
    ] {
        let pushed = admin.get(&format!("/api/query?type={query_type}&format=idrecords&filter={asked}")).await;
        // An alternative that nothing fulfils keeps the question from SQL.
        let plain = admin
            .get(&format!("/api/query?type={query_type}&format=idrecords&filter=({asked}),isNothing==x").replace("isNothing", "name"))
            .await;
        assert!(total(&pushed) > 0 && values(&pushed, "id") == values(&plain, "id"), "{query_type} {asked}");
    }
}

#[tokio::test]
async fn an_expired_blocking_task_is_no_row() {
    let world = with_tasks().await;
    let admin = world.login(ADMIN).await;
    assert_eq!(values(&admin.get("/api/query?type=blockingTask").await, "status"), ["active"]);
    let found = admin.get(&format!("/api/query?type=blockingTask&filter=task=={};timeoutAction==ABORT", Tasks::BLOCKED)).await;
    assert_eq!(values(&found, "jobStatus"), ["preRunning"]);
    world.sleep_millis(60_000);
    assert_eq!(total(&admin.get("/api/query?type=blockingTask").await), 0);
}

#[tokio::test]
async fn fields_choose_attributes() {
    let world = World::new().await;
    let admin = world.login(ADMIN).await;
    let attributes = |answer: &Answer| -> Vec<String> {
        let document = answer.xml();
        let row = document.descendants().find(|node| node.tag_name().name() == "AdminVdcRecord").unwrap();
        row.attributes().map(|attribute| attribute.name().to_owned()).collect()
    };
    let some = admin.get("/api/query?type=adminOrgVdc&fields=status,name,gpuType,metadata:rank").await;
    assert_eq!(attributes(&some), ["href", "name", "status"]);
    let all = admin.get("/api/query?type=adminOrgVdc&fields=*,metadata:rank").await;
    assert!(attributes(&all).len() > 20);
}

#[tokio::test]
async fn packaged_queries_and_queries_below_a_vdc() {
    let world = World::new().await;
    let admin = world.login(ADMIN).await;
    let tenant = world.login("orgadmin@example").await;
    for (actor, path, name) in [
        (&tenant, "/api/catalogs/query", "catalog"),
        (&tenant, "/api/mediaList/query", "media"),
        (&tenant, "/api/vAppTemplates/query", "vAppTemplate"),
        (&tenant, "/api/vApps/query", "vApp"),
        (&tenant, "/api/vms/query/", "vm"),
        (&tenant, "/api/admin/users/query", "user"),
        (&admin, "/api/admin/users/query", "adminUser"),
        (&admin, "/api/admin/extension/providerVdcReferences/query", "providerVdc"),
    ] {
        let answer = actor.get(&format!("{path}?pageSize=1&sortAsc=name")).await;
        assert_eq!((answer.status, answer.attribute("name").as_deref()), (200, Some(name)), "{path}");
        if let Some(next) = answer.find_link("nextPage", "") {
            assert!(next.starts_with(&format!("https://vcd.test{path}?page=2&pageSize=1&format=records&")), "{next}");
            assert_eq!(values(&actor.get(&next).await, "name").len(), 1);
        }
    }
    assert_eq!(tenant.get("/api/vApps/query?type=vApp").await.status, 400);
    assert_eq!(tenant.get("/api/admin/extension/datastores/query").await.status, 403);
    let vdc = seeded_id(Kind::Vdc, "example-vdc");
    let user = world.login("user@example").await;
    let networks = user.get(&format!("/api/admin/vdc/{vdc}/networks")).await;
    assert_eq!(values(&networks, "name"), ["example-net", "example-net2"]);
    assert_eq!(total(&user.get(&format!("/api/admin/vdc/{vdc}/edgeGateways?format=references")).await), 0);
}

#[tokio::test]
async fn the_format_may_come_with_accept_and_the_encoding_too() {
    let world = with_tasks().await;
    let admin = world.login(ADMIN).await;
    let answer = admin.accepting(media::QUERY_IDRECORDS).get("/api/query?type=blockingTask").await;
    assert_eq!(answer.media(), "application/vnd.vmware.vcloud.query.idrecords+xml");
    let answer = admin.accepting("application/*+json").get("/api/query?type=blockingTask").await;
    assert_eq!(answer.media(), "application/vnd.vmware.vcloud.query.records+json");
    assert_eq!(answer.json()["record"][0]["operationName"], "vdcUpdateTemplate");
    assert_eq!(answer.json()["total"], 1);
    for version in ApiVersion::ALL {
        let answer = admin.at(&version.to_string()).get("/api/query?type=task").await;
        assert_eq!(
            answer.header("content-type"),
            Some(format!("application/vnd.vmware.vcloud.query.records+xml;version={version}").as_str())
        );
    }
}
