//! `vcdsim space`. Invariant: each row is a call of `control/spaces.rs`.

use super::show::Show;
use super::table::{Arg, Noun, Verb};

const NAME: Arg = Arg::path("name", "Its name");
const ONE: Show = Show::Record(&[("name", "/name"), ("from", "/from"), ("api", "/api"), ("own listener", "/http"), ("rng", "/rng")]);

/// The commands.
pub(super) const NOUN: Noun = Noun {
    name: "space",
    what: "Make clouds that stand side by side in the server",
    usual: Some("ls"),
    verbs: &[
        Verb::new(
            "ls",
            "List them",
            "GET spaces",
            &[],
            Show::Table(&[("NAME", "/name"), ("FROM", "/from"), ("API", "/api"), ("LISTENER", "/http")]),
        ),
        Verb::new("show", "Show one", "GET spaces/{name}", &[NAME], ONE),
        Verb::new(
            "add",
            "Make one",
            "POST spaces",
            &[
                Arg::word("name", "name", "Its name: small letters, digits and inner hyphens"),
                Arg::option("from", "from", "seed, empty, now, snapshot:NAME or space:NAME [default: seed]"),
                Arg::option("rng", "rng", "Draw its ids from this seed").number(),
                Arg::option("clock", "clock", "How its clock goes: real, manual or x60"),
                Arg::option("port", "port", "A port for a listener of its own; 0 takes a free one").number(),
            ],
            ONE,
        ),
        Verb::new("rm", "End it, and everything in it", "DELETE spaces/{name}", &[NAME], Show::Done("It is gone.")),
    ],
};
