//! A developer's hand in a day: tasks that are moved, plans, responders, and states that are brought back. Invariant: all of it goes over the
//! control interface, and whatever it does, what holds of every day holds of this one.

use super::play::{Outcome, Play};
use serde_json::{Value, json};
use uuid::Uuid;

/// The days that somebody has a hand in.
pub(super) fn are_there(seed: u64) -> bool {
    seed % 5 == 4
}

const OPERATIONS: &[&str] =
    &["vdcInstantiateVapp", "vappDeploy", "vappPowerOff", "vdcDeleteVapp", "diskCreate", "vdcComposeVapp", "default"];

/// Calls the control interface; answers the status, which is no defect of ours.
async fn call(play: &mut Play, call: &str, body: Value) -> u16 {
    let (status, told) = play.world.control(call, body.clone()).await;
    play.diary.note(format!("   {call} {body}: {status} {}", told["detail"].as_str().unwrap_or_default()));
    assert!(status < 500, "{call} {body}: {told}");
    *play.counts.hands.entry(if status < 400 { "taken" } else { "refused" }).or_default() += 1;
    status
}

/// Something is done to a task, whether or not that can be.
pub(super) async fn hand(play: &mut Play) -> Outcome {
    let open: Vec<_> = play.seen.open().map(|task| (task.id, task.progress.unwrap_or_default())).collect();
    let ever: Vec<_> = play.seen.tasks.values().map(|task| (task.id, 0)).collect();
    let among = if open.is_empty() || play.chance(5) { ever } else { open };
    let Some((task, progress)) = play.pick_some(among.into_iter()) else { return Outcome::Various };
    let verb = play.pick(&["hold", "hold", "release", "release", "step", "step", "progress", "succeed", "succeed", "fail", "cancel"]);
    let percent = usize::from(progress) + play.below(101 - usize::from(progress.min(100)));
    let body = match verb {
        "progress" => json!({ "percent": percent, "details": "as far as that" }),
        "fail" => json!({ "status": 503, "minorErrorCode": "BY_HAND", "message": "It was made to fail." }),
        _ => Value::Null,
    };
    call(play, &format!("POST tasks/{task}/{verb}"), body).await;
    Outcome::Various
}

/// New tasks go otherwise, or as they always did.
pub(super) async fn plan(play: &mut Play) -> Outcome {
    let operation = play.pick(OPERATIONS);
    let pace = play.pick(&[json!("immediate"), json!("manual"), json!({ "each": "5s" }), json!({ "whole": "90s" }), json!({ "polls": 2 })]);
    let forgotten = play.chance(35);
    if forgotten {
        call(play, "DELETE task-plans", Value::Null).await;
    } else {
        call(play, &format!("PUT task-plans/{operation}"), json!({ "pace": pace })).await;
    }
    Outcome::Various
}

/// Somebody decides by itself from now on, or nobody any more.
pub(super) async fn respond(play: &mut Play) -> Outcome {
    let (decision, after) = (play.pick(&["resume", "resume", "abort", "fail"]), play.pick(&["0s", "1s", "30s", "1h"]));
    let (times, dismissed) = (play.below(3), play.chance(40));
    if dismissed {
        call(play, "DELETE responders", Value::Null).await;
    } else {
        call(play, "POST responders", json!({ "then": { decision: { "after": after } }, "times": times })).await;
    }
    Outcome::Various
}

/// The state is saved, or what was saved is brought back: time, ids and all that is known of it.
pub(super) async fn image(play: &mut Play) -> Outcome {
    let (brings_back, fresh) = (play.chance(60), play.chance(50));
    match play.kept.clone().filter(|_| brings_back) {
        None => {
            play.look(None).await;
            assert_eq!(call(play, "PUT snapshots/day", Value::Null).await, 200);
            play.kept = Some(play.book.clone());
        }
        Some(book) => {
            assert_eq!(call(play, "POST snapshots/day/load", Value::Null).await, 200);
            play.come_back(book).await;
            if fresh {
                play.kept = None;
            }
        }
    }
    Outcome::Various
}

/// The responder of a blocked task is to have decided by now.
pub(super) fn is_decided(play: &Play, task: Uuid) -> bool {
    let now = play.world.now();
    play.seen.timers.iter().any(|timer| timer.kind == vcdsim_store::TimerKind::Responder && timer.subject == task && timer.due <= now)
}
