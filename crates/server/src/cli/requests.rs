//! `vcdsim requests`. Invariant: each row is a call about requests of `control/requests.rs`.

use super::show::{Column, Show};
use super::table::{Arg, Follow, Noun, Verb};
use super::tasks::{LIMIT, ORG};

const COLUMNS: &[Column] =
    &[("TIME", "/time"), ("STATUS", "/status"), ("METHOD", "/method"), ("PATH", "/path"), ("USER", "/user"), ("ERROR", "/minorErrorCode")];
const METHOD: Arg = Arg::query("method", "With this verb");
const PATH: Arg = Arg::query("path", "With this path, in which * stands for anything");
const STATUS: Arg = Arg::query("status", "With this status, as in 403 or 4xx");
const USER: Arg = Arg::query("user", "Of this user");

/// The commands.
pub(super) const NOUN: Noun = Noun {
    name: "requests",
    what: "Look at the requests of the API, and verify them",
    usual: Some("ls"),
    verbs: &[
        Verb::new("ls", "List the last, newest last", "GET requests", &[METHOD, PATH, STATUS, USER, ORG, LIMIT], Show::Table(COLUMNS)),
        Verb::new("tail", "Print them as they come", "GET requests", &[METHOD, PATH, STATUS, USER, ORG], Show::Table(COLUMNS))
            .follow(Follow::Tail("/number")),
        Verb::new(
            "unmatched",
            "List those that nothing took, and what stood near",
            "GET requests/unmatched",
            &[LIMIT],
            Show::Table(&[("TIME", "/time"), ("STATUS", "/status"), ("METHOD", "/method"), ("PATH", "/path"), ("NEAR", "/near")]),
        ),
        Verb::new(
            "verify",
            "Ends with 3 when they did not come as expected",
            "POST requests/verify",
            &[
                Arg::option("method", "match.method", "With this verb"),
                Arg::option("path", "match.path", "With this path, in which * stands for anything"),
                Arg::option("status", "match.status", "With this status, as in 403 or 4xx"),
                Arg::option("user", "match.user", "Of this user"),
                Arg::option("org", "match.org", "Of this organization"),
                Arg::option("contains", "match.contains", "With this in the body"),
                MIN,
                MAX,
                EXACTLY,
                Arg::option("sequence", "sequence", "Instead of all that: matches in this order, as the interface takes them").json(),
            ],
            VERIFIED,
        ),
        Verb::new("clear", "Forget them", "DELETE requests", &[], Show::Done("Forgot {/forgotten}.")),
    ],
};

pub(super) const MIN: Arg = Arg::option("min", "count.min", "At least so many").number();
pub(super) const MAX: Arg = Arg::option("max", "count.max", "At most so many").number();
pub(super) const EXACTLY: Arg = Arg::option("exactly", "count.exactly", "Just so many").number();
pub(super) const VERIFIED: Show = Show::Done("As expected: {/matched} matched.");
