//! Between actix-web and [`App`]. Invariant: nothing of actix reaches a client: its errors become ours.

use crate::app::App;
use crate::message::{Request, Response};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use vcdsim_model::action::Method;

/// What a request becomes on its way to [`App::handle`]; `limit` bounds the body in bytes, and a longer one arrives cut one byte beyond it,
/// so that the body's reader can refuse it by its size.
pub async fn request(head: &HttpRequest, mut payload: web::Payload, limit: usize) -> Request {
    use futures::StreamExt;
    let mut body = bytes::BytesMut::new();
    while let Some(Ok(chunk)) = payload.next().await {
        let room = (limit + 1).saturating_sub(body.len());
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    let headers =
        head.headers().iter().map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let scheme = if head.app_config().secure() { "https" } else { "http" };
    Request {
        method: method(head.method().as_str()),
        path: head.uri().path().to_owned(),
        query: head.uri().query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        scheme,
        body: body.freeze(),
    }
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
    builder.body(response.body)
}

/// Serves the API on everything that nothing else took.
pub async fn serve(app: web::Data<App>, head: HttpRequest, payload: web::Payload) -> HttpResponse {
    let request = request(&head, payload, app.body_limit()).await;
    response(app.handle(request).await)
}
