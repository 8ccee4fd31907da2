//! Races: two decisions, and a decision against the timeout. Invariant: exactly one wins, and the world shows which.

use crate::story::Story;
use vcdsim_model::media;

const INSTANTIATE: &[&str] = &["vdcInstantiateVapp"];

/// Two decisions about one blocking task, sent at the same time, many times: exactly one wins, and the world shows which.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_decisions_exactly_one_wins() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    let mut wins = std::collections::BTreeMap::new();
    for round in 0..60 {
        let blocked = story.blocked(&format!("web-{round}")).await;
        let pairs = [("resume", "abort"), ("fail", "resume"), ("abort", "fail")];
        let (first, second) = pairs[round % 3];
        let answers = futures::future::join(story.act(&blocked.blocking, first, first), story.act(&blocked.blocking, second, second)).await;
        let winner = match (answers.0.status, answers.1.status) {
            (204, 403) => first,
            (403, 204) => second,
            both => panic!("round {round}: {both:?}"),
        };
        let task = story.admin.get(&blocked.task).await;
        let expected = match winner {
            "resume" => "success",
            "abort" => "aborted",
            _ => "error",
        };
        assert_eq!((task.attribute("status").as_deref(), task.text_of("Details").as_deref()), (Some(expected), Some(winner)));
        *wins.entry(winner).or_insert(0) += 1;
    }
    assert_eq!(wins.values().sum::<i32>(), 60);
}

/// A decision at the very instant of the timeout loses against it; a moment before, it wins. Both are asked at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_races_the_timeout() {
    let story = Story::begin(INSTANTIATE, "abort").await;
    for round in 0..40 {
        let blocked = story.blocked(&format!("web-{round}")).await;
        let early = round % 2 == 0;
        story.world.sleep_millis(if early { 59_999 } else { 60_000 });
        let url = format!("{}/action/resume", blocked.blocking);
        let decide = story.admin.post(
            &url,
            media::BLOCKING_TASK_PARAMS,
            "<BlockingTaskOperationParams xmlns=\"http://www.vmware.com/vcloud/extension/v1.5\"><Message/></BlockingTaskOperationParams>",
        );
        let (answer, ()) = futures::future::join(decide, story.world.settle()).await;
        let status = story.admin.get(&blocked.task).await.attribute("status");
        let expected = if early { (204, Some("success")) } else { (403, Some("aborted")) };
        assert_eq!((answer.status, status.as_deref()), expected, "round {round}");
    }
}
