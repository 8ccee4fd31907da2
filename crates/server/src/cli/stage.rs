//! Where a command prints, and how it ends. Invariant: standard output has what was asked for, standard error everything else.

use super::meanwhile::Meanwhile;
use std::io::{IsTerminal, Write};

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// As it was meant.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// It was not said as it can be understood.
    Usage = 2,
    /// What was to hold does not, or did not in time.
    NotSo = 3,
    /// Nothing answers there.
    Unreachable = 4,
    /// The server is of another version, or refuses the snapshot.
    Refused = 5,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command does not end as it was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How it ends.
    pub exit: Exit,
    /// What, why, and what to do.
    pub text: String,
}

impl Failure {
    pub(super) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into() }
    }

    pub(super) fn usage(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text)
    }
}

/// Whoever read has enough.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::new(Exit::Done, ""),
            _ => Self::new(Exit::Failed, format!("this cannot be written: {error}")),
        }
    }
}

/// Where a command runs.
pub struct Stage<'a> {
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut dyn Write,
    /// Whether standard output is a terminal, which can be redrawn.
    pub terminal: bool,
    /// Whether somebody looks at standard error.
    pub watched: bool,
    /// Whether colours are welcome.
    pub colour: bool,
    /// The environment.
    pub env: fn(&str) -> Option<String>,
}

impl std::fmt::Debug for Stage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("terminal", &self.terminal).field("colour", &self.colour).finish_non_exhaustive()
    }
}

impl<'a> Stage<'a> {
    /// This process.
    pub fn here(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let terminal = std::io::stdout().is_terminal();
        let colour = terminal && env("NO_COLOR").is_none() && env("TERM").as_deref() != Some("dumb");
        Self { out, err, terminal, watched: std::io::stderr().is_terminal(), colour, env }
    }

    /// Says why, if it did not go well.
    pub(super) fn ended(&mut self, done: Result<(), Failure>) -> Exit {
        let done = done.and_then(|()| Ok(self.out.flush()?));
        let Err(Failure { exit, text }) = done else { return Exit::Done };
        if !text.is_empty() {
            let _nobody_reads = writeln!(self.err, "vcdsim: {text}");
        }
        exit
    }

    /// Draws for whoever looks what is waited for.
    pub(super) fn waiting(&self, what: &str) -> Meanwhile {
        Meanwhile::new(self.watched, what)
    }
}
