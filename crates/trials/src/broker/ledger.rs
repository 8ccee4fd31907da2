//! What the server has written and what has arrived. Invariant: the events come out of the server's own database, never out of its messages.

use crate::bus::{EXCHANGES, event_id};
use lapin::options::{BasicGetOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use uuid::Uuid;
use vcdsim_model::event::NewEvent;

/// An event: its number, and the object that it is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) seq: i64,
    pub(super) entity: Uuid,
}

/// Events by their id, and messages in the order in which they arrived.
#[derive(Debug)]
pub(super) struct Ledger {
    database: DatabaseConnection,
    /// Announced events that are to arrive.
    written: HashMap<String, Written>,
    last: i64,
    arrived: Vec<(usize, String)>,
}

/// What came of some events.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) events: usize,
    /// Different messages: two for each event.
    pub(super) messages: usize,
    pub(super) repeated: usize,
    pub(super) lost: usize,
    pub(super) disordered: usize,
    /// Messages that should never have been sent.
    pub(super) strange: usize,
}

impl Ledger {
    /// Reads along in the database of a running server.
    pub(super) async fn open(data: &Path) -> Result<Self, String> {
        let url = format!("sqlite://{}?mode=ro", data.join("vcdsim.db").display());
        let database = Database::connect(url).await.map_err(|error| error.to_string())?;
        Ok(Self { database, written: HashMap::new(), last: 0, arrived: Vec::new() })
    }

    /// Takes note of the events that were written since. Done often enough that none is dropped before: ten thousand are kept.
    pub(super) async fn read(&mut self) -> Result<usize, String> {
        for (seq, id, announced, body) in self.rows().await? {
            self.last = seq;
            let what: NewEvent = serde_json::from_str(&body).map_err(|error| error.to_string())?;
            if announced {
                self.written.insert(id.to_string(), Written { seq, entity: what.entity.urn.id });
            }
        }
        Ok(self.written.len())
    }

    /// Passes over the events that were written since: they are for the journal only.
    pub(super) async fn pass(&mut self) -> Result<usize, String> {
        let rows = self.rows().await?;
        self.last = rows.last().map_or(self.last, |(seq, ..)| *seq);
        Ok(rows.len())
    }

    async fn rows(&self) -> Result<Vec<(i64, Uuid, bool, String)>, String> {
        let query = format!("SELECT seq, id, announced, body FROM event WHERE seq > {} ORDER BY seq", self.last);
        let statement = Statement::from_string(self.database.get_database_backend(), query);
        let rows = self.database.query_all_raw(statement).await.map_err(|error| error.to_string())?;
        let read = |row: sea_orm::QueryResult| {
            Ok((row.try_get("", "seq")?, row.try_get("", "id")?, row.try_get("", "announced")?, row.try_get("", "body")?))
        };
        rows.into_iter().map(read).collect::<Result<_, sea_orm::DbErr>>().map_err(|error| error.to_string())
    }

    /// Takes all that waits in a queue; answers the ids.
    pub(super) async fn take(&mut self, url: &str, queue: &str) -> Result<Vec<(usize, String)>, String> {
        let taken = take(url, queue).await.map_err(|error| format!("{queue}: {error}"))?;
        let read = |text: &String| {
            let form = usize::from(!text.starts_with('<'));
            event_id(text).map(|id| (form, id)).ok_or_else(|| format!("a strange message: {text}"))
        };
        let ids = taken.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        self.arrived.extend(ids.iter().cloned());
        Ok(ids)
    }

    /// How many different messages have arrived so far of those that are not yet judged.
    pub(super) fn arrived(&self) -> impl Iterator<Item = (&Written, usize)> {
        self.arrived.iter().filter_map(|(form, id)| Some((self.written.get(id)?, *form)))
    }

    /// The ids of the events about an object, in order.
    pub(super) fn about(&self, entity: Uuid) -> Vec<String> {
        let mut about: Vec<_> = self.written.iter().filter(|(_, event)| event.entity == entity).collect();
        about.sort_by_key(|(_, event)| event.seq);
        about.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// Judges everything since the last time.
    pub(super) fn judge(&mut self) -> Outcome {
        let (written, arrived) = (std::mem::take(&mut self.written), std::mem::take(&mut self.arrived));
        let mut outcome = Outcome { events: written.len(), ..Outcome::default() };
        let mut seen = HashSet::new();
        let mut order = Order::default();
        for (form, id) in &arrived {
            match written.get(id) {
                None => outcome.strange += 1,
                Some(_) if !seen.insert((*form, id.clone())) => outcome.repeated += 1,
                Some(event) => outcome.disordered += usize::from(!order.is_next(*form, *event)),
            }
        }
        outcome.messages = seen.len();
        outcome.lost = written.len() * EXCHANGES.len() - seen.len();
        outcome
    }
}

/// What was seen last of each object, in each form.
#[derive(Debug, Default)]
pub(super) struct Order(BTreeMap<(usize, Uuid), i64>);

impl Order {
    /// Whether an event that arrives for the first time comes after those about the same object that came before.
    pub(super) fn is_next(&mut self, form: usize, event: Written) -> bool {
        let last = self.0.entry((form, event.entity)).or_insert(0);
        let next = event.seq > *last;
        *last = event.seq.max(*last);
        next
    }
}

/// The texts of all messages in a queue, over a connection of its own: others may have been closed.
async fn take(url: &str, queue: &str) -> lapin::Result<Vec<String>> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let durable = QueueDeclareOptions { durable: true, passive: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(queue.into(), durable, FieldTable::default()).await?;
    let mut texts = Vec::new();
    while let Some(message) = channel.basic_get(queue.into(), BasicGetOptions { no_ack: true }).await? {
        texts.push(String::from_utf8_lossy(&message.data).into_owned());
    }
    connection.close(200, "OK".into()).await?;
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_told_in_order_and_others_between() {
        let mut order = Order::default();
        let event = |seq, entity| Written { seq, entity: Uuid::from_u128(entity) };
        let seen = [(0, 1, 1), (0, 5, 2), (0, 3, 1), (1, 1, 1), (0, 4, 2), (0, 2, 1), (1, 3, 1)];
        let next = seen.map(|(form, seq, entity)| order.is_next(form, event(seq, entity)));
        assert_eq!(next, [true, true, true, true, false, false, true]);
    }
}
