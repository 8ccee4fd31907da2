//! MQTT over WebSockets at `/messaging/mqtt`. Invariant: no socket is opened for somebody who has no session, and none outlives the session,
//! the rights that it had, or the server.
//!
//! This only carries bytes: who may have what, and what is said, is the notifier's.

pub(crate) mod frames;

use crate::instance::Instance;
use actix_web::http::Method;
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
use vcdsim_notifier::{End, Listener, Posting, Reach, Session, Subscription};
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
            tracing::info!(user = caller.user_name, org = caller.org_name, "somebody listens over MQTT");
            let listener = listener(&caller);
            let guest = Guest { cloud: app.cloud().clone(), session: caller.session, listener };
            let (session, messages) = (Session::new(listener), instance.notifier.subscribe(listener));
            let line = Line { socket, out: Vec::new(), session, messages, guest };
            start(line.converse(incoming, instance.closing.clone()), caller.user_name);
            response
        }
        Err(fault) => {
            let wrong_verb = fault.code == FaultCode::MethodNotAllowed;
            let refusal = app.refuse(&request, &fault);
            actix::response(if wrong_verb { refusal.with("allow", "GET") } else { refusal })
        }
    }
}

/// Who wants to listen.
async fn admit(app: &App, request: &Request, head: &HttpRequest) -> Result<Caller, Fault> {
    if head.method() != Method::GET {
        return Err(Fault::new(FaultCode::MethodNotAllowed, "Listeners connect by GET."));
    }
    let caller = app.caller(request).await?;
    let mut offered = request.headers_named("sec-websocket-protocol").flat_map(|header| header.split(','));
    if offered.any(|protocol| protocol.trim() == PROTOCOL) {
        return Ok(caller);
    }
    Err(Fault::bad_request(format!("Only MQTT is spoken here: the request needs a header Sec-WebSocket-Protocol: {PROTOCOL}.")))
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
fn start(conversation: impl Future<Output = End> + 'static, user: String) {
    actix_web::rt::spawn(async move {
        match conversation.await {
            End::Violation(what) | End::Refused(what) => tracing::info!(user, what, "a connection over MQTT was closed"),
            End::Left => tracing::debug!(user, "a connection over MQTT ended"),
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

/// One client.
struct Line {
    socket: actix_ws::Session,
    /// What is to be sent.
    out: Vec<u8>,
    session: Session,
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
            Err(end) = self.carry(&mut incoming) => (end, match end {
                End::Left => CloseCode::Normal,
                End::Refused(_) => CloseCode::Policy,
                End::Violation(_) => CloseCode::Protocol,
            }),
        };
        // Whoever is gone does not hear it.
        let _ = self.socket.close(Some(CloseReason::from(code))).now_or_never();
        end
    }

    async fn carry(&mut self, incoming: &mut AggregatedMessageStream) -> Result<Infallible, End> {
        let mut commits = self.guest.cloud.store().revisions();
        self.guest.look().await?;
        let mut silent = pin!(silence(self.session.patience()));
        loop {
            let step = tokio::select! {
                () = &mut silent => return Err(End::Refused("silent for too long")),
                step = self.step(incoming, &mut commits) => step?,
            };
            if matches!(step, Step::Heard) {
                silent.set(silence(self.session.patience()));
            }
        }
    }

    async fn step(&mut self, incoming: &mut AggregatedMessageStream, commits: &mut watch::Receiver<u64>) -> Result<Step, End> {
        tokio::select! {
            heard = incoming.recv() => {
                let heard = self.hear(heard).await;
                self.send().await?;
                heard.map(|()| Step::Heard)
            }
            Ok(()) = commits.changed() => self.guest.look().await.map(|()| Step::Told),
            Some(posting) = self.messages.next(), if self.session.is_ready() => {
                let batch = self.batch(posting);
                // After they were committed: so none is told of which the session did not live to see.
                self.guest.look().await?;
                batch.iter().for_each(|posting| self.session.publish(posting, &mut self.out));
                self.send().await.map(|()| Step::Told)
            }
        }
    }

    async fn hear(&mut self, heard: Option<Result<AggregatedMessage, actix_ws::ProtocolError>>) -> Result<(), End> {
        match heard {
            Some(Ok(AggregatedMessage::Binary(bytes))) => {
                self.guest.spoke().await?;
                self.session.receive(&bytes, &mut self.out)
            }
            Some(Ok(AggregatedMessage::Text(_))) => Err(End::Violation("text, where MQTT is binary")),
            Some(Ok(AggregatedMessage::Ping(bytes))) => self.socket.pong(&bytes).await.or(Err(End::Left)),
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            Some(Ok(AggregatedMessage::Close(_))) | None => Err(End::Left),
            Some(Err(_)) => Err(End::Violation("a frame that is broken or too long")),
        }
    }

    /// What waits goes with the first, so that a burst is few pieces.
    fn batch(&mut self, first: Arc<Posting>) -> Vec<Arc<Posting>> {
        let more = std::iter::from_fn(|| self.messages.next().now_or_never().flatten());
        std::iter::once(first).chain(more).take(BATCH).collect()
    }

    async fn send(&mut self) -> Result<(), End> {
        let out = std::mem::take(&mut self.out);
        if out.is_empty() { Ok(()) } else { self.socket.binary(out).await.or(Err(End::Left)) }
    }
}

#[cfg(test)]
mod tests;
