//! `vcdsim blocking`. Invariant: each row is a call about blocking tasks of `control/tasks.rs`.

use super::show::Show;
use super::table::{Arg, Follow, Noun, Verb};
use super::tasks::{LIMIT, OPERATION, ORG};

const ID: Arg = Arg::path("id", "A UUID, a URN or an href");
const MESSAGE: Arg = Arg::option("message", "message", "What the task says as its details");
const GATES: Show = Show::Record(&[("blocks", "/enabled"), ("timeout, ms", "/timeoutMillis"), ("then", "/timeoutAction")]);

/// The commands.
pub(super) const NOUN: Noun = Noun {
    name: "blocking",
    what: "List what waits for a decision, and decide; say what blocks",
    usual: Some("ls"),
    verbs: &[
        Verb::new(
            "ls",
            "List what waits, the earliest first",
            "GET blocking-tasks",
            &[OPERATION, ORG, LIMIT],
            Show::Table(&[
                ("ID", "/id"),
                ("OPERATION", "/operation"),
                ("USER", "/user"),
                ("ORG", "/org"),
                ("TIMEOUT", "/timeout"),
                ("THEN", "/timeoutAction"),
                ("TASK", "/task"),
            ]),
        )
        .follow(Follow::Watch),
        decide("resume", "Let it go on", "Resumed; it is {/now}."),
        decide("abort", "End it, and clean up", "Aborted; it is {/now}."),
        decide("fail", "End it as failed", "Failed; it is {/now}."),
        Verb::new(
            "progress",
            "Keep it waiting",
            "POST blocking-tasks/{id}/progress",
            &[ID, MESSAGE, Arg::option("timeout", "timeout", "For this long from now on")],
            Show::Done("It goes on waiting; it is {/now}."),
        ),
        Verb::new("operations", "Show which operations block", "GET blocking-operations", &[], GATES),
        Verb::new(
            "set",
            "Say which operations block",
            "PUT blocking-operations",
            &[
                Arg::word("operation", "enabled", "Their names; with none, nothing blocks").allowed().many(),
                Arg::option("timeout-millis", "timeoutMillis", "How long they wait").number(),
                Arg::option("then", "timeoutAction", "What is done when nobody decides: resume, abort or fail"),
            ],
            GATES,
        )
        .lists("enabled"),
    ],
};

const fn decide(name: &'static str, what: &'static str, done: &'static str) -> Verb {
    let call = match name.as_bytes() {
        b"resume" => "POST blocking-tasks/{id}/resume",
        b"abort" => "POST blocking-tasks/{id}/abort",
        _ => "POST blocking-tasks/{id}/fail",
    };
    Verb::new(name, what, call, &[ID, MESSAGE], Show::Done(done))
}
