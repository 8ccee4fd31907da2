//! `vcdsim doctor`. Invariant: it changes nothing, and whatever it finds wrong comes with what to do.

use super::client::{Client, asking, json};
use super::show::{items, table, text};
use super::stage::{Exit, Failure, Stage};
use crate::count::count;
use clap::{ArgMatches, Command};
use serde_json::{Value, json as value};

pub(super) fn command() -> Command {
    asking(Command::new("doctor").about("Look whether all is well with the server, and say what to do").arg(json()))
}

/// What was looked at, how it is, and what to do.
struct Finding {
    what: &'static str,
    /// `ok`, `look` (somebody may want to know) or `wrong`.
    status: &'static str,
    text: String,
    advice: String,
}

fn found(what: &'static str, status: &'static str, text: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding { what, status, text: text.into(), advice: advice.into() }
}

pub(super) fn play(matches: &ArgMatches, stage: &mut Stage<'_>) -> Result<(), Failure> {
    let client = Client::of(matches, stage)?;
    client.get("live")?;
    let reachable = found("reachable", "ok", client.origin.clone(), "");
    let mut findings = vec![reachable];
    for check in [version, clock, broker, authority, due, blocked] {
        findings.push(check(&client)?);
    }
    let rows: Vec<Value> = findings.iter().map(Finding::shown).collect();
    if matches.get_flag("json") {
        writeln!(stage.out, "{:#}", value!({ "items": rows }))?;
    } else {
        let columns = [("CHECK", "/check"), ("STATUS", "/status"), ("FOUND", "/found"), ("WHAT TO DO", "/advice")];
        stage.out.write_all(table(&columns, &rows, stage.colour).as_bytes())?;
    }
    let wrong = |what: &str| findings.iter().any(|finding| finding.status == "wrong" && (what.is_empty() || finding.what == what));
    match (wrong("version"), wrong("")) {
        (true, _) => Err(Failure::new(Exit::Refused, "")),
        (_, true) => Err(Failure::new(Exit::Failed, "")),
        _ => Ok(()),
    }
}

impl Finding {
    fn shown(&self) -> Value {
        value!({ "check": self.what, "status": self.status, "found": self.text, "advice": self.advice })
    }
}

fn version(client: &Client) -> Result<Finding, Failure> {
    let (theirs, ours) = (text(&client.get("version")?, "/version"), env!("CARGO_PKG_VERSION"));
    if theirs == ours {
        return Ok(found("version", "ok", theirs, ""));
    }
    Ok(found("version", "wrong", format!("the server is {theirs}, this is {ours}"), "start the server with the same binary"))
}

fn clock(client: &Client) -> Result<Finding, Failure> {
    let clock = client.get("clock")?;
    let (now, mode) = (text(&clock, "/now"), text(&clock, "/mode"));
    Ok(match mode.as_str() {
        "manual" => found("clock", "look", format!("stands at {now}"), "vcdsim clock advance 5m, or vcdsim clock real"),
        "scaled" => found("clock", "ok", format!("{now}, {} times as fast", text(&clock, "/scale")), ""),
        _ => found("clock", "ok", now, ""),
    })
}

fn broker(client: &Client) -> Result<Finding, Failure> {
    let broker = client.get("broker")?;
    let (state, error) = (text(&broker, "/state"), text(&broker, "/error"));
    let pending = count(broker["pending"].as_u64().and_then(|pending| usize::try_from(pending).ok()).unwrap_or_default(), "message");
    let flag = |name: &str| broker[name].as_bool().unwrap_or_default();
    Ok(match (flag("configured"), flag("connected")) {
        (false, _) => found("broker", "ok", "none is configured; messages are in the journal", ""),
        (true, true) => found("broker", "ok", format!("{state}; waiting: {pending}"), ""),
        (true, false) => found("broker", "wrong", format!("{state}; {error}"), "start the broker, or see vcdsim amqp broker"),
    })
}

fn authority(client: &Client) -> Result<Finding, Failure> {
    let https = text(&client.get("env")?, "/https");
    if https.is_empty() {
        return Ok(found("TLS", "look", "there is no listener with TLS", "--https ADDRESS, for clients that insist on it"));
    }
    Ok(match client.send("GET ca.pem", None)?.status {
        200 => found("TLS", "ok", https, format!("to verify it: curl {}/_mock/v1/ca.pem -o ca.pem", client.origin)),
        _ => found("TLS", "ok", format!("{https}, with a certificate of your own"), ""),
    })
}

fn due(client: &Client) -> Result<Finding, Failure> {
    let timers = client.get("clock/timers?limit=1000")?;
    let timer = count(items(&timers).len(), "timer");
    Ok(match items(&timers).first() {
        None => found("due", "ok", "nothing will happen by itself", ""),
        Some(next) => {
            found("due", "ok", format!("{timer}; next: {} at {}", text(next, "/what"), text(next, "/due")), "vcdsim clock timers")
        }
    })
}

fn blocked(client: &Client) -> Result<Finding, Failure> {
    let blocked = client.get("blocking-tasks?limit=1000")?;
    Ok(match items(&blocked).first() {
        None => found("blocked", "ok", "nothing waits for a decision", ""),
        Some(first) => {
            let (task, operation) = (count(items(&blocked).len(), "task"), text(first, "/operation"));
            let advice = format!("vcdsim blocking resume {}", text(first, "/id"));
            found("blocked", "look", format!("{task} to be decided about; first: {operation}"), advice)
        }
    })
}
