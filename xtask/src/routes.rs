//! `cargo xtask routes`: the pages of the documentation that the server prints itself: routes, roles and rights, operations and events.
//!
//! Invariant: the pages hold what the binary serves; nobody writes them by hand.

use crate::conformance::exercised::Exercised;
use crate::flags::Flags;
use crate::process::{capture, cargo, command, run as run_command};
use crate::stop::Done;
use crate::workspace;

/// The pages: the subcommand that prints one, and its title.
const PAGES: &[(&str, &str)] = &[("routes", "Routes"), ("roles", "Roles and rights"), ("events", "Operations and their events")];

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    let flags = Flags::parse(args, &["--check"], &[], 0)?;
    run_command(&mut cargo(&["build", "--locked", "--package", "vcdsim-server"]))?;
    for (name, title) in PAGES {
        page(name, title, flags.has("--check"))?;
    }
    Ok(())
}

/// Writes or compares the page that `vcdsim NAME` prints.
fn page(name: &str, title: &str, check: bool) -> Done {
    let shown = format!("docs/reference/{name}.md");
    let table = capture(command(workspace::server()).arg(name))?;
    if !table.contains("\n| ") {
        return Err(format!("`vcdsim {name}` printed no table").into());
    }
    let path = workspace::root().join(&shown);
    let table = if name == "routes" { with_clients(&table, &Exercised::read()?) } else { table };
    let text = format!("# {title}\n\nWritten by `cargo xtask routes`; do not edit.\n\n{}\n", table.trim());
    if check {
        let same = workspace::read(&path)? == text;
        return if same { Ok(()) } else { Err(format!("{shown} is out of date; `cargo xtask routes` writes it").into()) };
    }
    workspace::write(&path, &text)?;
    println!("wrote {shown}: {} rows", table.lines().filter(|line| line.starts_with("| ")).count());
    Ok(())
}

/// The table of routes with a last column: the clients that exercised each.
fn with_clients(table: &str, exercised: &Exercised) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut inside = false;
    for line in table.lines() {
        inside = line.starts_with("| verb |") || (inside && line.starts_with('|'));
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let last = match cells[..] {
            _ if !inside => "".into(),
            [_, "verb", ..] => " exercised by |".into(),
            [_, dashes, ..] if dashes.starts_with("---") => "---|".into(),
            [_, verb, path, ..] => format!(" {} |", exercised.of(verb, path.trim_matches('`')).join(", ")),
            _ => String::new(),
        };
        lines.push(format!("{line}{last}"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_table_of_routes_gets_a_column() {
        let table = "| verb | path |\n|---|---|\n| GET | `/a` |\n\n| below | what |\n|---|---|\n| `/x` | y |";
        let wide = "| verb | path | exercised by |\n|---|---|---|\n| GET | `/a` |  |\n\n| below | what |\n|---|---|\n| `/x` | y |";
        assert_eq!(with_clients(table, &Exercised::default()), wide);
    }
}
