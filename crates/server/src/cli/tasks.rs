//! `vcdsim tasks`. Invariant: each row is a call of `control/tasks.rs`, `hand.rs`, `make.rs` or `explain.rs`.

use super::show::Show;
use super::table::{Arg, Follow, Noun, Verb};

pub(super) const OPERATION: Arg = Arg::query("operation", "Of this operation");
pub(super) const ORG: Arg = Arg::query("org", "Of this organization, by name or id");
pub(super) const LIMIT: Arg = Arg::query("limit", "So many at most [default: 100]").number();
const ID: Arg = Arg::path("id", "A UUID, a URN or an href");

const MOVED: Show = Show::Done("Task {/id} ({/operation}) is {/status}; held: {/held}.");
const COLUMNS: Show = Show::Table(&[
    ("ID", "/id"),
    ("STATUS", "/status"),
    ("OPERATION", "/operation"),
    ("OWNER", "/ownerName"),
    ("USER", "/user"),
    ("ORG", "/org"),
    ("%", "/progress"),
    ("START", "/start"),
]);
const ONE: Show = Show::Record(&[
    ("id", "/id"),
    ("operation", "/operation"),
    ("status", "/status"),
    ("owner", "/owner"),
    ("name", "/ownerName"),
    ("user", "/user"),
    ("org", "/org"),
    ("progress", "/progress"),
    ("held", "/held"),
    ("details", "/details"),
    ("error", "/error"),
    ("start", "/start"),
    ("end", "/end"),
    ("blocked by", "/blockingTask"),
]);
const WHY: Show = Show::Record(&[
    ("why", "/explanation"),
    ("blocked", "/whyBlocked"),
    ("waits for", "/waitsFor"),
    ("keeps busy", "/keepsBusy"),
    ("may decide", "/mayDecide"),
    ("next", "/next"),
]);

/// The commands.
pub(super) const NOUN: Noun = Noun {
    name: "tasks",
    what: "List tasks, and take them in hand",
    usual: Some("ls"),
    verbs: &[
        Verb::new(
            "ls",
            "List them, the newest last",
            "GET tasks",
            &[Arg::query("status", "In this status"), OPERATION, ORG, LIMIT],
            COLUMNS,
        )
        .follow(Follow::Watch),
        Verb::new("show", "Show one", "GET tasks/{id}", &[ID], ONE),
        Verb::new("hold", "Let nothing of it run by itself", "POST tasks/{id}/hold", &[ID], MOVED),
        Verb::new("release", "Let it go on by itself", "POST tasks/{id}/release", &[ID], MOVED),
        Verb::new("step", "Run one phase of it, and hold it then", "POST tasks/{id}/step", &[ID], MOVED),
        Verb::new(
            "progress",
            "Let it say how far it is",
            "POST tasks/{id}/progress",
            &[ID, Arg::option("percent", "percent", "0 to 100").number(), Arg::option("details", "details", "In words")],
            MOVED,
        ),
        Verb::new("succeed", "Run all that is left of it", "POST tasks/{id}/succeed", &[ID], MOVED),
        Verb::new("fail", "Fail it, wherever it is", "POST tasks/{id}/fail", &[ID, MAJOR, MINOR, MESSAGE], MOVED),
        Verb::new("cancel", "Cancel it, as the administrator", "POST tasks/{id}/cancel", &[ID], MOVED),
        Verb::new("explain", "Say why it stands where it stands", "GET tasks/{id}/explain", &[ID], WHY),
        Verb::new("make", "Make one in any status, without its operation", "POST tasks", NEW, MOVED),
    ],
};

const MAJOR: Arg = Arg::option("major-code", "majorErrorCode", "The error's major code").number();
const MINOR: Arg = Arg::option("minor-code", "minorErrorCode", "The error's minor code");
const MESSAGE: Arg = Arg::option("message", "message", "What the error says");

const NEW: &[Arg] = &[
    Arg::word("operation", "operation", "What it is called"),
    Arg::word("owner", "owner", "What it is about: an id, a URN, an href or a name"),
    Arg::option("status", "status", "Its status [default: running]"),
    Arg::option("user", "user", "Whose it is, as user@org"),
    Arg::option("org", "org", "The organization"),
    Arg::option("service", "service", "The namespace of the extension service that runs it"),
    Arg::option("progress", "progress", "0 to 100").number(),
    Arg::option("details", "details", "In words"),
    Arg::option("minor-code", "error.minorErrorCode", "The minor code of its error"),
    Arg::option("message", "error.message", "What its error says"),
];
