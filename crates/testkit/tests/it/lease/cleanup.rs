//! What is done when a lease ends is a task: it may be blocked, aborted, or meet another one.

use super::{DELETES, MINUTE, again, is_expired, keep, policy, template};
use crate::story::{BLOCKING_TASKS, Story};
use crate::vapp::{a_vapp, block, decide};
use vcdsim_model::lease::RETRY_MILLIS;
use vcdsim_testkit::{World, WorldOptions};

/// How many tasks that delete templates there were.
async fn deletions(world: &World) -> usize {
    again(world).await.get("/api/query?type=task&filter=name==vdcDeleteTemplate").await.count("TaskRecord")
}

/// Decides about the one blocking task there is.
async fn decided(world: &World, action: &str) {
    decide(&world.login("administrator@System").await, action).await;
}

#[tokio::test]
async fn a_blocked_clean_up_waits_and_an_aborted_one_comes_again_later() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    assert_eq!(policy(&actor, "vAppTemplate", DELETES).await.status, 200);
    let template = template("three-vms");
    keep(&actor, &template, 60).await;
    block(&admin, "vdcDeleteTemplate").await;
    world.advance_millis(MINUTE).await;
    assert_eq!((admin.get(BLOCKING_TASKS).await.count("Reference"), actor.get(&template).await.count("Task")), (1, 1));
    world.advance_millis(2 * RETRY_MILLIS).await;
    assert_eq!(deletions(&world).await, 1, "while it waits there is no other");
    decided(&world, "abort").await;
    world.settle().await;
    assert_eq!((again(&world).await.get(&template).await.status, deletions(&world).await), (200, 1));
    world.advance_millis(RETRY_MILLIS).await;
    assert_eq!(deletions(&world).await, 2, "it comes again");
    decided(&world, "abort").await;
    keep(&again(&world).await, &template, 3_600_000).await;
    world.advance_millis(10 * RETRY_MILLIS).await;
    assert_eq!(deletions(&world).await, 2, "unless the lease is renewed");
}

#[tokio::test]
async fn a_clean_up_that_is_aborted_at_once_does_not_come_at_the_same_instant() {
    let story = Story::begin_with(WorldOptions::default(), &["vdcDeleteTemplate"], "abort", 0).await;
    let actor = story.world.login("orgadmin@example").await;
    assert_eq!(policy(&actor, "vAppTemplate", DELETES).await.status, 200);
    keep(&actor, &template("three-vms"), 60).await;
    story.world.advance_millis(MINUTE + RETRY_MILLIS - 1).await;
    assert_eq!(deletions(&story.world).await, 1);
    story.world.advance_millis(1).await;
    assert_eq!(deletions(&story.world).await, 2);
    let story = Story { admin: story.world.login("administrator@System").await, ..story };
    assert_eq!(story.settings(&[], "abort", 0).await.status, 200);
    story.world.advance_millis(RETRY_MILLIS).await;
    assert_eq!(again(&story.world).await.get(&template("three-vms")).await.status, 403);
}

#[tokio::test]
async fn what_a_task_holds_is_left_alone_until_later() {
    let world = World::new().await;
    let (admin, actor) = (world.login("administrator@System").await, world.login("orgadmin@example").await);
    let vapp = a_vapp(&actor, "shop", "photon-1vm").await;
    keep(&actor, &vapp, 60).await;
    let machine = actor.get(&vapp).await.attribute_of("Vm", "href").unwrap();
    block(&admin, "vappDeploy").await;
    // The task holds the machine only, and yet the vApp is in use.
    assert_eq!(actor.post_empty(&format!("{machine}/power/action/powerOn")).await.status, 202);
    world.advance_millis(2 * MINUTE).await;
    assert_eq!(is_expired(&actor, "vApp", "shop").await.as_deref(), Some("false"));
    decided(&world, "abort").await;
    world.advance_millis(RETRY_MILLIS - MINUTE - 1).await;
    let actor = again(&world).await;
    assert_eq!(is_expired(&actor, "vApp", "shop").await.as_deref(), Some("false"));
    world.advance_millis(1).await;
    assert_eq!(is_expired(&actor, "vApp", "shop").await.as_deref(), Some("true"));
}
