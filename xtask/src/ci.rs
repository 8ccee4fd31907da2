//! `cargo xtask test` (also `ci`): every check and test the project has, in order, with counts at the end.
//!
//! Invariant: a step that cannot run says so loudly and stands in the summary as skipped; the first failure ends the run.

use crate::broker::{self, Broker};
use crate::flags::Flags;
use crate::process::{cargo, command, run as run_command, stream, succeeds};
use crate::stop::{Done, Stop};
use crate::timing::{Stopwatch, seconds};
use crate::{broker_faults, conformance, contract, crash, fixtures, setup, tidy, workspace};

/// One step of the run.
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&mut Run) -> Result<Outcome, String>,
}

/// How a step went: what it counted, or why it was left out.
enum Outcome {
    Passed(String),
    Skipped(String),
}

/// What the steps share. Dropping it stops the broker, whichever way the run ends.
#[derive(Default)]
struct Run {
    amqp: Option<(String, Option<Broker>)>,
    rust_tests: u64,
    client_checks: u64,
}

const STEPS: &[Step] = &[
    Step { name: "setup", what: "what the tests need is installed", run: set_up },
    Step { name: "fmt", what: "the code is formatted", run: format },
    Step { name: "tidy", what: "the house rules hold", run: tidy_up },
    Step { name: "codegen", what: "generated code is up to date", run: generate },
    Step { name: "clippy", what: "no warnings anywhere", run: lint },
    Step { name: "build", what: "server and tests build", run: build },
    Step { name: "unit", what: "unit, integration and documentation tests", run: test },
    Step { name: "contract", what: "every answer the tests saw is valid", run: validate },
    Step { name: "fixtures", what: "fixtures are in order, and other languages can read them", run: check_fixtures },
    Step { name: "crash", what: "a server that is killed under load loses nothing", run: kill },
    Step { name: "broker-faults", what: "a broker that fails under load gets every message", run: fail },
    Step { name: "clients", what: "real clients play the blocking-task story", run: play },
];

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    let flags = Flags::parse(args, &["--list"], &["--only", "--from"], 0)?;
    let steps = chosen(&flags)?;
    if flags.has("--list") {
        for step in steps {
            println!("{:14} {}", step.name, step.what);
        }
        return Ok(());
    }
    let watch = Stopwatch::start();
    let mut run = Run::default();
    let mut rows = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        println!("\n[{}/{}] {}: {}", at + 1, steps.len(), step.name, step.what);
        let watch = Stopwatch::start();
        let result = (step.run)(&mut run);
        let taken = seconds(watch.elapsed());
        match result {
            Ok(Outcome::Passed(counts)) => rows.push((step.name, "ok", taken, counts)),
            Ok(Outcome::Skipped(why)) => {
                println!("  !!! SKIPPED: {why}");
                rows.push((step.name, "SKIPPED", taken, why));
            }
            Err(error) => {
                rows.push((step.name, "FAILED", taken, first_line(&error)));
                summarise(&rows);
                let again = format!("cargo xtask test --only {}", step.name);
                return Err(format!("step `{}` failed: {error}\nTo repeat it alone: {again}", step.name).into());
            }
        }
    }
    drop(run.amqp.take());
    summarise(&rows);
    let (rust, client) = (run.rust_tests, run.client_checks);
    let skipped = rows.iter().filter(|row| row.1 == "SKIPPED").count();
    println!(
        "\n{} tests passed ({rust} Rust tests, {client} client checks), {skipped} of {} steps skipped, in {}.",
        rust + client,
        rows.len(),
        seconds(watch.elapsed())
    );
    Ok(())
}

fn chosen(flags: &Flags) -> Result<Vec<&'static Step>, Stop> {
    let known = |name: &str| {
        STEPS.iter().position(|step| step.name == name).ok_or_else(|| Stop::usage(format!("there is no step `{name}`; --list shows them")))
    };
    let mut steps: Vec<&Step> = STEPS.iter().collect();
    if let Some(names) = flags.value("--only") {
        let wanted = names.split(',').map(known).collect::<Result<Vec<_>, _>>()?;
        steps = wanted.into_iter().map(|at| &STEPS[at]).collect();
    } else if let Some(name) = flags.value("--from") {
        steps.drain(..known(name)?);
    }
    Ok(steps)
}

fn summarise(rows: &[(&str, &str, String, String)]) {
    println!("\n{:14} {:8} {:>8}  counts", "step", "result", "time");
    for (name, result, taken, counts) in rows {
        println!("{name:14} {result:8} {taken:>8}  {counts}");
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn set_up(_: &mut Run) -> Result<Outcome, String> {
    setup::ready().map(Outcome::Passed)
}

fn format(_: &mut Run) -> Result<Outcome, String> {
    if !succeeds(&mut cargo(&["fmt", "--version"])) {
        return Ok(Outcome::Skipped("rustfmt is not installed (rustup component add rustfmt)".into()));
    }
    run_command(&mut cargo(&["fmt", "--all", "--check"])).map_err(|error| format!("{error}\n`cargo fmt --all` puts it right"))?;
    Ok(Outcome::Passed(String::new()))
}

fn tidy_up(_: &mut Run) -> Result<Outcome, String> {
    tidy::check().map(Outcome::Passed)
}

fn generate(_: &mut Run) -> Result<Outcome, String> {
    let Some(codegen) = crate::find("codegen") else {
        return Ok(Outcome::Skipped("there is no code generator yet".into()));
    };
    (codegen.run)(&["--check".into()]).map_err(|stop| stop.message)?;
    Ok(if workspace::schemas().is_dir() { Outcome::Passed(String::new()) } else { Outcome::Skipped(no_schemas()) })
}

fn no_schemas() -> String {
    format!("the published schemas are not at {} (set VCDSIM_SCHEMAS)", workspace::schemas().display())
}

fn lint(_: &mut Run) -> Result<Outcome, String> {
    if !succeeds(&mut cargo(&["clippy", "--version"])) {
        return Ok(Outcome::Skipped("clippy is not installed (rustup component add clippy)".into()));
    }
    run_command(&mut cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    Ok(Outcome::Passed(String::new()))
}

fn build(_: &mut Run) -> Result<Outcome, String> {
    // All targets at once: the same dependency features as the tests have, so nothing is built twice.
    run_command(&mut cargo(&["build", "--locked", "--workspace", "--all-targets"]))?;
    Ok(Outcome::Passed(String::new()))
}

fn test(run: &mut Run) -> Result<Outcome, String> {
    let answers = contract::answers();
    workspace::empty_dir(&answers)?;
    let url = amqp(run)?;
    let mut tests = cargo(&["test", "--locked", "--workspace", "--no-fail-fast"]);
    tests.env("VCDSIM_TEST_AMQP", url).env("VCDSIM_CONTRACT_DIR", &answers);
    tests.env("INSTA_UPDATE", "no").env("INSTA_WORKSPACE_ROOT", workspace::root());
    let mut counts = Counts::default();
    let result = stream(&mut tests, None, |line| {
        counts.read(line);
        println!("{line}");
    });
    result.map_err(|error| format!("{error}: {} passed, {} failed", counts.passed, counts.failed))?;
    run.rust_tests += counts.passed;
    Ok(Outcome::Passed(format!("{} passed, {} ignored, {} suites", counts.passed, counts.ignored, counts.suites)))
}

fn validate(_: &mut Run) -> Result<Outcome, String> {
    let done = contract::validate(&contract::answers())?;
    Ok(done.map_or_else(|| Outcome::Skipped(no_schemas()), Outcome::Passed))
}

fn check_fixtures(_: &mut Run) -> Result<Outcome, String> {
    let counts = fixtures::check()?;
    let export = workspace::target().join("export");
    fixtures::export(&export)?;
    let script = workspace::root().join("conformance/export_check.py");
    run_command(command(setup::python()).arg(script).arg(&export))?;
    Ok(Outcome::Passed(counts))
}

fn kill(run: &mut Run) -> Result<Outcome, String> {
    let url = amqp(run)?;
    crash::smoke(&url).map(Outcome::Passed)
}

fn fail(_: &mut Run) -> Result<Outcome, String> {
    broker_faults::smoke().map(Outcome::Passed)
}

fn play(run: &mut Run) -> Result<Outcome, String> {
    let url = amqp(run)?;
    let counts = conformance::smoke(&url)?;
    run.client_checks += counts.passed;
    Ok(Outcome::Passed(counts.to_string()))
}

fn amqp(run: &mut Run) -> Result<String, String> {
    if run.amqp.is_none() {
        let amqp = broker::for_tests()?;
        println!("  broker: {}", amqp.0);
        run.amqp = Some(amqp);
    }
    Ok(run.amqp.as_ref().map(|(url, _)| url.clone()).unwrap_or_default())
}

/// Sums of cargo's result lines.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    suites: u64,
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Counts {
    /// Adds `test result: ok. 3 passed; 0 failed; 1 ignored; ..`; other lines count nothing.
    fn read(&mut self, line: &str) {
        let Some(result) = line.trim_start().strip_prefix("test result: ") else { return };
        self.suites += 1;
        let counts = result.split_once(". ").map_or(result, |(_, counts)| counts);
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let (Some(Ok(number)), Some(word)) = (words.next().map(str::parse::<u64>), words.next()) else { continue };
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_cargo_result_lines_only() {
        let mut counts = Counts::default();
        counts.read("test result: ok. 12 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        counts.read("test result: FAILED. 1 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.2s");
        counts.read("running 99 tests");
        assert_eq!(counts, Counts { suites: 2, passed: 13, failed: 3, ignored: 2 });
    }

    #[test]
    fn steps_can_be_chosen_and_unknown_ones_are_refused() {
        let flags = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
            Flags::parse(&args, &["--list"], &["--only", "--from"], 0).unwrap()
        };
        let names = |steps: Vec<&Step>| steps.iter().map(|step| step.name).collect::<Vec<_>>();
        assert_eq!(names(chosen(&flags(&["--only", "tidy,fmt"])).unwrap()), ["tidy", "fmt"]);
        assert_eq!(names(chosen(&flags(&["--from", "fixtures"])).unwrap()), ["fixtures", "crash", "broker-faults", "clients"]);
        assert!(chosen(&flags(&["--only", "nonsense"])).is_err());
    }
}
