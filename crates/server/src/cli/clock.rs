//! `vcdsim clock`. Invariant: each row is a call of `control/clock.rs`.

use super::show::Show;
use super::stage::Exit;
use super::table::{Arg, Noun, Verb, put};
use serde_json::{Value, json};

const STATE: Show = Show::Record(&[("now", "/now"), ("mode", "/mode"), ("scale", "/scale")]);

/// The commands.
pub(super) const NOUN: Noun = Noun {
    name: "clock",
    what: "Show the clock, move it, stop it",
    usual: Some("show"),
    verbs: &[
        Verb::new("show", "Show the time and the mode of the clock", "GET clock", &[], STATE),
        Verb::new(
            "set",
            "Go to a later instant, as in 2030-01-01T00:00:00Z",
            "PUT clock",
            &[Arg::word("instant", "now", "The instant")],
            STATE,
        ),
        Verb::new(
            "advance",
            "Move it; what becomes due happens",
            "POST clock/advance",
            &[
                Arg::word("by", "by", "A span such as 90s, 5m, 5d or PT1H").allowed(),
                Arg::option("to", "to", "Or an instant"),
                Arg::option("expire-sessions", "expireSessions", "Let sessions age by it").switch(),
            ],
            Show::Done("It is {/now}."),
        ),
        Verb::new("freeze", "Let it go only when it is moved", "PUT clock", &[], STATE).fixed(&[("mode", "manual")]),
        Verb::new("real", "Let it go as the machine's", "PUT clock", &[], STATE).fixed(&[("mode", "real")]),
        Verb::new("scale", "Let it go so many times as fast", "PUT clock", &[Arg::word("times", "scale", "1 to 1000000").number()], STATE)
            .fixed(&[("mode", "scaled")]),
        Verb::new(
            "run-until",
            "Move it until something holds; exits with 3 if that never holds",
            "POST clock/run-until",
            &[
                Arg::told("goal", "idle, task:ID, task:ID=STATUS or message:KEY", goal),
                Arg::option("limit", "limit", "How far at most [default: 30d]"),
            ],
            Show::Done("It is so at {/now}."),
        )
        .conflict(Exit::NotSo),
        Verb::new(
            "timers",
            "List what will happen by itself",
            "GET clock/timers",
            &[Arg::query("limit", "So many at most [default: 100]").number()],
            Show::Table(&[("DUE", "/due"), ("WHAT", "/what"), ("OF", "/subject")]),
        ),
    ],
};

fn goal(text: &str, body: &mut Value) -> Result<(), String> {
    match text.split_once(':') {
        None if text == "idle" => put(body, "idle", json!(true)),
        Some(("task", task)) => {
            let (task, status) = task.split_once('=').map_or((task, None), |(task, status)| (task, Some(status)));
            put(body, "task", json!(task));
            if let Some(status) = status {
                put(body, "status", json!(status));
            }
        }
        Some(("message", key)) => put(body, "message", json!(key)),
        _ => return Err(format!("it is idle, task:ID, task:ID=STATUS or message:KEY, not \"{text}\".")),
    }
    Ok(())
}
