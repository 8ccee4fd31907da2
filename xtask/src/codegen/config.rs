//! `crates/wire/codegen.toml`. Invariant: every choice the generator makes beyond the schemas stands in that file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::additions::Entry;

/// The file as written; its comments explain each key.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) roots: Vec<String>,
    pub(crate) read: Vec<String>,
    pub(crate) all_roots_of: Vec<String>,
    pub(crate) skip: Vec<String>,
    pub(crate) keep: Vec<String>,
    pub(crate) collapse: Vec<String>,
    pub(crate) merge: Vec<String>,
    pub(crate) lenient: Vec<String>,
    pub(crate) either: Vec<String>,
    pub(crate) records: String,
    pub(crate) references: String,
    pub(crate) versions: VersionTable,
    pub(crate) media: BTreeMap<String, String>,
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) retype: BTreeMap<String, String>,
    pub(crate) expand: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) extra: Vec<Entry>,
    #[serde(default)]
    pub(crate) extra_type: Vec<super::additions::NewType>,
}

/// What the build-time names of versions mean.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VersionTable {
    pub(crate) unknown: String,
    pub(crate) symbolic: BTreeMap<String, String>,
}

impl Config {
    /// Reads the file.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        read_toml(path)
    }
}

/// Reads a toml file whole.
pub(crate) fn read_toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    basic_toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Whether a list of `Type/Field` or `*/Field` patterns names this field of this type.
pub(crate) fn names_field(patterns: &[String], owner: &str, field: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.split_once('/') {
        Some(("*", name)) => name == field,
        Some((type_name, name)) => type_name == owner && name == field,
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_fields_of_one_type_or_of_all() {
        let patterns = ["*/ovf:Info".to_owned(), "TaskType/Params".to_owned()];
        assert!(names_field(&patterns, "AnyType", "ovf:Info"));
        assert!(names_field(&patterns, "TaskType", "Params"));
        assert!(!names_field(&patterns, "VmType", "Params"));
    }
}
