//! `vcdsim reset`, `vcdsim seed`, `vcdsim snapshot` and `vcdsim state`. Invariant: each row is a call of `control/snapshots.rs`; a snapshot that is refused ends
//! with 5.

use super::show::Show;
use super::stage::Exit;
use super::table::{Arg, Noun, Verb};
use serde_json::{Value, json};
use vcdsim_platform::seed::Inventory;

const NAME: Arg = Arg::path("name", "Its name");

/// Back to a state.
pub(super) const RESET: Noun = Noun {
    name: "reset",
    what: "Make everything as it was at the start, or as in another state",
    usual: None,
    verbs: &[Verb::new(
        "reset",
        "Make everything as it was at the start, or as in another state",
        "POST reset",
        &[Arg::option("to", "to", "seed, empty, snapshot:NAME or space:NAME [default: seed]")],
        Show::Done("Everything is as it was: {/digest}, {/now}. Faults that struck nothing: {/unused}"),
    )
    .conflict(Exit::Refused)],
};

/// How much there is.
pub(super) const STATE: Noun = Noun {
    name: "state",
    what: "Show how much there is of what",
    usual: Some("show"),
    verbs: &[
        Verb::new("show", "Show how much there is of what", "GET state", &[], Show::Whole),
        Verb::new("digest", "Show what tells this state from others", "GET state/digest", &[], Show::Done("{/digest}")),
    ],
};

/// What a new cloud holds.
pub(super) const SEED: Noun = Noun {
    name: "seed",
    what: "Make everything as in a new cloud that holds what a file says",
    usual: None,
    verbs: &[
        Verb::new(
            "load",
            "Make everything as in a new cloud that holds what a TOML file says",
            "POST seed",
            &[Arg::told("file", "The file, as of --seed-file", read_seed)],
            Show::Done("Everything is as in a new cloud: {/digest}. Faults that struck nothing: {/unused}"),
        ),
        Verb::new(
            "check",
            "Say what that would make, or what is wrong with the file, and change nothing",
            "POST seed/check",
            &[Arg::told("file", "The file, as of --seed-file", read_seed)],
            Show::Prose("/prose", "Everything would be as it is."),
        ),
        Verb::new("schema", "Show what such a file may say, as JSON Schema has it", "GET seed.schema.json", &[], Show::Whole),
    ],
};

/// The file is read where the command is given: mistakes are told with their place in it.
fn read_seed(file: &str, body: &mut Value) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let inventory: Inventory = toml::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
    *body = json!(inventory);
    Ok(())
}

/// States with names.
pub(super) const NOUN: Noun = Noun {
    name: "snapshot",
    what: "Save the whole state under a name, bring it back, compare",
    usual: Some("ls"),
    verbs: &[
        Verb::new(
            "ls",
            "List them",
            "GET snapshots",
            &[],
            Show::Table(&[("NAME", "/name"), ("MADE", "/made"), ("VERSION", "/version"), ("DIGEST", "/digest")]),
        ),
        Verb::new(
            "show",
            "Show one",
            "GET snapshots/{name}",
            &[NAME],
            Show::Record(&[("name", "/name"), ("made", "/made"), ("version", "/version"), ("digest", "/digest")]),
        ),
        Verb::new(
            "save",
            "Save the state, in place of what has the name",
            "PUT snapshots/{name}",
            &[NAME],
            Show::Done("Saved {/name}: {/digest}."),
        ),
        Verb::new(
            "load",
            "Bring it back",
            "POST snapshots/{name}/load",
            &[NAME],
            Show::Done("Everything is as it was: {/digest}, {/now}. Faults that struck nothing: {/unused}"),
        )
        .conflict(Exit::Refused),
        Verb::new("rm", "Remove it", "DELETE snapshots/{name}", &[NAME], Show::Done("Removed.")),
        Verb::new(
            "diff",
            "Say what two states have differently",
            "GET snapshots/{from}/diff/{to}",
            &[Arg::path("from", "A snapshot, or now, seed or empty"), Arg::path("to", "The same")],
            Show::Prose("/prose", "There is no difference."),
        )
        .conflict(Exit::Refused),
    ],
};
