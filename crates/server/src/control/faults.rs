//! Faults that somebody orders, and objects that are busy for a while. Invariant: a rule that could never strike is refused with the reason.

pub(super) mod rule;

use super::asked::Asked;
use super::broker::rule::{BrokerFaultItem, shown as shown_of_messages};
use super::call::{Answer, Call, Control, Effect, Outcome, call, of};
use super::problem::Problem;
use rule::{FaultItem, NewFault, positive, rule, shown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::{format_time, from_millis};
use vcdsim_model::mishap::{At, Mishaps, Rule};
use vcdsim_store::TimerKind;

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "faults" "the rules by which requests, tasks and answers go wrong, with what each has struck" &[], None, Answer::List(of::<FaultItem>, &["id"]), list),
    call!(Post "faults" "adds a rule, which is tried after those that are there" &[], Some(of::<NewFault>), Answer::Effect(of::<FaultItem>), add),
    call!(Put "faults" "begins the row of random choices anew, from a seed: that of these rules and of broker/faults" &[], Some(of::<Seed>), Answer::Effect(of::<Seed>), seed),
    call!(Delete "faults" "removes all rules, and says which of them have struck nothing" &[], None, Answer::Effect(of::<Removed>), clear),
    call!(Delete "faults/{id}" "removes a rule, and says whether it has struck anything" &[], None, Answer::Effect(of::<Removed>), remove),
    call!(Get "busy" "what is busy without a task, the earliest to be free first" &[], None, Answer::List(of::<BusyItem>, &["id"]), busy),
    call!(Put "busy/{id}" "makes an object busy for a while, as a task of its own would" &[], Some(of::<KeepBusy>), Answer::Effect(of::<Effect>), keep_busy),
    call!(Delete "busy/{id}" "lets go of an object that is busy without a task" &[], None, Answer::Effect(of::<Effect>), set_free),
];

/// What random choices are made from.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    /// The same seed gives the same choices.
    seed: u64,
}

/// What was removed.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Removed {
    /// How many rules.
    removed: usize,
    /// Those of them that have struck nothing: a test that made them may not have tested what it was to.
    unused: Vec<FaultItem>,
}

/// How long.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepBusy {
    /// A span of time, as in `10m`.
    r#for: String,
}

/// An object that is busy without a task.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BusyItem {
    /// Its URN.
    id: String,
    name: String,
    /// When it is free again.
    until: String,
}

/// A rule that has struck nothing.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Unused {
    /// One of `faults`.
    Fault(FaultItem),
    /// One of `broker/faults`.
    Broker(BrokerFaultItem),
}

fn is_ours(rule: &Rule) -> bool {
    rule.at != At::Message
}

/// The rules that `which` picks.
pub(super) async fn rules(control: &Control<'_>, which: impl Fn(&Rule) -> bool) -> Result<Vec<Rule>, Problem> {
    let mishaps: Mishaps = control.cloud().read().setting().await?;
    Ok(mishaps.rules.into_iter().filter(which).collect())
}

/// All rules that have struck nothing so far.
pub(super) async fn unused(control: &Control<'_>) -> Result<Vec<Unused>, Problem> {
    let ours = rules(control, |rule| rule.hits == 0 && is_ours(rule)).await?;
    let others = rules(control, |rule| rule.hits == 0 && !is_ours(rule)).await?;
    let (ours, others) = (shown(control, &ours).await?, shown_of_messages(control, &others).await?);
    Ok(ours.into_iter().map(Unused::Fault).chain(others.into_iter().map(Unused::Broker)).collect())
}

/// Adds a rule; answers with it and its number.
pub(super) async fn insert(control: &Control<'_>, mut rule: Rule) -> Result<Rule, Problem> {
    let add = move |mishaps: &mut Mishaps| {
        mishaps.last += 1;
        rule.number = mishaps.last;
        mishaps.rules.push(rule.clone());
        Ok(rule)
    };
    Ok(control.cloud().change_mishaps(add).await?)
}

/// Removes the rules that `which` picks.
pub(super) async fn take(control: &Control<'_>, which: impl Fn(&Rule) -> bool + Send + 'static) -> Result<Vec<Rule>, Problem> {
    let take = move |mishaps: &mut Mishaps| {
        let (taken, left) = std::mem::take(&mut mishaps.rules).into_iter().partition(which);
        mishaps.rules = left;
        Ok::<Vec<Rule>, Fault>(taken)
    };
    Ok(control.cloud().change_mishaps(take).await?)
}

/// Removes the rule that the path names, if it is one of those that `place` lists.
pub(super) async fn take_one(control: &Control<'_>, asked: &Asked, place: &str, which: fn(&Rule) -> bool) -> Result<Vec<Rule>, Problem> {
    let word = asked.words.first().cloned().unwrap_or_default();
    let number = word.parse::<u64>().ok();
    let removed = take(control, move |rule| Some(rule.number) == number && which(rule)).await?;
    if removed.is_empty() {
        let elsewhere = !rules(control, |rule| Some(rule.number) == number).await?.is_empty();
        let hint =
            if elsewhere { " There is one of that number among the others: faults and broker/faults are numbered together." } else { "" };
        return Err(Problem::missing(format!("There is no rule {word} here; GET {place} lists them.{hint}")));
    }
    Ok(removed)
}

pub(super) async fn list(control: &Control<'_>, _: Asked) -> Outcome {
    Ok(control.list(shown(control, &rules(control, is_ours).await?).await?))
}

pub(super) async fn add(control: &Control<'_>, asked: Asked) -> Outcome {
    let rule = insert(control, rule(control, asked.body()?).await?).await?;
    Ok(control.effect(&shown(control, &[rule]).await?.remove(0)))
}

pub(super) async fn seed(control: &Control<'_>, asked: Asked) -> Outcome {
    let sent: Seed = asked.body()?;
    let begin = move |mishaps: &mut Mishaps| {
        (mishaps.seed, mishaps.drawn) = (sent.seed, 0);
        Ok(())
    };
    control.cloud().change_mishaps(begin).await?;
    Ok(control.effect(&sent))
}

pub(super) async fn clear(control: &Control<'_>, _: Asked) -> Outcome {
    gone(control, take(control, is_ours).await?).await
}

pub(super) async fn remove(control: &Control<'_>, asked: Asked) -> Outcome {
    gone(control, take_one(control, &asked, "faults", is_ours).await?).await
}

async fn gone(control: &Control<'_>, removed: Vec<Rule>) -> Outcome {
    let unused: Vec<_> = removed.iter().filter(|rule| rule.hits == 0).cloned().collect();
    Ok(control.effect(&Removed { removed: removed.len(), unused: shown(control, &unused).await? }))
}

pub(super) async fn busy(control: &Control<'_>, asked: Asked) -> Outcome {
    let reader = control.cloud().read();
    let mut items = Vec::new();
    for timer in reader.timers(from_millis(i64::MAX), u64::MAX).await?.into_iter().filter(|timer| timer.kind == TimerKind::Busy) {
        if let Some(object) = reader.object(timer.subject).await?.filter(|_| items.len() < asked.limit().unwrap_or_default()) {
            items.push(BusyItem { id: object.urn().to_string(), name: object.head.name.clone(), until: format_time(timer.due) });
        }
    }
    asked.limit().map(|_| control.list(items))
}

pub(super) async fn keep_busy(control: &Control<'_>, asked: Asked) -> Outcome {
    let (object, sent): (Uuid, KeepBusy) = (asked.id()?, asked.body()?);
    let span = positive("for", &sent.r#for)?;
    known(control, object).await?;
    control.cloud().keep_busy(object, span).await?;
    Ok(control.effect(&Effect::default()))
}

pub(super) async fn set_free(control: &Control<'_>, asked: Asked) -> Outcome {
    let object = asked.id()?;
    known(control, object).await?;
    if !control.cloud().set_free(object).await? {
        return Err(Problem::new(409, "It is not so", "The object is not busy, or a task holds it: GET tasks lists those."));
    }
    Ok(control.effect(&Effect::default()))
}

async fn known(control: &Control<'_>, object: Uuid) -> Result<(), Problem> {
    let found = control.cloud().read().object(object).await?;
    found.map(drop).ok_or_else(|| Problem::missing(format!("There is no object {object}.")))
}
