//! vCenter servers: what they list, and importing it.

use vcdsim_model::family::vim_server::VimServer;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, Answer, World, golden};

const NAMESPACES: &str = r#"xmlns="http://www.vmware.com/vcloud/extension/v1.5" xmlns:v="http://www.vmware.com/vcloud/v1.5""#;

fn server() -> String {
    format!("/api/admin/extension/vimServer/{}", seeded_id(Kind::VimServer, "vc1"))
}

fn href(kind: Kind, path: &str) -> String {
    format!("https://vcd.test{}{}", kind.info().place(vcdsim_model::kind::View::User).path, seeded_id(kind, path))
}

fn template_params(attributes: &str, moref: &str, rest: &str) -> String {
    let vdc = href(Kind::Vdc, "example-vdc");
    format!(
        r#"<ImportVmAsVAppTemplateParams {NAMESPACES} {attributes}><v:Description>from vCenter</v:Description><VmMoRef>{moref}</VmMoRef><Vdc href="{vdc}"/>{rest}</ImportVmAsVAppTemplateParams>"#
    )
}

fn in_catalog() -> String {
    format!(r#"<Catalog href="{}"/>"#, href(Kind::Catalog, "example-catalog"))
}

/// Names the VDC by its administrator's href, as a recorded client does.
fn vapp_params(attributes: &str, moref: &str) -> String {
    let vdc = href(Kind::Vdc, "example-vdc").replace("/api/", "/api/admin/");
    format!(
        r#"<ImportVmAsVAppParams {NAMESPACES} deploy="false" powerOn="false" {attributes}><VmMoRef>{moref}</VmMoRef><Vdc href="{vdc}"/></ImportVmAsVAppParams>"#
    )
}

async fn import_template(admin: &Actor, body: &str) -> Answer {
    let url = admin.get(&server()).await.link("add", media::IMPORT_VM_AS_VAPP_TEMPLATE_PARAMS);
    admin.post(&url, media::IMPORT_VM_AS_VAPP_TEMPLATE_PARAMS, body).await
}

/// A template that is in no catalog.
pub(crate) async fn a_template_outside_catalogs(admin: &Actor) -> String {
    import_template(admin, &template_params(r#"name="loose""#, "vm-101", "")).await.attribute("href").unwrap()
}

async fn import_vapp(admin: &Actor, body: &str) -> Answer {
    let url = admin.get(&server()).await.link("add", media::IMPORT_VM_AS_VAPP_PARAMS);
    admin.post(&url, media::IMPORT_VM_AS_VAPP_PARAMS, body).await
}

async fn block(admin: &Actor, operation: &str) {
    let body = format!("<BlockingTaskOperations {NAMESPACES}><v:Operation>{operation}</v:Operation></BlockingTaskOperations>");
    let url = "/api/admin/extension/settings/blockingTask/operations";
    assert_eq!(admin.at("5.5").put(url, media::TASK_OPERATION_LIST, &body).await.status, 200);
}

async fn vms(admin: &Actor) -> Vec<String> {
    let list = admin.get(&format!("{}/vmsList", server())).await;
    let document = list.xml();
    document
        .descendants()
        .filter(|node| node.tag_name().name() == "VmObjectRef")
        .map(|node| node.attribute("name").unwrap().to_owned())
        .collect()
}

/// Resumes, aborts or fails the one blocking task.
pub(crate) async fn decide(admin: &Actor, action: &str) {
    let list = admin.get("/api/admin/extension/blockingTasks").await;
    let blocking = admin.get(&list.attribute_of("Reference", "href").unwrap()).await;
    let body = format!("<BlockingTaskOperationParams {NAMESPACES}><Message>so be it</Message></BlockingTaskOperationParams>");
    assert_eq!(admin.post(&blocking.link(action, media::BLOCKING_TASK_PARAMS), media::BLOCKING_TASK_PARAMS, &body).await.status, 204);
}

#[tokio::test]
async fn a_server_lists_what_can_be_imported() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let admin = admin.at(version);
        let found = admin.get(&server()).await;
        for (kind, case) in
            [(media::VM_OBJECT_REFS_LIST, "vms"), (media::RESOURCE_POOL_LIST, "resource-pools"), (media::HOST_REFERENCES, "hosts")]
        {
            golden!(admin.get(&found.link("down", kind)).await, "vim_server", case, "schema");
        }
    }
    assert_eq!(vms(&admin).await, ["import-me-1", "import-me-2", "import-me-3"]);
}

#[tokio::test]
async fn an_import_answers_a_scaffold_with_its_task() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let answer = import_template(&admin, &template_params(r#"name="golden""#, "vm-101", &in_catalog())).await;
    assert_eq!(
        (answer.status, answer.attribute("status").as_deref(), answer.attribute("name").as_deref()),
        (201, Some("0"), Some("golden"))
    );
    assert_eq!(answer.header("location"), answer.attribute("href").as_deref());
    let task = admin.get(&answer.attribute_of("Task", "href").unwrap()).await;
    assert_eq!(
        (task.attribute("status").as_deref(), task.attribute("operationName").as_deref()),
        (Some("success"), Some("importSingletonTemplate"))
    );
    assert_eq!(task.attribute_of("Organization", "name").as_deref(), Some("System"), "it runs in the organization of whoever asks");
    assert!(task.attribute("operation").unwrap().starts_with("Imported Virtual Application Template golden("));
    assert_eq!(vms(&admin).await.len(), 3, "a copy leaves the machine where it is");
    let template = admin.get(&answer.attribute("href").unwrap()).await;
    assert_eq!((template.status, template.attribute("status").as_deref(), template.count("Tasks")), (200, Some("8"), 0));
    assert_eq!(template.text_of("Description").as_deref(), Some("from vCenter"));
    assert_eq!(template.attribute_of("Vm", "name").as_deref(), Some("import-me-1"));
    let tenant = world.login("orgadmin@example").await;
    let catalog = tenant.get(&href(Kind::Catalog, "example-catalog")).await;
    assert!(catalog.text().contains(r#"name="golden""#), "{}", catalog.text());
    assert_eq!(tenant.get(&answer.attribute("href").unwrap()).await.status, 200, "what is in their catalog, tenants see");
    let story = world.story_since(0).await;
    assert!(story.iter().any(|event| event.contains("vappTemplate/import ")), "{story:?}");
}

#[tokio::test]
async fn a_blocked_import_that_ends_badly_leaves_what_the_decision_says() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    block(&admin, "importSingletonTemplate").await;
    for (action, status, seen) in [("abort", 403, None), ("fail", 200, Some("-1"))] {
        let name = format!("ended-by-{action}");
        let answer = import_template(&admin, &template_params(&format!(r#"name="{name}""#), "vm-101", &in_catalog())).await;
        assert_eq!(answer.attribute_of("Task", "status").as_deref(), Some("preRunning"));
        decide(&admin, action).await;
        let template = admin.get(&answer.attribute("href").unwrap()).await;
        assert_eq!((template.status, template.attribute("status").filter(|_| status == 200).as_deref()), (status, seen), "{action}");
        let listed = admin.get(&href(Kind::Catalog, "example-catalog")).await.text().contains(&name);
        assert_eq!(listed, action == "fail", "the catalog after {action}");
    }
    let again = import_template(&admin, &template_params(r#"name="ended-by-abort""#, "vm-101", &in_catalog())).await;
    assert_eq!(again.status, 201, "an aborted import holds no name: {}", again.text());
}

#[tokio::test]
async fn of_two_that_move_one_machine_the_first_wins() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    block(&admin, "importSingletonVapp").await;
    let first = import_vapp(&admin, &vapp_params(r#"name="first" sourceMove="true""#, "vm-103")).await;
    let second = import_vapp(&admin, &vapp_params(r#"name="second" sourceMove="true""#, "vm-103")).await;
    decide(&admin, "resume").await;
    world.settle().await;
    decide(&admin, "resume").await;
    world.settle().await;
    for (answer, status) in [(first, "success"), (second, "error")] {
        let task = admin.get(&answer.attribute_of("Task", "href").unwrap()).await;
        assert_eq!(task.attribute("status").as_deref(), Some(status), "{}", task.text());
    }
}

#[tokio::test]
async fn an_imported_vapp_starts_unless_the_request_says_otherwise() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    for (name, attributes, status, deployed) in [
        ("started", "", "4", "true"),
        ("deployed", r#"powerOn="false""#, "8", "true"),
        ("stored", r#"deploy="false" powerOn="true""#, "8", "false"),
    ] {
        let body = vapp_params("", "vm-101").replace(r#"deploy="false" powerOn="false""#, &format!(r#"name="{name}" {attributes}"#));
        let answer = import_vapp(&admin, &body).await;
        assert_eq!((answer.status, answer.attribute("status").as_deref()), (201, Some("0")), "{}", answer.text());
        let vapp = admin.get(&answer.attribute("href").unwrap()).await;
        let found = (vapp.attribute("status"), vapp.attribute("deployed"));
        assert_eq!((found.0.as_deref(), found.1.as_deref()), (Some(status), Some(deployed)), "{name}");
    }
    let story = world.story_since(0).await;
    assert!(story.iter().any(|event| event.contains("vappDeploy")), "starting it is a task of its own: {story:?}");
}

#[tokio::test]
async fn a_move_takes_the_machine_away_once_it_succeeds() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    block(&admin, "importSingletonVapp").await;
    for (action, left) in [("abort", 3), ("fail", 3), ("resume", 2)] {
        let answer = import_vapp(&admin, &vapp_params(&format!(r#"name="moved-{action}" sourceMove="true""#), "vm-102")).await;
        assert_eq!((answer.status, answer.attribute("status").as_deref()), (201, Some("0")), "{}", answer.text());
        let blocking = admin.get(&admin.get("/api/admin/extension/blockingTasks").await.attribute_of("Reference", "href").unwrap()).await;
        assert_eq!(blocking.attribute_of("Organization", "name").as_deref(), Some("System"));
        assert_eq!(vms(&admin).await.len(), 3, "while it waits nothing has happened");
        decide(&admin, action).await;
        world.settle().await;
        assert_eq!(vms(&admin).await.len(), left, "{action}");
    }
    let again = import_vapp(&admin, &vapp_params(r#"name="again""#, "vm-102")).await;
    assert_eq!((again.status, again.attribute("minorErrorCode").as_deref()), (400, Some("BAD_REQUEST")));
    let server: VimServer = {
        let reader = world.instance().app.cloud().read();
        reader.get::<VimServer>(seeded_id(Kind::VimServer, "vc1")).await.unwrap().body().clone()
    };
    assert!(server.vm("vm-102").is_none() && server.vm("vm-101").is_some());
}

#[tokio::test]
async fn what_an_import_refuses() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let nowhere = r#"<Catalog href="https://vcd.test/api/catalog/6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b"/>"#;
    let taken = template_params(r#"name="photon-1vm""#, "vm-101", &in_catalog());
    for (body, code) in [
        (template_params("", "vm-999", ""), "BAD_REQUEST"),
        (template_params("", "vm-101", nowhere), "INVALID_REFERENCE"),
        (template_params("", "vm-101", r#"<Catalog href="nonsense"/>"#), "INVALID_REFERENCE"),
        (taken, "DUPLICATE_NAME"),
        ("<ImportVmAsVAppTemplateParams/>".to_owned(), "BAD_REQUEST"),
    ] {
        let refused = import_template(&admin, &body).await;
        assert_eq!((refused.status, refused.attribute("minorErrorCode").as_deref()), (400, Some(code)), "{body}: {}", refused.text());
    }
    let tenant = world.login("orgadmin@example").await;
    let url = format!("{}/importVmAsVAppTemplate", server());
    assert_eq!(tenant.post(&url, media::IMPORT_VM_AS_VAPP_TEMPLATE_PARAMS, &template_params("", "vm-101", "")).await.status, 403);
    assert_eq!(tenant.post(&url, media::IMPORT_VM_AS_VAPP_TEMPLATE_PARAMS, "rubbish").await.status, 403);
    assert_eq!(admin.post(&url, media::IMPORT_VM_AS_VAPP_PARAMS, "").await.status, 415);
    assert_eq!(world.story_since(0).await.iter().filter(|event| event.contains("task/")).count(), 0, "nothing began");
}

#[tokio::test]
async fn a_machine_is_put_into_a_vapp_that_is_there() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let vapp = crate::vapp::a_vapp(&admin, "shop", "photon-1vm").await;
    let link = admin.get(&server()).await.link("add", media::IMPORT_VM_INTO_EXISTING_VAPP_PARAMS);
    let params = |name: &str, moref: &str| {
        format!(
            r#"<ImportVmIntoExistingVAppParams xmlns="http://www.vmware.com/vcloud/extension/v1.5" sourceMove="true"><VmName>{name}</VmName><VmDescription>brought in</VmDescription><VmMoRef>{moref}</VmMoRef><VApp href="{vapp}"/></ImportVmIntoExistingVAppParams>"#
        )
    };
    let sent = admin.post(&link, media::IMPORT_VM_INTO_EXISTING_VAPP_PARAMS, &params("guest", "vm-102")).await;
    assert_eq!(
        (sent.status, sent.attribute_of("Task", "operationName").as_deref()),
        (201, Some("importIntoExistingVapp")),
        "{}",
        sent.text()
    );
    let there = admin.get(&vapp).await;
    assert_eq!((there.attribute("status").as_deref(), there.count("Vm")), (Some("8"), 2));
    assert!(
        there.text().contains("name=\"guest\"") && there.text().contains(">brought in<") && there.text().contains(">00:50:56:00:00:02<")
    );
    for (name, moref, status) in [("another", "vm-102", 400), ("guest", "vm-103", 400)] {
        let refused = admin.post(&link, media::IMPORT_VM_INTO_EXISTING_VAPP_PARAMS, &params(name, moref)).await;
        assert_eq!(refused.status, status, "{}", refused.text());
    }
}
