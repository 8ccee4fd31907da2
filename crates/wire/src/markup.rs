//! Content of any kind, as it was sent. Invariant: what comes of it is one well-formed element that binds all prefixes it needs, whatever
//! the body held; comments and processing instructions are left out.

use quick_xml::events::BytesStart;
use quick_xml::name::{NamespaceResolver, PrefixDeclaration, ResolveResult};
use std::collections::BTreeSet;

use crate::error::ParseError;
use crate::escape;
use crate::parse::{malformed, sound, value_of};
use crate::scalar;
use crate::schema::Field;

/// An element on its way to text.
#[derive(Debug, Default)]
pub(crate) struct Markup {
    out: String,
    open: Vec<String>,
    /// Its text, while nothing else is in it.
    text: Option<String>,
}

impl Markup {
    /// The outermost element. What is bound around it is bound in it: names may stand in values, too.
    pub(crate) fn begin(start: &BytesStart<'_>, names: &NamespaceResolver) -> Result<Self, ParseError> {
        let mut markup = Self::default();
        let own: BTreeSet<&str> = start.attributes().with_checks(false).flatten().map(|attribute| attribute.key.into_inner()).collect();
        let mut bindings = String::new();
        for (prefix, uri) in names.bindings() {
            let name = match prefix {
                PrefixDeclaration::Default => "xmlns".to_owned(),
                PrefixDeclaration::Named(prefix) => format!("xmlns:{}", checked(prefix)?),
            };
            if !own.contains(name.as_str()) {
                push_attribute(&mut bindings, &name, uri.into_inner());
            }
        }
        markup.element(start, names, &bindings)?;
        let own_names = start.attributes().with_checks(false).flatten().any(|attribute| attribute.key.as_namespace_binding().is_none());
        markup.text = (!own_names).then(String::new);
        Ok(markup)
    }

    /// An element in what is open.
    pub(crate) fn start(&mut self, start: &BytesStart<'_>, names: &NamespaceResolver) -> Result<(), ParseError> {
        self.text = None;
        self.element(start, names, "")
    }

    fn element(&mut self, start: &BytesStart<'_>, names: &NamespaceResolver, bindings: &str) -> Result<(), ParseError> {
        let name = qualified(start.name().into_inner())?;
        if let ResolveResult::Unknown(prefix) = names.resolve_element(start.name()).0 {
            return Err(unbound(prefix.as_ref()));
        }
        self.out.push('<');
        self.out.push_str(name);
        self.out.push_str(bindings);
        let mut seen = BTreeSet::new();
        for (count, attribute) in start.attributes().with_checks(false).enumerate() {
            let attribute = sound(count, attribute)?;
            let (name, value) = (qualified(attribute.key.into_inner())?, value_of(&attribute)?);
            // One name in two prefixes of one namespace is the same attribute twice.
            let (space, local) = match names.resolve_attribute(attribute.key) {
                _ if attribute.key.as_namespace_binding().is_some() => ("xmlns".to_owned(), name),
                (ResolveResult::Bound(uri), local) => (uri.into_inner().to_owned(), local.into_inner()),
                (ResolveResult::Unbound, local) => (String::new(), local.into_inner()),
                (ResolveResult::Unknown(prefix), _) => return Err(unbound(prefix.as_ref())),
            };
            if name.starts_with("xmlns:") && value.is_empty() {
                return Err(malformed(&format!("the prefix `{}` is bound to nothing", scalar::echo(&name[6..]))));
            }
            if !seen.insert((space, local.to_owned())) {
                return Err(malformed(&format!("the attribute `{}` comes twice in one element", scalar::echo(name))));
            }
            push_attribute(&mut self.out, name, &value);
        }
        self.out.push('>');
        self.open.push(name.to_owned());
        Ok(())
    }

    /// Text in what is open.
    pub(crate) fn text(&mut self, text: &str) {
        escape::content(text, &mut self.out);
        if let Some(own) = &mut self.text {
            own.push_str(text);
        }
    }

    /// Closes the innermost element.
    pub(crate) fn end(&mut self) {
        if let Some(name) = self.open.pop() {
            self.out.extend(["</", &name, ">"]);
        }
    }

    /// The whole, as the element of a field. One that holds a text and nothing else needs nothing of what was bound around it.
    pub(crate) fn finish(self, field: &Field) -> String {
        self.text.map_or(self.out, |text| of_text(field, &text))
    }
}

/// The element of a field when all that is known of it is a text.
pub(crate) fn of_text(field: &Field, text: &str) -> String {
    let mut out = format!("<{}", field.name);
    push_attribute(&mut out, "xmlns", field.ns.uri());
    out.push('>');
    escape::content(text, &mut out);
    out.extend(["</", field.name, ">"]);
    out
}

fn push_attribute(out: &mut String, name: &str, value: &str) {
    out.extend([" ", name, "=\""]);
    escape::attribute(value, out);
    out.push('"');
}

/// A name with or without a prefix, if it is one.
fn qualified(name: &str) -> Result<&str, ParseError> {
    match name.split_once(':') {
        Some((prefix, local)) => checked(prefix).and(checked(local)).map(|_| name),
        None => checked(name),
    }
}

fn checked(name: &str) -> Result<&str, ParseError> {
    let mut chars = name.chars();
    let is_name = chars.next().is_some_and(begins_name) && chars.all(|c| begins_name(c) || continues_name(c));
    if is_name { Ok(name) } else { Err(malformed(&format!("`{}` is not a name", scalar::echo(name)))) }
}

/// Whether a name without colons can begin with it (XML 1.0, fifth edition, 2.3).
fn begins_name(c: char) -> bool {
    matches!(c, 'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
        | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn continues_name(c: char) -> bool {
    matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

fn unbound(prefix: &str) -> ParseError {
    malformed(&format!("the prefix `{}` is not bound to a namespace", scalar::echo(prefix)))
}
