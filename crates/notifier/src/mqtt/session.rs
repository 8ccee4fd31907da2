//! One client's side of MQTT, without a socket: bytes come in, bytes go out. Invariant: a message goes to whoever subscribed to its topic and
//! may have it, once, as surely as the strongest of the subscriptions that name it. Until it is known who listens, nothing is read but who
//! he says he is.

use super::packet::{self, Connack, Connect, Incoming, Outgoing, Qos};
use super::{Listener, Posting, matches};
use bytes::BytesMut;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// How many messages may be sent that the client has not answered.
const UNANSWERED: usize = 1_024;
/// How many filters a client may have at a time.
const FILTERS: usize = 256;
/// How long a client may take to say `CONNECT`.
const GREETING: Duration = Duration::from_secs(10);

/// Why a conversation is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The client said so.
    Left,
    /// The server refused what the client wants; the answer says it.
    Refused(&'static str),
    /// The client broke the rules: it sent this.
    Violation(&'static str),
}

/// Who a client says he is: the name and the password of `CONNECT`.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// `USER@ORG`, or nothing.
    pub user: String,
    /// The token of a session, which is the password.
    pub token: String,
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What a message that was sent still waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaiting {
    /// `PUBACK`
    Ack,
    /// `PUBREC`
    Receipt,
    /// `PUBCOMP`
    Completion,
}

/// A conversation. Whatever it remembers ends with it.
#[derive(Debug)]
pub struct Session {
    /// `None` until it is known.
    listener: Option<Listener>,
    /// What is to be judged before anything else is read, and the keep-alive that goes with it.
    claim: Option<(Claim, u16)>,
    unread: BytesMut,
    /// The keep-alive in seconds; `None` before `CONNECT`.
    connected: Option<u16>,
    filters: BTreeMap<String, Qos>,
    sent: BTreeMap<u16, Awaiting>,
    last_id: u16,
}

impl Session {
    /// A conversation that has not begun. Where it is not known yet who listens, the client has to [claim](Self::claim) it.
    #[must_use]
    pub fn new(listener: Option<Listener>) -> Self {
        let (unread, filters, sent) = (BytesMut::new(), BTreeMap::new(), BTreeMap::new());
        Self { listener, claim: None, unread, connected: None, filters, sent, last_id: 0 }
    }

    /// Who the client says he is, when that is to be judged: by [`Self::admit`] or [`Self::reject`].
    #[must_use]
    pub fn claim(&self) -> Option<&Claim> {
        self.claim.as_ref().map(|(claim, _)| claim)
    }

    /// The client is who he said.
    ///
    /// # Errors
    /// When the conversation is over by what the client has said since.
    pub fn admit(&mut self, listener: Listener, out: &mut Vec<u8>) -> Result<(), End> {
        if let Some((_, keep_alive)) = self.claim.take() {
            self.listener = Some(listener);
            self.accept(keep_alive, out);
        }
        self.go_on(out)
    }

    /// The client is not.
    pub fn reject(&mut self, out: &mut Vec<u8>) -> End {
        packet::write(&Outgoing::Connack(Connack::Credentials), out);
        End::Refused("a password that is no token of this user's session")
    }

    /// How long the client may be silent.
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        match self.connected {
            None => Some(GREETING),
            Some(0) => None,
            Some(seconds) => Some(Duration::from_secs(seconds.into()) * 3 / 2),
        }
    }

    /// Whether the client can be sent a message now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.connected.is_some() && self.sent.len() < UNANSWERED
    }

    /// Takes what the client sent, in pieces of any length; what is to be answered is appended to `out`.
    ///
    /// # Errors
    /// When the conversation is over; `out` is to be sent all the same.
    pub fn receive(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), End> {
        self.unread.extend_from_slice(bytes);
        self.go_on(out)
    }

    fn go_on(&mut self, out: &mut Vec<u8>) -> Result<(), End> {
        while self.claim.is_none()
            && let Some(incoming) = packet::read(&mut self.unread)?
        {
            self.answer(incoming, out)?;
        }
        Ok(())
    }

    /// Tells the client, if it subscribed to such messages.
    pub fn publish(&mut self, posting: &Posting, out: &mut Vec<u8>) {
        let named = self.filters.iter().filter(|(filter, _)| matches(filter, &posting.topic));
        let Some(qos) = named.map(|(_, qos)| *qos).max().filter(|_| self.listener.is_some_and(|listener| listener.may_have(posting)))
        else {
            return;
        };
        let id = match qos {
            Qos::Zero => 0,
            Qos::One => self.remember(Awaiting::Ack),
            Qos::Two => self.remember(Awaiting::Receipt),
        };
        packet::write(&Outgoing::Publish { qos, id, topic: &posting.topic, payload: &posting.payload }, out);
    }

    fn answer(&mut self, incoming: Incoming, out: &mut Vec<u8>) -> Result<(), End> {
        match (incoming, self.connected) {
            (Incoming::Connect(connect), None) => return self.connect(connect, out),
            (_, None) => return Err(End::Violation("something else than CONNECT to begin with")),
            (Incoming::Connect(_), Some(_)) => return Err(End::Violation("CONNECT a second time")),
            (Incoming::Publish, _) => return Err(End::Refused("clients cannot publish")),
            (Incoming::Disconnect, _) => return Err(End::Left),
            (Incoming::Pingreq, _) => packet::write(&Outgoing::Pingresp, out),
            (Incoming::Subscribe(id, filters), _) => {
                let granted = filters.into_iter().map(|(filter, qos)| self.subscribe(filter, qos)).collect();
                packet::write(&Outgoing::Suback(id, granted), out);
            }
            (Incoming::Unsubscribe(id, filters), _) => {
                self.filters.retain(|filter, _| !filters.contains(filter));
                packet::write(&Outgoing::Unsuback(id), out);
            }
            (Incoming::Puback(id), _) => self.forget(id, Awaiting::Ack),
            (Incoming::Pubcomp(id), _) => self.forget(id, Awaiting::Completion),
            (Incoming::Pubrec(id), _) => {
                if let Some(awaiting) = self.sent.get_mut(&id).filter(|awaiting| **awaiting != Awaiting::Ack) {
                    *awaiting = Awaiting::Completion;
                }
                packet::write(&Outgoing::Pubrel(id), out);
            }
        }
        Ok(())
    }

    fn connect(&mut self, connect: Connect, out: &mut Vec<u8>) -> Result<(), End> {
        let refusal = match connect {
            Connect::Other => (Connack::Version, "another version than 3.1.1"),
            Connect::V311 { will: true, .. } => (Connack::NotAuthorized, "a will, which would be published"),
            Connect::V311 { clean: false, named: false, .. } => (Connack::Identifier, "a session to be kept, without a name"),
            // Whoever is known already need not say it again.
            Connect::V311 { keep_alive, .. } if self.listener.is_some() => {
                self.accept(keep_alive, out);
                return Ok(());
            }
            Connect::V311 { keep_alive, claim: Some(claim), .. } => {
                self.claim = Some((claim, keep_alive));
                return Ok(());
            }
            Connect::V311 { .. } => (Connack::NotAuthorized, "no token, neither in a header nor as the password"),
        };
        packet::write(&Outgoing::Connack(refusal.0), out);
        Err(End::Refused(refusal.1))
    }

    fn accept(&mut self, keep_alive: u16, out: &mut Vec<u8>) {
        self.connected = Some(keep_alive);
        packet::write(&Outgoing::Connack(Connack::Accepted), out);
    }

    fn subscribe(&mut self, filter: String, qos: Qos) -> Option<Qos> {
        let room = self.filters.len() < FILTERS || self.filters.contains_key(&filter);
        (room && self.listener.is_some_and(|listener| listener.may_subscribe(&filter))).then(|| {
            self.filters.insert(filter, qos);
            qos
        })
    }

    /// An id for a message that is to be answered. There are far more ids than messages that may wait.
    fn remember(&mut self, awaiting: Awaiting) -> u16 {
        loop {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            if !self.sent.contains_key(&self.last_id) {
                self.sent.insert(self.last_id, awaiting);
                return self.last_id;
            }
        }
    }

    fn forget(&mut self, id: u16, awaiting: Awaiting) {
        if self.sent.get(&id) == Some(&awaiting) {
            self.sent.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::event;
    use crate::mqtt::Reach;
    use crate::mqtt::tests::{ORG, USER, listener};

    const CONNECT: &[u8] = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00";

    fn say(session: &mut Session, bytes: &[u8]) -> (Vec<u8>, Result<(), End>) {
        let mut out = Vec::new();
        let end = session.receive(bytes, &mut out);
        (out, end)
    }

    fn connected(reach: Reach) -> Session {
        let mut session = Session::new(Some(listener(reach)));
        assert_eq!(say(&mut session, CONNECT), (b"\x20\x02\x00\x00".to_vec(), Ok(())));
        session
    }

    fn subscribe(session: &mut Session, filter: &str, qos: u8) -> Vec<u8> {
        let mut packet = vec![0x82, u8::try_from(filter.len() + 5).unwrap(), 0, 1, 0, u8::try_from(filter.len()).unwrap()];
        packet.extend(filter.as_bytes());
        packet.push(qos);
        say(session, &packet).0
    }

    /// The first byte of what is published, and the id that follows the topic.
    fn published(session: &mut Session) -> Option<(u8, u8)> {
        let mut out = Vec::new();
        session.publish(&Posting::from(&event()), &mut out);
        let topic = format!("publish/{ORG}/{USER}");
        let found = out.windows(topic.len()).position(|window| window == topic.as_bytes())?;
        Some((out[0], out[found + topic.len() + 1]))
    }

    #[test]
    fn a_message_comes_as_it_was_subscribed_to_and_once() {
        let mut session = connected(Reach::Everything);
        assert_eq!(published(&mut session), None);
        assert_eq!(subscribe(&mut session, "publish/#", 0), b"\x90\x03\x00\x01\x00");
        assert_eq!(published(&mut session).map(|(first, _)| first), Some(0x30));
        assert_eq!(subscribe(&mut session, "publish/+/+", 2), b"\x90\x03\x00\x01\x02");
        assert_eq!(published(&mut session), Some((0x34, 1)));
        assert_eq!(say(&mut session, b"\xa2\x0f\x00\x02\x00\x0bpublish/+/+").0, b"\xb0\x02\x00\x02");
        assert_eq!(published(&mut session).map(|(first, _)| first), Some(0x30));
    }

    #[test]
    fn what_is_out_of_reach_is_refused_and_the_rest_granted() {
        let mut session = connected(Reach::Own);
        assert_eq!(subscribe(&mut session, "publish/#", 1), b"\x90\x03\x00\x01\x80");
        assert_eq!(subscribe(&mut session, &format!("publish/{ORG}/+"), 1), b"\x90\x03\x00\x01\x80");
        assert_eq!(published(&mut session), None);
        assert_eq!(subscribe(&mut session, &format!("publish/{ORG}/{USER}"), 1), b"\x90\x03\x00\x01\x01");
        assert_eq!(published(&mut session), Some((0x32, 1)));
    }

    #[test]
    fn messages_wait_for_their_answers_and_no_more_than_so_many() {
        let mut session = connected(Reach::Everything);
        subscribe(&mut session, "publish/#", 2);
        assert_eq!(published(&mut session), Some((0x34, 1)));
        assert_eq!(say(&mut session, b"\x40\x02\x00\x01\x70\x02\x00\x01").0, b"", "neither is the answer that is due");
        assert_eq!(session.sent.get(&1), Some(&Awaiting::Receipt));
        for _ in 0..2 {
            assert_eq!(say(&mut session, b"\x50\x02\x00\x01").0, b"\x62\x02\x00\x01");
        }
        assert_eq!(session.sent.get(&1), Some(&Awaiting::Completion));
        assert_eq!(say(&mut session, b"\x70\x02\x00\x01").1, Ok(()));
        assert!(session.sent.is_empty());
        subscribe(&mut session, "publish/#", 1);
        while session.is_ready() {
            published(&mut session);
        }
        assert_eq!(session.sent.len(), UNANSWERED);
        assert_eq!(say(&mut session, b"\x40\x02\x00\x02").1, Ok(()));
        assert!(session.is_ready());
        session.last_id = u16::MAX - 1;
        assert_eq!((session.remember(Awaiting::Ack), session.remember(Awaiting::Ack)), (u16::MAX, 1));
        assert_eq!(session.remember(Awaiting::Ack), 2, "an id that is free again");
        assert_eq!(session.remember(Awaiting::Ack), 1_026, "ids that are in use are passed over");
    }

    #[test]
    fn pings_are_answered_and_silence_is_measured() {
        let mut session = Session::new(Some(listener(Reach::Own)));
        assert_eq!((session.patience(), session.is_ready()), (Some(GREETING), false));
        assert_eq!(say(&mut session, CONNECT).1, Ok(()));
        assert_eq!((session.patience(), session.is_ready()), (Some(Duration::from_secs(90)), true));
        assert_eq!(say(&mut session, b"\xc0\x00"), (b"\xd0\x00".to_vec(), Ok(())));
        let mut session = Session::new(Some(listener(Reach::Own)));
        assert_eq!(say(&mut session, b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00").1, Ok(()));
        assert_eq!(session.patience(), None);
    }

    #[test]
    fn whoever_is_unknown_says_who_he_is_and_nothing_is_read_until_that_is_judged() {
        const CLAIM: &[u8] = b"\x10\x15\x00\x04MQTT\x04\xc2\x00\x3c\x00\x00\x00\x03a@b\x00\x02to";
        let claiming = || {
            let mut session = Session::new(None);
            assert_eq!(say(&mut session, &[CLAIM, b"\xc0\x00"].concat()), (Vec::new(), Ok(())));
            session
        };
        let mut session = claiming();
        assert_eq!(format!("{:?}", session.claim()), r#"Some(Claim { user: "a@b", .. })"#);
        assert_eq!((session.claim().map(|claim| claim.token.as_str()), session.is_ready()), (Some("to"), false));
        let mut out = Vec::new();
        assert_eq!(session.admit(listener(Reach::Own), &mut out), Ok(()));
        assert_eq!(out, b"\x20\x02\x00\x00\xd0\x00", "what came meanwhile is answered after it");
        assert!(session.claim().is_none() && session.is_ready());
        assert_eq!(subscribe(&mut session, "publish/#", 1), b"\x90\x03\x00\x01\x80");

        let (mut session, mut out) = (claiming(), Vec::new());
        assert!(matches!(session.reject(&mut out), End::Refused(_)));
        assert_eq!(out, b"\x20\x02\x00\x04");
        let (out, end) = say(&mut Session::new(None), CONNECT);
        assert!(out == b"\x20\x02\x00\x05" && matches!(end, Err(End::Refused(_))));
        let (out, end) = say(&mut Session::new(Some(listener(Reach::Own))), CLAIM);
        assert_eq!((out.as_slice(), end), (&b"\x20\x02\x00\x00"[..], Ok(())), "whoever is known is not asked");
    }

    #[test]
    fn conversations_end_for_a_reason() {
        let fresh = || Session::new(Some(listener(Reach::Everything)));
        assert_eq!(say(&mut fresh(), b"\x10\x08\x00\x04MQTT\x05\x02").0, b"\x20\x02\x00\x01");
        assert_eq!(say(&mut fresh(), b"\x10\x0c\x00\x04MQTT\x04\x06\x00\x3c\x00\x00").0, b"\x20\x02\x00\x05");
        assert_eq!(say(&mut fresh(), b"\x10\x0c\x00\x04MQTT\x04\x00\x00\x3c\x00\x00").0, b"\x20\x02\x00\x02");
        assert!(matches!(say(&mut fresh(), b"\xc0\x00").1, Err(End::Violation(_))));
        let mut session = connected(Reach::Everything);
        assert!(matches!(say(&mut session, CONNECT).1, Err(End::Violation(_))));
        assert_eq!(say(&mut connected(Reach::Everything), b"\x30\x05\x00\x01ahi").1, Err(End::Refused("clients cannot publish")));
        assert_eq!(say(&mut connected(Reach::Everything), b"\xe0\x00").1, Err(End::Left));
    }
}
