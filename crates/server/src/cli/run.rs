//! `vcdsim run`. Invariant: the server lives as long as the command, whose exit code is the only one there is.

use super::client::Client;
use super::env::Place;
use super::show::{items, text};
use super::stage::Failure;
use crate::config::Config;
use crate::count::count;
use crate::lifecycle::{self, Reached};
use serde_json::Value;
use std::ffi::OsString;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use tokio::signal::unix::{SignalKind, signal};

/// What a shell says of a command that is not there, and of one that cannot be run.
const MISSING: u8 = 127;
const UNRUNNABLE: u8 = 126;

/// Serves while `command` runs, and tells what it has left behind; its exit code.
///
/// # Errors
/// A sentence about a server that cannot be started.
pub async fn run(config: Config, command: &[OsString]) -> Result<u8, String> {
    if config.strict {
        return Err(
            "run asks its server at the control interface, which there is none of with --strict: leave one of the two out.".to_owned()
        );
    }
    if config.http.is_none() {
        return Err("run asks its server at the plain listener, but --http is off.".to_owned());
    }
    lifecycle::serve_during(config, async |reached| during(&reached, command).await).await?
}

async fn during(reached: &Reached, command: &[OsString]) -> Result<u8, String> {
    let Some((program, args)) = command.split_first() else { return Err("there is no command to run".to_owned()) };
    let at = reached.clone();
    let variables = apart(move || variables(&at)).await?;
    let told = |failure: Failure| failure.text;
    let child = Command::new(program).args(args).envs(variables.map_err(told)?).spawn();
    let child = match child {
        Ok(child) => child,
        Err(error) => {
            let _nobody_reads = writeln!(io::stderr(), "vcdsim: {} cannot be run: {error}", program.display());
            return Ok(if error.kind() == io::ErrorKind::NotFound { MISSING } else { UNRUNNABLE });
        }
    };
    let status = ended(child).await?;
    let at = reached.clone();
    let summary = apart(move || client(&at).and_then(|client| summary(&client))).await?;
    let _nobody_reads = write!(io::stderr(), "{}", summary.unwrap_or_else(|failure| format!("vcdsim: {}\n", failure.text)));
    Ok(code(status))
}

/// Does what blocks beside the server.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    actix_web::web::block(work).await.map_err(|error| error.to_string())
}

/// Who asks the server of this process.
fn client(reached: &Reached) -> Result<Client, Failure> {
    let origin = reached.origins.http.as_deref().map(from_here).unwrap_or_default();
    Client::new(&origin, None, reached.token.clone())
}

/// An origin as it is asked from this machine: one that listens everywhere does so here.
fn from_here(origin: &str) -> String {
    let address = origin.rsplit('/').next().and_then(|address| address.parse::<SocketAddr>().ok());
    let Some(address) = address.filter(|address| address.ip().is_unspecified()) else { return origin.to_owned() };
    let here = if address.is_ipv4() { IpAddr::from(Ipv4Addr::LOCALHOST) } else { Ipv6Addr::LOCALHOST.into() };
    origin.replace(&address.to_string(), &SocketAddr::new(here, address.port()).to_string())
}

/// What the command finds in its environment; the token is for who asks from this machine by another name than its own.
fn variables(reached: &Reached) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut all = Place::of(&client(reached)?, None)?.variables();
    for (name, value) in &mut all {
        if *name == "VCD_URL" {
            *value = value.strip_suffix("/api").map_or_else(|| value.clone(), |origin| from_here(origin) + "/api");
        }
    }
    all.extend(reached.token.clone().map(|token| ("VCDSIM_TOKEN", token)));
    Ok(all)
}

/// Waits for the end of a command. Whoever ends us means it; but an interrupt at the terminal reaches it by itself.
async fn ended(mut child: Child) -> Result<ExitStatus, String> {
    let id = child.id();
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
        return Err("signals cannot be waited for".to_owned());
    };
    let mut waiting = std::pin::pin!(apart(move || child.wait()));
    loop {
        tokio::select! {
            ended = &mut waiting => return ended?.map_err(|error| error.to_string()),
            _ = interrupt.recv() => if !has_terminal() { tell(id, "INT") },
            _ = terminate.recv() => tell(id, "TERM"),
        }
    }
}

/// Whether there is a terminal that sends signals to all that run at it.
fn has_terminal() -> bool {
    std::fs::File::open("/dev/tty").is_ok()
}

/// Sends a signal to a process, which may have ended.
fn tell(id: u32, signal: &str) {
    let _it_may_have_ended = Command::new("sh").args(["-c", "kill -s \"$1\" \"$0\"", &id.to_string(), signal]).status();
}

/// As a shell has it.
fn code(status: ExitStatus) -> u8 {
    let signalled = || status.signal().map(|signal| 128 + signal);
    status.code().or_else(signalled).and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// What a command has left behind.
pub(super) fn summary(client: &Client) -> Result<String, Failure> {
    let all = |path: &str| client.get(&format!("{path}?limit=1000"));
    let tasks = all("tasks")?;
    let unfinished: Vec<&Value> = items(&tasks).iter().filter(|task| task["end"].is_null()).collect();
    let blocked = all("blocking-tasks")?;
    let (faults, astray) = (client.get("faults")?, client.get("broker/faults")?);
    let idle: Vec<&Value> = items(&faults).iter().chain(items(&astray)).filter(|rule| rule["hits"] == 0).collect();
    let unserved = all("requests/unmatched")?;
    let mut told = String::new();
    let mut list = |one: &str, what: &str, these: &[&Value], line: &dyn Fn(&Value) -> String| {
        if !these.is_empty() {
            told.push_str(&format!("vcdsim: {} {what}\n", count(these.len(), one)));
            these.iter().for_each(|this| told.push_str(&format!("  {}\n", line(this))));
        }
    };
    let words =
        |places: &'static [&'static str]| move |item: &Value| places.iter().map(|place| text(item, place)).collect::<Vec<_>>().join(" ");
    list("task", "unfinished", &unfinished, &words(&["/id", "/operation", "/status", "/ownerName"]));
    list("task", "blocked", &items(&blocked).iter().collect::<Vec<_>>(), &words(&["/id", "/operation", "/timeout", "/timeoutAction"]));
    list("fault", "that never fired", &idle, &words(&["/id", "/at", "/match", "/do"]));
    list("request", "that nothing served", &items(&unserved).iter().collect::<Vec<_>>(), &words(&["/status", "/method", "/path"]));
    if told.is_empty() {
        told.push_str("vcdsim: nothing was left behind: no task unfinished or blocked, no fault unfired, no request unserved\n");
    }
    Ok(told)
}
