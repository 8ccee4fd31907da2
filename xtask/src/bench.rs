//! `cargo xtask bench`: speed, as ratios inside one run.
//!
//! Invariant: it never prints a figure that was not measured in this very run.

use crate::stop::{Done, Stop};

/// Runs the command.
pub(crate) fn run(_: &[String]) -> Done {
    Err(Stop::usage("there is no benchmark yet: it comes with the work on proof and performance"))
}
