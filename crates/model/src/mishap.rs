//! Mishaps that somebody ordered: rules by which requests, tasks, answers and messages go wrong. Invariant: which of the things that fit a rule it
//! strikes is a pure function of the rules as they are kept, so that the same run meets the same mishaps.

use crate::action::Method;
use crate::clock::{Time, after_millis};
use crate::event::NewEvent;
use crate::family::settings::Setting;
use crate::fate::{Form, Ordered};
use crate::glob;
use crate::operation::Operation;
use crate::task::{Task, names};
use crate::topic;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The rules, in the order in which they are tried.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Mishaps {
    /// Which of several random runs this is.
    pub seed: u64,
    /// How often chance has been asked.
    pub drawn: u64,
    /// The number of the last rule that was made.
    pub last: u64,
    /// The rules.
    pub rules: Vec<Rule>,
}

impl Setting for Mishaps {
    const KEY: &'static str = "mishaps";
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Its number.
    pub number: u64,
    /// When it is looked at.
    pub at: At,
    /// What it is about; what is not said may be anything.
    pub of: Of,
    /// How many that fit are let pass first.
    pub skip: u64,
    /// How many it strikes; `None` for any number.
    pub times: Option<u64>,
    /// How likely it strikes one that fits.
    pub probability: f64,
    /// What it does.
    pub does: Mishap,
    /// How many have fit.
    pub seen: u64,
    /// How many it has struck.
    pub hits: u64,
}

/// When a rule is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum At {
    /// Before a request is done.
    Request,
    /// When a phase of a task is due, which then does not begin; the first is 1.
    Phase(u16),
    /// When a request has been done.
    Response,
    /// As an event is written, for each of the two messages about it.
    Message,
}

/// What a rule is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Of {
    /// The verb.
    pub method: Option<Method>,
    /// The path, in which `*` stands for anything.
    pub path: Option<String>,
    /// What the task does, or one that the request may make.
    pub operation: Option<Operation>,
    /// The organization of who asks, or whose task it is, or whose the object of the event.
    pub org: Option<Uuid>,
    /// Who asks, or whose task it is, or who caused the event.
    pub user: Option<Uuid>,
    /// The object in the path, or what the task or the event is about.
    pub entity: Option<Uuid>,
    /// The type of the event that the message is about, without what all begin with; `*` stands for anything.
    #[serde(default)]
    pub event: Option<String>,
    /// The form of the message.
    #[serde(default)]
    pub form: Option<Form>,
    /// The routing key of the message, as a pattern of a binding.
    #[serde(default)]
    pub key: Option<String>,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mishap {
    /// It fails with this.
    Fail {
        /// The HTTP status, and the major code.
        status: u16,
        /// `minorErrorCode`.
        minor: String,
        /// What it says.
        message: String,
    },
    /// The session of the request ends.
    EndSession,
    /// The object in the path is busy for so many milliseconds.
    Busy(i64),
    /// The answer comes later: by so many milliseconds, and by up to so many more or less.
    Delay(i64, i64),
    /// The answer is spoilt on the wire.
    Wire(Wire, Option<i64>),
    /// Something becomes of the message on its way to the broker.
    Message(Ordered),
}

names! {
    /// How an answer is spoilt.
    Wire {
        /// The connection is reset instead.
        Reset = "reset",
        /// The connection is closed instead.
        Empty = "empty",
        /// The connection is closed in the middle of the body.
        Truncated = "truncated",
        /// Bytes come that are no HTTP.
        Garbage = "garbage",
        /// The body comes bit by bit.
        Dribble = "dribble",
    }
}

/// What may fit a rule.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// The verb.
    pub method: Option<Method>,
    /// The path; a task has none.
    pub path: Option<&'a str>,
    /// What the task does, or those that the request may make.
    pub operations: &'a [Operation],
    /// The organization of who asks.
    pub org: Option<Uuid>,
    /// Who asks.
    pub user: Option<Uuid>,
    /// The object.
    pub entity: Option<Uuid>,
    /// The message.
    pub message: Option<Told<'a>>,
}

/// A message, as far as rules know it.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The event.
    pub event: &'a NewEvent,
    /// In which form it is told.
    pub form: Form,
}

impl Of {
    fn fits(&self, facts: &Facts<'_>) -> bool {
        let same = |wanted: Option<Uuid>, found| wanted.is_none() || wanted == found;
        (self.method.is_none() || self.method == facts.method)
            && self.path.as_deref().is_none_or(|path| facts.path.is_some_and(|found| glob::fits(path, found)))
            && self.operation.is_none_or(|operation| facts.operations.contains(&operation))
            && same(self.org, facts.org)
            && same(self.user, facts.user)
            && (same(self.entity, facts.entity)
                || self.entity == facts.message.and_then(|told| told.event.task_owner).map(|owner| owner.id))
            && self.form.is_none_or(|form| facts.message.is_some_and(|told| told.form == form))
            && self.event.as_deref().is_none_or(|event| facts.message.is_some_and(|told| glob::fits(event, told.event.short_type())))
            && self.key.as_deref().is_none_or(|key| facts.message.is_some_and(|told| topic::matches(key, &told.event.routing_key())))
    }
}

impl Rule {
    fn is_used_up(&self) -> bool {
        self.times.is_some_and(|times| self.hits >= times)
    }

    fn fits(&self, at: At, facts: &Facts<'_>) -> bool {
        self.at == at && !self.is_used_up() && self.of.fits(facts)
    }
}

impl Mishaps {
    /// Whether a rule is there that may strike this.
    #[must_use]
    pub fn concern(&self, at: At, facts: &Facts<'_>) -> bool {
        self.rules.iter().any(|rule| rule.fits(at, facts))
    }

    /// The first rule that strikes this, if one does; with what happens counted.
    pub fn strike(&mut self, at: At, facts: &Facts<'_>) -> Option<(u64, Mishap)> {
        let Self { seed, drawn, rules, .. } = self;
        rules.iter_mut().filter(|rule| rule.fits(at, facts)).find_map(|rule| {
            rule.seen += 1;
            let strikes = rule.seen > rule.skip && (rule.probability >= 1.0 || chance(*seed, drawn) < rule.probability);
            rule.hits += u64::from(strikes);
            strikes.then(|| (rule.number, rule.does.clone()))
        })
    }

    /// When an answer goes out that is delayed from `now` on.
    pub fn due(&mut self, now: Time, millis: i64, jitter: i64) -> Time {
        let part = if jitter > 0 { 2.0 * chance(self.seed, &mut self.drawn) - 1.0 } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "milliseconds of a delay are few")]
        let more = (jitter as f64 * part).round() as i64;
        after_millis(now, (millis + more).max(0))
    }

    /// Bytes that mean nothing.
    pub fn garbage(&mut self) -> Vec<u8> {
        (0..8).flat_map(|_| *draw(self.seed, &mut self.drawn).as_bytes()).map(|byte| byte | 0x80).collect()
    }
}

/// Chance: the next of the numbers from 0 to 1 that belong to a seed.
fn chance(seed: u64, drawn: &mut u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    let number = (draw(seed, drawn).as_u64_pair().0 >> 11) as f64;
    // What marks a UUID as one stands in the lower half of the first eight bytes, beyond the 48 that count here most.
    number / (1_u64 << 53) as f64
}

fn draw(seed: u64, drawn: &mut u64) -> Uuid {
    *drawn += 1;
    Uuid::new_v5(&Uuid::from_u64_pair(seed, 0), &drawn.to_be_bytes())
}

/// What a rule may know of a task.
#[must_use]
pub fn facts_of<'a>(task: &Task, operations: &'a [Operation]) -> Facts<'a> {
    Facts { operations, org: Some(task.org), user: Some(task.user), entity: Some(task.owner.id), ..Facts::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(skip: u64, times: Option<u64>, probability: f64) -> Rule {
        let does = Mishap::Fail { status: 500, minor: "X".into(), message: String::new() };
        Rule { number: 1, at: At::Request, of: Of::default(), skip, times, probability, does, seen: 0, hits: 0 }
    }

    fn struck(mishaps: &mut Mishaps, of: usize) -> Vec<usize> {
        (0..of).filter(|_| mishaps.strike(At::Request, &Facts::default()).is_some()).collect()
    }

    #[test]
    fn some_pass_first_and_then_so_many_are_struck() {
        let mut mishaps = Mishaps { rules: vec![rule(2, Some(3), 1.0)], ..Mishaps::default() };
        assert_eq!(mishaps.strike(At::Response, &Facts::default()), None);
        assert_eq!(struck(&mut mishaps, 10), [2, 3, 4]);
        assert_eq!((mishaps.rules[0].seen, mishaps.rules[0].hits, mishaps.drawn), (5, 3, 0));
        assert!(!mishaps.concern(At::Request, &Facts::default()), "it is used up");
    }

    #[test]
    fn chance_is_the_same_for_the_same_seed() {
        let run = |seed| struck(&mut Mishaps { seed, rules: vec![rule(0, None, 0.25)], ..Mishaps::default() }, 4_000);
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        assert!((900..1_100).contains(&run(7).len()), "{}", run(7).len());
        // What is kept in between makes no difference.
        let mut mishaps = Mishaps { seed: 7, rules: vec![rule(0, None, 0.25)], ..Mishaps::default() };
        let mut hits = struck(&mut mishaps, 2_000);
        let text = serde_json::to_string(&mishaps).unwrap();
        hits.extend(struck(&mut serde_json::from_str(&text).unwrap(), 2_000).iter().map(|at| at + 2_000));
        assert_eq!(hits, run(7));
    }

    #[test]
    fn delays_stay_within_their_jitter() {
        let mut mishaps = Mishaps::default();
        let now = crate::clock::from_millis(0);
        let waits: Vec<_> = (0..200).map(|_| (mishaps.due(now, 1_000, 200) - now).num_milliseconds()).collect();
        assert!(waits.iter().all(|wait| (800..=1_200).contains(wait)) && waits.iter().any(|wait| *wait != waits[0]));
        assert_eq!((mishaps.due(now, 500, 0) - now).num_milliseconds(), 500);
    }

    #[test]
    fn what_is_said_must_fit() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let facts = Facts { method: Some(Method::Get), path: Some("/api/org"), org: Some(one), user: Some(one), ..Facts::default() };
        for (of, fits) in [
            (Of { method: Some(Method::Get), path: Some("/api/*".into()), ..Of::default() }, true),
            (Of { method: Some(Method::Post), ..Of::default() }, false),
            (Of { path: Some("/api".into()), ..Of::default() }, false),
            (Of { org: Some(one), user: Some(other), ..Of::default() }, false),
            (Of { entity: Some(one), ..Of::default() }, false),
            (Of { operation: Some(Operation::ALL[0]), ..Of::default() }, false),
        ] {
            assert_eq!(of.fits(&facts), fits, "{of:?}");
        }
        let pathless = Of { path: Some("*".into()), ..Of::default() };
        assert!(!pathless.fits(&Facts::default()), "a task has no path");
    }
}
