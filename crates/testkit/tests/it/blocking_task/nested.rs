//! Work that brings more work. Invariant: each task blocks by its own name (ruling Q23), and the next one is made only when the one before it
//! has succeeded.

use crate::story::{BLOCKING_TASKS, Story, VCLOUD};
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::Answer;

/// The names and hrefs of what is blocked now.
async fn blocked(story: &Story) -> Vec<(String, String)> {
    let list = story.admin.get(BLOCKING_TASKS).await;
    let document = list.xml();
    let references = document.descendants().filter(|node| node.tag_name().name() == "Reference");
    let attribute = |node: roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap_or_default().to_owned();
    references.map(|node| (attribute(node, "name"), attribute(node, "href"))).collect()
}

async fn the_only_one(story: &Story, operation: &str) -> String {
    let blocked = blocked(story).await;
    let names: Vec<_> = blocked.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [operation]);
    blocked.into_iter().next().unwrap().1
}

async fn instantiate(story: &Story, name: &str, template: &str, more: &str) -> Answer {
    let (vdc, template) = (seeded_id(Kind::Vdc, "example-vdc"), seeded_id(Kind::VAppTemplate, &format!("example-catalog/{template}")));
    let body = format!(
        r#"<InstantiateVAppTemplateParams xmlns="{VCLOUD}" name="{name}" deploy="true" powerOn="true"><Source href="https://vcd.test/api/vAppTemplate/vappTemplate-{template}"/>{more}</InstantiateVAppTemplateParams>"#
    );
    story.admin.post(&format!("/api/vdc/{vdc}/action/instantiateVAppTemplate"), media::INSTANTIATE_VAPP_TEMPLATE_PARAMS, &body).await
}

#[tokio::test]
async fn power_on_after_instantiation_blocks_by_itself() {
    let story = Story::begin(&["vdcInstantiateVapp", "vappDeploy"], "abort").await;
    let made = instantiate(&story, "web", "three-vms", "").await;
    let href = made.attribute("href").unwrap();
    let first = the_only_one(&story, "vdcInstantiateVapp").await;
    assert_eq!(story.act(&first, "resume", "go").await.status, 204);
    let second = the_only_one(&story, "vappDeploy").await;
    let waiting = story.admin.get(&href).await;
    assert_eq!(
        (waiting.attribute("status").as_deref(), waiting.attribute_of("Task", "status").as_deref()),
        (Some("8"), Some("preRunning"))
    );
    assert_eq!(story.act(&second, "abort", "stay off").await.status, 204);
    let stays = story.admin.get(&href).await;
    assert_eq!((stays.attribute("status").as_deref(), stays.attribute("deployed").as_deref()), (Some("8"), Some("false")));
    assert!(blocked(&story).await.is_empty());
}

#[tokio::test]
async fn what_ends_badly_brings_nothing() {
    for action in ["abort", "fail"] {
        let story = Story::begin(&["vdcInstantiateVapp", "vappDeploy"], "abort").await;
        assert_eq!(instantiate(&story, "web", "photon-1vm", "").await.status, 201);
        let first = the_only_one(&story, "vdcInstantiateVapp").await;
        assert_eq!(story.act(&first, action, "no").await.status, 204);
        assert!(blocked(&story).await.is_empty(), "after {action} there is nothing to power on");
    }
}

#[tokio::test]
async fn a_follower_asks_the_settings_of_its_own_moment() {
    let story = Story::begin(&["vdcInstantiateVapp", "vappDeploy"], "abort").await;
    let href = instantiate(&story, "web", "photon-1vm", "").await.attribute("href").unwrap();
    let first = the_only_one(&story, "vdcInstantiateVapp").await;
    assert_eq!(story.settings(&[], "abort", 60_000).await.status, 200);
    assert_eq!(story.act(&first, "resume", "go").await.status, 204);
    let runs = story.admin.get(&href).await;
    assert_eq!((runs.attribute("status").as_deref(), runs.attribute("deployed").as_deref()), (Some("4"), Some("true")));
}

#[tokio::test]
async fn a_composition_of_many_is_one_blocked_task_and_one_more_for_their_power() {
    let story = Story::begin(&["vdcComposeVapp", "vappDeploy"], "resume").await;
    let (vdc, org) = (seeded_id(Kind::Vdc, "example-vdc"), "example-catalog");
    let item = |template: &str, machine: &str| {
        let id = seeded_id(Kind::TemplateVm, &format!("{org}/{template}/{machine}"));
        format!(r#"<SourcedItem><Source href="https://vcd.test/api/vAppTemplate/vm-{id}" name="{machine}"/></SourcedItem>"#)
    };
    let items = [item("three-vms", "firstVM"), item("three-vms", "secondVM"), item("photon-1vm", "photon-1vm")].concat();
    let body = format!(r#"<ComposeVAppParams xmlns="{VCLOUD}" name="many" deploy="true" powerOn="true">{items}</ComposeVAppParams>"#);
    let made = story.admin.post(&format!("/api/vdc/{vdc}/action/composeVApp"), media::COMPOSE_VAPP_PARAMS, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    the_only_one(&story, "vdcComposeVapp").await;
    // Nobody decides: each timeout resumes, and the second begins when the first is over.
    story.world.advance_millis(60_000).await;
    the_only_one(&story, "vappDeploy").await;
    story.world.advance_millis(59_999).await;
    the_only_one(&story, "vappDeploy").await;
    story.world.advance_millis(1).await;
    assert!(blocked(&story).await.is_empty());
    let on = story.admin.get(&made.attribute("href").unwrap()).await;
    let running = on.xml().descendants().filter(|node| node.tag_name().name() == "Vm" && node.attribute("status") == Some("4")).count();
    assert_eq!((on.attribute("status").as_deref(), running), (Some("4"), 3));
}

#[tokio::test]
async fn the_removal_of_a_source_blocks_by_itself() {
    let story = Story::begin(&["vdcDeleteTemplate"], "abort").await;
    let made = instantiate(&story, "last", "photon-1vm", "<IsSourceDelete>true</IsSourceDelete>").await;
    assert_eq!(made.status, 201, "{}", made.text());
    let template = format!("/api/vAppTemplate/vappTemplate-{}", seeded_id(Kind::VAppTemplate, "example-catalog/photon-1vm"));
    let removal = the_only_one(&story, "vdcDeleteTemplate").await;
    assert_eq!(story.act(&removal, "abort", "keep it").await.status, 204);
    assert_eq!(story.admin.get(&template).await.status, 200, "the template stays");
    assert_eq!(story.admin.get(&made.attribute("href").unwrap()).await.status, 200, "and so does what was made from it");
}
