//! `cargo xtask routes`: the route table of the documentation, printed by the server itself.
//!
//! Invariant: the page holds what the binary serves; nobody writes it by hand.

use crate::flags::Flags;
use crate::process::{capture, cargo, command, run as run_command};
use crate::stop::Done;
use crate::workspace;

const PAGE: &str = "docs/reference/routes.md";

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    let flags = Flags::parse(args, &["--check"], &[], 0)?;
    run_command(&mut cargo(&["build", "--locked", "--package", "vcdsim-server"]))?;
    let table = capture(command(workspace::server()).arg("routes"))?;
    if !table.contains("| `/api/") {
        return Err("`vcdsim routes` printed no table of routes".into());
    }
    let page = workspace::root().join(PAGE);
    let text = format!("# Routes\n\nWritten by `cargo xtask routes`; do not edit.\n\n{}\n", table.trim());
    if flags.has("--check") {
        let same = workspace::read(&page)? == text;
        return if same { Ok(()) } else { Err(format!("{PAGE} is out of date; `cargo xtask routes` writes it").into()) };
    }
    workspace::write(&page, &text)?;
    println!("wrote {PAGE}: {} routes", table.lines().filter(|line| line.contains("| `/")).count());
    Ok(())
}
