//! What the listeners let in. Invariant: with `--strict` nothing answers that a real cell would not have.

use crate::config::Config;
use crate::control::verbs_and_paths;
use crate::serving;
use crate::spaces::Driven;
use serde_json::{Value, json};
use std::net::SocketAddr;
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
