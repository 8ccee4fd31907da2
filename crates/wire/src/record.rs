//! Query records: one element with many attributes, written without a struct per type.
//!
//! Invariant: a record is one element in the vCloud namespace; its attributes are written in the order they were added.

use std::fmt::Write as _;
use std::io::Write;

use yaserde::__xml::attribute::OwnedAttribute;
use yaserde::__xml::namespace::Namespace;
use yaserde::__xml::writer::XmlEvent;
use yaserde::YaSerialize;
use yaserde::ser::Serializer;

use crate::escape;
use crate::schema::{Kind, RecordInfo, Scalar, Wire};
use crate::vcloud::{Link, Metadata};

/// A value of a record's attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, URI or instant.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A truth value.
    Bool(bool),
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// A query record, or a reference with an element name of its own (`VAppReference`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// Element name: `BlockingTaskRecord`, `VAppReference` ...
    pub element: &'static str,
    /// Attributes in the order they are written.
    pub attributes: Vec<(&'static str, Value)>,
    /// Links, for callers who asked for them.
    pub link: Vec<Link>,
    /// Metadata, for callers who asked for it.
    pub metadata: Option<Metadata>,
}

impl Record {
    /// An empty record.
    #[must_use]
    pub fn new(element: &'static str) -> Self {
        Self { element, ..Self::default() }
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Adds an attribute when there is a value.
    #[must_use]
    pub fn with_option(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Its table, when it is a query record.
    #[must_use]
    pub fn info(&self) -> Option<&'static RecordInfo> {
        RecordInfo::of_element(self.element)
    }

    /// The kind of an attribute; text when no table knows it.
    #[must_use]
    pub fn scalar(&self, attribute: &str) -> Scalar {
        let found = self.info().and_then(|info| info.attributes.iter().find(|field| field.name == attribute));
        match found.map(|field| field.kind) {
            Some(Kind::Scalar(scalar)) => scalar,
            _ => Scalar::Str,
        }
    }

    /// Clears what documents of this version do not have.
    pub fn prune(&mut self, version: u16) {
        if let Some(info) = self.info() {
            let known = |name: &str| info.attributes.iter().find(|field| field.name == name);
            self.attributes.retain(|(name, _)| known(name).is_none_or(|field| field.in_version(version)));
        }
        if version < 51 {
            self.metadata = None;
        }
        if let Some(inner) = &mut self.metadata {
            inner.prune(version);
        }
        for inner in &mut self.link {
            inner.prune(version);
        }
    }

    /// Appends the start tag without its end (`<TaskRecord name="task"`).
    fn open(&self, out: &mut String) {
        out.push('<');
        out.push_str(self.element);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            match value {
                Value::Text(text) => escape::attribute(text, out),
                Value::Number(number) => {
                    let _ = write!(out, "{number}");
                }
                Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            }
            out.push('"');
        }
    }
}

/// One raw write per record: the derive's way through owned names and maps costs a multiple on long pages.
impl YaSerialize for Record {
    fn serialize<W: Write>(&self, writer: &mut Serializer<W>) -> yaserde::Result<()> {
        let mut text = String::with_capacity(64 * self.attributes.len() + 64);
        self.open(&mut text);
        if self.link.is_empty() && self.metadata.is_none() {
            text.push_str("/>");
            writer.write(XmlEvent::RawCharacters(&text))?;
            return Ok(());
        }
        text.push('>');
        writer.write(XmlEvent::RawCharacters(&text))?;
        for link in &self.link {
            child(writer, "Link", link)?;
        }
        if let Some(metadata) = &self.metadata {
            child(writer, "Metadata", metadata)?;
        }
        writer.write(XmlEvent::RawCharacters(&format!("</{}>", self.element)))?;
        Ok(())
    }

    fn serialize_attributes(
        &self,
        attributes: Vec<OwnedAttribute>,
        namespace: Namespace,
    ) -> yaserde::Result<(Vec<OwnedAttribute>, Namespace)> {
        Ok((attributes, namespace))
    }
}

fn child<W: Write>(writer: &mut Serializer<W>, name: &str, value: &impl YaSerialize) -> yaserde::Result<()> {
    writer.set_start_event_name(Some(name.to_owned()));
    writer.set_skip_start_end(false);
    value.serialize(writer)
}
