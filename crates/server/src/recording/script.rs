//! The file of a recorded run: JSON, a line for how it began and one for each thing that happened. Invariant: what is written can be played.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures::SinkExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use vcdsim_http::message::{Request, Response, Upload};
use vcdsim_model::action::Method;
use vcdsim_platform::seed::Inventory;

/// How a run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Head {
    /// The version of vcdsim that it is a run of.
    pub(super) version: String,
    /// The machine's time at its beginning, in milliseconds.
    pub(super) began: i64,
    /// The seed of its ids.
    pub(super) rng: u64,
    /// The flags that it was started with.
    pub(super) flags: Value,
    /// What its cloud held.
    pub(super) inventory: Inventory,
    /// The base of the URLs in its messages.
    pub(super) base_uri: String,
}

/// Something that happened: a request, or that time had passed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// The machine's time, in milliseconds.
    pub(super) at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<Sent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<Answered>,
    /// The messages about what came of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) messages: Vec<Value>,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sent {
    method: String,
    pub(super) path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    query: String,
    headers: Vec<(String, String)>,
    https: bool,
    #[serde(default, skip_serializing_if = "Body::is_empty")]
    body: Body,
    /// Whether the body came bit by bit, as into the transfer area.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    upload: bool,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Body::is_empty")]
    pub(super) body: Body,
    /// How long a body is that is read from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    download: Option<u64>,
}

/// Bytes: as text where they are some, else as Base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Body {
    Text(String),
    Base64(String),
}

impl Default for Body {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Body {
    fn of(bytes: &[u8]) -> Self {
        std::str::from_utf8(bytes).map_or_else(|_| Self::Base64(STANDARD.encode(bytes)), |text| Self::Text(text.to_owned()))
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }

    fn bytes(&self) -> Bytes {
        match self {
            Self::Text(text) => Bytes::from(text.clone()),
            Self::Base64(text) => STANDARD.decode(text).unwrap_or_default().into(),
        }
    }
}

impl Sent {
    /// Writes a request down; a body that comes bit by bit is waited for, and is whole in the request that is left.
    pub(super) async fn take(mut request: Request) -> (Self, Request) {
        let upload = request.upload.take();
        let body = match &upload {
            None => request.body.clone(),
            Some(chunks) => {
                let mut whole = BytesMut::new();
                while let Some(chunk) = chunks.next().await {
                    whole.extend_from_slice(&chunk);
                }
                whole.freeze()
            }
        };
        let sent = Self {
            method: if request.options { "OPTIONS" } else { request.method.map_or("?", Method::name) }.to_owned(),
            path: request.path,
            query: request.query,
            headers: request.headers,
            https: request.scheme == "https",
            body: Body::of(&body),
            upload: upload.is_some(),
        };
        let again = sent.request();
        (sent, again)
    }

    /// The request, as it came.
    pub(super) fn request(&self) -> Request {
        let (body, upload) = if self.upload { (Bytes::new(), Some(whole(self.body.bytes()))) } else { (self.body.bytes(), None) };
        Request {
            method: Method::ALL.iter().copied().find(|method| method.name() == self.method),
            path: self.path.clone(),
            query: self.query.clone(),
            headers: self.headers.clone(),
            scheme: if self.https { "https" } else { "http" },
            body,
            upload,
            options: self.method == "OPTIONS",
        }
    }
}

/// An upload that is there already.
fn whole(bytes: Bytes) -> Upload {
    let (mut chunks, upload) = Upload::channel();
    // A channel takes one chunk before anybody listens.
    let _sent = futures::FutureExt::now_or_never(chunks.send(bytes));
    upload
}

impl Answered {
    pub(super) fn of(response: &Response) -> Self {
        Self {
            status: response.status,
            headers: response.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            body: Body::of(&response.body),
            download: response.download.as_ref().map(vcdsim_http::message::Download::length),
        }
    }

    /// Why a space could not listen where it was to, if this says so.
    pub(super) fn port_refused(&self) -> Option<String> {
        let Body::Text(text) = &self.body else { return None };
        let mut problem: Value = serde_json::from_str(text).ok().filter(|_| self.status == 409)?;
        let refused = problem["title"] == crate::control::PORT_REFUSED;
        serde_json::from_value(problem["detail"].take()).ok().filter(|_| refused)
    }

    /// What must be the same when it is played: how often the state was written does not count, which answers of the control interface tell, nor
    /// where a space listens, which it does not do then.
    pub(super) fn settled(mut self) -> Self {
        if let Body::Text(text) = &self.body
            && self.headers.get("content-type").is_some_and(|media| media == "application/json")
            && let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(text)
            && fields.remove("revision").is_some()
        {
            fields.remove("http");
            self.body = Body::Text(Value::Object(fields).to_string());
        }
        self
    }
}

/// Why a script cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The file cannot be read.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is none.
    #[error("{}: line {line}: {source}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// Its number, from 1 on.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// There is nothing in it.
    #[error("{}: the run has no beginning; it was not recorded with --record, or nothing happened", .0.display())]
    Empty(PathBuf),
    /// It needs another vcdsim, or one that cannot be started.
    #[error("{0}")]
    Start(String),
}

/// Reads a script.
pub(super) fn read(file: &Path) -> Result<(Head, Vec<Line>), ScriptError> {
    let io = |source| ScriptError::Io { file: file.to_owned(), source };
    let wrong = |line: usize| move |source| ScriptError::Line { file: file.to_owned(), line, source };
    let opened = std::fs::File::open(file).map_err(io)?;
    let mut texts = std::io::BufReader::new(opened).lines();
    let first = texts.next().ok_or_else(|| ScriptError::Empty(file.to_owned()))?.map_err(io)?;
    let head = serde_json::from_str(&first).map_err(wrong(1))?;
    let mut lines = Vec::new();
    for (index, text) in texts.enumerate() {
        lines.push(serde_json::from_str(&text.map_err(io)?).map_err(wrong(index + 2))?);
    }
    Ok((head, lines))
}
