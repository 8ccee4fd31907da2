//! The listeners. Invariant: nothing is announced before every listener is bound.

use crate::config::Config;
use crate::control::{self, Facts, Origins};
use crate::instance::{Instance, apart};
use crate::spaces::{self, Listener, Spaces};
use crate::{messaging, tls, wire};
use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use vcdsim_http::actix;
use vcdsim_http::message::{Request, Response};
use vcdsim_model::action::Method;

/// How many threads answer requests; the engine, the database and the broker have the runtime's own.
pub const WORKERS: usize = 2;

/// How long a connection may be idle. Clients that poll a task every few seconds keep theirs.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// What every worker shares.
struct Shared {
    spaces: Arc<Spaces>,
    facts: Facts,
    strict: bool,
    /// The space that requests without a header and host of another one are for.
    space: Option<String>,
}

/// Bound listeners.
pub(crate) struct Listening {
    /// Origin of the plain listener.
    pub http: Option<String>,
    /// Origin of the TLS listener.
    pub https: Option<String>,
    /// Stops them.
    pub handle: ServerHandle,
    /// Ends when they have stopped.
    pub server: actix_web::dev::Server,
}

/// Binds what is configured and begins to serve.
///
/// # Errors
/// A sentence that names the address and what is wrong.
pub(crate) fn bind(config: &Config, spaces: Arc<Spaces>) -> Result<Listening, String> {
    let tls = config.https.map(|address| tls::load(config, address.ip())).transpose()?;
    let authority = tls.as_ref().and_then(|tls| tls.authority.clone());
    let (token, through_proxies) = (config.control_token.clone(), config.trust_proxy);
    let facts = Facts { authority, token, through_proxies, ..Facts::default() };
    let origins = Arc::clone(&facts.origins);
    let shared = web::Data::new(Shared { spaces, facts, strict: config.strict, space: None });
    let mut server = HttpServer::new(move || App::new().app_data(shared.clone()).default_service(web::to(serve)))
        .on_connect(wire::keep)
        .workers(WORKERS)
        .tcp_nodelay(true)
        .keep_alive(KEEP_ALIVE)
        .disable_signals()
        .shutdown_timeout(5);
    let wrong = |address: SocketAddr| {
        move |error: std::io::Error| format!("{address} cannot be listened on: {error}. Choose another address or port 0.")
    };
    if let Some(address) = config.http {
        server = server.bind(address).map_err(wrong(address))?;
    }
    if let (Some(address), Some(tls)) = (config.https, tls) {
        server = server.bind_rustls_0_23(address, tls.server).map_err(wrong(address))?;
    }
    let origin = |scheme: &str| {
        server.addrs_with_scheme().into_iter().find(|(_, bound)| *bound == scheme).map(|(address, _)| format!("{scheme}://{address}"))
    };
    let (http, https) = (origin("http"), origin("https"));
    let known = origins.set(Origins { http: http.clone(), https: https.clone() });
    debug_assert!(known.is_ok(), "they are bound once");
    let server = server.run();
    Ok(Listening { http, https, handle: server.handle(), server })
}

#[expect(clippy::disallowed_methods, reason = "a space owns its listener and ends it")]
fn go_on(server: actix_web::dev::Server, runtime: &Handle) {
    runtime.spawn(server);
}

/// Binds a listener of a space's own, at a port of this machine, and begins to serve.
///
/// # Errors
/// A sentence that names the port and what is wrong.
pub(crate) fn bind_space(port: u16, space: &str, spaces: Arc<Spaces>, facts: Facts) -> Result<Listener, String> {
    let runtime = spaces.main().runtime().clone();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let shared = web::Data::new(Shared { spaces, facts, strict: false, space: Some(space.to_owned()) });
    let server = HttpServer::new(move || App::new().app_data(shared.clone()).default_service(web::to(serve))).on_connect(wire::keep);
    let server = server.workers(1).tcp_nodelay(true).keep_alive(KEEP_ALIVE).disable_signals().shutdown_timeout(5).bind(address);
    let server = server.map_err(|error| format!("{address} cannot be listened on: {error}. Choose another port, or 0."))?;
    let origin = server.addrs().first().map(|bound| format!("http://{bound}")).unwrap_or_default();
    let server = server.run();
    let handle = server.handle();
    go_on(server, &runtime);
    Ok(Listener { origin, handle })
}

/// The answer of a call that has panicked.
fn broken() -> Response {
    control::Problem::new(500, "The call has failed", "This is a mistake of vcdsim; its log says where.").into()
}

/// A call of the control interface, of which `sent` says whether its body is whole. One that may change something is done whether or not
/// its client still waits; it has its turn in a run that is recorded.
async fn controlled(shared: web::Data<Shared>, instance: Arc<Instance>, sent: (Request, bool), peer: Option<IpAddr>) -> Response {
    let (request, whole) = sent;
    let admitted = control::admit(&shared.facts, &request, peer);
    if let Err(refusal) = admitted.and_then(|()| control::complete(&request, whole, instance.app.body_limit())) {
        return refusal;
    }
    let (changes, recorder, runtime) = (request.method != Some(Method::Get), instance.recorder().cloned(), instance.runtime().clone());
    let called = Arc::clone(&instance);
    let call = async move |request: Request| control::handle(&shared.spaces, &called, &shared.facts, &request).await;
    match recorder.filter(|_| changes) {
        Some(recorder) => recorder.take(&instance, request, call).await,
        None if changes => apart(&runtime, async move { call(request).await }).await.unwrap_or_else(broken),
        None => call(request).await,
    }
}

/// The answer to who asks for a space that is not there; the names of those that are there are for callers of the control interface alone.
fn nowhere(shared: &Shared, head: &HttpRequest, error: spaces::SpaceError) -> Response {
    let problem = control::Problem::from(error);
    if !head.uri().path().starts_with(control::PREFIX) {
        return control::Problem { nearest: Vec::new(), ..problem }.into();
    }
    let admitted = control::admit(&shared.facts, &actix::bodiless(head), head.peer_addr().map(|peer| peer.ip()));
    admitted.err().unwrap_or_else(|| problem.into())
}

async fn serve(shared: web::Data<Shared>, head: HttpRequest, payload: web::Payload) -> HttpResponse {
    let header = |name: &str| head.headers().get(name).and_then(|value| value.to_str().ok());
    let found = match shared.strict {
        true => Ok(Arc::clone(shared.spaces.main())),
        false => shared.spaces.find(header(spaces::HEADER), header("host"), shared.space.as_deref()),
    };
    let instance = match found {
        Ok(instance) => instance,
        Err(error) => return actix::response(nowhere(&shared, &head, error)),
    };
    let app = &instance.app;
    if !shared.strict && head.uri().path().starts_with(control::PREFIX) {
        let sent = actix::read(&head, payload, app.body_limit()).await;
        let peer = head.peer_addr().map(|peer| peer.ip());
        return actix::response(controlled(shared, instance, sent, peer).await);
    }
    if head.uri().path() == messaging::PATH {
        return messaging::open(&instance, &head, payload).await;
    }
    let (answer, packing) = actix::hand_over(&head, payload, app.body_limit(), |request| instance.serve(request)).await;
    wire::answer(&instance.edge, &head, answer, packing)
}

#[cfg(test)]
mod tests;
