//! `vcdsim explain`. Invariant: it is the call about requests of `control/refusal.rs`.

use super::show::Show;
use super::table::{Arg, Noun, Verb};

/// The command.
pub(super) const NOUN: Noun = Noun {
    name: "explain",
    what: "Say whether a request would be admitted now, and why",
    usual: None,
    verbs: &[Verb::new(
        "explain",
        "Say whether a request would be admitted now, and why",
        "GET explain",
        &[
            Arg::query("method", "The verb").needed(),
            Arg::query("path", "The path or href").needed(),
            Arg::query("user", "Who would ask, as user@org").needed(),
        ],
        Show::Record(&[("admitted", "/admitted"), ("why", "/explanation"), ("route", "/route"), ("rules", "/rules")]),
    )],
};
