//! How long the frames of a client are. Invariant: a frame that is too long is refused by its head; actix would hold all of it first.

use actix_web::error::PayloadError;
use actix_web::{FromRequest, HttpRequest, dev, web};
use futures::{FutureExt, StreamExt};

/// The longest frame of a client, in bytes.
pub(super) const LONGEST: u64 = 64 << 10;

/// The same bytes, up to the first frame that is too long.
pub(super) fn measured(head: &HttpRequest, payload: web::Payload) -> Option<web::Payload> {
    let mut ruler = Ruler::default();
    let bytes = payload.map(move |bytes| bytes.and_then(|bytes| if ruler.takes(&bytes) { Ok(bytes) } else { Err(PayloadError::Overflow) }));
    web::Payload::from_request(head, &mut dev::Payload::Stream { payload: Box::pin(bytes) }).now_or_never()?.ok()
}

/// Where in a frame the next byte is.
#[derive(Debug, Default)]
pub(crate) struct Ruler {
    /// The beginning of a head that is not whole.
    head: Vec<u8>,
    /// How many bytes of the frame follow.
    left: u64,
}

impl Ruler {
    /// Whether all frames that begin in these bytes are short enough.
    pub(crate) fn takes(&mut self, mut bytes: &[u8]) -> bool {
        loop {
            let skipped = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            self.left -= skipped as u64;
            let Some((first, rest)) = bytes[skipped..].split_first() else { return true };
            bytes = rest;
            self.head.push(*first);
            if let Some(length) = self.length() {
                if length > LONGEST {
                    return false;
                }
                let mask = if self.head[1] & 0x80 == 0 { 0 } else { 4 };
                self.left = length + mask;
                self.head.clear();
            }
        }
    }

    /// The length that the head says, once it is there (RFC 6455, 5.2).
    fn length(&self) -> Option<u64> {
        match *self.head.as_slice() {
            [_, short] if short & 0x7f < 126 => Some(u64::from(short & 0x7f)),
            [_, kind, a, b] if kind & 0x7f == 126 => Some(u64::from(u16::from_be_bytes([a, b]))),
            [_, _, a, b, c, d, e, f, g, h] => Some(u64::from_be_bytes([a, b, c, d, e, f, g, h])),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a masked frame of this length, said as shortly as can be.
    fn head(length: u64) -> Vec<u8> {
        match length {
            0..126 => vec![0x82, 0x80 | u8::try_from(length).unwrap()],
            126..0x1_0000 => [&[0x82, 0xfe], &u16::try_from(length).unwrap().to_be_bytes()[..]].concat(),
            _ => [&[0x82, 0xff], &length.to_be_bytes()[..]].concat(),
        }
    }

    #[test]
    fn frames_are_measured_however_they_come() {
        let whole = |length: u64| [head(length), vec![0xff; usize::try_from(length).unwrap() + 4]].concat();
        let good = [0, 1, 125, 126, 300, 0xffff, LONGEST].map(whole).concat();
        for piece in [1, 2, 3, 1_000, good.len()] {
            let mut ruler = Ruler::default();
            assert!(good.chunks(piece).all(|bytes| ruler.takes(bytes)), "in pieces of {piece}");
            let mut bad = head(LONGEST + 1);
            let last = bad.split_off(9);
            assert!(ruler.takes(&bad) && !ruler.takes(&last), "refused as soon as the length is known");
        }
        assert!(!Ruler::default().takes(&head(u64::MAX)));
    }
}
