//! Lists whose items are told as they come, change and go, as server-sent events. Invariant: an item is told when it is in the list and was
//! not, or was another one, and when it is not in the list any more, if all of the list is told; the list is that of the same call without
//! events, asked for anew whenever something has happened.

use super::Facts;
use super::asked::Asked;
use super::call::{Answer, Call, Control, Told};
use super::problem::Problem;
use super::wait::{Pulse, look, patience};
use crate::instance::Instance;
use crate::spaces::Spaces;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use vcdsim_http::message::{Events, Request, Response};

/// The media type of events.
pub(super) const MEDIA: &str = "text/event-stream";

/// After how long without an item there is a sign of life, by which it is noticed that the client has gone.
const BEAT: Duration = Duration::from_secs(15);

/// Whether the client takes events, and would not rather have a document.
pub(super) fn wanted(request: &Request) -> bool {
    let ranges = request.headers_named("accept").flat_map(|header| header.split(','));
    let mut names = ranges.map(|range| range.split(';').next().unwrap_or_default().trim());
    let known = |name: &&str| [MEDIA, "application/json", "application/*", "*/*"].iter().any(|media| media.eq_ignore_ascii_case(name));
    names.find(known).is_some_and(|first| first.eq_ignore_ascii_case(MEDIA))
}

/// Whoever is told of a list.
struct Watcher {
    spaces: Arc<Spaces>,
    instance: Arc<Instance>,
    facts: Facts,
    call: &'static Call,
    fields: &'static [&'static str],
    asked: Asked,
    /// The items of the list as they were told, by what tells one from others.
    told: HashMap<String, Value>,
    pulse: Pulse,
}

/// Answers a call with events: the items that there are, as many as it asks for, and those that come or change.
pub(super) async fn answer(
    control: &Control<'_>,
    call: &'static Call,
    fields: &'static [&'static str],
    asked: Asked,
) -> Result<Response, Problem> {
    asked.wait()?;
    asked.after()?;
    let asked = asked.without("wait").without("after");
    let mut watcher = Watcher::new(control, call, fields, asked.clone().at_most());
    // What the limit leaves out is known, and not told.
    let all = watcher.items(&watcher.asked).await?;
    watcher.news(all, watcher.asked.limit()?);
    let known = std::mem::take(&mut watcher.told);
    let first = watcher.items(&asked).await?;
    let first = watcher.news(first, asked.limit()?);
    watcher.told = known.into_iter().chain(std::mem::take(&mut watcher.told)).collect();
    let first = Bytes::from(if first.is_empty() { ":\n\n".to_owned() } else { first });
    let later = stream::unfold(watcher, |mut watcher| async move { Some((watcher.next().await?, watcher)) });
    let events = Events::new(stream::iter([first]).chain(later).boxed());
    Ok(Response::new(200).with("cache-control", "no-store").events(MEDIA, events))
}

impl Watcher {
    fn new(control: &Control<'_>, call: &'static Call, fields: &'static [&'static str], asked: Asked) -> Self {
        let (spaces, instance, facts) = (Arc::clone(control.spaces), Arc::clone(control.instance), control.facts.clone());
        Self { spaces, instance, facts, call, fields, asked, told: HashMap::new(), pulse: Pulse::of(control) }
    }

    /// The next piece; none when the cloud ends, or fails. A list that is refused after it was told is one with nothing in it.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            tokio::select! {
                () = self.instance.edge.closed() => return None,
                () = patience(BEAT) => return Some(Bytes::from_static(b":\n\n")),
                goes_on = self.pulse.beat() => if !goes_on { return None },
            }
            self.pulse.still();
            let items = match self.items(&self.asked).await {
                Ok(items) => items,
                Err(problem) if problem.status >= 500 => return None,
                // Whatever it asks for is not there any more, and may come again.
                Err(_) => Vec::new(),
            };
            let news = self.news(items, self.asked.limit().ok()?);
            if !news.is_empty() {
                return Some(news.into());
            }
        }
    }

    /// The items of the list as it is now.
    async fn items(&self, asked: &Asked) -> Result<Vec<Value>, Problem> {
        let control = Control { spaces: &self.spaces, instance: &self.instance, facts: &self.facts };
        match look(&control, self.call, asked).await {
            Ok(Told::Items(items)) => Ok(items),
            Ok(Told::Done(kept)) => Ok(vec![serde_json::from_slice(&kept.body).map_err(|_no_document| vcdsim_model::Fault::internal())?]),
            // What is not there yet may come.
            Err(problem) if problem.status == 404 => Ok(Vec::new()),
            Err(problem) => Err(problem),
        }
    }

    /// Those of the list, which has so many at most, that were not told as they are, and those that are gone, as events; they are told by
    /// that.
    fn news(&mut self, items: Vec<Value>, limit: usize) -> String {
        let (mut news, mut told) = (String::new(), HashMap::new());
        let mut tell = |name: &str, id: &str, item: &Value| {
            // Writing to a string does not fail.
            let _ = write!(news, "event: {name}\nid: {id}\ndata: {item}\n\n");
        };
        // An item without a name of its own is another one when it changes; and of a list that is cut nobody knows what is left out.
        let whole = !self.fields.is_empty() && items.len().max(self.told.len()) < limit;
        for item in items {
            let id = match self.call.answer {
                // It is the same one, whatever it says.
                Answer::Kept(_) => self.call.path.to_owned(),
                _ => id(&item, self.fields),
            };
            if self.told.get(&id) != Some(&item) {
                tell("item", &id, &item);
            }
            told.insert(id, item);
        }
        let mut gone: Vec<_> = self.told.iter().filter(|(id, _)| whole && !told.contains_key(*id)).collect();
        gone.sort_unstable_by_key(|(id, _)| *id);
        gone.into_iter().for_each(|(id, item)| tell("gone", id, item));
        self.told = told;
        news
    }
}

/// What tells an item from others, in one line.
fn id(item: &Value, fields: &[&str]) -> String {
    if fields.is_empty() {
        return Uuid::new_v5(&Uuid::NAMESPACE_OID, item.to_string().as_bytes()).to_string();
    }
    let text = |field: &&str| item[field].as_str().map_or_else(|| item[field].to_string(), str::to_owned);
    fields.iter().map(text).collect::<Vec<_>>().join(" ").replace(['\r', '\n', '\0'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn taking(accept: &[&str]) -> Request {
        Request {
            method: None,
            path: String::new(),
            query: String::new(),
            headers: accept.iter().map(|media| ("accept".to_owned(), (*media).to_owned())).collect(),
            scheme: "http",
            body: Bytes::new(),
            upload: None,
            options: false,
        }
    }

    #[test]
    fn who_takes_events() {
        let cases: [(&[&str], bool); 7] = [
            (&[], false),
            (&["*/*"], false),
            (&["text/event-stream"], true),
            (&["Text/Event-Stream;q=0.9, */*"], true),
            (&["text/html", "text/event-stream"], true),
            (&["application/json, text/event-stream"], false),
            (&["text/event-streams"], false),
        ];
        for (accept, takes) in cases {
            assert_eq!(wanted(&taking(accept)), takes, "{accept:?}");
        }
    }

    #[test]
    fn an_id_is_one_line_and_tells_items_apart() {
        let item = json!({ "event": 7, "exchange": "a\nb", "text": "x" });
        assert_eq!(id(&item, &["event", "exchange"]), "7 a b");
        assert_eq!(id(&item, &[]), id(&item.clone(), &[]));
        assert_ne!(id(&item, &[]), id(&json!({ "event": 8 }), &[]));
    }
}
