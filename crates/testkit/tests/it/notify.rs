//! What is announced, message by message. Invariant: the order is the reference's (6.7), and both forms of an event share its id.

mod sequence;
mod types;

use crate::story::{Story, progress};
use vcdsim_model::media;
use vcdsim_testkit::insta;

/// The messages after event `seq`, as they would go to the broker, in their order.
async fn told(story: &Story, seq: i64) -> Vec<serde_json::Value> {
    let entries = story.world.messages().await;
    entries.iter().filter(|entry| entry.event > seq).map(|entry| serde_json::to_value(&entry.message).unwrap()).collect()
}

fn golden(case: &str, told: &[serde_json::Value]) {
    insta::with_settings!({
        snapshot_path => format!("{}/../../fixtures/notify", env!("CARGO_MANIFEST_DIR")),
        prepend_module_to_snapshot => false,
        omit_expression => true,
        description => "documented (reference 6); application/json",
    }, {
        insta::assert_snapshot!(case, serde_json::to_string_pretty(told).unwrap());
    });
}

/// Each decision, and each way a blocked task ends without one.
#[tokio::test]
async fn the_messages_of_every_ending() {
    for case in ["resume", "abort", "fail", "cancel", "timeout-resume", "timeout-abort", "timeout-fail"] {
        let action = case.strip_prefix("timeout-").unwrap_or("abort");
        let story = Story::begin(&["vdcInstantiateVapp"], action).await;
        let blocked = story.blocked("web").await;
        let seq = story.world.events().await.last().unwrap().seq;
        match case {
            "cancel" => assert_eq!(story.tenant.post_empty(&format!("{}/action/cancel", blocked.task)).await.status, 204),
            "resume" | "abort" | "fail" => assert_eq!(story.act(&blocked.blocking, case, "decided").await.status, 204),
            _ => story.world.advance_millis(60_000).await,
        }
        story.world.settle().await;
        golden(case, &told(&story, seq).await);
    }
}

#[tokio::test]
async fn the_messages_of_a_blocked_request() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let seq = story.world.events().await.last().unwrap().seq;
    let blocked = story.blocked("web").await;
    golden("blocked", &told(&story, seq).await);
    let seq = story.world.events().await.last().unwrap().seq;
    let url = format!("{}/action/updateProgress", blocked.blocking);
    assert_eq!(story.admin.post(&url, media::BLOCKING_TASK_PROGRESS_PARAMS, &progress("x", Some("1000"))).await.status, 200);
    assert_eq!(told(&story, seq).await, Vec::<serde_json::Value>::new(), "updateProgress has no event (ruling Q6)");
}

#[tokio::test]
async fn switched_off_notifications_leave_those_about_blocking_tasks() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let off = "<NotificationsSettings xmlns=\"http://www.vmware.com/vcloud/extension/v1.5\"><EnableNotifications>false</EnableNotifications></NotificationsSettings>";
    assert_eq!(story.admin.put("/api/admin/extension/settings/notifications", media::NOTIFICATIONS_SETTINGS, off).await.status, 200);
    let before = story.world.messages().await.len();
    story.blocked("web").await;
    let keys: Vec<_> = story.world.messages().await.split_off(before).into_iter().map(|entry| entry.message.routing_key).collect();
    assert_eq!(keys.len(), 2, "one event in two forms");
    assert!(keys.iter().all(|key| key.ends_with("com.vmware.vcloud.event.blockingtask.create.vdcInstantiateVapp")), "{keys:?}");
}
