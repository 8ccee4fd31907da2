//! A task in the hand: held, stepped, ended. Invariant: the engine does it, and what cannot be done is refused with what to do instead.

use super::asked::Asked;
use super::call::{Answer, Call, Control, Outcome, call, of};
use super::plans::ErrorItem;
use super::problem::Problem;
use super::tasks::{TaskItem, item};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;
use vcdsim_task_engine::{ByHand, Obstacle};

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Post "tasks/{id}/hold" "holds a task: nothing of it runs by itself, also after it was resumed" &[], None, Answer::Effect(of::<TaskItem>), hold),
    call!(Post "tasks/{id}/release" "lets a task go on by itself that is held or queued, or whose plan waits for somebody" &[], None, Answer::Effect(of::<TaskItem>), release),
    call!(Post "tasks/{id}/step" "runs one phase of a task, and holds it after that; one that is queued starts" &[], None, Answer::Effect(of::<TaskItem>), step),
    call!(Post "tasks/{id}/progress" "lets a task say how far it is" &[], Some(of::<Progress>), Answer::Effect(of::<TaskItem>), progress),
    call!(Post "tasks/{id}/succeed" "runs all that is left of a task, at once; one that is blocked is resumed before" &[], None, Answer::Effect(of::<TaskItem>), succeed),
    call!(Post "tasks/{id}/fail" "fails a task, wherever it is, with this error" &[], Some(of::<ErrorItem>), Answer::Effect(of::<TaskItem>), fail),
    call!(Post "tasks/{id}/cancel" "cancels a task, as the administrator" &[], None, Answer::Effect(of::<TaskItem>), cancel),
];

/// How far a task is.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Progress {
    /// In per cent, 0 to 100; unchanged.
    percent: Option<u8>,
    /// In words; unchanged.
    details: Option<String>,
}

pub(super) async fn hold(control: &Control<'_>, asked: Asked) -> Outcome {
    control.by_hand(&asked, ByHand::Hold).await
}

pub(super) async fn release(control: &Control<'_>, asked: Asked) -> Outcome {
    control.by_hand(&asked, ByHand::Release).await
}

pub(super) async fn step(control: &Control<'_>, asked: Asked) -> Outcome {
    control.by_hand(&asked, ByHand::Step).await
}

pub(super) async fn progress(control: &Control<'_>, asked: Asked) -> Outcome {
    let Progress { percent, details } = asked.body()?;
    if percent.is_some_and(|percent| percent > 100) {
        return Err(Problem::bad("percent is a number from 0 to 100."));
    }
    control.by_hand(&asked, ByHand::Progress { percent, details }).await
}

pub(super) async fn succeed(control: &Control<'_>, asked: Asked) -> Outcome {
    control.by_hand(&asked, ByHand::Succeed).await
}

pub(super) async fn fail(control: &Control<'_>, asked: Asked) -> Outcome {
    let error = asked.body::<ErrorItem>()?.error()?;
    control.by_hand(&asked, ByHand::Fail(error)).await
}

pub(super) async fn cancel(control: &Control<'_>, asked: Asked) -> Outcome {
    control.by_hand(&asked, ByHand::Cancel).await
}

impl Control<'_> {
    async fn by_hand(&self, asked: &Asked, what: ByHand) -> Outcome {
        let task = asked.id()?;
        if self.cloud().read().task(task).await?.is_none() {
            return Err(Problem::missing(format!("There is no task {task}.")));
        }
        match self.cloud().by_hand(task, what).await? {
            Ok(graph) => Ok(self.effect(&item(&graph))),
            Err(obstacle) => Err(Problem::new(409, "The task is not in that state", instead(task, obstacle))),
        }
    }
}

/// What is in the way, and what to do about it.
fn instead(task: Uuid, obstacle: Obstacle) -> String {
    match obstacle {
        Obstacle::Ended(status) => format!("The task {task} has ended: it is {}. Nothing more happens to it.", status.name()),
        Obstacle::Blocked(blocking) => format!(
            "The task {task} waits for a decision: POST blocking-tasks/{blocking}/resume, abort or fail first, or POST tasks/{task}/succeed."
        ),
        Obstacle::Free => format!("Nobody holds the task {task}: it goes on by itself. POST tasks/{task}/hold holds it."),
        Obstacle::Awaits => format!(
            "The task {task} waits for files: a client sends them to the upload links of its object. POST tasks/{task}/fail or cancel ends it without them."
        ),
        Obstacle::OfService => format!(
            "The task {task} is an extension service's, which runs it: POST tasks/{task}/progress, succeed, fail and cancel can be done to it."
        ),
    }
}
