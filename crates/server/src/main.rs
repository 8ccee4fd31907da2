//! The binary. Invariant: standard output carries the ready line, or what a subcommand prints, and nothing else.

use clap::FromArgMatches;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use vcdsim_server::cli::{self, Stage};
use vcdsim_server::{Cli, Command, Config, count};

fn main() -> ExitCode {
    let matches = cli::command().get_matches();
    if let Some(exit) = cli::play(&matches, &mut Stage::here(&mut std::io::stdout(), &mut std::io::stderr())) {
        return exit.into();
    }
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| "warn,vcdsim_server=info,vcdsim_notifier=info,lapin=off".into());
    let written = cli.log_format().and_then(|format| {
        let log = vcdsim_server::log::subscriber(format, filter, std::io::stderr);
        tracing::subscriber::set_global_default(log).map_err(|error| error.to_string())
    });
    let done = match cli.command.clone() {
        Some(Command::Routes) => {
            write!(std::io::stdout(), "{}", vcdsim_server::routes_as_markdown(&vcdsim_http::router())).map_err(|error| error.to_string())
        }
        Some(Command::Roles) => write!(std::io::stdout(), "{}", vcdsim_server::roles_as_markdown()).map_err(|error| error.to_string()),
        Some(Command::Events) => {
            let page = vcdsim_server::events_as_markdown(&vcdsim_platform::operations::registry());
            write!(std::io::stdout(), "{page}").map_err(|error| error.to_string())
        }
        Some(Command::Replay { file, stop_at }) => return replay(&file, stop_at),
        Some(Command::Run { command, .. }) => return run(written.and_then(|()| Config::load(&cli)), &command),
        Some(Command::Serve(_)) | None => written
            .and_then(|()| Config::load(&cli))
            .and_then(|config| actix_web::rt::System::new().block_on(vcdsim_server::lifecycle::serve(config))),
    };
    ended(done)
}

/// Plays a run and says how it went: 0 as before, 3 otherwise.
fn replay(file: &Path, until: Option<usize>) -> ExitCode {
    let played = actix_web::rt::System::new().block_on(vcdsim_server::recording::replay(file, until));
    let told = match played {
        Err(error) => return ended(Err(error.to_string())),
        Ok(played) => played,
    };
    let mut out = std::io::stdout();
    let _ = match &told.difference {
        None => writeln!(out, "as recorded: {} and {}", count(told.answers, "answer"), count(told.messages, "message")),
        Some(other) => {
            writeln!(out, "line {}: {} went otherwise\nrecorded  {}\nplayed    {}", other.line, other.what, other.recorded, other.played)
        }
    };
    if told.difference.is_none() { ExitCode::SUCCESS } else { ExitCode::from(3) }
}

/// Serves while a command runs, and ends as it does.
fn run(config: Result<Config, String>, command: &[OsString]) -> ExitCode {
    let run = |config| actix_web::rt::System::new().block_on(cli::run::run(config, command));
    config.and_then(run).map_or_else(|reason| ended(Err(reason)), ExitCode::from)
}

fn ended(done: Result<(), String>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "vcdsim: {reason}");
            ExitCode::FAILURE
        }
    }
}
