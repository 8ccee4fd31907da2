//! Who asks the control interface. Invariant: whatever is not an answer becomes a failure that says what, why, and what to do.

use super::stage::{Exit, Failure, Stage};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::time::Duration;
use ureq::http::request::Builder;
use ureq::http::{Request, Response};
use ureq::{AsSendBody, Body};

/// Where a server listens that was not told otherwise.
const USUAL: &str = "http://127.0.0.1:8080";
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long one call waits at most, as the interface has it.
pub(super) const LONGEST_WAIT: Duration = Duration::from_millis(600_000);

/// Asks one server.
#[derive(Clone)]
pub(super) struct Client {
    agent: ureq::Agent,
    /// Its origin.
    pub(super) origin: String,
    /// The space that is meant.
    pub(super) space: Option<String>,
    token: Option<String>,
    /// How long a call may take.
    longest: Option<Duration>,
}

/// What a server answers.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) text: String,
}

/// A command that asks a server.
pub(super) fn asking(command: Command) -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).global(true).help(help).help_heading("Server")
    };
    command
        .arg(option("url", "URL", "Where the server listens [env: VCDSIM_URL] [default: http://127.0.0.1:8080]"))
        .arg(option("space", "NAME", "The space that is meant [env: VCDSIM_SPACE]"))
        .arg(option("token", "TOKEN", "The token of the control interface [env: VCDSIM_TOKEN]"))
}

/// The switch for programs.
pub(super) fn json() -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).global(true).help("Print JSON")
}

impl Client {
    /// As the command line and the environment say.
    pub(super) fn of(matches: &ArgMatches, stage: &Stage<'_>) -> Result<Self, Failure> {
        let said = |name: &str, variable: &str| matches.get_one::<String>(name).cloned().or_else(|| (stage.env)(variable));
        let origin = said("url", "VCDSIM_URL").unwrap_or_else(|| USUAL.to_owned());
        Self::new(&origin, said("space", "VCDSIM_SPACE"), said("token", "VCDSIM_TOKEN"))
    }

    pub(super) fn new(origin: &str, space: Option<String>, token: Option<String>) -> Result<Self, Failure> {
        if !origin.starts_with("http://") {
            return Err(Failure::usage(format!(
                "\"{origin}\" is no origin such as {USUAL}: the control interface is asked at the plain listener (--http)."
            )));
        }
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_connect(Some(CONNECT)).proxy(None).build();
        Ok(Self { agent: config.into(), origin: origin.trim_end_matches('/').to_owned(), space, token, longest: None })
    }

    /// The same, but its calls take no longer than this, whatever the server does.
    pub(super) fn within(&self, span: Duration) -> Self {
        Self { longest: Some(span), ..self.clone() }
    }

    /// What is answered, whatever it is; `call` is a verb and what follows `/_mock/v1/`.
    pub(super) fn send(&self, call: &str, body: Option<&Value>) -> Result<Reply, Failure> {
        let (method, path) = call.split_once(' ').unwrap_or(("GET", call));
        let request = self.request(method, path);
        let unsendable = |error: ureq::http::Error| Failure::usage(format!("{}/_mock/v1/{path} cannot be asked: {error}.", self.origin));
        let answer = match body {
            Some(body) => self.run(request.header("content-type", "application/json").body(body.to_string()).map_err(unsendable)?),
            None => self.run(request.body(()).map_err(unsendable)?),
        };
        let mut answer = answer.map_err(|error| self.unreachable(&error))?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(u64::MAX).read_to_string().map_err(|error| self.unreachable(&error))?;
        Ok(Reply { status, text })
    }

    fn run(&self, request: Request<impl AsSendBody>) -> Result<Response<Body>, ureq::Error> {
        self.agent.run(self.agent.configure_request(request).timeout_global(self.longest).build())
    }

    fn request(&self, method: &str, path: &str) -> Builder {
        let mut request = Request::builder().method(method).uri(format!("{}/_mock/v1/{path}", self.origin));
        for (name, value) in
            [("x-mock-space", self.space.clone()), ("authorization", self.token.as_ref().map(|token| format!("Bearer {token}")))]
        {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request
    }

    /// Hears the items that a call tells as they come and change, until that ends, for whatever reason.
    pub(super) fn listen(&self, path: &str, mut hear: impl FnMut(&Value)) {
        let Ok(request) = self.request("GET", path).header("accept", "text/event-stream").body(()) else { return };
        let Ok(answer) = self.agent.run(request) else { return };
        let mut is_item = false;
        for line in BufReader::new(answer.into_body().into_reader()).lines().map_while(Result::ok) {
            is_item = line.strip_prefix("event: ").map_or(is_item, |name| name == "item");
            if !is_item {
                continue;
            }
            if let Some(Ok(item)) = line.strip_prefix("data: ").map(serde_json::from_str) {
                hear(&item);
            }
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        let origin = &self.origin;
        Failure::new(
            Exit::Unreachable,
            format!("no server answers at {origin}: {error}.\nStart one with `vcdsim`, or say where it is with --url or VCDSIM_URL."),
        )
    }

    /// What is answered, if it is what was asked for. `conflict` is how it ends when the server says that it cannot be, as things are.
    pub(super) fn ask(&self, call: &str, body: Option<&Value>, conflict: Exit) -> Result<Value, Failure> {
        self.answered(&self.send(call, body)?, conflict)
    }

    /// An answer, if it is what was asked for.
    pub(super) fn answered(&self, reply: &Reply, conflict: Exit) -> Result<Value, Failure> {
        match reply.status {
            200..300 => serde_json::from_str(&reply.text).map_err(|error| self.stranger(&error)),
            status => Err(self.refused(status, &reply.text, conflict)),
        }
    }

    /// What a call says that only looks.
    pub(super) fn get(&self, path: &str) -> Result<Value, Failure> {
        self.ask(&format!("GET {path}"), None, Exit::Failed)
    }

    fn stranger(&self, why: &dyn std::fmt::Display) -> Failure {
        let origin = &self.origin;
        let text = format!("{origin} answers, but not as a control interface: {why}.\nIs it vcdsim, and was it started without --strict?");
        Failure::new(Exit::Unreachable, text)
    }

    fn refused(&self, status: u16, text: &str, conflict: Exit) -> Failure {
        let Some(problem) = problem(text) else { return self.stranger(&format!("status {status}")) };
        let (title, detail) = (word(&problem, "title"), word(&problem, "detail"));
        let mut told = format!("{title}: {detail}");
        let list = |name: &str| problem[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
        if !list("nearest").is_empty() {
            told.push_str(&format!("\nDid you mean {}?", list("nearest").join(" or ")));
        }
        for line in list("found") {
            told.push_str(&format!("\n  {line}"));
        }
        let exit = match status {
            400 => Exit::Usage,
            404 if detail.starts_with("There is no call") => Exit::Refused,
            405 => Exit::Refused,
            409 => conflict,
            422 => Exit::NotSo,
            _ => Exit::Failed,
        };
        if exit == Exit::Refused && conflict != Exit::Refused {
            told.push_str("\nThe server is of another version: `vcdsim doctor` compares them.");
        }
        Failure::new(exit, told)
    }
}

/// A text as a problem document, if it is one: with both a title and a detail, which is how this interface says what is wrong.
pub(super) fn problem(text: &str) -> Option<Value> {
    let problem = serde_json::from_str::<Value>(text).ok()?;
    ["title", "detail"].iter().all(|name| problem[name].is_string()).then_some(problem)
}

fn word<'a>(problem: &'a Value, name: &str) -> &'a str {
    problem[name].as_str().unwrap_or_default()
}
