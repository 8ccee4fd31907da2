//! The command line over the control interface. Invariant: what can be said by a row of a table is one; a command prints to where it is
//! told, and ends with one of six codes.

mod amqp;
mod blocking;
mod client;
mod clock;
mod doctor;
mod env;
mod explain;
mod faults;
mod meanwhile;
mod patience;
mod plans;
mod requests;
mod responders;
pub mod run;
mod show;
mod snapshots;
mod spaces;
mod stage;
mod table;
mod tasks;
mod timeline;
mod wait;

use crate::config::Cli;
use clap::{ArgMatches, Command, CommandFactory};
use clap_complete::Shell;
pub use stage::{Exit, Failure, Stage};
use table::Noun;

/// What a command of a table is about, in the order of the help.
const NOUNS: &[&Noun] = &[
    &tasks::NOUN,
    &blocking::NOUN,
    &plans::NOUN,
    &responders::NOUN,
    &faults::NOUN,
    &clock::NOUN,
    &snapshots::RESET,
    &snapshots::SEED,
    &snapshots::NOUN,
    &snapshots::STATE,
    &spaces::NOUN,
    &amqp::NOUN,
    &requests::NOUN,
    &timeline::NOUN,
    &explain::NOUN,
];

/// A command that is more than a call: how it is described, and how it is done.
type Special = (fn() -> Command, fn(&ArgMatches, &mut Stage<'_>) -> Result<(), Failure>);

const SPECIALS: &[Special] =
    &[(env::command, env::play), (wait::command, wait::play), (doctor::command, doctor::play), (completions, complete)];

/// The whole command line.
#[must_use]
pub fn command() -> Command {
    let special = SPECIALS.iter().map(|(command, _)| command());
    Cli::command().subcommands(special).subcommands(NOUNS.iter().map(|noun| noun.command()))
}

/// Does what the command line says, if it is one of these commands.
pub fn play(matches: &ArgMatches, stage: &mut Stage<'_>) -> Option<Exit> {
    let (name, matches) = matches.subcommand()?;
    let special = SPECIALS.iter().find(|(command, _)| command().get_name() == name);
    let done = match special {
        Some((_, play)) => play(matches, stage),
        None => NOUNS.iter().find(|noun| noun.name == name)?.play(matches, stage),
    };
    Some(stage.ended(done))
}

fn completions() -> Command {
    let shell = clap::Arg::new("shell").value_name("SHELL").required(true).value_parser(clap::value_parser!(Shell)).help("The shell");
    Command::new("completions").about("Print what completes this command line in a shell").arg(shell)
}

fn complete(matches: &ArgMatches, stage: &mut Stage<'_>) -> Result<(), Failure> {
    if let Some(shell) = matches.get_one::<Shell>("shell") {
        clap_complete::generate(*shell, &mut command(), "vcdsim", &mut stage.out);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
