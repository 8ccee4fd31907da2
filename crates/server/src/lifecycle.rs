//! From start to end. Invariant: exactly one line goes to standard output, after everything is ready; a signal ends the server in order.

use crate::config::Config;
use crate::control::Origins;
use crate::instance::{Instance, Sources, Springs};
use crate::listen::{self, Listening};
use crate::recording;
use crate::spaces::Spaces;
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// Serves until a signal comes.
///
/// # Errors
/// A sentence for the terminal.
pub async fn serve(config: Config) -> Result<(), String> {
    let (spaces, listening) = open(config).await?;
    announce(&listening).map_err(|error| format!("the ready line could not be written: {error}"))?;

    let Listening { handle, server, .. } = listening;
    let stopping = stop_on_signal(handle, Arc::clone(&spaces));
    let (served, ()) = futures::future::join(server, stopping).await;
    served.map_err(|error| format!("the listeners failed: {error}"))?;
    spaces.stop().await
}

/// Where a server is reached that others work with.
#[derive(Debug, Clone)]
pub(crate) struct Reached {
    pub(crate) origins: Origins,
    /// What callers of the control interface may have to show.
    pub(crate) token: Option<String>,
}

/// Serves while `work` goes on, which is told where.
///
/// # Errors
/// As [`serve`].
pub(crate) async fn serve_during<T>(mut config: Config, work: impl AsyncFnOnce(Reached) -> T) -> Result<T, String> {
    draw_token(&mut config);
    let token = config.control_token.clone();
    let (spaces, Listening { http, https, handle, server }) = open(config).await?;
    let working = async {
        let done = work(Reached { origins: Origins { http, https }, token }).await;
        stop(&handle, &spaces).await;
        done
    };
    let (served, done) = futures::future::join(server, working).await;
    served.map_err(|error| format!("the listeners failed: {error}"))?;
    spaces.stop().await?;
    Ok(done)
}

/// Everything up to where requests are answered.
async fn open(mut config: Config) -> Result<(Arc<Spaces>, Listening), String> {
    draw_token(&mut config);
    let (instance, springs) = start(&mut config).await?;
    let spaces = Arc::new(Spaces::new(&config, Arc::clone(&instance), springs)?);
    let listening = listen::bind(&config, Arc::clone(&spaces))?;
    let fallback = listening.https.clone().or_else(|| listening.http.clone()).unwrap_or_default();
    instance.base_uri.set(format!("{}/api", config.public_url.clone().unwrap_or(fallback)));
    Ok((spaces, listening))
}

/// Starts the cloud, and says where the sources of others come from.
async fn start(config: &mut Config) -> Result<(Arc<Instance>, Springs), String> {
    match config.record.clone() {
        Some(record) => recording::start(config, record).await,
        None => Ok((Instance::start(config, Sources::of(config)).await?, Springs::default())),
    }
}

/// Draws the token of the control interface if others than this machine can reach it, by themselves or through a proxy, and none was chosen, and
/// prints it.
fn draw_token(config: &mut Config) {
    let open = [config.http, config.https].into_iter().flatten().any(|address| !address.ip().is_loopback());
    if config.strict || !open && !config.trust_proxy || config.control_token.is_some() {
        return;
    }
    let secret = vcdsim_model::clock::IdGen::secret(&vcdsim_store::RandomIds);
    let token: String = secret[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    // Not in the log, which may be kept.
    let from = if config.trust_proxy { "from other machines and through a proxy" } else { "from other machines" };
    let _gone = writeln!(std::io::stderr(), "vcdsim: {from} /_mock/v1 takes calls with Authorization: Bearer {token}").is_err();
    config.control_token = Some(token);
}

async fn stop_on_signal(handle: actix_web::dev::ServerHandle, spaces: Arc<Spaces>) {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
        return tracing::error!("signals cannot be waited for");
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    stop(&handle, &spaces).await;
}

/// Takes no more connections, and lets what is under way end first: what waits for a clock or for something to happen waits no longer.
pub(crate) async fn stop(handle: &actix_web::dev::ServerHandle, spaces: &Spaces) {
    spaces.close();
    handle.stop(true).await;
}

/// The ready line for programs; an origin is `null` when its listener is off.
#[derive(Serialize)]
struct Ready<'a> {
    ready: bool,
    http: Option<&'a str>,
    https: Option<&'a str>,
    pid: u32,
}

/// The ready line: for people on a terminal, else for programs.
fn announce(listening: &Listening) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if out.is_terminal() {
        let origins: Vec<_> = [&listening.http, &listening.https].into_iter().flatten().map(String::as_str).collect();
        writeln!(
            out,
            "vcdsim is ready at {}; sign in as administrator@System or author@example, password \"password\"",
            origins.join(" and ")
        )?;
    } else {
        let line = Ready { ready: true, http: listening.http.as_deref(), https: listening.https.as_deref(), pid: std::process::id() };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_drawn_where_others_can_call() {
        let drawn = |config: Config| {
            let mut config = config;
            draw_token(&mut config);
            config.control_token
        };
        assert_eq!(drawn(Config::for_tests()), None, "nobody but this machine");
        let behind = || Config { trust_proxy: true, ..Config::for_tests() };
        assert!(drawn(behind()).is_some(), "whoever comes through the proxy");
        assert!(drawn(Config { http: Some(([0, 0, 0, 0], 0).into()), ..Config::for_tests() }).is_some());
        assert_eq!(drawn(Config { control_token: Some("mine".into()), ..behind() }).as_deref(), Some("mine"));
        assert_eq!(drawn(Config { strict: true, ..behind() }), None, "there is nothing to call");
    }
}
