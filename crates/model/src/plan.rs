//! How tasks are to go. Invariant: a plan says when phases run and whether one fails, never what they do; a task keeps the plan that it was
//! made with.

use crate::blocking::TimeoutAction;
use crate::family::settings::Setting;
use crate::operation::Operation;
use crate::task::TaskError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// When the phases of a task run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Pace {
    /// At once.
    #[default]
    Immediate,
    /// Each after this many milliseconds.
    Fixed(i64),
    /// All within this many milliseconds, each after its share of the task's progress.
    Whole(i64),
    /// As clients ask for the task: so many times they see it running, then its end.
    Polls(u32),
    /// When somebody steps or releases the task.
    Manual,
    /// At once, but new tasks stay `queued` until somebody releases them.
    Held,
}

impl Pace {
    /// How many milliseconds a phase takes that brings a task from one percentage to another, if it was asked for `polls` times since it
    /// runs; `None` when it waits for somebody.
    #[must_use]
    pub fn wait(self, from: u8, to: u8, polls: u32) -> Option<i64> {
        match self {
            Self::Immediate | Self::Held => Some(0),
            Self::Fixed(millis) => Some(millis),
            Self::Whole(millis) => Some(share(millis, to) - share(millis, from)),
            Self::Polls(times) => (polls > Self::polls(times, to)).then_some(0),
            Self::Manual => None,
        }
    }

    /// How many of `times` polls pass before a task reaches `to` per cent.
    #[must_use]
    pub fn polls(times: u32, to: u8) -> u32 {
        u32::try_from((u64::from(times) * u64::from(to)).div_ceil(100)).unwrap_or(u32::MAX)
    }
}

fn share(millis: i64, percent: u8) -> i64 {
    i64::try_from(i128::from(millis) * i128::from(percent) / 100).unwrap_or(millis)
}

/// How the tasks of an operation are to go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// When their phases run.
    pub pace: Pace,
    /// How they fail, if they are to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<PlannedFailure>,
}

/// A failure that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedFailure {
    /// The name of the phase that fails; the last one.
    pub phase: Option<String>,
    /// What the task says of it.
    pub error: TaskError,
}

/// The plans of a cloud.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TaskPlans {
    /// That of all operations which have none of their own.
    #[serde(default)]
    pub default: Option<Plan>,
    /// Those of single operations.
    #[serde(default)]
    pub operations: BTreeMap<Operation, Plan>,
}

impl Setting for TaskPlans {
    const KEY: &'static str = "taskPlans";
}

impl TaskPlans {
    /// The plan of an operation; none when the pace of the server decides.
    #[must_use]
    pub fn of(&self, operation: Operation) -> Option<&Plan> {
        self.operations.get(&operation).or(self.default.as_ref())
    }
}

/// What decides how one task goes, besides its operation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Course {
    /// Its plan, as it was when the task was made, or as somebody changed it since; none when the pace of the server decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// Whether somebody holds it: nothing of it runs by itself.
    #[serde(skip_serializing_if = "is_not")]
    pub held: bool,
    /// Whether somebody wants it to be over: no phase that goes on waits for its time.
    #[serde(skip_serializing_if = "is_not")]
    pub hurried: bool,
    /// How often clients have asked for it since it runs; counted as long as that matters.
    #[serde(skip_serializing_if = "is_zero")]
    pub polls: u32,
    /// Whether it was made by hand: no operation stands behind it, and its one phase does nothing.
    #[serde(skip_serializing_if = "is_not")]
    pub made: bool,
    /// What a responder is going to decide about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

impl Course {
    /// Whether there is nothing to say about it.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_not(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A decision that a responder takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whose it is.
    pub responder: Uuid,
    /// The decision.
    pub decision: TimeoutAction,
    /// What the task says as its details.
    pub message: String,
}

/// A rule that plays the administrator who decides about blocked tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Responder {
    /// Its id.
    pub id: Uuid,
    /// Of this operation only.
    pub operation: Option<Operation>,
    /// Of this organization only.
    pub org: Option<Uuid>,
    /// Of this user only.
    pub user: Option<Uuid>,
    /// What it decides.
    pub decision: TimeoutAction,
    /// How many milliseconds after the task was blocked.
    pub after: i64,
    /// What the task says as its details.
    pub message: String,
    /// How often it may; without it, always.
    pub times: Option<u32>,
    /// How many tasks it has taken on.
    pub hits: u32,
}

impl Responder {
    /// Whether it takes on a task of this operation, organization and user.
    #[must_use]
    pub fn takes(&self, operation: Operation, org: Uuid, user: Uuid) -> bool {
        self.times.is_none_or(|times| self.hits < times)
            && self.operation.is_none_or(|wanted| wanted == operation)
            && self.org.is_none_or(|wanted| wanted == org)
            && self.user.is_none_or(|wanted| wanted == user)
    }
}

/// The responders of a cloud, in the order in which they were made: the first that takes a task on decides.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Responders(pub Vec<Responder>);

impl Setting for Responders {
    const KEY: &'static str = "responders";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_whole_add_up_to_it() {
        for whole in [0, 1, 7, 600_000, i64::MAX] {
            let ends = [0, 3, 50, 99, 100];
            let shares = ends.windows(2).map(|pair| Pace::Whole(whole).wait(pair[0], pair[1], 0).unwrap());
            assert_eq!(shares.sum::<i64>(), whole);
        }
        assert_eq!(Pace::Whole(600_000).wait(20, 50, 0), Some(180_000));
    }

    #[test]
    fn so_many_polls_see_a_task_running() {
        let (first, last) = (|polls| Pace::Polls(3).wait(0, 50, polls), |polls| Pace::Polls(3).wait(50, 100, polls));
        assert_eq!([0, 1, 2, 3].map(first), [None, None, None, Some(0)]);
        assert_eq!([2, 3, 4].map(last), [None, None, Some(0)]);
        assert_eq!([0, 1].map(|polls| Pace::Polls(0).wait(0, 100, polls)), [None, Some(0)]);
    }

    #[test]
    fn what_is_usual_is_not_kept() {
        assert_eq!(serde_json::to_string(&Course::default()).unwrap(), "{}");
        let course = Course { held: true, polls: 2, ..Course::default() };
        assert_eq!(serde_json::from_str::<Course>(&serde_json::to_string(&course).unwrap()).unwrap(), course);
        assert!(Course::default().is_usual() && !course.is_usual());
    }
}
