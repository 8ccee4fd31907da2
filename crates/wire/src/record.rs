//! Query records: one element with many attributes, written without a struct per type.
//!
//! Invariant: a record is one element in the vCloud namespace; its attributes are written in the order they were added.

use crate::ns::Ns;
use crate::schema::{Field, Kind, RecordInfo, Scalar, Wire};
use crate::vcloud::{Link, Metadata};
use crate::xml::Xml;
use std::sync::Arc;

/// A value of a record's attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, URI or instant.
    Text(Arc<str>),
    /// A whole number.
    Number(i64),
    /// A truth value.
    Bool(bool),
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
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
    /// The whole element as [`Record::write`] wrote it before: in XML it takes the place of everything above.
    pub written: Option<Arc<str>>,
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

    /// Its element in XML, for clients of this version (an ordinal).
    #[must_use]
    pub fn write(&self, version: u16) -> Arc<str> {
        let mut out = Xml::new(version);
        out.records(std::slice::from_ref(self));
        out.finish().into()
    }

    /// Its table, when it is a query record.
    #[must_use]
    pub fn info(&self) -> Option<&'static RecordInfo> {
        RecordInfo::of_element(self.element)
    }

    /// The kind of an attribute; text when no table knows it.
    #[must_use]
    pub fn scalar(&self, attribute: &str) -> Scalar {
        match self.field(attribute).map(|field| field.kind) {
            Some(Kind::Scalar(scalar)) => scalar,
            _ => Scalar::Str,
        }
    }

    /// Writes the attributes that the version has; those that no table knows, every version has.
    pub(crate) fn attributes(&self, out: &mut Xml) {
        let mut known = self.info().map_or(&[][..], |info| info.attributes).iter().peekable();
        for (name, value) in &self.attributes {
            // Records are filled in the order of the table, so that looking on from the last one finds the next one at once.
            let mut ahead = known.clone();
            let field = ahead.find(|field| field.name == *name);
            if field.is_some() {
                known = ahead;
            }
            if field.or_else(|| self.field(name)).is_none_or(|field| out.has(field.since, field.until)) {
                match value {
                    Value::Text(text) => out.text_attribute(name, text),
                    Value::Number(number) => out.attribute(name, number),
                    Value::Bool(value) => out.attribute(name, value),
                }
            }
        }
    }

    /// Writes links and metadata.
    pub(crate) fn elements(&self, out: &mut Xml) {
        out.parts("Link", &self.link);
        if let Some(metadata) = self.metadata.as_ref().filter(|_| out.has(51, u16::MAX)) {
            // Few pages have any, so the prefix is bound here and not on the root of all.
            out.open("Metadata");
            out.text_attribute("xmlns:xsi", Ns::Xsi.uri());
            out.close("Metadata", |out| metadata.attributes(out), |out| metadata.elements(out));
        }
    }

    fn field(&self, attribute: &str) -> Option<&'static Field> {
        self.info()?.attributes.iter().find(|field| field.name == attribute)
    }
}
