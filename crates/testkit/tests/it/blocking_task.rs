//! The story of the seed page: suspend, announce, decide, time out.

mod nested;

use crate::story::{BLOCKING_TASKS, Story, params, progress};
use vcdsim_model::media;
use vcdsim_task_engine::Pace;
use vcdsim_testkit::{WorldOptions, golden};

const INSTANTIATE: &[&str] = &["vdcInstantiateVapp"];

#[tokio::test]
async fn a_blocked_request_answers_a_scaffold_and_a_pre_running_task() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    let before = story.world.events().await.len();
    let vapp = story.instantiate("web").await;
    assert_eq!((vapp.status, vapp.attribute("status").as_deref(), vapp.attribute("name").as_deref()), (201, Some("0"), Some("web")));
    assert_eq!(vapp.attribute_of("Task", "status").as_deref(), Some("preRunning"));
    assert_eq!(vapp.attribute_of("Task", "operationName").as_deref(), Some("vdcInstantiateVapp"));
    assert_eq!(vapp.header("location"), vapp.attribute("href").as_deref());
    let task = story.admin.get(&vapp.attribute_of("Task", "href").unwrap()).await;
    let blocking = story.admin.get(&task.link("down", media::BLOCKING_TASK)).await;
    assert_eq!(blocking.attribute("status").as_deref(), Some("active"));
    assert_eq!(blocking.link("up", media::TASK), task.attribute("href").unwrap());
    assert_eq!(blocking.attribute_of("TaskOwner", "name").as_deref(), Some(""), "a scaffold has no name in references to it");
    assert_eq!(
        story.world.story_since(i64::try_from(before).unwrap()).await,
        [
            "true vapp/create_request vdcInstantiateVapp",
            "true vm/create_request vdcInstantiateVapp",
            "true task/create vdcInstantiateVapp",
            "true blockingtask/create vdcInstantiateVapp",
        ]
    );
}

#[tokio::test]
async fn goldens_of_a_blocked_request() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    let blocked = story.blocked("web").await;
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let admin = story.admin.at(version);
        golden!(admin.get(&blocked.blocking).await, "blocking_task", "active", "documented (seed page, reference 1)");
        golden!(admin.get(BLOCKING_TASKS).await, "blocking_task", "list", "documented (reference 1.7)");
        golden!(admin.get(&blocked.task).await, "task", "pre-running-provider", "documented (reference 5)");
        golden!(story.tenant.at(version).get(&blocked.task).await, "task", "pre-running-tenant", "documented (reference 5)");
    }
}

#[tokio::test]
async fn resume_lets_the_operation_run() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    let blocked = story.blocked("web").await;
    let before = story.world.events().await.len();
    assert_eq!(story.act(&blocked.blocking, "resume", "Approved by system administrator.").await.status, 204);
    let task = story.tenant.get(&blocked.task).await;
    assert_eq!(task.attribute("status").as_deref(), Some("success"));
    assert_eq!(task.text_of("Details").as_deref(), Some("Approved by system administrator."));
    let vapp = story.tenant.get(&blocked.vapp).await;
    assert_eq!((vapp.status, vapp.attribute("status").as_deref()), (200, Some("8")));
    assert_eq!(
        story.world.story_since(i64::try_from(before).unwrap()).await,
        [
            "true blockingtask/resume vdcInstantiateVapp",
            "true task/start vdcInstantiateVapp",
            "true vm/create vdcInstantiateVapp",
            "true vapp/create vdcInstantiateVapp",
            "true task/complete vdcInstantiateVapp",
        ]
    );
}

#[tokio::test]
async fn abort_cleans_up() {
    let story = Story::begin(INSTANTIATE, "resume").await;
    let blocked = story.blocked("web").await;
    let before = story.world.events().await.len();
    assert_eq!(story.act(&blocked.blocking, "abort", "Not now").await.status, 204);
    let task = story.tenant.get(&blocked.task).await;
    assert_eq!(task.attribute("status").as_deref(), Some("aborted"));
    assert_eq!((task.text_of("Details").as_deref(), task.attribute_of("Error", "message").as_deref()), (Some("Not now"), Some("Not now")));
    assert!(task.attribute("endTime").is_some());
    assert_eq!(story.tenant.get(&blocked.vapp).await.status, 403, "the scaffold is gone");
    assert_eq!(
        story.world.story_since(i64::try_from(before).unwrap()).await,
        [
            "true blockingtask/abort vdcInstantiateVapp",
            "true vapp/modify vdcInstantiateVapp",
            "true vm/delete vdcInstantiateVapp",
            "true task/abort vdcInstantiateVapp",
        ]
    );
    assert_eq!(story.instantiate("web").await.status, 201, "its name is free again");
}

#[tokio::test]
async fn fail_marks_what_was_being_made() {
    let story = Story::begin(INSTANTIATE, "resume").await;
    let blocked = story.blocked("web").await;
    let before = story.world.events().await.len();
    assert_eq!(story.act(&blocked.blocking, "fail", "quota request 118 rejected").await.status, 204);
    let task = story.tenant.get(&blocked.task).await;
    assert_eq!(task.attribute("status").as_deref(), Some("error"));
    assert_eq!(task.attribute_of("Error", "minorErrorCode").as_deref(), Some("INTERNAL_SERVER_ERROR"));
    let vapp = story.tenant.get(&blocked.vapp).await;
    assert_eq!((vapp.status, vapp.attribute("status").as_deref()), (200, Some("-1")), "it stays until it is deleted");
    assert_eq!(
        story.world.story_since(i64::try_from(before).unwrap()).await,
        [
            "true blockingtask/fail vdcInstantiateVapp",
            "false vm/create vdcInstantiateVapp",
            "false vapp/create vdcInstantiateVapp",
            "false task/fail vdcInstantiateVapp",
        ]
    );
}

#[tokio::test]
async fn a_decided_task_refuses_everything_further() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    for first in ["resume", "abort", "fail"] {
        let blocked = story.blocked(&format!("web-{first}")).await;
        assert_eq!(story.act(&blocked.blocking, first, "").await.status, 204);
        let task = story.admin.get(&blocked.task).await;
        for second in ["resume", "abort", "fail"] {
            let refused = story.act(&blocked.blocking, second, "late").await;
            assert_eq!((refused.status, refused.attribute("minorErrorCode").as_deref()), (403, Some("ACCESS_TO_RESOURCE_IS_FORBIDDEN")));
        }
        let url = format!("{}/action/updateProgress", blocked.blocking);
        assert_eq!(story.admin.post(&url, media::BLOCKING_TASK_PROGRESS_PARAMS, &progress("late", Some("1"))).await.status, 403);
        assert_eq!(story.admin.get(&blocked.blocking).await.status, 403);
        assert_eq!(story.admin.get(&blocked.task).await.attribute("status"), task.attribute("status"));
    }
    assert_eq!(story.admin.get(BLOCKING_TASKS).await.count("Reference"), 0);
}

#[tokio::test]
async fn tenants_neither_see_nor_decide() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    let blocked = story.blocked("web").await;
    let orgadmin = story.world.login("orgadmin@example").await;
    for actor in [&story.tenant, &orgadmin] {
        assert_eq!(actor.get(BLOCKING_TASKS).await.status, 403);
        assert_eq!(actor.get(&blocked.blocking).await.status, 403);
        assert_eq!(
            actor.post(&format!("{}/action/resume", blocked.blocking), media::BLOCKING_TASK_PARAMS, &params("me")).await.status,
            403
        );
        assert_eq!(actor.get(&blocked.task).await.find_link("down", media::BLOCKING_TASK), None);
    }
    let stranger = story.world.login("orgadmin2@example2").await;
    assert_eq!((stranger.get(&blocked.task).await.status, stranger.get(&blocked.vapp).await.status), (403, 403));
    assert_eq!(story.admin.get(&blocked.task).await.attribute("status").as_deref(), Some("preRunning"));
}

#[tokio::test]
async fn bad_bodies_are_refused_with_a_reason_and_change_nothing() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    let blocked = story.blocked("web").await;
    let url = format!("{}/action/resume", blocked.blocking);
    let huge = params(&"x".repeat(2 << 20));
    for (body, part) in [
        ("", "no body"),
        ("<BlockingTaskOperationParams", "XML"),
        ("<BlockingTaskOperationParams xmlns=\"http://www.vmware.com/vcloud/extension/v1.5\"/>", "Message"),
        ("<Bogus xmlns=\"http://www.vmware.com/vcloud/extension/v1.5\"><Message>x</Message></Bogus>", "BlockingTaskOperationParams"),
        ("<BlockingTaskOperationParams><Message>x</Message></BlockingTaskOperationParams>", "namespace"),
        (
            "<!DOCTYPE x [<!ENTITY y \"z\">]><BlockingTaskOperationParams xmlns=\"http://www.vmware.com/vcloud/extension/v1.5\"><Message>&y;</Message></BlockingTaskOperationParams>",
            "document type",
        ),
        (huge.as_str(), "bytes"),
    ] {
        let answer = story.admin.post(&url, media::BLOCKING_TASK_PARAMS, body).await;
        let shown: String = body.chars().take(60).collect();
        assert_eq!((answer.status, answer.attribute("minorErrorCode").as_deref()), (400, Some("BAD_REQUEST")), "{shown}");
        let message = answer.attribute("message").unwrap();
        assert!(message.to_lowercase().contains(&part.to_lowercase()), "{shown}: {message}");
    }
    let wrong = story.admin.post(&url, media::VAPP, &params("x")).await;
    assert_eq!(wrong.status, 415);
    assert_eq!(story.admin.get(&blocked.task).await.attribute("status").as_deref(), Some("preRunning"));
    let odd = "application/VND.vmware.admin.BLOCKINGTaskOperationParams+XML; charset=ISO-8859-1";
    assert_eq!(story.admin.post(&format!("{}/action/RESUME", blocked.blocking), odd, &params("x")).await.status, 204);
}

#[tokio::test]
async fn timeouts_take_their_action_by_themselves() {
    for (action, task_status, vapp_status) in [("resume", "success", Some("8")), ("abort", "aborted", None), ("fail", "error", Some("-1"))]
    {
        let story = Story::begin(INSTANTIATE, action).await;
        let blocked = story.blocked("web").await;
        story.world.advance_millis(59_999).await;
        assert_eq!(story.admin.get(&blocked.task).await.attribute("status").as_deref(), Some("preRunning"));
        story.world.advance_millis(1).await;
        assert_eq!(story.admin.get(&blocked.task).await.attribute("status").as_deref(), Some(task_status));
        let vapp = story.tenant.get(&blocked.vapp).await;
        assert_eq!(if vapp.status == 200 { vapp.attribute("status") } else { None }.as_deref(), vapp_status);
        assert_eq!(story.admin.get(&blocked.blocking).await.status, 403);
    }
}

#[tokio::test]
async fn nobody_ever_sees_an_overdue_one() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    let blocked = story.blocked("web").await;
    story.world.sleep_millis(60_000);
    assert_eq!(story.admin.get(&blocked.blocking).await.status, 403);
    assert_eq!(story.admin.get(&blocked.task).await.attribute("status").as_deref(), Some("aborted"));
}

#[tokio::test]
async fn update_progress_moves_the_timeout() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    let blocked = story.blocked("web").await;
    let url = format!("{}/action/updateProgress", blocked.blocking);
    story.world.advance_millis(50_000).await;
    let kept = story.admin.post(&url, media::BLOCKING_TASK_PROGRESS_PARAMS, &progress("still waiting", Some("900000"))).await;
    assert_eq!(
        (kept.status, kept.attribute("timeoutDate").as_deref(), kept.attribute("timeoutAction").as_deref()),
        (200, Some("2026-03-04T08:30:50.000Z"), Some("abort"))
    );
    golden!(kept, "blocking_task", "progress", "documented (reference 2.3)");
    story.world.advance_millis(600_000).await;
    let task = story.admin.get(&blocked.task).await;
    assert_eq!((task.attribute("status").as_deref(), task.text_of("Details").as_deref()), (Some("preRunning"), Some("still waiting")));
    let same = story
        .admin
        .post(&url, "application/vnd.vmware.admin.BlockingTaskUpdateProgressOperationParams+xml", &progress("and on", None))
        .await;
    assert_eq!(same.attribute("timeoutDate").as_deref(), Some("2026-03-04T08:30:50.000Z"), "without a value it stays");
    for bad in ["-1", "soon", "99999999999999999999"] {
        assert_eq!(story.admin.post(&url, media::BLOCKING_TASK_PROGRESS_PARAMS, &progress("x", Some(bad))).await.status, 400);
    }
    let now = story.admin.post(&url, media::BLOCKING_TASK_PROGRESS_PARAMS, &progress("enough", Some("0"))).await;
    assert_eq!(now.status, 200);
    assert_eq!(story.admin.get(&blocked.task).await.attribute("status").as_deref(), Some("aborted"), "0 expires at once");
}

#[tokio::test]
async fn settings_touch_only_what_is_blocked_later() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    let old = story.blocked("old").await;
    assert_eq!(story.settings(INSTANTIATE, "resume", 10_000).await.status, 200);
    let new = story.blocked("new").await;
    story.world.advance_millis(10_000).await;
    assert_eq!(story.admin.get(&new.task).await.attribute("status").as_deref(), Some("success"));
    assert_eq!(story.admin.get(&old.task).await.attribute("status").as_deref(), Some("preRunning"));
    assert_eq!(story.settings(&[], "resume", 10_000).await.status, 200);
    let free = story.instantiate("free").await;
    assert_eq!(free.attribute_of("Task", "status").as_deref(), Some("running"), "what does not block runs");
    story.world.advance_millis(50_000).await;
    assert_eq!(story.admin.get(&old.task).await.attribute("status").as_deref(), Some("aborted"));
}

#[tokio::test]
async fn a_timeout_of_zero_decides_at_once() {
    let story = Story::begin_with(WorldOptions::default(), INSTANTIATE, "fail", 0).await;
    let vapp = story.instantiate("web").await;
    assert_eq!((vapp.status, vapp.attribute_of("Task", "status").as_deref()), (201, Some("preRunning")));
    let task = story.tenant.get(&vapp.attribute_of("Task", "href").unwrap()).await;
    assert_eq!(task.attribute("status").as_deref(), Some("error"));
}

#[tokio::test]
async fn timers_survive_a_restart_and_overdue_ones_are_decided() {
    let mut story = Story::begin(INSTANTIATE, "abort").await;
    let (early, late) = (story.blocked("early").await, story.blocked("late").await);
    let url = format!("{}/action/updateProgress", late.blocking);
    assert_eq!(story.admin.post(&url, media::BLOCKING_TASK_PROGRESS_PARAMS, &progress("x", Some("600000"))).await.status, 200);
    story.world.sleep_millis(60_000);
    story.world.restart().await;
    let admin = story.world.login("administrator@System").await;
    assert_eq!(admin.get(&early.task).await.attribute("status").as_deref(), Some("aborted"));
    assert_eq!(admin.get(&late.blocking).await.attribute("status").as_deref(), Some("active"));
    assert_eq!(admin.get(BLOCKING_TASKS).await.count("Reference"), 1);
}

#[tokio::test]
async fn a_blocked_task_can_be_cancelled() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    let blocked = story.blocked("web").await;
    let cancel = story.tenant.get(&blocked.task).await.link("task:cancel", "");
    let before = story.world.events().await.len();
    assert_eq!(story.tenant.post_empty(&cancel).await.status, 204);
    let task = story.tenant.get(&blocked.task).await;
    assert_eq!((task.attribute("status").as_deref(), task.attribute("cancelRequested").as_deref()), (Some("canceled"), Some("true")));
    assert!(task.attribute_of("Error", "message").is_some());
    assert_eq!(task.find_link("task:cancel", ""), None);
    assert_eq!(story.tenant.post_empty(&cancel).await.status, 400, "what has ended cannot be cancelled");
    assert_eq!((story.admin.get(&blocked.blocking).await.status, story.tenant.get(&blocked.vapp).await.status), (403, 403));
    assert_eq!(
        story.world.story_since(i64::try_from(before).unwrap()).await.first().map(String::as_str),
        Some("true blockingtask/abort vdcInstantiateVapp")
    );
}

#[tokio::test]
async fn queued_and_running_tasks_can_be_cancelled() {
    for (pace, status) in [(Pace::Held, "queued"), (Pace::Fixed(60_000), "running")] {
        let story = Story::begin_with(WorldOptions { pace, ..WorldOptions::default() }, &[], "abort", 60_000).await;
        let vapp = story.instantiate("web").await;
        assert_eq!(vapp.attribute_of("Task", "status").as_deref(), Some(status));
        let task = vapp.attribute_of("Task", "href").unwrap();
        let other = story.world.login("user@example").await;
        assert_eq!(other.post_empty(&format!("{task}/action/cancel")).await.status, 403, "only its user or an administrator may");
        assert_eq!(story.tenant.post_empty(&format!("{task}/action/cancel")).await.status, 204);
        assert_eq!(story.tenant.get(&task).await.attribute("status").as_deref(), Some("canceled"));
        assert_eq!(story.tenant.get(&vapp.attribute("href").unwrap()).await.status, 403);
    }
}

#[tokio::test]
async fn the_resolver_leads_to_the_blocking_task() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    let blocked = story.blocked("web").await;
    let urn = story.admin.get(&blocked.blocking).await.attribute("id").unwrap();
    for spelling in [urn.clone(), urn.to_lowercase(), urn.replace(':', "%3A")] {
        let entity = story.admin.get(&format!("/api/entity/{spelling}")).await;
        assert_eq!(entity.link("alternate", media::BLOCKING_TASK), blocked.blocking);
    }
    for version in ["1.5", "5.1", "5.5", "39.1"] {
        let entity = story.admin.at(version).get(&format!("/api/entity/{urn}")).await;
        golden!(entity, "entity", "blocking-task", "documented (reference 1.6, ruling Q1)");
    }
    let itself = story.admin.accepting(media::BLOCKING_TASK).get(&format!("/api/entity/{urn}")).await;
    assert_eq!(itself.attribute("timeoutAction").as_deref(), Some("abort"), "who names the type gets the thing itself");
    assert_eq!(story.tenant.get(&format!("/api/entity/{urn}")).await.status, 403);
    assert_eq!(story.admin.get("/api/entity/urn:vcloud:blockingtask:25").await.status, 400);
}

#[tokio::test]
async fn the_story_in_json() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    let blocked = story.blocked("web").await;
    let admin = story.admin.accepting("application/*+json");
    let seen = admin.get(&blocked.blocking).await;
    assert_eq!(seen.header("content-type"), Some("application/vnd.vmware.admin.blockingtask+json;version=36.0"));
    let xml = story.admin.get(&blocked.blocking).await;
    for name in ["id", "status", "timeoutDate", "timeoutAction", "createdTime", "name", "href"] {
        assert_eq!(seen.json()[name].as_str(), xml.attribute(name).as_deref(), "{name} is the same in both forms");
    }
    let post = async |action: &str, media: &str, body: &str| {
        admin.post(&format!("{}/action/{action}", blocked.blocking), &media::as_json(media), body).await
    };
    let moved =
        post("updateProgress", media::BLOCKING_TASK_PROGRESS_PARAMS, r#"{"message":"on","timeoutValueInMilliseconds":900000}"#).await;
    assert_eq!((moved.status, moved.json()["timeoutDate"].as_str()), (200, Some("2026-03-04T08:30:00.000Z")));
    let refused = post("resume", media::BLOCKING_TASK_PARAMS, r#"{"note":"no message"}"#).await;
    assert_eq!((refused.status, refused.json()["minorErrorCode"].as_str()), (400, Some("BAD_REQUEST")));
    assert_eq!(post("resume", media::BLOCKING_TASK_PARAMS, "{").await.status, 400);
    assert_eq!(post("resume", media::BLOCKING_TASK_PARAMS, r#"{"message":"yes"}"#).await.status, 204);
    let task = admin.get(&blocked.task).await.json();
    assert_eq!((task["status"].as_str(), task["details"].as_str(), task["progress"].as_i64()), (Some("success"), Some("yes"), Some(100)));
}

#[tokio::test]
async fn many_that_are_due_at_once_expire_in_due_order() {
    // More than the driver hands to the writer at a time.
    const MANY: i64 = 150;
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let mut tasks = Vec::new();
    for number in 0..MANY {
        let blocked = story.blocked(&format!("web-{number}")).await;
        // The last one made is the first that is due.
        let body = progress("wait", Some(&(MANY - number).to_string()));
        let url = format!("{}/action/updateProgress", blocked.blocking);
        assert_eq!(story.admin.post(&url, media::BLOCKING_TASK_PROGRESS_PARAMS, &body).await.status, 200);
        tasks.push(vcdsim_model::id::Urn::from_href(&blocked.task).unwrap().id);
    }
    story.world.sleep_millis(MANY);
    let seq = story.world.events().await.last().unwrap().seq;
    story.world.settle().await;
    let told = story.world.events().await;
    let aborted = told.iter().filter(|event| event.seq > seq && event.what.r#type.ends_with("/blockingtask/abort"));
    let order: Vec<_> = aborted.filter_map(|event| Some(event.what.task?.0)).collect();
    tasks.reverse();
    assert_eq!(order, tasks);
}
