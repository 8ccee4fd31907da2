//! A rule for messages as it is written, and as it is shown. Invariant: what is shown can be sent again and is the same rule.

use super::super::asked::id;
use super::super::call::Control;
use super::super::faults::rule::{lag, likelihood, limit, positive, shown_as, spelled_lag};
use super::super::plans::spelled;
use super::super::problem::Problem;
use super::super::tasks::operation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vcdsim_model::event::{EventType, Origin, PREFIX};
use vcdsim_model::fate::{Cut, Form, Ordered};
use vcdsim_model::glob;
use vcdsim_model::mishap::{At, Mishap, Of, Rule};

/// How often a message is sent more often, or refused, at most.
const MOST: u32 = 1_000;

/// A rule for messages.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBrokerFault {
    /// Which messages; what is not said may be anything.
    #[serde(default)]
    r#match: MessageMatch,
    /// How many that fit are let pass first.
    #[serde(default)]
    skip: u64,
    /// How many it strikes; one. 0 is any number.
    times: Option<u64>,
    /// How likely it strikes one that fits, from 0 to 1; 1.
    probability: Option<f64>,
    /// What becomes of them.
    r#do: MessageDo,
}

/// Which messages. Each event has two, one in each form.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct MessageMatch {
    /// The type of the event, as in `blockingtask/create`; `*` stands for anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
    /// `xml` or `json`: to which of the two exchanges; either.
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<String>,
    /// The routing key, as the pattern of a binding.
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_key: Option<String>,
    /// The name of the operation of the event's task.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    /// The organization that owns the object, by name or id.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    /// Who caused the event: `name`, `name@org` or an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// What the event is about, or its task.
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<String>,
}

/// What becomes of a message: one of `drop`, `duplicate`, `delay`, `reorder`, `refuse` and `disconnect`.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageDo {
    /// `true`: it is never sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    drop: Option<bool>,
    /// It is sent so many times more, with the same id.
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate: Option<u32>,
    /// It is sent by such a span later, by the cloud's clock: `2s`, `2s±20%`, `2s±500ms`. What follows about the same object waits for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<String>,
    /// The next message about the same object overtakes it, if one comes within this span of the cloud's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    reorder: Option<String>,
    /// It is taken for refused (`basic.nack`) so many times before it may go.
    #[serde(skip_serializing_if = "Option::is_none")]
    refuse: Option<u32>,
    /// The connection is cut: `before` it is sent, or `after` the broker has it and before that is known, so that it comes twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect: Option<String>,
    /// With `disconnect`: for such a span of the cloud's clock from the event on there is no connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#for: Option<String>,
}

/// A rule for messages, as it stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct BrokerFaultItem {
    /// Its number.
    id: u64,
    r#match: MessageMatch,
    skip: u64,
    /// 0 is any number.
    times: u64,
    probability: f64,
    r#do: MessageDo,
    /// How many have fit.
    seen: u64,
    /// How many it has struck.
    hits: u64,
}

/// What was sent, as a rule without a number.
pub(super) async fn rule(control: &Control<'_>, sent: NewBrokerFault) -> Result<Rule, Problem> {
    let NewBrokerFault { r#match, skip, times, probability, r#do } = sent;
    let does = Mishap::Message(ordered(r#do)?);
    let (times, probability) = (limit(times), likelihood(probability)?);
    Ok(Rule { number: 0, at: At::Message, of: matched(control, r#match).await?, skip, times, probability, does, seen: 0, hits: 0 })
}

fn ordered(sent: MessageDo) -> Result<Ordered, Problem> {
    let MessageDo { drop, duplicate, delay, reorder, refuse, disconnect, r#for } = sent;
    let one = || Problem::bad("do takes one of drop (true), duplicate, delay, reorder, refuse and disconnect (with for).");
    if r#for.is_some() && disconnect.is_none() {
        return Err(one());
    }
    match (drop, duplicate, delay, reorder, refuse, disconnect) {
        (Some(true), None, None, None, None, None) => Ok(Ordered::Drop),
        (None, Some(times), None, None, None, None) => count("duplicate", times).map(Ordered::Duplicate),
        (None, None, Some(span), None, None, None) => lag(&span).map(|(span, jitter)| Ordered::Delay(span, jitter)),
        (None, None, None, Some(span), None, None) => positive("reorder", &span).map(Ordered::Reorder),
        (None, None, None, None, Some(times), None) => count("refuse", times).map(Ordered::Refuse),
        (None, None, None, None, None, Some(word)) => {
            let names = || Cut::ALL.iter().map(|cut| cut.name());
            let cut = Cut::from_name(&word)
                .ok_or_else(|| Problem::bad(format!("disconnect is before or after, not \"{word}\".")).near(&word, names()))?;
            Ok(Ordered::Disconnect(cut, r#for.map(|span| positive("for", &span)).transpose()?))
        }
        _ => Err(one()),
    }
}

fn count(name: &str, times: u32) -> Result<u32, Problem> {
    if (1..=MOST).contains(&times) { Ok(times) } else { Err(Problem::bad(format!("{name} is a number from 1 to {MOST}."))) }
}

async fn matched(control: &Control<'_>, sent: MessageMatch) -> Result<Of, Problem> {
    let form = |word: &String| {
        let found = Form::ALL.into_iter().find(|form| form.name() == word);
        found.ok_or_else(|| Problem::bad(format!("form is xml or json, not \"{word}\".")))
    };
    let org = control.org(sent.org.as_deref()).await?;
    Ok(Of {
        event: sent.r#type.as_deref().map(event_type).transpose()?,
        form: sent.form.as_ref().map(form).transpose()?,
        key: sent.routing_key.as_deref().map(key).transpose()?,
        operation: sent.operation.as_deref().map(operation).transpose()?,
        org,
        user: control.user(sent.user.as_deref(), org).await?.map(|user| user.head.id),
        entity: sent.entity.as_deref().map(id).transpose()?,
        ..Of::default()
    })
}

/// A pattern that some event may fit. Extension services bring types of their own, so what looks like none of ours is let be.
fn event_type(text: &str) -> Result<String, Problem> {
    let pattern = text.strip_prefix(PREFIX).unwrap_or(text);
    let fitting: Vec<EventType> = EventType::all().filter(|known| glob::fits(pattern, known.short())).collect();
    let reasons: Vec<&str> =
        fitting.iter().filter_map(|known| if let Origin::Nothing(why) = known.origin() { Some(why) } else { None }).collect();
    if let (Some(why), true) = (reasons.first(), reasons.len() == fitting.len()) {
        return Err(Problem::bad(format!("No event of the type \"{pattern}\" ever happens here: {why}.")));
    }
    let object = pattern.split_once('/').map(|(object, _)| object);
    let ours = |object: &str| EventType::all().any(|known| known.short().split('/').next() == Some(object));
    if fitting.is_empty() && object.is_none_or(ours) {
        let problem = Problem::bad(format!("There is no event of the type \"{pattern}\"."));
        return Err(problem.near(pattern, EventType::all().map(EventType::short)));
    }
    Ok(pattern.to_owned())
}

fn key(pattern: &str) -> Result<String, Problem> {
    let words = pattern.split('.').count();
    let fits = !pattern.is_empty() && (pattern.contains('#') || words >= 5);
    let wrong = || {
        Problem::bad(format!(
            "No routing key fits \"{pattern}\": a key begins with success, object, organization and user, as in true.*.*.*.com.vmware.vcloud.event.task.create.#"
        ))
    };
    if fits { Ok(pattern.to_owned()) } else { Err(wrong()) }
}

pub(in super::super) async fn shown(control: &Control<'_>, rules: &[Rule]) -> Result<Vec<BrokerFaultItem>, Problem> {
    shown_as(control, rules, item).await
}

fn item(rule: &Rule, org: Option<String>, user: Option<String>) -> BrokerFaultItem {
    BrokerFaultItem {
        id: rule.number,
        r#match: MessageMatch {
            r#type: rule.of.event.clone(),
            form: rule.of.form.map(|form| form.name().to_owned()),
            routing_key: rule.of.key.clone(),
            operation: rule.of.operation.map(|operation| operation.name().to_owned()),
            org,
            user,
            entity: rule.of.entity.map(|id| id.to_string()),
        },
        skip: rule.skip,
        times: rule.times.unwrap_or_default(),
        probability: rule.probability,
        r#do: done(&rule.does),
        seen: rule.seen,
        hits: rule.hits,
    }
}

fn done(mishap: &Mishap) -> MessageDo {
    let Mishap::Message(ordered) = mishap else { return MessageDo::default() };
    match *ordered {
        Ordered::Drop => MessageDo { drop: Some(true), ..MessageDo::default() },
        Ordered::Duplicate(times) => MessageDo { duplicate: Some(times), ..MessageDo::default() },
        Ordered::Delay(span, jitter) => MessageDo { delay: Some(spelled_lag(span, jitter)), ..MessageDo::default() },
        Ordered::Reorder(within) => MessageDo { reorder: Some(spelled(within)), ..MessageDo::default() },
        Ordered::Refuse(times) => MessageDo { refuse: Some(times), ..MessageDo::default() },
        Ordered::Disconnect(cut, span) => {
            MessageDo { disconnect: Some(cut.name().to_owned()), r#for: span.map(spelled), ..MessageDo::default() }
        }
    }
}
