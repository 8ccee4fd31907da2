//! A rule as it is written, and as it is shown. Invariant: what is shown can be sent again and is the same rule.

use super::super::asked::{id, millis};
use super::super::call::Control;
use super::super::plans::spelled;
use super::super::problem::Problem;
use super::super::tasks::operation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vcdsim_model::FaultCode;
use vcdsim_model::action::Method;
use vcdsim_model::mishap::{At, Mishap, Of, Rule, Wire};
use vcdsim_model::operation::Operation;

/// A rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFault {
    /// What it is about; what is not said may be anything.
    #[serde(default)]
    r#match: FaultMatch,
    /// How many that fit are let pass first.
    #[serde(default)]
    skip: u64,
    /// How many it strikes; one. 0 is any number.
    times: Option<u64>,
    /// How likely it strikes one that fits, from 0 to 1; 1.
    probability: Option<f64>,
    /// `request` (before it is done), `task:running` (as a task begins its first phase), `task:2` (its second, and so on), or `response`.
    at: Option<String>,
    /// What goes wrong.
    r#do: Do,
}

/// What a rule is about.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultMatch {
    /// The verb.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// The path, in which `*` stands for anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The name of the operation of the task, or of one that the request may make.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    /// The organization of who asks, or whose task it is, by name or id.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    /// Who asks, or whose task it is: `name`, `name@org` or an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// The object in the path, or what the task is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<String>,
}

/// What goes wrong: one of `status`, `session`, `busy`, `delay` and `transport`.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Do {
    /// It fails with this HTTP status, 400 to 599; a task with this major code.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// With `status`: the minor code; the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    minor_error_code: Option<String>,
    /// With `status`: what the error says.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// `expired`: the session ends before the request is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    /// The object in the path is busy for such a span of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    busy: Option<String>,
    /// The answer comes by such a span later, by the cloud's clock: `2s`, `2s±20%`, `2s±500ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<String>,
    /// `reset`, `empty`, `truncated`, `garbage` or `dribble`.
    #[serde(skip_serializing_if = "Option::is_none")]
    transport: Option<String>,
    /// With `dribble`: how long the body takes, by the cloud's clock; 5s.
    #[serde(skip_serializing_if = "Option::is_none")]
    over: Option<String>,
}

/// A rule, as it stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FaultItem {
    /// Its number.
    id: u64,
    at: String,
    r#match: FaultMatch,
    skip: u64,
    /// 0 is any number.
    times: u64,
    probability: f64,
    r#do: Do,
    /// How many have fit.
    seen: u64,
    /// How many it has struck.
    hits: u64,
}

pub(in super::super) fn positive(name: &str, text: &str) -> Result<i64, Problem> {
    Some(millis(name, text)?).filter(|millis| *millis > 0).ok_or_else(|| Problem::bad(format!("{name} must be longer than nothing.")))
}

/// What was sent, as a rule without a number.
pub(super) async fn rule(control: &Control<'_>, sent: NewFault) -> Result<Rule, Problem> {
    let NewFault { r#match, skip, times, probability, at, r#do } = sent;
    let does = mishap(r#do)?;
    let usual = if matches!(does, Mishap::Delay(..) | Mishap::Wire(..)) { "response" } else { "request" };
    let at = place(at.as_deref().unwrap_or(usual))?;
    let possible = match (at, &does) {
        (At::Request, Mishap::Fail { .. } | Mishap::EndSession | Mishap::Busy(_)) => true,
        (At::Phase(_), Mishap::Fail { .. }) => r#match.method.is_none() && r#match.path.is_none(),
        (At::Response, Mishap::Delay(..) | Mishap::Wire(..)) => true,
        _ => false,
    };
    if !possible {
        let detail = "At request it can fail (status), its session expire or its object be busy; at task it can fail, and has neither method nor path; at response it can be delayed or spoilt (transport).";
        return Err(Problem::bad(detail));
    }
    let (times, probability, of) = (limit(times), likelihood(probability)?, matched(control, r#match).await?);
    begins(control, at, &of)?;
    Ok(Rule { number: 0, at, of, skip, times, probability, does, seen: 0, hits: 0 })
}

/// Refuses a phase that no task comes to.
fn begins(control: &Control<'_>, at: At, of: &Of) -> Result<(), Problem> {
    let At::Phase(phase) = at else { return Ok(()) };
    let phases = |operation: Operation| control.cloud().engine().registry().phases(operation).len();
    let most = of.operation.map_or_else(|| Operation::ALL.iter().copied().map(phases).max().unwrap_or_default(), phases);
    if usize::from(phase) > most {
        return Err(Problem::bad(format!("No task comes to phase {phase}: those that the rule is about have at most {most}.")));
    }
    Ok(())
}

/// How many a rule strikes: one; 0 is any number.
pub(in super::super) fn limit(times: Option<u64>) -> Option<u64> {
    Some(times.unwrap_or(1)).filter(|times| *times > 0)
}

/// How likely a rule strikes.
pub(in super::super) fn likelihood(sent: Option<f64>) -> Result<f64, Problem> {
    let probability = sent.unwrap_or(1.0);
    if (0.0..=1.0).contains(&probability) { Ok(probability) } else { Err(Problem::bad("probability is a number from 0 to 1.")) }
}

fn place(text: &str) -> Result<At, Problem> {
    let phase = |text: &str| if text == "running" { Some(1) } else { text.parse().ok().filter(|phase| *phase > 0) };
    match (text, text.strip_prefix("task:").and_then(phase)) {
        ("request", _) => Ok(At::Request),
        ("response", _) => Ok(At::Response),
        (_, Some(phase)) => Ok(At::Phase(phase)),
        ("message", None) => Err(Problem::bad("Rules for messages are those of broker/faults.")),
        _ => Err(Problem::bad(format!("at is request, response, task:running or the number of a phase as in task:2; not \"{text}\"."))),
    }
}

/// What is sent of an error, with what is usual for the rest.
fn failure(status: u16, minor: Option<String>, message: Option<String>) -> Result<Mishap, Problem> {
    if !(400..600).contains(&status) {
        return Err(Problem::bad("status is the status of an error: 400 to 599."));
    }
    let usual = FaultCode::ALL.iter().find(|code| code.status() == status).unwrap_or(&FaultCode::Internal);
    let minor = minor.unwrap_or_else(|| usual.minor().to_owned());
    Ok(Mishap::Fail { status, minor, message: message.unwrap_or_else(|| "This failure was ordered at /_mock/v1/faults.".to_owned()) })
}

fn mishap(sent: Do) -> Result<Mishap, Problem> {
    let one = || Problem::bad("do takes one of status (with minorErrorCode and message), session, busy, delay and transport (with over).");
    let Do { status, minor_error_code, message, session, busy, delay, transport, over } = sent;
    let beside =
        (minor_error_code.is_some() || message.is_some()) && status.is_none() || over.is_some() && transport.as_deref() != Some("dribble");
    if beside {
        return Err(one());
    }
    match (status, session, busy, delay, transport) {
        (Some(status), None, None, None, None) => failure(status, minor_error_code, message),
        (None, Some(word), None, None, None) if word == "expired" => Ok(Mishap::EndSession),
        (None, None, Some(span), None, None) => Ok(Mishap::Busy(positive("busy", &span)?)),
        (None, None, None, Some(span), None) => lag(&span).map(|(span, jitter)| Mishap::Delay(span, jitter)),
        (None, None, None, None, Some(word)) => spoilt(&word, over.as_deref()),
        _ => Err(one()),
    }
}

/// A span and its jitter: `2s`, `2s±20%`, `2s±500ms`.
pub(in super::super) fn lag(text: &str) -> Result<(i64, i64), Problem> {
    let (span, jitter) = text.split_once('±').unwrap_or((text, "0%"));
    let span = positive("delay", span)?;
    let part = match jitter.strip_suffix('%').map(str::parse::<i64>) {
        Some(Ok(percent @ 0..=100)) => span.saturating_mul(percent) / 100,
        Some(_) => return Err(Problem::bad("What follows ± in delay is a part such as 20%, or a span such as 500ms.")),
        None => millis("delay", jitter)?,
    };
    Ok((span, part))
}

/// What [`lag`] reads.
pub(in super::super) fn spelled_lag(span: i64, jitter: i64) -> String {
    match jitter {
        0 => spelled(span),
        _ => format!("{}±{}", spelled(span), spelled(jitter)),
    }
}

fn spoilt(word: &str, over: Option<&str>) -> Result<Mishap, Problem> {
    let names = || Wire::ALL.iter().map(|wire| wire.name());
    let wire =
        Wire::from_name(word).ok_or_else(|| Problem::bad(format!("\"{word}\" is no way to spoil an answer.")).near(word, names()))?;
    let over = (wire == Wire::Dribble).then(|| positive("over", over.unwrap_or("5s"))).transpose()?;
    Ok(Mishap::Wire(wire, over))
}

async fn matched(control: &Control<'_>, sent: FaultMatch) -> Result<Of, Problem> {
    let verb = |word: &String| {
        let found = Method::ALL.iter().copied().find(|method| method.name().eq_ignore_ascii_case(word));
        found.ok_or_else(|| {
            Problem::bad(format!("\"{word}\" is no verb of the API.")).near(word, Method::ALL.iter().map(|method| method.name()))
        })
    };
    let org = control.org(sent.org.as_deref()).await?;
    Ok(Of {
        method: sent.method.as_ref().map(verb).transpose()?,
        path: sent.path,
        operation: sent.operation.as_deref().map(operation).transpose()?,
        org,
        user: control.user(sent.user.as_deref(), org).await?.map(|user| user.head.id),
        entity: sent.entity.as_deref().map(id).transpose()?,
        ..Of::default()
    })
}

/// Rules as they are shown: as `item` makes them of a rule and the names of its organization and user.
pub(in super::super) async fn shown_as<T>(
    control: &Control<'_>,
    rules: &[Rule],
    item: impl Fn(&Rule, Option<String>, Option<String>) -> T,
) -> Result<Vec<T>, Problem> {
    let mut items = Vec::new();
    for rule in rules {
        items.push(item(rule, control.org_name(rule.of.org).await?, control.user_name(rule.of.user).await?));
    }
    Ok(items)
}

pub(super) async fn shown(control: &Control<'_>, rules: &[Rule]) -> Result<Vec<FaultItem>, Problem> {
    shown_as(control, rules, item).await
}

fn item(rule: &Rule, org: Option<String>, user: Option<String>) -> FaultItem {
    FaultItem {
        id: rule.number,
        at: match rule.at {
            At::Request => "request".to_owned(),
            At::Response => "response".to_owned(),
            At::Message => "message".to_owned(),
            At::Phase(1) => "task:running".to_owned(),
            At::Phase(phase) => format!("task:{phase}"),
        },
        r#match: FaultMatch {
            method: rule.of.method.map(|method| method.name().to_owned()),
            path: rule.of.path.clone(),
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

fn done(mishap: &Mishap) -> Do {
    match mishap {
        Mishap::Fail { status, minor, message } => {
            Do { status: Some(*status), minor_error_code: Some(minor.clone()), message: Some(message.clone()), ..Do::default() }
        }
        Mishap::EndSession => Do { session: Some("expired".to_owned()), ..Do::default() },
        Mishap::Busy(millis) => Do { busy: Some(spelled(*millis)), ..Do::default() },
        Mishap::Delay(millis, jitter) => Do { delay: Some(spelled_lag(*millis, *jitter)), ..Do::default() },
        Mishap::Wire(wire, over) => Do { transport: Some(wire.name().to_owned()), over: over.map(spelled), ..Do::default() },
        // Those are listed elsewhere.
        Mishap::Message(_) => Do::default(),
    }
}
