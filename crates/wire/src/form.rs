//! Judges a body while it is read, and writes what is known of it down for yaserde.
//!
//! Invariant: what it writes holds only fields of the tables, in no namespace, with values of their kinds and nothing required
//! missing. Whatever yaserde might trip over (attributes of the same local name in two namespaces, unknown content, deep nesting,
//! processing instructions in text) never reaches it.

use std::borrow::Cow;

use crate::error::{ParseError, ParseErrorKind};
use crate::escape;
use crate::scalar;
use crate::schema::{Field, Kind, Scalar, TypeInfo};

/// The document as far as it was read.
#[derive(Debug, Default)]
pub(crate) struct Form {
    out: String,
    open: Vec<Open>,
    path: Vec<&'static str>,
    /// Whether the body is JSON, whose names messages use then.
    json: bool,
}

/// An element that holds a structure and is not closed yet.
#[derive(Debug)]
struct Open {
    name: &'static str,
    info: &'static TypeInfo,
    seen: Vec<bool>,
    in_tag: bool,
}

impl Form {
    /// Nothing read yet of a body in JSON.
    pub(crate) fn in_json() -> Self {
        Self { json: true, ..Self::default() }
    }

    /// The table of the innermost open element.
    pub(crate) fn info(&self) -> Option<&'static TypeInfo> {
        self.open.last().map(|open| open.info)
    }

    /// The elements from the root down.
    pub(crate) fn path(&self) -> &[&'static str] {
        &self.path
    }

    /// Opens the root, or the field `index` of the innermost element.
    pub(crate) fn begin(&mut self, name: &'static str, info: &'static TypeInfo, index: Option<usize>) -> Result<(), ParseError> {
        if let Some(index) = index {
            self.content()?;
            self.mark(index);
        }
        self.out.push('<');
        self.out.push_str(name);
        self.path.push(name);
        self.open.push(Open { name, info, seen: vec![false; info.fields.len()], in_tag: true });
        Ok(())
    }

    /// Takes an attribute of the innermost element, before any of its content. A second one of the same name is left out.
    pub(crate) fn attribute(&mut self, index: usize, text: &str) -> Result<(), ParseError> {
        let Some((field, new)) = self.mark(index) else { return Ok(()) };
        let Kind::Scalar(kind) = field.kind else { return Ok(()) };
        if new {
            let value = self.judged(kind, &self.name(field), text)?;
            self.push_attribute(field.name, &value);
        }
        Ok(())
    }

    /// Takes an element that holds a single value.
    pub(crate) fn value(&mut self, index: usize, text: &str) -> Result<(), ParseError> {
        self.content()?;
        let Some((field, _)) = self.mark(index) else { return Ok(()) };
        let kind = match field.kind {
            Kind::Scalar(kind) => kind,
            Kind::Any => Scalar::Str,
            Kind::Type(_) | Kind::Records => return Ok(()),
        };
        let value = self.judged(kind, &self.name(field), text)?;
        self.push_element(field.name, &value);
        Ok(())
    }

    /// Takes the innermost element's own text.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), ParseError> {
        self.content()?;
        let Some(open) = self.open.last() else { return Ok(()) };
        if let Some(kind) = open.info.text {
            let value = self.judged(kind, if self.json { "value" } else { open.name }, text)?;
            escape::content(&value, &mut self.out);
        }
        Ok(())
    }

    /// Closes the innermost element.
    pub(crate) fn end(&mut self) -> Result<(), ParseError> {
        self.content()?;
        let Some(open) = self.open.last() else { return Ok(()) };
        let (info, name) = (open.info, open.name);
        for (field, seen) in info.fields.iter().zip(&open.seen) {
            if !field.attribute && !seen {
                if field.required {
                    return Err(self.missing("element", field));
                }
                if field.lenient {
                    self.out.push_str(&format!("<{0}></{0}>", field.name));
                }
            }
        }
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        self.path.pop();
        self.open.pop();
        Ok(())
    }

    /// The whole, once the root is closed.
    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// Ends the start tag: from here on attributes that are not there are missing.
    fn content(&mut self) -> Result<(), ParseError> {
        let Some(open) = self.open.last_mut().filter(|open| open.in_tag) else { return Ok(()) };
        open.in_tag = false;
        let info = open.info;
        let absent = info.fields.iter().zip(open.seen.clone()).filter(|(field, seen)| field.attribute && !seen);
        for (field, _) in absent {
            if field.required {
                return Err(self.missing("attribute", field));
            }
            if field.lenient {
                self.push_attribute(field.name, "");
            }
        }
        self.out.push('>');
        Ok(())
    }

    /// Whether the innermost element has the field `index` already.
    pub(crate) fn has(&self, index: usize) -> bool {
        self.open.last().is_some_and(|open| open.seen.get(index).copied().unwrap_or_default())
    }

    /// The field with this index, and whether it is there for the first time.
    fn mark(&mut self, index: usize) -> Option<(&'static Field, bool)> {
        let open = self.open.last_mut()?;
        let new = !std::mem::replace(open.seen.get_mut(index)?, true);
        open.info.fields.get(index).map(|field| (field, new))
    }

    fn judged<'t>(&self, kind: Scalar, name: &str, text: &'t str) -> Result<Cow<'t, str>, ParseError> {
        if let Some(c) = text.chars().find(|c| !escape::is_xml_char(*c)) {
            let message = format!("`{name}` must not hold the character U+{:04X}", u32::from(c));
            return Err(ParseError::new(ParseErrorKind::BadValue, message).at(&self.path));
        }
        scalar::read(kind, text).ok_or_else(|| {
            let message = format!("`{name}` must be {}, not `{}`", scalar::wanted(kind), scalar::echo(text));
            ParseError::new(ParseErrorKind::BadValue, message).at(&self.path)
        })
    }

    /// What the client calls a field.
    fn name(&self, field: &Field) -> Cow<'static, str> {
        if self.json { field.json_key() } else { Cow::Borrowed(field.name) }
    }

    fn missing(&self, what: &str, field: &Field) -> ParseError {
        if self.json {
            return ParseError::new(ParseErrorKind::Missing, format!("`{}` is missing", field.json_key()));
        }
        let parent = self.path.last().copied().unwrap_or_default();
        ParseError::new(ParseErrorKind::Missing, format!("{what} `{}` is missing in `{parent}`", field.name)).at(&self.path)
    }

    fn push_attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape::attribute(value, &mut self.out);
        self.out.push('"');
    }

    fn push_element(&mut self, name: &str, value: &str) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
        escape::content(value, &mut self.out);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }
}
