//! Between actix-web and [`App`]. Invariant: nothing of actix reaches a client: its errors become ours.

mod gzip;

use crate::app::App;
use crate::message::{Request, Response, Upload};
use crate::route::transfer::TRANSFER;
use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{HttpRequest, HttpResponse, web};
use futures::future::{Either, select};
use futures::{SinkExt, StreamExt};
use std::pin::pin;
use vcdsim_model::action::Method;

/// What a request becomes on its way to [`App::handle`]. `limit` bounds the body in bytes: a longer one arrives cut one byte beyond it, and
/// one that is declared to be longer is not waited for; either is refused by its size.
pub async fn request(head: &HttpRequest, payload: web::Payload, limit: usize) -> Request {
    read(head, payload, limit).await.0
}

/// [`request`], and whether its body came as it was sent: not when it is longer than `limit`, or breaks off with its connection.
pub async fn read(head: &HttpRequest, payload: web::Payload, limit: usize) -> (Request, bool) {
    let declared = head.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let in_vain = declared.is_some_and(|length| length > limit as u64);
    let (body, ended) = if in_vain { (bytes::Bytes::new(), false) } else { body(payload, limit.saturating_add(1)).await };
    (Request { body, ..bodiless(head) }, ended)
}

/// A request whose body is not read.
#[must_use]
pub fn bodiless(head: &HttpRequest) -> Request {
    let headers =
        head.headers().iter().map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let scheme = if head.app_config().secure() { "https" } else { "http" };
    Request {
        method: method(head.method().as_str()),
        path: head.uri().path().to_owned(),
        query: head.uri().query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        scheme,
        body: bytes::Bytes::new(),
        upload: None,
        options: head.method() == actix_web::http::Method::OPTIONS,
    }
}

/// The first bytes of a body, and whether it came to its end; the rest is left to the transport, which closes the connection over it.
async fn body(mut payload: web::Payload, most: usize) -> (bytes::Bytes, bool) {
    let mut body = bytes::BytesMut::new();
    while body.len() < most {
        match payload.next().await {
            Some(Ok(chunk)) => body.extend_from_slice(&chunk[..chunk.len().min(most - body.len())]),
            ended => return (body.freeze(), ended.is_none()),
        }
    }
    (body.freeze(), false)
}

fn method(name: &str) -> Option<Method> {
    match name {
        // The transport leaves the body of an answer to HEAD out and keeps its length.
        "GET" | "HEAD" => Some(Method::Get),
        "POST" => Some(Method::Post),
        "PUT" => Some(Method::Put),
        "DELETE" => Some(Method::Delete),
        _ => None,
    }
}

/// The transport's form of a response.
#[must_use]
pub fn response(response: Response) -> HttpResponse {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    for (name, value) in response.headers {
        builder.insert_header((name, value));
    }
    match (response.download, response.events) {
        (None, None) => builder.body(response.body),
        (None, Some(events)) => {
            let pieces = futures::stream::unfold(events, |events| async move { Some((events.next().await?, events)) });
            builder.streaming(Box::pin(pieces.map(Ok::<_, std::convert::Infallible>)))
        }
        (Some(download), _) => {
            let length = download.length();
            let chunks = futures::stream::try_unfold(download, |download| async move {
                Ok::<_, vcdsim_model::Fault>(download.next().await?.map(|chunk| (chunk, download)))
            });
            builder.body(SizedStream::new(length, Box::pin(chunks)))
        }
    }
}

/// Hands the chunks of a body over, as long as somebody takes them.
async fn pump(mut payload: web::Payload, mut to: futures::channel::mpsc::Sender<bytes::Bytes>) {
    while let Some(Ok(chunk)) = payload.next().await {
        if to.send(chunk).await.is_err() {
            break;
        }
    }
}

/// Serves the API on everything that nothing else took.
pub async fn serve(app: web::Data<App>, head: HttpRequest, payload: web::Payload) -> HttpResponse {
    answer(&app, &head, payload).await
}

/// The API's answer.
pub async fn answer(app: &App, head: &HttpRequest, payload: web::Payload) -> HttpResponse {
    let (answer, packing) = hand_over(head, payload, app.body_limit(), |request| app.handle(request)).await;
    response(packing.pack(answer))
}

/// Whether a client takes answers that are compressed.
#[derive(Debug, Clone, Copy)]
pub struct Packing(bool);

impl Packing {
    /// The answer, compressed where that is wanted and worth it.
    #[must_use]
    pub fn pack(self, answer: Response) -> Response {
        gzip::pack(answer, self.0)
    }
}

/// Hands a request to `handle`, and answers what that does. What goes to the transfer area is handed over as it comes; any other body, of
/// which `limit` bounds the bytes, is read first.
pub async fn hand_over<T, F>(head: &HttpRequest, payload: web::Payload, limit: usize, handle: impl FnOnce(Request) -> F) -> (T, Packing)
where
    F: Future<Output = T>,
{
    if method(head.method().as_str()) == Some(Method::Put) && head.uri().path().starts_with(TRANSFER) {
        let (chunks, upload) = Upload::channel();
        let request = Request { upload: Some(upload), ..bodiless(head) };
        // Whoever is refused is told so at once, without being waited for.
        let (handling, pumping) = (pin!(handle(request)), pin!(pump(payload, chunks)));
        let answer = match select(handling, pumping).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), handling)) => handling.await,
        };
        return (answer, Packing(false));
    }
    let request = request(head, payload, limit).await;
    let packing = Packing(gzip::accepted(&request));
    (handle(request).await, packing)
}
