//! The command line against servers on real sockets. Invariant: nothing sleeps; what is waited for is waited for by the interface.

use super::*;
use crate::config::Config;
use crate::instance::Sources;
use crate::serving;
use crate::spaces::Driven;
use serde_json::{Value, json};
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use vcdsim_model::clock::{ClockMode, parse_time};

/// A fixture of the command line, of the file that says its name.
macro_rules! snap {
    ($name:expr, $told:expr) => {{
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/cli"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description("ours; text/plain");
        settings.bind(|| insta::assert_snapshot!($name, $told));
    }};
}

mod ending;
mod help;
mod printing;

/// What a command came to.
#[derive(Debug)]
struct Ended {
    exit: Exit,
    out: String,
    err: String,
}

/// A server of a test's own; it ends with the process.
struct Server {
    origin: String,
}

impl Server {
    /// One whose clock stands, and whose ids are drawn from a seed.
    fn new() -> Self {
        Self::of(Driven::ByHand)
    }

    fn of(driven: Driven) -> Self {
        Self { origin: format!("http://{}", serving::forever(config(), Sources::of(&config()), driven)) }
    }

    /// What the command comes to that these words say.
    fn play(&self, words: &[&str]) -> Ended {
        play(&[words, &["--url", &self.origin]].concat())
    }

    /// What it prints, if it ends as it was meant.
    fn done(&self, words: &[&str]) -> String {
        let ended = self.play(words);
        assert_eq!(ended.exit, Exit::Done, "{words:?}: {ended:?}");
        ended.out
    }

    /// The same for programs.
    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.done(&[words, &["--json"]].concat())).unwrap()
    }

    /// A task in this status; its id.
    fn task(&self, status: &str) -> String {
        let made = self.json(&["tasks", "make", "vdcInstantiateVapp", "example-vdc", "--status", status, "--user", "author@example"]);
        made["id"].as_str().unwrap().to_owned()
    }
}

fn config() -> Config {
    let clock = crate::config::ClockStart { mode: ClockMode::Manual, at: parse_time("2030-03-04T08:15:00Z") };
    Config { http: Some(SocketAddr::from(([127, 0, 0, 1], 0))), https: None, rng: Some(7), clock: Some(clock), ..Config::default() }
}

fn play(words: &[&str]) -> Ended {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = play_to(words, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { exit, out: text(out), err: text(err) }
}

fn play_to(words: &[&str], out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let matches = match command().try_get_matches_from([&["vcdsim"], words].concat()) {
        Ok(matches) => matches,
        Err(error) => {
            write!(err, "{error}").unwrap();
            return if error.exit_code() == 2 { Exit::Usage } else { Exit::Done };
        }
    };
    let mut stage = Stage { out, err, terminal: false, watched: false, colour: false, env: |_| None };
    super::play(&matches, &mut stage).unwrap()
}
