//! The sockets themselves. Invariant: whatever bytes arrive, each request gets one answer, and what is no request costs its connection only.

use crate::config::Config;
use crate::instance::Sources;
use crate::messaging::frames::Ruler;
use crate::serving;
use crate::spaces::Driven;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use vcdsim_model::action::Method;
use vcdsim_store::RandomIds;

/// Only a server that hangs lets it pass.
const HANGING: Duration = Duration::from_secs(30);

const MOST: usize = 64 << 10;

/// A server for all tests of this file; it ends with the process.
static SERVER: LazyLock<SocketAddr> =
    LazyLock::new(|| serving::forever(config(), Sources { request_ids: Arc::new(RandomIds), ..serving::sources() }, Driven::ByHand));

fn config() -> Config {
    Config { http: Some(SocketAddr::from(([127, 0, 0, 1], 0))), max_body: MOST, ..Config::default() }
}

/// What the server says to these bytes until it closes the connection. It may do so before it has read them all.
fn say(bytes: &[u8], shutdown: bool) -> String {
    let mut socket = TcpStream::connect(*SERVER).unwrap();
    socket.set_read_timeout(Some(HANGING)).unwrap();
    let mut writer = socket.try_clone().unwrap();
    let bytes = bytes.to_vec();
    let writing = std::thread::spawn(move || {
        let _gone = writer.write_all(&bytes);
        if shutdown {
            let _gone = writer.shutdown(Shutdown::Write);
        }
    });
    let mut heard = Vec::new();
    if let Err(error) = socket.read_to_end(&mut heard) {
        assert!(error.kind() == std::io::ErrorKind::ConnectionReset, "{error}");
    }
    writing.join().unwrap();
    String::from_utf8_lossy(&heard).into_owned()
}

/// The first answer to these bytes, while the server still waits for more.
fn interrupted(bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(*SERVER).unwrap();
    socket.set_read_timeout(Some(HANGING)).unwrap();
    socket.write_all(bytes).unwrap();
    let (mut heard, mut piece) = (String::new(), [0; 1024]);
    let whole = |heard: &str| {
        let (head, body) = heard.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok())?;
        (body.len() >= length).then_some(())
    };
    while whole(&heard).is_none() {
        let length = socket.read(&mut piece).unwrap();
        assert!(length > 0, "{heard}");
        heard.push_str(std::str::from_utf8(&piece[..length]).unwrap());
    }
    socket.shutdown(Shutdown::Write).unwrap();
    let _gone = socket.read_to_string(&mut heard);
    heard
}

fn answers(heard: &str) -> usize {
    heard.matches("HTTP/1.1 ").count()
}

/// The server still does what it is there for.
fn lives() {
    let heard = say(b"GET /api/versions HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false);
    assert!(heard.starts_with("HTTP/1.1 200 OK\r\n") && heard.contains("<SupportedVersions"), "{heard}");
}

fn refused(heard: &str) {
    assert_eq!(answers(heard), 1, "{heard}");
    assert!(heard.starts_with("HTTP/1.1 400 ") && heard.contains("minorErrorCode=\"BAD_REQUEST\""), "{heard}");
    assert!(heard.contains(&format!("at most {MOST}")), "{heard}");
}

#[test]
fn a_body_that_is_declared_too_long_is_refused_before_it_comes() {
    for path in ["/api/sessions", "/api/versions", "/api/vApp/vapp-1/action/deploy"] {
        for length in ["65537", "99999999999", "18446744073709551615"] {
            refused(&interrupted(format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n").as_bytes()));
        }
    }
    lives();
}

#[test]
fn a_body_that_grows_too_long_is_refused_and_nothing_in_it_is_a_request() {
    let inner = "GET /api/versions HTTP/1.1\r\nHost: h\r\n\r\n".repeat(40_000);
    refused(&say(format!("POST /api/sessions HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{inner}", inner.len()).as_bytes(), false));
    let chunks = format!("10\r\n{}\r\n", "x".repeat(16)).repeat(40_000);
    refused(&say(format!("POST /api/sessions HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}").as_bytes(), true));
    lives();
}

#[test]
fn the_longest_body_that_is_taken_is_taken() {
    let body = "x".repeat(MOST);
    let sent = format!("PUT /api/session HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {MOST}\r\n\r\n{body}");
    assert!(say(sent.as_bytes(), false).starts_with("HTTP/1.1 405 "));
}

#[test]
fn a_body_that_comes_in_pieces_is_one_body() {
    let mut socket = TcpStream::connect(*SERVER).unwrap();
    socket.set_nodelay(true).unwrap();
    for byte in b"PUT /api/session HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" {
        socket.write_all(&[*byte]).unwrap();
    }
    let mut heard = String::new();
    socket.read_to_string(&mut heard).unwrap();
    assert!(heard.starts_with("HTTP/1.1 405 ") && answers(&heard) == 1, "{heard}");
}

#[test]
fn requests_that_do_not_wait_are_answered_in_their_order() {
    let paths: Vec<String> = (0..40).map(|at| format!("/api/nothing{at}.")).collect();
    let mut sent: String = paths.iter().map(|path| format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n")).collect();
    sent.push_str("GET /api/versions HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    let heard = say(sent.as_bytes(), false);
    assert_eq!(answers(&heard), 41, "{heard}");
    let places: Vec<_> = paths.iter().map(|path| heard.find(path.as_str()).unwrap()).collect();
    assert!(places.is_sorted());
}

#[test]
fn headers_without_end_cost_their_connection_only() {
    for head in [format!("X: {}", "x".repeat(1 << 20)), "X: y\r\n".repeat(100_000)] {
        let heard = say(format!("GET /api/versions HTTP/1.1\r\nHost: h\r\n{head}\r\n\r\n").as_bytes(), true);
        assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 4"), "{heard}");
        assert!(answers(&heard) <= 1);
    }
    lives();
}

/// The head of an answer, and its body.
fn parted(answer: &str) -> (&str, &str) {
    answer.split_once("\r\n\r\n").unwrap_or((answer, ""))
}

fn length(head: &str) -> Option<usize> {
    head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.trim().parse().ok())
}

/// The header lines without those that no two answers share, in whatever order they came.
fn lasting(head: &str) -> BTreeSet<String> {
    let lines = head.lines().map(str::to_ascii_lowercase);
    lines.filter(|line| !line.starts_with("date:") && !line.starts_with("x-vmware-vcloud-request-id:")).collect()
}

#[test]
fn who_asks_for_the_head_gets_what_the_whole_would_have_and_no_body() {
    for route in vcdsim_http::router().routes().filter(|route| route.method == Method::Get) {
        let path = route.path.replace("{id}", "00000000-0000-0000-0000-000000000000").replace("{urn}", "x").replace(['{', '}'], "");
        let ask = |verb: &str| say(format!("{verb} {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").as_bytes(), false);
        let (whole, head) = (ask("GET"), ask("HEAD"));
        let ((whole_head, body), (head, nothing)) = (parted(&whole), parted(&head));
        assert_eq!(lasting(head), lasting(whole_head), "{path}");
        assert_eq!((nothing, length(head)), ("", Some(body.len())), "{path}");
    }
}

#[test]
fn who_waits_for_leave_to_send_a_body_is_told_to_go_on() {
    let mut socket = TcpStream::connect(*SERVER).unwrap();
    socket.set_read_timeout(Some(HANGING)).unwrap();
    let head = "PUT /api/session HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    socket.write_all(head.as_bytes()).unwrap();
    let mut leave = [0; 25];
    socket.read_exact(&mut leave).unwrap();
    assert_eq!(&leave, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(b"abc").unwrap();
    let mut heard = String::new();
    socket.read_to_string(&mut heard).unwrap();
    assert!(heard.starts_with("HTTP/1.1 405 ") && answers(&heard) == 1, "{heard}");
    assert!(heard.to_ascii_lowercase().contains("\r\nallow: get, delete, head, options\r\n"), "{heard}");
}

#[test]
fn a_connection_is_kept_until_it_is_closed() {
    let mut socket = TcpStream::connect(*SERVER).unwrap();
    socket.set_read_timeout(Some(HANGING)).unwrap();
    for round in 0..3 {
        socket.write_all(b"GET /api/versions HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(b"</SupportedVersions>") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap_or_else(|error| panic!("{error} in round {round}"));
            heard.push(byte[0]);
        }
        assert!(heard.starts_with(b"HTTP/1.1 200 OK\r\n"));
    }
    let old = say(b"GET /api/versions HTTP/1.0\r\nHost: h\r\n\r\n", false);
    assert!(old.starts_with("HTTP/1.0 200 OK\r\n") || old.starts_with("HTTP/1.1 200 OK\r\n"), "{old}");
}

#[test]
fn a_path_says_which_verbs_it_takes() {
    let heard = say(b"OPTIONS /api/query HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false);
    assert!(
        heard.starts_with("HTTP/1.1 200 OK\r\n") && heard.to_ascii_lowercase().contains("\r\nallow: get, head, options\r\n"),
        "{heard}"
    );
}

/// The token of a new session.
fn token() -> String {
    // administrator@System:password
    let heard = say(
        b"POST /api/sessions HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAccept: application/*+xml;version=36.0\r\n\
          Authorization: Basic YWRtaW5pc3RyYXRvckBTeXN0ZW06cGFzc3dvcmQ=\r\nContent-Length: 0\r\n\r\n",
        false,
    );
    let lines = heard.lines().map(|line| line.split_once(": ").unwrap_or((line, "")));
    lines.filter(|(name, _)| name.eq_ignore_ascii_case("x-vcloud-authorization")).map(|(_, token)| token.to_owned()).next().unwrap()
}

#[test]
fn a_long_document_comes_compressed_to_who_takes_that() {
    let token = token();
    let ask = |verb: &str, more: &str| {
        let head = format!("{verb} /api/query HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAccept: application/*+xml;version=39.1\r\n");
        let mut socket = TcpStream::connect(*SERVER).unwrap();
        socket.write_all(format!("{head}x-vcloud-authorization: {token}\r\n{more}\r\n").as_bytes()).unwrap();
        let mut heard = Vec::new();
        socket.read_to_end(&mut heard).unwrap();
        let end = heard.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        (String::from_utf8(heard[..end].to_vec()).unwrap().to_ascii_lowercase(), heard[end + 4..].to_vec())
    };
    let (plain, whole) = ask("GET", "");
    assert!(plain.starts_with("http/1.1 200 ok") && !plain.contains("content-encoding") && whole.len() > 65_536, "{plain} {}", whole.len());
    let (packed, body) = ask("GET", "Accept-Encoding: gzip, deflate\r\n");
    assert!(packed.contains("content-encoding: gzip") && packed.contains("vary: accept-encoding, user-agent"), "{packed}");
    assert!(body.starts_with(&[0x1f, 0x8b]) && body.len() < whole.len() / 5 && length(&packed) == Some(body.len()), "{packed}");
    let (head, nothing) = ask("HEAD", "Accept-Encoding: gzip\r\n");
    assert_eq!((length(&head), nothing.len()), (Some(body.len()), 0), "{head}");
}

#[test]
fn the_head_of_a_document_is_that_of_the_whole() {
    let token = token();
    let ask = |verb: &str, path: &str| {
        let accept = "Accept: application/*+json;version=36.0";
        say(
            format!("{verb} {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{accept}\r\nx-vcloud-authorization: {token}\r\n\r\n")
                .as_bytes(),
            false,
        )
    };
    for path in [
        "/api/session",
        "/api/org",
        "/api/admin",
        "/api/admin/extension",
        "/api/query?type=organization",
        "/cloudapi/1.0.0/sessions/current",
    ] {
        let (whole, head) = (ask("GET", path), ask("HEAD", path));
        let ((whole_head, body), (head, nothing)) = (parted(&whole), parted(&head));
        assert!(whole_head.starts_with("HTTP/1.1 200 OK") && !body.is_empty(), "{whole}");
        assert_eq!((lasting(head), nothing, length(head)), (lasting(whole_head), "", Some(body.len())), "{path}");
    }
}

/// Bytes that are nearly HTTP.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let parts: &[&str] = &[
        "GET ",
        "POST ",
        "HEAD ",
        "PUT ",
        "get ",
        "/api/versions",
        "/api/session",
        "/messaging/mqtt",
        "/_mock/v1/live",
        "*",
        "http://h/api/versions",
        "//",
        "/%00",
        " ",
        " HTTP/1.1",
        " HTTP/1.0",
        " HTTP/2.0",
        " HTTP/9.9",
        "\r\n",
        "\r\n\r\n",
        "\n",
        "\r",
        "Host: h",
        "Host: \u{0}",
        "Host: a b",
        "Content-Length: 5",
        "Content-Length: -1",
        "Content-Length: 5, 6",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip",
        "5\r\nabcde\r\n",
        "0\r\n\r\n",
        "ffffffffffffffff\r\n",
        "Connection: close",
        "Connection: upgrade",
        "Upgrade: h2c",
        "Upgrade: websocket",
        "Sec-WebSocket-Protocol: mqtt",
        "Expect: 100-continue",
        "X: y",
        ": ",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u{16}\u{3}\u{1}",
    ];
    let part = prop_oneof![8 => select(parts).prop_map(|part| part.as_bytes().to_vec()), 1 => vec(any::<u8>(), 0..8)];
    let line = "GET /api/(versions|session|x) HTTP/1.1\r\nHost: h\r\n";
    prop_oneof![
        3 => vec(part.clone(), 0..16).prop_map(|parts| parts.concat()),
        2 => (line, vec(part, 0..12)).prop_map(|(line, parts)| [line.into_bytes(), parts.concat()].concat()),
        1 => vec(any::<u8>(), 0..200),
    ]
}

proptest! {
    #[test]
    fn any_frames_are_measured_alike_in_any_pieces(bytes in vec(any::<u8>(), 0..64), cut in 1..9_usize) {
        let (mut whole, mut pieces) = (Ruler::default(), Ruler::default());
        prop_assert_eq!(whole.takes(&bytes), bytes.chunks(cut).all(|piece| pieces.takes(piece)));
    }

    #[test]
    fn any_bytes_are_answered_as_a_request_or_refused(bytes in bytes()) {
        let heard = say(&bytes, true);
        let known = ["200 OK", "400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "405 Method Not Allowed", "100 Continue", "501 Not Implemented"];
        for answer in heard.split("HTTP/1.").skip(1).filter(|answer| answer.starts_with("1 ") || answer.starts_with("0 ")) {
            prop_assert!(known.iter().any(|status| answer[2..].starts_with(status)), "{:?}: {}", String::from_utf8_lossy(&bytes), answer);
        }
        lives();
    }
}
