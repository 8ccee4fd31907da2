//! Text made safe for XML. Invariant: whatever text goes in, what comes out is well-formed and reads back as that text, except that
//! characters XML 1.0 cannot carry become U+FFFD.

/// What takes the place of a byte; `None` for one that stands for itself, or for the beginning of a character that may not stand at all.
type Table = [Option<&'static str>; 256];

static IN_ATTRIBUTE: Table = table(&[(b'"', "&quot;"), (b'\'', "&apos;"), (b'\t', "&#9;"), (b'\n', "&#10;")]);
static IN_CONTENT: Table = {
    let mut table = table(&[]);
    table[b'\t' as usize] = None;
    table[b'\n' as usize] = None;
    table
};

const REPLACEMENT: &str = "\u{fffd}";

/// The characters that XML reserves, those that it cannot carry, and more.
const fn table(more: &[(u8, &'static str)]) -> Table {
    let mut table = [None; 256];
    let mut control = 0;
    while control < 0x20 {
        table[control] = Some(REPLACEMENT);
        control += 1;
    }
    table[b'&' as usize] = Some("&amp;");
    table[b'<' as usize] = Some("&lt;");
    table[b'>' as usize] = Some("&gt;");
    table[b'\r' as usize] = Some("&#13;");
    let mut at = 0;
    while at < more.len() {
        table[more[at].0 as usize] = Some(more[at].1);
        at += 1;
    }
    table
}

/// Appends text as the value of an attribute in double quotes. Tabs and line ends survive the reader's normalisation.
pub(crate) fn attribute(text: &str, out: &mut String) {
    replace(text, out, &IN_ATTRIBUTE);
}

/// Appends text as the content of an element.
pub(crate) fn content(text: &str, out: &mut String) {
    replace(text, out, &IN_CONTENT);
}

/// Whether no byte of the text is in a table. Most texts are so, and comparing without branches looks at sixteen bytes at a time.
fn is_plain(text: &str) -> bool {
    let plain =
        |byte: u8| (byte >= 0x20) & (byte != b'&') & (byte != b'<') & (byte != b'>') & (byte != b'"') & (byte != b'\'') & (byte != 0xef);
    text.bytes().fold(true, |all, byte| all & plain(byte))
}

/// Copies runs of plain text at once; what is replaced is always a single byte, or one of two characters that no document can hold.
fn replace(text: &str, out: &mut String, table: &Table) {
    if is_plain(text) {
        return out.push_str(text);
    }
    let strange = |byte: u8| byte == 0xef || table[usize::from(byte)].is_some();
    let mut rest = text;
    while let Some(at) = rest.bytes().position(strange) {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        let length = match table[usize::from(from.as_bytes()[0])] {
            Some(replacement) => {
                out.push_str(replacement);
                1
            }
            None => {
                out.push_str(if from.starts_with(['\u{fffe}', '\u{ffff}']) { REPLACEMENT } else { &from[..3] });
                3
            }
        };
        rest = &from[length..];
    }
    out.push_str(rest);
}

/// Whether an XML document can hold the character.
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped() {
        let mut out = String::new();
        attribute("ä<&>\"'\t\n\r\0\u{fffe}\u{fffd}\u{ffff}ö", &mut out);
        assert_eq!(out, "ä&lt;&amp;&gt;&quot;&apos;&#9;&#10;&#13;\u{fffd}\u{fffd}\u{fffd}\u{fffd}ö");
        let mut out = String::new();
        content("<&>\"\t\n\r", &mut out);
        assert_eq!(out, "&lt;&amp;&gt;\"\t\n&#13;");
    }
}
