//! What becomes of messages on their way to the broker. Invariant: it is decided as the event is written, by the rules of that moment, and kept
//! with the event; nothing that happens later changes it.

use crate::clock::{Time, after_millis, format_time};
use crate::event::NewEvent;
use crate::family::settings::Setting;
use crate::mishap::{At, Facts, Mishap, Mishaps, Told};
use crate::operation::Operation;
use crate::task::names;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// The two forms in which every event is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// `vmext:Notification`, to the exchange that the settings name.
    Xml,
    /// One flat object, to `<prefix>.notifications20`.
    Json,
}

impl Form {
    /// Both, in the order in which they are sent.
    pub const ALL: [Self; 2] = [Self::Xml, Self::Json];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Json => "json",
        }
    }
}

names! {
    /// When a connection is cut.
    Cut {
        /// Before the message is sent.
        Before = "before",
        /// When the broker has it, and before that is known.
        After = "after",
    }
}

/// What a rule orders for a message. Spans are milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ordered {
    /// It is never sent.
    Drop,
    /// It is sent so many times more.
    Duplicate(u32),
    /// It is sent later: by so much, and by up to so much more or less.
    Delay(i64, i64),
    /// The next message about its object overtakes it, if one comes within this span.
    Reorder(i64),
    /// It is taken for refused so many times.
    Refuse(u32),
    /// The connection is cut, and there is none for this span.
    Disconnect(Cut, Option<i64>),
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// It is never sent.
    Drop,
    /// It is sent so many times more.
    Duplicate(u32),
    /// It is not sent before this instant.
    Delay(Time),
    /// It goes when the next one about its object has arrived, or at this instant.
    Reorder(Time),
    /// It is taken for refused so many times.
    Refuse(u32),
    /// The connection is cut, and there is none before this instant.
    Disconnect(Cut, Option<Time>),
}

/// What a rule has decided about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fated {
    /// Which of the two messages about the event.
    pub form: Form,
    /// The number of the rule.
    pub rule: u64,
    /// What.
    pub fate: Fate,
}

impl Fate {
    /// Its name, as rules have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Duplicate(_) => "duplicate",
            Self::Delay(_) => "delay",
            Self::Reorder(_) => "reorder",
            Self::Refuse(_) => "refuse",
            Self::Disconnect(..) => "disconnect",
        }
    }

    /// The instant at which something of it is over, if there is one.
    #[must_use]
    pub const fn until(self) -> Option<Time> {
        match self {
            Self::Delay(until) | Self::Reorder(until) => Some(until),
            Self::Disconnect(_, until) => until,
            Self::Drop | Self::Duplicate(_) | Self::Refuse(_) => None,
        }
    }
}

/// What it says, after "rule 3".
impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop => f.write_str("has it dropped"),
            Self::Duplicate(times) => write!(f, "has it sent {times} more times"),
            Self::Delay(until) => write!(f, "keeps it back until {}", format_time(*until)),
            Self::Reorder(until) => {
                write!(f, "lets the next message about its object overtake it, which is waited for until {}", format_time(*until))
            }
            Self::Refuse(times) => write!(f, "has it refused {times} times"),
            Self::Disconnect(cut, until) => {
                f.write_str(match cut {
                    Cut::Before => "cuts the connection before it is sent",
                    Cut::After => "cuts the connection when the broker has it",
                })?;
                until.map_or(Ok(()), |until| write!(f, ", and lets none be made until {}", format_time(until)))
            }
        }
    }
}

impl fmt::Display for Fated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {} {}", self.rule, self.fate)
    }
}

impl Fated {
    /// What tells its timer from others.
    #[must_use]
    pub fn ticket(&self, event: Uuid) -> Uuid {
        Uuid::new_v5(&event, self.form.name().as_bytes())
    }
}

impl Mishaps {
    /// Whether a rule is there that may strike a message.
    #[must_use]
    pub fn concern_messages(&self) -> bool {
        self.rules.iter().any(|rule| rule.at == At::Message)
    }

    /// What becomes of the messages about an event, each of the two a candidate of its own; with what happens counted.
    pub fn fates(&mut self, event: &NewEvent, now: Time) -> Vec<Fated> {
        let operations: Vec<_> = event.task.iter().filter_map(|(_, name)| Operation::from_name(name)).collect();
        let decide = |form| {
            let facts = facts_of_message(event, form, &operations);
            let Some((rule, Mishap::Message(ordered))) = self.strike(At::Message, &facts) else { return None };
            Some(Fated { form, rule, fate: self.fate(ordered, now) })
        };
        Form::ALL.into_iter().filter_map(decide).collect()
    }

    fn fate(&mut self, ordered: Ordered, now: Time) -> Fate {
        match ordered {
            Ordered::Drop => Fate::Drop,
            Ordered::Duplicate(times) => Fate::Duplicate(times),
            Ordered::Delay(span, jitter) => Fate::Delay(self.due(now, span, jitter)),
            Ordered::Reorder(within) => Fate::Reorder(after_millis(now, within)),
            Ordered::Refuse(times) => Fate::Refuse(times),
            Ordered::Disconnect(cut, span) => Fate::Disconnect(cut, span.map(|span| after_millis(now, span))),
        }
    }
}

/// What a rule may know of a message. Its object is that of the event, or of the task that the event is about.
fn facts_of_message<'a>(event: &'a NewEvent, form: Form, operations: &'a [Operation]) -> Facts<'a> {
    let (org, user, entity) = (Some(event.org.urn.id), Some(event.user.urn.id), Some(event.entity.urn.id));
    Facts { operations, org, user, entity, message: Some(Told { event, form }), ..Facts::default() }
}

/// As what a broker that takes nothing shows itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Guise {
    /// It cannot be reached.
    #[default]
    Away,
    /// It can be reached, and refuses the user.
    Refusing,
    /// It lets the user in and has no room: it blocks the connection.
    Full,
}

/// Whether the broker is kept from taking messages by hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// Whether it was stopped and not started since.
    pub stopped: bool,
    /// When that ends by itself.
    pub until: Option<Time>,
    /// As what it shows itself until then.
    #[serde(default)]
    pub guise: Guise,
}

impl Setting for Outage {
    const KEY: &'static str = "brokerOutage";
}

impl Outage {
    /// Whether nothing may be sent.
    #[must_use]
    pub fn lasts(&self, now: Time) -> bool {
        self.stopped && self.until.is_none_or(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::from_millis;
    use crate::event::{Named, PREFIX};
    use crate::id::Urn;
    use crate::kind::Kind;
    use crate::mishap::{Of, Rule};

    fn rule(of: Of, does: Ordered) -> Rule {
        let does = Mishap::Message(does);
        Rule { number: 1, at: At::Message, of, skip: 0, times: Some(1), probability: 1.0, does, seen: 0, hits: 0 }
    }

    fn event() -> NewEvent {
        let named = |kind, id| Named { urn: Urn::new(kind, Uuid::from_u128(id)), name: "n".to_owned() };
        NewEvent {
            r#type: format!("{PREFIX}blockingtask/create"),
            entity: named(Kind::BlockingTask, 1),
            user: named(Kind::User, 2),
            org: named(Kind::Org, 3),
            task: Some((Uuid::from_u128(4), Operation::ALL[0].name().to_owned())),
            task_owner: Some(Urn::new(Kind::VApp, Uuid::from_u128(5))),
            success: true,
            blocking: true,
            service: None,
        }
    }

    fn struck(of: Of) -> Vec<Form> {
        let mut mishaps = Mishaps { rules: vec![Rule { times: None, ..rule(of, Ordered::Drop) }], ..Mishaps::default() };
        mishaps.fates(&event(), from_millis(0)).iter().map(|fated| fated.form).collect()
    }

    #[test]
    fn each_of_the_two_messages_is_a_candidate() {
        let mut mishaps = Mishaps { rules: vec![rule(Of::default(), Ordered::Drop)], ..Mishaps::default() };
        let now = from_millis(0);
        let first = mishaps.fates(&event(), now);
        assert_eq!(first, [Fated { form: Form::Xml, rule: 1, fate: Fate::Drop }], "it was to be one");
        assert_eq!((mishaps.rules[0].seen, mishaps.rules[0].hits), (1, 1), "what comes after it is no candidate any more");
        assert!(mishaps.fates(&event(), now).is_empty());
        assert_eq!(struck(Of::default()), Form::ALL);
        assert_eq!(struck(Of { form: Some(Form::Json), ..Of::default() }), [Form::Json]);
    }

    #[test]
    fn a_rule_names_the_event_the_key_and_whom_it_is_about() {
        let uuid = |id| Some(Uuid::from_u128(id));
        for (of, fits) in [
            (Of { event: Some("blockingtask/*".into()), ..Of::default() }, true),
            (Of { event: Some("task/*".into()), ..Of::default() }, false),
            (Of { key: Some("true.#.create.*".into()), ..Of::default() }, true),
            (Of { key: Some("false.#".into()), ..Of::default() }, false),
            (Of { entity: uuid(1), ..Of::default() }, true),
            (Of { entity: uuid(5), ..Of::default() }, true),
            (Of { entity: uuid(3), ..Of::default() }, false),
            (Of { org: uuid(3), user: uuid(2), operation: Some(Operation::ALL[0]), ..Of::default() }, true),
            (Of { operation: Some(Operation::ALL[1]), ..Of::default() }, false),
            (Of { path: Some("*".into()), ..Of::default() }, false),
        ] {
            assert_eq!(!struck(of.clone()).is_empty(), fits, "{of:?}");
        }
    }

    #[test]
    fn instants_count_from_the_event() {
        let (now, at) = (from_millis(1_000), from_millis);
        for (ordered, fate, until) in [
            (Ordered::Delay(500, 0), Fate::Delay(at(1_500)), Some(at(1_500))),
            (Ordered::Reorder(9_000), Fate::Reorder(at(10_000)), Some(at(10_000))),
            (Ordered::Disconnect(Cut::After, Some(1)), Fate::Disconnect(Cut::After, Some(at(1_001))), Some(at(1_001))),
            (Ordered::Disconnect(Cut::Before, None), Fate::Disconnect(Cut::Before, None), None),
            (Ordered::Refuse(3), Fate::Refuse(3), None),
        ] {
            let mut mishaps = Mishaps { rules: vec![rule(Of::default(), ordered)], ..Mishaps::default() };
            let found = mishaps.fates(&event(), now)[0];
            assert_eq!((found.fate, found.fate.until()), (fate, until));
            let text = serde_json::to_string(&found).unwrap();
            assert_eq!(serde_json::from_str::<Fated>(&text).unwrap(), found, "{text}");
        }
        let outage = Outage { stopped: true, until: Some(at(5)), guise: Guise::Full };
        assert!(outage.lasts(at(4)) && !outage.lasts(at(5)) && Outage { until: None, ..outage }.lasts(at(5)));
        assert!(!Outage::default().lasts(at(0)));
    }
}
