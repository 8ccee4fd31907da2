//! Sockets against a server with listeners of its own, under a clock that only tests move.

use super::*;
use crate::config::Config;
use crate::serving::{self, Serving};
use crate::spaces::Driven;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vcdsim_model::clock::{VirtualClock, after_millis, from_millis};
use vcdsim_model::event::{Named, NewEvent, PREFIX};
use vcdsim_model::family::user::User;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_platform::session::Login;
use vcdsim_store::{Command, Tx};

const MINUTE: i64 = 60_000;
const CONNECT: &[u8] = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00";
const CONNACK: &[u8] = b"\x20\x02\x00\x00";
const PINGREQ: &[u8] = b"\xc0\x00";
const PINGRESP: &[u8] = b"\xd0\x00";
/// Kinds of frames.
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
/// Why sockets are closed.
const AWAY: u16 = 1001;
const PROTOCOL_ERROR: u16 = 1002;
const POLICY: u16 = 1008;

fn config() -> Config {
    Config { http: Some(SocketAddr::from(([127, 0, 0, 1], 0))), max_body: 1 << 16, ..Config::default() }
}

/// A server while somebody plays with it; then it is stopped as a signal would.
async fn with_server(play: impl AsyncFnOnce(&Server)) {
    let sources = serving::sources_at(Arc::new(VirtualClock::new(from_millis(1_772_612_100_262))));
    let Serving { spaces, listening, at } = serving::open(&config(), sources, Driven::ByHand).await;
    let instance = Arc::clone(spaces.main());
    let feeding = instance.notifier.clone().run(instance.closing.clone());
    let server = Server { instance: Arc::clone(&instance), at };
    let playing = async {
        play(&server).await;
        instance.closing.cancel();
        listening.handle.stop(true).await;
    };
    let (served, (), ()) = futures::join!(listening.server, feeding, playing);
    served.unwrap();
}

struct Server {
    instance: Arc<Instance>,
    at: SocketAddr,
}

impl Server {
    fn cloud(&self) -> &Cloud {
        self.instance.app.cloud()
    }

    async fn login(&self, user: &str, org: &str) -> Login {
        self.cloud().login(user, org, "password").await.unwrap()
    }

    /// Moves the clock, and lets sessions age by it.
    async fn age(&self, millis: i64) {
        self.cloud().advance(after_millis(self.cloud().store().now(), millis), true).await.unwrap();
    }

    /// A request for the socket with these lines, and the head of its answer.
    async fn ask(&self, verb: &str, lines: &str) -> (Socket, String) {
        let mut stream = TcpStream::connect(self.at).await.unwrap();
        stream.write_all(format!("{verb} {PATH} HTTP/1.1\r\nHost: h\r\n{lines}\r\n").as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        (Socket { stream, heard: Vec::new() }, String::from_utf8(head).unwrap())
    }

    async fn listen(&self, login: &Login) -> Socket {
        let (mut socket, head) = self.ask("GET", &format!("{UPGRADE}Authorization: Bearer {}\r\n", login.bearer)).await;
        assert!(head.starts_with("HTTP/1.1 101 ") && head.contains("\r\nsec-websocket-protocol: mqtt\r\n"), "{head}");
        socket.send(BINARY, CONNECT).await;
        socket.hear(CONNACK).await;
        socket
    }
}

const UPGRADE: &str = "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqttv3.1, mqtt\r\n";

struct Socket {
    stream: TcpStream,
    heard: Vec<u8>,
}

impl Socket {
    /// Sends a short frame, masked with nothing.
    async fn send(&mut self, kind: u8, payload: &[u8]) {
        let length = u8::try_from(payload.len()).unwrap();
        assert!(length < 126);
        self.stream.write_all(&[&[0x80 | kind, 0x80 | length, 0, 0, 0, 0], payload].concat()).await.unwrap();
    }

    /// Sends a frame of any length, masked with nothing.
    async fn send_long(&mut self, payload: &[u8]) {
        let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
        self.stream.write_all(&[&[0x80 | BINARY, 0x80 | 126], &length[..], &[0; 4], payload].concat()).await.unwrap();
    }

    async fn frame(&mut self) -> (u8, Vec<u8>) {
        let kind = self.stream.read_u8().await.unwrap();
        let length = match self.stream.read_u8().await.unwrap() {
            126 => self.stream.read_u16().await.unwrap().into(),
            127 => usize::try_from(self.stream.read_u64().await.unwrap()).unwrap(),
            length => length.into(),
        };
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await.unwrap();
        (kind & 0x0f, payload)
    }

    /// Reads until this was said; what came before it counts as heard.
    async fn hear(&mut self, wanted: &[u8]) {
        loop {
            if let Some(at) = self.heard.windows(wanted.len()).position(|window| window == wanted) {
                self.heard.drain(..at + wanted.len());
                return;
            }
            let (kind, payload) = self.frame().await;
            assert_eq!(kind, BINARY, "{payload:?} instead of {}", wanted.escape_ascii());
            self.heard.extend(payload);
        }
    }

    /// Reads to the end; what was said until then, and why it ended.
    async fn end(mut self) -> (Vec<u8>, u16) {
        loop {
            match self.frame().await {
                (CLOSE, payload) => {
                    assert_eq!(self.stream.read(&mut [0]).await.unwrap(), 0, "the connection is closed");
                    return (self.heard, u16::from_be_bytes([payload[0], payload[1]]));
                }
                (_, payload) => self.heard.extend(payload),
            }
        }
    }

    async fn subscribe(&mut self, filter: &str) -> u8 {
        self.subscribe_at(filter, 0).await
    }

    /// Subscribes with a quality; the answer to that.
    async fn subscribe_at(&mut self, filter: &str, quality: u8) -> u8 {
        let mut packet = vec![0x82, u8::try_from(filter.len() + 5).unwrap(), 0, 1, 0, u8::try_from(filter.len()).unwrap()];
        packet.extend(filter.as_bytes());
        packet.push(quality);
        self.send(BINARY, &packet).await;
        self.hear(b"\x90\x03\x00\x01").await;
        while self.heard.is_empty() {
            let (_, payload) = self.frame().await;
            self.heard.extend(payload);
        }
        self.heard.remove(0)
    }
}

/// Changes a user as nobody can over the API.
struct Change<F>(Uuid, F);

impl<F: FnOnce(&mut User) + Send + 'static> Command for Change<F> {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.update_body::<User>(self.0, |_, user| (self.1)(user)).await.map(drop)
    }
}

/// Tells so many events that this user has caused.
struct Tell(usize, Caller);

impl Command for Tell {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let named = |kind, id| Named { urn: Urn::new(kind, id), name: "x".to_owned() };
        let (user, org) = (named(Kind::User, self.1.user), named(Kind::Org, self.1.org));
        for _ in 0..self.0 {
            let (entity, user, org) = (user.clone(), user.clone(), org.clone());
            let r#type = format!("{PREFIX}user/modify");
            tx.emit(NewEvent { r#type, entity, user, org, task: None, task_owner: None, success: true, blocking: false, service: None })
                .await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn whoever_leaves_messages_unanswered_is_closed_and_others_are_not() {
    with_server(async |server| {
        let login = server.login("author", "example").await;
        let topic = format!("publish/{}/{}", login.caller.org, login.caller.user);
        let (mut lazy, mut brisk) = (server.listen(&login).await, server.listen(&login).await);
        assert_eq!((lazy.subscribe_at(&topic, 1).await, brisk.subscribe(&topic).await), (1, 0));
        let count = |heard: &[u8]| heard.windows(topic.len()).filter(|window| *window == topic.as_bytes()).count();
        for _ in 0..6 {
            server.cloud().store().write(Tell(1_000, login.caller.clone())).await.unwrap();
            let mut told = 0;
            while told < 1_000 {
                told += count(&brisk.frame().await.1);
            }
            assert_eq!(told, 1_000);
        }
        let (heard, why) = lazy.end().await;
        // What may be unanswered, and what was put into the last piece.
        assert!(why == POLICY && (1_024..1_024 + BATCH).contains(&count(&heard)), "{why} {}", count(&heard));
    })
    .await;
}

#[tokio::test]
async fn whoever_may_not_listen_is_told_so_in_a_document() {
    with_server(async |server| {
        let ended = server.login("author", "example").await;
        server.cloud().logout(ended.caller.session).await.unwrap();
        let (ended, good) = (format!("Authorization: Bearer {}\r\n", ended.bearer), server.login("author", "example").await.bearer);
        let good = format!("Authorization: Bearer {good}\r\n");
        let no_protocol = UPGRADE.replace("Sec-WebSocket-Protocol: mqttv3.1, mqtt\r\n", "");
        for (verb, lines, status, more) in [
            ("GET", "Sec-WebSocket-Protocol: mqtt\r\n".to_owned(), 401, "www-authenticate: "),
            ("GET", no_protocol.clone(), 400, ""),
            ("GET", format!("{UPGRADE}Authorization: Bearer a.b.c\r\n"), 401, "www-authenticate: "),
            ("GET", format!("{UPGRADE}{ended}"), 401, "www-authenticate: "),
            ("GET", format!("{no_protocol}{good}"), 400, ""),
            ("GET", format!("Sec-WebSocket-Protocol: mqtt\r\n{good}"), 400, ""),
            ("POST", format!("{UPGRADE}{good}"), 405, "allow: GET\r\n"),
        ] {
            let (_, head) = server.ask(verb, &lines).await;
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")) && head.contains(&format!("\r\n{more}")), "{lines}\n{head}");
            assert!(head.contains("\r\ncontent-type: application/vnd.vmware.vcloud.error+xml"), "{head}");
            assert!(head.contains("\r\nx-vmware-vcloud-request-id: ") && head.contains("\r\ndate: Wed, 04 Mar 2026"), "{head}");
        }
    })
    .await;
}

/// `CONNECT` with a name and a password.
fn connect(user: &str, password: &str) -> Vec<u8> {
    let text = |text: &str| [&u16::try_from(text.len()).unwrap().to_be_bytes()[..], text.as_bytes()].concat();
    let body = [&b"\x00\x04MQTT\x04\xc2\x00\x3c\x00\x00"[..], &text(user), &text(password)].concat();
    let length = body.len();
    let head = if length < 128 { vec![0x10, length as u8] } else { vec![0x10, (length & 0x7f) as u8 | 0x80, (length >> 7) as u8] };
    [head, body].concat()
}

#[tokio::test]
async fn a_token_may_come_as_the_password() {
    const REFUSED: &[u8] = b"\x20\x02\x00\x04";
    with_server(async |server| {
        let stranger = async || {
            let (socket, head) = server.ask("GET", UPGRADE).await;
            assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
            socket
        };
        let login = server.login("author", "example").await;
        let topic = format!("publish/{}/{}", login.caller.org, login.caller.user);
        for user in ["author@example", "Author@EXAMPLE", ""] {
            let mut socket = stranger().await;
            socket.send_long(&connect(user, &login.bearer)).await;
            socket.hear(CONNACK).await;
            assert_eq!([socket.subscribe("publish/#").await, socket.subscribe(&topic).await], [0x80, 0]);
            server.login("author", "example").await;
            socket.hear(topic.as_bytes()).await;
        }
        let ended = server.login("author", "example").await;
        let mut socket = stranger().await;
        socket.send_long(&connect("author@example", &ended.bearer)).await;
        socket.hear(CONNACK).await;
        server.cloud().logout(ended.caller.session).await.unwrap();
        assert_eq!(socket.end().await.1, POLICY, "it ends with its session, as others do");
        for (said, answer) in [
            (connect("author@example", &ended.bearer), REFUSED),
            (connect("author@example", "password"), REFUSED),
            (connect("user@example", &login.bearer), REFUSED),
            (connect("author@example", ""), b"\x20\x02\x00\x05"),
            (CONNECT.to_owned(), b"\x20\x02\x00\x05"),
        ] {
            let mut socket = stranger().await;
            socket.send_long(&said).await;
            assert_eq!(socket.end().await, (answer.to_owned(), POLICY), "{}", said.escape_ascii());
        }
        let mut socket = stranger().await;
        socket.send(BINARY, PINGREQ).await;
        assert_eq!(socket.end().await.1, PROTOCOL_ERROR);
        let waiting = stranger().await;
        server.instance.closing.cancel();
        assert_eq!(waiting.end().await.1, AWAY, "whoever has not said anything holds up nobody");
    })
    .await;
}

#[tokio::test]
async fn a_listener_hears_what_is_in_reach_until_the_server_says_that_it_goes() {
    with_server(async |server| {
        let login = server.login("author", "example").await;
        let mut author = server.listen(&login).await;
        let mut admin = server.listen(&server.login("administrator", "System").await).await;
        let mut manager = server.listen(&server.login("orgadmin", "example").await).await;
        let own = format!("publish/{}/{}", login.caller.org, login.caller.user);
        let house = format!("publish/{}/+", login.caller.org);
        assert_eq!([author.subscribe("publish/#").await, author.subscribe(&house).await, author.subscribe(&own).await], [0x80, 0x80, 0]);
        assert_eq!([manager.subscribe("publish/#").await, manager.subscribe(&house).await], [0x80, 0]);
        assert_eq!(admin.subscribe("publish/#").await, 0);
        let other = server.login("user", "example").await.caller;
        let again = server.login("author", "example").await.caller;
        let topic = |caller: &Caller| format!("publish/{}/{}", caller.org, caller.user);
        for socket in [&mut admin, &mut manager] {
            socket.hear(topic(&other).as_bytes()).await;
            socket.hear(topic(&again).as_bytes()).await;
        }
        author.hear(topic(&again).as_bytes()).await;
        assert!(!author.heard.windows(36).any(|window| window == other.user.to_string().as_bytes()));
        author.send(BINARY, PINGREQ).await;
        author.hear(PINGRESP).await;
        server.instance.closing.cancel();
        for socket in [author, manager, admin] {
            assert_eq!(socket.end().await.1, AWAY);
        }
    })
    .await;
}

#[tokio::test]
async fn a_socket_ends_with_its_session() {
    with_server(async |server| {
        let login = server.login("author", "example").await;
        let mut socket = server.listen(&login).await;
        assert_eq!(socket.subscribe(&format!("publish/{}/{}", login.caller.org, login.caller.user)).await, 0);
        server.cloud().logout(login.caller.session).await.unwrap();
        server.login("author", "example").await;
        assert_eq!(socket.end().await, (Vec::new(), POLICY), "what came after the session is not told");

        let mut socket = server.listen(&server.login("author", "example").await).await;
        for _ in 0..3 {
            server.age(20 * MINUTE).await;
            socket.send(BINARY, PINGREQ).await;
            socket.hear(PINGRESP).await;
        }
        server.age(31 * MINUTE).await;
        assert_eq!(socket.end().await.1, POLICY, "the last thing said was too long ago");
    })
    .await;
}

#[tokio::test]
async fn a_socket_ends_when_the_rights_are_others() {
    with_server(async |server| {
        let (manager, author) = (server.login("orgadmin", "example").await, server.login("author", "example").await.caller);
        let socket = server.listen(&manager).await;
        server.cloud().store().write(Change(manager.caller.user, move |user: &mut User| user.role = author.role)).await.unwrap();
        assert_eq!(socket.end().await.1, POLICY);
        let cataloger = server.login("cataloger", "example").await;
        let socket = server.listen(&cataloger).await;
        server.cloud().store().write(Change(cataloger.caller.user, |user: &mut User| user.enabled = false)).await.unwrap();
        assert_eq!(socket.end().await.1, POLICY);
    })
    .await;
}

#[tokio::test]
async fn whoever_speaks_otherwise_is_closed() {
    with_server(async |server| {
        let login = server.login("author", "example").await;
        for (kind, said, why) in
            [(TEXT, PINGREQ, PROTOCOL_ERROR), (BINARY, CONNECT, PROTOCOL_ERROR), (BINARY, b"\x30\x05\x00\x01ahi", POLICY)]
        {
            let mut socket = server.listen(&login).await;
            socket.send(kind, said).await;
            assert_eq!(socket.end().await.1, why, "{kind} {}", said.escape_ascii());
        }
        let mut socket = server.listen(&login).await;
        let length = (LONGEST as u64 + 1).to_be_bytes();
        socket.stream.write_all(&[&[0x82, 0xff], &length[..], &[0; 4]].concat()).await.unwrap();
        assert_eq!(socket.end().await.1, PROTOCOL_ERROR, "a frame that is too long is refused by its head");
    })
    .await;
}
