//! What the command line says before it is checked. Invariant: without a subcommand it serves.

use super::Flags;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// A local stand-in for a whole VMware vCloud Director cell.
///
/// Without a subcommand it serves. Sign in as administrator@System, orgadmin@example or author@example; all passwords are `password`.
#[derive(Debug, Default, Parser)]
#[command(name = "vcdsim", version, max_term_width = 120)]
pub struct Cli {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub(crate) flags: Flags,
}

/// What to do instead of serving.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Serve, as without a subcommand.
    Serve(Box<Flags>),
    /// Serve on free ports while a command runs, which finds the server in its environment.
    ///
    /// Ends with the exit code of the command, and tells on standard error what it has left behind: tasks that are unfinished or blocked,
    /// faults that never fired, requests that nothing served.
    Run {
        #[command(flatten)]
        flags: Box<Flags>,
        /// The command, and what it is told.
        #[arg(last = true, required = true, value_name = "CMD")]
        command: Vec<std::ffi::OsString>,
    },
    /// Print the table of routes as Markdown.
    Routes,
    /// Print the predefined roles and the table of rights as Markdown.
    Roles,
    /// Print the operations and the types of events as Markdown.
    Events,
    /// Play a recorded run again, and say where it goes otherwise.
    Replay {
        /// The file that `--record` wrote.
        file: PathBuf,
        /// Stop after this line of the file.
        #[arg(long, value_name = "LINE")]
        stop_at: Option<usize>,
    },
}
