//! Tasks and their list.

use crate::affinity::a_rule;
use crate::disk::a_disk;
use crate::story::Story;
use crate::vapp::block;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_model::task::TaskStatus;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{World, golden};

const VERSIONS: [&str; 4] = ["1.5", "5.1", "5.5", "39.1"];

#[tokio::test]
async fn every_ending_at_every_form() {
    for (action, case) in [("resume", "success"), ("abort", "aborted"), ("fail", "error")] {
        let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
        let blocked = story.blocked("web").await;
        assert_eq!(story.act(&blocked.blocking, action, "decided").await.status, 204);
        for version in VERSIONS {
            golden!(
                story.tenant.at(version).get(&blocked.task).await,
                "task",
                format!("ended-{case}"),
                "recorded (attributes of real servers)"
            );
        }
    }
}

#[tokio::test]
async fn an_organization_lists_its_tasks_and_no_others() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let list = story.tenant.get(&format!("/api/org/{}", seeded_id(Kind::Org, "example"))).await.link("down", media::TASKS_LIST);
    assert_eq!(story.tenant.get(&list).await.count("Task"), 0);
    let (first, second) = (story.blocked("one").await, story.blocked("two").await);
    assert_eq!(story.act(&first.blocking, "abort", "no").await.status, 204);
    let seen = story.tenant.get(&list).await;
    let document = seen.xml();
    let hrefs: Vec<_> = document.root_element().children().filter_map(|task| task.attribute("href")).collect();
    assert_eq!(hrefs, [first.task.as_str(), second.task.as_str()], "the earliest first, ended ones too");
    for version in VERSIONS {
        golden!(story.tenant.at(version).get(&list).await, "task", "list", "documented (reference 5.7)");
    }
    assert_eq!(story.admin.get(&list).await.count("Task"), 2);
    let stranger = story.world.login("orgadmin2@example2").await;
    assert_eq!(stranger.get(&list).await.status, 403);
    let own = stranger.get(&format!("/api/tasksList/{}", seeded_id(Kind::Org, "example2"))).await;
    assert_eq!((own.status, own.count("Task")), (200, 0));
}

/// What the store has of a task, without asking for anything to happen.
/// Disks came with 5.1, rules with 20.0.
#[tokio::test]
async fn no_version_is_led_to_objects_that_it_does_not_have() {
    let world = World::new().await;
    let (system, author) = (world.login("administrator@System").await, world.login("author@example").await);
    block(&system, "vdcCreateDisk").await;
    a_disk(&author, "data", 8).await;
    a_rule(&author, "shop").await;
    let blocking = system.get("/api/admin/extension/blockingTasks").await.attribute_of("Reference", "href").unwrap();
    for (version, disks, rules) in [("1.5", false, false), ("5.1", true, false), ("20.0", true, true)] {
        let system = system.at(version);
        for (operation, known) in [("vdcCreateDisk", disks), ("affinityRuleCreate", rules)] {
            let records = system.get(&format!("/api/query?type=adminTask&filter=name=={operation}")).await;
            let task = system.get(&records.attribute_of("AdminTaskRecord", "href").unwrap()).await;
            let found = [records.attribute_of("AdminTaskRecord", "object"), task.attribute_of("Owner", "href")];
            assert_eq!(found.map(|href| href.is_some()), [known, known], "{operation} at {version}: {}", records.text());
        }
        let records = system.get("/api/query?type=blockingTask").await;
        let found = [records.attribute_of("BlockingTaskRecord", "owner"), system.get(&blocking).await.attribute_of("TaskOwner", "href")];
        assert_eq!(found.map(|href| href.is_some()), [disks, disks], "at {version}: {}", records.text());
    }
}

async fn stored(story: &Story, href: &str) -> TaskStatus {
    let id = Urn::from_href(href).expect("a task's href").id;
    story.world.instance().app.cloud().read().task(id).await.unwrap().unwrap().status
}

#[tokio::test]
async fn who_asks_about_a_task_waits_for_that_task_and_no_other() {
    let story = Story::begin(&[], "abort").await;
    let tenant = story.tenant.unattended();
    let made = [story.instantiate_as(&tenant, "one").await, story.instantiate_as(&tenant, "two").await];
    let [one, two] = made.each_ref().map(|vapp| vapp.attribute_of("Task", "href").expect("a new vApp has a task"));
    for task in [&one, &two] {
        assert_eq!(stored(&story, task).await, TaskStatus::Running, "the driver sleeps");
    }
    assert_eq!(tenant.get(&one).await.attribute("status").as_deref(), Some("success"), "all its phases, one after another");
    assert_eq!(stored(&story, &two).await, TaskStatus::Running);
    let vapp = made[1].attribute("href").unwrap();
    assert_eq!(tenant.get(&vapp).await.attribute("status").as_deref(), Some("8"), "an object's task is waited for too");
    assert_eq!(stored(&story, &two).await, TaskStatus::Success);
}

#[tokio::test]
async fn a_machine_and_its_vapp_wait_for_each_others_tasks() {
    let story = Story::begin(&[], "abort").await;
    let vapp = story.instantiate("web").await.attribute("href").unwrap();
    let machine = story.tenant.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    let tenant = story.tenant.unattended();
    let task = tenant.post_empty(&format!("{machine}/power/action/powerOn")).await.attribute("href").unwrap();
    assert_eq!(stored(&story, &task).await, TaskStatus::Running);
    assert_eq!(tenant.get(&vapp).await.attribute("status").as_deref(), Some("4"));
    let task = tenant.post_empty(&format!("{vapp}/power/action/suspend")).await.attribute("href").unwrap();
    assert_eq!(tenant.get(&machine).await.attribute("status").as_deref(), Some("3"));
    assert_eq!(stored(&story, &task).await, TaskStatus::Success);
}
