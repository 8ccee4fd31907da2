//! The JSON form of the legacy API (`application/*+json`).
//!
//! Invariant: the same values as the XML, because both ways go through it and the same tables: keys are attribute and element names
//! with a small first letter, what may repeat is an array, numbers and truth values are typed, nothing is null. Members of a
//! substitution group share one array and say their type in `_type`, as does a value with `xsi:type`.

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use serde_json::{Map, Number, Value};

use crate::error::{ParseError, ParseErrorKind};
use crate::form::Form;
use crate::ns::Ns;
use crate::parse::{self, Limits};
use crate::render::render_xml_as;
use crate::scalar;
use crate::schema::{Document, Field, Kind, Readable, RecordInfo, Root, Scalar, TypeInfo, Wire};

/// The key of a value's type.
const TYPE: &str = "_type";

/// The document as JSON, as a client of this version (an ordinal) sees it.
#[must_use]
pub fn render_json<T: Document>(document: &T, version: u16) -> String {
    render_json_as(document, T::ROOT, version)
}

/// The document under another root element; JSON does not show the root, but its type's content is the same.
#[must_use]
pub fn render_json_as<T: Document>(document: &T, root: &Root, version: u16) -> String {
    // Our own XML is well-formed and known to the tables, so there is nothing to report.
    to_value(&render_xml_as(document, root, version), root).unwrap_or_default().to_string()
}

fn to_value(xml: &str, root: &Root) -> Option<Value> {
    let mut reader = NsReader::from_str(xml);
    let mut open: Vec<Object> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let object = object(&start, reader.resolver(), open.last(), root)?;
                open.push(object);
            }
            Event::Empty(start) => {
                let object = object(&start, reader.resolver(), open.last(), root)?;
                if let Some(whole) = close(object, &mut open)? {
                    return Some(whole);
                }
            }
            Event::End(_) => {
                let object = open.pop()?;
                if let Some(whole) = close(object, &mut open)? {
                    return Some(whole);
                }
            }
            Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => open.last_mut()?.text.push_str(&resolved(&reference)?),
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    match reference.resolve_char_ref().ok()? {
        Some(c) => Some(c.to_string()),
        None => quick_xml::escape::resolve_predefined_entity(reference).map(str::to_owned),
    }
}

/// An element on its way to JSON.
struct Object {
    /// Under which key it goes into its parent, and whether into an array.
    key: String,
    many: bool,
    holds: Holds,
    map: Map<String, Value>,
    text: String,
}

/// What an element holds.
enum Holds {
    Scalar(Scalar),
    Type(&'static TypeInfo),
    Record,
    Unknown,
}

fn object(start: &BytesStart<'_>, names: &NamespaceResolver, parent: Option<&Object>, root: &Root) -> Option<Object> {
    let (ns, local) = names.resolve_element(start.name());
    let (ns, local) = (namespace(&ns)?, local.into_inner());
    let mut object = match parent.map(|parent| &parent.holds) {
        None => Object::new(String::new(), false, Holds::Type((root.info)())),
        Some(Holds::Type(info)) => child(info, ns, local),
        Some(Holds::Record) => record_child(local),
        Some(Holds::Scalar(_) | Holds::Unknown) => Object::new(String::new(), false, Holds::Unknown),
    };
    if matches!(object.holds, Holds::Record) && RecordInfo::of_element(local).is_some() {
        let name = RecordInfo::of_element(local).map_or("", |info| info.type_name);
        object.map.insert(TYPE.to_owned(), Value::from(name));
    }
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (ns, name) = names.resolve_attribute(attribute.key);
        let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?;
        object.attribute(local, namespace(&ns)?, name.into_inner(), &value);
    }
    Some(object)
}

fn namespace(found: &ResolveResult<'_>) -> Option<Ns> {
    match found {
        ResolveResult::Bound(uri) => Ns::of_uri(uri.as_ref().as_bytes()),
        ResolveResult::Unbound => Some(Ns::None),
        ResolveResult::Unknown(_) => None,
    }
}

fn child(info: &'static TypeInfo, ns: Ns, local: &str) -> Object {
    match parse::find(info, ns, local) {
        Some((_, field)) => {
            let holds = match field.kind {
                Kind::Scalar(scalar) => Holds::Scalar(scalar),
                Kind::Type(info) => Holds::Type(info()),
                Kind::Records => Holds::Record,
            };
            let mut object = Object::new(key(field), field.many || field.group.is_some(), holds);
            if let (Some(_), Kind::Type(info)) = (field.group, field.kind) {
                object.map.insert(TYPE.to_owned(), Value::from(info().name));
            }
            object
        }
        // Members of the groups of records and references have element names of their own.
        None => {
            let head = info.fields.iter().find(|field| matches!(field.kind, Kind::Records));
            head.map_or_else(|| Object::new(String::new(), false, Holds::Unknown), |field| Object::new(key(field), true, Holds::Record))
        }
    }
}

fn record_child(local: &str) -> Object {
    match local {
        "Link" => Object::new("link".to_owned(), true, Holds::Type(crate::vcloud::Link::info())),
        _ => Object::new("metadata".to_owned(), false, Holds::Type(crate::vcloud::Metadata::info())),
    }
}

impl Object {
    fn new(key: String, many: bool, holds: Holds) -> Self {
        Self { key, many, holds, map: Map::new(), text: String::new() }
    }

    fn attribute(&mut self, element: &str, ns: Ns, name: &str, value: &str) {
        if ns == Ns::Xsi {
            self.map.insert(TYPE.to_owned(), Value::from(value));
            return;
        }
        let fields = match self.holds {
            Holds::Type(info) => info.fields,
            Holds::Record => RecordInfo::of_element(element).map_or(&[][..], |info| info.attributes),
            Holds::Scalar(_) | Holds::Unknown => &[],
        };
        let field = fields.iter().find(|field| field.attribute && field.name == name && (field.ns == ns || ns == Ns::None));
        let kind = field.map_or(Scalar::Str, |field| scalar_of(field.kind));
        self.map.insert(field.map_or_else(|| small(name), key), typed(kind, value));
    }
}

/// Puts a finished element into its parent; the root comes back as the whole.
fn close(object: Object, open: &mut [Object]) -> Option<Option<Value>> {
    let Object { key, many, holds, mut map, text } = object;
    let value = match holds {
        Holds::Scalar(scalar) => typed(scalar, &text),
        Holds::Type(info) => {
            if let Some(scalar) = info.text {
                map.insert("value".to_owned(), typed(scalar, &text));
            }
            Value::Object(map)
        }
        Holds::Record => Value::Object(map),
        Holds::Unknown => return Some(None),
    };
    let Some(parent) = open.last_mut() else { return Some(Some(value)) };
    if many {
        let list = parent.map.entry(key).or_insert_with(|| Value::Array(Vec::new()));
        list.as_array_mut()?.push(value);
    } else {
        parent.map.insert(key, value);
    }
    Some(None)
}

fn scalar_of(kind: Kind) -> Scalar {
    match kind {
        Kind::Scalar(scalar) => scalar,
        Kind::Type(_) | Kind::Records => Scalar::Str,
    }
}

fn typed(scalar: Scalar, text: &str) -> Value {
    let typed = match scalar {
        Scalar::Str | Scalar::DateTime => None,
        Scalar::Int | Scalar::Long => text.parse::<i64>().ok().map(Value::from),
        Scalar::Double => text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number),
        Scalar::Bool => text.parse::<bool>().ok().map(Value::from),
    };
    typed.unwrap_or_else(|| Value::from(text))
}

fn key(field: &Field) -> String {
    field.group.or(field.json).map_or_else(|| small(field.name), str::to_owned)
}

/// The name with a small first letter.
fn small(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Reads a request body in JSON.
///
/// # Errors
/// When the body is not such a document; the error says what is wrong and where, in the keys of JSON's parents and XML's names.
pub fn parse_json<T: Readable>(bytes: &[u8], limits: &Limits) -> Result<T, ParseError> {
    if bytes.len() > limits.max_bytes {
        let message = format!("the body has {} bytes; at most {} are accepted", bytes.len(), limits.max_bytes);
        return Err(ParseError::new(ParseErrorKind::TooLarge, message));
    }
    if bytes.trim_ascii().is_empty() {
        return Err(ParseError::new(ParseErrorKind::Empty, "the request has no body"));
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let message = format!("the body is not JSON: {}", scalar::reason(&error.to_string()));
        ParseError::new(ParseErrorKind::Malformed, message)
    })?;
    let mut form = Form::default();
    let root = T::ROOT;
    let whole = value.as_object().ok_or_else(|| ParseError::new(ParseErrorKind::BadValue, "the body must be a JSON object"))?;
    let mut fill = Fill { form: &mut form, levels: limits.max_depth };
    fill.element(root.name.local, (root.info)(), None, whole)?;
    parse::read_form(&form.finish())
}

/// Walks JSON into a form.
struct Fill<'f> {
    form: &'f mut Form,
    levels: usize,
}

impl Fill<'_> {
    fn element(
        &mut self,
        name: &'static str,
        info: &'static TypeInfo,
        index: Option<usize>,
        map: &Map<String, Value>,
    ) -> Result<(), ParseError> {
        if self.form.path().len() >= self.levels {
            return Err(ParseError::new(ParseErrorKind::TooDeep, format!("objects are nested more than {} levels deep", self.levels)));
        }
        self.form.begin(name, info, index)?;
        for (index, field) in info.fields.iter().enumerate().filter(|(_, field)| field.attribute) {
            let name = if field.ns == Ns::Xsi { TYPE.to_owned() } else { key(field) };
            let Some(text) = self.single(field, map.get(&name))? else { continue };
            if field.ns == Ns::Xsi && !is_type(&text, info) {
                return Err(parse::no_type(&text).at(self.form.path()));
            }
            self.form.attribute(index, &text)?;
        }
        if info.text.is_some() {
            self.form.text(&single(map.get("value")).unwrap_or_default())?;
        }
        for (index, field) in info.fields.iter().enumerate().filter(|(_, field)| !field.attribute) {
            self.field(index, field, map)?;
        }
        self.form.end()
    }

    fn field(&mut self, index: usize, field: &'static Field, map: &Map<String, Value>) -> Result<(), ParseError> {
        let values: &[Value] = match map.get(&key(field)) {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Array(values)) => values,
            Some(value) => std::slice::from_ref(value),
        };
        if values.len() > 1 && !field.many && field.group.is_none() {
            return Err(self.wrong(field, "one value, not several"));
        }
        for value in values {
            match field.kind {
                Kind::Records => {}
                Kind::Scalar(_) => {
                    if let Some(text) = self.single(field, Some(value))? {
                        self.form.value(index, &text)?;
                    }
                }
                Kind::Type(info) => {
                    let map = value.as_object().ok_or_else(|| self.wrong(field, "an object"))?;
                    let other = field.group.is_some() && map.get(TYPE).and_then(Value::as_str) != Some(info().name);
                    if !other {
                        self.element(field.name, info(), Some(index), map)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The text of a single value; `None` when it is not there.
    fn single(&self, field: &Field, value: Option<&Value>) -> Result<Option<String>, ParseError> {
        match value {
            None | Some(Value::Null) => Ok(None),
            // Texts with attributes that we leave out come as objects.
            Some(Value::Object(map)) => single(map.get("value")).map(Some).ok_or_else(|| self.wrong(field, "a single value")),
            Some(value) => single(Some(value)).map(Some).ok_or_else(|| self.wrong(field, "a single value")),
        }
    }

    fn wrong(&self, field: &Field, wanted: &str) -> ParseError {
        ParseError::new(ParseErrorKind::BadValue, format!("`{}` must be {wanted}", key(field))).at(self.form.path())
    }
}

/// Whether it is what `xsi:type` can be on an element of type `on`: a name, with the prefix of the type's namespace or none.
fn is_type(text: &str, on: &TypeInfo) -> bool {
    match text.split_once(':') {
        None => scalar::is_name(text),
        Some((prefix, local)) => scalar::is_name(local) && on.ns != Ns::Vcloud && prefix == on.ns.prefix(),
    }
}

fn single(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
