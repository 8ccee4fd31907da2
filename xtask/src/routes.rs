//! `cargo xtask routes`: the pages of the documentation that the server prints itself: routes, roles and rights.
//!
//! Invariant: the pages hold what the binary serves; nobody writes them by hand.

use crate::flags::Flags;
use crate::process::{capture, cargo, command, run as run_command};
use crate::stop::Done;
use crate::workspace;

/// The pages: the subcommand that prints one, and its title.
const PAGES: &[(&str, &str)] = &[("routes", "Routes"), ("roles", "Roles and rights")];

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
    let text = format!("# {title}\n\nWritten by `cargo xtask routes`; do not edit.\n\n{}\n", table.trim());
    if check {
        let same = workspace::read(&path)? == text;
        return if same { Ok(()) } else { Err(format!("{shown} is out of date; `cargo xtask routes` writes it").into()) };
    }
    workspace::write(&path, &text)?;
    println!("wrote {shown}: {} rows", table.lines().filter(|line| line.starts_with("| ")).count());
    Ok(())
}
