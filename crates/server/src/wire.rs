//! Answers as they go out, whole or spoilt. Invariant: an answer that nobody ordered to be spoilt goes out whole.

use crate::edge::{Edge, Served, Spoilt};
use actix_web::body::SizedStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use std::any::Any;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;
use uuid::Uuid;
use vcdsim_http::actix::{self, Packing};
use vcdsim_http::message::{Download, Response};

/// The socket of a connection, beside what the transport has of it.
struct Socket(OwnedFd);

type Pieces = BoxStream<'static, io::Result<Bytes>>;

/// Keeps the socket of a new connection at hand.
pub(crate) fn keep(connection: &dyn Any, data: &mut Extensions) {
    let secure = || connection.downcast_ref::<actix_tls::accept::rustls_0_23::TlsStream<TcpStream>>().map(|stream| stream.get_ref().0);
    let socket = connection.downcast_ref::<TcpStream>().or_else(secure);
    if let Some(Ok(socket)) = socket.map(|socket| socket.as_fd().try_clone_to_owned()) {
        data.insert(Socket(socket));
    }
}

/// The transport's form of an answer.
pub(crate) fn answer(edge: &Edge, head: &HttpRequest, served: Served, packing: Packing) -> HttpResponse {
    let Served { response, spoilt } = served;
    let Some(spoilt) = spoilt else { return actix::response(packing.pack(response)) };
    let length = response.length();
    let pieces = match spoilt {
        Spoilt::Dribble(_) if length == 0 => return actix::response(response),
        Spoilt::Dribble(pieces) => bit_by_bit(edge.clone(), Body::of(&response), pieces),
        Spoilt::Truncated => Body::of(&response).first(length / 2).chain(stream::once(after_what_was_sent())).boxed(),
        Spoilt::Empty => broken(),
        Spoilt::Reset => {
            // What closes such a socket resets its connection.
            on_socket(head, |socket| socket.set_linger(Some(Duration::ZERO)));
            broken()
        }
        Spoilt::Garbage(bytes) => {
            on_socket(head, |socket| socket.send(&bytes).map(drop));
            broken()
        }
    };
    let bare = actix::response(Response { body: Bytes::new(), download: None, events: None, ..response });
    // A body of no length would not be asked for.
    bare.set_body(SizedStream::new(length.max(1), pieces)).map_into_boxed_body()
}

/// The transport closes the connection over this. What it has not sent by then it does not send.
fn cut() -> io::Result<Bytes> {
    Err(io::Error::other("the answer is spoilt, as it was ordered"))
}

fn broken() -> Pieces {
    stream::once(async { cut() }).boxed()
}

async fn after_what_was_sent() -> io::Result<Bytes> {
    tokio::task::yield_now().await;
    cut()
}

fn on_socket(head: &HttpRequest, act: impl FnOnce(socket2::SockRef<'_>) -> io::Result<()>) {
    let done = head.conn_data::<Socket>().map(|socket| act(socket2::SockRef::from(&socket.0)));
    if let None | Some(Err(_)) = done {
        tracing::warn!(?done, "an answer could not be spoilt as it was ordered: its connection is closed");
    }
}

/// A body that is taken in pieces, wherever its bytes are.
struct Body {
    /// What comes after `begun`.
    chunks: Pieces,
    begun: Bytes,
}

impl Body {
    fn of(response: &Response) -> Self {
        let next = |download: Download| async move {
            let chunk = download.next().await.map_err(io::Error::other)?;
            Ok(chunk.map(|chunk| (chunk, download)))
        };
        let chunks =
            response.download.clone().map_or_else(|| stream::empty().boxed(), |download| stream::try_unfold(download, next).boxed());
        Self { chunks, begun: response.body.clone() }
    }

    /// The next bytes, at most so many; none at the end.
    async fn next(&mut self, most: u64) -> io::Result<Option<Bytes>> {
        while self.begun.is_empty() {
            let Some(chunk) = self.chunks.next().await else { return Ok(None) };
            self.begun = chunk?;
        }
        let size = usize::try_from(most).unwrap_or(usize::MAX).min(self.begun.len());
        Ok(Some(self.begun.split_to(size)))
    }

    /// The first bytes, so many.
    fn first(self, length: u64) -> Pieces {
        let next = |(mut body, left): (Self, u64)| async move {
            let piece = if left == 0 { None } else { body.next(left).await? };
            Ok(piece.map(|piece| {
                let left = left - piece.len() as u64;
                (piece, (body, left))
            }))
        };
        stream::try_unfold((self, length), next).boxed()
    }
}

/// A body whose pieces have so many bytes, each from when the delay of its ticket is over.
fn bit_by_bit(edge: Edge, body: Body, pieces: Vec<(Uuid, u64)>) -> Pieces {
    let next = |(edge, mut body, mut pieces, mut left): (Edge, Body, std::vec::IntoIter<(Uuid, u64)>, u64)| async move {
        if left == 0 {
            let Some((ticket, size)) = pieces.next() else { return Ok(None) };
            edge.delayed(ticket).await;
            left = size;
        }
        let piece = body.next(left).await?;
        Ok(piece.map(|piece| {
            let left = left - piece.len() as u64;
            (piece, (edge, body, pieces, left))
        }))
    };
    stream::try_unfold((edge, body, pieces.into_iter(), 0), next).boxed()
}

#[cfg(test)]
mod tests;
