//! One request's way: version, session, route, handler, answer. Invariant: every request gets exactly one answer, whatever happens inside.

use crate::base::BaseUrl;
use crate::cx::Cx;
use crate::error;
use crate::message::{Request, Response};
use crate::negotiate::{Wanted, fallback, negotiate, of_legacy};
use crate::passage::{Door, Open, Passage, Refusal};
use crate::router::{Guard, Route, Router};
use futures::FutureExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::Instrument;
use uuid::Uuid;
use vcdsim_model::action::Method;
use vcdsim_model::caller::Caller;
use vcdsim_model::clock::{IdGen, http_date};
use vcdsim_model::{Fault, FaultCode};
use vcdsim_platform::session::Token;
use vcdsim_platform::{Cloud, on_behalf_of};

/// The one document of the legacy API that needs no version, and has none to be refused for.
const VERSIONS: &str = "/api/versions";

/// How the API is served.
#[derive(Debug, Clone)]
pub struct Options {
    /// Limits of request bodies.
    pub limits: vcdsim_wire::Limits,
    /// Whether forwarded headers say where the client is.
    pub trust_proxy: bool,
    /// Where request ids come from: a source of its own, so that requests do not move the ids of objects.
    pub request_ids: Arc<dyn IdGen>,
}

/// The API of one cloud; clones share it.
#[derive(Debug, Clone)]
pub struct App {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    cloud: Cloud,
    router: Arc<Router>,
    options: Options,
    /// How many requests of each route were answered with what they asked for.
    answered: Box<[AtomicU64]>,
    unserved: AtomicU64,
}

impl App {
    /// The API of `cloud`.
    #[must_use]
    pub fn new(cloud: Cloud, router: Arc<Router>, options: Options) -> Self {
        let answered = router.routes().map(|_| AtomicU64::new(0)).collect();
        Self { inner: Arc::new(Inner { cloud, router, options, answered, unserved: AtomicU64::new(0) }) }
    }

    /// The same API with another table of routes.
    #[must_use]
    pub fn with_router(&self, router: Router) -> Self {
        Self::new(self.inner.cloud.clone(), Arc::new(router), self.inner.options.clone())
    }

    /// The cloud that is served.
    #[must_use]
    pub fn cloud(&self) -> &Cloud {
        &self.inner.cloud
    }

    /// The table of routes.
    #[must_use]
    pub fn router(&self) -> &Arc<Router> {
        &self.inner.router
    }

    /// How many requests of a route of its table were answered with what they asked for.
    #[must_use]
    pub fn answered(&self, route: &Route) -> u64 {
        self.inner.answered.get(route.number).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// How long a request body may be, in bytes.
    #[must_use]
    pub fn body_limit(&self) -> usize {
        self.inner.options.limits.max_bytes
    }

    /// How many requests asked for something that is not served yet.
    #[must_use]
    pub fn unserved(&self) -> u64 {
        self.inner.unserved.load(Ordering::Relaxed)
    }

    /// A fresh id for a request.
    #[must_use]
    pub fn request_id(&self) -> Uuid {
        self.inner.options.request_ids.id()
    }

    /// Answers a request.
    pub async fn handle(&self, request: Request) -> Response {
        self.pass(request, &Open).await.0
    }

    /// Answers a request if the door lets it in, and tells what was found out about it.
    pub async fn pass(&self, request: Request, door: &dyn Door) -> (Response, Passage) {
        let passage = Passage { id: self.request_id(), method: request.method, path: request.path.clone(), ..Passage::default() };
        // Whatever is logged on the way is logged under its id, warnings of others included.
        let span = tracing::error_span!("request", id = %passage.id);
        // Large, and moved about by whoever waits for it.
        Box::pin(self.passing(request, door, passage)).instrument(span).await
    }

    async fn passing(&self, request: Request, door: &dyn Door, mut passage: Passage) -> (Response, Passage) {
        let openapi = request.path.starts_with("/cloudapi");
        let wanted = negotiate(request.headers_named("accept")).and_then(|wanted| match request.path.starts_with("/api/") {
            true if request.path.trim_end_matches('/') != VERSIONS => of_legacy(wanted),
            _ => Ok(wanted),
        });
        let form = wanted.clone().unwrap_or_else(|_| fallback(request.headers_named("accept")));
        let answer = match wanted {
            Ok(wanted) => unwind(on_behalf_of(passage.id, self.answer(request, wanted, door, &mut passage))).await,
            Err(fault) => Err(fault.into()),
        };
        let response = answer.unwrap_or_else(|why| {
            passage.failure = Some((why.minor().to_owned(), why.message().to_owned()));
            self.refused(&why, &passage, &form, openapi)
        });
        (self.send(passage.method, &passage.path, passage.id, response), passage)
    }

    /// What every answer has in common.
    fn send(&self, method: Option<Method>, path: &str, id: Uuid, response: Response) -> Response {
        tracing::info!(method = method.map_or("?", Method::name), %path, status = response.status);
        // The transport would tell the machine's time.
        let date = http_date(self.cloud().store().now());
        response.with("x-vmware-vcloud-request-id", id.to_string()).with("date", date)
    }

    fn refused(&self, why: &Refusal, passage: &Passage, form: &Wanted, openapi: bool) -> Response {
        let code = match why {
            Refusal::Fault(fault) => Some(fault.code),
            Refusal::Made { .. } => None,
        };
        if code == Some(FaultCode::NotImplemented) {
            self.inner.unserved.fetch_add(1, Ordering::Relaxed);
        }
        let response = error::response(why, passage.id, form, openapi);
        match self.inner.router.allowed(&passage.path).filter(|_| code == Some(FaultCode::MethodNotAllowed)) {
            Some(verbs) => response.with("allow", verbs),
            None => response,
        }
    }

    /// Who asks, for what is no document of the API and yet needs a session.
    ///
    /// # Errors
    /// 401 when the request names no living session.
    pub async fn caller(&self, request: &Request) -> Result<Caller, Fault> {
        let token = token(request).ok_or_else(|| Fault::unauthorized("The request has no session. Sign in at /api/sessions."))?;
        self.inner.cloud.authenticate(token).await
    }

    /// Whether a request names a session at all.
    #[must_use]
    pub fn names_session(&self, request: &Request) -> bool {
        token(request).is_some()
    }

    /// The caller behind the text of a token, of either kind.
    ///
    /// # Errors
    /// 401 when it names no living session.
    pub async fn caller_by(&self, token: &str) -> Result<Caller, Fault> {
        self.inner.cloud.authenticate(told_apart(token)).await
    }

    /// The answer to a request that is refused before it comes to a route.
    #[must_use]
    pub fn refuse(&self, request: &Request, fault: &Fault) -> Response {
        let id = self.inner.options.request_ids.id();
        let response = error::response(&fault.clone().into(), id, &fallback(request.headers_named("accept")), false);
        self.send(request.method, &request.path, id, response)
    }

    async fn answer(&self, request: Request, wanted: Wanted, door: &dyn Door, passage: &mut Passage) -> Result<Response, Refusal> {
        let Inner { cloud, router, options, .. } = &*self.inner;
        bounded(&request, options.limits.max_bytes)?;
        plain(&request)?;
        let base = BaseUrl::of(&request, options.trust_proxy)?;
        let found = match router.find(request.method, &request.path) {
            Ok(found) if found.route.since <= wanted.version => found,
            Ok(found) => {
                let message = format!("{:?} came with API version {}.", found.route, found.route.since);
                return Err(Fault::new(FaultCode::NotFound, message).into());
            }
            Err(fault) => return Ok(self.unrouted(&request, fault).await?),
        };
        (passage.route, passage.operations, passage.object) = (Some(found.route.path.clone()), found.route.operations, found.id());
        let caller = match found.route.guard {
            Guard::Public => None,
            Guard::Session => Some(self.acting(&request).await?),
        };
        passage.caller.clone_from(&caller);
        door.admit(passage).await?;
        // The right alone can be judged before the body is read; access and state are judged where the object is.
        if let (Some(action), Some(caller)) = (found.route.action, &caller)
            && !action.need.met_by(caller)
        {
            return Err(Fault::denied().into());
        }
        if let Some(id) = found.id() {
            cloud.catch_up_about(id).await?;
            if found.route.method == Method::Get {
                cloud.catch_up_inside(id).await?;
            }
        }
        if let Some(caller) = caller.as_ref().filter(|_| found.lists()) {
            cloud.catch_up_own(caller).await?;
        }
        let cx = Cx {
            cloud: cloud.clone(),
            request,
            wanted,
            base,
            params: found.params,
            caller,
            router: router.clone(),
            limits: options.limits,
        };
        let response = found.route.call(cx).await?.into_response();
        if let Some(count) = self.inner.answered.get(found.route.number) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        Ok(response)
    }

    /// What a request gets that no route takes: the verbs of its path where these are asked for, and else why there is nothing.
    async fn unrouted(&self, request: &Request, fault: Fault) -> Result<Response, Fault> {
        let fault = self.unmatched(request, fault).await;
        let asked = request.options && fault.code == FaultCode::MethodNotAllowed;
        match self.inner.router.allowed(&request.path).filter(|_| asked) {
            Some(verbs) => Ok(Response::new(200).with("allow", verbs)),
            None => Err(fault),
        }
    }

    /// Nobody learns what administrators have without a session, nor what the provider has without being the provider.
    async fn unmatched(&self, request: &Request, fault: Fault) -> Fault {
        if !request.path.starts_with("/api/admin") {
            return fault;
        }
        match self.caller(request).await {
            Ok(caller) if request.path.starts_with("/api/admin/extension") && !caller.is_system_admin() => Fault::denied(),
            Ok(_) => fault,
            Err(unauthorized) => unauthorized,
        }
    }

    /// Who asks, and for whom. A session is its user's own whatever it is used for.
    async fn acting(&self, request: &Request) -> Result<Caller, Fault> {
        let caller = self.caller(request).await?;
        let context = crate::context::asked(request)?;
        let session = ["/api/session", "/cloudapi/1.0.0/sessions"].iter().any(|path| request.path.starts_with(path));
        if session { Ok(caller) } else { self.inner.cloud.in_context(caller, &context).await }
    }
}

/// Refuses a body that is too long, or that would be if it came: the transport does not wait for such a body, nor read it to its end.
fn bounded(request: &Request, most: usize) -> Result<(), Fault> {
    if request.upload.is_some() {
        return Ok(());
    }
    let declared = request.header("content-length").and_then(|length| length.trim().parse::<u64>().ok());
    if request.body.len() > most || declared.is_some_and(|length| length > most as u64) {
        return Err(Fault::bad_request(format!("The body is too long: at most {most} bytes are accepted.")));
    }
    Ok(())
}

/// Refuses a body that is compressed: real servers take none (guides 5.1 and 5.5, request headers).
fn plain(request: &Request) -> Result<(), Fault> {
    match request.header("content-encoding").map(str::trim) {
        None | Some("" | "identity") => Ok(()),
        Some(coding) => {
            let shown: String = coding.chars().take(50).collect();
            Err(Fault::new(FaultCode::UnsupportedMediaType, format!("A body may not be compressed; this one is \"{shown}\".")))
        }
    }
}

/// A panic on the way is a defect of ours; it costs this request and nothing else.
async fn unwind(answer: impl Future<Output = Result<Response, Refusal>>) -> Result<Response, Refusal> {
    let caught = std::panic::AssertUnwindSafe(answer).catch_unwind().await;
    caught.unwrap_or_else(|panic| {
        let reason = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        tracing::error!(reason, "a request panicked");
        Err(Fault::internal().into())
    })
}

/// The token of a request: a bearer token, or one of the two headers; clients send either kind in either header.
pub(crate) fn token(request: &Request) -> Option<Token<'_>> {
    let bearer = request.header("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let plain = || request.header("x-vcloud-authorization").or_else(|| request.header("x-vmware-vcloud-access-token"));
    bearer.or_else(plain).map(told_apart)
}

fn told_apart(token: &str) -> Token<'_> {
    if token.contains('.') { Token::Bearer(token) } else { Token::Opaque(token) }
}
