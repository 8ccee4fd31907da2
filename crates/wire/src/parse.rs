//! Bodies from XML. Invariant: no bytes make it panic or take more than time in proportion to their number; what it accepts has the
//! root, the required parts and the values of its table.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::attributes::{AttrError, Attribute};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{NamespaceError, NamespaceResolver, ResolveResult};
use yaserde::__xml::reader::{EventReader, ParserConfig};

use crate::decode;
use crate::error::{ParseError, ParseErrorKind};
use crate::escape;
use crate::form::Form;
use crate::markup::Markup;
use crate::ns::{Ns, QName};
use crate::scalar;
use crate::schema::{Document, Field, Kind, Readable, Reader, Root, TypeInfo};

/// What a body may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub max_bytes: usize,
    /// Levels of elements, the root being the first.
    pub max_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 1 << 20, max_depth: 64 }
    }
}

/// More attributes than any element has; keeps the work per element bounded.
const MAX_ATTRIBUTES: usize = 256;
/// More namespaces than any document binds; each name is looked up among all that are in scope.
const MAX_NAMESPACES: usize = 128;

/// Reads a request body whose root is that of the type.
///
/// # Errors
/// When the body is not such a document; the error says what is wrong and where.
pub fn parse_xml<T: Readable>(bytes: &[u8], limits: &Limits) -> Result<T, ParseError> {
    parse_xml_as(bytes, <T as Document>::ROOT, limits)
}

/// Reads a request body with another root element of the same type.
///
/// # Errors
/// As [`parse_xml`].
pub fn parse_xml_as<T: Readable>(bytes: &[u8], root: &Root, limits: &Limits) -> Result<T, ParseError> {
    read_form(&form_of(bytes, root.name, T::info(), limits)?)
}

/// Hands what the form wrote to yaserde.
pub(crate) fn read_form<T: Readable>(form: &str) -> Result<T, ParseError> {
    let config = ParserConfig::new().trim_whitespace(false).whitespace_to_characters(true).coalesce_characters(true);
    let mut reader = Reader::new(EventReader::new_with_config(form.as_bytes(), config));
    // The form holds nothing that does not fit, so this is a defect of ours; it must still not become a panic.
    T::read(&mut reader).map_err(|error| malformed(&format!("the body does not fit `{}`: {error}", T::ROOT.name)))
}

/// Judges the body and writes what is known of it without namespaces.
fn form_of(bytes: &[u8], root: QName, info: &'static TypeInfo, limits: &Limits) -> Result<String, ParseError> {
    if bytes.len() > limits.max_bytes {
        let message = format!("the body has {} bytes; at most {} are accepted", bytes.len(), limits.max_bytes);
        return Err(ParseError::new(ParseErrorKind::TooLarge, message));
    }
    let text = decode::text(bytes)?;
    let mut reader = NsReader::from_str(&text);
    reader.resolver_mut().set_max_namespace_bindings(MAX_NAMESPACES);
    let mut walk = Walk {
        root,
        info,
        max_depth: limits.max_depth,
        form: Form::default(),
        frames: Vec::new(),
        markup: Markup::default(),
        closed: false,
    };
    loop {
        let event = reader.read_event();
        let event = event.map_err(|error| syntax(&error, reader.error_position()).at(walk.form.path()))?;
        if !walk.event(event, reader.resolver()).map_err(|error| error.at(walk.form.path()))? {
            return Ok(walk.form.finish());
        }
    }
}

/// Documents that real clients send in no namespace: go-vcloud-director, when it changes a subscription.
const UNQUALIFIED: &[&str] = &["ExternalCatalogSubscriptionParams"];

/// What an open element is to us.
enum Frame {
    /// A structure of the tables; its own text so far.
    Type(String),
    /// A single value: the index of its field, and its text so far.
    Value(usize, String),
    /// An element with any content: the index of its field.
    Any(usize),
    /// An element in such a one.
    Within,
    /// Unknown content, skipped with all it holds.
    Skipped,
}

struct Walk {
    root: QName,
    info: &'static TypeInfo,
    max_depth: usize,
    form: Form,
    frames: Vec<Frame>,
    /// The element with any content that is open.
    markup: Markup,
    closed: bool,
}

impl Walk {
    /// Takes one event; false after the last.
    fn event(&mut self, event: Event<'_>, names: &NamespaceResolver) -> Result<bool, ParseError> {
        match event {
            Event::Start(start) => self.start(&start, names, false)?,
            Event::Empty(start) => {
                self.start(&start, names, true)?;
                self.end()?;
            }
            Event::End(_) => self.end()?,
            Event::Text(text) => self.text(&text.xml10_content())?,
            Event::CData(text) => self.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => self.reference(&reference)?,
            Event::DocType(_) => return Err(ParseError::new(ParseErrorKind::Doctype, "a document type declaration is not accepted")),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => return self.eof(),
        }
        Ok(true)
    }

    fn start(&mut self, start: &BytesStart<'_>, names: &NamespaceResolver, empty: bool) -> Result<(), ParseError> {
        if self.frames.len() >= self.max_depth {
            return Err(ParseError::new(ParseErrorKind::TooDeep, format!("elements are nested more than {} levels deep", self.max_depth)));
        }
        let (ns, local) = names.resolve_element(start.name());
        let ns = match ns {
            ResolveResult::Unbound if UNQUALIFIED.contains(&self.root.local) => Some(self.root.ns),
            ns => known(&ns)?,
        };
        let local = local.into_inner();
        match self.frames.last() {
            None => self.begin_root(ns, local, start, names),
            Some(Frame::Any(_) | Frame::Within) => {
                self.markup.start(start, names)?;
                self.frames.push(Frame::Within);
                Ok(())
            }
            Some(Frame::Skipped) => self.begin_plain(Frame::Skipped, start, names),
            Some(Frame::Value(index, _)) => Err(self.not_text(*index)),
            Some(Frame::Type(_)) => self.begin_child((ns, local, empty), start, names),
        }
    }

    fn begin_root(&mut self, ns: Option<Ns>, local: &str, start: &BytesStart<'_>, names: &NamespaceResolver) -> Result<(), ParseError> {
        if self.closed {
            return Err(malformed("there is more than one root element"));
        }
        let wanted = self.root;
        if local != wanted.local {
            let message = format!("the root element must be `{}`, not `{}`", wanted.local, scalar::echo(local));
            return Err(ParseError::new(ParseErrorKind::WrongRoot, message));
        }
        if ns != Some(wanted.ns) {
            let message = format!("the root element `{}` must be in the namespace {}", wanted.local, wanted.ns.uri());
            return Err(ParseError::new(ParseErrorKind::WrongRoot, message));
        }
        self.form.begin(wanted.local, self.info, None)?;
        self.begin_type(start, names)
    }

    /// An element below another one. pyvcloud sends a second one that is empty after what was there; it says nothing.
    fn begin_child(
        &mut self,
        (ns, local, empty): (Option<Ns>, &str, bool),
        start: &BytesStart<'_>,
        names: &NamespaceResolver,
    ) -> Result<(), ParseError> {
        let named = |(info, ns)| find(info, ns, local).or_else(|| stand_in(info, local, start, names));
        let found = self.form.info().zip(ns).and_then(named);
        match found.map(|(index, field)| (index, field, field.kind)) {
            Some((index, field, Kind::Type(_))) if empty && !field.many && self.form.has(index) => {
                self.begin_plain(Frame::Skipped, start, names)
            }
            Some((index, field, Kind::Type(info))) => {
                self.form.begin(field.name, info(), Some(index))?;
                self.begin_type(start, names)
            }
            Some((index, _, Kind::Scalar(_))) => self.begin_plain(Frame::Value(index, String::new()), start, names),
            Some((index, _, Kind::Any)) => {
                self.markup = Markup::begin(start, names)?;
                self.frames.push(Frame::Any(index));
                Ok(())
            }
            Some((_, _, Kind::Records)) | None => self.begin_plain(Frame::Skipped, start, names),
        }
    }

    /// An element whose attributes matter only in that they must be well-formed.
    fn begin_plain(&mut self, frame: Frame, start: &BytesStart<'_>, names: &NamespaceResolver) -> Result<(), ParseError> {
        self.attributes(&[], start, names)?;
        self.frames.push(frame);
        Ok(())
    }

    fn begin_type(&mut self, start: &BytesStart<'_>, names: &NamespaceResolver) -> Result<(), ParseError> {
        let fields = self.form.info().map_or(&[][..], |info| info.fields);
        self.attributes(fields, start, names)?;
        self.frames.push(Frame::Type(String::new()));
        Ok(())
    }

    fn attributes(&mut self, fields: &'static [Field], start: &BytesStart<'_>, names: &NamespaceResolver) -> Result<(), ParseError> {
        let mut attributes = start.attributes();
        attributes.with_checks(false);
        for (count, attribute) in attributes.enumerate() {
            let attribute = sound(count, attribute)?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let (ns, local) = names.resolve_attribute(attribute.key);
            let ns = if matches!(ns, ResolveResult::Unbound) { Some(Ns::None) } else { known(&ns)? };
            let value = value_of(&attribute)?;
            match ns.and_then(|ns| find_attribute(fields, ns, local.into_inner())) {
                Some((index, field)) if field.ns == Ns::Xsi => self.form.attribute(index, &type_name(&value, names, self.form.info())?)?,
                Some((index, _)) => self.form.attribute(index, &value)?,
                None => {}
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), ParseError> {
        match self.frames.pop() {
            Some(Frame::Type(text)) => {
                self.form.text(&text)?;
                self.form.end()?;
            }
            Some(Frame::Value(index, text)) => self.form.value(index, &text)?,
            Some(Frame::Within) => self.markup.end(),
            Some(Frame::Any(index)) => {
                self.markup.end();
                if let Some(field) = self.form.info().and_then(|info| info.fields.get(index)) {
                    self.form.value(index, &std::mem::take(&mut self.markup).finish(field))?;
                }
            }
            Some(Frame::Skipped) | None => {}
        }
        self.closed |= self.frames.is_empty();
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ParseError> {
        match self.frames.last_mut() {
            Some(Frame::Type(own) | Frame::Value(_, own)) => own.push_str(text),
            Some(Frame::Any(_) | Frame::Within) => self.markup.text(text),
            Some(Frame::Skipped) => {}
            None if text.trim_matches([' ', '\t', '\n', '\r']).is_empty() => {}
            None => return Err(malformed("there is text outside the root element")),
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), ParseError> {
        let broken = || malformed(&format!("the reference `&{};` means nothing", scalar::echo(reference)));
        if let Some(c) = reference.resolve_char_ref().map_err(|_error| broken())? {
            return if escape::is_xml_char(c) { self.text(c.encode_utf8(&mut [0; 4])) } else { Err(broken()) };
        }
        let text = resolve_predefined_entity(reference).ok_or_else(broken)?;
        if self.frames.is_empty() {
            return Err(broken());
        }
        self.text(text)
    }

    fn eof(&self) -> Result<bool, ParseError> {
        match (self.frames.is_empty(), self.closed) {
            (true, true) => Ok(false),
            (true, false) => Err(malformed("there is no root element")),
            (false, _) => Err(malformed("the body ends before its elements are closed")),
        }
    }

    fn not_text(&self, index: usize) -> ParseError {
        let name = self.form.info().and_then(|info| info.fields.get(index)).map_or("", |field| field.name);
        ParseError::new(ParseErrorKind::BadValue, format!("`{name}` must hold text, not elements"))
    }
}

/// An attribute of an element, the one after `count` others, if it can be one.
pub(crate) fn sound(count: usize, attribute: Result<Attribute<'_>, AttrError>) -> Result<Attribute<'_>, ParseError> {
    if count >= MAX_ATTRIBUTES {
        return Err(ParseError::new(ParseErrorKind::TooDeep, format!("an element has more than {MAX_ATTRIBUTES} attributes")));
    }
    attribute.map_err(|error| malformed(&format!("an attribute is malformed: {}", scalar::reason(&error.to_string()))))
}

/// What an attribute says.
pub(crate) fn value_of<'a>(attribute: &Attribute<'a>) -> Result<Cow<'a, str>, ParseError> {
    let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
    value.map_err(|error| malformed(&format!("an attribute's value is malformed: {}", scalar::reason(&error.to_string()))))
}

/// One of our namespaces; `None` for any other. A prefix that nothing binds is an error.
fn known(found: &ResolveResult<'_>) -> Result<Option<Ns>, ParseError> {
    match found {
        ResolveResult::Bound(uri) => Ok(Ns::of_uri(uri.as_ref().as_bytes())),
        ResolveResult::Unbound => Ok(None),
        ResolveResult::Unknown(prefix) => Err(malformed(&format!("the prefix `{}` is not bound to a namespace", scalar::echo(prefix)))),
    }
}

/// The element field of this name.
pub(crate) fn find(info: &'static TypeInfo, ns: Ns, local: &str) -> Option<(usize, &'static Field)> {
    let elements = || info.fields.iter().enumerate().filter(|(_, field)| !field.attribute && field.name == local);
    let alike = |field: &Field| field.either && matches!(ns, Ns::Vcloud | Ns::Vmext);
    elements().find(|(_, field)| field.ns == ns).or_else(|| elements().find(|(_, field)| alike(field)))
}

/// The field of an element that has the name of a substitution group and says its type itself, as some kits write the members of one.
fn stand_in(info: &'static TypeInfo, local: &str, start: &BytesStart<'_>, names: &NamespaceResolver) -> Option<(usize, &'static Field)> {
    let mut members =
        info.fields.iter().enumerate().filter(|(_, field)| field.group.is_some_and(|group| group.eq_ignore_ascii_case(local)));
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    let said = attributes.flatten().find(|attribute| {
        let (ns, local) = names.resolve_attribute(attribute.key);
        known(&ns).ok().flatten() == Some(Ns::Xsi) && local.into_inner() == "type"
    })?;
    let said = said.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?;
    let (_, said) = names.resolve_element(quick_xml::name::QName(said.trim()));
    members.find(|(_, field)| matches!(field.kind, Kind::Type(info) if info().name == said.into_inner()))
}

/// The attribute field of this name; an attribute that should have a prefix is also known without.
fn find_attribute(fields: &'static [Field], ns: Ns, local: &str) -> Option<(usize, &'static Field)> {
    let attributes = || fields.iter().enumerate().filter(|(_, field)| field.attribute && field.name == local);
    let bare = |field: &Field| ns == Ns::None && field.ns != Ns::Xsi;
    attributes().find(|(_, field)| field.ns == ns).or_else(|| attributes().find(|(_, field)| bare(field)))
}

/// The value of `xsi:type` on an element of type `on`, with our prefixes: none for vCloud types, whatever the client bound.
fn type_name(value: &str, names: &NamespaceResolver, on: Option<&TypeInfo>) -> Result<String, ParseError> {
    let (ns, local) = names.resolve_element(quick_xml::name::QName(value.trim()));
    let (ns, local) = (known(&ns)?.unwrap_or(Ns::Vcloud), local.into_inner());
    match ns {
        Ns::Vcloud if scalar::is_name(local) => Ok(local.to_owned()),
        ns if scalar::is_name(local) && on.is_some_and(|on| on.ns == ns) => Ok(format!("{}:{local}", ns.prefix())),
        _ => Err(no_type(value)),
    }
}

/// What is said of a text that can be no type where it stands.
pub(crate) fn no_type(text: &str) -> ParseError {
    ParseError::new(ParseErrorKind::BadValue, format!("`{}` is not the name of a type here", scalar::echo(text)))
}

fn syntax(error: &quick_xml::Error, at: u64) -> ParseError {
    match error {
        quick_xml::Error::Namespace(NamespaceError::TooManyBindings(most)) => {
            ParseError::new(ParseErrorKind::TooDeep, format!("more than {most} namespaces are bound at once"))
        }
        error => malformed(&format!("the body is not well-formed XML at byte {at}: {}", scalar::reason(&error.to_string()))),
    }
}

pub(crate) fn malformed(message: &str) -> ParseError {
    ParseError::new(ParseErrorKind::Malformed, message)
}

#[cfg(test)]
mod tests;
