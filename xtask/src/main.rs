//! `cargo xtask`: everything the project does by itself, from the whole test run to the release archive.
//!
//! Invariant: a command is one row of [`COMMANDS`] and one file. Help, dispatch, CI jobs and `.ci/run` know nothing else.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to its caller")]

mod bench;
mod broker;
mod broker_faults;
mod ci;
mod codegen;
mod conformance;
mod contract;
mod crash;
mod dist;
mod fixtures;
mod flags;
mod fuzz;
mod new_family;
mod process;
mod routes;
mod setup;
mod sim;
mod stop;
mod tidy;
mod timing;
mod workspace;

use std::process::ExitCode;

use stop::{Done, Stop};

/// One command: what the help prints and what runs.
struct Command {
    name: &'static str,
    alias: &'static str,
    usage: &'static str,
    summary: &'static str,
    run: fn(&[String]) -> Done,
}

const fn command(name: &'static str, usage: &'static str, summary: &'static str, run: fn(&[String]) -> Done) -> Command {
    Command { name, alias: "", usage, summary, run }
}

const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        alias: "ci",
        usage: "[--list] [--only STEP,..] [--from STEP]",
        summary: "install what is missing, then every check and test the project has",
        run: ci::run,
    },
    command("setup", "", "only install what the tests need, saying what and why", setup::run),
    command("tidy", "", "house rules no compiler knows: layers, file sizes, families, fixtures, words", tidy::run),
    command("codegen", "[--check]", "write the wire types from the published schemas, or compare them", |args| Ok(codegen::run(args)?)),
    command("contract", "[DIR]", "validate dumped answers against the published schemas", contract::run),
    command("fixtures", "[--check | --accept | --export DIR]", "check, accept or export the contract fixtures", fixtures::run),
    command("conformance", "[CLIENT] [--smoke] [--list]", "real clients against a fresh server each", conformance::run),
    command("broker", "start | stop | status", "a private RabbitMQ on loopback, for running tests by hand", broker::run),
    command("routes", "[--check]", "write the pages that the server prints: docs/reference/routes.md and roles.md", routes::run),
    command("new-family", "NAME", "write the stub files of a new resource family", new_family::run),
    command("bench", "[GROUP..]", "measure speed as ratios inside one run", bench::run),
    command("crash", "[--kills N] [--seed N]", "kill the server under load; nothing acknowledged may be lost", crash::run),
    command("broker-faults", "[--short]", "a broker that fails in every way under load; no message may be lost", broker_faults::run),
    command("sim", "[--seeds N] [--seed FIRST] [--steps M]", "random days under seeds against the invariants", sim::run),
    command("fuzz", "[--cases N]", "the properties about hostile input, with many more cases", fuzz::run),
    command("dist", "", "build the release archive and its checksums", dist::run),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("\nxtask: {}", stop.message);
            ExitCode::from(stop.code)
        }
    }
}

fn dispatch(args: &[String]) -> Done {
    let Some((first, rest)) = args.split_first() else {
        help();
        return Ok(());
    };
    if matches!(first.as_str(), "help" | "--help" | "-h") {
        help();
        return Ok(());
    }
    let Some(command) = find(first) else {
        return Err(Stop::usage(format!("there is no command `{first}`; `cargo xtask` alone lists them")));
    };
    if rest.iter().any(|arg| arg == "--help" || arg == "-h") {
        println!("cargo xtask {} {}\n    {}", command.name, command.usage, command.summary);
        return Ok(());
    }
    (command.run)(rest)
}

fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name || (!command.alias.is_empty() && command.alias == name))
}

fn help() {
    println!("Usage: cargo xtask COMMAND\n");
    let left: Vec<String> = COMMANDS.iter().map(|command| format!("{} {}", command.name, command.usage)).collect();
    let width = left.iter().map(String::len).max().unwrap_or_default();
    for (command, left) in COMMANDS.iter().zip(left) {
        let alias = if command.alias.is_empty() { String::new() } else { format!(" (also `{}`)", command.alias) };
        println!("  {left:width$}  {}{alias}", command.summary);
    }
    println!("\nThe two that matter: `cargo run --release` starts a server, `cargo xtask test` says whether it is right.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_are_unique() {
        let mut names: Vec<&str> = COMMANDS.iter().flat_map(|c| [c.name, c.alias]).filter(|name| !name.is_empty()).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn an_unknown_command_is_a_usage_error() {
        let stop = dispatch(&["nonsense".into()]).unwrap_err();
        assert_eq!(stop.code, 2);
        assert!(stop.message.contains("`nonsense`"));
    }

    #[test]
    fn the_alias_finds_the_test_run() {
        assert_eq!(find("ci").map(|command| command.name), Some("test"));
        assert!(find("").is_none());
    }
}
