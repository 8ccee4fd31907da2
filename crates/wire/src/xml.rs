//! The text of a document while it is written. Invariant: it is well-formed whatever the values hold, and its version has all of it.

use crate::escape;
use crate::record::Record;
use crate::render::Links;
use crate::schema::Wire;
use std::fmt::Write as _;

/// About what a record takes, in bytes.
const RECORD: usize = 800;

/// A document on its way to text.
#[derive(Debug)]
pub struct Xml {
    text: String,
    version: u16,
    /// The prefix of attributes in the vCloud namespace.
    vcloud: &'static str,
    links: Links,
    /// Set when the element that is open has text, be it an empty one.
    has_text: bool,
}

/// A value without structure.
pub(crate) trait Single {
    /// Appends it; only texts need escaping.
    fn spell(&self, escape: fn(&str, &mut String), out: &mut String);
}

impl Single for String {
    fn spell(&self, escape: fn(&str, &mut String), out: &mut String) {
        escape(self, out);
    }
}

impl Single for bool {
    fn spell(&self, _escape: fn(&str, &mut String), out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Single for $number {
            fn spell(&self, _escape: fn(&str, &mut String), out: &mut String) {
                // Writing to memory cannot fail.
                let _ = write!(out, "{self}");
            }
        }
    )*};
}
numbers!(i32, i64, f64);

impl Xml {
    /// Nothing yet, for clients of this version (an ordinal).
    pub(crate) fn new(version: u16) -> Self {
        Self { text: String::with_capacity(2048), version, vcloud: "vcloud", links: Links::Single, has_text: false }
    }

    /// The same with another prefix for attributes in the vCloud namespace.
    pub(crate) const fn with_vcloud(mut self, prefix: &'static str) -> Self {
        self.vcloud = prefix;
        self
    }

    /// The same with links written so.
    pub(crate) const fn with_links(mut self, links: Links) -> Self {
        self.links = links;
        self
    }

    /// What was written.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// Appends text that is XML already.
    pub(crate) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Whether the version lies between these: the first that has something, and the first that has it no more.
    pub(crate) fn has(&self, since: u16, until: u16) -> bool {
        since <= self.version && self.version < until
    }

    /// An attribute of the start tag that is open.
    pub(crate) fn attribute(&mut self, name: &str, value: &impl Single) {
        self.named(name);
        value.spell(escape::attribute, &mut self.text);
        self.text.push('"');
    }

    /// The same with a text that nobody owns.
    pub(crate) fn text_attribute(&mut self, name: &str, text: &str) {
        self.named(name);
        escape::attribute(text, &mut self.text);
        self.text.push('"');
    }

    fn named(&mut self, name: &str) {
        self.text.push(' ');
        match name.strip_prefix("vcloud:") {
            Some(local) => self.text.extend([self.vcloud, ":", local]),
            None => self.text.push_str(name),
        }
        self.text.push_str("=\"");
    }

    /// An attribute, if there is a value.
    pub(crate) fn attribute_if(&mut self, name: &str, value: Option<&impl Single>) {
        if let Some(value) = value {
            self.attribute(name, value);
        }
    }

    /// The text of the element that is open.
    pub(crate) fn content(&mut self, value: &impl Single) {
        value.spell(escape::content, &mut self.text);
        self.has_text = true;
    }

    /// An element for each value.
    pub(crate) fn values<'a, S: Single + 'a>(&mut self, name: &str, values: impl IntoIterator<Item = &'a S>) {
        for value in values {
            self.open(name);
            self.close(name, |_| (), |out| out.content(value));
        }
    }

    /// An element for each structure.
    pub(crate) fn parts<'a, T: Wire + 'a>(&mut self, name: &str, parts: impl IntoIterator<Item = &'a T>) {
        let twinned = self.links == Links::Twinned && name == "Link";
        for part in parts {
            let from = self.text.len();
            self.open(name);
            self.close(name, |out| part.attributes(out), |out| part.elements(out));
            if twinned {
                self.twin(from);
            }
        }
    }

    /// Writes the link that begins at `from` once more with its type in JSON, when that is one in XML. Quotes in values are escaped, so that
    /// nothing else can look like the attribute.
    fn twin(&mut self, from: usize) {
        const TYPE: &str = " type=\"";
        let Some(value) = self.text[from..].find(TYPE).map(|at| from + at + TYPE.len()) else { return };
        let Some(end) = self.text[value..].find('"').map(|at| value + at) else { return };
        let Some(stem) = self.text[value..end].strip_suffix("+xml") else { return };
        let twin = [&self.text[from..value], stem, "+json", &self.text[end..]].concat();
        self.text.push_str(&twin);
    }

    /// Elements with any content, which are XML already.
    pub(crate) fn any<'a>(&mut self, elements: impl IntoIterator<Item = &'a String>) {
        elements.into_iter().for_each(|element| self.raw(element));
    }

    /// The elements of query records, or of references with names of their own.
    pub(crate) fn records(&mut self, records: &[Record]) {
        // A long page would otherwise be copied again and again while it grows.
        self.text.reserve(records.len() * RECORD);
        for record in records {
            if let Some(written) = &record.written {
                self.raw(written);
                continue;
            }
            self.open(record.element);
            self.close(record.element, |out| record.attributes(out), |out| record.elements(out));
        }
    }

    /// Begins a start tag.
    pub(crate) fn open(&mut self, name: &str) {
        self.text.push('<');
        self.text.push_str(name);
    }

    /// Ends what [`Self::open`] began: attributes, then content, or none.
    pub(crate) fn close(&mut self, name: &str, attributes: impl FnOnce(&mut Self), content: impl FnOnce(&mut Self)) {
        attributes(self);
        self.text.push('>');
        let empty = self.text.len();
        content(self);
        let has_text = std::mem::take(&mut self.has_text);
        if self.text.len() == empty && !has_text {
            self.text.pop();
            self.text.push_str("/>");
        } else {
            self.text.push_str("</");
            self.text.push_str(name);
            self.text.push('>');
        }
    }
}
