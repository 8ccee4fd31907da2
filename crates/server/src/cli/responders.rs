//! `vcdsim respond`. Invariant: each row is a call of `control/responders.rs`.

use super::show::Show;
use super::table::{Arg, Noun, Verb, put};
use super::tasks::LIMIT;
use serde_json::{Value, json};

/// The commands.
pub(super) const NOUN: Noun = Noun {
    name: "respond",
    what: "Let blocked tasks be decided by rules",
    usual: Some("ls"),
    verbs: &[
        Verb::new(
            "ls",
            "List the responders, in the order in which they are asked",
            "GET responders",
            &[LIMIT],
            Show::Table(&[("ID", "/id"), ("WHEN", "/when"), ("THEN", "/then"), ("TIMES", "/times"), ("HITS", "/hits")]),
        ),
        Verb::new(
            "add",
            "Add one",
            "POST responders",
            &[
                Arg::option("operation", "when.operation", "For this operation"),
                Arg::option("org", "when.org", "For this organization"),
                Arg::option("user", "when.user", "For this user, as user@org"),
                Arg::option("after", "then.after", "So long after the task was blocked, as in 30s [default: at once]"),
                Arg::option("message", "then.message", "What the task says"),
                Arg::option("times", "times", "So often [default: always]").number(),
                Arg::told("decision", "resume, abort or fail", decision),
            ],
            Show::Done("Added {/id}."),
        ),
        Verb::new(
            "rm",
            "Remove one, and what it was going to decide",
            "DELETE responders/{id}",
            &[Arg::path("id", "Its id")],
            Show::Done("Removed."),
        ),
        Verb::new("clear", "Remove all", "DELETE responders", &[], Show::Done("Removed all.")),
    ],
};

/// The decision, around what was said of it so far.
fn decision(text: &str, body: &mut Value) -> Result<(), String> {
    if !["resume", "abort", "fail"].contains(&text) {
        return Err(format!("it is resume, abort or fail, not \"{text}\"."));
    }
    let said = body.get("then").cloned().unwrap_or_else(|| json!({}));
    put(body, "then", json!({ text: said }));
    Ok(())
}
