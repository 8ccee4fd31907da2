//! `vcdsim timeline`. Invariant: it is the call of `control/timeline.rs`.

use super::show::Show;
use super::table::{Arg, Noun, Verb};
use super::tasks::LIMIT;

/// The command.
pub(super) const NOUN: Noun = Noun {
    name: "timeline",
    what: "Tell what happened, in order, and what is going to",
    usual: None,
    verbs: &[Verb::new(
        "timeline",
        "Tell what happened, in order, and what is going to",
        "GET timeline",
        &[Arg::query("correlation", "What belongs to this request, task or blocking task alone"), LIMIT],
        Show::Table(&[("TIME", "/time"), ("WHAT", "/what"), ("TEXT", "/text")]),
    )],
};
