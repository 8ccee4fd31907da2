//! `cargo xtask fuzz`: the properties about hostile input, with many more cases than a test run has.
//!
//! Invariant: it runs the tests that every test run has, and nothing else: functions `any_*` in modules `hostile`, whose number of cases
//! proptest takes from the environment.

use crate::flags::Flags;
use crate::process::{cargo, stream};
use crate::stop::{Done, Stop};
use crate::timing::{Stopwatch, seconds};
use std::process::Command;

/// Cases of each property when nobody says how many.
const CASES: u64 = 20_000;

/// Properties that cost about the same.
struct Group {
    what: &'static str,
    /// Part of the names of its tests, and of no others but those of the first group.
    filter: &'static str,
    /// How many cases of a cheap property cost as much as one of these.
    price: u64,
}

/// All that no other group has come first.
const GROUPS: &[Group] = &[
    Group { what: "parts", filter: "hostile::", price: 1 },
    Group { what: "documents", filter: "hostile::documents::", price: 10 },
    Group { what: "configuration", filter: "hostile::config::", price: 4 },
    Group { what: "sockets", filter: "hostile::socket::", price: 20 },
    Group { what: "the whole way", filter: "hostile::whole::", price: 10 },
];

impl Group {
    fn cases(&self, cheap: u64) -> u64 {
        (cheap / self.price).max(1)
    }

    /// The packages are always built together, since some of their dependencies' features depend on the choice.
    fn tests(&self, cases: u64) -> Command {
        let mut tests = cargo(&["test", "--locked", "--workspace", "--tests", "--no-fail-fast", "--", self.filter]);
        if self.price == 1 {
            tests.args(GROUPS[1..].iter().flat_map(|other| ["--skip", other.filter]));
        }
        tests.env("PROPTEST_CASES", cases.to_string()).env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true");
        tests
    }
}

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    let flags = Flags::parse(args, &[], &["--cases"], 0)?;
    let cheap = match flags.value("--cases").map(str::parse::<u64>) {
        None => CASES,
        Some(Ok(cases)) if cases > 0 => cases,
        Some(_) => return Err(Stop::usage("--cases takes a number of at least 1")),
    };
    let watch = Stopwatch::start();
    let mut rows = Vec::new();
    for group in GROUPS {
        let watch = Stopwatch::start();
        let cases = group.cases(cheap);
        let mut counts = Counts::default();
        let done = stream(&mut group.tests(cases), None, |line| {
            counts.read(line);
            println!("{line}");
        });
        counts.failed += u64::from(done.is_err() && counts.failed == 0);
        rows.push((group, cases, counts, seconds(watch.elapsed())));
    }
    println!("\n{:14} {:>10} {:>10} {:>8}  failed", "hostile", "properties", "cases", "time");
    for (group, cases, counts, taken) in &rows {
        println!("{:14} {:>10} {:>10} {taken:>8}  {}", group.what, counts.properties, counts.properties * cases, counts.failed);
    }
    let (properties, cases) = rows.iter().fold((0, 0), |(all, sum), row| (all + row.2.properties, sum + row.2.properties * row.1));
    let failed: u64 = rows.iter().map(|row| row.2.failed).sum();
    println!("\n{properties} properties held in {cases} cases, {failed} failed, in {}.", seconds(watch.elapsed()));
    if failed == 0 { Ok(()) } else { Err("a property does not hold; keep the input above as a test of its own and mend its cause".into()) }
}

/// What the lines of libtest say.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    properties: u64,
    failed: u64,
}

impl Counts {
    /// Counts `test hostile::any_text_is_read ... ok`; tests of single inputs count only when they fail.
    fn read(&mut self, line: &str) {
        let Some((name, result)) = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ")) else { return };
        match result {
            "ok" => self.properties += u64::from(name.rsplit("::").next().is_some_and(|name| name.starts_with("any_"))),
            "FAILED" => self.failed += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_counted_by_their_names() {
        let mut counts = Counts::default();
        for line in [
            "test hostile::xml::any_bytes_are_read ... ok",
            "test hostile::many_levels ... ok",
            "test hostile::any_text_is_read ... FAILED",
            "test result: ok. 3 passed",
        ] {
            counts.read(line);
        }
        assert_eq!(counts, Counts { properties: 1, failed: 1 });
    }

    #[test]
    fn dear_properties_have_fewer_cases() {
        let of = |cheap| GROUPS.iter().map(|group| group.cases(cheap)).min();
        assert_eq!((of(2_000), of(1)), (Some(100), Some(1)));
        assert!(run(&["--cases".into(), "none".into()]).is_err());
    }
}
