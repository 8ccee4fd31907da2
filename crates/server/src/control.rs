//! The control interface, `/_mock/v1`. Invariant: it answers only callers on this machine that came on purpose: peer, Host and Origin are
//! checked before anything is looked up.

mod asked;
mod call;
mod clock;
mod diff;
mod explain;
mod faults;
mod hand;
mod life;
mod make;
mod metrics;
mod named;
mod openapi;
mod plans;
mod problem;
mod refusal;
mod requests;
mod responders;
mod snapshots;
mod spaces;
mod tasks;
mod timeline;
mod wait;

use crate::instance::Instance;
use crate::spaces::Spaces;
use asked::Asked;
pub(crate) use asked::millis;
use call::{Call, Control, Outcome, calls, fits};
pub(crate) use problem::Problem;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use vcdsim_http::message::{Request, Response};
use vcdsim_model::action::Method;
use vcdsim_platform::on_behalf_of;

pub use openapi::document as openapi;

/// What the path of the interface begins with.
pub const PREFIX: &str = "/_mock/";

/// The paths of all calls below `/_mock/v1/`, with variables in braces.
pub fn paths() -> impl Iterator<Item = &'static str> {
    calls().map(|call| call.path)
}

/// Verb and path of all calls.
#[cfg(test)]
pub(crate) fn verbs_and_paths() -> impl Iterator<Item = (Method, &'static str)> {
    calls().map(|call| (call.method, call.path))
}

/// What the interface shows that the instance does not know.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The certificate authority in PEM.
    pub authority: Option<String>,
    /// Where the process listens, once it does.
    pub origins: Arc<OnceLock<Origins>>,
}

/// The origins of the listeners of a process.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    /// That of the plain one.
    pub http: Option<String>,
    /// That of the one with TLS.
    pub https: Option<String>,
}

/// Answers a call from `peer`.
pub async fn handle(spaces: &Arc<Spaces>, instance: &Arc<Instance>, facts: &Facts, request: &Request, peer: Option<IpAddr>) -> Response {
    if let Err(reason) = check(request, peer) {
        return Problem::new(403, "Not from here", reason).into();
    }
    let (control, edge) = (Control { spaces, instance, facts }, &instance.edge);
    if request.method == Some(Method::Get) {
        return call(&control, request).await.unwrap_or_else(Response::from);
    }
    let (id, noted) = (instance.app.request_id(), edge.note());
    let answer = on_behalf_of(id, call(&control, request)).await.unwrap_or_else(Response::from);
    edge.called(noted.ended(id, request, answer.status));
    answer
}

async fn call(control: &Control<'_>, request: &Request) -> Outcome {
    let path = request.path.strip_prefix("/_mock/v1/").unwrap_or_default().trim_end_matches('/');
    let here: Vec<(&Call, Vec<String>)> = calls().filter_map(|call| Some((call, fits(call.path, path)?))).collect();
    if here.is_empty() {
        let problem = Problem::missing(format!("There is no call \"{path}\" under /_mock/v1/; openapi.json there describes all."));
        return Err(problem.near(path, calls().map(|call| call.path)));
    }
    let verbs: Vec<_> = here.iter().map(|(call, _)| call.method.name()).collect();
    let Some((call, words)) = here.into_iter().find(|(call, _)| Some(call.method) == request.method) else {
        return Err(Problem::new(405, "Not this verb", format!("\"{path}\" takes {}.", verbs.join(" and "))));
    };
    let known: Vec<_> = call.query.iter().map(|(name, _)| *name).collect();
    (call.run)(control, Asked::new(request, words, &known)?).await
}

/// Loopback peers only, addressed as this machine, and not by a page from elsewhere.
pub(crate) fn check(request: &Request, peer: Option<IpAddr>) -> Result<(), &'static str> {
    let local = |authority: &str| {
        let host =
            authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(authority, |(host, _)| host);
        host == "localhost"
            || host.ends_with(".localhost")
            || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
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
}
