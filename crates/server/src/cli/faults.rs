//! `vcdsim fault`. Invariant: each row is a call of `control/faults.rs`.

use super::show::Show;
use super::table::{Arg, Noun, Verb, put};
use super::tasks::LIMIT;
use serde_json::{Value, json};

pub(super) const COUNTED: Show = Show::Done("Removed {/removed}. Struck nothing: {/unused}");

pub(super) const SKIP: Arg = Arg::option("skip", "skip", "Let so many pass first").number();
pub(super) const TIMES: Arg = Arg::option("times", "times", "Strike so many; 0 is any number [default: 1]").number();
pub(super) const PROBABILITY: Arg = Arg::option("probability", "probability", "From 0 to 1 [default: 1]").number();

/// The commands.
pub(super) const NOUN: Noun = Noun {
    name: "fault",
    what: "Let requests, tasks and answers go wrong",
    usual: Some("ls"),
    verbs: &[
        Verb::new(
            "ls",
            "List the rules, with what each has struck",
            "GET faults",
            &[],
            Show::Table(&[
                ("ID", "/id"),
                ("AT", "/at"),
                ("MATCH", "/match"),
                ("DO", "/do"),
                ("TIMES", "/times"),
                ("SEEN", "/seen"),
                ("HITS", "/hits"),
            ]),
        ),
        Verb::new("add", "Add a rule", "POST faults", RULE, Show::Done("Added {/id}: at {/at}, {/do}.")),
        Verb::new("rm", "Remove a rule", "DELETE faults/{id}", &[Arg::path("id", "Its number")], COUNTED),
        Verb::new("clear", "Remove all, and say which struck nothing", "DELETE faults", &[], COUNTED),
        Verb::new(
            "seed",
            "Begin the row of random choices anew",
            "PUT faults",
            &[Arg::word("seed", "seed", "A number").number()],
            Show::Done("It begins anew from {/seed}."),
        ),
        Verb::new(
            "busy-ls",
            "List what is busy without a task",
            "GET busy",
            &[LIMIT],
            Show::Table(&[("ID", "/id"), ("NAME", "/name"), ("UNTIL", "/until")]),
        ),
        Verb::new(
            "busy",
            "Make an object busy for a while",
            "PUT busy/{id}",
            &[Arg::path("id", "A UUID, a URN or an href"), Arg::word("for", "for", "A span such as 10m")],
            Show::Done("It is busy from {/now} on."),
        ),
        Verb::new("free", "Let go of it", "DELETE busy/{id}", &[Arg::path("id", "A UUID, a URN or an href")], Show::Done("It is free.")),
    ],
};

const RULE: &[Arg] = &[
    Arg::told("request", "The requests that are meant, as in 'POST */action/composeVApp' or '/api/query'", request).allowed(),
    Arg::option("operation", "match.operation", "Of this operation"),
    Arg::option("org", "match.org", "Of this organization"),
    Arg::option("user", "match.user", "Of this user, as user@org"),
    Arg::option("entity", "match.entity", "About this object"),
    Arg::option("at", "at", "request, response, task:running or task:2"),
    SKIP,
    TIMES,
    PROBABILITY,
    Arg::option("status", "do.status", "Fail with this status").number(),
    Arg::option("minor-code", "do.minorErrorCode", "With this minor code"),
    Arg::option("message", "do.message", "With these words"),
    Arg::option("session", "do.session", "expired: end the session before"),
    Arg::option("busy", "do.busy", "Make the object busy for this span"),
    Arg::option("delay", "do.delay", "Answer later, as in 2s or 2s±20%"),
    Arg::option("transport", "do.transport", "Spoil the answer: reset, empty, truncated, garbage or dribble"),
    Arg::option("over", "do.over", "With dribble: over this span"),
];

/// A verb and a path, or one of them.
fn request(text: &str, body: &mut Value) -> Result<(), String> {
    let (method, path) = match text.split_once(' ') {
        Some((method, path)) => (Some(method), Some(path.trim())),
        None if text.starts_with(['/', '*']) => (None, Some(text)),
        None => (Some(text), None),
    };
    for (place, word) in [("match.method", method), ("match.path", path)] {
        if let Some(word) = word {
            put(body, place, json!(word));
        }
    }
    Ok(())
}
