//! The binary. Invariant: standard output carries the ready line, or what a subcommand prints, and nothing else.

use clap::Parser;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use vcdsim_server::{Cli, Command, Config};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| "warn,vcdsim_server=info,vcdsim_notifier=info,lapin=off".into());
    let written = cli.log_format().and_then(|format| {
        let log = vcdsim_server::log::subscriber(format, filter, std::io::stderr);
        tracing::subscriber::set_global_default(log).map_err(|error| error.to_string())
    });
    let done = match cli.command {
        Some(Command::Routes) => {
            write!(std::io::stdout(), "{}", vcdsim_server::routes_as_markdown(&vcdsim_http::router())).map_err(|error| error.to_string())
        }
        Some(Command::Roles) => write!(std::io::stdout(), "{}", vcdsim_server::roles_as_markdown()).map_err(|error| error.to_string()),
        Some(Command::Events) => {
            let page = vcdsim_server::events_as_markdown(&vcdsim_platform::operations::registry());
            write!(std::io::stdout(), "{page}").map_err(|error| error.to_string())
        }
        Some(Command::Replay { file, stop_at }) => return replay(&file, stop_at),
        None => written
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
        None => writeln!(out, "as recorded: {} answers and {} messages", told.answers, told.messages),
        Some(other) => {
            writeln!(out, "line {}: {} went otherwise\nrecorded  {}\nplayed    {}", other.line, other.what, other.recorded, other.played)
        }
    };
    if told.difference.is_none() { ExitCode::SUCCESS } else { ExitCode::from(3) }
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
