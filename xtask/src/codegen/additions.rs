//! `crates/wire/additions.toml`: what came after the published schemas. Invariant: each entry names its source.

use std::path::Path;

use serde::Deserialize;

use super::config::read_toml;

/// One element or attribute that a type has beyond its schema.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// The schema type that has it (types that extend it inherit it).
    pub(crate) on: String,
    pub(crate) element: Option<String>,
    pub(crate) attribute: Option<String>,
    #[serde(rename = "type", default)]
    pub(crate) type_name: String,
    #[serde(default)]
    pub(crate) many: bool,
    /// The element after which it stands; the end of the type's own elements without it.
    pub(crate) after: Option<String>,
    pub(crate) since: Option<String>,
    pub(crate) until: Option<String>,
    /// Where the fact comes from; needed in `additions.toml`.
    #[serde(default)]
    pub(crate) source: String,
}

/// A type that the schemas do not have.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewType {
    pub(crate) name: String,
    /// The type whose fields it inherits.
    pub(crate) base: Option<String>,
    /// The kind of its text, when it is text with attributes.
    pub(crate) text: Option<String>,
    #[serde(default)]
    pub(crate) media: Option<String>,
    #[serde(default)]
    pub(crate) source: String,
}

/// A root element that the schemas do not have.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRoot {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) type_name: String,
    pub(crate) source: String,
}

/// The whole file. `entry` adds; `change` narrows the versions of what the schemas have.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Additions {
    #[serde(default)]
    pub(crate) entry: Vec<Entry>,
    #[serde(default)]
    pub(crate) change: Vec<Entry>,
    #[serde(default)]
    pub(crate) new_type: Vec<NewType>,
    #[serde(default)]
    pub(crate) root: Vec<NewRoot>,
}

impl Additions {
    /// Reads the file and demands a source for each entry.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let additions: Self = read_toml(path)?;
        let sources = additions.entry.iter().chain(&additions.change).map(|entry| (&entry.on, &entry.source));
        let sources = sources.chain(additions.new_type.iter().map(|new| (&new.name, &new.source)));
        for (on, source) in sources.chain(additions.root.iter().map(|root| (&root.name, &root.source))) {
            if source.is_empty() {
                return Err(format!("{}: an entry on `{on}` does not say its source", path.display()));
            }
        }
        Ok(additions)
    }
}
