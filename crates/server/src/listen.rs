//! The listeners. Invariant: nothing is announced before every listener is bound.

use crate::config::Config;
use crate::control::{self, Facts};
use crate::instance::Instance;
use crate::{tls, wire};
use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use vcdsim_http::actix;

/// How many threads answer requests; the engine, the database and the broker have the runtime's own.
pub const WORKERS: usize = 2;

/// How long a connection may be idle. Clients that poll a task every few seconds keep theirs.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// What every worker shares.
struct Shared {
    instance: Arc<Instance>,
    facts: Facts,
    strict: bool,
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
pub(crate) fn bind(config: &Config, instance: Arc<Instance>) -> Result<Listening, String> {
    let tls = config.https.map(|address| tls::load(config, address.ip())).transpose()?;
    let facts = Facts { authority: tls.as_ref().and_then(|tls| tls.authority.clone()), token: config.control_token.clone() };
    let shared = web::Data::new(Shared { instance, facts, strict: config.strict });
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
    let server = server.run();
    Ok(Listening { http, https, handle: server.handle(), server })
}

async fn serve(shared: web::Data<Shared>, head: HttpRequest, payload: web::Payload) -> HttpResponse {
    let app = &shared.instance.app;
    if !shared.strict && head.uri().path().starts_with(control::PREFIX) {
        let request = actix::request(&head, payload, app.body_limit()).await;
        let peer = head.peer_addr().map(|peer| peer.ip());
        return actix::response(control::handle(&shared.instance, &shared.facts, &request, peer).await);
    }
    let (answer, packing) = actix::hand_over(&head, payload, app.body_limit(), |request| shared.instance.edge.serve(request)).await;
    wire::answer(&shared.instance.edge, &head, answer, packing)
}
