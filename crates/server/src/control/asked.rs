//! What a call was asked with. Invariant: a value that is not understood is refused with its name and what it may be; none is passed over.

use super::problem::Problem;
use serde::de::DeserializeOwned;
use std::time::Duration;
use uuid::Uuid;
use vcdsim_http::message::Request;
use vcdsim_model::clock::{Time, parse_time};

/// How many items a list has at most.
const MOST: usize = 1_000;

/// Refuses a body that is too long, or that would be if it came, since the transport cuts one and does not wait for the other; and one that is
/// not `whole` because it has broken off. Whoever acted on what is left of it would do something else than was asked.
pub(super) fn complete(request: &Request, whole: bool, most: usize) -> Result<(), Problem> {
    let declared = request.header("content-length").and_then(|length| length.trim().parse::<u64>().ok());
    let sent = match declared.filter(|length| *length > most as u64) {
        Some(length) => format!("{length}"),
        None if request.body.len() > most => format!("more than {most}"),
        None if whole => return Ok(()),
        None => {
            let came = request.body.len();
            let detail = format!("The body broke off after {came} bytes, as its connection did. Nothing was done. Send it again.");
            return Err(Problem::new(400, "The body is not whole", detail));
        }
    };
    let detail = format!(
        "The body has {sent} bytes, and this server takes at most {most}. Nothing was done. Send less, or start the server with a larger --max-body."
    );
    Err(Problem::new(413, "The body is too long", detail))
}

/// A call's words of the path, its query and its body.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// What stands for `{id}`, `{action}` and so on in the path, in their order.
    pub(crate) words: Vec<String>,
    query: Vec<(String, String)>,
    body: bytes::Bytes,
}

impl Asked {
    /// The request with what its path says, if it asks for `known` parameters only.
    pub(crate) fn new(request: &Request, words: Vec<String>, known: &[&str]) -> Result<Self, Problem> {
        let query: Vec<(String, String)> = form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
        if let Some((name, _)) = query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            let detail = format!("There is no parameter \"{name}\" here; there are: {}.", known.join(", "));
            return Err(Problem::bad(detail).near(name, known.iter().copied()));
        }
        Ok(Self { words, query, body: request.body.clone() })
    }

    /// A parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The same without this parameter.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.query.retain(|(known, _)| known != name);
        self
    }

    /// The same with the limit that is the highest.
    pub(crate) fn at_most(self) -> Self {
        let mut all = self.without("limit");
        all.query.push(("limit".to_owned(), MOST.to_string()));
        all
    }

    /// The body as JSON; nothing at all is an empty object.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let body: &[u8] = if self.body.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &self.body };
        serde_json::from_slice(body).map_err(|error| Problem::bad(format!("The body is not what this call takes: {error}.")))
    }

    /// The body as text, if it is no JSON object.
    pub(super) fn text(&self) -> Result<Option<&str>, Problem> {
        match self.body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None | Some(b'{') => Ok(None),
            Some(_) => std::str::from_utf8(&self.body).map(Some).map_err(|error| Problem::bad(format!("The body is no text: {error}."))),
        }
    }

    /// How many items are wanted, at most a thousand.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        let Some(text) = self.query("limit") else { return Ok(100) };
        text.parse().ok().map(|limit: usize| limit.min(MOST)).ok_or_else(|| Problem::bad("limit must be a number."))
    }

    /// How long a call may wait, in real time; at most ten minutes.
    pub(crate) fn wait(&self) -> Result<Duration, Problem> {
        let Some(text) = self.query("wait") else { return Ok(Duration::ZERO) };
        let millis = millis("wait", text)?.clamp(0, 600_000);
        Ok(Duration::from_millis(millis.unsigned_abs()))
    }

    /// The revision that the caller knows already.
    pub(crate) fn after(&self) -> Result<Option<u64>, Problem> {
        let number = |text: &str| text.parse().map_err(|_not_one| Problem::bad("after is the number of a revision."));
        self.query("after").map(number).transpose()
    }

    /// The id that a word of the path names: a UUID, a URN, or the end of an href.
    pub(crate) fn id(&self) -> Result<Uuid, Problem> {
        let word = self.words.first().map(String::as_str).unwrap_or_default();
        id(word)
    }
}

/// The id in a UUID, a URN, or an href.
pub(crate) fn id(text: &str) -> Result<Uuid, Problem> {
    let tail = text.len().checked_sub(36).and_then(|from| text.get(from..)).unwrap_or(text);
    tail.parse().map_err(|_not_one| Problem::bad(format!("\"{text}\" names nothing: an id is a UUID, a URN, or an href that ends in one.")))
}

/// A span of time in milliseconds: `5m`, `5 days`, or ISO 8601.
pub(crate) fn millis(name: &str, text: &str) -> Result<i64, Problem> {
    let wrong = || Problem::bad(format!("{name} is a span of time such as 90s, 5m, 2h, 5d, or PT1H30M; not \"{text}\"."));
    let span: jiff::Span = text.parse().map_err(|_not_one| wrong())?;
    let total = span.total((jiff::Unit::Millisecond, jiff::SpanRelativeTo::days_are_24_hours())).map_err(|_months| wrong())?;
    #[expect(clippy::cast_possible_truncation, reason = "a span has fewer milliseconds than an i64 counts; a part of one is nothing")]
    Ok(total as i64)
}

/// An instant, as in `2026-03-04T08:15:00Z`.
pub(crate) fn instant(name: &str, text: &str) -> Result<Time, Problem> {
    parse_time(text).ok_or_else(|| Problem::bad(format!("{name} is an instant such as 2026-03-04T08:15:00Z, not \"{text}\".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_in_two_ways() {
        assert_eq!(millis("by", "5d").unwrap(), 5 * 24 * 3_600_000);
        assert_eq!(millis("by", "1h 30m").unwrap(), 5_400_000);
        assert_eq!(millis("by", "PT1.5S").unwrap(), 1_500);
        assert_eq!(millis("by", "P5D").unwrap(), 432_000_000);
        for wrong in ["", "5", "soon", "1 month", "1y"] {
            assert!(millis("by", wrong).unwrap_err().detail.contains("by is a span"), "{wrong}");
        }
    }

    #[test]
    fn ids_are_found_at_the_end() {
        let text = "6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b";
        let id: Uuid = text.parse().unwrap();
        for word in [text.to_owned(), format!("urn:vcloud:task:{text}"), format!("https://h/api/vApp/vapp-{text}")] {
            assert_eq!(super::id(&word).unwrap(), id);
        }
        assert!(super::id("web").is_err() && super::id("éééééééééééééééééééééééééééééééééé").is_err());
    }
}
