//! The table of routes as a page of the book. Invariant: it is made from the table that serves.

use crate::messaging;
use std::fmt::Write;
use vcdsim_http::router::{Guard, Route, Router};
use vcdsim_model::action::Need;

/// The page.
#[must_use]
pub fn routes_as_markdown(router: &Router) -> String {
    let mut page = String::from("| verb | path | since | operation of its task | right |\n|---|---|---|---|---|\n");
    for route in router.routes() {
        let operations: Vec<_> = route.operations.iter().map(|operation| format!("`{}`", operation.info().name)).collect();
        let _ = writeln!(
            page,
            "| {} | `{}` | {} | {} | {} |",
            route.method.name(),
            route.path,
            route.since,
            operations.join(", "),
            right(route)
        );
    }
    let _ = writeln!(page, "\nBeside these, `GET {}` opens a [socket for listeners](../user/notifications.md#over-mqtt).", messaging::PATH);
    page.push_str("\nNot served yet, and answered with 501:\n\n| below | what |\n|---|---|\n");
    for (prefix, what) in router.missing() {
        let _ = writeln!(page, "| `{prefix}` | {what} |");
    }
    page
}

/// What a caller must have; access to the object, and its state, are judged besides.
fn right(route: &Route) -> &'static str {
    match (route.guard, route.action.map(|action| action.need)) {
        (Guard::Public, _) => "no session",
        (Guard::Session, None | Some(Need::Session)) => "a session",
        (Guard::Session, Some(Need::System)) => "the provider's administrator",
        (Guard::Session, Some(Need::Right(right))) => right.name(),
    }
}
