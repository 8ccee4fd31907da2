//! A lean HTTP/1.1 client. Invariant: it costs next to nothing beside the server, since both share the machine that is measured.

use bytes::{Buf, Bytes, BytesMut};
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request, ready to be written.
#[derive(Debug, Clone)]
pub(crate) struct Request(Bytes);

impl Request {
    /// A request with these headers besides `Host` and `Content-Length`.
    pub(crate) fn new(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Self {
        // The control interface answers only those who address this machine.
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method != "GET" {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        Self(text.into())
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names as the server writes them.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The value of a header, whatever the case of its name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }
}

/// A keep-alive connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: BytesMut,
}

/// Where an answer in the buffer ends, and what its head says.
struct Head {
    status: u16,
    length: usize,
    body: usize,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: BytesMut::with_capacity(128 * 1024) })
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn call(&mut self, request: &Request) -> Result<Answer> {
        let head = self.exchange(request).await?;
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut parsed = httparse::Response::new(&mut headers);
        parsed.parse(&self.buffer).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
        let own = |header: &httparse::Header<'_>| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned());
        let headers = parsed.headers.iter().map(own).collect();
        self.buffer.advance(head.length);
        Ok(Answer { status: head.status, headers, body: self.buffer.split_to(head.body).freeze() })
    }

    /// Sends a request, reads its answer and keeps nothing of it but the status.
    pub(crate) async fn status(&mut self, request: &Request) -> Result<u16> {
        let head = self.exchange(request).await?;
        self.buffer.advance(head.length + head.body);
        Ok(head.status)
    }

    async fn exchange(&mut self, request: &Request) -> Result<Head> {
        self.stream.write_all(&request.0).await?;
        let mut known = None;
        loop {
            if known.is_none() {
                known = head(&self.buffer)?;
            }
            if let Some(head) = known.take_if(|head| self.buffer.len() >= head.length + head.body) {
                return Ok(head);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

fn head(buffer: &[u8]) -> Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut parsed = httparse::Response::new(&mut headers);
    let state = parsed.parse(buffer).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
    let httparse::Status::Complete(length) = state else { return Ok(None) };
    let body = parsed.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let body = body.and_then(|header| std::str::from_utf8(header.value).ok()).and_then(|text| text.parse().ok());
    Ok(Some(Head { status: parsed.code.unwrap_or_default(), length, body: body.unwrap_or_default() }))
}
