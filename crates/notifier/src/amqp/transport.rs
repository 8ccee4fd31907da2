//! The bytes below AMQP. Invariant: a socket that is called off reads as closed at once, so no thread of a connection outlives its link.

use super::{BrokerError, tls};
use async_rs::traits::{Reactor, RuntimeKit};
use async_rs::util::RuntimeParts;
use async_rs::{Runtime, Tokio};
use futures::io::{AsyncRead, AsyncWrite};
use futures::stream::Stream;
use lapin::uri::AMQPUri;
use lapin::{AsyncTcpStream, Connection, ConnectionProperties};
use rustls::pki_types::ServerName;
use std::future::Future;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use vcdsim_model::family::settings::AmqpSettings;

/// Plain TCP or TLS.
trait Bytes: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}
impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Bytes for T {}

/// An open socket.
pub(super) struct Transport {
    bytes: Compat<Box<dyn Bytes>>,
    aborted: Pin<Box<WaitForCancellationFutureOwned>>,
}

/// Opens the socket, with TLS when the settings say so. It is open until `abort` is cancelled.
pub(super) async fn dial(settings: &AmqpSettings, abort: CancellationToken) -> Result<Transport, BrokerError> {
    let (host, port) = (settings.host.as_str(), settings.port);
    let unreachable = |source| BrokerError::Unreachable { host: host.to_owned(), port, source };
    let tcp = TcpStream::connect((host, port)).await.map_err(unreachable)?;
    tcp.set_nodelay(true).map_err(unreachable)?;
    let bytes: Box<dyn Bytes> = if settings.use_ssl {
        let failed = |source: io::Error| BrokerError::Tls { host: host.to_owned(), port, reason: tls::reason(&source) };
        let config = tls::client(settings).map_err(failed)?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(io::Error::other(error)))?;
        Box::new(TlsConnector::from(config).connect(name, tcp).await.map_err(failed)?)
    } else {
        Box::new(tcp)
    };
    Ok(Transport { bytes: bytes.compat(), aborted: Box::pin(abort.cancelled_owned()) })
}

/// Signs in over an open socket.
pub(super) async fn shake_hands(stream: Transport, uri: AMQPUri, properties: ConnectionProperties) -> lapin::Result<Connection> {
    let runtime = Runtime::new(RuntimeParts::new(Tokio::current(), Dialled(Tokio::current())));
    let stream = Mutex::new(Some(stream));
    let hand_over = async move |_uri: AMQPUri, _runtime: Runtime<Kit>| {
        let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
        stream.map(AsyncTcpStream::Plain).ok_or_else(|| lapin::Error::from(io::Error::from(io::ErrorKind::ConnectionAborted)))
    };
    Connection::connector(uri, runtime, hand_over, properties).await
}

impl AsyncRead for Transport {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        // Asked here only: a connection always waits for its next byte, and the future wakes no more than the last who asked.
        if self.aborted.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.bytes).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.bytes).poll_write(cx, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_close(cx)
    }
}

type Kit = RuntimeParts<Tokio, Dialled>;

/// Tokio's reactor, with our kind of socket. lapin is handed a socket and never asks for one.
#[derive(Debug, Clone)]
struct Dialled(Tokio);

const _: fn() = || {
    fn is_kit<K: RuntimeKit>() {}
    is_kit::<Kit>();
};

impl Reactor for Dialled {
    type TcpStream = Transport;
    type Sleep = <Tokio as Reactor>::Sleep;

    fn register<H: Read + Write + Send + 'static>(&self, _socket: H) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        Err::<Transport, _>(io::ErrorKind::Unsupported.into())
    }

    fn sleep(&self, length: Duration) -> Self::Sleep {
        self.0.sleep(length)
    }

    fn interval(&self, length: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.0.interval(length)
    }

    fn tcp_connect_addr(&self, _address: SocketAddr) -> impl Future<Output = io::Result<Transport>> + Send + 'static {
        std::future::ready(Err(io::ErrorKind::Unsupported.into()))
    }
}
