//! The order in which the machines of a vApp start and stop: said, kept, and obeyed.

use super::{NAMESPACES, a_vapp, block, decide, state};
use vcdsim_model::event::Event;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_testkit::{Actor, Answer, World, golden};

/// First one, then five seconds later another, then ten seconds later the third; they stop the other way round, two seconds apart.
const APART: [&str; 3] = [
    r#"ovf:id="firstVM" ovf:order="0" ovf:startDelay="5" ovf:startAction="powerOn" ovf:stopAction="powerOff""#,
    r#"ovf:id="secondVM" ovf:order="1" ovf:startDelay="10" ovf:stopDelay="3" ovf:stopAction="guestShutdown""#,
    r#"ovf:id="thirdVM" ovf:order="2" ovf:startDelay="99" ovf:stopDelay="2""#,
];

async fn put(actor: &Actor, vapp: &str, items: &[&str]) -> Answer {
    let items: String = items.iter().map(|item| format!("<ovf:Item {item}/>")).collect();
    let body = format!("<ovf:StartupSection {NAMESPACES}><ovf:Info>i</ovf:Info>{items}</ovf:StartupSection>");
    actor.put(&format!("{vapp}/startupSection/"), media::STARTUP_SECTION, &body).await
}

async fn ordered(actor: &Actor) -> String {
    let vapp = a_vapp(actor, "shop", "three-vms").await;
    let task = put(actor, &vapp, &APART).await;
    assert_eq!((task.status, task.attribute("operationName").as_deref()), (202, Some("vdcUpdateVapp")), "{}", task.text());
    vapp
}

/// The statuses of the machines, in their order, after the vApp's.
async fn stand(actor: &Actor, vapp: &str) -> String {
    let there = actor.get(vapp).await;
    let document = there.xml();
    let machines = document.descendants().filter(|node| node.has_tag_name(("http://www.vmware.com/vcloud/v1.5", "Vm")));
    let word = |node: roxmltree::Node<'_, '_>| format!(" {}/{}", node.attribute("status").unwrap(), node.attribute("deployed").unwrap());
    state(&there) + &machines.map(word).collect::<String>()
}

async fn progress(actor: &Actor, task: &Answer) -> (String, String) {
    let now = actor.get(&task.attribute("href").unwrap()).await;
    (now.attribute("status").unwrap(), now.text_of("Progress").unwrap_or_default())
}

fn is(status: &str, progress: &str) -> (String, String) {
    (status.to_owned(), progress.to_owned())
}

#[tokio::test]
async fn what_is_sent_is_what_the_vapp_has() {
    for version in ["1.5", "5.1", "39.1"] {
        let world = World::new().await;
        let author = world.login("author@example").await.at(version);
        let vapp = ordered(&author).await;
        let section = author.get(&format!("{vapp}/startupSection/")).await;
        golden!(section, "vapp", "startup", "recorded (elements, attributes and the link of real servers)");
        assert_eq!(section.link("edit", media::STARTUP_SECTION), format!("{vapp}/startupSection/"));
        let again = author.put(&format!("{vapp}/startupSection/"), media::STARTUP_SECTION, section.text()).await;
        assert_eq!(again.status, 202, "what was read may be sent back: {}", again.text());
        assert_eq!(author.get(&format!("{vapp}/startupSection/")).await.text(), section.text());
        assert_eq!(put(&author, &vapp, &APART[1..2]).await.status, 202);
        let rest = author.get(&format!("{vapp}/startupSection/")).await;
        let second = rest.text().find("startDelay=\"10\"").is_some();
        assert!(second && !rest.text().contains("startDelay=\"5\""), "who is not named goes with all others: {}", rest.text());
    }
}

#[tokio::test]
async fn an_order_that_cannot_be_meant_is_refused() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = ordered(&author).await;
    for (item, said) in [
        (r#"ovf:id="fourthVM" ovf:order="0""#, "fourthVM"),
        (r#"ovf:id="firstVM" ovf:order="-1""#, "order"),
        (r#"ovf:id="firstVM" ovf:order="0" ovf:startDelay="-1""#, "startDelay"),
        (r#"ovf:id="firstVM" ovf:order="0" ovf:stopDelay="65536""#, "stopDelay"),
        (r#"ovf:id="firstVM" ovf:order="0" ovf:startAction="suspend""#, "startAction"),
        (r#"ovf:id="firstVM" ovf:order="0" ovf:stopAction="explode""#, "explode"),
        (r#"ovf:id="firstVM""#, "order"),
    ] {
        let refused = put(&author, &vapp, &[item]).await;
        assert!(refused.status == 400 && refused.text().contains(said), "{item}: {}", refused.text());
    }
    let twice = put(&author, &vapp, &[APART[0], APART[0]]).await;
    assert!(twice.status == 400 && twice.text().contains("two Items"), "{}", twice.text());
    let console = world.login("console@example").await;
    assert_eq!(put(&console, &vapp, &APART).await.status, 403);
    assert!(author.get(&vapp).await.text().contains("startDelay=\"99\""), "what was said before holds");
}

#[tokio::test]
async fn machines_start_and_stop_in_their_order() {
    let mut world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = ordered(&author).await;
    let task = author.post_empty(&format!("{vapp}/power/action/powerOn")).await;
    assert_eq!(stand(&author, &vapp).await, "10/true 4/true 8/false 8/false");
    assert_eq!(progress(&author, &task).await, is("running", "33"));
    assert_eq!(author.post_empty(&format!("{vapp}/power/action/powerOff")).await.attribute("minorErrorCode").unwrap(), "BUSY_ENTITY");
    world.advance_millis(4_999).await;
    assert_eq!(stand(&author, &vapp).await, "10/true 4/true 8/false 8/false");
    world.advance_millis(1).await;
    assert_eq!(stand(&author, &vapp).await, "10/true 4/true 4/true 8/false");
    assert_eq!(progress(&author, &task).await, is("running", "66"));
    world.restart().await;
    let author = world.reconnect(&author);
    world.advance_millis(9_999).await;
    assert_eq!(progress(&author, &task).await, is("running", "66"));
    world.advance_millis(1).await;
    assert_eq!(progress(&author, &task).await, is("success", "100"), "nobody waits for the last one");
    assert_eq!(stand(&author, &vapp).await, "4/true 4/true 4/true 4/true");

    let task = author.post_empty(&format!("{vapp}/power/action/shutdown")).await;
    assert_eq!(stand(&author, &vapp).await, "10/true 4/true 4/true 8/true");
    world.advance_millis(2_000).await;
    assert_eq!(stand(&author, &vapp).await, "10/true 4/true 8/true 8/true");
    world.advance_millis(3_000).await;
    assert_eq!(stand(&author, &vapp).await, "8/true 8/true 8/true 8/true");
    assert_eq!(progress(&author, &task).await, is("success", "100"));
}

/// What was told of machines since the last look, and where to look on.
async fn told(world: &World, seen: &mut i64) -> Vec<String> {
    let events = world.events().await.into_iter().filter(|event| event.seq > *seen).collect::<Vec<_>>();
    *seen = events.last().map_or(*seen, |event| event.seq);
    let about = events.iter().filter(|event| event.what.entity.urn.kind == Kind::Vm && !event.what.r#type.ends_with("_request"));
    let word = |event: &Event| event.what.r#type.rsplit('/').next().unwrap().to_owned();
    about.map(|event| format!("{} {} {}", event.what.success, event.what.entity.name, word(event))).collect()
}

/// Reference 6.7 has the events of a deployment; when each is told is ours.
#[tokio::test]
async fn machines_are_told_of_when_they_go_and_in_their_order() {
    const REVERSED: [&str; 3] = [
        r#"ovf:id="thirdVM" ovf:order="0" ovf:startDelay="5""#,
        r#"ovf:id="secondVM" ovf:order="1""#,
        r#"ovf:id="firstVM" ovf:order="2" ovf:stopDelay="2""#,
    ];
    let mut world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    assert_eq!(put(&author, &vapp, &REVERSED).await.status, 202);
    let mut seen = 0;
    told(&world, &mut seen).await;
    author.post_empty(&format!("{vapp}/power/action/powerOn")).await;
    assert_eq!(stand(&author, &vapp).await, "10/true 8/false 8/false 4/true");
    assert_eq!(told(&world, &mut seen).await, ["true thirdVM deploy", "true thirdVM change_state"]);
    world.restart().await;
    let author = world.reconnect(&author);
    world.advance_millis(4_999).await;
    assert_eq!(told(&world, &mut seen).await, [""; 0]);
    world.advance_millis(1).await;
    let rest = ["true secondVM deploy", "true firstVM deploy", "true secondVM change_state", "true firstVM change_state"];
    assert_eq!(told(&world, &mut seen).await, rest, "the others once, and nobody twice");
    author.post_empty(&format!("{vapp}/power/action/shutdown")).await;
    assert_eq!(stand(&author, &vapp).await, "10/true 8/true 4/true 4/true");
    assert_eq!(told(&world, &mut seen).await, ["true firstVM change_state"]);
    world.advance_millis(2_000).await;
    assert_eq!(told(&world, &mut seen).await, ["true secondVM change_state", "true thirdVM change_state"]);
}

/// The guide and the schema: all values of `UndeployPowerAction` but `default` ignore the section.
#[tokio::test]
async fn undeploying_by_default_goes_in_order_and_otherwise_at_once() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = ordered(&author).await;
    let undeploy = async |action: &str| {
        let body = format!("<UndeployVAppParams {NAMESPACES}><UndeployPowerAction>{action}</UndeployPowerAction></UndeployVAppParams>");
        author.post(&format!("{vapp}/action/undeploy"), media::UNDEPLOY_VAPP_PARAMS, &body).await
    };
    for (action, meanwhile) in [
        ("default", "10/true 4/true 4/true 8/false"),
        ("powerOff", "8/false 8/false 8/false 8/false"),
        ("shutdown", "8/false 8/false 8/false 8/false"),
        ("suspend", "3/false 3/false 3/false 3/false"),
    ] {
        author.post_empty(&format!("{vapp}/power/action/powerOn")).await;
        world.advance_millis(15_000).await;
        assert_eq!(undeploy(action).await.status, 202);
        assert_eq!(stand(&author, &vapp).await, meanwhile, "{action}");
        world.advance_millis(5_000).await;
        assert!(["8/false", "3/false"].contains(&state(&author.get(&vapp).await).as_str()), "{action}");
    }
}

#[tokio::test]
async fn who_takes_no_part_is_not_started_and_keeps_nobody_waiting() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = a_vapp(&author, "shop", "three-vms").await;
    let idle = r#"ovf:id="firstVM" ovf:order="0" ovf:startDelay="60" ovf:startAction="none""#;
    assert_eq!(put(&author, &vapp, &[idle, r#"ovf:id="secondVM" ovf:order="1" ovf:startDelay="7""#]).await.status, 202);
    author.post_empty(&format!("{vapp}/action/deploy")).await;
    assert_eq!(stand(&author, &vapp).await, "10/true 8/true 4/true 4/true", "without a number a machine is among the first");
    let machine = author.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    assert_eq!(author.post_empty(&format!("{machine}/power/action/powerOn")).await.status, 202);
    assert_eq!(stand(&author, &vapp).await, "4/true 4/true 4/true 4/true", "by itself it can be started");
}

#[tokio::test]
async fn whoever_cancels_between_two_groups_finds_the_vapp_as_it_was() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = ordered(&author).await;
    // Above its sections the vApp shows the task that was canceled.
    let sections = async || author.get(&vapp).await.text().split_once("<LeaseSettingsSection").unwrap().1.to_owned();
    let before = (stand(&author, &vapp).await, sections().await);
    let task = author.post_empty(&format!("{vapp}/power/action/powerOn")).await;
    world.advance_millis(6_000).await;
    assert_eq!(stand(&author, &vapp).await, "10/true 4/true 4/true 8/false");
    assert_eq!(author.post_empty(&format!("{}/action/cancel", task.attribute("href").unwrap())).await.status, 204);
    assert_eq!((stand(&author, &vapp).await, sections().await), before);
    world.advance_millis(60_000).await;
    assert_eq!((stand(&author, &vapp).await, sections().await), before, "nothing goes on");
}

#[tokio::test]
async fn a_blocked_vapp_begins_with_its_first_group_when_it_is_resumed() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let admin = world.login("administrator@System").await;
    let vapp = ordered(&author).await;
    block(&admin, "vappDeploy").await;
    let task = author.post_empty(&format!("{vapp}/power/action/powerOn")).await;
    world.advance_millis(30_000).await;
    assert_eq!(stand(&author, &vapp).await, "8/false 8/false 8/false 8/false");
    decide(&admin, "resume").await;
    assert_eq!(stand(&author, &vapp).await, "10/true 4/true 8/false 8/false");
    world.advance_millis(15_000).await;
    assert_eq!(progress(&author, &task).await, is("success", "100"));
}

#[tokio::test]
async fn copies_and_captures_keep_the_order() {
    let world = World::new().await;
    let author = world.login("author@example").await;
    let vapp = ordered(&author).await;
    let body =
        format!(r#"<CloneVAppParams {NAMESPACES} name="copy" deploy="false" powerOn="false"><Source href="{vapp}"/></CloneVAppParams>"#);
    let vdc = author.get(&vapp).await.link("up", media::VDC);
    let copy = author.post(&format!("{vdc}/action/cloneVApp"), media::CLONE_VAPP_PARAMS, &body).await;
    let copy = author.get(&copy.attribute("href").unwrap()).await;
    assert!(copy.text().contains("startDelay=\"99\"") && copy.text().contains("guestShutdown"), "{}", copy.text());
}
