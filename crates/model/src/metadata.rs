//! Metadata: what people write beside objects, as keys with typed values. Invariant: an entry that is stored has a key that a URL can name,
//! and a value that its type can have.
//!
//! Rules and limits are those of the programming guides 5.1 and 5.5 ("Working with Object Metadata"), unless a line says that they are ours.

pub mod bearer;

use crate::caller::Caller;
use crate::clock::{Time, format_time, from_millis, parse_time};
use crate::fault::{Fault, FaultCode, excerpt};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// To whom an entry belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Domain {
    /// To whoever may change the object.
    General,
    /// To the provider, who says whether others may read it.
    System,
}

impl Domain {
    /// Both.
    pub const ALL: [Self; 2] = [Self::General, Self::System];

    /// The word in documents, hrefs and rows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::General => "GENERAL",
            Self::System => "SYSTEM",
        }
    }

    /// The domain of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|domain| domain.name() == name)
    }

    /// How many entries an object may have in it.
    const fn most_entries(self) -> usize {
        match self {
            Self::General => 1_024,
            Self::System => 128,
        }
    }

    /// How many bytes its keys and values may have together.
    const fn most_bytes(self) -> usize {
        match self {
            Self::General => 128 << 10,
            Self::System => 16 << 10,
        }
    }
}

/// Who may see an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    /// The provider alone.
    Private,
    /// Everybody who sees the object; the provider alone writes it.
    ReadOnly,
    /// Everybody who sees the object, and who may change it writes it.
    ReadWrite,
}

impl Visibility {
    const ALL: [Self; 3] = [Self::Private, Self::ReadOnly, Self::ReadWrite];

    /// The word in documents and rows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Private => "PRIVATE",
            Self::ReadOnly => "READONLY",
            Self::ReadWrite => "READWRITE",
        }
    }

    /// The visibility of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|visibility| visibility.name() == name)
    }
}

/// The value of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MetaValue {
    /// Any text.
    String(String),
    /// A whole number of eight bytes.
    Number(i64),
    /// True or false.
    Boolean(bool),
    /// An instant.
    DateTime(Time),
}

impl MetaValue {
    /// Reads a value of the type that `xsi:type` names, with or without a prefix; without a type it is text, as all values of 1.5 are.
    ///
    /// # Errors
    /// 400 that says what the type can have.
    pub fn read(r#type: Option<&str>, text: &str) -> Result<Self, Fault> {
        let named = r#type.map(|named| named.rsplit(':').next().unwrap_or(named).trim());
        let wrong =
            |must: &str| Fault::bad_request(format!("The Value \"{}\" of a {} must be {must}.", excerpt(text), named.unwrap_or("")));
        match named {
            None | Some("MetadataStringValue") => Ok(Self::String(text.to_owned())),
            Some("MetadataNumberValue") => {
                text.trim().parse().ok().map(Self::Number).ok_or_else(|| wrong("a whole number that eight bytes can hold"))
            }
            Some("MetadataBooleanValue") => boolean(text.trim()).map(Self::Boolean).ok_or_else(|| wrong("true, false, 1 or 0")),
            Some("MetadataDateTimeValue") => {
                parse_time(text.trim()).map(Self::DateTime).ok_or_else(|| wrong("a date and time as 2012-06-18T12:00:00-05:00 is"))
            }
            Some(other) => Err(Fault::bad_request(format!(
                "The xsi:type of a TypedValue must be MetadataStringValue, MetadataNumberValue, MetadataBooleanValue or \
                 MetadataDateTimeValue, not \"{}\".",
                excerpt(other)
            ))),
        }
    }

    /// Its type, as `xsi:type` names it.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::String(_) => "MetadataStringValue",
            Self::Number(_) => "MetadataNumberValue",
            Self::Boolean(_) => "MetadataBooleanValue",
            Self::DateTime(_) => "MetadataDateTimeValue",
        }
    }

    /// How documents write it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::String(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Boolean(value) => value.to_string(),
            Self::DateTime(at) => format_time(*at),
        }
    }

    /// Text in whose order, byte by byte, values of one type lie as they themselves do.
    #[must_use]
    pub fn comparable(&self) -> String {
        let digits = |number: i64| format!("{:016x}", number.cast_unsigned() ^ (1 << 63));
        match self {
            Self::String(text) => text.clone(),
            Self::Number(number) => digits(*number),
            Self::Boolean(value) => u8::from(*value).to_string(),
            Self::DateTime(at) => digits(at.timestamp_millis()),
        }
    }

    /// The value of this type with this comparable text.
    #[must_use]
    pub fn from_comparable(type_name: &str, text: &str) -> Option<Self> {
        let number = || Some((u64::from_str_radix(text, 16).ok()? ^ (1 << 63)).cast_signed());
        match type_name {
            "MetadataStringValue" => Some(Self::String(text.to_owned())),
            "MetadataNumberValue" => number().map(Self::Number),
            "MetadataBooleanValue" => boolean(text).map(Self::Boolean),
            "MetadataDateTimeValue" => number().map(|millis| Self::DateTime(from_millis(millis))),
            _ => None,
        }
    }

    /// The bytes that it counts for.
    fn bytes(&self) -> usize {
        match self {
            Self::String(text) => text.len(),
            Self::Number(_) | Self::DateTime(_) => 8,
            Self::Boolean(_) => 1,
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// What names an entry among those of its object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MetaKey {
    /// To whom it belongs.
    pub domain: Domain,
    /// Its key.
    pub key: String,
}

/// One key with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaEntry {
    /// What names it.
    pub name: MetaKey,
    /// Who may see it.
    pub visibility: Visibility,
    /// What it says.
    pub value: MetaValue,
}

impl MetaEntry {
    /// Whether `caller`, who sees the object, sees it.
    #[must_use]
    pub fn is_shown_to(&self, caller: &Caller) -> bool {
        self.visibility != Visibility::Private || caller.is_provider()
    }

    /// The bytes that it counts for.
    fn bytes(&self) -> usize {
        self.name.key.len() + self.value.bytes()
    }
}

/// An entry as a request has it: who may see it need not be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// What names it.
    pub name: MetaKey,
    /// Who may see it, if that is said.
    pub visibility: Option<Visibility>,
    /// What it says.
    pub value: MetaValue,
}

impl Written {
    /// From what a document says; domain and visibility may be missing or empty.
    ///
    /// # Errors
    /// 400 for a key that no entry can have, and for words that do not go together.
    pub fn new(domain: Option<&str>, visibility: Option<&str>, key: &str, value: MetaValue) -> Result<Self, Fault> {
        check_key(key)?;
        let said = |word: Option<&'_ str>| word.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned);
        let domain = match said(domain) {
            None => Domain::General,
            Some(name) => Domain::from_name(&name).ok_or_else(|| {
                Fault::bad_request(format!(
                    "The Domain of the entry \"{}\" must be GENERAL or SYSTEM, not \"{}\".",
                    excerpt(key),
                    excerpt(&name)
                ))
            })?,
        };
        // pyvcloud knows of these three pairs only, and that real servers refuse others.
        let visibility = match (domain, said(visibility).as_deref()) {
            (_, None) => None,
            (Domain::General, Some("READWRITE")) => Some(Visibility::ReadWrite),
            (Domain::System, Some("PRIVATE")) => Some(Visibility::Private),
            (Domain::System, Some("READONLY")) => Some(Visibility::ReadOnly),
            (_, Some(other)) => {
                let rule = "must be READWRITE in GENERAL, and PRIVATE or READONLY in SYSTEM";
                let (key, other) = (excerpt(key), excerpt(other));
                return Err(Fault::bad_request(format!("The visibility of the entry \"{key}\" {rule}, not \"{other}\".")));
            }
        };
        Ok(Self { name: MetaKey { domain, key: key.to_owned() }, visibility, value })
    }

    /// The entry that it becomes in place of the one that is there. No source says who sees an entry of SYSTEM when nobody says so: it stays
    /// as it was, and a new one is seen by the provider alone.
    #[must_use]
    pub fn over(&self, old: Option<&MetaEntry>) -> MetaEntry {
        let usual = || match self.name.domain {
            Domain::General => Visibility::ReadWrite,
            Domain::System => Visibility::Private,
        };
        let visibility = self.visibility.or(old.map(|old| old.visibility)).unwrap_or_else(usual);
        MetaEntry { name: self.name.clone(), visibility, value: self.value.clone() }
    }
}

/// The answer for an entry that an object does not have, or that the caller may not see: clients take a 403 for that.
#[must_use]
pub fn no_entry(name: &MetaKey) -> Fault {
    let (domain, key) = (name.domain.name(), excerpt(&name.key));
    Fault::new(FaultCode::Forbidden, format!("No access to metadata \"{key}\" of the domain {domain}."))
}

/// Whether `caller`, who may change the metadata of an object, may do so in `domain`.
///
/// # Errors
/// 403 for the provider's domain.
pub fn may_write(caller: &Caller, domain: Domain) -> Result<(), Fault> {
    if domain == Domain::System && !caller.is_provider() { Err(Fault::denied()) } else { Ok(()) }
}

/// An entry with the object that it is about: what a row keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadatum {
    /// The object.
    pub object: Uuid,
    /// The entry.
    pub entry: MetaEntry,
}

impl Metadatum {
    /// What tells it from all others: it follows from object, domain and key.
    #[must_use]
    pub fn id(object: Uuid, name: &MetaKey) -> Uuid {
        Uuid::new_v5(&object, format!("{}/{}", name.domain.name(), name.key).as_bytes())
    }
}

/// Refuses a key that an entry cannot have.
///
/// # Errors
/// 400 that says why.
pub fn check_key(key: &str) -> Result<(), Fault> {
    const MOST: usize = 256;
    let bad = |why: &str| Err(Fault::bad_request(format!("The Key \"{}\" {why}.", excerpt(key))));
    match () {
        () if key.is_empty() => bad("must not be empty"),
        () if key.chars().nth(MOST).is_some() => bad("is longer than 256 characters"),
        () if key.contains(';') => bad("must not contain a semicolon"),
        () if key.contains("/../") || key.contains("/./") => bad("must not contain /../ or /./"),
        () if key.starts_with("./") || key.starts_with("../") => bad("must not start with ./ or ../"),
        () if key.ends_with("/.") || key.ends_with("/..") => bad("must not end with /. or /.."),
        // Ours: no URL can name the first two, and no document the others.
        () if [".", ".."].contains(&key) => bad("must not be . or .."),
        () if key.chars().any(|c| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}')) => bad("must not have control characters"),
        () => Ok(()),
    }
}

/// Refuses more entries than an object can have.
///
/// # Errors
/// 400 that says which limit is exceeded.
pub fn check_limits<'a>(all: impl Iterator<Item = &'a MetaEntry> + Clone) -> Result<(), Fault> {
    for domain in Domain::ALL {
        let inside = all.clone().filter(|entry| entry.name.domain == domain);
        let (count, bytes) = inside.fold((0, 0), |(count, bytes), entry| (count + 1, bytes + entry.bytes()));
        let (name, most, most_bytes) = (domain.name(), domain.most_entries(), domain.most_bytes());
        if count > most {
            return Err(Fault::bad_request(format!("An object has at most {most} entries in the domain {name}; these would be {count}.")));
        }
        if bytes > most_bytes {
            let what = "keys and values of an object in the domain";
            return Err(Fault::bad_request(format!("The {what} {name} have at most {most_bytes} bytes; these would have {bytes}.")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
