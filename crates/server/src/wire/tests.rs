//! Spoilt answers over sockets. Invariant: whatever becomes of one connection, the next one is served.

use crate::config::{ClockStart, Config};
use crate::serving;
use crate::spaces::Driven;
use futures::FutureExt;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use vcdsim_model::clock::ClockMode;
use vcdsim_model::kind::Kind;
use vcdsim_platform::seed::seeded_id;

/// Only a server that hangs lets it pass.
const HANGING: Duration = Duration::from_secs(30);

/// A server whose clock only goes when it is moved; it ends with the process.
static SERVER: LazyLock<SocketAddr> = LazyLock::new(|| serving::forever(config(), serving::sources(), Driven::ByItself));

fn config() -> Config {
    Config { clock: Some(ClockStart { mode: ClockMode::Manual, at: None }), ..Config::for_tests() }
}

/// The rules are those of one server, so that each test has it for itself.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    control("DELETE", "faults", "");
    control("DELETE", "requests", "");
    turn
}

/// Sends a request on a connection of its own.
fn send(method: &str, path: &str, body: &str) -> TcpStream {
    send_to(*SERVER, method, path, body)
}

fn send_to(address: SocketAddr, method: &str, path: &str, body: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(HANGING)).unwrap();
    let length = body.len();
    write!(socket, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    socket
}

/// All that comes until the connection ends, and how it ends.
fn hear(mut socket: TcpStream) -> (Vec<u8>, Option<ErrorKind>) {
    let mut heard = Vec::new();
    let ended = socket.read_to_end(&mut heard).err().map(|error| error.kind());
    (heard, ended)
}

fn control(method: &str, call: &str, body: &str) -> String {
    let (heard, ended) = hear(send(method, &format!("/_mock/v1/{call}"), body));
    let heard = String::from_utf8(heard).unwrap();
    assert!(heard.starts_with("HTTP/1.1 200 OK\r\n") && ended.is_none(), "{call}: {heard} {ended:?}");
    heard
}

/// What comes of the next request for the versions when this is ordered.
fn spoilt(transport: &str) -> (Vec<u8>, Option<ErrorKind>) {
    control("POST", "faults", &format!(r#"{{"match":{{"path":"/api/versions"}},"do":{{"transport":"{transport}"}}}}"#));
    hear(send("GET", "/api/versions", ""))
}

/// Head and body of an answer, and how long the head says that the body is.
fn parts(heard: &[u8]) -> (String, Vec<u8>, usize) {
    let at = heard.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8(heard[..at].to_vec()).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap();
    (head, heard[at..].to_vec(), length)
}

fn whole() -> Vec<u8> {
    let (heard, ended) = hear(send("GET", "/api/versions", ""));
    let (head, body, length) = parts(&heard);
    assert!(head.starts_with("http/1.1 200 ok") && body.len() == length && ended.is_none(), "{head}");
    body
}

#[test]
fn a_connection_is_reset() {
    let _turn = alone();
    assert_eq!(spoilt("reset"), (Vec::new(), Some(ErrorKind::ConnectionReset)));
    whole();
}

#[test]
fn a_connection_is_closed_without_an_answer() {
    let _turn = alone();
    assert_eq!(spoilt("empty"), (Vec::new(), None));
    whole();
}

#[test]
fn an_answer_without_a_body_is_spoilt_as_well() {
    let _turn = alone();
    control("POST", "faults", r#"{"match":{"path":"/api/nothing"},"at":"request","do":{"status":404}}"#);
    control("POST", "faults", r#"{"match":{"path":"/api/versions"},"do":{"transport":"empty"}}"#);
    assert_eq!(hear(send("OPTIONS", "/api/versions", "")).0.len(), 0);
}

#[test]
fn an_answer_breaks_off_in_the_middle() {
    let _turn = alone();
    let (heard, _) = spoilt("truncated");
    let (head, body, length) = parts(&heard);
    assert!(head.starts_with("http/1.1 200 ok"), "{head}");
    assert_eq!((body.len(), length), (length / 2, whole().len()));
}

#[test]
fn bytes_come_that_are_no_http() {
    let _turn = alone();
    let (heard, _) = spoilt("garbage");
    assert!(heard.len() == 128 && heard.iter().all(|byte| !byte.is_ascii()), "{heard:?}");
    assert_ne!(spoilt("garbage").0, heard, "the next bytes are others");
    control("PUT", "faults", r#"{"seed":5}"#);
    let first = spoilt("garbage").0;
    control("PUT", "faults", r#"{"seed":5}"#);
    assert_eq!(spoilt("garbage").0, first, "but those of a seed are the same");
}

#[test]
fn a_body_comes_bit_by_bit_as_the_clock_goes() {
    let _turn = alone();
    control("POST", "faults", r#"{"match":{"path":"/api/versions"},"do":{"transport":"dribble","over":"10s"}}"#);
    let socket = send("GET", "/api/versions", "");
    control("GET", "requests?path=/api/versions&wait=20s", "");
    let mut seen = vec![0; 1 << 16];
    let length = whole().len();
    control("POST", "clock/advance", r#"{"by":"5s"}"#);
    socket.set_nonblocking(true).unwrap();
    let come = socket.peek(&mut seen).unwrap_or_default();
    assert!(come < length, "{come} bytes have come, of {length}");
    socket.set_nonblocking(false).unwrap();
    control("POST", "clock/advance", r#"{"by":"5s"}"#);
    let (heard, ended) = hear(socket);
    assert_eq!((parts(&heard).1.len(), ended), (length, None));
}

/// Sends a request of somebody who has signed in; head and body of the answer.
fn asked(token: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (String, String) {
    let mut socket = TcpStream::connect(*SERVER).unwrap();
    socket.set_read_timeout(Some(HANGING)).unwrap();
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    write!(
        socket,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: application/*+xml;version=36.0\r\n\
         x-vcloud-authorization: {token}\r\n{more}Content-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let (head, body, _) = parts(&hear(socket).0);
    assert!(head.starts_with("http/1.1 20"), "{method} {path}: {head} {body:?}");
    (head, String::from_utf8(body).unwrap())
}

/// Where something is found, by what stands in its tag; without its host.
fn found(document: &str, word: &str) -> String {
    let tag = document.split('>').find(|tag| tag.contains(word)).unwrap_or_else(|| panic!("no {word} in {document}"));
    let href = tag.split_once("href=\"").unwrap().1.split('"').next().unwrap();
    href.strip_prefix("http://localhost").unwrap().to_owned()
}

/// The token of a session, and an image of so many bytes that lies where it can be downloaded.
fn image(bytes: &str) -> (String, String) {
    let basic = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, "orgadmin@example:password");
    let (head, _) = asked("", "POST", "/api/sessions", &[("Authorization", &format!("Basic {basic}"))], "");
    let token = head.lines().find_map(|line| line.strip_prefix("x-vcloud-authorization: ")).unwrap().to_owned();
    let upload = format!("/api/catalog/{}/action/upload", seeded_id(Kind::Catalog, "example-catalog"));
    let (media, length) = ("application/vnd.vmware.vcloud.media+xml", bytes.len());
    let image = format!(r#"<Media xmlns="http://www.vmware.com/vcloud/v1.5" name="{length}" imageType="iso" size="{length}"/>"#);
    let (_, item) = asked(&token, "POST", &upload, &[("Content-Type", media)], &image);
    let medium = found(&item, "<Entity ");
    let (_, document) = asked(&token, "GET", &medium, &[], "");
    asked(&token, "PUT", &found(&document, "rel=\"upload:default\""), &[], bytes);
    let (_, document) = asked(&token, "GET", &medium, &[], "");
    asked(&token, "POST", &found(&document, "rel=\"enable\""), &[], "");
    let (_, document) = asked(&token, "GET", &medium, &[], "");
    (token, found(&document, "rel=\"download:default\""))
}

#[test]
fn downloads_are_spoilt_like_other_bodies() {
    let _turn = alone();
    let bytes: String = (0..100_001_u32).map(|at| char::from(b'a' + u8::try_from(at % 23).unwrap())).collect();
    let (token, path) = image(&bytes);
    let read = |socket: TcpStream| {
        let (heard, ended) = hear(socket);
        let (_, body, length) = parts(&heard);
        (String::from_utf8(body).unwrap(), length, ended)
    };
    let get = || {
        let mut socket = TcpStream::connect(*SERVER).unwrap();
        socket.set_read_timeout(Some(HANGING)).unwrap();
        write!(socket, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nx-vcloud-authorization: {token}\r\n\r\n").unwrap();
        socket
    };
    assert_eq!(read(get()), (bytes.clone(), bytes.len(), None));
    control("POST", "faults", r#"{"match":{"path":"/transfer/*"},"do":{"transport":"truncated"}}"#);
    let (come, length, _) = read(get());
    assert!(come.len() == bytes.len() / 2 && bytes.starts_with(&come) && length == bytes.len(), "{} of {length}", come.len());
    control("DELETE", "faults", "");
    control("POST", "faults", r#"{"match":{"path":"/transfer/*"},"do":{"transport":"dribble","over":"10s"}}"#);
    let (_, seen) = (control("DELETE", "requests", ""), get());
    control("GET", "requests?path=/transfer/*&wait=20s", "");
    control("POST", "clock/advance", r#"{"by":"10s"}"#);
    assert_eq!(read(seen), (bytes.clone(), bytes.len(), None));
}

/// A server of its own: its address, and what stops it.
fn mortal() -> (SocketAddr, std::sync::mpsc::Sender<()>) {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (end, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _ = ended.recv();
        let _ = stop.send(());
    });
    (serving::until(stopped.map(drop), config(), serving::sources(), Driven::ByItself), end)
}

#[test]
fn an_answer_that_is_kept_back_goes_out_when_the_server_stops() {
    let (address, end) = mortal();
    let order = r#"{"match":{"path":"/api/versions"},"do":{"delay":"1h"}}"#;
    let ordered = hear(send_to(address, "POST", "/_mock/v1/faults", order)).0;
    assert!(ordered.starts_with(b"HTTP/1.1 200"));
    let delayed = send_to(address, "GET", "/api/versions", "");
    // It has been done, and is kept back, once its timer stands.
    let timers = hear(send_to(address, "GET", "/_mock/v1/clock/timers?wait=20s", "")).0;
    assert!(String::from_utf8(timers).unwrap().contains("an answer goes out"));
    end.send(()).unwrap();
    let (heard, ended) = hear(delayed);
    let (head, body, length) = parts(&heard);
    assert!(head.starts_with("http/1.1 200 ok") && body.len() == length && ended.is_none(), "{head}");
}

/// What comes until there is `word` in it.
fn until(socket: &mut TcpStream, word: &str) -> String {
    let (mut heard, mut piece) = (String::new(), [0; 4096]);
    while !heard.contains(word) {
        let length = socket.read(&mut piece).unwrap();
        assert!(length > 0, "{word} did not come: {heard}");
        heard.push_str(std::str::from_utf8(&piece[..length]).unwrap());
    }
    heard
}

#[test]
fn events_go_out_as_they_happen_and_end_when_the_server_stops() {
    let (address, end) = mortal();
    let mut watcher = TcpStream::connect(address).unwrap();
    watcher.set_read_timeout(Some(HANGING)).unwrap();
    write!(watcher, "GET /_mock/v1/requests HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n").unwrap();
    let head = until(&mut watcher, ":\n\n").to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200 ok") && head.contains("content-type: text/event-stream\r\n"), "{head}");
    hear(send_to(address, "GET", "/api/versions", ""));
    let event = until(&mut watcher, "}\n\n");
    assert!(event.contains("event: item\nid: 1\ndata: {") && event.contains("\"/api/versions\""), "{event}");
    end.send(()).unwrap();
    let (rest, ended) = hear(watcher);
    assert!(rest.ends_with(b"0\r\n\r\n") && ended.is_none(), "it ends in order: {rest:?} {ended:?}");
}
