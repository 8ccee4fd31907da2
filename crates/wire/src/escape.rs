//! Text made safe for XML. Invariant: whatever text goes in, what comes out is well-formed and reads back as that text, except that
//! characters XML 1.0 cannot carry become U+FFFD.

/// Appends text as the value of an attribute in double quotes. Tabs and line ends survive the reader's normalisation.
pub(crate) fn attribute(text: &str, out: &mut String) {
    replace(text, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#9;"),
        b'\n' => Some("&#10;"),
        b'\r' => Some("&#13;"),
        0..=0x1f => Some(REPLACEMENT),
        _ => None,
    });
}

/// Appends text as the content of an element.
pub(crate) fn content(text: &str, out: &mut String) {
    replace(text, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#13;"),
        b'\t' | b'\n' => None,
        0..=0x1f => Some(REPLACEMENT),
        _ => None,
    });
}

const REPLACEMENT: &str = "\u{fffd}";

/// Copies runs of plain text at once; what is replaced is always a single byte, or one of the two characters above.
fn replace(text: &str, out: &mut String, of: impl Fn(u8) -> Option<&'static str>) {
    let mut rest = 0;
    for (at, byte) in text.bytes().enumerate() {
        let (replacement, length) = match of(byte) {
            Some(replacement) => (replacement, 1),
            None if byte == 0xef && text[at..].starts_with(['\u{fffe}', '\u{ffff}']) => (REPLACEMENT, 3),
            None => continue,
        };
        out.push_str(&text[rest..at]);
        out.push_str(replacement);
        rest = at + length;
    }
    out.push_str(&text[rest..]);
}

/// Whether an XML document can hold the character.
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// The character, or U+FFFD for one that no XML document can hold.
fn allowed(c: char) -> char {
    if is_xml_char(c) { c } else { char::REPLACEMENT_CHARACTER }
}

/// Makes a document written by yaserde safe: it writes control characters raw, and tabs raw in attributes.
#[must_use]
pub(crate) fn document(text: String) -> String {
    let plain = text.bytes().all(|byte| byte >= 0x20 || byte == b'\n');
    if plain && !text.contains('\u{fffe}') && !text.contains('\u{ffff}') {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut place = Place::Content;
    for c in text.chars() {
        match (c, &place) {
            ('\t', Place::Value(_)) => out.push_str("&#9;"),
            ('\r', _) => out.push_str("&#13;"),
            (c, _) => out.push(allowed(c)),
        }
        place = place.after(c);
    }
    out
}

/// Where in a document a character stands. Enough for what we write ourselves: no comments, no CDATA.
enum Place {
    Content,
    Tag,
    Value(char),
}

impl Place {
    fn after(self, c: char) -> Self {
        match (self, c) {
            (Self::Content, '<') => Self::Tag,
            (Self::Tag, '>') => Self::Content,
            (Self::Tag, '"' | '\'') => Self::Value(c),
            (Self::Value(quote), c) if c == quote => Self::Tag,
            (place, _) => place,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_loses_no_text_and_holds_no_forbidden_character() {
        let written = "<a b=\"x\ty\u{1}\">1\t2\u{b}\r</a>".to_owned();
        assert_eq!(document(written), "<a b=\"x&#9;y\u{fffd}\">1\t2\u{fffd}&#13;</a>");
        let clean = "<a b=\"x\">\n</a>".to_owned();
        assert_eq!(document(clean.clone()), clean);
    }

    #[test]
    fn values_are_escaped() {
        let mut out = String::new();
        attribute("ä<&>\"'\t\n\r\0\u{fffe}\u{fffd}\u{ffff}ö", &mut out);
        assert_eq!(out, "ä&lt;&amp;&gt;&quot;'&#9;&#10;&#13;\u{fffd}\u{fffd}\u{fffd}\u{fffd}ö");
        let mut out = String::new();
        content("<&>\"\t\n\r", &mut out);
        assert_eq!(out, "&lt;&amp;&gt;\"\t\n&#13;");
    }
}
