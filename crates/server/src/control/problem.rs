//! What goes wrong at the control interface, as RFC 9457 has it. Invariant: it says what, why, and what to do instead.

use serde::Serialize;
use vcdsim_http::message::Response;
use vcdsim_model::Fault;

/// A problem document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: the title says all there is.
    pub(crate) r#type: &'static str,
    /// What is wrong, in a few words.
    pub(crate) title: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// Why, and what to do.
    pub(crate) detail: String,
    /// What may have been meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) nearest: Vec<String>,
    /// What was found instead, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) found: Vec<String>,
}

/// How much of what was found is shown.
const MOST_FOUND: usize = 50;

impl Problem {
    /// A problem without alternatives.
    pub(crate) fn new(status: u16, title: &str, detail: impl Into<String>) -> Self {
        Self { r#type: "about:blank", title: title.to_owned(), status, detail: detail.into(), nearest: Vec::new(), found: Vec::new() }
    }

    /// 400, for a value that cannot be used.
    pub(crate) fn bad(detail: impl Into<String>) -> Self {
        Self::new(400, "This cannot be used", detail)
    }

    /// 404, for something that is not there.
    pub(crate) fn missing(detail: impl Into<String>) -> Self {
        Self::new(404, "There is no such thing", detail)
    }

    /// 422, for something that did not happen as it was expected, with the last that happened.
    pub(crate) fn unexpected(detail: impl Into<String>, mut found: Vec<String>) -> Self {
        let found = found.split_off(found.len().saturating_sub(MOST_FOUND));
        Self { found, ..Self::new(422, "It is not as expected", detail) }
    }

    /// The same, with what of `known` is most like `word`.
    pub(crate) fn near<'a>(mut self, word: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let mut close: Vec<_> = known.map(|known| (strsim::jaro_winkler(word, known), known)).collect();
        close.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        self.nearest = close.into_iter().take(3).filter(|(likeness, _)| *likeness > 0.6).map(|(_, known)| known.to_owned()).collect();
        self
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::new(fault.code.status(), fault.code.minor(), fault.message)
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        let body = serde_json::to_string(&problem).unwrap_or_default();
        Self::new(problem.status).body("application/problem+json", body)
    }
}
