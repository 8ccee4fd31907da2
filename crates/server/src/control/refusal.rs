//! Why a request would be refused, and why a message comes to a queue or does not. Invariant: the answer is that of the rules by which requests
//! are admitted and messages are routed, one after the other.

use super::asked::Asked;
use super::call::{Answer, Call, Control, Outcome, call, of};
use super::problem::Problem;
use schemars::JsonSchema;
use serde::Serialize;
use vcdsim_model::FaultCode;
use vcdsim_model::action::{Method, Need};
use vcdsim_model::right::Right;
use vcdsim_model::topic::{self, Binding};
use vcdsim_notifier::{Filter, JournalEntry, Struck};
use vcdsim_platform::explain::{Check, Judged};

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "explain" "whether a request of a user would be admitted now, rule by rule; nothing is sent"
        &[("user", "the user, by name or id, or as user@org"), ("org", "the user's organization, by name or id"), ("method", "the verb; GET"), ("path", "the path, or the whole href, as in /api/vApp/vapp-.../power/action/powerOn")],
        None, Answer::One(of::<RequestWhy>), request),
    call!(Get "messages/{event}/explain" "why the messages about an event come to a queue that is bound by a pattern, or do not"
        &[("routingKey", "the pattern of the binding"), ("exchange", "the exchange of the binding; both")],
        None, Answer::List(of::<MessageWhy>, &["exchange", "routingKey"]), message),
];

/// What is needed for all that lies below a path.
const NEEDS: &[(&str, Need)] =
    &[("/api/admin/extension/blockingTask", Need::Right(Right::BLOCKING_TASKS)), ("/api/admin/extension", Need::System)];

/// Whether a request would be admitted.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RequestWhy {
    /// All of it in a few words.
    explanation: String,
    /// Whether all rules that are known before the request is sent admit it.
    admitted: bool,
    /// The route that takes it, if one does.
    route: Option<String>,
    /// The rules in the order in which they are asked, up to the first that refuses.
    rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Rule {
    /// `route`, `account`, `right`, `access`, `busy`, `state` or `surroundings`.
    rule: &'static str,
    met: bool,
    /// Why.
    why: String,
}

/// Whether a message comes to a queue.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageWhy {
    exchange: String,
    routing_key: String,
    matches: bool,
    /// Why, in a few words.
    explanation: String,
    /// Which words of the key each word of the pattern took, as far as it came.
    words: Vec<Taken>,
    /// What a rule of `broker/faults` has ordered for it, where one has.
    #[serde(skip_serializing_if = "Option::is_none")]
    fate: Option<Ordered>,
}

/// What a rule has ordered for a message.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Ordered {
    /// The number of the rule.
    rule: u64,
    /// `drop`, `duplicate`, `delay`, `reorder`, `refuse` or `disconnect`.
    r#do: &'static str,
}

/// What a word of a pattern took.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Taken {
    pattern: String,
    key: Vec<String>,
}

impl From<Check> for Rule {
    fn from(Check { rule, met, why }: Check) -> Self {
        Self { rule, met, why }
    }
}

pub(super) async fn request(control: &Control<'_>, asked: Asked) -> Outcome {
    let path = asked.query("path").ok_or_else(|| Problem::bad("path says which request: as in path=/api/org."))?;
    let path = path.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or(path);
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let verb = asked.query("method").unwrap_or("GET").to_ascii_uppercase();
    let method = Method::ALL.iter().copied().find(|method| method.name() == verb);
    let user = asked.query("user").ok_or_else(|| Problem::bad("user says who asks: as in user=author@example."))?;
    let org = control.org(asked.query("org")).await?;
    let user = control.user(Some(user), org).await?.ok_or_else(|| Problem::bad("user says who asks."))?;
    let route = control.instance.app.router().find(method, path);
    let (found, mut rules) = match route {
        Ok(found) => (Some(found), Vec::new()),
        Err(fault) => (None, vec![Rule { rule: "route", met: false, why: fault.message }]),
    };
    let label = found.as_ref().map(|found| format!("{:?}", found.route));
    if let Some(found) = &found {
        let (route, object) = (found.route, found.id());
        let need = NEEDS.iter().find(|(below, _)| route.path.starts_with(below)).map(|(_, need)| *need);
        let judged = Judged { action: route.action, object, open: route.is_open(), need };
        rules.extend(control.cloud().judge(user.head.id, &judged).await?.into_iter().map(Rule::from));
    }
    let admitted = rules.iter().all(|rule| rule.met);
    let explanation = match rules.last() {
        Some(last) if !admitted => format!("{verb} {path} by {} is refused: {}", user.head.name, last.why),
        _ => format!("{verb} {path} by {} is admitted: {}", user.head.name, told(&rules)),
    };
    Ok(control.answer(&RequestWhy { explanation, admitted, route: label, rules }))
}

fn told(rules: &[Rule]) -> String {
    if rules.is_empty() { "everybody may.".to_owned() } else { rules.iter().map(|rule| rule.why.as_str()).collect::<Vec<_>>().join(" ") }
}

pub(super) async fn message(control: &Control<'_>, asked: Asked) -> Outcome {
    let word = asked.words.first().map(String::as_str).unwrap_or_default();
    let number: i64 = word.parse().map_err(|_not_one| Problem::bad(format!("\"{word}\" is no number of an event.")))?;
    let pattern = asked.query("routingKey").ok_or_else(|| Problem::bad("routingKey says by which pattern the queue is bound."))?;
    let filter = Filter { routing_key: None, exchange: asked.query("exchange").map(str::to_owned) };
    let messages = control.instance.notifier.journal(usize::MAX, &filter).await?;
    let items: Vec<_> = messages.into_iter().filter(|entry| entry.event == number).map(|entry| explained(pattern, entry)).collect();
    if items.is_empty() {
        return Err(control.no_message(number).await?);
    }
    Ok(control.list(items))
}

impl Control<'_> {
    async fn no_message(&self, number: i64) -> Result<Problem, Problem> {
        let event = self.cloud().read().events_after(number.saturating_sub(1), 1).await?.pop().filter(|event| event.seq == number);
        Ok(match event {
            Some(event) if !event.announced => {
                let detail =
                    format!("There is no message about event {number} ({}): notifications were off when it happened.", event.what.r#type);
                Problem::new(FaultCode::NotFound.status(), "There is no such thing", detail)
            }
            Some(_) => Problem::missing(format!("No message about event {number} went to that exchange.")),
            None => Problem::missing(format!("There is no event {number}, or it is not kept any more; GET messages shows their numbers.")),
        })
    }
}

fn explained(pattern: &str, entry: JournalEntry) -> MessageWhy {
    let JournalEntry { message, fate, .. } = entry;
    let Binding { matches, taken, why } = topic::explain(pattern, &message.routing_key);
    let words = taken.into_iter().map(|(pattern, key)| Taken { pattern, key }).collect();
    let explanation = fate.as_ref().map_or_else(|| why.clone(), |fate| format!("{why} But {}.", fate.explanation));
    let fate = fate.map(|Struck { rule, r#do, .. }| Ordered { rule, r#do });
    MessageWhy { exchange: message.exchange, routing_key: message.routing_key, matches, explanation, words, fate }
}
