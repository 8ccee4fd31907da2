//! What the tables say about types. Invariant: the tables are generated; nothing is known about a document but what they hold.

use std::borrow::Cow;

use crate::ns::{Ns, QName};
use crate::xml::Xml;

/// The kind of a single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// Any text.
    Str,
    /// A number of 32 bits.
    Int,
    /// A number of 64 bits.
    Long,
    /// `true`, `false`, `1` or `0`.
    Bool,
    /// A decimal number.
    Double,
    /// An instant as text; its reader judges it.
    DateTime,
}

impl Scalar {
    /// The name of the schema type, for messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Str => "string",
            Self::Int => "int",
            Self::Long => "long",
            Self::Bool => "boolean",
            Self::Double => "double",
            Self::DateTime => "dateTime",
        }
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A single value.
    Scalar(Scalar),
    /// A structure; a function, because types may contain each other.
    Type(fn() -> &'static TypeInfo),
    /// Any content: the whole element as XML that needs nothing around it, as [`crate::parse_xml`] reads it.
    Any,
    /// [`crate::record::Record`]s: members of the substitution group of records or of references.
    Records,
}

/// One attribute or element of a type.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Local name.
    pub name: &'static str,
    /// Its namespace; [`Ns::None`] for unqualified attributes.
    pub ns: Ns,
    /// An attribute, else an element.
    pub attribute: bool,
    /// What it holds.
    pub kind: Kind,
    /// May repeat.
    pub many: bool,
    /// A request without it is refused.
    pub required: bool,
    /// Required by the schema, but read as an empty text when a client leaves it out.
    pub lenient: bool,
    /// Accepted in the vCloud and the extension namespace alike.
    pub either: bool,
    /// A text whose type has attributes that we leave out: in JSON an object that holds it as `value`.
    pub wrapped: bool,
    /// The substitution group it belongs to: in JSON its members share one array of this name.
    pub group: Option<&'static str>,
    /// Its key in JSON, when that is not its name with a small first letter.
    pub json: Option<&'static str>,
    /// First version that has it; 0 when all have.
    pub since: u16,
    /// First version that has it no more; `u16::MAX` when none.
    pub until: u16,
}

impl Field {
    const fn new(name: &'static str, ns: Ns, kind: Kind, attribute: bool) -> Self {
        Self {
            name,
            ns,
            attribute,
            kind,
            many: false,
            required: false,
            lenient: false,
            either: false,
            wrapped: false,
            group: None,
            json: None,
            since: 0,
            until: u16::MAX,
        }
    }

    /// An optional attribute of every version.
    #[must_use]
    pub const fn attribute(name: &'static str, ns: Ns, kind: Kind) -> Self {
        Self::new(name, ns, kind, true)
    }

    /// An optional element of every version.
    #[must_use]
    pub const fn element(name: &'static str, ns: Ns, kind: Kind) -> Self {
        Self::new(name, ns, kind, false)
    }

    /// It may repeat.
    #[must_use]
    pub const fn many(mut self) -> Self {
        self.many = true;
        self
    }

    /// It must be there.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// It should be there.
    #[must_use]
    pub const fn lenient(mut self) -> Self {
        self.lenient = true;
        self
    }

    /// Two namespaces are accepted.
    #[must_use]
    pub const fn either(mut self) -> Self {
        self.either = true;
        self
    }

    /// Its type in the schema has attributes.
    #[must_use]
    pub const fn wrapped(mut self) -> Self {
        self.wrapped = true;
        self
    }

    /// It is a member of a substitution group.
    #[must_use]
    pub const fn group(mut self, group: &'static str) -> Self {
        self.group = Some(group);
        self
    }

    /// It has a JSON key of its own.
    #[must_use]
    pub const fn json(mut self, key: &'static str) -> Self {
        self.json = Some(key);
        self
    }

    /// Versions from this one on have it.
    #[must_use]
    pub const fn since(mut self, version: u16) -> Self {
        self.since = version;
        self
    }

    /// Versions before this one have it.
    #[must_use]
    pub const fn until(mut self, version: u16) -> Self {
        self.until = version;
        self
    }

    /// Its key in JSON: its name with the first word in small letters, as the tools of Java spell it. Members of a group have that of the
    /// group.
    #[must_use]
    pub fn json_key(&self) -> Cow<'static, str> {
        self.group.or(self.json).map_or_else(|| json_name(self.name), Cow::Borrowed)
    }

    /// Whether a document of this version may hold it.
    #[must_use]
    pub const fn in_version(&self, version: u16) -> bool {
        self.since <= version && version < self.until
    }
}

/// A type: what its elements may hold.
#[derive(Debug)]
pub struct TypeInfo {
    /// The schema's name, as JSON's `_type` and `xsi:type` spell it.
    pub name: &'static str,
    /// The namespace of that name.
    pub ns: Ns,
    /// Its media type in the camel-case form of `@type`.
    pub media: Option<&'static str>,
    /// The kind of its own text, when it has text.
    pub text: Option<Scalar>,
    /// Whether the schema lets it be extended; then its JSON says so.
    pub extensible: bool,
    /// Its attributes, then its elements in schema order.
    pub fields: &'static [Field],
}

impl TypeInfo {
    /// Its name as JSON's `_type` spells it.
    #[must_use]
    pub fn json_type(&self) -> Cow<'static, str> {
        if self.name.contains('_') { Cow::Owned(self.name.replace('_', "")) } else { Cow::Borrowed(self.name) }
    }

    /// Whether it is a resource, which has links and says its own media type, and no reference to one.
    #[must_use]
    pub fn is_resource(&self) -> bool {
        self.fields.iter().any(|field| !field.attribute && field.name == "Link")
    }
}

/// A name with its first word in small letters: `MACAddress` is `macAddress`, `VAppParent` is `vAppParent`.
pub(crate) fn json_name(name: &'static str) -> Cow<'static, str> {
    let capitals = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let next_is_small = name.as_bytes().get(capitals).is_some_and(u8::is_ascii_lowercase);
    match if capitals > 1 && next_is_small { capitals - 1 } else { capitals } {
        0 => Cow::Borrowed(name),
        first => Cow::Owned(name[..first].to_ascii_lowercase() + &name[first..]),
    }
}

/// A query record: attributes only.
#[derive(Debug)]
pub struct RecordInfo {
    /// Element name, in the vCloud namespace.
    pub element: &'static str,
    /// The schema's name of its type.
    pub type_name: &'static str,
    /// Its attributes.
    pub attributes: &'static [Field],
}

impl RecordInfo {
    /// The record written as this element.
    #[must_use]
    pub fn of_element(element: &str) -> Option<&'static Self> {
        let all = crate::generated::records::ALL;
        all.binary_search_by(|info| info.element.cmp(element)).ok().map(|at| &all[at])
    }
}

/// A root element.
#[derive(Debug)]
pub struct Root {
    /// Its name.
    pub name: QName,
    /// The media type of the document, in camel case.
    pub media: Option<&'static str>,
    /// The default namespace of the document.
    pub bare: Ns,
    /// The namespaces bound to their usual prefixes.
    pub prefixes: &'static [Ns],
    /// What it holds.
    pub info: fn() -> &'static TypeInfo,
}

/// A generated type.
pub trait Wire: Clone {
    /// Its table.
    fn info() -> &'static TypeInfo;

    /// Writes its attributes.
    fn attributes(&self, _out: &mut Xml) {}

    /// Writes its elements, or its text.
    fn elements(&self, _out: &mut Xml) {}
}

/// Where documents are read from.
pub type Reader<'a> = yaserde::de::Deserializer<&'a [u8]>;

/// A type that stands at the root of a document.
pub trait Document: Wire {
    /// Its root element; where several root elements share the type, the first of the configuration.
    const ROOT: &'static Root;
}

/// A document that is also a request body.
pub trait Readable: Document {
    /// Reads it as yaserde does; [`crate::parse_xml`] is the way from a body, and what it hands over has no namespaces any more.
    ///
    /// # Errors
    /// When the text does not fit the type.
    fn read(reader: &mut Reader<'_>) -> yaserde::Result<Self>;
}
