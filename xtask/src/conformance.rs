//! `cargo xtask conformance`: real, unmodified clients, each against a server of its own that nobody used before.
//!
//! Invariant: a client speaks TAP (`ok 1 - what`, `not ok 2 - what`, `1..2`); a run without a single check is a failure.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use serde_json::Value;

use crate::broker;
use crate::flags::Flags;
use crate::process::{cargo, command, end, lines, run as run_command, signal, stream};
use crate::stop::{Done, Stop};
use crate::timing::{Stopwatch, seconds};
use crate::{setup, workspace};

mod clients;
pub(crate) mod exercised;
mod golang;
mod matrix;

use clients::CLIENTS;
use exercised::Exercised;

/// A client and what plays it.
struct Client {
    name: &'static str,
    player: Player,
    what: &'static str,
    /// Part of `cargo xtask test`; the others are run nightly or by hand.
    smoke: bool,
}

/// What plays a client, in `conformance/`.
enum Player {
    /// A Python script and its arguments.
    Python(&'static str, &'static [&'static str]),
    /// A Go module.
    Go(&'static str),
    /// A Python script and its arguments, which plays a Go module: its program is named by this variable.
    Both(&'static str, &'static [&'static str], &'static str, &'static str),
}

const SMOKE_LIMIT: Duration = Duration::from_secs(60);
const LONG_LIMIT: Duration = Duration::from_secs(30 * 60);
const READY_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    let flags = Flags::parse(args, &["--smoke", "--list", "--matrix"], &[], 1)?;
    if flags.has("--list") {
        for client in CLIENTS {
            println!("{:16} {:5} {}", client.name, if client.smoke { "smoke" } else { "long" }, client.what);
        }
        return Ok(());
    }
    let wanted = flags.rest.first();
    let chosen: Vec<&Client> =
        CLIENTS.iter().filter(|client| wanted.map_or(!flags.has("--smoke") || client.smoke, |name| client.name == name)).collect();
    if chosen.is_empty() {
        return Err(Stop::usage("there is no such client; --list shows them"));
    }
    setup::ready()?;
    run_command(&mut cargo(&["build", "--locked", "--package", "vcdsim-server"]))?;
    let (url, _broker) = broker::for_tests()?;
    if flags.has("--matrix") {
        return Ok(matrix::write(&url)?);
    }
    let mut exercised = Exercised::read()?;
    let counts = play(&chosen, &url, &mut exercised)?;
    exercised.write()?;
    println!("{counts}");
    Ok(())
}

/// The short runs, as part of the whole test run.
pub(crate) fn smoke(amqp: &str) -> Result<Counts, String> {
    matrix::check()?;
    let chosen: Vec<&Client> = CLIENTS.iter().filter(|client| client.smoke).collect();
    // A test run changes no file.
    play(&chosen, amqp, &mut Exercised::default())
}

fn play(clients: &[&Client], amqp: &str, exercised: &mut Exercised) -> Result<Counts, String> {
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    for client in clients {
        println!("  {}: {}", client.name, client.what);
        let mut one = Counts::default();
        let watch = Stopwatch::start();
        let result = play_one(client, amqp, &mut one, exercised);
        println!("  {}: {one} in {}", client.name, seconds(watch.elapsed()));
        counts.passed += one.passed;
        counts.failed += one.failed;
        match result {
            Err(error) => wrong.push(format!("{}: {error}", client.name)),
            Ok(Played::Left(why)) => counts.skipped.push(format!("{}: {why}", client.name)),
            Ok(Played::Out) if one.failed > 0 => wrong.push(format!("{}: {} checks failed", client.name, one.failed)),
            Ok(Played::Out) if one.passed == 0 => wrong.push(format!("{}: not a single check ran", client.name)),
            Ok(Played::Out) => counts.clients += 1,
        }
    }
    if counts.clients == 0 {
        wrong.append(&mut counts.skipped);
    }
    if wrong.is_empty() { Ok(counts) } else { Err(wrong.join("\n")) }
}

/// Whether a client was played out, or left out and why.
enum Played {
    Out,
    Left(String),
}

fn play_one(client: &Client, amqp: &str, counts: &mut Counts, exercised: &mut Exercised) -> Result<Played, String> {
    let log = log(client);
    workspace::write(&log, "")?;
    // Before there is a server, and outside the limit: this may have to build the client.
    let mut script = match client.player.command()? {
        Ok(script) => script,
        Err(why) => {
            println!("    !!! SKIPPED: {why}");
            return Ok(Played::Left(why));
        }
    };
    let server = Server::start(&log, amqp)?;
    // Some clients leave log files where they are run.
    script.current_dir(workspace::target().join("conformance"));
    script.env("VCDSIM_HTTP", &server.http).env("VCDSIM_HTTPS", &server.https).env("VCDSIM_AMQP", amqp);
    script.env("VCDSIM_PID", server.child.id().to_string());
    let limit = if client.smoke { SMOKE_LIMIT } else { LONG_LIMIT };
    let result = stream(&mut script, Some(limit), |line| {
        counts.read(line);
        println!("    {line}");
    });
    exercised.collect(client.name, &server.http)?;
    drop(server);
    // A failed check also fails the script: the checks say more.
    if counts.failed > 0 {
        return Err(format!("{} checks failed; the server's log: {}", counts.failed, workspace::shown(&log)));
    }
    result.map(|()| Played::Out).map_err(|error| format!("{error}; the server's log: {}", workspace::shown(&log)))
}

fn log(client: &Client) -> PathBuf {
    workspace::target().join("conformance").join(format!("{}.log", client.name))
}

impl Player {
    /// The command that plays, or why it cannot be had here.
    fn command(&self) -> Result<Result<Command, String>, String> {
        match self {
            Self::Python(script, args) => Ok(Ok(python(script, args))),
            Self::Go(module) => Ok(golang::build(module)?.map(command)),
            Self::Both(script, args, module, variable) => Ok(golang::build(module)?.map(|program| {
                let mut python = python(script, args);
                python.env(variable, program);
                python
            })),
        }
    }
}

fn python(script: &str, args: &[&str]) -> Command {
    let mut python = command(setup::python());
    python.args(["-u", "-B"]).arg(workspace::root().join("conformance").join(script)).args(args);
    python
}

/// A fresh server in memory on free ports; ended when dropped.
struct Server {
    child: Child,
    said: Receiver<String>,
    http: String,
    https: String,
}

impl Server {
    fn start(log: &Path, amqp: &str) -> Result<Self, String> {
        let errors = File::create(log).map_err(|error| format!("cannot write {}: {error}", workspace::shown(log)))?;
        let mut server = command(workspace::server());
        server.args(["--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--amqp", amqp]);
        server.stdout(Stdio::piped()).stderr(errors);
        let mut child = server.spawn().map_err(|error| format!("{} cannot be run: {error}", workspace::shown(&workspace::server())))?;
        let said = lines(child.stdout.take());
        let ready = said.recv_timeout(READY_LIMIT).map_err(|error| error.to_string()).and_then(|line| ready(&line));
        match ready {
            Ok((http, https)) => Ok(Self { child, said, http, https }),
            Err(error) => {
                end(&mut child);
                Err(format!("the server did not get ready: {error}; its log: {}", workspace::shown(log)))
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // As a user would end it; by force only if that does not work.
        signal("TERM", i64::from(self.child.id()));
        // Its stdout closes when it is gone; until then there must be nothing more on it.
        while let Ok(line) = self.said.recv_timeout(STOP_LIMIT) {
            println!("    # more than the ready line on the server's stdout: {line}");
        }
        end(&mut self.child);
    }
}

/// The two origins in the ready line `{"ready":true,"http":..,"https":..,"pid":..}`.
fn ready(line: &str) -> Result<(String, String), String> {
    let json: Value = serde_json::from_str(line).map_err(|error| format!("its ready line is not JSON ({error}): {line}"))?;
    let origin = |key: &str| json[key].as_str().map(str::to_owned).ok_or_else(|| format!("its ready line has no `{key}`: {line}"));
    Ok((origin("http")?, origin("https")?))
}

/// Sums of TAP lines.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Counts {
    clients: u64,
    pub(crate) passed: u64,
    failed: u64,
    /// The clients that could not be played here, each with the reason.
    skipped: Vec<String>,
}

impl Counts {
    fn read(&mut self, line: &str) {
        if line.starts_with("not ok ") {
            self.failed += 1;
        } else if line.starts_with("ok ") {
            self.passed += 1;
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} checks passed, {} failed", self.passed, self.failed)?;
        if self.clients > 0 {
            write!(f, ", {} clients", self.clients)?;
        }
        if !self.skipped.is_empty() {
            write!(f, ", {} SKIPPED ({})", self.skipped.len(), self.skipped.join("; "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_ready_line() {
        let line = r#"{"ready":true,"http":"http://127.0.0.1:1","https":"https://127.0.0.1:2","pid":3}"#;
        assert_eq!(ready(line).unwrap(), ("http://127.0.0.1:1".into(), "https://127.0.0.1:2".into()));
        assert!(ready("vcdsim is ready").unwrap_err().contains("not JSON"));
        assert!(ready(r#"{"ready":true,"http":null}"#).unwrap_err().contains("`http`"));
    }

    #[test]
    fn counts_tap_lines() {
        let mut counts = Counts::default();
        for line in ["ok 1 - logs in", "not ok 2 - resumes", "# okay", "1..2"] {
            counts.read(line);
        }
        assert_eq!((counts.passed, counts.failed), (1, 1));
    }

    #[test]
    fn what_is_left_out_stands_in_the_counts() {
        let counts = Counts { clients: 2, passed: 9, failed: 0, skipped: vec!["govcd: there is no Go".into()] };
        assert_eq!(counts.to_string(), "9 checks passed, 0 failed, 2 clients, 1 SKIPPED (govcd: there is no Go)");
    }

    #[test]
    fn every_client_has_its_script_and_a_name_of_its_own() {
        for (at, client) in CLIENTS.iter().enumerate() {
            let file = match client.player {
                Player::Python(script, _) | Player::Both(script, ..) => script.to_owned(),
                Player::Go(module) => format!("{module}/go.mod"),
            };
            assert!(workspace::root().join("conformance").join(&file).is_file(), "{file}");
            assert!(CLIENTS[..at].iter().all(|other| other.name != client.name), "{}", client.name);
        }
    }
}
