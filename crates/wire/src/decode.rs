//! Bytes to text. Invariant: what is not text in the encoding it claims, or holds what XML cannot, is refused, never patched.

use std::borrow::Cow;

use crate::error::{ParseError, ParseErrorKind};
use crate::escape;

/// The text of a body: UTF-8, UTF-16 with a byte order mark, or ISO-8859-1 when the XML declaration says so (old HTTP libraries send
/// that by default).
pub(crate) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, ParseError> {
    let text = match bytes {
        [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)?),
        [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)?),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest)?,
        _ => utf8(bytes)?,
    };
    if text.trim_matches([' ', '\t', '\n', '\r']).is_empty() {
        return Err(ParseError::new(ParseErrorKind::Empty, "the request has no body"));
    }
    match text.char_indices().find(|(_, c)| !escape::is_xml_char(*c)) {
        Some((at, c)) => {
            Err(refused(&format!("the body is not XML: the character U+{:04X} (at byte {at}) cannot stand in it", u32::from(c))))
        }
        None => Ok(text),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, ParseError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) if claims_latin1(bytes) => Ok(Cow::Owned(bytes.iter().copied().map(char::from).collect())),
        Err(error) => Err(refused(&format!("the body is not UTF-8 (at byte {})", error.valid_up_to()))),
    }
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> Result<String, ParseError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().copied().map(read);
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().filter(|_| rest.is_empty()).ok_or_else(|| refused("the body is not UTF-16"))
}

fn claims_latin1(bytes: &[u8]) -> bool {
    let head = bytes.split(|byte| *byte == b'>').next().unwrap_or_default();
    let head = String::from_utf8_lossy(&head[..head.len().min(200)]).to_ascii_lowercase();
    head.trim_start().starts_with("<?xml") && (head.contains("iso-8859-1") || head.contains("latin1"))
}

fn refused(message: &str) -> ParseError {
    ParseError::new(ParseErrorKind::Malformed, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encodings_that_clients_send_are_read() {
        assert_eq!(text(b"\xef\xbb\xbf<a/>").unwrap(), "<a/>");
        assert_eq!(text(b"\xff\xfe<\0a\0/\0>\0").unwrap(), "<a/>");
        assert_eq!(text(b"\xfe\xff\0<\0a\0/\0>").unwrap(), "<a/>");
        assert_eq!(
            text(b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>").unwrap(),
            "<?xml version='1.0' encoding='ISO-8859-1'?><a>ä</a>"
        );
        assert_eq!(text(b"<a>\xe4</a>").unwrap_err().kind, ParseErrorKind::Malformed);
        assert_eq!(text(b"\xff\xfe<").unwrap_err().kind, ParseErrorKind::Malformed);
        assert_eq!(text(b" \n").unwrap_err().kind, ParseErrorKind::Empty);
    }

    #[test]
    fn characters_that_no_document_can_hold_are_refused() {
        for bytes in [&b"<a>\x01</a>"[..], b"<a>\0</a>", b"<a b='\x1f'/>", b"<a>\xef\xbf\xbf</a>", b"\xff\xfe<\0\x0b\0"] {
            assert_eq!(text(bytes).unwrap_err().kind, ParseErrorKind::Malformed, "{bytes:?}");
        }
        assert_eq!(text(b"<a>\t\r\n\xc2\x85</a>").unwrap(), "<a>\t\r\n\u{85}</a>");
    }
}
