//! Responders: rules that decide about blocked tasks when nobody else does. Invariant: they are kept with the cloud, and what they have done
//! is counted.

use super::asked::{Asked, millis};
use super::call::{Answer, Call, Control, Effect, Outcome, call, of};
use super::plans::spelled;
use super::problem::Problem;
use super::tasks::operation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::blocking::TimeoutAction;
use vcdsim_model::operation::Operation;
use vcdsim_model::plan::{Responder, Responders};

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "responders" "who decides about blocked tasks by itself, in the order in which they are asked" &[], None, Answer::List(of::<ResponderItem>, &["id"]), list),
    call!(Post "responders" "adds one: when a task is blocked that it takes on, it decides so long after that" &[], Some(of::<Rule>), Answer::Effect(of::<ResponderItem>), add),
    call!(Delete "responders" "removes all, and what they were going to decide" &[], None, Answer::Effect(of::<Effect>), clear),
    call!(Delete "responders/{id}" "removes one, and what it was going to decide" &[], None, Answer::Effect(of::<Effect>), remove),
];

/// A rule: which tasks, and what is decided about them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// Which tasks; all.
    #[serde(default)]
    when: Which,
    /// What is decided.
    then: Then,
    /// How often; always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
}

/// Which blocked tasks; what is not said does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// The name of the operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    /// The organization, by name or id.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    /// The user, by name or id, or as `user@org`.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
}

/// One of three decisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Then {
    /// Lets the task go on.
    Resume(Decision),
    /// Ends it and cleans up.
    Abort(Decision),
    /// Ends it as failed.
    Fail(Decision),
}

/// When, and in which words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    /// How long after the task was blocked, as in `30s`; at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// What the task says as its details.
    #[serde(default)]
    message: String,
}

/// A responder.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ResponderItem {
    id: Uuid,
    #[serde(flatten)]
    rule: Rule,
    /// How many tasks it has taken on.
    hits: u32,
}

impl Then {
    const fn action(&self) -> TimeoutAction {
        match self {
            Self::Resume(_) => TimeoutAction::Resume,
            Self::Abort(_) => TimeoutAction::Abort,
            Self::Fail(_) => TimeoutAction::Fail,
        }
    }

    fn decision(self) -> Decision {
        match self {
            Self::Resume(decision) | Self::Abort(decision) | Self::Fail(decision) => decision,
        }
    }

    fn new(action: TimeoutAction, decision: Decision) -> Self {
        match action {
            TimeoutAction::Resume => Self::Resume(decision),
            TimeoutAction::Abort => Self::Abort(decision),
            TimeoutAction::Fail => Self::Fail(decision),
        }
    }
}

impl Control<'_> {
    async fn responder_item(&self, responder: Responder) -> Result<ResponderItem, Problem> {
        let after = (responder.after > 0).then(|| spelled(responder.after));
        let when = Which {
            operation: responder.operation.map(|operation| Operation::name(operation).to_owned()),
            org: self.org_name(responder.org).await?,
            user: self.user_name(responder.user).await?,
        };
        let then = Then::new(responder.decision, Decision { after, message: responder.message });
        Ok(ResponderItem { id: responder.id, rule: Rule { when, then, times: responder.times }, hits: responder.hits })
    }

    async fn responder(&self, rule: Rule) -> Result<Responder, Problem> {
        let Rule { when, then, times } = rule;
        let org = self.org(when.org.as_deref()).await?;
        let user = self.user(when.user.as_deref(), org).await?.map(|user| user.head.id);
        let (decision, Decision { after, message }) = (then.action(), then.decision());
        let after = after.map_or(Ok(0), |text| millis("after", &text))?;
        if after < 0 || times == Some(0) {
            return Err(Problem::bad("after is a span from now on, and times a number from 1 on."));
        }
        let operation = when.operation.as_deref().map(operation).transpose()?;
        Ok(Responder { id: Uuid::nil(), operation, org, user, decision, after, message, times, hits: 0 })
    }
}

pub(super) async fn list(control: &Control<'_>, asked: Asked) -> Outcome {
    let responders: Responders = control.cloud().read().setting().await?;
    let mut items = Vec::new();
    for responder in responders.0.into_iter().take(asked.limit()?) {
        items.push(control.responder_item(responder).await?);
    }
    Ok(control.list(items))
}

pub(super) async fn add(control: &Control<'_>, asked: Asked) -> Outcome {
    let responder = control.responder(asked.body()?).await?;
    let added = control.cloud().add_responder(responder).await?;
    Ok(control.effect(&control.responder_item(added).await?))
}

pub(super) async fn remove(control: &Control<'_>, asked: Asked) -> Outcome {
    let id = asked.id()?;
    match control.cloud().dismiss_responders(Some(id)).await? {
        0 => Err(Problem::missing(format!("There is no responder {id}; GET responders lists them."))),
        _ => Ok(control.effect(&Effect::default())),
    }
}

pub(super) async fn clear(control: &Control<'_>, _: Asked) -> Outcome {
    control.cloud().dismiss_responders(None).await?;
    Ok(control.effect(&Effect::default()))
}
