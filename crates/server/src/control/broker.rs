//! The broker: how things stand with it, what becomes of messages on their way to it, and whether it is kept away. Invariant: a rule that could
//! never strike is refused with the reason.

pub(super) mod rule;

use super::asked::Asked;
use super::call::{Answer, Call, Control, Effect, Outcome, call, of};
use super::faults::rule::positive;
use super::faults::{insert, rules, take, take_one};
use super::problem::Problem;
use rule::{BrokerFaultItem, NewBrokerFault, rule, shown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vcdsim_model::clock::format_time;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_model::fate::Guise;
use vcdsim_model::mishap::{At, Rule};

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "broker" "the state of the connection to the broker" &[], None, Answer::One(of::<Value>), show),
    call!(Post "broker/stop" "lets the broker take nothing until it is started, or for a span of the clock: it is away, refuses the user, or has no room" &[], Some(of::<Stop>), Answer::Effect(of::<Stopped>), stop),
    call!(Post "broker/start" "lets there be a connection to the broker again" &[], None, Answer::Effect(of::<Effect>), start),
    call!(Get "broker/faults" "the rules by which messages go astray on their way to the broker, with what each has struck" &[], None, Answer::List(of::<BrokerFaultItem>, &["id"]), list),
    call!(Post "broker/faults" "adds a rule, which is tried after those that are there" &[], Some(of::<NewBrokerFault>), Answer::Effect(of::<BrokerFaultItem>), add),
    call!(Delete "broker/faults" "removes all rules for messages, and says which of them have struck nothing" &[], None, Answer::Effect(of::<BrokerRemoved>), clear),
    call!(Delete "broker/faults/{id}" "removes a rule for messages, and says whether it has struck anything" &[], None, Answer::Effect(of::<BrokerRemoved>), remove),
];

/// How long the broker takes nothing, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Stop {
    /// A span of the cloud's clock, as in `10m`; until it is started.
    r#for: Option<String>,
    /// As what it shows itself; as one that is away.
    #[serde(default)]
    r#as: BrokerGuise,
}

/// As what a broker that takes nothing shows itself.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum BrokerGuise {
    /// It cannot be reached.
    #[default]
    Away,
    /// It refuses the user, as with a wrong password.
    Refusing,
    /// It blocks the connection, as with a full disk.
    Full,
}

/// That it takes nothing.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Stopped {
    /// When that ends by itself, if it does.
    until: Option<String>,
}

/// What was removed.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BrokerRemoved {
    /// How many rules.
    removed: usize,
    /// Those of them that have struck nothing: a test that made them may not have tested what it was to.
    unused: Vec<BrokerFaultItem>,
}

fn is_ours(rule: &Rule) -> bool {
    rule.at == At::Message
}

/// Nothing can happen to messages that go nowhere.
async fn needs_broker(control: &Control<'_>) -> Result<(), Problem> {
    let settings: AmqpSettings = control.cloud().read().setting().await?;
    if settings.host.is_empty() {
        let detail = "No broker is configured, so messages are for the journal only and this could mean nothing: name one with --amqp, or PUT /api/admin/extension/settings/amqp.";
        return Err(Problem::new(409, "There is no broker", detail));
    }
    Ok(())
}

pub(super) async fn show(control: &Control<'_>, _: Asked) -> Outcome {
    Ok(control.answer(&json!(*control.instance.notifier.state().borrow())))
}

pub(super) async fn stop(control: &Control<'_>, asked: Asked) -> Outcome {
    let sent: Stop = asked.body()?;
    let span = sent.r#for.map(|span| positive("for", &span)).transpose()?;
    needs_broker(control).await?;
    let guise = match sent.r#as {
        BrokerGuise::Away => Guise::Away,
        BrokerGuise::Refusing => Guise::Refusing,
        BrokerGuise::Full => Guise::Full,
    };
    let outage = control.cloud().stop_broker(span, guise).await?;
    Ok(control.effect(&Stopped { until: outage.until.map(format_time) }))
}

pub(super) async fn start(control: &Control<'_>, _: Asked) -> Outcome {
    if !control.cloud().start_broker().await? {
        let detail = "POST broker/stop does not keep the broker away; GET broker says how things stand, and why.";
        return Err(Problem::new(409, "It is not so", detail));
    }
    Ok(control.effect(&Effect::default()))
}

pub(super) async fn list(control: &Control<'_>, _: Asked) -> Outcome {
    Ok(control.list(shown(control, &rules(control, is_ours).await?).await?))
}

pub(super) async fn add(control: &Control<'_>, asked: Asked) -> Outcome {
    let rule = rule(control, asked.body()?).await?;
    needs_broker(control).await?;
    let rule = insert(control, rule).await?;
    Ok(control.effect(&shown(control, &[rule]).await?.remove(0)))
}

pub(super) async fn clear(control: &Control<'_>, _: Asked) -> Outcome {
    gone(control, take(control, is_ours).await?).await
}

pub(super) async fn remove(control: &Control<'_>, asked: Asked) -> Outcome {
    gone(control, take_one(control, &asked, "broker/faults", is_ours).await?).await
}

async fn gone(control: &Control<'_>, removed: Vec<Rule>) -> Outcome {
    let unused: Vec<_> = removed.iter().filter(|rule| rule.hits == 0).cloned().collect();
    Ok(control.effect(&BrokerRemoved { removed: removed.len(), unused: shown(control, &unused).await? }))
}
