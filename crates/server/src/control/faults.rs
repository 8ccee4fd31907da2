//! Faults that somebody orders, and objects that are busy for a while. Invariant: a rule that could never strike is refused with the reason.

mod rule;

use super::asked::Asked;
use super::call::{Answer, Call, Control, Effect, Outcome, call, of};
use super::problem::Problem;
use rule::{FaultItem, NewFault, positive, rule, shown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::{format_time, from_millis};
use vcdsim_model::mishap::{Mishaps, Rule};
use vcdsim_store::TimerKind;

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "faults" "the rules by which requests, tasks and answers go wrong, with what each has struck" &[], None, Answer::List(of::<FaultItem>, &["id"]), list),
    call!(Post "faults" "adds a rule, which is tried after those that are there" &[], Some(of::<NewFault>), Answer::Effect(of::<FaultItem>), add),
    call!(Put "faults" "begins the row of random choices anew, from a seed" &[], Some(of::<Seed>), Answer::Effect(of::<Seed>), seed),
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

pub(super) async fn list(control: &Control<'_>, _: Asked) -> Outcome {
    let mishaps: Mishaps = control.cloud().read().setting().await?;
    Ok(control.list(shown(control, &mishaps.rules).await?))
}

pub(super) async fn add(control: &Control<'_>, asked: Asked) -> Outcome {
    let mut rule = rule(control, asked.body()?).await?;
    let add = move |mishaps: &mut Mishaps| {
        mishaps.last += 1;
        rule.number = mishaps.last;
        mishaps.rules.push(rule.clone());
        Ok(rule)
    };
    let rule = control.cloud().change_mishaps(add).await?;
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
    let removed = control.cloud().change_mishaps(|mishaps| Ok(std::mem::take(&mut mishaps.rules))).await?;
    gone(control, removed).await
}

pub(super) async fn remove(control: &Control<'_>, asked: Asked) -> Outcome {
    let word = asked.words.first().cloned().unwrap_or_default();
    let missing = Problem::missing(format!("There is no rule {word}; GET faults lists them."));
    let Ok(number) = word.parse::<u64>() else { return Err(missing) };
    let take = move |mishaps: &mut Mishaps| {
        let (taken, left) = std::mem::take(&mut mishaps.rules).into_iter().partition(|rule| rule.number == number);
        mishaps.rules = left;
        Ok::<Vec<Rule>, Fault>(taken)
    };
    let removed = control.cloud().change_mishaps(take).await?;
    if removed.is_empty() { Err(missing) } else { gone(control, removed).await }
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
