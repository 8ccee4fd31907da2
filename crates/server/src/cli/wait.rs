//! `vcdsim wait`. Invariant: the interface waits; that a server begins to listen is all that is tried again.

use super::client::{Client, LONGEST_WAIT, asking, json, problem};
use super::meanwhile::Meanwhile;
use super::patience::{Patience, of_a_call};
use super::show::text;
use super::stage::{Exit, Failure, Stage};
use crate::control::millis;
use clap::{Arg, ArgMatches, Command};
use serde_json::Value;
use std::time::Duration;

pub(super) fn command() -> Command {
    let goal = Arg::new("for").long("for").value_name("WHAT").required(true);
    let goal = goal.help("ready, task:ID (it has ended), task:ID=STATUS or message:KEY (one with such a routing key is in the journal)");
    let timeout = Arg::new("timeout").long("timeout").value_name("SPAN").default_value("30s").help("How long at most, in real time");
    asking(Command::new("wait").about("Wait for something; 3 when it is not so in time").arg(goal).arg(timeout).arg(json()))
}

/// What is waited for.
enum Goal {
    Ready,
    Task(String, Option<String>),
    Message(String),
}

pub(super) fn play(matches: &ArgMatches, stage: &mut Stage<'_>) -> Result<(), Failure> {
    let said = |name: &str| matches.get_one::<String>(name).map_or("", String::as_str);
    let (what, timeout) = (said("for"), said("timeout"));
    let goal = Goal::of(what)?;
    let patience = millis("--timeout", timeout).map_err(|problem| Failure::usage(problem.detail))?;
    let client = Client::of(matches, stage)?;
    let meanwhile = stage.waiting(&format!("for {what}, at most {timeout}"));
    if stage.watched {
        goal.show(&client, &meanwhile);
    }
    let found = goal.wait(&client, Patience::of(patience));
    meanwhile.over();
    match found? {
        Some(found) if matches.get_flag("json") => Ok(writeln!(stage.out, "{found:#}")?),
        Some(found) => Ok(writeln!(stage.out, "{}", goal.told(&found))?),
        None => Err(Failure::new(Exit::NotSo, format!("{what} did not hold within {timeout}.\n{}", goal.advice()))),
    }
}

impl Goal {
    fn of(text: &str) -> Result<Self, Failure> {
        match text.split_once(':') {
            None if text == "ready" => Ok(Self::Ready),
            Some(("task", task)) => {
                let (task, status) = task.split_once('=').map_or((task, None), |(task, status)| (task, Some(status.to_owned())));
                Ok(Self::Task(task.to_owned(), status))
            }
            Some(("message", key)) => Ok(Self::Message(key.to_owned())),
            _ => Err(Failure::usage(format!("--for takes ready, task:ID, task:ID=STATUS or message:KEY, not \"{text}\"."))),
        }
    }

    /// Draws how far a task is, for as long as the command runs.
    fn show(&self, client: &Client, meanwhile: &Meanwhile) {
        let Self::Task(task, _) = self else { return };
        let (client, call, meanwhile) = (client.clone(), format!("tasks/{}", escaped(task)), meanwhile.clone());
        std::thread::spawn(move || {
            client.listen(&call, |item| {
                let what = ["/operation", "/ownerName", "/status", "/details"].map(|place| text(item, place));
                meanwhile
                    .goes(item["progress"].as_u64().unwrap_or_default(), what.join(" ").split_whitespace().collect::<Vec<_>>().join(" "));
            });
        });
    }

    /// What shows that it is so; nothing when it does not come to that in time.
    fn wait(&self, client: &Client, patience: Patience) -> Result<Option<Value>, Failure> {
        loop {
            // What is left, not what it began with: a server that takes its time to listen or to answer does not make it longer.
            let span = patience.left().min(LONGEST_WAIT);
            let found = self.look(&client.within(of_a_call(span)), span);
            let (begins, is_over) = (matches!(self, Self::Ready), patience.left().is_zero());
            match found {
                Ok(None) if !is_over => {}
                Err(failure) if failure.exit == Exit::Unreachable && begins && !is_over => {}
                found => return found,
            }
            patience.a_step();
        }
    }

    fn look(&self, client: &Client, span: Duration) -> Result<Option<Value>, Failure> {
        let query = |pairs: &[(&str, &str)]| {
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            format!("{query}&wait={}", form_urlencoded::byte_serialize(format!("{}ms", span.as_millis()).as_bytes()).collect::<String>())
        };
        match self {
            Self::Ready => {
                let reply = client.send(&format!("GET ready?{}", query(&[]).trim_start_matches('&')), None)?;
                if reply.status == 503 && problem(&reply.text).is_some() {
                    Ok(None)
                } else {
                    client.answered(&reply, Exit::Failed).map(Some)
                }
            }
            Self::Message(key) => {
                let told = client.get(&format!("messages?{}", query(&[("routingKey", key), ("limit", "1")])))?;
                Ok(told.pointer("/items/0").cloned())
            }
            Self::Task(task, wanted) => {
                let word = escaped(task);
                let status: Vec<_> = wanted.iter().map(|wanted| ("status", wanted.as_str())).collect();
                let found = client.get(&format!("tasks/{word}?{}", query(&status).trim_start_matches('&')))?;
                let is = text(&found, "/status");
                let ended = ["success", "error", "canceled", "aborted"].contains(&is.as_str());
                match wanted {
                    Some(wanted) if *wanted == is => Ok(Some(found)),
                    Some(wanted) if ended => Err(never(task, wanted, &is)),
                    None if ended => Ok(Some(found)),
                    _ => Ok(None),
                }
            }
        }
    }

    fn told(&self, found: &Value) -> String {
        match self {
            Self::Ready => "The server is ready.".to_owned(),
            Self::Task(..) => format!("Task {} is {}.", text(found, "/id"), text(found, "/status")),
            Self::Message(_) => format!("Event {}: {}", text(found, "/event"), text(found, "/routingKey")),
        }
    }

    fn advice(&self) -> String {
        match self {
            Self::Ready => "`vcdsim doctor` says what is missing.".to_owned(),
            Self::Task(task, _) => format!("`vcdsim tasks explain {task}` says what it waits for."),
            Self::Message(_) => "`vcdsim amqp ls` lists the messages that there are.".to_owned(),
        }
    }
}

/// A word for a path.
fn escaped(word: &str) -> String {
    percent_encoding::utf8_percent_encode(word, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn never(task: &str, wanted: &str, is: &str) -> Failure {
    Failure::new(
        Exit::NotSo,
        format!(
            "task {task} has ended: it is {is}, and will not be {wanted}.\n`vcdsim timeline --correlation {task}` tells how that came."
        ),
    )
}
