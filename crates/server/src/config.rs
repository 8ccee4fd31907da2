//! Configuration. Invariant: every key can come from a file, the environment or a flag, in that order of growing weight, and is checked
//! before anything starts.

mod command;

use crate::log::LogFormat;
mod values;

pub(crate) use values::clock_mode;
use values::{address, broker, certificate, clock, durability, pace, text_or_number, token};

use clap::Args;
pub use command::{Cli, Command};
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use vcdsim_model::clock::{ClockMode, Time};
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_platform::seed::{Counts, Inventory};
use vcdsim_store::Durability;
use vcdsim_task_engine::Pace;

/// The flags; each is also a key of the file and, as `VCDSIM_KEY`, of the environment.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Flags {
    /// Read settings from this TOML file; its keys are the names of these flags with underscores.
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Address of the plain listener, or `off`; port 0 takes a free one. [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<String>,
    /// Address of the TLS listener, or `off`; port 0 takes a free one. [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    https: Option<String>,
    /// Use this certificate chain and key (PEM files) instead of one signed by the server's own authority.
    #[arg(long, value_name = "CERT,KEY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<String>,
    /// Write the certificate authority to this file.
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_out: Option<PathBuf>,
    /// Keep the state in this directory; without it, everything is gone when the server stops.
    #[arg(long, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_dir: Option<PathBuf>,
    /// What survives with --data-dir: `normal` (a killed process) or `full` (a power cut). [default: normal]
    #[arg(long, value_name = "LEVEL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    durability: Option<String>,
    /// Send messages to this broker: amqp://user:password@host:port/vhost (amqps for TLS). Replaces the stored settings.
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    amqp: Option<String>,
    /// Trust the certificates in this file (PEM) when the broker speaks TLS, instead of those that the system trusts.
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    amqp_ca: Option<PathBuf>,
    /// Base of the URLs in messages, where no request says it.
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    public_url: Option<String>,
    /// Believe X-Forwarded-Proto and X-Forwarded-Host.
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    trust_proxy: bool,
    /// Remove the control interface under /_mock.
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    strict: bool,
    /// What callers of /_mock from other machines must show as a bearer token. [default: drawn at each start, and printed]
    #[arg(long, value_name = "TOKEN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    control_token: Option<String>,
    /// When phases of tasks run that have no plan: `immediate`, `held` (tasks stay queued), `manual`, after so many milliseconds each or
    /// `total:MILLISECONDS` together, or `polls:NUMBER` (as clients ask for them). [default: immediate]
    #[arg(long, value_name = "PACE")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "text_or_number")]
    pace: Option<String>,
    /// How the clock goes: `real`, `manual` (only when it is moved), `x60` (so many times as fast), or an instant such as
    /// 2026-01-01T00:00:00Z, at which a new cloud begins and stands until it is moved. [default: as before, or real]
    #[arg(long, value_name = "CLOCK")]
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<String>,
    /// Draw ids and tokens from this seed, so that runs can be repeated.
    #[arg(long, value_name = "SEED")]
    #[serde(skip_serializing_if = "Option::is_none")]
    rng: Option<u64>,
    /// Begin with what this TOML file says, instead of the default inventory (docs/user/seeds.md).
    #[arg(long, value_name = "FILE", conflicts_with_all = ["orgs", "vdcs", "vapps", "vms"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    seed_file: Option<PathBuf>,
    /// Begin with so many organizations, instead of the default inventory; with any of the three below, 1.
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    orgs: Option<usize>,
    /// So many VDCs in each of them. [default: 1]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    vdcs: Option<usize>,
    /// So many vApps in each of these. [default: 0]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    vapps: Option<usize>,
    /// So many virtual machines in each of these. [default: 1]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    vms: Option<usize>,
    /// Write the run to this file, to be played again with `vcdsim replay`. The file holds what clients send, passwords and all.
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<PathBuf>,
    /// How the log is written: `text`, or `json`, an object in each line. [default: text]
    #[arg(long, value_name = "FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_format: Option<String>,
    /// Largest request body in bytes. [default: 1048576]
    #[arg(long, value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_body: Option<usize>,
}

/// The checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Plain listener.
    pub http: Option<SocketAddr>,
    /// TLS listener.
    pub https: Option<SocketAddr>,
    /// Certificate chain and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Where the authority is written.
    pub ca_out: Option<PathBuf>,
    /// Where the state is kept.
    pub data_dir: Option<PathBuf>,
    /// What survives.
    pub durability: Durability,
    /// The broker, if one is named.
    pub amqp: Option<AmqpSettings>,
    /// Base of the URLs in messages.
    pub public_url: Option<String>,
    /// Whether forwarded headers count.
    pub trust_proxy: bool,
    /// Whether the control interface is removed.
    pub strict: bool,
    /// What callers of the control interface from other machines must show; drawn at the start where it is not said and they can come.
    pub control_token: Option<String>,
    /// How long phases take.
    pub pace: Pace,
    /// How the clock goes, if that is said.
    pub clock: Option<ClockStart>,
    /// The seed of ids.
    pub rng: Option<u64>,
    /// Where the run is recorded, and the flags that it is played with.
    pub record: Option<Record>,
    /// What a new cloud holds.
    pub inventory: Arc<Inventory>,
    /// Largest request body in bytes.
    pub max_body: usize,
}

impl Default for Config {
    /// Without listeners, in memory.
    fn default() -> Self {
        Self {
            http: None,
            https: None,
            tls: None,
            ca_out: None,
            data_dir: None,
            durability: Durability::Normal,
            amqp: None,
            public_url: None,
            trust_proxy: false,
            strict: false,
            control_token: None,
            pace: Pace::Immediate,
            clock: None,
            rng: None,
            record: None,
            inventory: Arc::default(),
            max_body: vcdsim_wire::Limits::default().max_bytes,
        }
    }
}

/// Where a run is recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The file.
    pub file: PathBuf,
    /// The flags that it is played with, as JSON.
    pub flags: serde_json::Value,
}

/// How the clock is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockStart {
    /// How it goes.
    pub mode: ClockMode,
    /// When a new cloud begins; now.
    pub at: Option<Time>,
}

impl Config {
    /// The configuration of a run that was recorded.
    ///
    /// # Errors
    /// A sentence that names what this version does not know.
    pub(crate) fn replayed(flags: serde_json::Value, rng: u64) -> Result<Self, String> {
        let flags: Flags = serde_json::from_value(flags).map_err(|error| format!("the recorded flags: {error}"))?;
        Flags { rng: Some(rng), ..flags }.check()
    }

    /// The configuration of a command line, with file and environment below it.
    ///
    /// # Errors
    /// A sentence that names the key and what it may be.
    pub fn load(cli: &Cli) -> Result<Self, String> {
        Flags::layered(cli)?.check()
    }
}

impl Cli {
    /// How the log is written.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn log_format(&self) -> Result<LogFormat, String> {
        match Flags::layered(self)?.log_format.as_deref() {
            None | Some("text") => Ok(LogFormat::Text),
            Some("json") => Ok(LogFormat::Json),
            Some(other) => Err(format!("--log-format takes text or json, not \"{other}\"")),
        }
    }
}

impl Flags {
    /// The command line, with file and environment below it.
    fn layered(cli: &Cli) -> Result<Self, String> {
        let mut layers = Figment::new();
        let own = match &cli.command {
            Some(Command::Serve(flags)) => Some(flags),
            Some(Command::Run { flags, .. }) => {
                layers = layers.merge(Serialized::default("http", FREE)).merge(Serialized::default("https", FREE));
                Some(flags)
            }
            _ => None,
        };
        if let Some(file) = own.and_then(|own| own.config.as_ref()).or(cli.flags.config.as_ref()) {
            layers = layers.merge(Toml::file_exact(file));
        }
        let layers = layers.merge(Env::prefixed("VCDSIM_").only(KEYS)).merge(Serialized::defaults(&cli.flags));
        let layers = layers.merge(own.map_or_else(Figment::new, |own| Figment::from(Serialized::defaults(own))));
        layers.extract().map_err(|error| format!("configuration: {error}"))
    }
}

/// Any port of this machine that is free.
const FREE: &str = "127.0.0.1:0";

/// The keys that the environment may set; others with the prefix belong to tests and tools.
const KEYS: &[&str] = &[
    "http",
    "https",
    "tls",
    "ca_out",
    "data_dir",
    "durability",
    "amqp",
    "amqp_ca",
    "public_url",
    "trust_proxy",
    "strict",
    "control_token",
    "pace",
    "clock",
    "rng",
    "seed_file",
    "orgs",
    "vdcs",
    "vapps",
    "vms",
    "record",
    "log_format",
    "max_body",
];

impl Flags {
    /// What a new cloud holds, if that is said.
    fn inventory(&self) -> Result<Option<Inventory>, String> {
        let counted = [self.orgs, self.vdcs, self.vapps, self.vms];
        match &self.seed_file {
            Some(_) if counted.iter().any(Option::is_some) => {
                Err("--seed-file says what there is; --orgs, --vdcs, --vapps and --vms count it: choose one of the two".to_owned())
            }
            Some(file) => {
                let wrong = |error: &dyn std::fmt::Display| format!("--seed-file {}: {error}", file.display());
                let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
                toml::from_str(&text).map(Some).map_err(|error| wrong(&error))
            }
            None if counted.iter().all(Option::is_none) => Ok(None),
            None => {
                let [orgs, vdcs, vapps, vms] =
                    [(self.orgs, 1), (self.vdcs, 1), (self.vapps, 0), (self.vms, 1)].map(|(count, usual)| count.unwrap_or(usual));
                Ok(Some(Inventory::of(Counts { orgs, vdcs, vapps, vms })))
            }
        }
    }

    /// Where the run is recorded, with what of these flags the cloud depends on.
    fn recorded(&self) -> Option<Record> {
        let file = self.record.clone()?;
        let without =
            Self { http: None, https: None, tls: None, ca_out: None, amqp_ca: None, record: None, log_format: None, ..self.clone() };
        // What these say is in the run itself.
        let without = Self { control_token: None, seed_file: None, orgs: None, vdcs: None, vapps: None, vms: None, ..without };
        Some(Record { file, flags: serde_json::json!(without) })
    }

    fn check(self) -> Result<Config, String> {
        let (record, inventory) = (self.recorded(), self.inventory()?);
        let config = Config {
            http: address("http", self.http.as_deref().unwrap_or("127.0.0.1:8080"))?,
            https: address("https", self.https.as_deref().unwrap_or("127.0.0.1:8443"))?,
            tls: self.tls.as_deref().map(certificate).transpose()?,
            ca_out: self.ca_out,
            durability: durability(self.durability.as_deref())?,
            data_dir: self.data_dir,
            amqp: broker(self.amqp.as_deref(), self.amqp_ca.as_deref())?,
            public_url: self.public_url.map(|url| url.trim_end_matches('/').to_owned()),
            trust_proxy: self.trust_proxy,
            strict: self.strict,
            control_token: token(self.control_token)?,
            pace: pace(self.pace.as_deref())?,
            clock: self.clock.as_deref().map(clock).transpose()?,
            rng: self.rng,
            record,
            inventory: inventory.map_or_else(Arc::default, Arc::new),
            max_body: self.max_body.unwrap_or(vcdsim_wire::Limits::default().max_bytes),
        };
        match (config.http, config.https) {
            (None, None) => Err("--http and --https are both off: there is nothing to listen on".to_owned()),
            (_, None) if config.tls.is_some() || config.ca_out.is_some() => {
                Err("--tls and --ca-out need the TLS listener, but --https is off".to_owned())
            }
            _ if config.record.is_some() && config.data_dir.is_some() => {
                Err("--record begins with a new cloud, which --data-dir may not be".to_owned())
            }
            _ => Ok(config),
        }
    }
}

#[cfg(test)]
impl Config {
    /// A server on a free port, for tests.
    pub(crate) fn for_tests() -> Self {
        Self { http: Some(SocketAddr::from(([127, 0, 0, 1], 0))), max_body: 1 << 20, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn load(args: &[&str]) -> Result<Config, String> {
        Config::load(&Cli::try_parse_from([&["vcdsim"], args].concat()).unwrap())
    }

    /// The environment is one for all tests, so whoever reads it does so in turn.
    #[expect(clippy::result_large_err, reason = "the error type is the jail's")]
    fn alone(test: impl FnOnce(&mut figment::Jail)) {
        figment::Jail::expect_with(|jail| {
            test(jail);
            Ok(())
        });
    }

    #[test]
    fn defaults_and_flags() {
        alone(|_| {
            let config = load(&[]).unwrap();
            assert_eq!((config.http.unwrap().port(), config.https.unwrap().port(), config.pace), (8080, 8443, Pace::Immediate));
            let config = load(&["--https", "off", "--pace", "250", "--durability", "full"]).unwrap();
            assert_eq!((config.https, config.pace, config.durability), (None, Pace::Fixed(250), Durability::Full));
            for (text, pace) in [("manual", Pace::Manual), ("held", Pace::Held), ("total:9", Pace::Whole(9)), ("polls:3", Pace::Polls(3))] {
                assert_eq!(load(&["--pace", text]).unwrap().pace, pace);
            }
            assert_eq!(
                (config.clock, load(&["--clock", "x60"]).unwrap().clock),
                (None, Some(ClockStart { mode: ClockMode::Scaled(60), at: None }))
            );
            let format = |args: &[&str]| Cli::try_parse_from([&["vcdsim"], args].concat()).unwrap().log_format();
            assert_eq!((format(&[]), format(&["--log-format", "json"])), (Ok(LogFormat::Text), Ok(LogFormat::Json)));
            assert!(format(&["--log-format", "xml"]).unwrap_err().contains("--log-format"));
        });
    }

    #[test]
    fn mistakes_name_the_flag() {
        alone(|_| {
            for (args, flag) in [
                (["--http", "nowhere"], "--http"),
                (["--pace", "-1x"], "--pace"),
                (["--pace", "total:soon"], "--pace"),
                (["--pace", "slow:9"], "--pace"),
                (["--tls", "one"], "--tls"),
                (["--durability", "some"], "--durability"),
                (["--clock", "x0"], "--clock"),
                (["--control-token", "short"], "--control-token"),
            ] {
                let args: Vec<_> = args.iter().map(|arg| if *arg == "-1x" { "minus" } else { arg }).collect();
                assert!(load(&args).unwrap_err().contains(flag));
            }
            assert!(load(&["--https", "off", "--ca-out", "ca.pem"]).unwrap_err().contains("--ca-out"));
            assert!(load(&["--amqp", "amqp://localhost", "--amqp-ca", "ca.pem"]).unwrap_err().contains("amqps://"));
            assert!(load(&["--amqp", "amqps://localhost", "--amqp-ca", "no.pem"]).unwrap_err().contains("--amqp-ca no.pem"));
            assert!(load(&["--http", "off", "--https", "off"]).unwrap_err().contains("nothing to listen on"));
        });
    }

    #[test]
    fn what_a_new_cloud_holds_comes_from_a_file_or_from_counts() {
        alone(|jail| {
            let counted = load(&["--orgs", "2", "--vms", "3"]).unwrap();
            assert_eq!((counted.inventory.orgs.len(), counted.inventory.orgs[0].vdcs.len()), (2, 1));
            jail.create_file("seed.toml", "[[orgs]]\nname = \"acme\"\n").unwrap();
            assert_eq!(load(&["--seed-file", "seed.toml"]).unwrap().inventory.orgs[0].name.as_ref(), "acme");
            jail.create_file("seed.toml", "[[orgs]]\nnam = \"acme\"\n").unwrap();
            let wrong = load(&["--seed-file", "seed.toml"]).unwrap_err();
            assert!(wrong.contains("seed.toml") && wrong.contains("line 2, column 1"), "{wrong}");
            jail.set_env("VCDSIM_ORGS", "2");
            assert!(load(&["--seed-file", "seed.toml"]).unwrap_err().contains("choose one"));
        });
    }

    #[test]
    fn a_flag_goes_before_the_environment_and_that_before_the_file() {
        alone(|jail| {
            jail.create_file("vcdsim.toml", "pace = 1\nhttps = \"off\"\nhttp = \"127.0.0.1:1\"").unwrap();
            jail.set_env("VCDSIM_PACE", "2");
            jail.set_env("VCDSIM_HTTP", "127.0.0.1:2");
            jail.set_env("VCDSIM_SCHEMAS", "not a key of ours");
            let config = load(&["--config", "vcdsim.toml", "--http", "127.0.0.1:3"]).unwrap();
            assert_eq!((config.pace, config.http.unwrap().port(), config.https), (Pace::Fixed(2), 3, None));
            jail.set_env("VCDSIM_PACE", "bad");
            assert!(load(&[]).unwrap_err().contains("--pace"));
            jail.create_file("vcdsim.toml", "paces = 1").unwrap();
            assert!(load(&["--config", "vcdsim.toml"]).unwrap_err().contains("paces"));
        });
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
