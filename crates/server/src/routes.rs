//! The table of routes as a page of the book. Invariant: it is made from the table that serves.

use std::fmt::Write;
use vcdsim_http::router::{Guard, Router};

/// The page.
#[must_use]
pub fn routes_as_markdown(router: &Router) -> String {
    let mut page = String::from("| verb | path | since | session |\n|---|---|---|---|\n");
    for route in router.routes() {
        let session = if route.guard == Guard::Public { "no" } else { "yes" };
        let _ = writeln!(page, "| {} | `{}` | {} | {session} |", route.method.name(), route.path, route.since);
    }
    page.push_str("\nNot served yet, and answered with 501:\n\n| below | what |\n|---|---|\n");
    for (prefix, what) in router.missing() {
        let _ = writeln!(page, "| `{prefix}` | {what} |");
    }
    page
}
