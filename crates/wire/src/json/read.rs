//! Bodies in JSON. Invariant: they mean what the same document in XML means, since both fill the same form; what is refused is named by its
//! key and its place, as in `$.section[1].networkConnection[0]`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{TYPE, VALUE};
use crate::error::{ParseError, ParseErrorKind};
use crate::form::Form;
use crate::markup;
use crate::ns::Ns;
use crate::parse::{self, Limits};
use crate::scalar;
use crate::schema::{Field, Kind, Readable, TypeInfo};

/// Reads a request body in JSON.
///
/// # Errors
/// When the body is not such a document; the error says what is wrong and where.
pub fn parse_json<T: Readable>(bytes: &[u8], limits: &Limits) -> Result<T, ParseError> {
    if bytes.len() > limits.max_bytes {
        let message = format!("the body has {} bytes; at most {} are accepted", bytes.len(), limits.max_bytes);
        return Err(ParseError::new(ParseErrorKind::TooLarge, message));
    }
    let whole = members(bytes, limits)?;
    let root = T::ROOT;
    let mut fill = Fill { form: Form::in_json(), path: Vec::new(), levels: limits.max_depth };
    fill.element(root.name.local, (root.info)(), None, &whole)?;
    parse::read_form(&fill.form.finish())
}

/// The members of the object that the body is.
fn members(bytes: &[u8], limits: &Limits) -> Result<Map<String, Value>, ParseError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| ParseError::new(ParseErrorKind::Malformed, format!("the body is not UTF-8 (at byte {})", error.valid_up_to())))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err(ParseError::new(ParseErrorKind::Empty, "the request has no body"));
    }
    let Unique(value) = serde_json::from_str(text).map_err(|error| {
        let error = error.to_string();
        match error.starts_with("recursion limit") {
            true => too_deep(limits.max_depth),
            false => ParseError::new(ParseErrorKind::Malformed, format!("the body is not JSON: {}", scalar::reason(&error))),
        }
    })?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(ParseError::new(ParseErrorKind::BadValue, "the body must be a JSON object")),
    }
}

fn too_deep(levels: usize) -> ParseError {
    ParseError::new(ParseErrorKind::TooDeep, format!("objects are nested more than {levels} levels deep"))
}

/// JSON in which no object has two members of one name: which of them counts is nowhere agreed.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((key, Unique(value))) = members.next_entry::<String, Unique>()? {
            if all.contains_key(&key) {
                return Err(A::Error::custom(format!("the member `{}` comes twice", scalar::echo(&key))));
            }
            all.insert(key, value);
        }
        Ok(Value::Object(all))
    }
}

/// Walks JSON into a form.
struct Fill {
    form: Form,
    /// The keys, with the index in an array, from the root down.
    path: Vec<String>,
    levels: usize,
}

impl Fill {
    fn element(
        &mut self,
        name: &'static str,
        info: &'static TypeInfo,
        index: Option<usize>,
        map: &Map<String, Value>,
    ) -> Result<(), ParseError> {
        if self.form.path().len() >= self.levels {
            return Err(self.placed(too_deep(self.levels)));
        }
        let begun = self.form.begin(name, info, index);
        begun.map_err(|error| self.placed(error))?;
        for (index, field) in info.fields.iter().enumerate().filter(|(_, field)| field.attribute) {
            let key = if field.ns == Ns::Xsi { TYPE.into() } else { field.json_key() };
            let Some(text) = self.single(field, map.get(&*key))? else { continue };
            let text =
                if field.ns == Ns::Xsi { type_name(&text, info).map_err(|error| self.placed(error))? } else { own_type(field, info, text) };
            let taken = self.form.attribute(index, &text);
            taken.map_err(|error| self.placed(error))?;
        }
        if info.text.is_some() {
            let taken = self.form.text(&text_of(map.get(VALUE)).unwrap_or_default());
            taken.map_err(|error| self.placed(error))?;
        }
        for (index, field) in info.fields.iter().enumerate().filter(|(_, field)| !field.attribute) {
            self.field(index, field, map)?;
        }
        let ended = self.form.end();
        ended.map_err(|error| self.placed(error))
    }

    fn field(&mut self, index: usize, field: &'static Field, map: &Map<String, Value>) -> Result<(), ParseError> {
        let key = field.json_key();
        let several = map.get(&*key).is_some_and(Value::is_array);
        let values: &[Value] = match map.get(&*key) {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Array(values)) => values,
            Some(value) => std::slice::from_ref(value),
        };
        if values.len() > 1 && !field.many && field.group.is_none() {
            return Err(self.wrong(field, "one value, not several"));
        }
        for (at, value) in values.iter().enumerate() {
            self.path.push(if several { format!("{key}[{at}]") } else { key.to_string() });
            self.value(index, field, value)?;
            self.path.pop();
        }
        Ok(())
    }

    fn value(&mut self, index: usize, field: &'static Field, value: &Value) -> Result<(), ParseError> {
        match field.kind {
            Kind::Records => Ok(()),
            // JSON has no other way to say it than as a text.
            Kind::Any => match self.single(field, Some(value))? {
                Some(text) => self.form.value(index, &markup::of_text(field, &text)).map_err(|error| self.placed(error)),
                None => Ok(()),
            },
            Kind::Scalar(_) => match self.single(field, Some(value))? {
                Some(text) => self.form.value(index, &text).map_err(|error| self.placed(error)),
                None => Ok(()),
            },
            Kind::Type(info) => {
                let map = value.as_object().ok_or_else(|| self.wrong(field, "an object"))?;
                match field.group {
                    Some(_) if !self.is_member(map, info())? => Ok(()),
                    _ => self.element(field.name, info(), Some(index), map),
                }
            }
        }
    }

    /// Whether a member of a group is of this type; it must say which it is of.
    fn is_member(&self, map: &Map<String, Value>, info: &TypeInfo) -> Result<bool, ParseError> {
        let missing = || ParseError::new(ParseErrorKind::Missing, format!("`{TYPE}` is missing: nothing else says what it is"));
        let said = map.get(TYPE).and_then(Value::as_str).ok_or_else(|| self.placed(missing()))?;
        Ok(said == info.json_type() || said == info.name)
    }

    /// The text of a single value; `None` when it is not there.
    fn single(&self, field: &Field, value: Option<&Value>) -> Result<Option<String>, ParseError> {
        match value {
            None | Some(Value::Null) => Ok(None),
            // Texts with attributes that we leave out come as objects.
            Some(Value::Object(map)) => match map.get(VALUE) {
                Some(Value::Null) => Ok(None),
                value => text_of(value).map(Some).ok_or_else(|| self.wrong(field, "a single value")),
            },
            Some(value) => text_of(Some(value)).map(Some).ok_or_else(|| self.wrong(field, "a single value")),
        }
    }

    fn wrong(&self, field: &Field, wanted: &str) -> ParseError {
        self.placed(ParseError::new(ParseErrorKind::BadValue, format!("`{}` must be {wanted}", field.json_key())))
    }

    /// The error with its place.
    fn placed(&self, error: ParseError) -> ParseError {
        let path: String = self.path.iter().flat_map(|key| [".", key]).collect();
        ParseError { path: format!("${path}"), ..error }
    }
}

/// What a resource says of its own type ends in `+json` here, and means what ends in `+xml`.
fn own_type(field: &Field, info: &TypeInfo, text: String) -> String {
    match text.strip_suffix("+json").filter(|_| field.name == "type" && info.is_resource()) {
        Some(stem) => format!("{stem}+xml"),
        None => text,
    }
}

/// What `xsi:type` is on an element of type `on`: the name, with the prefix of the type's namespace, which JSON leaves out.
fn type_name(text: &str, on: &TypeInfo) -> Result<String, ParseError> {
    let prefix = if on.ns == Ns::Vcloud { "" } else { on.ns.prefix() };
    let local = match text.split_once(':') {
        None => text,
        Some((said, local)) if said == prefix && !prefix.is_empty() => local,
        Some(_) => return Err(parse::no_type(text)),
    };
    match (scalar::is_name(local), prefix) {
        (false, _) => Err(parse::no_type(text)),
        (true, "") => Ok(local.to_owned()),
        (true, prefix) => Ok(format!("{prefix}:{local}")),
    }
}

fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number_text(number)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number as the schemas spell it: `2.0` is 2, which some languages write so.
fn number_text(number: &Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}
