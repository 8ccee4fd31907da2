//! The JSON form of the legacy API (`application/*+json`).
//!
//! Invariant: the same values as the XML, because both ways go through it and the same tables: keys are attribute and element names
//! whose first word is in small letters, what may repeat is an array, numbers and truth values are typed. Members of a substitution
//! group share one array and say their type in `_type`, as does a value with `xsi:type`. Content of any kind is told if it is a text, and
//! is `null` if there are elements in it.
//!
//! What is not there is said as recorded servers say it: `null` for one value, `[]` for several, and `otherAttributes` and
//! `vCloudExtension` wherever the schema lets a type be extended. A resource's own `type` ends in `+json`; references keep `+xml`.

mod read;

pub use read::parse_json;

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use serde_json::{Map, Number, Value};

use crate::ns::Ns;
use crate::parse;
use crate::render::{Look, render_xml_as};
use crate::schema::{Document, Field, Kind, RecordInfo, Root, Scalar, TypeInfo, Wire};

/// The key of a value's type.
const TYPE: &str = "_type";

/// The key of a text that has, or could have, attributes.
const VALUE: &str = "value";

/// The document as JSON, as a client of this version (an ordinal) sees it.
#[must_use]
pub fn render_json<T: Document>(document: &T, look: impl Into<Look>) -> String {
    render_json_as(document, T::ROOT, look)
}

/// The document under another root element; JSON does not show the root, but its type's content is the same.
#[must_use]
pub fn render_json_as<T: Document>(document: &T, root: &Root, look: impl Into<Look>) -> String {
    let look = look.into();
    // Our own XML is well-formed and known to the tables, so there is nothing to report.
    to_value(&render_xml_as(document, root, look), root, look.version).unwrap_or_default().to_string()
}

fn to_value(xml: &str, root: &Root, version: u16) -> Option<Value> {
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
                if let Some(whole) = close(object, &mut open, version)? {
                    return Some(whole);
                }
            }
            Event::End(_) => {
                let object = open.pop()?;
                if let Some(whole) = close(object, &mut open, version)? {
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
    /// A single value in an object.
    Wrapped(Scalar),
    Type(&'static TypeInfo),
    /// A query record; without a table a reference with an element name of its own.
    Record(Option<&'static RecordInfo>),
    /// Any content: its text, unless there are elements in it.
    Any {
        elements: bool,
    },
    Unknown,
}

fn object(start: &BytesStart<'_>, names: &NamespaceResolver, parent: Option<&Object>, root: &Root) -> Option<Object> {
    if matches!(parent.map(|parent| &parent.holds), Some(Holds::Any { .. } | Holds::Unknown)) {
        // It may be in any namespace.
        return Some(Object::new(String::new(), false, Holds::Unknown));
    }
    let (ns, local) = names.resolve_element(start.name());
    let (ns, local) = (namespace(&ns)?, local.into_inner());
    let mut object = match parent.map(|parent| &parent.holds) {
        None => Object::new(String::new(), false, Holds::Type((root.info)())),
        Some(Holds::Type(info)) => child(info, ns, local),
        Some(Holds::Record(_)) => record_child(local),
        Some(Holds::Scalar(_) | Holds::Wrapped(_) | Holds::Any { .. } | Holds::Unknown) => {
            Object::new(String::new(), false, Holds::Unknown)
        }
    };
    if let Holds::Record(Some(info)) = object.holds {
        object.map.insert(TYPE.to_owned(), Value::from(info.type_name));
    }
    if matches!(object.holds, Holds::Any { .. }) {
        return Some(object);
    }
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (ns, name) = names.resolve_attribute(attribute.key);
        let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?;
        object.attribute(namespace(&ns)?, name.into_inner(), &value);
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
                Kind::Scalar(scalar) if field.wrapped => Holds::Wrapped(scalar),
                Kind::Scalar(scalar) => Holds::Scalar(scalar),
                Kind::Type(info) => Holds::Type(info()),
                Kind::Any => Holds::Any { elements: false },
                Kind::Records => Holds::Record(RecordInfo::of_element(local)),
            };
            let mut object = Object::new(field.json_key().into_owned(), field.many || field.group.is_some(), holds);
            if let (Some(_), Kind::Type(info)) = (field.group, field.kind) {
                object.map.insert(TYPE.to_owned(), Value::from(info().json_type()));
            }
            object
        }
        // Members of the groups of records and references have element names of their own.
        None => {
            let head = info.fields.iter().find(|field| matches!(field.kind, Kind::Records));
            let unknown = || Object::new(String::new(), false, Holds::Unknown);
            head.map_or_else(unknown, |field| {
                Object::new(field.json_key().into_owned(), true, Holds::Record(RecordInfo::of_element(local)))
            })
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

    fn attribute(&mut self, ns: Ns, name: &str, value: &str) {
        if ns == Ns::Xsi {
            // JSON has no prefixes: the name alone says the type.
            let local = value.rsplit(':').next().unwrap_or(value);
            self.map.insert(TYPE.to_owned(), Value::from(local));
            return;
        }
        let fields = match self.holds {
            Holds::Type(info) => info.fields,
            Holds::Record(Some(info)) => info.attributes,
            Holds::Scalar(_) | Holds::Wrapped(_) | Holds::Any { .. } | Holds::Record(None) | Holds::Unknown => &[],
        };
        let field = fields.iter().find(|field| field.attribute && field.name == name && (field.ns == ns || ns == Ns::None));
        let Some(field) = field else {
            self.map.insert(name.to_owned(), Value::from(value));
            return;
        };
        let own_type = name == "type" && matches!(self.holds, Holds::Type(info) if info.is_resource());
        let value = match value.strip_suffix("+xml").filter(|_| own_type) {
            Some(stem) => Value::from(format!("{stem}+json")),
            None => typed(scalar_of(field.kind), value),
        };
        self.map.insert(field.json_key().into_owned(), value);
    }
}

/// Puts a finished element into its parent; the root comes back as the whole.
fn close(object: Object, open: &mut [Object], version: u16) -> Option<Option<Value>> {
    let Object { key, many, holds, mut map, text } = object;
    let value = match holds {
        Holds::Scalar(scalar) => typed(scalar, &text),
        Holds::Wrapped(scalar) => {
            map.insert(OTHER_ATTRIBUTES.to_owned(), Value::Object(Map::new()));
            map.insert(VALUE.to_owned(), typed(scalar, &text));
            Value::Object(map)
        }
        Holds::Type(info) => {
            if let Some(scalar) = info.text {
                map.insert(VALUE.to_owned(), typed(scalar, &text));
            }
            complete(&mut map, info.fields, version);
            if info.extensible {
                extensible(&mut map);
            }
            Value::Object(map)
        }
        Holds::Record(info) => {
            match info {
                Some(info) => complete_record(&mut map, info, version),
                None => {
                    complete(&mut map, crate::vcloud::Reference::info().fields, version);
                    extensible(&mut map);
                }
            }
            Value::Object(map)
        }
        Holds::Any { elements: true } => Value::Null,
        Holds::Any { elements: false } => Value::from(text),
        Holds::Unknown => {
            if let Some(Holds::Any { elements }) = open.last_mut().map(|parent| &mut parent.holds) {
                *elements = true;
            }
            return Some(None);
        }
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

/// The key of attributes that the schema does not know, which there are none of.
const OTHER_ATTRIBUTES: &str = "otherAttributes";

/// Says what an object of this version could have and has not.
fn complete(map: &mut Map<String, Value>, fields: &[Field], version: u16) {
    for field in fields.iter().filter(|field| field.in_version(version) && field.ns != Ns::Xsi) {
        let several = field.many || field.group.is_some();
        map.entry(field.json_key()).or_insert_with(|| if several { Value::Array(Vec::new()) } else { Value::Null });
    }
}

fn complete_record(map: &mut Map<String, Value>, info: &RecordInfo, version: u16) {
    complete(map, info.attributes, version);
    map.entry("link").or_insert_with(|| Value::Array(Vec::new()));
    for key in ["metadata", "href", "id", "type"] {
        map.entry(key).or_insert(Value::Null);
    }
    map.insert(OTHER_ATTRIBUTES.to_owned(), Value::Object(Map::new()));
}

fn extensible(map: &mut Map<String, Value>) {
    map.insert(OTHER_ATTRIBUTES.to_owned(), Value::Object(Map::new()));
    map.entry("vCloudExtension").or_insert_with(|| Value::Array(Vec::new()));
}

fn scalar_of(kind: Kind) -> Scalar {
    match kind {
        Kind::Scalar(scalar) => scalar,
        Kind::Type(_) | Kind::Any | Kind::Records => Scalar::Str,
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

#[cfg(test)]
mod tests;
