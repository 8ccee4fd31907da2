//! vApps: made, powered, renamed, deleted; blocked and decided.

mod clone;
mod download;
mod life;
mod network;
mod recompose;
mod sharing;
mod startup;

use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_store::EntityFilter;
use vcdsim_testkit::{Actor, Answer, World, golden};

pub(crate) const NAMESPACES: &str = r#"xmlns="http://www.vmware.com/vcloud/v1.5" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1""#;
const EXTENSION: &str = r#"xmlns="http://www.vmware.com/vcloud/extension/v1.5" xmlns:v="http://www.vmware.com/vcloud/v1.5""#;
const QUIET: &str = r#"deploy="false" powerOn="false""#;

pub(crate) fn href(kind: Kind, path: &str) -> String {
    format!("https://vcd.test{}{}", kind.info().place(View::User).path, seeded_id(kind, path))
}

fn vdc() -> String {
    href(Kind::Vdc, "example-vdc")
}

/// A request to instantiate `template` of the example catalog.
pub(crate) fn params(name: &str, template: &str, attributes: &str, inner: &str) -> String {
    let source = href(Kind::VAppTemplate, &format!("example-catalog/{template}"));
    format!(
        r#"<InstantiateVAppTemplateParams {NAMESPACES} name="{name}" {attributes}><Description>made by a test</Description>{inner}<Source href="{source}"/></InstantiateVAppTemplateParams>"#
    )
}

pub(crate) async fn instantiate(actor: &Actor, body: &str) -> Answer {
    actor.post(&format!("{}/action/instantiateVAppTemplate", vdc()), media::INSTANTIATE_VAPP_TEMPLATE_PARAMS, body).await
}

/// A vApp of `template`, not deployed; its href.
pub(crate) async fn a_vapp(actor: &Actor, name: &str, template: &str) -> String {
    let made = instantiate(actor, &params(name, template, QUIET, "")).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.attribute("href").unwrap()
}

pub(crate) async fn block(admin: &Actor, operation: &str) {
    let body = format!("<BlockingTaskOperations {EXTENSION}><v:Operation>{operation}</v:Operation></BlockingTaskOperations>");
    let url = "/api/admin/extension/settings/blockingTask/operations";
    assert_eq!(admin.at("5.5").put(url, media::TASK_OPERATION_LIST, &body).await.status, 200);
}

/// Decides about the one blocking task there is.
pub(crate) async fn decide(admin: &Actor, action: &str) {
    let list = admin.get("/api/admin/extension/blockingTasks").await;
    let url = list.attribute_of("Reference", "href").unwrap();
    let body = format!("<BlockingTaskOperationParams {EXTENSION}><Message>by test</Message></BlockingTaskOperationParams>");
    assert_eq!(admin.post(&format!("{url}/action/{action}"), media::BLOCKING_TASK_PARAMS, &body).await.status, 204);
}

/// `status/deployed`
pub(crate) fn state(answer: &Answer) -> String {
    format!("{}/{}", answer.attribute("status").unwrap(), answer.attribute("deployed").unwrap())
}

pub(crate) fn network(name: &str, inner: &str) -> String {
    format!(
        r#"<InstantiationParams><NetworkConfigSection><ovf:Info/><NetworkConfig networkName="{name}"><Configuration>{inner}</Configuration></NetworkConfig></NetworkConfigSection></InstantiationParams>"#
    )
}

pub(crate) fn bridged(name: &str) -> String {
    let parent = href(Kind::Network, "example-net");
    network(name, &format!(r#"<ParentNetwork href="{parent}"/><FenceMode>bridged</FenceMode>"#))
}

pub(crate) fn composed(name: &str, params: &str, items: &str) -> String {
    format!(r#"<ComposeVAppParams {NAMESPACES} name="{name}" {QUIET}>{params}{items}</ComposeVAppParams>"#)
}

pub(crate) fn item(name: &str, network: &str, connection: &str) -> String {
    let source = href(Kind::TemplateVm, "example-catalog/photon-1vm/photon-1vm");
    format!(
        r#"<SourcedItem><Source href="{source}" name="{name}"/><InstantiationParams><NetworkConnectionSection><ovf:Info/><NetworkConnection network="{network}"><NetworkConnectionIndex>0</NetworkConnectionIndex>{connection}</NetworkConnection></NetworkConnectionSection></InstantiationParams></SourcedItem>"#
    )
}

const LEASE: &str = "<InstantiationParams><LeaseSettingsSection><ovf:Info/><StorageLeaseInSeconds>-1</StorageLeaseInSeconds></LeaseSettingsSection></InstantiationParams>";

pub(crate) const POOL: &str = "<IsConnected>true</IsConnected><IpAddressAllocationMode>POOL</IpAddressAllocationMode>";

pub(crate) async fn compose(actor: &Actor, body: &str) -> Answer {
    actor.post(&format!("{}/action/composeVApp", vdc()), media::COMPOSE_VAPP_PARAMS, body).await
}

#[tokio::test]
async fn a_template_becomes_a_vapp() {
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let world = World::new().await;
        let author = world.login("author@example").await.at(version);
        let made = instantiate(&author, &params("shop", "three-vms", QUIET, "")).await;
        assert_eq!((made.status, made.header("location")), (201, made.attribute("href").as_deref()));
        assert_eq!((state(&made).as_str(), made.count("Task"), made.count("Children")), ("0/false", 1, 0));
        golden!(made, "vapp", "scaffold", "recorded (shape of 201 answers)");
        let task = author.get(&made.attribute_of("Task", "href").unwrap()).await;
        assert_eq!((task.attribute("status").as_deref(), task.attribute_of("Owner", "name").as_deref()), (Some("success"), Some("shop")));
        assert_eq!(task.attribute("operationName").as_deref(), Some("vdcInstantiateVapp"));
        let there = author.get(&made.attribute("href").unwrap()).await;
        assert_eq!((state(&there).as_str(), there.count("Task"), there.count("Vm")), ("8/false", 0, 3));
        golden!(there, "vapp", "instantiated", "recorded (shape of vApps with status 8)");
    }
}

#[tokio::test]
async fn deploying_is_a_task_of_its_own_and_the_default() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let made = instantiate(&author, &params("shop", "photon-1vm", "", "")).await;
    let there = author.get(&made.attribute("href").unwrap()).await;
    assert_eq!((state(&there).as_str(), there.attribute_of("Vm", "status").as_deref()), ("4/true", Some("4")));
    let deployed_only = instantiate(&author, &params("idle", "photon-1vm", r#"powerOn="false""#, "")).await;
    assert_eq!(state(&author.get(&deployed_only.attribute("href").unwrap()).await), "8/true");
    let put = author
        .put(
            &format!("{}/action/instantiateVAppTemplate", vdc()),
            media::INSTANTIATE_VAPP_TEMPLATE_PARAMS,
            &params("by-put", "photon-1vm", "", ""),
        )
        .await;
    assert_eq!(put.status, 201, "an old Go client sends PUT");
}

#[tokio::test]
async fn names_change_and_vapps_end() {
    let world = World::new().await;
    let user = world.login("orgadmin@example").await;
    let vapp = a_vapp(&user, "shop", "photon-1vm").await;
    a_vapp(&user, "other", "photon-1vm").await;
    let edit = user.get(&vapp).await.link("edit", media::VAPP);
    let named = |name: &str| format!(r#"<VApp {NAMESPACES} name="{name}"><Description>new</Description></VApp>"#);
    let taken = user.put(&edit, media::VAPP, &named("OTHER")).await;
    assert_eq!((taken.status, taken.attribute("minorErrorCode").as_deref()), (400, Some("DUPLICATE_NAME")));
    let task = user.put(&edit, media::VAPP, &named("store")).await;
    assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("vdcUpdateVapp")));
    let renamed = user.get(&vapp).await;
    assert_eq!((renamed.attribute("name").as_deref(), renamed.text_of("Description").as_deref()), (Some("store"), Some("new")));
    let gone = user.delete(&renamed.link("remove", "")).await;
    assert_eq!((gone.status, gone.attribute("operationName").as_deref()), (202, Some("vdcDeleteVapp")));
    let after = user.get(&vapp).await;
    assert_eq!((after.status, after.attribute("minorErrorCode").as_deref()), (403, Some("ACCESS_TO_RESOURCE_IS_FORBIDDEN")));
}

#[tokio::test]
async fn addresses_come_from_the_pool_and_go_back() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let body = composed("web", &bridged("net"), &(item("one", "net", POOL) + &item("two", "net", POOL)));
    let made = compose(&author, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let web = made.attribute("href").unwrap();
    let there = author.get(&web).await;
    let addresses = |answer: &Answer| -> Vec<String> {
        let document = answer.xml();
        let all = document.descendants().filter(|node| node.tag_name().name() == "IpAddress");
        all.filter_map(|node| node.text().map(str::to_owned)).collect()
    };
    assert_eq!(addresses(&there), ["192.168.1.10", "192.168.1.11"]);
    golden!(there, "vapp", "composed-bridged", "recorded (shape of bridged networks)");
    let second = compose(&author, &composed("db", &bridged("inner"), &item("three", "inner", POOL))).await;
    let second = author.get(&second.attribute("href").unwrap()).await;
    assert_eq!(addresses(&second), ["192.168.1.12"], "one pool for all vApps on the network");
    assert_eq!(author.delete(&web).await.status, 202);
    let third = compose(&author, &composed("late", &bridged("net"), &item("four", "net", POOL))).await;
    assert_eq!(addresses(&author.get(&third.attribute("href").unwrap()).await), ["192.168.1.10"]);
}

#[tokio::test]
async fn what_could_not_be_made_stays_so_when_its_machines_go() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    block(&admin, "vdcInstantiateVapp").await;
    let vapp = a_vapp(&admin, "shop", "photon-1vm").await;
    decide(&admin, "fail").await;
    let machines = world.instance().app.cloud().read().list(EntityFilter::kind(Kind::Vm)).await.unwrap();
    let machine = format!("{}{}", Kind::Vm.info().place(View::User).path, machines[0].head.id);
    assert_eq!((machines.len(), admin.delete(&machine).await.status), (1, 202));
    let left = admin.get(&vapp).await;
    assert_eq!((state(&left).as_str(), left.count("Vm")), ("-1/false", 0));
    assert_eq!(admin.delete(&vapp).await.status, 202);
}

#[tokio::test]
async fn vapps_can_be_copied_when_they_are_off() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let template = href(Kind::VAppTemplate, "example-catalog/three-vms");
    let copied = async |name: &str| instantiate(&author, &params(name, "three-vms", QUIET, "").replace(&template, &vapp)).await;
    let made = copied("copy").await;
    assert_eq!(made.status, 201, "{}", made.text());
    let copy = author.get(&made.attribute("href").unwrap()).await;
    assert_eq!(copy.count("Vm"), 3);
    assert_ne!(copy.text_of("MACAddress"), author.get(&vapp).await.text_of("MACAddress"));
    author.post_empty(&format!("{vapp}/power/action/powerOn")).await;
    let refused = copied("late").await;
    assert_eq!(refused.status, 400);
    assert!(refused.attribute("message").unwrap().contains("POWERED_ON"));
}

#[tokio::test]
async fn a_template_goes_when_its_copy_is_there() {
    let world = World::new().await;
    let (author, admin) = (world.login("author@example").await, world.login("orgadmin@example").await);
    let template = href(Kind::VAppTemplate, "example-catalog/photon-1vm");
    let body = params("web", "photon-1vm", QUIET, "").replace("</Instantiate", "<IsSourceDelete>true</IsSourceDelete></Instantiate");
    assert_eq!(instantiate(&author, &body).await.status, 403, "it may not be deleted by whoever reads it");
    let web = instantiate(&admin, &body).await;
    assert_eq!(web.status, 201, "{}", web.text());
    assert_eq!(state(&admin.get(&web.attribute("href").unwrap()).await), "8/false");
    assert_eq!(admin.get(&template).await.status, 403, "it has gone");
    let machine = href(Kind::TemplateVm, "example-catalog/three-vms/firstVM");
    let item = format!(r#"<SourcedItem sourceDelete="true"><Source href="{machine}"/></SourcedItem>"#);
    let refused = compose(&admin, &composed("parts", "", &item)).await;
    assert!(refused.status == 400 && refused.text().contains("sourceDelete"), "{}", refused.text());
}

#[tokio::test]
async fn what_a_request_may_not_say() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let said = async |body: &str| {
        let answer = compose(&author, body).await;
        (answer.status, answer.attribute("minorErrorCode").unwrap(), answer.attribute("message").unwrap())
    };
    let manual = "<IpAddress>10.9.9.9</IpAddress><IsConnected>true</IsConnected><IpAddressAllocationMode>MANUAL</IpAddressAllocationMode>";
    let cases = [
        (composed("", "", ""), "name"),
        (composed("x", "", &item("vm", "nowhere", POOL)), "nowhere"),
        (composed("x", LEASE, ""), "Leases"),
        (composed("x", &network("n", "<FenceMode>bridged</FenceMode>"), ""), "ParentNetwork"),
        (composed("x", &network("n", "<FenceMode>open</FenceMode>"), ""), "open"),
        (composed("x", &bridged("net"), &item("vm", "net", manual)), "10.9.9.9"),
    ];
    for (body, word) in cases {
        let (status, minor, message) = said(&body).await;
        assert_eq!((status, minor.as_str()), (400, "BAD_REQUEST"), "{message}");
        assert!(message.contains(word), "{message}");
    }
    let lost = composed("x", "", &item("vm", "none", POOL).replace("vm-", "vm-0000"));
    assert_eq!(said(&lost).await.1, "INVALID_REFERENCE");
    a_vapp(&author, "shop", "photon-1vm").await;
    assert_eq!(said(&composed("Shop", "", "")).await.1, "DUPLICATE_NAME");
}

#[tokio::test]
async fn others_learn_nothing_and_users_may_not_make_vapps() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "photon-1vm").await;
    let foreign = world.login("orgadmin2@example2").await;
    for answer in [
        foreign.get(&vapp).await,
        foreign.delete(&vapp).await,
        foreign.post_empty(&format!("{vapp}/power/action/powerOn")).await,
        instantiate(&foreign, &params("x", "photon-1vm", "", "")).await,
        compose(&world.login("user@example").await, &composed("x", "", "")).await,
    ] {
        assert_eq!((answer.status, answer.attribute("minorErrorCode").as_deref()), (403, Some("ACCESS_TO_RESOURCE_IS_FORBIDDEN")));
    }
}

#[tokio::test]
async fn a_blocked_request_waits_and_each_decision_has_its_end() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let author = world.login("author@example").await;
    block(&admin, "vdcInstantiateVapp").await;
    for (action, task_status, vapp_status) in [("resume", "success", "8"), ("abort", "aborted", ""), ("fail", "error", "-1")] {
        let made = instantiate(&author, &params(action, "three-vms", QUIET, "")).await;
        let vapp = made.attribute("href").unwrap();
        assert_eq!(made.attribute_of("Task", "status").as_deref(), Some("preRunning"));
        assert_eq!(author.delete(&vapp).await.attribute("minorErrorCode").as_deref(), Some("BUSY_ENTITY"));
        let waiting = author.get(&vapp).await;
        assert_eq!((waiting.attribute("status").as_deref(), waiting.find_link("remove", "")), (Some("0"), None));
        decide(&admin, action).await;
        let task = author.get(&made.attribute_of("Task", "href").unwrap()).await;
        assert_eq!(task.attribute("status").as_deref(), Some(task_status));
        let after = author.get(&vapp).await;
        match vapp_status {
            "" => assert_eq!(after.status, 403, "abort cleans up"),
            status => assert_eq!(after.attribute("status").as_deref(), Some(status)),
        }
    }
    let failed = a_failed(&author).await;
    assert_eq!(author.delete(&failed.link("remove", "")).await.status, 202, "what could not be made can be deleted");
}

/// The vApp that the test above let fail.
async fn a_failed(author: &Actor) -> Answer {
    let found = author.get("/api/query?type=vApp&format=records&filter=name==fail").await;
    author.get(&found.attribute_of("VAppRecord", "href").unwrap()).await
}

#[tokio::test]
async fn a_blocked_change_of_power_leaves_everything_until_it_is_decided() {
    let world = World::new().await;
    let admin = world.login("administrator@System").await;
    let user = world.login("orgadmin@example").await;
    let vapp = a_vapp(&user, "shop", "three-vms").await;
    block(&admin, "vappDeploy").await;
    let before = user.get(&vapp).await;
    for action in ["abort", "fail"] {
        let task = user.post_empty(&format!("{vapp}/power/action/powerOn")).await;
        assert_eq!(task.attribute("status").as_deref(), Some("preRunning"));
        let machine = before.attribute_of("Vm", "href").unwrap();
        let busy = user.post_empty(&format!("{machine}/power/action/powerOn")).await;
        assert_eq!(busy.attribute("minorErrorCode").as_deref(), Some("BUSY_ENTITY"));
        decide(&admin, action).await;
        assert_eq!(state(&user.get(&vapp).await), "8/false");
    }
    user.post_empty(&format!("{vapp}/power/action/powerOn")).await;
    decide(&admin, "resume").await;
    assert_eq!(state(&user.get(&vapp).await), "4/true");
}

/// Every href of a document below `/api/vApp` and `/api/vAppTemplate`, but those of actions.
pub(crate) fn below(answer: &Answer) -> Vec<String> {
    let document = answer.xml();
    let acts = |node: &roxmltree::Node<'_, '_>| {
        let rel = node.attribute("rel").unwrap_or("down");
        !["down", "up", "catalogItem", "storageProfile"].contains(&rel)
    };
    let nodes = document.descendants().filter(|node| node.is_element() && !acts(node));
    let vcloud = "http://www.vmware.com/vcloud/v1.5";
    let hrefs = nodes.filter_map(|node| node.attribute("href").or_else(|| node.attribute((vcloud, "href"))));
    let mut all: Vec<String> = hrefs.filter(|href| href.contains("/api/vApp")).map(str::to_owned).collect();
    all.sort();
    all.dedup();
    all
}

#[tokio::test]
async fn nothing_a_vapp_points_to_is_missing() {
    let world = World::new().await;
    let user = world.login("orgadmin@example").await;
    let vapp = a_vapp(&user, "shop", "three-vms").await;
    for version in ["1.5", "5.1", "39.1"] {
        let user = user.at(version);
        let hrefs = below(&user.get(&vapp).await);
        assert!(hrefs.len() > 30, "{hrefs:?}");
        for url in hrefs {
            let answer = user.get(&url).await;
            assert_eq!(answer.status, 200, "{url} at {version}: {}", answer.text());
        }
    }
}
