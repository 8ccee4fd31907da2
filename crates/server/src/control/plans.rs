//! Plans: how the tasks of an operation are to go. Invariant: a plan is for the tasks that are made after it; those that there are keep
//! theirs.

use super::asked::{Asked, millis};
use super::call::{Answer, Call, Control, Effect, Outcome, call, of};
use super::problem::Problem;
use super::tasks::operation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vcdsim_model::FaultCode;
use vcdsim_model::operation::Operation;
use vcdsim_model::plan::{Pace, Plan, PlannedFailure, TaskPlans};
use vcdsim_model::task::{ErrorCode, TaskError};

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "task-plans" "the plans that there are; last the one for all other operations" &[], None, Answer::List(of::<PlanItem>, &["operation"]), list),
    call!(Delete "task-plans" "removes all plans" &[], None, Answer::Effect(of::<Effect>), clear),
    call!(Get "task-plans/{operation}" "how new tasks of an operation go, and which phases they have" &[], None, Answer::One(of::<PlanItem>), one),
    call!(Put "task-plans/{operation}" "says how new tasks of an operation go, or those of all operations without a plan of their own: default" &[], Some(of::<SetPlan>), Answer::Effect(of::<PlanItem>), set),
    call!(Delete "task-plans/{operation}" "removes that plan" &[], None, Answer::Effect(of::<PlanItem>), remove),
];

/// The plan for all operations that have none of their own.
const DEFAULT: &str = "default";

/// When the phases of a task run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum When {
    /// At once.
    #[default]
    Immediate,
    /// At once, but new tasks stay `queued` until they are released or stepped.
    Queued,
    /// When somebody steps or releases the task.
    Manual,
    /// Each after this span, as in `2s`.
    Each(String),
    /// All within this span, as in `10m`; each after its share of the progress.
    Total(String),
    /// So many times clients see the task running; who asks then sees its end. Only `GET` of the task itself counts.
    Polls(u32),
}

/// How the tasks of an operation go.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PlanItem {
    /// The operation, or `default`.
    operation: &'static str,
    /// When their phases run.
    pace: When,
    /// How they fail, if they are to.
    #[serde(skip_serializing_if = "Option::is_none")]
    fail: Option<FailItem>,
    /// Where that is said: by a plan of the `operation`, by the `default` plan, or by the `server` (`--pace`).
    from: &'static str,
    /// The names of their phases, in order.
    phases: Vec<&'static str>,
}

/// How the tasks of an operation are to go.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetPlan {
    /// When their phases run; at once.
    #[serde(default)]
    pace: When,
    /// How they fail; not at all.
    fail: Option<FailItem>,
}

/// A failure that is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct FailItem {
    /// The phase that fails; the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    /// As in `Error`: 500, or that of the platform's own minor code.
    #[serde(skip_serializing_if = "Option::is_none")]
    major_error_code: Option<u16>,
    /// As in `Error`; `INTERNAL_SERVER_ERROR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    minor_error_code: Option<String>,
    /// As in `Error`; that the task failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// What a task says of its failure.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ErrorItem {
    /// As in `Error`: 500, or that of the platform's own minor code.
    major_error_code: Option<u16>,
    /// As in `Error`; `INTERNAL_SERVER_ERROR`.
    minor_error_code: Option<String>,
    /// As in `Error`; that the task failed.
    message: Option<String>,
}

impl ErrorItem {
    /// The error that it describes.
    pub(super) fn error(self) -> Result<TaskError, Problem> {
        let minor = self.minor_error_code.unwrap_or_else(|| FaultCode::Internal.minor().to_owned());
        if minor.is_empty() || minor.len() > 128 {
            return Err(Problem::bad("minorErrorCode has between 1 and 128 bytes."));
        }
        let message = self.message.unwrap_or_else(|| "The task failed.".to_owned());
        let ours = FaultCode::ALL.iter().copied().find(|code| code.minor() == minor);
        let code = match (ours, self.major_error_code) {
            (Some(code), None) => code.into(),
            (Some(code), Some(major)) if major == code.status() => code.into(),
            (_, major) => ErrorCode::Service { major: major.unwrap_or(500).into(), minor, vendor: None },
        };
        Ok(TaskError { code, message })
    }
}

fn span(name: &str, text: &str) -> Result<i64, Problem> {
    match millis(name, text)? {
        millis @ 0.. => Ok(millis),
        _ => Err(Problem::bad(format!("{name} is a span from now on, not one that is over: \"{text}\"."))),
    }
}

/// A span as people write it.
pub(super) fn spelled(millis: i64) -> String {
    format!("{:#}", jiff::SignedDuration::from_millis(millis))
}

fn pace(when: When) -> Result<Pace, Problem> {
    Ok(match when {
        When::Immediate => Pace::Immediate,
        When::Queued => Pace::Held,
        When::Manual => Pace::Manual,
        When::Each(text) => Pace::Fixed(span("each", &text)?),
        When::Total(text) => Pace::Whole(span("total", &text)?),
        When::Polls(times) => Pace::Polls(times),
    })
}

/// A pace as the interface writes it.
pub(super) fn when(pace: Pace) -> When {
    match pace {
        Pace::Immediate => When::Immediate,
        Pace::Held => When::Queued,
        Pace::Manual => When::Manual,
        Pace::Fixed(millis) => When::Each(spelled(millis)),
        Pace::Whole(millis) => When::Total(spelled(millis)),
        Pace::Polls(times) => When::Polls(times),
    }
}

fn fail(failure: &PlannedFailure) -> FailItem {
    let TaskError { code, message } = &failure.error;
    FailItem {
        phase: failure.phase.clone(),
        major_error_code: u16::try_from(code.major()).ok(),
        minor_error_code: Some(code.minor().to_owned()),
        message: Some(message.clone()),
    }
}

/// What a word of the path says: an operation, or all that have no plan of their own.
fn subject(asked: &Asked) -> Result<Option<Operation>, Problem> {
    match asked.words.first().map(String::as_str).unwrap_or_default() {
        DEFAULT => Ok(None),
        name => operation(name).map(Some),
    }
}

impl Control<'_> {
    fn plan_item(&self, plans: &TaskPlans, subject: Option<Operation>) -> PlanItem {
        let own = subject.and_then(|operation| plans.operations.get(&operation)).map(|plan| (plan, "operation"));
        let found = own.or_else(|| plans.default.as_ref().map(|plan| (plan, DEFAULT)));
        let engine = self.cloud().engine();
        PlanItem {
            operation: subject.map_or(DEFAULT, Operation::name),
            pace: when(found.map_or(engine.pace(), |(plan, _)| plan.pace)),
            fail: found.and_then(|(plan, _)| plan.failure.as_ref()).map(fail),
            from: found.map_or("server", |(_, from)| from),
            phases: subject.map_or_else(Vec::new, |operation| self.phase_names(operation)),
        }
    }

    fn phase_names(&self, operation: Operation) -> Vec<&'static str> {
        self.cloud().engine().registry().phases(operation).iter().map(|phase| phase.name).collect()
    }

    fn failure(&self, subject: Option<Operation>, sent: FailItem) -> Result<PlannedFailure, Problem> {
        let FailItem { phase, major_error_code, minor_error_code, message } = sent;
        if let Some(name) = &phase {
            let known = subject.map_or_else(Vec::new, |operation| self.phase_names(operation));
            if !known.contains(&name.as_str()) {
                let what = subject.map_or("Operations as such", Operation::name);
                let detail = format!("{what} has no phase \"{name}\"; there are: {}.", known.join(", "));
                return Err(Problem::bad(detail).near(name, known.into_iter()));
            }
        }
        Ok(PlannedFailure { phase, error: ErrorItem { major_error_code, minor_error_code, message }.error()? })
    }

    async fn change_plans(&self, change: impl FnOnce(&mut TaskPlans) + Send + 'static) -> Result<TaskPlans, Problem> {
        let change = |plans: &mut TaskPlans| {
            change(plans);
            Ok(())
        };
        Ok(self.cloud().change_setting(&self.cloud().provider().await?, change).await?)
    }
}

pub(super) async fn list(control: &Control<'_>, asked: Asked) -> Outcome {
    let plans: TaskPlans = control.cloud().read().setting().await?;
    let subjects = plans.operations.keys().copied().map(Some).chain([None]);
    Ok(control.list(subjects.take(asked.limit()?).map(|subject| control.plan_item(&plans, subject)).collect()))
}

pub(super) async fn one(control: &Control<'_>, asked: Asked) -> Outcome {
    let plans: TaskPlans = control.cloud().read().setting().await?;
    Ok(control.answer(&control.plan_item(&plans, subject(&asked)?)))
}

pub(super) async fn set(control: &Control<'_>, asked: Asked) -> Outcome {
    let (subject, sent): (_, SetPlan) = (subject(&asked)?, asked.body()?);
    let failure = sent.fail.map(|fail| control.failure(subject, fail)).transpose()?;
    let plan = Plan { pace: pace(sent.pace)?, failure };
    let put = move |plans: &mut TaskPlans| match subject {
        Some(operation) => drop(plans.operations.insert(operation, plan)),
        None => plans.default = Some(plan),
    };
    let plans = control.change_plans(put).await?;
    Ok(control.effect(&control.plan_item(&plans, subject)))
}

pub(super) async fn remove(control: &Control<'_>, asked: Asked) -> Outcome {
    let subject = subject(&asked)?;
    let take = move |plans: &mut TaskPlans| match subject {
        Some(operation) => drop(plans.operations.remove(&operation)),
        None => plans.default = None,
    };
    let plans = control.change_plans(take).await?;
    Ok(control.effect(&control.plan_item(&plans, subject)))
}

pub(super) async fn clear(control: &Control<'_>, _: Asked) -> Outcome {
    control.change_plans(|plans| *plans = TaskPlans::default()).await?;
    Ok(control.effect(&Effect::default()))
}
