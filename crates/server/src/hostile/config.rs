//! The configuration's three sources. Invariant: tests that read the environment do so one after another.

use super::{SECRET, broker_url};
use crate::config::{Cli, Config};
use clap::Parser;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const KEYS: &[&str] =
    &["http", "https", "tls", "ca_out", "data_dir", "durability", "amqp", "public_url", "trust_proxy", "strict", "pace", "rng", "max_body"];

/// A value as TOML or the environment may have it.
fn value() -> impl Strategy<Value = String> {
    let plain = select(
        &[
            "off",
            "127.0.0.1:0",
            "[::1]:1",
            "full",
            "normal",
            "held",
            "immediate",
            "5",
            "-5",
            "true",
            "1.5",
            "a,b",
            ",",
            "",
            "99999999999999999999",
            "9223372036854775807",
            "-9223372036854775808",
            "18446744073709551615",
            "[]",
            "{}",
            "{a=1}",
            "[1,2]",
            "2026-03-04",
            "nan",
            "https://h/",
        ][..],
    );
    prop_oneof![4 => plain.prop_map(str::to_owned), 1 => "[ -~]{0,20}", 1 => "[^\\x00\\p{Cc}]{0,12}", 2 => broker_url()]
}

/// A key and its value; only the broker's URL holds a password.
fn setting() -> impl Strategy<Value = (&'static str, String)> {
    (select(KEYS), value()).prop_map(|(key, value)| (key, if key == "amqp" { value } else { value.replace(SECRET, "x") }))
}

fn load(args: &[String]) -> Result<Config, String> {
    let args = std::iter::once("vcdsim".to_owned()).chain(args.iter().cloned());
    Cli::try_parse_from(args).map_err(|error| error.to_string()).and_then(|cli| Config::load(&cli))
}

/// The environment is one for all tests, so whoever reads it does so in turn.
#[expect(clippy::result_large_err, reason = "the error type is the jail's")]
fn alone(test: impl FnOnce(&mut figment::Jail)) {
    figment::Jail::expect_with(|jail| {
        test(jail);
        Ok(())
    });
}

proptest! {
    #[test]
    fn any_configuration_is_taken_or_refused(
        file in vec((setting(), any::<bool>()), 0..4),
        environment in vec(setting(), 0..3),
        flags in vec(setting(), 0..3),
        raw in prop::option::weighted(0.1, "[ -~\n]{0,60}"),
    ) {
        let line = |((key, value), quoted): &((&str, String), bool)| if *quoted { format!("{key} = {value:?}\n") } else { format!("{key} = {value}\n") };
        let lines: String = file.iter().map(line).collect();
        let toml = raw.unwrap_or(lines);
        let args = flags.iter().map(|(key, value)| format!("--{}={value}", key.replace('_', "-")));
        let args: Vec<String> = ["--config".to_owned(), "vcdsim.toml".to_owned()].into_iter().chain(args).collect();
        alone(|jail| {
            jail.create_file("vcdsim.toml", &toml).unwrap();
            for (key, value) in &environment {
                jail.set_env(format!("VCDSIM_{}", key.to_uppercase()), value);
            }
            if let Err(message) = load(&args) {
                assert!(!message.is_empty());
                // A file that is no TOML is quoted where it is wrong; nobody else's secret is in it.
                assert!(message.contains("TOML parse error") || !message.contains(SECRET), "{message}");
            }
        });
    }

    #[test]
    fn any_command_line_is_read_or_refused(args in vec(prop_oneof!["--?[a-z-]{0,10}(=\\PC{0,6})?", "\\PC{0,10}", value()], 0..5)) {
        alone(|_| drop(load(&args)));
    }
}
