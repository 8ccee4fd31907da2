//! Operations and what they tell, as a page of the book. Invariant: it is made from the tables that announce.

use std::fmt::Write;
use vcdsim_model::event::{EventType, Origin};
use vcdsim_model::operation::Operation;
use vcdsim_task_engine::Registry;

/// The page; `registry` says which operations are served.
#[must_use]
pub fn events_as_markdown(registry: &Registry) -> String {
    let served = |operation: &Operation| registry.names().any(|name| name == *operation);
    let mut page = String::from(INTRODUCTION);
    page.push_str("| operation | category | listed | served | request | outcome |\n|---|---|---|---|---|---|\n");
    for operation in Operation::ALL {
        let row = operation.info();
        let (listed, runs) = (mark(row.listed), mark(served(operation)));
        let (request, outcome) = (codes(row.request), codes(row.outcome));
        let _ = writeln!(page, "| `{}` | {} | {listed} | {runs} | {request} | {outcome} |", row.name, row.category);
    }
    page.push_str("\n## Types\n\n| type | told by |\n|---|---|\n");
    for event in EventType::all() {
        let cause = match event.origin() {
            Origin::Does(what) => what.to_owned(),
            Origin::Nothing(why) => format!("nothing: {why}"),
            Origin::Operations => by_rows(event, served),
        };
        let _ = writeln!(page, "| `{}` | {cause} |", event.short());
    }
    page
}

const INTRODUCTION: &str = "Every operation that is served can be blocked. *Listed* are the 65 names that 5.5 has; the categories are ours.

A request tells, in this order: its request events, `task/create .operation`, and `task/start .operation` or, when it is
blocked, `blockingtask/create .operation`. The decision tells `blockingtask/resume`, `/abort` or `/fail`. A task that ends
tells its outcome events with the flag of the outcome, and `task/complete` or `task/fail`; one that is aborted or canceled
tells instead what is removed (`modify` of the object itself, `delete` of what was made with it) and `task/abort`. Each
event is told of every object of its kind that the task holds, `create` only of those that it made.
The files `operation-` of `fixtures/notify` hold the whole sequences.

## Operations

";

const fn mark(yes: bool) -> &'static str {
    if yes { "yes" } else { "" }
}

fn codes(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn by_rows(event: EventType, served: impl Fn(&Operation) -> bool) -> String {
    let tells = |operation: &&Operation| operation.info().request.iter().chain(operation.info().outcome).any(|one| *one == event.short());
    let (now, later): (Vec<_>, Vec<_>) = Operation::ALL.iter().filter(tells).partition(|operation| served(operation));
    let names =
        |operations: &[&Operation]| operations.iter().map(|operation| format!("`{}`", operation.name())).collect::<Vec<_>>().join(", ");
    if now.is_empty() { format!("nothing: {} is not served yet", names(&later)) } else { names(&now) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_every_type_has_a_row() {
        let page = events_as_markdown(&vcdsim_platform::operations::registry());
        let rows = page.lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows, Operation::ALL.len() + EventType::all().count());
        assert!(page.contains(
            "| `vdcInstantiateVapp` | vApp | yes | yes | `vapp/create_request`, `vm/create_request` | `vm/create`, `vapp/create` |"
        ));
        assert!(page.contains("| `providerVdc/merge` | nothing: `rclMergePvdc` is not served yet |"));
    }
}
