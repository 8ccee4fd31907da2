//! The control interface, `/_mock/v1`. Invariant: it answers only callers that came on purpose, from this machine or with its token: peer, Host and
//! Origin are checked before anything is looked up.

mod access;
mod asked;
mod broker;
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
mod watch;

use crate::instance::Instance;
use crate::spaces::Spaces;
use asked::Asked;
pub(crate) use asked::millis;
use call::{Call, Control, calls, fits};
pub(crate) use problem::Problem;
pub(crate) use spaces::PORT_REFUSED;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use vcdsim_http::message::{Request, Response};
use vcdsim_model::action::Method;
use vcdsim_platform::on_behalf_of;

pub(crate) use access::{Came, check};
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
    /// What callers from other machines must show; without one none is let in.
    pub token: Option<String>,
    /// Whether proxies may hand calls on: `--trust-proxy`.
    pub through_proxies: bool,
    /// Whether spaces get the listeners that they are to have.
    pub ports: Ports,
    /// Where the process listens, once it does.
    pub origins: Arc<OnceLock<Origins>>,
}

/// What becomes of a port that a space is to listen at.
#[derive(Debug, Clone, Default)]
pub enum Ports {
    /// It is bound, if it can be.
    #[default]
    Bound,
    /// Nothing: the run is played. When it was recorded the port was bound, or this is why it could not be.
    Played(Result<(), String>),
}

/// The origins of the listeners of a process.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    /// That of the plain one.
    pub http: Option<String>,
    /// That of the one with TLS.
    pub https: Option<String>,
}

/// Whether `peer` may call; else the answer.
///
/// # Errors
/// The answer to who may not.
pub fn admit(facts: &Facts, request: &Request, peer: Option<IpAddr>) -> Result<(), Response> {
    let came = Came { peer, through_proxies: facts.through_proxies };
    check(request, came, facts.token.as_deref()).map_err(|reason| Problem::new(403, "Not from here", reason).into())
}

/// Whether a call's body is all of what was to come, and that is at most so many bytes; else the answer.
///
/// # Errors
/// The answer to a body that is longer, or not `whole`.
pub(crate) fn complete(request: &Request, whole: bool, most: usize) -> Result<(), Response> {
    asked::complete(request, whole, most).map_err(Response::from)
}

/// Answers a call of somebody who may.
pub async fn handle(spaces: &Arc<Spaces>, instance: &Arc<Instance>, facts: &Facts, request: &Request) -> Response {
    let (control, edge) = (Control { spaces, instance, facts }, &instance.edge);
    if request.method == Some(Method::Get) {
        return call(&control, request).await.unwrap_or_else(Response::from);
    }
    let (id, noted) = (instance.app.request_id(), edge.note());
    let answer = on_behalf_of(id, call(&control, request)).await.unwrap_or_else(Response::from);
    edge.called(noted.ended(id, request, answer.status));
    answer
}

async fn call(control: &Control<'_>, request: &Request) -> Result<Response, Problem> {
    let path = request.path.strip_prefix("/_mock/v1/").unwrap_or_default().trim_end_matches('/');
    let here: Vec<(&'static Call, Vec<String>)> = calls().filter_map(|call| Some((call, fits(call.path, path)?))).collect();
    if here.is_empty() {
        let problem = Problem::missing(format!("There is no call \"{path}\" under /_mock/v1/; openapi.json there describes all."));
        return Err(problem.near(path, calls().map(|call| call.path)));
    }
    let verbs: Vec<_> = here.iter().map(|(call, _)| call.method.name()).collect();
    let Some((call, words)) = here.into_iter().find(|(call, _)| Some(call.method) == request.method) else {
        return Err(Problem::new(405, "Not this verb", format!("\"{path}\" takes {}.", verbs.join(" and "))));
    };
    let known: Vec<_> = call.parameters().map(|(name, _)| name).collect();
    let asked = Asked::new(request, words, &known)?;
    match call.answer.told_by() {
        Some(fields) if watch::wanted(request) => watch::answer(control, call, fields, asked).await,
        Some(_) if call.answer.waits() => wait::answer(control, call, asked).await,
        _ => Ok(control.told((call.run)(control, asked).await?, control.revision())),
    }
}
