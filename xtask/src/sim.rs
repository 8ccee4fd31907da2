//! `cargo xtask sim`: random days under seeds, judged by the invariants. The days are those of `crates/testkit/tests/it/sim.rs`.
//!
//! Invariant: the first seed is printed, and a seed that failed can be played again.

use std::hash::{BuildHasher, Hasher, RandomState};

use crate::flags::Flags;
use crate::process::{cargo, stream};
use crate::stop::{Done, Stop};
use crate::timing::{Stopwatch, seconds};

const SEEDS: u64 = 100;
const STEPS: u64 = 80;

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    let flags = Flags::parse(args, &[], &["--seeds", "--seed", "--steps"], 0)?;
    let (seeds, steps) = (number(&flags, "--seeds")?.unwrap_or(SEEDS), number(&flags, "--steps")?.unwrap_or(STEPS));
    // Seeds are for people to copy, so they are short.
    let first = number(&flags, "--seed")?.unwrap_or_else(|| RandomState::new().build_hasher().finish() % 1_000_000_000);
    println!("{seeds} seeds from {first} on, {steps} steps each");
    let watch = Stopwatch::start();
    // The whole workspace, so that nothing is built with other features than for its tests.
    let mut test = cargo(&["test", "--locked", "--workspace", "--test", "it", "--"]);
    test.args(["--ignored", "--exact", "sim::days_of_the_environment", "--nocapture"]);
    for (name, value) in [("VCDSIM_SIM_FIRST", first), ("VCDSIM_SIM_SEEDS", seeds), ("VCDSIM_SIM_STEPS", steps)] {
        test.env(name, value.to_string());
    }
    stream(&mut test, None, |line| {
        if !is_noise(line) {
            println!("{line}");
        }
    })?;
    println!("in {}, building included", seconds(watch.elapsed()));
    Ok(())
}

/// What the test runner says about itself.
fn is_noise(line: &str) -> bool {
    line.is_empty() || ["running ", "test ", "test result"].iter().any(|start| line.starts_with(start))
}

fn number(flags: &Flags, name: &str) -> Result<Option<u64>, Stop> {
    let parse = |text: &str| text.parse().map_err(|_not_a_number| Stop::usage(format!("`{name}` takes a number, not `{text}`")));
    flags.value(name).map(parse).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_words_refused() {
        let flags = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
            Flags::parse(&args, &[], &["--seed"], 0).unwrap()
        };
        assert_eq!(number(&flags(&["--seed", "17"]), "--seed").unwrap(), Some(17));
        assert_eq!(number(&flags(&[]), "--seed").unwrap(), None);
        assert!(number(&flags(&["--seed", "none"]), "--seed").is_err());
    }
}
