//! MQTT over WebSockets at `/messaging/mqtt`. Invariant: nobody is told anything who has no session, and no socket outlives the session, the
//! rights that it had, or the server.
//!
//! This only carries bytes: who may have what, and what is said, is the notifier's.

pub(crate) mod frames;

use crate::instance::Instance;
use actix_web::http::Method;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason};
use futures::FutureExt;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vcdsim_http::message::Request;
use vcdsim_http::{App, actix};
use vcdsim_model::caller::Caller;
use vcdsim_model::right::Right;
use vcdsim_model::{Fault, FaultCode};
use vcdsim_notifier::{Claim, End, Listener, Posting, Reach, Session, Subscription};
use vcdsim_platform::Cloud;

/// Where it is.
pub(crate) const PATH: &str = "/messaging/mqtt";
/// What is spoken there.
const PROTOCOL: &str = "mqtt";
/// The longest message of a client, in bytes, of however many frames.
const LONGEST: usize = frames::LONGEST as usize;
/// How many messages are put into one piece for the transport.
const BATCH: usize = 64;

/// Opens a socket, or says in a document why not.
pub(crate) async fn open(instance: &Arc<Instance>, head: &HttpRequest, payload: web::Payload) -> HttpResponse {
    let (app, request) = (&instance.app, actix::bodiless(head));
    match admit(app, &request, head).await.and_then(|caller| Ok((caller, upgrade(head, payload)?))) {
        Ok((caller, (response, socket, incoming))) => {
            let known = caller.map(|caller| Known::new(instance, caller));
            let session = Session::new(known.as_ref().map(|known| known.guest.listener));
            let door = Door { instance: Arc::clone(instance), wire: Wire { socket, session, out: Vec::new() } };
            start(door.converse(known, incoming));
            response
        }
        Err(fault) => {
            let wrong_verb = fault.code == FaultCode::MethodNotAllowed;
            let refusal = app.refuse(&request, &fault);
            actix::response(if wrong_verb { refusal.with("allow", "GET") } else { refusal })
        }
    }
}

/// Who wants to listen. Whoever asks for a socket and names no session may say it there.
async fn admit(app: &App, request: &Request, head: &HttpRequest) -> Result<Option<Caller>, Fault> {
    if head.method() != Method::GET {
        return Err(Fault::new(FaultCode::MethodNotAllowed, "Listeners connect by GET."));
    }
    let later = !app.names_session(request) && request.headers_named("upgrade").any(|header| header.eq_ignore_ascii_case("websocket"));
    let caller = if later { None } else { Some(app.caller(request).await?) };
    let mut offered = request.headers_named("sec-websocket-protocol").flat_map(|header| header.split(','));
    if offered.any(|protocol| protocol.trim() == PROTOCOL) {
        return Ok(caller);
    }
    Err(Fault::bad_request(format!("Only MQTT is spoken here: the request needs a header Sec-WebSocket-Protocol: {PROTOCOL}.")))
}

/// Whether the name beside a token is the one of its session; a client may leave it out.
fn is_named(caller: &Caller, user: &str) -> bool {
    user.is_empty() || user.eq_ignore_ascii_case(&format!("{}@{}", caller.user_name, caller.org_name))
}

fn listener(caller: &Caller) -> Listener {
    let reach = if caller.is_system_admin() {
        Reach::Everything
    } else if caller.has(Right::ADMIN_VIEW) {
        Reach::Organization
    } else {
        Reach::Own
    };
    Listener { org: caller.org, user: caller.user, reach }
}

fn upgrade(head: &HttpRequest, payload: web::Payload) -> Result<(HttpResponse, actix_ws::Session, AggregatedMessageStream), Fault> {
    let payload = frames::measured(head, payload).ok_or_else(Fault::internal)?;
    let (response, socket, incoming) = actix_ws::handle_with_protocols(head, payload, &[PROTOCOL])
        .map_err(|error| Fault::bad_request(format!("This is for WebSockets: {error}.")))?;
    Ok((response, socket, incoming.max_frame_size(LONGEST).aggregate_continuations().max_continuation_size(LONGEST)))
}

/// A conversation goes on after the request is answered, until it ends or the server does.
#[expect(clippy::disallowed_methods, reason = "a conversation outlives its request, and ends with the cloud")]
fn start(conversation: impl Future<Output = (End, String)> + 'static) {
    actix_web::rt::spawn(async move {
        match conversation.await {
            (End::Violation(what) | End::Refused(what), user) => tracing::info!(user, what, "a connection over MQTT was closed"),
            (End::Left, user) => tracing::debug!(user, "a connection over MQTT ended"),
        }
    });
}

/// Ends when somebody has been silent for so long.
#[expect(clippy::disallowed_methods, reason = "a client keeps its connection alive in real time, whatever the cloud's clock does")]
async fn silence(patience: Option<Duration>) {
    match patience {
        Some(patience) => tokio::time::sleep(patience).await,
        None => std::future::pending().await,
    }
}

/// Who listens, as long as the session lives and the rights are those of the beginning.
struct Guest {
    cloud: Cloud,
    session: Uuid,
    listener: Listener,
}

impl Guest {
    /// Ends the conversation when it must not go on. To listen is no use of a session.
    async fn look(&self) -> Result<(), End> {
        self.judge(self.cloud.look_at_session(self.session).await)
    }

    /// The same when the client has said something, which is.
    async fn spoke(&self) -> Result<(), End> {
        self.judge(self.cloud.use_session(self.session).await)
    }

    fn judge(&self, caller: Result<Caller, Fault>) -> Result<(), End> {
        match caller {
            Ok(caller) if listener(&caller) == self.listener => Ok(()),
            Ok(_) => Err(End::Refused("the user has other rights now")),
            Err(fault) if fault.code == FaultCode::Unauthorized => Err(End::Refused("the session has ended")),
            Err(_) => Err(End::Refused("the session cannot be read")),
        }
    }
}

/// Somebody who is known, and what there is for him from now on.
struct Known {
    user: String,
    guest: Guest,
    messages: Subscription,
}

impl Known {
    fn new(instance: &Instance, caller: Caller) -> Self {
        tracing::info!(user = caller.user_name, org = caller.org_name, "somebody listens over MQTT");
        let listener = listener(&caller);
        let guest = Guest { cloud: instance.app.cloud().clone(), session: caller.session, listener };
        Self { user: caller.user_name, guest, messages: instance.notifier.subscribe(listener) }
    }
}

/// A socket and what is spoken over it.
struct Wire {
    socket: actix_ws::Session,
    session: Session,
    /// What is to be sent.
    out: Vec<u8>,
}

impl Wire {
    /// What a client says; `None` for what is the transport's own.
    async fn bytes(&mut self, heard: Option<Result<AggregatedMessage, actix_ws::ProtocolError>>) -> Result<Option<Bytes>, End> {
        match heard {
            Some(Ok(AggregatedMessage::Binary(bytes))) => Ok(Some(bytes)),
            Some(Ok(AggregatedMessage::Text(_))) => Err(End::Violation("text, where MQTT is binary")),
            Some(Ok(AggregatedMessage::Ping(bytes))) => self.socket.pong(&bytes).await.map(|()| None).or(Err(End::Left)),
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(None),
            Some(Ok(AggregatedMessage::Close(_))) | None => Err(End::Left),
            Some(Err(_)) => Err(End::Violation("a frame that is broken or too long")),
        }
    }

    async fn send(&mut self) -> Result<(), End> {
        let out = std::mem::take(&mut self.out);
        if out.is_empty() { Ok(()) } else { self.socket.binary(out).await.or(Err(End::Left)) }
    }

    /// Whoever is gone does not hear it.
    fn close(self, code: CloseCode) {
        let _ = self.socket.close(Some(CloseReason::from(code))).now_or_never();
    }
}

/// Why a conversation is over, as WebSockets say it.
fn code(end: End) -> CloseCode {
    match end {
        End::Left => CloseCode::Normal,
        End::Refused(_) => CloseCode::Policy,
        End::Violation(_) => CloseCode::Protocol,
    }
}

/// One client, who may have to say who he is.
struct Door {
    instance: Arc<Instance>,
    wire: Wire,
}

impl Door {
    /// Goes on until somebody ends it; answers why, and with whom it was.
    async fn converse(mut self, known: Option<Known>, mut incoming: AggregatedMessageStream) -> (End, String) {
        let stop = self.instance.closing.clone();
        let known = match known {
            Some(known) => Ok(known),
            None => tokio::select! {
                biased;
                () = stop.cancelled() => Err((End::Left, CloseCode::Away)),
                () = silence(self.wire.session.patience()) => Err((End::Refused("silent for too long"), CloseCode::Policy)),
                asked = self.ask(&mut incoming) => asked.map_err(|end| (end, code(end))),
            },
        };
        match known {
            Ok(Known { user, guest, messages }) => {
                let line = Line { wire: self.wire, messages, guest };
                (line.converse(incoming, stop).await, user)
            }
            Err((end, code)) => {
                self.wire.close(code);
                (end, "nobody known".to_owned())
            }
        }
    }

    /// Listens until the client has said who he is.
    async fn ask(&mut self, incoming: &mut AggregatedMessageStream) -> Result<Known, End> {
        loop {
            let heard = incoming.recv().await;
            let Some(bytes) = self.wire.bytes(heard).await? else { continue };
            let heard = self.wire.session.receive(&bytes, &mut self.wire.out);
            let judged = match self.wire.session.claim().cloned() {
                Some(claim) => self.judge(&claim).await.map(Some),
                None => heard.map(|()| None),
            };
            self.wire.send().await?;
            if let Some(known) = judged? {
                return Ok(known);
            }
        }
    }

    async fn judge(&mut self, claim: &Claim) -> Result<Known, End> {
        let Wire { session, out, .. } = &mut self.wire;
        match self.instance.app.caller_by(&claim.token).await {
            Ok(caller) if is_named(&caller, &claim.user) => {
                let known = Known::new(&self.instance, caller);
                session.admit(known.guest.listener, out).map(|()| known)
            }
            _ => Err(session.reject(out)),
        }
    }
}

/// One client who is known.
struct Line {
    wire: Wire,
    messages: Subscription,
    guest: Guest,
}

/// Whether the client was heard.
enum Step {
    Heard,
    Told,
}

impl Line {
    /// Goes on until somebody ends it. A client that takes nothing is not waited for.
    async fn converse(mut self, mut incoming: AggregatedMessageStream, stop: CancellationToken) -> End {
        let dropped = self.messages.dropped();
        let (end, code) = tokio::select! {
            biased;
            () = stop.cancelled() => (End::Left, CloseCode::Away),
            () = dropped.cancelled() => (End::Refused("messages would be missing"), CloseCode::Policy),
            Err(end) = self.carry(&mut incoming) => (end, code(end)),
        };
        self.wire.close(code);
        end
    }

    async fn carry(&mut self, incoming: &mut AggregatedMessageStream) -> Result<Infallible, End> {
        let mut commits = self.guest.cloud.store().revisions();
        self.guest.look().await?;
        let mut silent = pin!(silence(self.wire.session.patience()));
        loop {
            let step = tokio::select! {
                () = &mut silent => return Err(End::Refused("silent for too long")),
                step = self.step(incoming, &mut commits) => step?,
            };
            if matches!(step, Step::Heard) {
                silent.set(silence(self.wire.session.patience()));
            }
        }
    }

    async fn step(&mut self, incoming: &mut AggregatedMessageStream, commits: &mut watch::Receiver<u64>) -> Result<Step, End> {
        tokio::select! {
            heard = incoming.recv() => {
                let heard = self.hear(heard).await;
                self.wire.send().await?;
                heard.map(|()| Step::Heard)
            }
            Ok(()) = commits.changed() => self.guest.look().await.map(|()| Step::Told),
            Some(posting) = self.messages.next(), if self.wire.session.is_ready() => {
                let batch = self.batch(posting);
                // After they were committed: so none is told of which the session did not live to see.
                self.guest.look().await?;
                batch.iter().for_each(|posting| self.wire.session.publish(posting, &mut self.wire.out));
                self.wire.send().await.map(|()| Step::Told)
            }
        }
    }

    async fn hear(&mut self, heard: Option<Result<AggregatedMessage, actix_ws::ProtocolError>>) -> Result<(), End> {
        let Some(bytes) = self.wire.bytes(heard).await? else { return Ok(()) };
        self.guest.spoke().await?;
        self.wire.session.receive(&bytes, &mut self.wire.out)
    }

    /// What waits goes with the first, so that a burst is few pieces.
    fn batch(&mut self, first: Arc<Posting>) -> Vec<Arc<Posting>> {
        let more = std::iter::from_fn(|| self.messages.next().now_or_never().flatten());
        std::iter::once(first).chain(more).take(BATCH).collect()
    }
}

#[cfg(test)]
mod tests;
