//! Text made safe for XML. Invariant: whatever text goes in, what comes out is well-formed and reads back as that text, except that
//! characters XML 1.0 cannot carry become U+FFFD.

/// Appends text as the value of an attribute in double quotes. Tabs and line ends survive the reader's normalisation.
pub(crate) fn attribute(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(allowed(c)),
        }
    }
}

/// Appends text as the content of an element.
pub(crate) fn content(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(allowed(c)),
        }
    }
}

/// The character, or U+FFFD for one that no XML document can hold.
fn allowed(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => c,
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// Makes a document written by yaserde safe: it writes control characters raw, and tabs raw in attributes.
#[must_use]
pub(crate) fn document(text: String) -> String {
    if text.chars().all(|c| c == '\n' || allowed(c) == c && c != '\t' && c != '\r') {
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
        attribute("<&>\"'\t\n\r\0", &mut out);
        assert_eq!(out, "&lt;&amp;&gt;&quot;'&#9;&#10;&#13;\u{fffd}");
        let mut out = String::new();
        content("<&>\"\t\n\r", &mut out);
        assert_eq!(out, "&lt;&amp;&gt;\"\t\n&#13;");
    }
}
