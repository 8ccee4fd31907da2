//! `cargo xtask crash`: the server is killed at random moments under load, and must lose nothing that it acknowledged.
//!
//! Invariant: a run prints its seed before it begins, so that it can be played again.

use crate::broker;
use crate::flags::Flags;
use crate::process::{command, run as run_command};
use crate::stop::{Done, Stop};
use crate::{bench, setup, workspace};

const KILLS: &str = "200";
const SEED: &str = "1";
/// How often the test run kills.
const SMOKE_KILLS: &str = "12";

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    let flags = Flags::parse(args, &[], &["--kills", "--seed"], 0)?;
    let number = |name: &str, usual: &'static str| {
        let text = flags.value(name).unwrap_or(usual).to_owned();
        if text.parse::<u32>().is_ok() { Ok(text) } else { Err(Stop::usage(format!("`{name}` takes a number, not \"{text}\""))) }
    };
    let (kills, seed) = (number("--kills", KILLS)?, number("--seed", SEED)?);
    setup::ready()?;
    let trials = bench::build()?;
    let (amqp, _broker) = broker::for_tests()?;
    Ok(play(&trials, &workspace::release(), &amqp, &kills, &seed)?)
}

/// A short run, as part of the whole test run.
pub(crate) fn smoke(amqp: &str) -> Result<String, String> {
    let server = workspace::server();
    play(&server.with_file_name("vcdsim-trials"), &server, amqp, SMOKE_KILLS, SEED)?;
    Ok(format!("{SMOKE_KILLS} kills"))
}

fn play(trials: &std::path::Path, server: &std::path::Path, amqp: &str, kills: &str, seed: &str) -> Result<(), String> {
    let dir = workspace::target().join("trials");
    workspace::empty_dir(&dir)?;
    run_command(command(trials).arg("crash").arg(server).arg(&dir).args([amqp, kills, seed]))
}
