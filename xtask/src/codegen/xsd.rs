//! The published schemas, indexed by name. Invariant: nothing here knows what the project does with them.

use std::collections::BTreeMap;
use std::path::Path;

use roxmltree::{Document, Node};

use super::qname::{Ns, QName};

/// One schema file: its name without `.xsd`, and its text.
pub(crate) struct Text {
    pub(crate) stem: String,
    pub(crate) text: String,
}

/// The `.xsd` files below the folder of schemas, in the order of their paths.
pub(crate) fn read_files(dir: &Path) -> Result<Vec<Text>, String> {
    let etc = dir.join("etc");
    let mut paths = Vec::new();
    walk(if etc.is_dir() { &etc } else { dir }, &mut paths)?;
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        Ok(Text { stem, text })
    };
    paths.iter().map(read).collect()
}

fn walk(dir: &Path, out: &mut Vec<std::path::PathBuf>) -> Result<(), String> {
    for entry in std::fs::read_dir(dir).map_err(|error| format!("{}: {error}", dir.display()))? {
        let path = entry.map_err(|error| format!("{}: {error}", dir.display()))?.path();
        if path.is_dir() {
            walk(&path, out)?;
        } else if path.extension().is_some_and(|extension| extension == "xsd") {
            out.push(path);
        }
    }
    Ok(())
}

/// A parsed schema file.
pub(crate) struct File<'a> {
    pub(crate) stem: &'a str,
    pub(crate) document: Document<'a>,
}

/// Parses the files; one of them has a document type, which names nothing we need.
pub(crate) fn parse(texts: &[Text]) -> Result<Vec<File<'_>>, String> {
    texts.iter().map(parse_one).collect()
}

fn parse_one(text: &Text) -> Result<File<'_>, String> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = Document::parse_with_options(&text.text, options).map_err(|error| format!("{}.xsd: {error}", text.stem))?;
    Ok(File { stem: &text.stem, document })
}

/// A top-level declaration and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Declared<'a> {
    pub(crate) node: Node<'a, 'a>,
    pub(crate) ns: Ns,
    pub(crate) stem: &'a str,
    pub(crate) qualified_attributes: bool,
}

type Index<'a> = BTreeMap<QName, Declared<'a>>;

/// Every top-level declaration by name.
#[derive(Default)]
pub(crate) struct Schemas<'a> {
    pub(crate) types: Index<'a>,
    pub(crate) simple: Index<'a>,
    pub(crate) elements: Index<'a>,
    pub(crate) groups: Index<'a>,
    pub(crate) attribute_groups: Index<'a>,
    pub(crate) attributes: Index<'a>,
    /// Head of a substitution group -> its members.
    pub(crate) substitutes: BTreeMap<QName, Vec<QName>>,
    /// Base type -> the types that extend it directly.
    pub(crate) derived: BTreeMap<QName, Vec<QName>>,
}

impl<'a> Schemas<'a> {
    /// Indexes the files.
    pub(crate) fn index(files: &'a [File<'a>]) -> Result<Self, String> {
        let mut schemas = Self::default();
        for file in files {
            let root = file.document.root_element();
            let Some(ns) = root.attribute("targetNamespace").and_then(Ns::of_uri) else { continue };
            let qualified_attributes = root.attribute("attributeFormDefault") == Some("qualified");
            for node in root.children().filter(Node::is_element) {
                let Some(name) = node.attribute("name") else { continue };
                let declared = Declared { node, ns, stem: file.stem, qualified_attributes };
                schemas.add(QName::new(ns, name), declared)?;
            }
        }
        Ok(schemas)
    }

    fn add(&mut self, name: QName, declared: Declared<'a>) -> Result<(), String> {
        let index = match declared.node.tag_name().name() {
            "complexType" => {
                if let Some(base) = base(declared.node) {
                    self.derived.entry(reference(declared.node, base)?).or_default().push(name.clone());
                }
                &mut self.types
            }
            "simpleType" => &mut self.simple,
            "element" => {
                if let Some(head) = declared.node.attribute("substitutionGroup") {
                    self.substitutes.entry(reference(declared.node, head)?).or_default().push(name.clone());
                }
                &mut self.elements
            }
            "group" => &mut self.groups,
            "attributeGroup" => &mut self.attribute_groups,
            "attribute" => &mut self.attributes,
            _ => return Ok(()),
        };
        index.insert(name, declared);
        Ok(())
    }

    /// The types that extend this one, directly or not, in the order of their names.
    pub(crate) fn descendants(&self, base: &QName) -> Vec<QName> {
        let mut all = Vec::new();
        for name in self.derived.get(base).into_iter().flatten() {
            all.push(name.clone());
            all.extend(self.descendants(name));
        }
        all
    }
}

/// The element children of a node.
pub(crate) fn children<'a>(node: Node<'a, 'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children().filter(Node::is_element)
}

/// The base of a derived type, as written.
fn base<'a>(node: Node<'a, 'a>) -> Option<&'a str> {
    let content = children(node).find(|child| matches!(child.tag_name().name(), "complexContent" | "simpleContent"))?;
    children(content).find_map(|derivation| derivation.attribute("base"))
}

/// Resolves a name written in a schema at this node.
pub(crate) fn reference(node: Node<'_, '_>, text: &str) -> Result<QName, String> {
    let (prefix, local) = match text.split_once(':') {
        Some((prefix, local)) => (Some(prefix), local),
        None => (None, text),
    };
    if prefix == Some("xml") {
        return Ok(QName::new(Ns::Xml, local));
    }
    let uri = node.lookup_namespace_uri(prefix).ok_or_else(|| format!("`{text}`: unbound prefix"))?;
    let ns = Ns::of_uri(uri).ok_or_else(|| format!("`{text}`: unknown namespace {uri}"))?;
    Ok(QName::new(ns, local))
}

/// `added-in` and `removed-in` of a declaration's own annotation.
pub(crate) fn versions<'a>(node: Node<'a, 'a>) -> (Option<&'a str>, Option<&'a str>) {
    let mut found = (None, None);
    for version in appinfo(node, "version") {
        found.0 = version.attribute("added-in").or(found.0);
        found.1 = version.attribute("removed-in").or(found.1);
    }
    found
}

/// The media types of a type, without `+xml`.
pub(crate) fn content_types<'a>(node: Node<'a, 'a>) -> Vec<&'a str> {
    appinfo(node, "content-type").filter_map(|node| node.text()).map(str::trim).filter(|text| !text.is_empty()).collect()
}

fn appinfo<'a>(node: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    let annotations = children(node).filter(|child| child.tag_name().name() == "annotation");
    let infos = annotations.flat_map(|annotation| children(annotation).filter(|child| child.tag_name().name() == "appinfo"));
    infos.flat_map(move |info| children(info).filter(move |child| child.tag_name().name() == name))
}
