//! `cargo xtask conformance --matrix`: what each real client does while a task is blocked and when that has ended, as a page.
//!
//! Invariant: a cell of the page is what a run has said; only the remarks beside the table are written by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{LONG_LIMIT, Server, golang};
use crate::process::{command, stream};
use crate::{setup, workspace};

const TABLE: &str = "conformance/matrix.tsv";
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
        "It does not know `aborted` and takes it for a task that goes on, for 600 seconds; then it raises a time-out that says nothing of the decision. Look at the task yourself after a time-out.",
    ),
    (
        "go-vcloud-director",
        "It takes `aborted` and `canceled` for success, and the Terraform provider with it; it has no limit. Look at `task.Task.Status` after `WaitTaskCompletion` has returned nil.",
    ),
];

/// Words of cells that lead astray.
const ASTRAY: &[&str] = &[
    "never ends",
    "exit code 0, and says: Creating",
    "exit code 0, and says: result: error",
    "Timeout (600 sec)",
    "which is success; the task's status is aborted",
    "which is success; the task's status is canceled",
    "has no limit of its own",
];

type Cells = BTreeMap<(String, String), String>;

/// Plays all cells, and writes table and page.
pub(super) fn write(amqp: &str) -> Result<(), String> {
    let log = workspace::target().join("conformance").join("matrix.log");
    workspace::write(&log, "")?;
    let go = golang::build("govcd-matrix")??;
    let server = Server::start(&log, amqp)?;
    let mut script = command(setup::python());
    script.args(["-u", "-B"]).arg(workspace::root().join("conformance/matrix.py"));
    script.current_dir(workspace::target().join("conformance"));
    script.env("VCDSIM_HTTP", &server.http).env("VCDSIM_GOVCD_MATRIX", go);
    let mut table = String::from("# Written by `cargo xtask conformance --matrix`: client, scenario, what it did.\n");
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
        [client, scenario, words] => Ok(((client.to_owned(), scenario.to_owned()), words.to_owned())),
        _ => Err(format!("{TABLE}: a cell has three parts: {line}")),
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
        let _ = write!(page, "\n## {client}\n\n| scenario | what it does | |\n|---|---|---|\n");
        for scenario in SCENARIOS {
            let words =
                cells.get(&((*client).to_owned(), (*scenario).to_owned())).ok_or_else(|| format!("{client} has no cell {scenario}"))?;
            let mark = if ASTRAY.iter().any(|astray| words.contains(astray)) { "**astray**" } else { "" };
            let _ = writeln!(page, "| {scenario} | {words} | {mark} |");
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
in Go waits in real time, ten seconds at most. *Astray* is what takes a task that was stopped for one that succeeded, or never
comes to an end, or says something else than what happened. Terraform is not among them yet; it waits as go-vcloud-director does.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_line_for_each_cell_and_marks_what_leads_astray() {
        let words = |scenario: &str| if scenario == "aborted" { "never ends: after 3 polls" } else { "returns" };
        let cell = |client: &str, scenario: &&str| ((client.to_owned(), (*scenario).to_owned()), words(scenario).to_owned());
        let cells: Cells = REMARKS.iter().flat_map(|(client, _)| SCENARIOS.iter().map(|scenario| cell(client, scenario))).collect();
        let made = page(&cells).unwrap();
        assert_eq!(made.matches("| returns |  |").count(), REMARKS.len() * (SCENARIOS.len() - 1));
        assert_eq!(made.matches("| **astray** |").count(), REMARKS.len());
        let mut less = cells.clone();
        less.pop_first();
        assert!(page(&less).unwrap_err().contains("has no cell"));
        assert!(read("a\tb").is_err());
    }
}
