//! The control interface, `/_mock/v1`. Invariant: it answers only callers on this machine that came on purpose: peer, Host and Origin are
//! checked before anything is looked up.

use crate::instance::Instance;
use serde_json::{Value, json};
use std::net::IpAddr;
use vcdsim_http::message::{Request, Response};
use vcdsim_model::action::Method;

/// What the path of the interface begins with.
pub const PREFIX: &str = "/_mock/";

/// What the interface shows that the instance does not know.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The certificate authority in PEM.
    pub authority: Option<String>,
}

/// Every call of the interface: verb, path below `/_mock/v1/`, what it does.
pub const CALLS: &[(Method, &str, &str)] = &[
    (Method::Get, "live", "whether the process runs"),
    (Method::Get, "ready", "whether the cloud can be used"),
    (Method::Get, "version", "the version of vcdsim"),
    (Method::Get, "ca.pem", "the certificate authority of the TLS listener"),
    (Method::Get, "messages", "the last messages, newest last: ?routingKey= (AMQP pattern), ?exchange=, ?limit="),
    (Method::Get, "broker", "the state of the connection to the broker"),
    (Method::Get, "coverage", "what is served, what is not, and how often that was asked for"),
];

/// Answers a call from `peer`.
pub async fn handle(instance: &Instance, facts: &Facts, request: &Request, peer: Option<IpAddr>) -> Response {
    if let Err(reason) = check(request, peer) {
        return problem(403, "Not from here", reason);
    }
    let path = request.path.strip_prefix("/_mock/v1/").unwrap_or_default().trim_end_matches('/');
    match (request.method, path) {
        (Some(Method::Get), "live" | "ready") => answer(json!({ "status": "ok" })),
        (Some(Method::Get), "version") => answer(json!({ "version": env!("CARGO_PKG_VERSION") })),
        (Some(Method::Get), "ca.pem") => match &facts.authority {
            Some(pem) => Response::new(200).body("application/x-pem-file", pem.clone()),
            None => problem(404, "No authority", "The server uses a certificate of its user's own, or no TLS."),
        },
        (Some(Method::Get), "messages") => messages(instance, &request.query).await,
        (Some(Method::Get), "broker") => answer(json!(*instance.notifier.state().borrow())),
        (Some(Method::Get), "coverage") => answer(coverage(instance)),
        _ if CALLS.iter().any(|(_, known, _)| *known == path) => problem(405, "Not this verb", "This call is a GET."),
        _ => problem(404, "No such call", &nearest(path)),
    }
}

/// Loopback peers only, addressed as this machine, and not by a page from elsewhere.
pub(crate) fn check(request: &Request, peer: Option<IpAddr>) -> Result<(), &'static str> {
    let local = |authority: &str| {
        let host =
            authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(authority, |(host, _)| host);
        host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    };
    if peer.is_some_and(|peer| !peer.is_loopback()) {
        return Err("The control interface answers callers on this machine only.");
    }
    if !request.header("host").is_some_and(local) {
        return Err("The control interface must be addressed as localhost or by a loopback address.");
    }
    let origin = request.header("origin").map(|origin| origin.split_once("://").is_some_and(|(_, authority)| local(authority)));
    if origin == Some(false) { Err("A page from elsewhere may not call the control interface.") } else { Ok(()) }
}

async fn messages(instance: &Instance, query: &str) -> Response {
    let value = |name: &str| {
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        Some(percent_encoding::percent_decode_str(pair).decode_utf8_lossy().into_owned())
    };
    let limit = value("limit").map_or(Ok(100), |text| text.parse::<usize>());
    let Ok(limit) = limit else { return problem(400, "Bad limit", "limit must be a number.") };
    let filter = vcdsim_notifier::Filter { routing_key: value("routingKey"), exchange: value("exchange") };
    match instance.notifier.journal(limit.min(1_000), &filter).await {
        Ok(items) => answer(json!({ "items": items })),
        Err(fault) => problem(500, "Messages cannot be read", &fault.message),
    }
}

fn coverage(instance: &Instance) -> Value {
    let router = instance.app.router();
    let served: Vec<_> = router
        .routes()
        .map(|route| json!({ "method": route.method.name(), "path": route.path, "since": route.since.to_string(), "answered": route.answered() }))
        .collect();
    let missing: Vec<_> = router.missing().iter().map(|(prefix, what)| json!({ "below": prefix, "what": what })).collect();
    json!({ "served": served, "notServed": missing, "askedInVain": instance.app.unserved() })
}

fn nearest(path: &str) -> String {
    let first = path.split('/').next().unwrap_or_default();
    let close: Vec<_> = CALLS
        .iter()
        .map(|(_, known, _)| *known)
        .filter(|known| !first.is_empty() && (known.starts_with(first.get(..3).unwrap_or(first))))
        .collect();
    let known: Vec<_> = if close.is_empty() { CALLS.iter().map(|(_, known, _)| *known).collect() } else { close };
    format!("There is {} under /_mock/v1/.", known.join(", "))
}

fn answer(value: Value) -> Response {
    Response::new(200).body("application/json", value.to_string())
}

/// An RFC 9457 problem.
fn problem(status: u16, title: &str, detail: &str) -> Response {
    let value = json!({ "type": "about:blank", "title": title, "status": status, "detail": detail });
    Response::new(status).body("application/problem+json", value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        Request {
            method: Some(Method::Get),
            path: "/_mock/v1/live".into(),
            query: String::new(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            scheme: "http",
            body: bytes::Bytes::new(),
            upload: None,
            options: false,
        }
    }

    #[test]
    fn only_this_machine_on_purpose() {
        let loopback = Some(IpAddr::from([127, 0, 0, 1]));
        assert!(check(&request(&[("host", "127.0.0.1:8080")]), loopback).is_ok());
        assert!(check(&request(&[("host", "[::1]:8080"), ("origin", "http://localhost:3000")]), loopback).is_ok());
        assert!(check(&request(&[("host", "rebound.test")]), loopback).is_err());
        assert!(check(&request(&[("host", "localhost"), ("origin", "https://elsewhere.test")]), loopback).is_err());
        assert!(check(&request(&[("host", "localhost")]), Some(IpAddr::from([10, 0, 0, 1]))).is_err());
    }

    #[test]
    fn unknown_calls_name_their_neighbours() {
        assert!(nearest("message").contains("messages"));
        assert!(nearest("é").contains("live"));
    }
}
