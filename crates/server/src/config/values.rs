//! What the values of flags say. Invariant: a value that is not understood is refused with the flag's name and what it may be.

use super::ClockStart;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use vcdsim_model::clock::{ClockMode, parse_time};
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_store::Durability;
use vcdsim_task_engine::Pace;

/// A file or the environment may write a number of milliseconds as a number.
pub(super) fn text_or_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum TextOrNumber {
        Text(String),
        Number(i64),
    }
    Ok(Some(match TextOrNumber::deserialize(deserializer)? {
        TextOrNumber::Text(text) => text,
        TextOrNumber::Number(number) => number.to_string(),
    }))
}

pub(super) fn address(flag: &str, text: &str) -> Result<Option<SocketAddr>, String> {
    if text == "off" {
        return Ok(None);
    }
    let parsed = text.parse().ok();
    parsed.map(Some).ok_or_else(|| format!("--{flag} takes an address with a port, such as 127.0.0.1:8080, or off; not \"{text}\""))
}

pub(super) fn broker(url: Option<&str>, authority: Option<&Path>) -> Result<Option<AmqpSettings>, String> {
    let mut settings = url.map(crate::broker::parse).transpose()?;
    if let Some(file) = authority {
        match &mut settings {
            Some(settings) if settings.use_ssl => settings.trust.certificate = Some(crate::broker::authority(file)?),
            _ => return Err("--amqp-ca says whom to trust over TLS, but --amqp names no broker with amqps://".to_owned()),
        }
    }
    Ok(settings)
}

/// A short token could be guessed.
pub(super) fn token(text: Option<String>) -> Result<Option<String>, String> {
    match text {
        Some(text) if text.len() < 16 || !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err("--control-token takes at least 16 letters, digits and signs, without blanks".to_owned())
        }
        text => Ok(text),
    }
}

pub(super) fn certificate(text: &str) -> Result<(PathBuf, PathBuf), String> {
    let (chain, key) = text.split_once(',').ok_or("--tls takes two files, separated by a comma: the certificate chain and its key")?;
    Ok((chain.into(), key.into()))
}

pub(super) fn durability(text: Option<&str>) -> Result<Durability, String> {
    match text {
        None | Some("normal") => Ok(Durability::Normal),
        Some("full") => Ok(Durability::Full),
        Some(other) => Err(format!("--durability takes normal or full, not \"{other}\"")),
    }
}

pub(super) fn pace(text: Option<&str>) -> Result<Pace, String> {
    let text = text.unwrap_or("immediate");
    let known = match text.split_once(':') {
        None if text == "immediate" => Some(Pace::Immediate),
        None if text == "held" => Some(Pace::Held),
        None if text == "manual" => Some(Pace::Manual),
        None => positive(text).map(Pace::Fixed),
        Some(("total", millis)) => positive(millis).map(Pace::Whole),
        Some(("polls", times)) => times.parse().ok().map(Pace::Polls),
        Some(_) => None,
    };
    let taken = "immediate, held, manual, a number of milliseconds, total:MILLISECONDS or polls:NUMBER";
    known.ok_or_else(|| format!("--pace takes {taken}, not \"{text}\""))
}

fn positive(millis: &str) -> Option<i64> {
    millis.parse().ok().filter(|millis| *millis >= 0)
}

pub(super) fn clock(text: &str) -> Result<ClockStart, String> {
    if let Some(at) = parse_time(text) {
        return Ok(ClockStart { mode: ClockMode::Manual, at: Some(at) });
    }
    let mode =
        clock_mode(text).map_err(|what| format!("--clock takes {what}, or an instant such as 2026-01-01T00:00:00Z, not \"{text}\""))?;
    Ok(ClockStart { mode, at: None })
}

/// How a clock goes, in a word; else which words there are.
pub(crate) fn clock_mode(text: &str) -> Result<ClockMode, &'static str> {
    let scale = || text.strip_prefix('x').and_then(|times| times.parse().ok()).filter(|times| (1..=1_000_000).contains(times));
    match text {
        "real" => Ok(ClockMode::Real),
        "manual" => Ok(ClockMode::Manual),
        _ => scale().map(ClockMode::Scaled).ok_or("real, manual or x and a number such as x60"),
    }
}
