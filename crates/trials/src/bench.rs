//! The bench. Invariant: everything is measured as a ratio to something that was measured in the same run, in turns.

mod outbox;
mod pages;
mod pending;
mod read;
mod spaces;
mod start;
mod write;

use crate::cell::Place;
use crate::table::{HEAD, Row};

/// Where measurements go, one by one: what comes after may fail.
type Told<'a> = &'a mut dyn FnMut(Row);

/// A group of measurements: its name on the command line, and what it does.
type Group = (&'static str, fn(&Place, &str, Told<'_>) -> Result<(), String>);

const GROUPS: &[Group] = &[
    ("start", start::run),
    ("read", read::run),
    ("write", write::run),
    ("outbox", outbox::run),
    ("pending", pending::run),
    ("pages", pages::run),
    ("spaces", spaces::run),
];

/// Groups that are run by their names only.
const BY_NAME: &[Group] = &[("million", pending::run_million)];

/// Runs the named groups, or all, and prints the table; goals that are missed are told, and fail nothing.
pub(crate) fn run(place: &Place, amqp: &str, names: &[&str]) -> Result<(), String> {
    let groups = || GROUPS.iter().chain(BY_NAME);
    if let Some(unknown) = names.iter().find(|name| groups().all(|(known, _)| known != *name)) {
        let known: Vec<_> = groups().map(|(name, _)| *name).collect();
        return Err(format!("there is no group `{unknown}`; there are {}", known.join(", ")));
    }
    let mut rows = Vec::new();
    let all = if names.is_empty() { &[] } else { BY_NAME };
    for (name, group) in GROUPS.iter().chain(all).filter(|(name, _)| names.is_empty() || names.contains(name)) {
        println!("measuring {name} ..");
        let told = &mut |row| {
            println!("  {row}");
            rows.push(row);
        };
        group(place, amqp, told).map_err(|error| format!("{name}: {error}"))?;
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("\n{HEAD}");
    for row in &rows {
        println!("{row}");
    }
    let missed = rows.iter().filter(|row| !row.met()).count();
    println!("\n{} measurements on {cores} cores, {missed} goals missed.", rows.len());
    Ok(())
}
