//! `cargo xtask bench`: speed, as ratios inside one run, of the binary that users build.
//!
//! Invariant: it never prints a figure that was not measured in this very run.

use crate::broker;
use crate::flags::Flags;
use crate::process::{cargo, command, run as run_command};
use crate::stop::Done;
use crate::{setup, workspace};

/// How many groups of measurements can be named at once.
const NAMES: usize = 16;

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    let flags = Flags::parse(args, &[], &[], NAMES)?;
    setup::ready()?;
    let trials = build()?;
    let (amqp, _broker) = broker::for_tests()?;
    let dir = workspace::target().join("trials");
    workspace::empty_dir(&dir)?;
    let mut bench = command(trials);
    bench.arg("bench").arg(workspace::release()).arg(&dir).arg(amqp).args(&flags.rest);
    Ok(run_command(&mut bench)?)
}

/// Builds the server and its trials as users build the server; answers the trials' binary.
pub(crate) fn build() -> Result<std::path::PathBuf, String> {
    run_command(&mut cargo(&["build", "--release", "--locked", "--package", "vcdsim-server", "--package", "vcdsim-trials"]))?;
    Ok(workspace::release().with_file_name("vcdsim-trials"))
}
