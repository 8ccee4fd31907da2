//! Requests and responses without a transport. Invariant: what the tests send in process and what a socket brings take the same way from here on.

use bytes::Bytes;
use futures::StreamExt;
use futures::channel::mpsc::{Receiver, Sender, channel};
use futures::lock::Mutex;
use futures::stream::BoxStream;
use std::sync::Arc;
use vcdsim_model::action::Method;

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The verb; `None` for one that no path has.
    pub method: Option<Method>,
    /// The path as it came, percent-encoded.
    pub path: String,
    /// What followed `?`, as it came.
    pub query: String,
    /// Headers: names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The body, where it is held in memory.
    pub body: Bytes,
    /// The body, where it is not: what goes to the transfer area.
    pub upload: Option<Upload>,
    /// Whether the verb is `OPTIONS`, which asks for those that the path has.
    pub options: bool,
}

/// A body that comes chunk by chunk. It ends where the client's does, or where its connection breaks.
#[derive(Debug, Clone)]
pub struct Upload(Arc<Mutex<Receiver<Bytes>>>);

impl Upload {
    /// An upload, and where its chunks go; one is held at most.
    #[must_use]
    pub fn channel() -> (Sender<Bytes>, Self) {
        let (sender, receiver) = channel(0);
        (sender, Self(Arc::new(Mutex::new(receiver))))
    }

    /// The next chunk.
    pub async fn next(&self) -> Option<Bytes> {
        self.0.lock().await.next().await
    }
}

impl Request {
    /// The first header with this name, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers_named(name).next()
    }

    /// All headers with this name.
    pub fn headers_named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers, in the order they are sent.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for none.
    pub body: Bytes,
    /// The body, where it is not held in memory.
    pub download: Option<Download>,
    /// The body, where it is still to happen.
    pub events: Option<Events>,
}

/// A body that comes as things happen. Two are equal when they are one.
#[derive(Clone)]
pub struct Events(Arc<Mutex<BoxStream<'static, Bytes>>>);

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Events")
    }
}

impl PartialEq for Events {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Events {}

impl Events {
    /// What comes out of `stream`.
    #[must_use]
    pub fn new(stream: BoxStream<'static, Bytes>) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }

    /// The next piece, as soon as there is one; `None` after the last.
    pub async fn next(&self) -> Option<Bytes> {
        self.0.lock().await.next().await
    }
}

/// A body that is read chunk by chunk. Two are equal when they are one.
#[derive(Debug, Clone)]
pub struct Download {
    length: u64,
    sender: Arc<Mutex<vcdsim_platform::transfer::Sender>>,
}

impl PartialEq for Download {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.sender, &other.sender)
    }
}

impl Eq for Download {}

impl Download {
    /// Everything that is left of a file.
    #[must_use]
    pub fn new(sender: vcdsim_platform::transfer::Sender) -> Self {
        Self { length: sender.left(), sender: Arc::new(Mutex::new(sender)) }
    }

    /// Its length in bytes.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// The next chunk; `None` after the last.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn next(&self) -> Result<Option<Bytes>, vcdsim_model::Fault> {
        Ok(self.sender.lock().await.next().await?.map(Bytes::from))
    }
}

impl AsRef<Self> for Response {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl Response {
    /// A response without headers and body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new(), download: None, events: None }
    }

    /// How many bytes the body has, wherever they are; none for one that is still to happen.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.download.as_ref().map_or(self.body.len() as u64, Download::length)
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the body and its type.
    #[must_use]
    pub fn body(mut self, media: impl Into<String>, body: impl Into<Bytes>) -> Self {
        self.headers.push(("content-type", media.into()));
        self.body = body.into();
        self
    }

    /// Sets a body that comes as things happen, and its type.
    #[must_use]
    pub fn events(mut self, media: impl Into<String>, events: Events) -> Self {
        self.headers.push(("content-type", media.into()));
        self.events = Some(events);
        self
    }

    /// The header with this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}
