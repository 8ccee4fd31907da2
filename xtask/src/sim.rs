//! `cargo xtask sim`: random days under printed seeds, judged by the invariants.
//!
//! Invariant: a seed that failed can be played again.

use crate::stop::{Done, Stop};

/// Runs the command.
pub(crate) fn run(_: &[String]) -> Done {
    Err(Stop::usage("there is no simulation yet: it comes with the work on proof and performance"))
}
