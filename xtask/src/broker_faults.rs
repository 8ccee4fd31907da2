//! `cargo xtask broker-faults`: a real RabbitMQ refuses, blocks, closes, deceives and stops under load, and must get every message all the same.
//!
//! Invariant: the trial starts a broker of its own; one that others use is never stopped.

use crate::flags::Flags;
use crate::process::{command, run as run_command};
use crate::stop::Done;
use crate::{bench, setup, workspace};

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    let flags = Flags::parse(args, &["--short"], &[], 0)?;
    setup::ready()?;
    let trials = bench::build()?;
    Ok(play(&trials, &workspace::release(), if flags.has("--short") { "short" } else { "long" })?)
}

/// A short run, as part of the whole test run.
pub(crate) fn smoke() -> Result<String, String> {
    let server = workspace::server();
    play(&server.with_file_name("vcdsim-trials"), &server, "short")?;
    Ok("in short".into())
}

fn play(trials: &std::path::Path, server: &std::path::Path, length: &str) -> Result<(), String> {
    let dir = workspace::target().join("broker-faults");
    workspace::empty_dir(&dir)?;
    run_command(command(trials).arg("broker").arg(server).arg(&dir).arg(length))
}
