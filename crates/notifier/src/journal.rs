//! What was or would be sent, on demand. Invariant: nothing is stored for it; an entry is the message about an event of the event table.

use crate::base_uri::{self, BaseUri};
use crate::message::{Exchanges, Form, Message, message};
use serde::Serialize;
use vcdsim_model::Fault;
use vcdsim_model::event::Event;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_model::fate::Fated;
use vcdsim_model::topic;
use vcdsim_store::Reader;

/// How many events are looked at, at most.
const REACH: u64 = 10_000;
/// How many are looked at first.
const FIRST_LOOK: u64 = 128;

/// Which messages to show.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// A pattern as in a binding to a topic exchange.
    pub routing_key: Option<String>,
    /// The name of an exchange.
    pub exchange: Option<String>,
}

/// One message, and which event it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// The event's number; the message id is its id.
    pub event: i64,
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// What a rule has ordered for it, where one has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fate: Option<Struck>,
}

/// What a rule has ordered for a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Struck {
    /// The number of the rule.
    pub rule: u64,
    /// `drop`, `duplicate`, `delay`, `reorder`, `refuse` or `disconnect`.
    pub r#do: &'static str,
    /// In words.
    pub explanation: String,
}

impl From<Fated> for Struck {
    fn from(fated: Fated) -> Self {
        Self { rule: fated.rule, r#do: fated.fate.name(), explanation: fated.to_string() }
    }
}

/// The last `limit` messages that the filter lets through, newest last.
pub(crate) async fn journal(reader: Reader<'_>, limit: usize, filter: &Filter, fallback: &BaseUri) -> Result<Vec<JournalEntry>, Fault> {
    let exchanges = Exchanges::from(&reader.setting::<AmqpSettings>().await?);
    let base_uri = base_uri::current(&reader, fallback).await?;
    let mut reach = FIRST_LOOK;
    loop {
        let events = reader.recent_events(reach).await?;
        let found: Vec<_> = events.iter().flat_map(|event| filter.pick(event, &exchanges)).collect();
        if found.len() >= limit || reach >= REACH || (events.len() as u64) < reach {
            let shown = found.into_iter().rev().take(limit).rev();
            return Ok(shown.map(|(event, form)| entry(event, form, &base_uri, &exchanges)).collect());
        }
        reach = (reach * 4).min(REACH);
    }
}

fn entry(event: &Event, form: Form, base_uri: &str, exchanges: &Exchanges) -> JournalEntry {
    JournalEntry { event: event.seq, message: message(event, form, base_uri, exchanges), fate: event.fate(form).map(Struck::from) }
}

impl Filter {
    /// The forms of an event that pass.
    fn pick<'e>(&self, event: &'e Event, exchanges: &Exchanges) -> impl Iterator<Item = (&'e Event, Form)> + use<'e> {
        let wanted =
            event.announced && self.routing_key.as_deref().is_none_or(|pattern| topic::matches(pattern, &event.what.routing_key()));
        let pass = Form::ALL.map(|form| wanted && self.exchange.as_deref().is_none_or(|name| name == exchanges.of(form)));
        Form::ALL.into_iter().zip(pass).filter(|(_, pass)| *pass).map(move |(form, _)| (event, form))
    }
}
