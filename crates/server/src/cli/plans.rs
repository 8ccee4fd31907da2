//! `vcdsim plan`. Invariant: each row is a call of `control/plans.rs`.

use super::show::Show;
use super::table::{Arg, Noun, Verb, put};
use super::tasks::LIMIT;
use serde_json::{Value, json};

const OPERATION: Arg = Arg::path("operation", "Its name; default is for those that have no plan");
const ONE: Show =
    Show::Record(&[("operation", "/operation"), ("pace", "/pace"), ("fails", "/fail"), ("said by", "/from"), ("phases", "/phases")]);

/// The commands.
pub(super) const NOUN: Noun = Noun {
    name: "plan",
    what: "Say how the tasks of an operation go",
    usual: Some("ls"),
    verbs: &[
        Verb::new(
            "ls",
            "List the plans",
            "GET task-plans",
            &[LIMIT],
            Show::Table(&[("OPERATION", "/operation"), ("PACE", "/pace"), ("FAILS", "/fail"), ("SAID BY", "/from")]),
        ),
        Verb::new("show", "Show the one that counts for an operation, and its phases", "GET task-plans/{operation}", &[OPERATION], ONE),
        Verb::new(
            "set",
            "Make one, for the tasks that come",
            "PUT task-plans/{operation}",
            &[
                OPERATION,
                Arg::told("pace", "immediate, queued, manual, each:2s, total:10m or polls:3", pace).named(),
                Arg::option("fail-phase", "fail.phase", "The phase that fails"),
                Arg::option("major-code", "fail.majorErrorCode", "The major code of the error").number(),
                Arg::option("minor-code", "fail.minorErrorCode", "The minor code of the error"),
                Arg::option("message", "fail.message", "What the error says"),
            ],
            ONE,
        ),
        Verb::new("rm", "Remove one", "DELETE task-plans/{operation}", &[OPERATION], ONE),
        Verb::new("clear", "Remove all", "DELETE task-plans", &[], Show::Done("Removed all.")),
    ],
};

fn pace(text: &str, body: &mut Value) -> Result<(), String> {
    let pace = match text.split_once(':') {
        None => json!(text),
        Some(("polls", number)) => {
            json!({ "polls": number.parse::<u32>().map_err(|_not_one| format!("\"{number}\" is no number of polls."))? })
        }
        Some((how, span)) => json!({ how: span }),
    };
    put(body, "pace", pace);
    Ok(())
}
