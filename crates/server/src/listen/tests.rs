//! What the listeners let in. Invariant: with `--strict` nothing answers that a real cell would not have.

use crate::config::Config;
use crate::control::verbs_and_paths;
use crate::serving;
use crate::spaces::Driven;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;
use ureq::http::{Request, Response};

fn server(strict: bool) -> SocketAddr {
    serving::forever(Config { strict, ..Config::for_tests() }, serving::sources(), Driven::ByHand)
}

/// Status, media type and text of what is answered.
fn ask(at: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true).build().into();
    let request = Request::builder().method(method).uri(format!("http://{at}{path}"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let mut answer: Response<ureq::Body> = agent.run(request.body(()).unwrap()).unwrap();
    let media = answer.headers().get("content-type").map_or("", |media| media.to_str().unwrap()).to_owned();
    (answer.status().as_u16(), media, answer.body_mut().read_to_string().unwrap())
}

/// A call of the control interface, with a body; status and what is told.
fn call(at: SocketAddr, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = Request::builder().method(method).uri(format!("http://{at}/_mock/v1/{path}"));
    let mut answer = agent.run(request.body(body.to_string()).unwrap()).unwrap();
    (answer.status().as_u16(), serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap())
}

/// The answer to a call of the control interface that is sent as it stands; the server may answer before it has read all of it.
fn sent(at: SocketAddr, head: &str, body: &str) -> String {
    let mut socket = TcpStream::connect(at).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut writer = socket.try_clone().unwrap();
    let bytes = format!("{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n{body}");
    let writing = std::thread::spawn(move || writer.write_all(bytes.as_bytes()).and_then(|()| writer.shutdown(Shutdown::Write)));
    let mut heard = Vec::new();
    if let Err(error) = socket.read_to_end(&mut heard) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
    }
    let _gone = writing.join().unwrap();
    String::from_utf8(heard).unwrap()
}

#[test]
fn a_call_with_a_body_that_is_too_long_does_nothing() {
    const MOST: usize = 1 << 12;
    let at = serving::forever(Config { max_body: MOST, ..Config::for_tests() }, serving::sources(), Driven::ByHand);
    let digest = || ask(at, "GET", "/_mock/v1/state/digest", &[]).2;
    let (before, lines) = (digest(), "# nothing but a remark\n".repeat(MOST / 10));
    let chunked = format!("{:x}\r\n{lines}\r\n0\r\n\r\n", lines.len());
    let declared = sent(at, &format!("POST /_mock/v1/seed HTTP/1.1\r\nContent-Length: {}", lines.len()), &lines);
    let in_pieces = sent(at, "POST /_mock/v1/seed HTTP/1.1\r\nTransfer-Encoding: chunked", &chunked);
    for (answer, length) in [(declared, format!("has {} bytes", lines.len())), (in_pieces, format!("has more than {MOST} bytes"))] {
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("application/problem+json"), "{answer}");
        assert!(answer.contains(&length) && answer.contains(&format!("at most {MOST}. ")) && answer.contains("--max-body"), "{answer}");
    }
    assert_eq!(digest(), before);
    let fits = &lines[..MOST];
    let taken = sent(at, &format!("POST /_mock/v1/seed/check HTTP/1.1\r\nContent-Length: {MOST}"), fits);
    assert!(taken.starts_with("HTTP/1.1 200 "), "the longest is taken: {taken}");
}

#[test]
fn a_call_whose_body_breaks_off_does_nothing() {
    let at = serving::forever(Config::for_tests(), serving::sources(), Driven::ByHand);
    let digest = || ask(at, "GET", "/_mock/v1/state/digest", &[]).2;
    let (before, part) = (digest(), "# organizations follow\n");
    let chunk = format!("{:x}\r\n{part}\r\n", part.len());
    let declared = sent(at, "POST /_mock/v1/seed HTTP/1.1\r\nContent-Length: 1000", part);
    let in_pieces = sent(at, "POST /_mock/v1/seed HTTP/1.1\r\nTransfer-Encoding: chunked", &chunk);
    assert_eq!(digest(), before, "{declared}\n\n{in_pieces}");
    for answer in [declared, in_pieces] {
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("broke off after 23 bytes"), "{answer}");
    }
}

#[test]
fn through_a_proxy_the_control_interface_takes_the_token() {
    let config = |trust_proxy| Config { trust_proxy, control_token: Some("s3cret".to_owned()), ..Config::for_tests() };
    let [trusting, other] = [true, false].map(|trust| serving::forever(config(trust), serving::sources(), Driven::ByHand));
    let (proxied, token) = (("x-forwarded-for", "192.0.2.1"), ("authorization", "Bearer s3cret"));
    let asked = |at, headers: &[(&str, &str)]| ask(at, "GET", "/_mock/v1/clock", headers).0;
    assert_eq!((asked(trusting, &[]), asked(trusting, &[proxied]), asked(trusting, &[proxied, token])), (200, 403, 200));
    assert_eq!(asked(other, &[proxied]), 200);
}

#[test]
fn a_space_is_ended_through_its_own_port() {
    let at = serving::forever(Config::for_tests(), serving::sources(), Driven::ByItself);
    for _ in 0..2 {
        let (status, made) = call(at, "POST", "spaces", &json!({ "name": "one", "port": 0 }));
        assert_eq!(status, 200, "{made}");
        let own: SocketAddr = made["http"].as_str().unwrap().trim_start_matches("http://").parse().unwrap();
        let (status, ended) = call(own, "DELETE", "spaces/one", &Value::Null);
        assert_eq!(status, 200, "whoever ends it hears so: {ended}");
        assert_eq!(ask(at, "GET", "/_mock/v1/spaces/one", &[]).0, 404);
    }
}

#[test]
fn strictly_there_is_no_control_interface() {
    let at = server(true);
    let calls = verbs_and_paths().map(|(method, path)| (method.name(), format!("/_mock/v1/{path}")));
    let more = ["/_mock", "/_mock/", "/_mock/v1", "/_mock/v1/", "/_mock/v2/clock"].map(|path| ("GET", path.to_owned()));
    for (method, path) in calls.chain(more) {
        let path = path.replace(['{', '}'], "");
        let (status, media, text) = ask(at, method, &path, &[("accept", "application/*+xml;version=36.0"), ("host", "localhost")]);
        let told = (status, media.starts_with("application/vnd.vmware.vcloud.error+xml"), text.contains("<Error "));
        assert_eq!(told, (404, true, true), "{method} {path}: {media} {text}");
        let (.., follows) = ask(at, method, &path, &[("accept", "text/event-stream, application/*+json;version=36.0")]);
        assert!(follows.contains("minorErrorCode"), "{method} {path}: {follows}");
    }
}

#[test]
fn the_names_of_spaces_are_told_to_nobody_who_may_not_ask_for_them() {
    let at = server(false);
    assert_eq!(call(at, "POST", "spaces", &json!({ "name": "aardvark" })).0, 200);
    let near = ("x-mock-space", "aardvrk");
    for (path, host, status, told) in [
        ("/_mock/v1/live", "localhost", 404, true),
        ("/_mock/v1/live", "evil.test", 403, false),
        ("/api/versions", "evil.test", 404, false),
        ("/api/versions", "localhost", 404, false),
    ] {
        let (answered, media, text) = ask(at, "GET", path, &[("host", host), near]);
        assert_eq!((answered, media.as_str()), (status, "application/problem+json"), "{path} {host}: {text}");
        assert_eq!(text.contains("aardvark"), told, "{path} {host}: {text}");
    }
}

#[test]
fn strictly_there_are_no_spaces() {
    let (strict, other) = (server(true), server(false));
    for headers in [[("x-mock-space", "nowhere"), ("host", "localhost")], [("accept", "*/*"), ("host", "nowhere.localhost")]] {
        assert_eq!(ask(strict, "GET", "/api/versions", &headers).0, 200, "a header or a host that means nothing: {headers:?}");
        let (status, media, _) = ask(other, "GET", "/api/versions", &headers);
        assert_eq!((status, media.as_str()), (404, "application/problem+json"), "{headers:?}");
    }
}

#[test]
fn strictly_messages_can_be_listened_to_all_the_same() {
    let [strict, other] = [true, false].map(|strict| ask(server(strict), "GET", crate::messaging::PATH, &[]).0);
    assert_eq!(strict, other);
    assert_ne!(strict, 404);
}
