//! `cargo xtask broker`: a private RabbitMQ on loopback, started without systemd, root or configuration files.
//!
//! Invariant: we only ever reuse or stop a broker whose files lie in our own `target/rabbitmq`; a system broker is left alone.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use crate::flags::Flags;
use crate::process::{capture, command, signal, succeeds};
use crate::stop::{Done, Stop};
use crate::timing::Stopwatch;
use crate::workspace;

const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(15);
const USUAL_PORT: u16 = 5672;

/// A running broker. Stopped when dropped, unless it was started to be kept.
#[derive(Debug)]
pub(crate) struct Broker {
    /// `amqp://..`, as clients take it.
    pub(crate) url: String,
    node: Node,
    child: Option<Child>,
    kept: bool,
}

/// What must be known to find and stop a node again: the process group leader and the port of its own name server.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    pid: i64,
    port: u16,
    epmd: u16,
}

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Done {
    let flags = Flags::parse(args, &[], &[], 1)?;
    match flags.rest.first().map(String::as_str) {
        Some("start") => {
            let mut broker = Broker::ensure()?;
            broker.keep()?;
            println!("export VCDSIM_TEST_AMQP={}", broker.url);
        }
        Some("stop") => match Broker::running() {
            Some(mut broker) => {
                broker.kept = false;
                println!("stopping {}", broker.url);
            }
            None => println!("no broker of ours is running"),
        },
        Some("status") => println!("{}", Broker::running().map_or_else(|| "not running".into(), |broker| broker.url.clone())),
        _ => return Err(Stop::usage("say `start`, `stop` or `status`")),
    }
    Ok(())
}

impl Broker {
    /// The broker that is running for us already, else a new one.
    pub(crate) fn ensure() -> Result<Self, String> {
        match Self::running() {
            Some(broker) => Ok(broker),
            None => Self::start(),
        }
    }

    fn running() -> Option<Self> {
        let state = fs::read_to_string(state_file()).ok()?;
        let (node, kept) = parse_state(&state)?;
        // The number may belong to another process by now: only a command line that names our folder is ours.
        let environment = fs::read(format!("/proc/{}/environ", node.pid)).ok()?;
        let ours = String::from_utf8_lossy(&environment).contains(&*dir().to_string_lossy());
        (ours && answers(node.port)).then(|| Self { url: url(node.port), node, child: None, kept })
    }

    fn start() -> Result<Self, String> {
        let script = server().ok_or("rabbitmq-server is not installed: `cargo xtask setup` does that")?;
        workspace::empty_dir(&dir())?;
        let [port, dist, epmd] = free_ports()?;
        let log = File::create(dir().join("out.log")).map_err(|error| format!("cannot write the broker's log: {error}"))?;
        let errors = log.try_clone().map_err(|error| format!("cannot write the broker's log: {error}"))?;
        let mut rabbit = command(script);
        environment(&mut rabbit, port, dist, epmd);
        // A group of its own: Ctrl-C at the terminal must not end a broker that is to be kept.
        rabbit.stdout(log).stderr(errors).process_group(0);
        let child = rabbit.spawn().map_err(|error| format!("rabbitmq-server cannot be run: {error}"))?;
        let node = Node { pid: i64::from(child.id()), port, epmd };
        let mut broker = Self { url: url(port), node, child: Some(child), kept: false };
        broker.save()?;
        broker.wait_until_ready()?;
        Ok(broker)
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let watch = Stopwatch::start();
        while !answers(self.node.port) {
            let ended = self.child.as_mut().is_some_and(|child| child.try_wait().is_ok_and(|status| status.is_some()));
            if ended || watch.elapsed() > START_LIMIT {
                let log = fs::read_to_string(dir().join("out.log")).unwrap_or_default();
                return Err(format!("RabbitMQ did not start; its log in {} ends with:\n{}", workspace::shown(&dir()), tail(&log)));
            }
            pause();
        }
        Ok(())
    }

    fn keep(&mut self) -> Result<(), String> {
        self.kept = true;
        self.save()
    }

    fn save(&self) -> Result<(), String> {
        let Node { pid, port, epmd } = self.node;
        workspace::write(&state_file(), &format!("{pid} {port} {epmd} {}\n", u8::from(self.kept)))
    }

    fn stop(&mut self) {
        let group = -self.node.pid;
        signal("TERM", group);
        let watch = Stopwatch::start();
        while self.alive() && watch.elapsed() < STOP_LIMIT {
            pause();
        }
        if self.alive() {
            signal("KILL", group);
        }
        if let Some(child) = &mut self.child {
            // It has ended; this only collects it.
            let _ = child.wait();
        }
        succeeds(command("epmd").env("ERL_EPMD_PORT", self.node.epmd.to_string()).arg("-kill"));
        // Nothing reads a stale file: `running` checks the process.
        let _ = fs::remove_file(state_file());
    }

    fn alive(&mut self) -> bool {
        if let Some(child) = &mut self.child {
            // Collected here, because a child that nobody collects still counts as a member of its group.
            let _ = child.try_wait();
        }
        signal("0", -self.node.pid)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if !self.kept {
            self.stop();
        }
    }
}

/// Whether a RabbitMQ is installed.
pub(crate) fn installed() -> bool {
    server().is_some()
}

/// `RabbitMQ 3.10.8`, read off the package.
pub(crate) fn version() -> String {
    let version = capture(command("dpkg-query").args(["-W", "-f", "${Version}", "rabbitmq-server"])).unwrap_or_default();
    format!("RabbitMQ {version}").trim_end().to_owned()
}

/// The script below Debian's wrapper: the wrapper insists on root and on its own folders.
fn server() -> Option<PathBuf> {
    let script = PathBuf::from("/usr/lib/rabbitmq/bin/rabbitmq-server");
    script.is_file().then_some(script)
}

fn dir() -> PathBuf {
    workspace::target().join("rabbitmq")
}

fn state_file() -> PathBuf {
    dir().join("state")
}

fn url(port: u16) -> String {
    format!("amqp://guest:guest@127.0.0.1:{port}/%2f")
}

fn environment(rabbit: &mut Command, port: u16, dist: u16, epmd: u16) {
    let dir = dir();
    let at = |name: &str| dir.join(name);
    rabbit
        .current_dir(&dir)
        .env("HOME", &dir)
        .env("RABBITMQ_NODENAME", format!("vcdsim-{port}@localhost"))
        .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODE_PORT", port.to_string())
        .env("RABBITMQ_DIST_PORT", dist.to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("ERL_EPMD_PORT", epmd.to_string())
        .env("RABBITMQ_MNESIA_BASE", at("data"))
        .env("RABBITMQ_LOG_BASE", at("log"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("plugins"))
        .env("RABBITMQ_CONF_ENV_FILE", at("none"))
        .env("RABBITMQ_CONFIG_FILE", at("none"))
        // Loopback only; and idle schedulers must not spin on a machine that has other work.
        .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none");
}

/// Three ports nobody uses, held together so that they differ; the first is the usual one if that is free.
fn free_ports() -> Result<[u16; 3], String> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let port = |listener: TcpListener| listener.local_addr().map(|address| address.port());
    let found = bind(USUAL_PORT).or_else(|_| bind(0)).and_then(|amqp| {
        let (dist, epmd) = (bind(0)?, bind(0)?);
        Ok([port(amqp)?, port(dist)?, port(epmd)?])
    });
    found.map_err(|error| format!("no free port on loopback: {error}"))
}

fn answers(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn parse_state(text: &str) -> Option<(Node, bool)> {
    let mut words = text.split_whitespace();
    let node = Node { pid: words.next()?.parse().ok()?, port: words.next()?.parse().ok()?, epmd: words.next()?.parse().ok()? };
    Some((node, words.next()? == "1"))
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

#[expect(clippy::disallowed_methods, reason = "a foreign process starts and stops in real time and tells nobody")]
fn pause() {
    std::thread::sleep(Duration::from_millis(100));
}

/// Uses the broker that `VCDSIM_TEST_AMQP` names, else ours.
pub(crate) fn for_tests() -> Result<(String, Option<Broker>), String> {
    match std::env::var("VCDSIM_TEST_AMQP") {
        Ok(url) if !url.is_empty() => Ok((url, None)),
        _ => Broker::ensure().map(|broker| (broker.url.clone(), Some(broker))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_is_read_back_and_nonsense_refused() {
        assert_eq!(parse_state("12 5672 4399 1\n"), Some((Node { pid: 12, port: 5672, epmd: 4399 }, true)));
        assert_eq!(parse_state("12 5672 4399 0\n").map(|(_, kept)| kept), Some(false));
        assert_eq!(parse_state("12 5672"), None);
        assert_eq!(parse_state("a b c d"), None);
    }

    #[test]
    fn free_ports_differ() {
        let [a, b, c] = free_ports().unwrap();
        assert!(a != b && b != c && a != c);
    }
}
