//! The server to compare with. Invariant: it does nothing but answer the same bytes, on the transport that the real one uses.

use crate::http::Answer;
use actix_web::{App, HttpResponse, HttpServer, web};
use std::io::Write;
use std::path::Path;

/// Writes down an answer for [`serve`].
pub(crate) fn keep(file: &Path, answer: &Answer) -> Result<(), String> {
    // What the transport writes by itself is left to it.
    let own = |name: &str| ["date", "content-length"].iter().any(|known| name.eq_ignore_ascii_case(known));
    let headers: Vec<_> = answer.headers.iter().filter(|(name, _)| !own(name)).collect();
    let text = serde_json::json!({ "headers": headers, "body": answer.text() }).to_string();
    std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

/// Answers every request with what was written down, until it is killed.
pub(crate) async fn serve(file: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let kept: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let headers: Vec<(String, String)> = serde_json::from_value(kept["headers"].clone()).map_err(|error| error.to_string())?;
    let body = bytes::Bytes::from(kept["body"].as_str().unwrap_or_default().to_owned());
    let answer = web::Data::new((headers, body));
    let server = HttpServer::new(move || App::new().app_data(answer.clone()).default_service(web::to(fixed)))
        .workers(vcdsim_server::WORKERS)
        .tcp_nodelay(true)
        .bind("127.0.0.1:0")
        .map_err(|error| error.to_string())?;
    announce(server.addrs().first())?;
    server.run().await.map_err(|error| error.to_string())
}

/// The ready line, as the real server writes it.
pub(crate) fn announce(address: Option<&std::net::SocketAddr>) -> Result<(), String> {
    let address = address.ok_or("the listener has no address")?;
    let line = serde_json::json!({ "ready": true, "http": format!("http://{address}") });
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())
}

async fn fixed(answer: web::Data<(Vec<(String, String)>, bytes::Bytes)>) -> HttpResponse {
    let mut builder = HttpResponse::Ok();
    for (name, value) in &answer.0 {
        builder.insert_header((name.as_str(), value.as_str()));
    }
    builder.body(answer.1.clone())
}
