//! `cargo xtask conformance --matrix`: what each real client does while a task is blocked and when that has ended, as a page.
//!
//! Invariant: a cell of the page is what a run has said; only the remarks beside the table are written by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{LONG_LIMIT, Server, golang};
use crate::process::{command, stream};
use crate::{setup, workspace};

const TABLE: &str = "conformance/matrix.tsv";
/// The variable that names the program of the client in Go.
pub(super) const GO: &str = "VCDSIM_GOVCD_MATRIX";
const PAGE: &str = "docs/reference/client-matrix.md";

/// The columns of the page: the scenarios in the order of the story.
const SCENARIOS: &[&str] = &["blocked", "success", "error", "aborted", "canceled", "timeout-resume", "timeout-abort", "timeout-fail"];

/// What to do about it, by client.
const REMARKS: &[(&str, &str)] = &[
    (
        "pyvcloud wait_for_success",
        "It knows success and error only, and its time-out never fires (it subtracts the later time from the earlier). Use `wait_for_status`, whose defaults fail on `aborted` and `canceled`, and bound the wait yourself.",
    ),
    (
        "pyvcloud wait_for_status",
        "It raises whatever ends badly, with the administrator's message. It has no limit either, since its time-out never fires; bound the wait yourself.",
    ),
    ("vcd-cli", "It ends with exit code 0 however the task ended. A script must read `result:` in the last line."),
    (
        "libcloud",
        "It gives up after 600 seconds. It does not know `aborted` and takes it for a task that goes on, so its time-out is the same whether nobody has decided or somebody has aborted. Look at the task yourself after a time-out.",
    ),
    (
        "go-vcloud-director",
        "It takes `aborted` and `canceled` for success, and the Terraform provider with it; it has no limit. Look at `task.Task.Status` after `WaitTaskCompletion` has returned nil.",
    ),
];

/// What a client makes its user believe of the task.
#[derive(Debug, Clone, PartialEq)]
enum Belief {
    Succeeded,
    Failed,
    Waits,
    /// It says nothing, because it never ends.
    None,
}

impl Belief {
    /// By how the client's words begin; of those with which it gives up waiting, by what they say, too.
    fn of(words: &str) -> Result<Self, String> {
        const BEGINNINGS: &[(&str, Belief)] = &[
            ("raises Exception: Timeout (", Belief::Waits),
            ("raises ", Belief::Failed),
            ("returns the error", Belief::Failed),
            ("returns ", Belief::Succeeded),
            ("exit code 0,", Belief::Succeeded),
            ("exit code ", Belief::Failed),
            ("never ends", Belief::None),
            ("still waits", Belief::None),
        ];
        let found = BEGINNINGS.iter().find(|(beginning, _)| words.starts_with(beginning));
        found.map(|(_, belief)| belief.clone()).ok_or_else(|| format!("what does a user believe who reads: {words}"))
    }

    /// Whether the task is what its user believes.
    fn is_right(&self, status: &str) -> bool {
        match status {
            "success" => *self == Self::Succeeded,
            "error" | "aborted" | "canceled" => *self == Self::Failed,
            _ => *self == Self::Waits,
        }
    }
}

/// The status that the task really has, and the client's words, by client and scenario.
type Cells = BTreeMap<(String, String), (String, String)>;

/// Plays all cells, and writes table and page.
pub(super) fn write(amqp: &str) -> Result<(), String> {
    let log = workspace::target().join("conformance").join("matrix.log");
    workspace::write(&log, "")?;
    let go = golang::build("govcd-matrix")??;
    let server = Server::start(&log, amqp)?;
    let mut script = command(setup::python());
    script.args(["-u", "-B"]).arg(workspace::root().join("conformance/matrix.py"));
    script.current_dir(workspace::target().join("conformance"));
    script.env("VCDSIM_HTTP", &server.http).env(GO, go);
    let mut table = String::from("# Written by `cargo xtask conformance --matrix`: client, scenario, the task's status, what it did.\n");
    stream(&mut script, Some(LONG_LIMIT), |line| {
        println!("  {line}");
        if let Some(cell) = line.strip_prefix("cell\t") {
            let _ = writeln!(table, "{cell}");
        }
    })?;
    workspace::write(&workspace::root().join(TABLE), &table)?;
    workspace::write(&workspace::root().join(PAGE), &page(&read(&table)?)?)?;
    println!("wrote {TABLE} and {PAGE}");
    Ok(())
}

/// That the page is the one of the table.
pub(super) fn check() -> Result<(), String> {
    let table = read(&workspace::read(&workspace::root().join(TABLE))?)?;
    if workspace::read(&workspace::root().join(PAGE))? == page(&table)? {
        return Ok(());
    }
    Err(format!("{PAGE} is not the page of {TABLE}; `cargo xtask conformance --matrix` writes both"))
}

fn read(table: &str) -> Result<Cells, String> {
    let cell = |line: &str| match line.split('\t').collect::<Vec<_>>()[..] {
        [client, scenario, status, words] => Ok(((client.to_owned(), scenario.to_owned()), (status.to_owned(), words.to_owned()))),
        _ => Err(format!("{TABLE}: a cell has four parts: {line}")),
    };
    table.lines().filter(|line| !line.starts_with('#')).map(cell).collect()
}

fn page(cells: &Cells) -> Result<String, String> {
    let mut page = String::from(HEAD);
    let played: BTreeSet<&str> = cells.keys().map(|(client, _)| client.as_str()).collect();
    if let Some(unknown) = played.iter().find(|client| REMARKS.iter().all(|(known, _)| known != *client)) {
        return Err(format!("there is no remark about {unknown} in xtask/src/conformance/matrix.rs"));
    }
    for (client, remark) in REMARKS {
        let _ = write!(page, "\n## {client}\n\n| scenario | the task then | what it does | |\n|---|---|---|---|\n");
        for scenario in SCENARIOS {
            let (status, words) =
                cells.get(&((*client).to_owned(), (*scenario).to_owned())).ok_or_else(|| format!("{client} has no cell {scenario}"))?;
            let mark = if Belief::of(words)?.is_right(status) { "" } else { "**astray**" };
            let _ = writeln!(page, "| {scenario} | {status} | {words} | {mark} |");
        }
        let _ = writeln!(page, "\n{remark}");
    }
    Ok(page)
}

const HEAD: &str = "# What clients make of blocked tasks

Written by `cargo xtask conformance --matrix`; do not edit.

Each line is a run of the real, unmodified client against this server: it instantiates a template, its task is blocked, and
what the scenario of `fixtures/scenarios` says comes of it while the client waits. The clients in Python wait in a time of
their own, which is moved when they sleep, so that a wait for hours is a run of milliseconds; an hour is the most. The client
in Go waits in real time, ten seconds at most. *The task then* is the status that the server tells when the client is through.
*Astray* is who believes the client and is wrong about that status, be it success, failure or a task that still waits, and who
is told nothing, because the client never ends. An exit code counts for more than what is printed. Terraform is not among the
clients yet; it waits as go-vcloud-director does.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_line_for_each_cell_and_marks_what_leads_astray() {
        let words = |scenario: &str| if scenario == "aborted" { "never ends: after 3 polls" } else { "returns all" };
        let cell = |client: &str, scenario: &&str| {
            ((client.to_owned(), (*scenario).to_owned()), ("success".to_owned(), words(scenario).to_owned()))
        };
        let cells: Cells = REMARKS.iter().flat_map(|(client, _)| SCENARIOS.iter().map(|scenario| cell(client, scenario))).collect();
        let made = page(&cells).unwrap();
        assert_eq!(made.matches("| success | returns all |  |").count(), REMARKS.len() * (SCENARIOS.len() - 1));
        assert_eq!(made.matches("| **astray** |").count(), REMARKS.len());
        let mut less = cells.clone();
        less.pop_first();
        assert!(page(&less).unwrap_err().contains("has no cell"));
        assert!(read("a\tb\tc").is_err());
    }

    #[test]
    fn who_is_told_something_else_than_what_is_so_is_led_astray() {
        let right = |words: &str, status: &str| Belief::of(words).unwrap().is_right(status);
        let limit = "raises Exception: Timeout (600 sec) while waiting";
        assert!(right(limit, "preRunning"), "it waits, and that is said");
        assert!(!right(limit, "aborted"), "it has ended long since");
        assert!(right("raises VcdTaskException: aborted", "aborted") && !right("raises VcdTaskException: aborted", "success"));
        assert!(right("returns the node, whose state is stopped", "success"));
        assert!(!right("returns nil, which is success; the task's status is aborted", "aborted"));
        assert!(right("returns the error: no", "error"));
        assert!(!right("exit code 0, and says: result: error", "error") && right("exit code 1, and says: no", "error"));
        assert!(!right("never ends: after 7 polls", "preRunning") && !right("still waits after 10 s", "preRunning"));
        assert!(Belief::of("shrugs").is_err());
    }
}
