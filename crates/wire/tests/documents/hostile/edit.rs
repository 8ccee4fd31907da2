//! What is done to documents before they are sent. Invariant: an edit works on any bytes, and none makes more than a few hundred kilobytes.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use vcdsim_wire::Ns;

/// One thing done to a document.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    /// Another byte in the place of one.
    Byte(Index, u8),
    /// Bytes taken out.
    Remove(Index, u8),
    /// Bytes put in.
    Insert(Index, Vec<u8>),
    /// The end cut off.
    Cut(Index),
    /// A piece of the document again at another place.
    Repeat(Index, u16, Index),
    /// One namespace for another, everywhere.
    Namespace(usize, usize),
    /// One element's name for another's, everywhere.
    Rename(Index, Index),
    /// A snippet after a tag.
    After(Index, String),
    /// A snippet before the end of a tag.
    Inside(Index, String),
}

const NAMESPACES: [Ns; 7] = [Ns::None, Ns::Vcloud, Ns::Vmext, Ns::Ovf, Ns::Rasd, Ns::Vmw, Ns::Xsi];

/// Content that parsers are known to trip over.
const CONTENT: &[&str] = &[
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "&b;",
    "&#0;",
    "&#1;",
    "&#xD800;",
    "&#x110000;",
    "&#99999999999999999999;",
    "&#",
    "&",
    "&amp;",
    "&#13;&#10;&#9;",
    "<![CDATA[<a>&b;]]>",
    "<![CDATA[",
    "]]>",
    "<!-- -- -->",
    "<!--",
    "<?p ?>",
    "<?xml version='1.0' encoding='UTF-8'?>",
    "<?xml",
    "<a/>",
    "<a>",
    "</a>",
    "<q:a/>",
    "<Link rel='x' href='y'/>",
    "<",
    ">",
    "\r\n",
    "\t",
    "\u{85}\u{2028}",
    "\u{1f600}",
    "\u{feff}",
    "999999999999999999999999",
    "-0",
    "NaN",
    "1e999",
];

/// The same inside of tags.
const ATTRIBUTES: &[&str] = &[
    " name='2'",
    " name=\"a\tb\nc\"",
    " name='<'",
    " name='&#1;'",
    " name",
    " name=",
    " =''",
    " xmlns=''",
    " xmlns='u'",
    " xmlns:q=''",
    " xmlns:xml='u'",
    " xmlns:xmlns='u'",
    " xml:lang='x'",
    " q:name='x'",
    " xsi:type='q:x'",
    " xsi:type='vmext:x'",
    " xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='i:x'",
    " status='x'",
    "/",
    " '",
    "\"",
];

fn snippet(known: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![6 => prop::sample::select(known).prop_map(str::to_owned), 1 => "\\PC{0,20}"]
}

/// Content that costs a parser something: many levels, many children, much text.
fn bulk() -> impl Strategy<Value = String> {
    let names = prop::sample::select(&["a", "VApp", "Children", "Vm", "Tasks", "Task", "Link", "Description", "NetworkConnection"][..]);
    prop_oneof![
        (names.clone(), 1_usize..3_000).prop_map(|(name, times)| format!("<{name}>").repeat(times)),
        (names.clone(), 1_usize..3_000).prop_map(|(name, times)| format!("<{name} name='n'/>").repeat(times)),
        (names.clone(), 1_usize..80).prop_map(|(name, times)| format!(
            "{}{}",
            format!("<{name} name='n' status='1'>").repeat(times),
            format!("</{name}>").repeat(times)
        )),
        (1_usize..30_000).prop_map(|times| "x ".repeat(times)),
        (1_usize..10_000).prop_map(|times| "&amp;".repeat(times)),
    ]
}

fn attribute_bulk() -> impl Strategy<Value = String> {
    prop_oneof![
        (1_usize..3_000).prop_map(|times| (0..times).map(|at| format!(" a{at}=''")).collect()),
        (1_usize..300).prop_map(|times| (0..times).map(|at| format!(" xmlns:a{at}='u'")).collect()),
        (1_usize..30_000).prop_map(|times| format!(" a='{}'", "x".repeat(times))),
        (1_usize..3_000).prop_map(|times| " name='n'".repeat(times)),
    ]
}

/// Some edits.
pub(crate) fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        3 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Byte(at, byte)),
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, length)| Edit::Remove(at, length)),
        2 => (any::<Index>(), vec(any::<u8>(), 1..6)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        1 => any::<Index>().prop_map(Edit::Cut),
        2 => (any::<Index>(), any::<u16>(), any::<Index>()).prop_map(|(from, length, to)| Edit::Repeat(from, length, to)),
        2 => (0..NAMESPACES.len(), 0..NAMESPACES.len()).prop_map(|(from, to)| Edit::Namespace(from, to)),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Edit::Rename(from, to)),
        5 => (any::<Index>(), snippet(CONTENT)).prop_map(|(at, text)| Edit::After(at, text)),
        4 => (any::<Index>(), snippet(ATTRIBUTES)).prop_map(|(at, text)| Edit::Inside(at, text)),
        1 => (any::<Index>(), bulk()).prop_map(|(at, text)| Edit::After(at, text)),
        1 => (any::<Index>(), attribute_bulk()).prop_map(|(at, text)| Edit::Inside(at, text)),
    ];
    vec(edit, 1..6)
}

impl Edit {
    /// Does it.
    pub(crate) fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Byte(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Self::Remove(at, length) => {
                let at = at.index(bytes.len());
                bytes.drain(at..bytes.len().min(at + usize::from(*length)));
            }
            Self::Insert(at, more) => put(bytes, at.index(bytes.len()), more),
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Repeat(from, length, to) => {
                let from = from.index(bytes.len());
                let piece = bytes[from..bytes.len().min(from + usize::from(*length))].to_vec();
                put(bytes, to.index(bytes.len()), &piece);
            }
            Self::Namespace(from, to) => replace(bytes, NAMESPACES[*from].uri(), NAMESPACES[*to].uri()),
            Self::Rename(from, to) => {
                let names: Vec<String> = names(bytes);
                if !names.is_empty() {
                    replace(bytes, &names[from.index(names.len())], &names[to.index(names.len())]);
                }
            }
            Self::After(at, text) => {
                let ends = tag_ends(bytes);
                let at = if ends.is_empty() { 0 } else { at.get(&ends) + 1 };
                put(bytes, at, text.as_bytes());
            }
            Self::Inside(at, text) => {
                let ends = tag_ends(bytes);
                let at = if ends.is_empty() { 0 } else { *at.get(&ends) };
                let at = if at > 0 && bytes[at - 1] == b'/' { at - 1 } else { at };
                put(bytes, at, text.as_bytes());
            }
        }
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, more: &[u8]) {
    bytes.splice(at..at, more.iter().copied());
}

fn replace(bytes: &mut Vec<u8>, from: &str, to: &str) {
    if let (false, Ok(text)) = (from.is_empty(), std::str::from_utf8(bytes)) {
        *bytes = text.replace(from, to).into_bytes();
    }
}

fn tag_ends(bytes: &[u8]) -> Vec<usize> {
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'>').map(|(at, _)| at).collect()
}

fn names(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let starts = text.split('<').skip(1).filter(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic()));
    starts.filter_map(|tag| tag.split(|c: char| !c.is_ascii_alphanumeric() && c != ':').next()).map(str::to_owned).collect()
}

/// In which encoding a document is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Encoding {
    Utf8,
    Bom,
    Utf16Le,
    Utf16Be,
    Latin1,
}

pub(crate) fn encoding() -> impl Strategy<Value = Encoding> {
    prop_oneof![
        8 => Just(Encoding::Utf8),
        1 => Just(Encoding::Bom),
        1 => Just(Encoding::Utf16Le),
        1 => Just(Encoding::Utf16Be),
        1 => Just(Encoding::Latin1),
    ]
}

impl Encoding {
    /// The bytes in this encoding; those that are no text stay as they are.
    pub(crate) fn encode(self, bytes: Vec<u8>) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(&bytes) else { return bytes };
        match self {
            Self::Utf8 => bytes,
            Self::Bom => [&b"\xef\xbb\xbf"[..], &bytes].concat(),
            Self::Utf16Le => b"\xff\xfe".iter().copied().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect(),
            Self::Utf16Be => b"\xfe\xff".iter().copied().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect(),
            Self::Latin1 => text.replace("UTF-8", "ISO-8859-1").chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect(),
        }
    }
}
