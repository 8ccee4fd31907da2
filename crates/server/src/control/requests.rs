//! What was asked of the API, and whether it was what a test expects. Invariant: calls of this interface are no requests.

use super::asked::Asked;
use super::call::{Answer, Call, Control, ORG, Outcome, call, of};
use super::problem::Problem;
use crate::edge::{Entry, RequestItem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use vcdsim_model::glob;
use vcdsim_notifier::Filter;

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "requests" "the last requests, newest last, with secrets masked"
        &[("method", "the verb"), PATH, ("status", "the status, such as 403, or its class, such as 4xx"), USER, ORG, SINCE],
        None, Answer::List(of::<RequestItem>, &["number"]), list),
    call!(Delete "requests" "forgets the requests so far" &[], None, Answer::Effect(of::<Forgotten>), clear),
    call!(Post "requests/verify" "whether requests came as expected; 422 that says what came when they did not"
        &[], Some(of::<Verify<RequestMatch>>), Answer::One(of::<Verified>), verify),
    call!(Get "requests/unmatched" "the last requests that nothing took, newest last, and what stood nearest to each"
        &[SINCE], None, Answer::List(of::<RequestItem>, &["number"]), unmatched),
    call!(Post "messages/verify" "whether messages were sent as expected; 422 that says which were when they were not"
        &[], Some(of::<Verify<MessageMatch>>), Answer::One(of::<Verified>), verify_messages),
];

const PATH: (&str, &str) = ("path", "the path, in which * stands for anything");
const USER: (&str, &str) = ("user", "the name of the user");
const SINCE: (&str, &str) = ("since", "after the request of this number");

/// What was forgotten.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Forgotten {
    /// How many requests.
    forgotten: usize,
}

/// Which requests are meant: those for which all that is said holds.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestMatch {
    /// The verb.
    method: Option<String>,
    /// The path, in which `*` stands for anything.
    path: Option<String>,
    /// The status, such as `403`, or its class, such as `4xx`.
    status: Option<String>,
    /// The name of the user.
    user: Option<String>,
    /// The name of the organization.
    org: Option<String>,
    /// What the body contains.
    contains: Option<String>,
}

/// Which messages are meant: those for which all that is said holds.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct MessageMatch {
    /// A pattern as in a binding to a topic exchange.
    routing_key: Option<String>,
    /// The name of an exchange.
    exchange: Option<String>,
    /// What the body contains.
    contains: Option<String>,
}

/// What is expected: so many of one kind, or several kinds in this order, with anything in between.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Verify<M> {
    /// Which are counted.
    r#match: Option<M>,
    /// How many of them; at least one.
    count: Option<Count>,
    /// Which came one after the other.
    sequence: Option<Vec<M>>,
}

/// How many.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Count {
    /// At least so many.
    min: Option<usize>,
    /// At most so many.
    max: Option<usize>,
    /// Just so many.
    exactly: Option<usize>,
}

/// That it is as expected.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Verified {
    /// How many were counted, or how many the sequence has.
    matched: usize,
}

impl Count {
    fn wrong(self, found: usize) -> Option<String> {
        let Self { min, max, exactly } = self;
        let min = if (min, max, exactly) == (None, None, None) { Some(1) } else { min };
        match (min, max, exactly) {
            (_, _, Some(exactly)) if found != exactly => Some(format!("exactly {exactly}")),
            (Some(min), ..) if found < min => Some(format!("at least {min}")),
            (_, Some(max), _) if found > max => Some(format!("at most {max}")),
            _ => None,
        }
    }
}

impl RequestMatch {
    fn fits(&self, entry: &Entry) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found.is_some_and(|found| found.eq_ignore_ascii_case(wanted)))
        };
        same(&self.method, Some(entry.verb()))
            && self.path.as_deref().is_none_or(|path| glob::fits(path, &entry.path))
            && self.status.as_deref().is_none_or(|status| has_status(status, entry.status))
            && same(&self.user, entry.user.as_deref())
            && same(&self.org, entry.org.as_deref())
            && self.contains.as_deref().is_none_or(|text| entry.body().contains(text))
    }

    /// Refuses what can fit nothing.
    fn checked(self) -> Result<Self, Problem> {
        let is_status =
            |text: &str| text.len() == 3 && (text[..1].parse::<u8>().is_ok() && (text.ends_with("xx") || text.parse::<u16>().is_ok()));
        if self.status.as_deref().is_some_and(|status| !status.is_ascii() || !is_status(status)) {
            return Err(Problem::bad("status is a number such as 403, or a class such as 4xx."));
        }
        Ok(self)
    }
}

fn has_status(wanted: &str, status: u16) -> bool {
    let status = status.to_string();
    wanted.strip_suffix("xx").map_or(wanted == status, |class| status.starts_with(class))
}

/// The requests that `keep` keeps, the newest of them.
fn show(control: &Control<'_>, asked: &Asked, keep: impl Fn(&Entry) -> bool) -> Outcome {
    let since =
        asked.query("since").map_or(Ok(0), str::parse::<u64>).map_err(|_not_one| Problem::bad("since is the number of a request."))?;
    let limit = asked.limit()?;
    let all = control.instance.edge.journal().all();
    let kept = all.iter().rev().take_while(|entry| entry.number > since).filter(|entry| keep(entry)).take(limit);
    let mut items: Vec<RequestItem> = kept.map(|entry| entry.shown()).collect();
    items.reverse();
    Ok(control.list(items))
}

pub(super) async fn list(control: &Control<'_>, asked: Asked) -> Outcome {
    let value = |name: &str| asked.query(name).map(str::to_owned);
    let org = control.org_name(control.org(asked.query("org")).await?).await?;
    let wanted =
        RequestMatch { method: value("method"), path: value("path"), status: value("status"), user: value("user"), org, contains: None };
    let wanted = wanted.checked()?;
    show(control, &asked, |entry| wanted.fits(entry))
}

pub(super) async fn unmatched(control: &Control<'_>, asked: Asked) -> Outcome {
    show(control, &asked, |entry| entry.near.is_some())
}

pub(super) async fn clear(control: &Control<'_>, _: Asked) -> Outcome {
    Ok(control.effect(&Forgotten { forgotten: control.instance.edge.journal().clear() }))
}

pub(super) async fn verify(control: &Control<'_>, asked: Asked) -> Outcome {
    let sent: Verify<RequestMatch> = asked.body()?;
    let all = control.instance.edge.journal().all();
    let found = || all.iter().map(|entry| entry.line()).collect();
    if let Some(sequence) = sent.sequence {
        let sequence = sequence.into_iter().map(RequestMatch::checked).collect::<Result<Vec<_>, _>>()?;
        only_one_of(sent.r#match.is_some() || sent.count.is_some(), &sequence)?;
        let mut left = all.iter();
        let met = sequence.iter().take_while(|step| left.any(|entry| step.fits(entry))).count();
        return in_order(control, met, sequence.len(), found);
    }
    let wanted = sent.r#match.unwrap_or_default().checked()?;
    let matched: Vec<&Arc<Entry>> = all.iter().filter(|entry| wanted.fits(entry)).collect();
    counted(control, sent.count, matched.len(), "requests", found)
}

pub(super) async fn verify_messages(control: &Control<'_>, asked: Asked) -> Outcome {
    let sent: Verify<MessageMatch> = asked.body()?;
    let notifier = &control.instance.notifier;
    let all = notifier.journal(usize::MAX, &Filter::default()).await?;
    let found = || all.iter().map(|entry| format!("{} to {}", entry.message.routing_key, entry.message.exchange)).collect();
    if let Some(sequence) = sent.sequence {
        only_one_of(sent.r#match.is_some() || sent.count.is_some(), &sequence)?;
        let (mut after, mut met) = (i64::MIN, 0);
        for step in &sequence {
            let events = events_of(control, step).await?;
            let Some(next) = events.into_iter().find(|event| *event > after) else { break };
            (after, met) = (next, met + 1);
        }
        return in_order(control, met, sequence.len(), found);
    }
    let matched = events_of(control, &sent.r#match.unwrap_or_default()).await?;
    counted(control, sent.count, matched.len(), "messages", found)
}

/// The numbers of the events that the messages meant are about, one for each message.
async fn events_of(control: &Control<'_>, wanted: &MessageMatch) -> Result<Vec<i64>, Problem> {
    let filter = Filter { routing_key: wanted.routing_key.clone(), exchange: wanted.exchange.clone() };
    let found = control.instance.notifier.journal(usize::MAX, &filter).await?;
    let contains = |body: &str| wanted.contains.as_deref().is_none_or(|text| body.contains(text));
    Ok(found.into_iter().filter(|entry| contains(&entry.message.body)).map(|entry| entry.event).collect())
}

fn only_one_of<M>(other: bool, sequence: &[M]) -> Result<(), Problem> {
    if other || sequence.is_empty() {
        return Err(Problem::bad("Say match, with count if it is not at least one, or sequence, which is not empty; not both."));
    }
    Ok(())
}

fn in_order(control: &Control<'_>, met: usize, of: usize, found: impl Fn() -> Vec<String>) -> Outcome {
    if met == of {
        return Ok(control.answer(&Verified { matched: of }));
    }
    Err(Problem::unexpected(format!("Step {} of {of} did not come after those before it; found lists all that came.", met + 1), found()))
}

fn counted(control: &Control<'_>, count: Option<Count>, matched: usize, what: &str, found: impl Fn() -> Vec<String>) -> Outcome {
    match count.unwrap_or_default().wrong(matched) {
        None => Ok(control.answer(&Verified { matched })),
        Some(wanted) => Err(Problem::unexpected(
            format!("Of these {what} {wanted} should have come, and {matched} did; found lists all that came."),
            found(),
        )),
    }
}
