//! The packets of MQTT 3.1.1, as a server that takes no messages reads and writes them.
//! Invariant: no bytes panic, and a packet that is longer than [`LONGEST`] is refused by its head.
//!
//! Own code: docs/decisions/0024-mqtt-reads-the-events-beside-amqp.md says which crates were tried.

use super::session::{Claim, End};
use bytes::BytesMut;

/// The longest packet that is accepted, in bytes after its first two: far more than any subscription needs.
const LONGEST: usize = 64 << 10;

/// How surely a message is delivered: at most once, at least once, exactly once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Qos {
    Zero,
    One,
    Two,
}

impl Qos {
    fn read(byte: u8) -> Result<Self, End> {
        match byte {
            0 => Ok(Self::Zero),
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            _ => Err(End::Violation("a quality of service that MQTT does not have")),
        }
    }
}

/// What clients send.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    Connect(Connect),
    /// A message. It is not read any further.
    Publish,
    Puback(u16),
    Pubrec(u16),
    Pubcomp(u16),
    Subscribe(u16, Vec<(String, Qos)>),
    Unsubscribe(u16, Vec<String>),
    Pingreq,
    Disconnect,
}

/// What of a `CONNECT` counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Connect {
    /// Another version than 3.1.1; the rest is unknown.
    Other,
    /// Version 3.1.1.
    V311 {
        clean: bool,
        will: bool,
        /// In seconds; 0 for none.
        keep_alive: u16,
        named: bool,
        claim: Option<Claim>,
    },
}

/// How a `CONNECT` is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Connack {
    Accepted = 0,
    Version = 1,
    Identifier = 2,
    Credentials = 4,
    NotAuthorized = 5,
}

/// What the server sends.
#[derive(Debug)]
pub(super) enum Outgoing<'a> {
    /// Never with a session of before.
    Connack(Connack),
    /// The id is for messages that are answered.
    Publish {
        qos: Qos,
        id: u16,
        topic: &'a str,
        payload: &'a [u8],
    },
    Pubrel(u16),
    /// What was granted of each filter; `None` is a refusal.
    Suback(u16, Vec<Option<Qos>>),
    Unsuback(u16),
    Pingresp,
}

/// Takes the first packet off the buffer; `None` when it is not there as a whole.
pub(super) fn read(buffer: &mut BytesMut) -> Result<Option<Incoming>, End> {
    let Some((length, head)) = length(buffer)? else { return Ok(None) };
    let whole = head + length;
    if buffer.len() < whole {
        return Ok(None);
    }
    let packet = buffer.split_to(whole);
    body(packet[0], Fields(&packet[head..])).map(Some)
}

/// How many bytes follow the head, and how long the head is.
fn length(buffer: &[u8]) -> Result<Option<(usize, usize)>, End> {
    let mut length = 0;
    for (at, byte) in buffer.iter().skip(1).take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if length > LONGEST {
            return Err(End::Violation("a packet that is too long"));
        }
        if byte & 0x80 == 0 {
            return Ok(Some((length, at + 2)));
        }
    }
    if buffer.len() > 4 { Err(End::Violation("a length that never ends")) } else { Ok(None) }
}

fn body(first: u8, mut fields: Fields<'_>) -> Result<Incoming, End> {
    let packet = match first {
        0x10 => return connect(fields),
        0x30..=0x3f => return Ok(Incoming::Publish),
        0x40 => Incoming::Puback(fields.id()?),
        0x50 => Incoming::Pubrec(fields.id()?),
        0x70 => Incoming::Pubcomp(fields.id()?),
        0x82 => Incoming::Subscribe(fields.id()?, fields.all(|fields| Ok((fields.filter()?, Qos::read(fields.byte()?)?)))?),
        0xa2 => Incoming::Unsubscribe(fields.id()?, fields.all(Fields::filter)?),
        0xc0 => Incoming::Pingreq,
        0xe0 => Incoming::Disconnect,
        _ => return Err(End::Violation("a packet that clients do not send")),
    };
    if fields.0.is_empty() { Ok(packet) } else { Err(End::Violation("a packet with too many bytes")) }
}

fn connect(mut fields: Fields<'_>) -> Result<Incoming, End> {
    let (name, level) = (fields.bytes()?, fields.byte()?);
    if (name, level) != (b"MQTT", 4) {
        return Ok(Incoming::Connect(Connect::Other));
    }
    let flags = fields.byte()?;
    if flags & 1 != 0 {
        return Err(End::Violation("a reserved flag"));
    }
    let (keep_alive, client, will) = (fields.short()?, fields.text()?, flags & 4 != 0);
    // A will is refused, and what follows it is not read.
    let claim = if will { None } else { claim(flags, &mut fields)? };
    Ok(Incoming::Connect(Connect::V311 { clean: flags & 2 != 0, will, keep_alive, named: !client.is_empty(), claim }))
}

/// Name and password, if there is a password.
fn claim(flags: u8, fields: &mut Fields<'_>) -> Result<Option<Claim>, End> {
    let (named, secret) = (flags & 0x80 != 0, flags & 0x40 != 0);
    if secret && !named {
        return Err(End::Violation("a password without a name"));
    }
    let user = if named { fields.text()?.to_owned() } else { String::new() };
    let token = if secret { fields.text()?.to_owned() } else { String::new() };
    Ok((!token.is_empty()).then_some(Claim { user, token }))
}

/// The rest of a packet.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], End> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(End::Violation("a packet that ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, End> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn short(&mut self) -> Result<u16, End> {
        self.take(2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn id(&mut self) -> Result<u16, End> {
        self.short().and_then(|id| if id == 0 { Err(End::Violation("packet id 0")) } else { Ok(id) })
    }

    fn bytes(&mut self) -> Result<&'a [u8], End> {
        let length = self.short()?;
        self.take(length.into())
    }

    fn text(&mut self) -> Result<&'a str, End> {
        let text = std::str::from_utf8(self.bytes()?).ok().filter(|text| !text.contains('\0'));
        text.ok_or(End::Violation("a text that is not valid UTF-8"))
    }

    /// A filter whose wildcards stand where they may.
    fn filter(&mut self) -> Result<String, End> {
        let filter = self.text()?;
        let levels = filter.split('/').count();
        let good = |(at, level): (usize, &str)| match level {
            "+" => true,
            "#" => at + 1 == levels,
            level => !level.contains(['+', '#']),
        };
        let valid = !filter.is_empty() && filter.split('/').enumerate().all(good);
        if valid { Ok(filter.to_owned()) } else { Err(End::Violation("a filter with wildcards in the wrong place")) }
    }

    /// One or more of something, to the end.
    fn all<T>(&mut self, one: impl Fn(&mut Self) -> Result<T, End>) -> Result<Vec<T>, End> {
        let mut all = vec![one(self)?];
        while !self.0.is_empty() {
            all.push(one(self)?);
        }
        Ok(all)
    }
}

/// Writes a packet.
pub(super) fn write(packet: &Outgoing<'_>, to: &mut Vec<u8>) {
    match packet {
        Outgoing::Connack(code) => to.extend([0x20, 2, 0, *code as u8]),
        Outgoing::Publish { qos, id, topic, payload } => {
            let id = (*qos != Qos::Zero).then(|| id.to_be_bytes());
            to.push(0x30 | (*qos as u8) << 1);
            write_length(2 + topic.len() + id.map_or(0, |id| id.len()) + payload.len(), to);
            // Topics are a word and two UUIDs.
            to.extend(u16::try_from(topic.len()).unwrap_or_default().to_be_bytes());
            to.extend(topic.as_bytes());
            to.extend(id.iter().flatten());
            to.extend(*payload);
        }
        Outgoing::Pubrel(id) => write_short(0x62, *id, to),
        Outgoing::Suback(id, granted) => {
            to.push(0x90);
            write_length(2 + granted.len(), to);
            to.extend(id.to_be_bytes());
            to.extend(granted.iter().map(|granted| granted.map_or(0x80, |qos| qos as u8)));
        }
        Outgoing::Unsuback(id) => write_short(0xb0, *id, to),
        Outgoing::Pingresp => to.extend([0xd0, 0]),
    }
}

fn write_short(first: u8, id: u16, to: &mut Vec<u8>) {
    to.extend([first, 2]);
    to.extend(id.to_be_bytes());
}

fn write_length(mut length: usize, to: &mut Vec<u8>) {
    loop {
        let seven = (length & 0x7f) as u8;
        length >>= 7;
        to.push(if length > 0 { seven | 0x80 } else { seven });
        if length == 0 {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(bytes: &[u8]) -> Result<Option<Incoming>, End> {
        read(&mut BytesMut::from(bytes))
    }

    #[test]
    fn packets_are_read_as_the_standard_writes_them() {
        let connect = b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02me";
        let wanted = Connect::V311 { clean: true, will: false, keep_alive: 60, named: true, claim: None };
        assert_eq!(one(connect), Ok(Some(Incoming::Connect(wanted))));
        let claimed = |flags: u8, rest: &[u8]| {
            let length = u8::try_from(12 + rest.len()).unwrap();
            let packet = [&[0x10, length], &b"\x00\x04MQTT\x04"[..], &[flags], b"\x00\x3c\x00\x00", rest].concat();
            one(&packet).map(|incoming| match incoming {
                Some(Incoming::Connect(Connect::V311 { claim, .. })) => claim.map(|claim| (claim.user, claim.token)),
                other => panic!("{other:?}"),
            })
        };
        assert_eq!(claimed(0xc2, b"\x00\x03a@b\x00\x02to"), Ok(Some(("a@b".to_owned(), "to".to_owned()))));
        assert_eq!(claimed(0xc2, b"\x00\x00\x00\x02to"), Ok(Some((String::new(), "to".to_owned()))));
        assert_eq!((claimed(0x82, b"\x00\x03a@b"), claimed(0xc2, b"\x00\x03a@b\x00\x00")), (Ok(None), Ok(None)));
        assert!(matches!(claimed(0x42, b"\x00\x02to"), Err(End::Violation(_))), "a password needs a name");
        assert!(matches!(claimed(0xc2, b"\x00\x03a@b"), Err(End::Violation(_))), "the password is missing");
        assert_eq!(one(b"\x10\x09\x00\x04MQTT\x05\x02\x00"), Ok(Some(Incoming::Connect(Connect::Other))));
        // The example of the standard: a/b at 1, c/d at 2.
        let both = vec![("a/b".to_owned(), Qos::One), ("c/d".to_owned(), Qos::Two)];
        assert_eq!(one(b"\x82\x0e\x00\x0a\x00\x03a/b\x01\x00\x03c/d\x02"), Ok(Some(Incoming::Subscribe(10, both))));
        assert_eq!(one(b"\xa2\x07\x00\x0a\x00\x03a/b"), Ok(Some(Incoming::Unsubscribe(10, vec!["a/b".to_owned()]))));
        assert_eq!(one(b"\x50\x02\x01\x02"), Ok(Some(Incoming::Pubrec(0x102))));
        assert_eq!((one(b"\xc0\x00"), one(b"\xe0\x00")), (Ok(Some(Incoming::Pingreq)), Ok(Some(Incoming::Disconnect))));
    }

    #[test]
    fn a_packet_may_come_in_pieces_and_two_at_once() {
        let mut buffer = BytesMut::new();
        for byte in b"\x40\x02\x00" {
            buffer.extend_from_slice(&[*byte]);
            assert_eq!(read(&mut buffer), Ok(None));
        }
        buffer.extend_from_slice(b"\x07\xc0\x00\xc0");
        assert_eq!(read(&mut buffer), Ok(Some(Incoming::Puback(7))));
        assert_eq!(read(&mut buffer), Ok(Some(Incoming::Pingreq)));
        assert_eq!((read(&mut buffer), buffer.len()), (Ok(None), 1));
    }

    #[test]
    fn what_breaks_the_rules_is_refused() {
        for bytes in [
            &b"\x80\x06\x00\x0a\x00\x01a\x00"[..],
            b"\x82\x02\x00\x0a",
            b"\x82\x06\x00\x00\x00\x01a\x00",
            b"\x82\x06\x00\x0a\x00\x01a\x03",
            b"\x82\x08\x00\x0a\x00\x03#/a\x00",
            b"\x82\x07\x00\x0a\x00\x02a+\x00",
            b"\x82\x05\x00\x0a\x00\x00\x00",
            b"\x82\x06\x00\x0a\x00\x01\xff\x00",
            b"\x40\x03\x00\x01\x00",
            b"\x20\x02\x00\x00",
            b"\x00\x00",
            b"\x10\xff\xff\xff\x7f",
            b"\xc0\x80\x80\x80\x80",
        ] {
            assert!(matches!(one(bytes), Err(End::Violation(_))), "{bytes:x?}");
        }
    }

    #[test]
    fn packets_are_written_as_the_standard_reads_them() {
        let written = |packet: Outgoing<'_>| {
            let mut bytes = Vec::new();
            write(&packet, &mut bytes);
            bytes
        };
        assert_eq!(written(Outgoing::Connack(Connack::NotAuthorized)), b"\x20\x02\x00\x05");
        assert_eq!(written(Outgoing::Suback(10, vec![Some(Qos::Two), None])), b"\x90\x04\x00\x0a\x02\x80");
        assert_eq!(written(Outgoing::Pubrel(258)), b"\x62\x02\x01\x02");
        let message = |qos, payload| written(Outgoing::Publish { qos, id: 5, topic: "a", payload });
        assert_eq!(message(Qos::Zero, b"hi"), b"\x30\x05\x00\x01ahi");
        assert_eq!(message(Qos::Two, b"hi"), b"\x34\x07\x00\x01a\x00\x05hi");
        assert_eq!(message(Qos::One, &[0; 300])[..4], [0x32, 0xb1, 0x02, 0x00]);
    }
}
