//! Types as the project wants them: flat, with versions, collapsed texts, expanded substitution groups, merged subtypes, additions.
//!
//! Invariant: elements stand in schema order, those of the base type first.

use std::collections::BTreeMap;

use super::additions::Additions;
use super::config::Config;
use super::finish;
use super::flatten::Builder;
use super::names;
use super::qname::{Ns, QName};
use super::version::{NEVER, Versions};
use super::xsd::Schemas;

/// The kinds of single values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Scalar {
    #[default]
    Str,
    Int,
    Long,
    Bool,
    Double,
    DateTime,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Scalar(Scalar),
    Type(QName),
    /// Any member of the substitution group of query records or of references.
    Records,
    /// Any content, kept as it is.
    Any,
    /// Content that is left out.
    Nothing,
}

/// One attribute, element or text of a type.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: QName,
    pub(crate) attribute: bool,
    pub(crate) many: bool,
    pub(crate) required: bool,
    pub(crate) target: Target,
    pub(crate) since: u16,
    pub(crate) until: u16,
    /// The substitution group that it was expanded from (its head's local name).
    pub(crate) group: Option<String>,
    pub(crate) lenient: bool,
    pub(crate) either: bool,
    /// Its schema type is a text that may have attributes, none of which we keep.
    pub(crate) wrapped: bool,
}

/// A flat type.
#[derive(Debug, Clone, Default)]
pub(crate) struct Type {
    pub(crate) text: Option<Scalar>,
    pub(crate) fields: Vec<Field>,
    pub(crate) media: Vec<String>,
    pub(crate) stem: String,
    /// Whether the schema lets it be extended.
    pub(crate) extensible: bool,
}

/// Every type and root element by name.
pub(crate) struct Model {
    pub(crate) types: BTreeMap<QName, Type>,
    pub(crate) roots: BTreeMap<QName, QName>,
    /// Record element -> its type.
    pub(crate) records: BTreeMap<QName, QName>,
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) media: BTreeMap<String, String>,
}

impl Model {
    /// Flattens the schemas under the configuration.
    pub(crate) fn build(schemas: &Schemas<'_>, config: &Config, additions: &Additions) -> Result<Self, String> {
        let versions = Versions::new(&config.versions.symbolic, &config.versions.unknown)?;
        let mut builder = Builder::new(schemas, config, additions, versions);
        for name in schemas.types.keys() {
            builder.flat(name)?;
        }
        for new in config.extra_type.iter().chain(&additions.new_type) {
            builder.flat(&QName::read(&new.name, Ns::Vcloud)?)?;
        }
        let roots = builder.roots()?;
        let types = finish::finish(builder, &roots)?;
        let head = QName::read(&config.records, Ns::Vcloud)?;
        let members = schemas.substitutes.get(&head).into_iter().flatten();
        let records = members.filter_map(|name| roots.get(name).map(|type_name| (name.clone(), type_name.clone()))).collect();
        Ok(Self { types, roots, records, names: config.names.clone(), media: config.media.clone() })
    }
}

/// A field without any limit.
pub(crate) fn plain(name: QName, attribute: bool, target: Target) -> Field {
    Field {
        name,
        attribute,
        many: false,
        required: false,
        target,
        since: 0,
        until: NEVER,
        group: None,
        lenient: false,
        either: false,
        wrapped: false,
    }
}

/// The kind of a built-in type of XML Schema.
pub(crate) fn builtin(local: &str) -> Scalar {
    match local {
        "int" | "short" | "byte" | "unsignedShort" | "unsignedByte" => Scalar::Int,
        "long" | "unsignedInt" | "unsignedLong" | "integer" | "nonNegativeInteger" | "positiveInteger" => Scalar::Long,
        "boolean" => Scalar::Bool,
        "double" | "float" | "decimal" => Scalar::Double,
        "dateTime" => Scalar::DateTime,
        _ => Scalar::Str,
    }
}

/// The kind that a hand-written list names.
pub(crate) fn scalar_word(word: &str) -> Option<Scalar> {
    matches!(word, "string" | "anyURI" | "int" | "long" | "boolean" | "double" | "dateTime").then(|| builtin(word))
}

impl Field {
    /// Whether only some versions have it.
    pub(crate) fn versioned(&self) -> bool {
        self.since > 0 || self.until != NEVER
    }

    /// Whether its Rust type is neither `Option` nor `Vec`.
    pub(crate) fn always(&self) -> bool {
        self.required && !self.many && !self.versioned() && (!self.lenient || self.target == Target::Scalar(Scalar::Str))
    }
}

impl Model {
    /// The name of a type's struct.
    pub(crate) fn rust_name(&self, name: &QName) -> String {
        self.names.get(&name.to_string()).cloned().unwrap_or_else(|| names::type_name(name))
    }

    /// The fields of a type.
    pub(crate) fn fields(&self, name: &QName) -> &[Field] {
        self.types.get(name).map_or(&[], |flat| &flat.fields)
    }

    /// The name of a struct's field; an attribute named like an element gets `_attr`.
    pub(crate) fn field_name(&self, owner: &QName, field: &Field) -> String {
        let name = names::field_name(&field.name.local);
        let same = |other: &&Field| names::field_name(&other.name.local) == name && other.attribute != field.attribute;
        if field.target == Target::Records {
            return "record".to_owned();
        }
        if field.name.ns == super::qname::Ns::Xsi {
            return "xsi_type".to_owned();
        }
        if field.attribute && self.fields(owner).iter().any(|other| same(&other)) { name + "_attr" } else { name }
    }

    /// The key of a field in JSON; an element named like an attribute gets `Element`.
    pub(crate) fn json_key(&self, owner: &QName, field: &Field) -> String {
        let key = names::json_key(&field.name.local);
        let clash = |other: &Field| other.attribute && !field.attribute && names::json_key(&other.name.local) == key;
        if self.fields(owner).iter().any(clash) { key + "Element" } else { key }
    }
}
