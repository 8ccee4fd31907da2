//! What the instance tells of itself. Invariant: nothing here changes anything.

use super::Origins;
use super::asked::Asked;
use super::call::{Answer, Call, Control, Outcome, call, of};
use super::problem::Problem;
use super::wait::patience;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use vcdsim_http::message::Response;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_notifier::{BrokerState, Filter};

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Get "live" "whether the process runs" &[], None, Answer::One(of::<Health>), live),
    call!(Get "ready" "whether the cloud can be used; 503 with the reasons while it cannot"
        &[("wait", "how long to wait for that, in real time, such as 5s; not at all, and never longer than ten minutes")], None, Answer::One(of::<Health>), ready),
    call!(Get "env" "where clients find the cloud, and as whom they may sign in" &[], None, Answer::One(of::<Whereabouts>), whereabouts),
    call!(Get "version" "the version of vcdsim" &[], None, Answer::One(of::<Version>), version),
    call!(Get "ca.pem" "the certificate authority of the TLS listener" &[], None, Answer::Other("application/x-pem-file"), authority),
    call!(Get "coverage" "what is served, what is not, and how often that was asked for" &[], None, Answer::One(of::<Value>), coverage),
    call!(Get "messages" "the last messages, newest last"
        &[("routingKey", "a pattern as in a binding to a topic exchange"), ("exchange", "the name of an exchange"), ("since", "after the event of this number; all, where a reset has put the numbers back behind it")],
        None, Answer::List(of::<Value>, &["event", "exchange"]), messages),
];

/// That it is well.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Health {
    status: &'static str,
}

/// Where clients find the cloud, and as whom they may sign in.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Whereabouts {
    /// The origin of the plain listener, if there is one.
    http: Option<String>,
    /// The origin of the listener with TLS, if there is one.
    https: Option<String>,
    /// The space that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    space: Option<String>,
    /// The administrator of the default inventory.
    user: &'static str,
    org: &'static str,
    /// That of all accounts of the default inventory.
    password: &'static str,
}

/// Which vcdsim this is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Version {
    version: &'static str,
}

pub(super) async fn live(control: &Control<'_>, _: Asked) -> Outcome {
    Ok(control.answer(&Health { status: "ok" }))
}

/// The inventory is there before anybody can ask; what may be missing is the broker.
pub(super) async fn ready(control: &Control<'_>, asked: Asked) -> Outcome {
    let mut states = control.instance.notifier.state();
    let mut patience = std::pin::pin!(patience(asked.wait()?));
    loop {
        let state = states.borrow_and_update().clone();
        let Some(missing) = missing(control, &state).await? else { return Ok(control.answer(&Health { status: "ok" })) };
        let late = Problem::new(503, "Not yet", "The cloud can be used, but not all of it; found says what is missing.");
        let late = Problem { found: vec![missing], ..late };
        tokio::select! {
            () = &mut patience => return Err(late),
            () = control.instance.edge.closed() => return Err(late),
            changed = states.changed() => if changed.is_err() { return Err(late) },
        }
    }
}

async fn missing(control: &Control<'_>, state: &BrokerState) -> Result<Option<String>, Problem> {
    let settings: AmqpSettings = control.cloud().read().setting().await?;
    if settings.host.is_empty() || state.connected {
        return Ok(None);
    }
    let reason = state.error.as_ref().map_or_else(String::new, |error| format!(": {error}"));
    Ok(Some(format!("The broker at {}:{} does not answer yet{reason}", settings.host, settings.port)))
}

/// A space that has a listener of its own is found there, others by their host.
pub(super) async fn whereabouts(control: &Control<'_>, _: Asked) -> Outcome {
    let mut origins = control.facts.origins.get().cloned().unwrap_or_default();
    let space = control.instance.space();
    if let Some(name) = space {
        let listener = control.spaces.get(name)?.listens_at().map(str::to_owned);
        origins = match listener {
            Some(http) => Origins { http: Some(http), https: None },
            None => {
                Origins { http: origins.http.map(|origin| hosted(name, &origin)), https: origins.https.map(|origin| hosted(name, &origin)) }
            }
        };
    }
    let Origins { http, https } = origins;
    Ok(control.answer(&Whereabouts {
        http,
        https,
        space: space.map(str::to_owned),
        user: "administrator",
        org: "System",
        password: "password",
    }))
}

/// The origin at which a space is found by its host.
fn hosted(space: &str, origin: &str) -> String {
    let port = origin.rsplit_once(':').map_or("", |(_, port)| port);
    let scheme = origin.split_once("://").map_or("http", |(scheme, _)| scheme);
    format!("{scheme}://{space}.localhost:{port}")
}

pub(super) async fn version(control: &Control<'_>, _: Asked) -> Outcome {
    Ok(control.answer(&Version { version: env!("CARGO_PKG_VERSION") }))
}

pub(super) async fn authority(control: &Control<'_>, _: Asked) -> Outcome {
    match &control.facts.authority {
        Some(pem) => Ok(Response::new(200).body("application/x-pem-file", pem.clone()).into()),
        None => Err(Problem::missing("The server uses a certificate of its user's own, or no TLS.")),
    }
}

pub(super) async fn messages(control: &Control<'_>, asked: Asked) -> Outcome {
    let value = |name: &str| asked.query(name).map(str::to_owned);
    let filter = Filter { routing_key: value("routingKey"), exchange: value("exchange") };
    let since = asked.query("since").map_or(Ok(0), str::parse::<i64>);
    let since = since.map_err(|_not_one| Problem::bad("since is the number of an event."))?;
    let since = Some(since).filter(|since| *since <= control.cloud().store().last_event()).unwrap_or_default();
    let found = control.instance.notifier.journal(asked.limit()?, &filter).await?;
    Ok(control.list(found.into_iter().filter(|entry| entry.event > since).collect()))
}

pub(super) async fn coverage(control: &Control<'_>, _: Asked) -> Outcome {
    let app = &control.instance.app;
    let router = app.router();
    let served: Vec<_> = router
        .routes()
        .map(|route| json!({ "method": route.method.name(), "path": route.path, "since": route.since.to_string(), "answered": app.answered(route) }))
        .collect();
    let missing: Vec<_> = router.missing().iter().map(|(prefix, what)| json!({ "below": prefix, "what": what })).collect();
    Ok(control.answer(&json!({ "served": served, "notServed": missing, "askedInVain": app.unserved() })))
}
