//! A TCP proxy in front of the broker, which can cut connections and speak TLS. Invariant: what is cut stays cut.

use rcgen::{Certificate, KeyPair};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A running proxy; dropping it cuts all its connections and closes its port.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    _tasks: JoinSet<()>,
}

/// A port on which nobody listens.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Proxy {
    /// Passes everything on.
    pub(crate) async fn start(port: u16, upstream: (String, u16)) -> Self {
        Self::serve(port, move |client, mut connections| {
            let upstream = upstream.clone();
            connections.spawn(async move {
                let (mut client, mut server) = (client, TcpStream::connect(upstream).await.unwrap());
                let _cut = copy_bidirectional(&mut client, &mut server).await;
            });
            connections
        })
        .await
    }

    /// Passes everything on, but cuts the first connections after the broker has said so many bytes on them.
    pub(crate) async fn cutting(upstream: (String, u16), after: Vec<usize>) -> (Self, watch::Receiver<usize>) {
        let (cuts, seen) = watch::channel(0);
        let cuts = Arc::new(cuts);
        let mut after = after.into_iter();
        let proxy = Self::serve(0, move |client, mut connections| {
            let (upstream, cuts, limit) = (upstream.clone(), Arc::clone(&cuts), after.next());
            connections.spawn(async move {
                let (mut client, mut server) = (client, TcpStream::connect(upstream).await.unwrap());
                match limit {
                    None => drop(copy_bidirectional(&mut client, &mut server).await),
                    Some(limit) => {
                        pass(&mut client, &mut server, limit).await;
                        cuts.send_modify(|cuts| *cuts += 1);
                    }
                }
            });
            connections
        })
        .await;
        (proxy, seen)
    }

    /// Speaks TLS with this certificate, and passes everything on in plain.
    pub(crate) async fn tls(upstream: (String, u16), certificate: &Certificate, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::serve(0, move |client, mut connections| {
            let (upstream, acceptor) = (upstream.clone(), acceptor.clone());
            connections.spawn(async move {
                let Ok(mut client) = acceptor.accept(client).await else { return };
                let mut server = TcpStream::connect(upstream).await.unwrap();
                let _cut = copy_bidirectional(&mut client, &mut server).await;
            });
            connections
        })
        .await
    }

    async fn serve(port: u16, mut handle: impl FnMut(TcpStream, JoinSet<()>) -> JoinSet<()> + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections = handle(client, connections);
            }
        });
        Self { port, _tasks: tasks }
    }
}

/// Passes bytes both ways until the server has said `limit` of them.
async fn pass(client: &mut TcpStream, server: &mut TcpStream, mut limit: usize) {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let back = async {
        let mut buffer = [0; 512];
        while limit > 0 {
            let read = from_server.read(&mut buffer).await.unwrap_or(0).min(limit);
            if read == 0 || to_client.write_all(&buffer[..read]).await.is_err() {
                break;
            }
            limit -= read;
        }
    };
    tokio::select! { _ = tokio::io::copy(&mut from_client, &mut to_server) => {}, () = back => {} }
}
