//! The last requests, in memory. Invariant: it has bounds, in entries and in bytes, and what is shown of an entry has no secret in it.

use super::calls::Told;
use super::mask;
use super::near::Near;
use crate::count::count;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use uuid::Uuid;
use vcdsim_http::message::{Request, Response};
use vcdsim_http::passage::Passage;
use vcdsim_model::action::Method;
use vcdsim_model::clock::{Time, format_time};

/// How many requests are kept.
const MOST_ENTRIES: usize = 5_000;
/// How many bytes they may take.
const MOST_BYTES: usize = 16 << 20;
/// How much of a body is kept.
const MOST_OF_A_BODY: usize = 4 << 10;

/// What is kept of a request before it is answered.
#[derive(Debug)]
pub(super) struct Seen {
    verb: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Part,
    /// The event after which it came.
    after: i64,
}

/// The beginning of a body.
#[derive(Debug, Default)]
struct Part {
    beginning: Vec<u8>,
    length: u64,
}

impl Part {
    fn of(body: &[u8]) -> Self {
        Self { beginning: body[..body.len().min(MOST_OF_A_BODY)].to_vec(), length: body.len() as u64 }
    }

    fn shown(&self) -> Option<String> {
        if self.length == 0 {
            return None;
        }
        let Ok(text) = std::str::from_utf8(&self.beginning) else {
            let Some(whole) = self.beginning.utf8_chunks().next().map(|chunk| chunk.valid()).filter(|text| self.is_cut_after(text)) else {
                return Some(self.size());
            };
            return Some(self.cut(whole));
        };
        Some(if self.length > self.beginning.len() as u64 { self.cut(text) } else { mask::text(text) })
    }

    /// Whether nothing but the end of the part is wrong with it: it was cut inside of a character.
    fn is_cut_after(&self, text: &str) -> bool {
        self.length > self.beginning.len() as u64 && self.beginning.len() - text.len() < 4
    }

    fn cut(&self, text: &str) -> String {
        format!("{}… ({})", mask::text(text), self.size())
    }

    fn size(&self) -> String {
        count(usize::try_from(self.length).unwrap_or(usize::MAX), "byte")
    }
}

/// A request that was answered.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its number, from 1.
    pub(crate) number: u64,
    pub(crate) id: Uuid,
    pub(crate) time: Time,
    pub(crate) path: String,
    pub(crate) route: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) org: Option<String>,
    pub(crate) status: u16,
    pub(crate) minor: Option<String>,
    pub(crate) near: Option<Near>,
    /// The rules of faults that struck it.
    pub(crate) rules: Vec<u64>,
    ended: Time,
    seen: Seen,
    answer: Part,
    answer_headers: Vec<(&'static str, String)>,
}

/// A request, as it is shown.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestItem {
    /// Its number: the later it was answered the higher.
    number: u64,
    /// Its id, which its answer has as `x-vmware-vcloud-request-id`.
    id: Uuid,
    /// When it came.
    time: String,
    /// How long it took, in milliseconds of the cloud's clock.
    millis: i64,
    method: String,
    path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    query: String,
    /// The path of its route.
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<String>,
    /// Whose session it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// The organization of that session.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    minor_error_code: Option<String>,
    /// Name and value, with secrets masked.
    headers: Vec<(String, String)>,
    /// What was sent, as far as it is kept, with secrets masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// Name and value, with secrets masked.
    answer_headers: Vec<(String, String)>,
    /// What was answered, as far as it is kept, with secrets masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    /// What stood nearest, if nothing took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    near: Option<Near>,
    /// The rules of faults that struck it or its answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    faults: Vec<u64>,
}

impl Seen {
    pub(super) fn of(request: &Request, after: i64) -> Self {
        Self {
            verb: if request.options { "OPTIONS" } else { request.method.map_or("?", Method::name) }.to_owned(),
            query: request.query.clone(),
            headers: request.headers.iter().map(|(name, value)| (name.clone(), mask::header(name, value))).collect(),
            body: Part::of(&request.body),
            after,
        }
    }

    pub(super) fn answered(self, passage: &Passage, response: &Response, time: Time, ended: Time) -> Entry {
        let download = response.download.as_ref().map(vcdsim_http::message::Download::length);
        Entry {
            number: 0,
            id: passage.id,
            time,
            path: passage.path.clone(),
            route: passage.route.clone(),
            user: passage.caller.as_ref().map(|caller| caller.user_name.clone()),
            org: passage.caller.as_ref().map(|caller| caller.org_name.clone()),
            status: response.status,
            minor: passage.failure.as_ref().map(|(minor, _)| minor.clone()),
            near: None,
            rules: Vec::new(),
            ended,
            seen: self,
            answer: download.map_or_else(|| Part::of(&response.body), |length| Part { beginning: vec![0xff], length }),
            answer_headers: response.headers.iter().map(|(name, value)| (*name, mask::header(name, value))).collect(),
        }
    }
}

impl Entry {
    /// The verb.
    pub(crate) fn verb(&self) -> &str {
        &self.seen.verb
    }

    /// What was sent and is kept of it, with secrets masked.
    pub(crate) fn body(&self) -> String {
        self.seen.body.shown().unwrap_or_default()
    }

    /// As the timeline tells of it.
    pub(super) fn told(&self) -> Told {
        let who = match (&self.user, &self.org) {
            (Some(user), Some(org)) => format!(" of {user}@{org}"),
            _ => String::new(),
        };
        let minor = self.minor.as_deref().map(|minor| format!(" {minor}")).unwrap_or_default();
        let text = format!("{} {}{who} was answered with {}{minor}.", self.seen.verb, self.path, self.status);
        Told { id: self.id, time: self.time, after: self.seen.after, text }
    }

    /// Verb, path and status in a line.
    pub(crate) fn line(&self) -> String {
        format!("{} {} {}", self.seen.verb, self.path, self.status)
    }

    pub(crate) fn shown(&self) -> RequestItem {
        let owned = |(name, value): &(&'static str, String)| ((*name).to_owned(), value.clone());
        RequestItem {
            number: self.number,
            id: self.id,
            time: format_time(self.time),
            millis: (self.ended - self.time).num_milliseconds(),
            method: self.seen.verb.clone(),
            path: self.path.clone(),
            query: mask::text(&self.seen.query),
            route: self.route.clone(),
            user: self.user.clone(),
            org: self.org.clone(),
            status: self.status,
            minor_error_code: self.minor.clone(),
            headers: self.seen.headers.clone(),
            body: self.seen.body.shown(),
            answer_headers: self.answer_headers.iter().map(owned).collect(),
            answer: self.answer.shown(),
            near: self.near.clone(),
            faults: self.rules.clone(),
        }
    }

    /// About how many bytes it takes.
    fn size(&self) -> usize {
        let headers: usize = self.seen.headers.iter().map(|(name, value)| name.len() + value.len() + 48).sum();
        let answered: usize = self.answer_headers.iter().map(|(_, value)| value.len() + 40).sum();
        size_of::<Self>()
            + headers
            + answered
            + self.path.len()
            + self.seen.query.len()
            + self.seen.body.beginning.len()
            + self.answer.beginning.len()
    }
}

/// The last requests.
#[derive(Debug)]
pub(crate) struct Journal {
    ring: Mutex<Ring>,
    last: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Ring {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
}

impl Default for Journal {
    fn default() -> Self {
        Self { ring: Mutex::default(), last: watch::Sender::new(0) }
    }
}

impl Journal {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a request, and drops the oldest ones for it.
    pub(super) fn add(&self, entry: Entry) {
        let mut ring = self.ring();
        let number = *self.last.borrow() + 1;
        ring.bytes += entry.size();
        ring.entries.push_back(Arc::new(Entry { number, ..entry }));
        while ring.entries.len() > MOST_ENTRIES || (ring.bytes > MOST_BYTES && ring.entries.len() > 1) {
            let dropped = ring.entries.pop_front();
            ring.bytes -= dropped.map_or(0, |entry| entry.size());
        }
        self.last.send_replace(number);
    }

    /// All that are kept, the oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Entry>> {
        self.ring().entries.iter().cloned().collect()
    }

    /// Forgets all; numbers go on.
    pub(crate) fn clear(&self) -> usize {
        let dropped = std::mem::take(&mut *self.ring());
        dropped.entries.len()
    }

    /// Lets those look again who wait for a change: something else is told that belongs with the requests.
    pub(super) fn look_again(&self) {
        self.last.send_modify(|_number| {});
    }

    /// The number of the last one, and every change of it.
    pub(crate) fn last(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vcdsim_model::clock::from_millis;

    fn entry(body: &[u8]) -> Entry {
        let request = Request {
            method: Some(Method::Post),
            path: "/api/sessions".into(),
            query: String::new(),
            headers: Vec::new(),
            scheme: "http",
            body: body.to_vec().into(),
            upload: None,
            options: false,
        };
        let passage = Passage { path: request.path.clone(), ..Passage::default() };
        Seen::of(&request, 0).answered(&passage, &Response::new(200), from_millis(0), from_millis(5))
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many_or_too_long_ones() {
        let journal = Journal::default();
        for _ in 0..=MOST_ENTRIES {
            journal.add(entry(b""));
        }
        let numbers: Vec<_> = journal.all().iter().map(|entry| entry.number).collect();
        assert_eq!((numbers.len(), numbers[0]), (MOST_ENTRIES, 2));
        for _ in 0..MOST_BYTES / MOST_OF_A_BODY {
            journal.add(entry(&[b'x'; 2 * MOST_OF_A_BODY]));
        }
        let kept = journal.all();
        assert!(kept.len() < MOST_BYTES / MOST_OF_A_BODY && kept.iter().map(|entry| entry.size()).sum::<usize>() <= MOST_BYTES);
        assert_eq!((journal.clear(), journal.all().len(), journal.ring().bytes), (kept.len(), 0, 0));
        journal.add(entry(b""));
        assert!(journal.all()[0].number > MOST_ENTRIES as u64, "numbers go on");
    }

    #[test]
    fn long_and_binary_bodies_are_shown_in_part() {
        assert_eq!(entry(b"").shown().body, None);
        assert_eq!(entry(b"{\"password\":\"s3\"}").shown().body.as_deref(), Some("{\"password\":\"***\"}"));
        assert_eq!(entry(&[0xff; 10]).shown().body.as_deref(), Some("10 bytes"));
        let long = format!("x{}", "é".repeat(MOST_OF_A_BODY));
        let shown = entry(long.as_bytes()).shown().body.unwrap();
        assert!(shown.starts_with("xéé") && shown.ends_with(&format!("é… ({} bytes)", long.len())), "{shown}");
    }
}
