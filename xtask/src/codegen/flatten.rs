//! Flattens schema types: fields of base types first, particles unrolled, simple texts collapsed.
//!
//! Invariant: a type's fields here are those of its base types and its own, with additions, before anything is left out or expanded.

use std::collections::BTreeMap;

use roxmltree::Node;

use super::additions::{Additions, Entry, NewType};
use super::config::{Config, names_field};
use super::model::{Field, Scalar, Target, Type, builtin, plain, scalar_word};
use super::qname::{Ns, QName};
use super::version::{NEVER, Versions};
use super::xsd::{self, Declared, Schemas, children, reference};

/// The state of flattening.
pub(crate) struct Builder<'m, 'a> {
    pub(crate) schemas: &'m Schemas<'a>,
    pub(crate) config: &'m Config,
    additions: &'m Additions,
    versions: Versions,
    pub(crate) done: BTreeMap<QName, Type>,
}

/// What stays the same while the particles of one type are walked.
#[derive(Clone, Copy)]
struct Place<'p, 'a> {
    owner: &'p QName,
    declared: Declared<'a>,
}

/// How often a particle may occur.
#[derive(Clone, Copy)]
struct Occurs {
    required: bool,
    many: bool,
}

impl<'m, 'a> Builder<'m, 'a> {
    /// Nothing flattened yet.
    pub(crate) fn new(schemas: &'m Schemas<'a>, config: &'m Config, additions: &'m Additions, versions: Versions) -> Self {
        Self { schemas, config, additions, versions, done: BTreeMap::new() }
    }

    /// The fields of a type, with those of its base types.
    pub(crate) fn flat(&mut self, name: &QName) -> Result<Type, String> {
        if let Some(done) = self.done.get(name) {
            return Ok(done.clone());
        }
        let mut flat = match self.schemas.types.get(name).copied() {
            Some(declared) => self.flat_declared(name, declared)?,
            None => self.flat_new(name)?,
        };
        self.add_entries(name, &mut flat)?;
        self.done.insert(name.clone(), flat.clone());
        Ok(flat)
    }

    fn flat_declared(&mut self, name: &QName, declared: Declared<'a>) -> Result<Type, String> {
        let media = xsd::content_types(declared.node).into_iter().map(|media| format!("{media}+xml")).collect();
        let mut flat = Type { media, stem: declared.stem.to_owned(), ..Type::default() };
        self.body(&mut flat, Place { owner: name, declared }, declared.node)?;
        Ok(flat)
    }

    fn flat_new(&mut self, name: &QName) -> Result<Type, String> {
        let mut all = self.config.extra_type.iter().chain(&self.additions.new_type);
        let new = all.find(|new| QName::read(&new.name, Ns::Vcloud).is_ok_and(|read| read == *name));
        let new = new.ok_or_else(|| format!("no type is named `{name}`"))?;
        let NewType { base, text, media, .. } = new.clone();
        let mut flat = match base {
            Some(base) => self.flat(&QName::read(&base, Ns::Vcloud)?)?,
            None => Type::default(),
        };
        flat.media = media.into_iter().collect();
        flat.text = text.map(|text| scalar_word(&text).ok_or_else(|| format!("`{text}` is no kind of text"))).transpose()?;
        flat.stem = "added".to_owned();
        Ok(flat)
    }

    fn body(&mut self, flat: &mut Type, place: Place<'_, 'a>, node: Node<'a, 'a>) -> Result<(), String> {
        for child in children(node) {
            match child.tag_name().name() {
                "sequence" | "all" | "choice" | "group" => {
                    self.particle(flat, place, child, Occurs { required: true, many: false })?;
                }
                "attribute" => self.attribute(flat, place, child)?,
                "attributeGroup" => {
                    let name = reference(child, child.attribute("ref").unwrap_or_default())?;
                    if let Some(group) = self.schemas.attribute_groups.get(&name).copied() {
                        self.body(flat, Place { declared: group, ..place }, group.node)?;
                    }
                }
                "complexContent" | "simpleContent" => {
                    for derivation in children(child).filter(|child| matches!(child.tag_name().name(), "extension" | "restriction")) {
                        self.derivation(flat, place, derivation)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn derivation(&mut self, flat: &mut Type, place: Place<'_, 'a>, node: Node<'a, 'a>) -> Result<(), String> {
        let base = reference(node, node.attribute("base").unwrap_or_default())?;
        if self.schemas.types.contains_key(&base) {
            let base = self.flat(&base)?;
            let restricts = node.tag_name().name() == "restriction";
            flat.text = base.text;
            flat.fields.extend(base.fields.into_iter().filter(|field| field.attribute || !restricts));
        } else if base.local != "anyType" {
            flat.text = Some(self.simple(&base));
        }
        if let Some(narrower) = children(node).find(|child| child.tag_name().name() == "simpleType") {
            flat.text = Some(self.simple_node(narrower));
        }
        self.body(flat, place, node)
    }

    fn particle(&mut self, flat: &mut Type, place: Place<'_, 'a>, node: Node<'a, 'a>, outer: Occurs) -> Result<(), String> {
        let required = outer.required && node.attribute("minOccurs") != Some("0");
        let many = outer.many || !matches!(node.attribute("maxOccurs"), None | Some("1" | "0"));
        match node.tag_name().name() {
            "element" => self.element(flat, place, node, Occurs { required, many }),
            "group" => {
                let name = reference(node, node.attribute("ref").unwrap_or_default())?;
                let group = self.schemas.groups.get(&name).copied().ok_or_else(|| format!("no group is named `{name}`"))?;
                let place = Place { declared: group, ..place };
                children(group.node).try_for_each(|child| self.particle(flat, place, child, Occurs { required, many }))
            }
            kind @ ("sequence" | "all" | "choice") => {
                let inner = Occurs { required: required && kind != "choice", many };
                children(node).try_for_each(|child| self.particle(flat, place, child, inner))
            }
            _ => Ok(()),
        }
    }

    fn element(&mut self, flat: &mut Type, place: Place<'_, 'a>, node: Node<'a, 'a>, occurs: Occurs) -> Result<(), String> {
        let (name, target) = match node.attribute("ref") {
            Some(head) => {
                let head = reference(node, head)?;
                if self.schemas.substitutes.contains_key(&head) {
                    return self.substitution(flat, &head);
                }
                let target = self.global(&head)?;
                (head, target)
            }
            None => {
                let name = QName::new(place.declared.ns, node.attribute("name").unwrap_or_default());
                let target = self.target(place, node, &name)?;
                (name, target)
            }
        };
        let (since, until) = self.lifetime(node, &target);
        let wrapped = self.is_wrapped(node, &target)?;
        let required = occurs.required && !occurs.many;
        let field = Field { many: occurs.many, required, since, until, wrapped, ..plain(name, false, target) };
        self.push(flat, place.owner, field);
        Ok(())
    }

    /// Whether an element that we keep as a single value has a type with attributes in the schema.
    fn is_wrapped(&self, node: Node<'a, 'a>, target: &Target) -> Result<bool, String> {
        let declared = match node.attribute("ref") {
            Some(head) => self.schemas.elements.get(&reference(node, head)?).map_or(node, |declared| declared.node),
            None => node,
        };
        let Some(written) = declared.attribute("type").filter(|_| matches!(target, Target::Scalar(_))) else { return Ok(false) };
        Ok(self.schemas.types.contains_key(&reference(declared, written)?))
    }

    /// A reference to a substitution group: of records or references it takes any member, of others those the configuration lists.
    fn substitution(&mut self, flat: &mut Type, head: &QName) -> Result<(), String> {
        let group = Some(head.local.clone());
        if [&self.config.records, &self.config.references].iter().any(|name| **name == head.to_string()) {
            if head.to_string() == self.config.references {
                let target = self.global(head)?;
                flat.fields.push(Field { many: true, ..plain(head.clone(), false, target) });
            }
            flat.fields.push(Field { many: true, group, ..plain(head.clone(), false, Target::Records) });
            return Ok(());
        }
        // The members depend on the type that inherits it, so the head stays until `finish`.
        flat.fields.push(Field { group, ..plain(head.clone(), false, Target::Nothing) });
        Ok(())
    }

    /// What a global element holds.
    pub(crate) fn global(&mut self, name: &QName) -> Result<Target, String> {
        let declared = self.schemas.elements.get(name).copied().ok_or_else(|| format!("no element is named `{name}`"))?;
        self.target(Place { owner: name, declared }, declared.node, name)
    }

    fn target(&mut self, place: Place<'_, 'a>, node: Node<'a, 'a>, name: &QName) -> Result<Target, String> {
        if let Some(written) =
            self.config.retype.get(&format!("{}/{name}", place.owner)).or_else(|| self.config.retype.get(&format!("*/{name}")))
        {
            return Ok(Target::Type(QName::read(written, Ns::Vcloud)?));
        }
        if let Some(written) = node.attribute("type") {
            let written = reference(node, written)?;
            return self.target_of(&written);
        }
        if children(node).any(|child| child.tag_name().name() == "complexType") {
            let owner = place.owner.local.trim_end_matches("_Type").trim_end_matches("Type");
            let local = if place.owner == name { owner.to_owned() } else { format!("{owner}_{}", name.local) };
            let type_name = QName::new(place.owner.ns, local);
            let mut flat = Type { stem: place.declared.stem.to_owned(), ..Type::default() };
            for inner in children(node).filter(|child| child.tag_name().name() == "complexType") {
                self.body(&mut flat, Place { owner: &type_name, ..place }, inner)?;
            }
            self.add_entries(&type_name, &mut flat)?;
            self.done.insert(type_name.clone(), flat);
            return self.target_of(&type_name);
        }
        self.single(node).map(Target::Scalar)
    }

    /// A scalar when the type is simple, or is text without attributes that we keep.
    fn target_of(&mut self, name: &QName) -> Result<Target, String> {
        if self.config.collapse.contains(&name.to_string()) {
            return Ok(Target::Scalar(Scalar::Str));
        }
        if name.ns == Ns::Xs {
            return Ok(if name.local == "anyType" { Target::Any } else { Target::Scalar(builtin(&name.local)) });
        }
        if let Some(declared) = self.schemas.types.get(name).copied() {
            // A type may contain itself: only texts are looked into before they are done.
            if children(declared.node).any(|child| child.tag_name().name() == "simpleContent") {
                return Ok(text_or_type(name, &self.flat(name)?));
            }
            return Ok(Target::Type(name.clone()));
        }
        match self.done.get(name) {
            Some(flat) => Ok(text_or_type(name, flat)),
            None if self.schemas.simple.contains_key(name) => Ok(Target::Scalar(self.simple(name))),
            None => Ok(Target::Type(name.clone())),
        }
    }

    fn simple(&self, name: &QName) -> Scalar {
        match self.schemas.simple.get(name) {
            _ if name.ns == Ns::Xs => builtin(&name.local),
            Some(declared) => self.simple_node(declared.node),
            None => Scalar::Str,
        }
    }

    /// The kind of a simple type: that of its base, or of the members of a union when these agree.
    fn simple_node(&self, node: Node<'a, 'a>) -> Scalar {
        let of_name = |text: &str| reference(node, text).map_or(Scalar::Str, |name| self.simple(&name));
        let inline = |node: Node<'a, 'a>| {
            children(node).filter(|child| child.tag_name().name() == "simpleType").map(|child| self.simple_node(child)).collect::<Vec<_>>()
        };
        let Some(content) = children(node).find(|child| matches!(child.tag_name().name(), "restriction" | "union")) else {
            return Scalar::Str;
        };
        let mut kinds = inline(content);
        kinds.extend(content.attribute("base").map(of_name));
        kinds.extend(content.attribute("memberTypes").into_iter().flat_map(str::split_whitespace).map(of_name));
        match kinds.split_first() {
            Some((first, rest)) if rest.iter().all(|kind| kind == first) => *first,
            _ => Scalar::Str,
        }
    }

    /// The kind of an attribute or element with a simple type, by name or inline.
    fn single(&self, node: Node<'a, 'a>) -> Result<Scalar, String> {
        if let Some(written) = node.attribute("type") {
            return reference(node, written).map(|name| self.simple(&name));
        }
        Ok(children(node).find(|child| child.tag_name().name() == "simpleType").map_or(Scalar::Str, |child| self.simple_node(child)))
    }

    fn attribute(&mut self, flat: &mut Type, place: Place<'_, 'a>, node: Node<'a, 'a>) -> Result<(), String> {
        if node.attribute("use") == Some("prohibited") {
            return Ok(());
        }
        let (name, target) = match node.attribute("ref") {
            Some(name) => {
                let name = reference(node, name)?;
                let written = self
                    .schemas
                    .attributes
                    .get(&name)
                    .and_then(|declared| declared.node.attribute("type").map(|text| (declared.node, text)));
                let scalar = written.map_or(Ok(Scalar::Str), |(node, text)| reference(node, text).map(|name| self.simple(&name)))?;
                (name, Target::Scalar(scalar))
            }
            None => {
                let qualified = place.declared.qualified_attributes || node.attribute("form") == Some("qualified");
                let name = QName::new(if qualified { place.declared.ns } else { Ns::None }, node.attribute("name").unwrap_or_default());
                (name, Target::Scalar(self.single(node)?))
            }
        };
        let (since, until) = self.lifetime(node, &target);
        let field = Field { required: node.attribute("use") == Some("required"), since, until, ..plain(name, true, target) };
        self.push(flat, place.owner, field);
        Ok(())
    }

    fn push(&self, flat: &mut Type, owner: &QName, mut field: Field) {
        let (owner, name) = (owner.to_string(), field.name.to_string());
        field.lenient = names_field(&self.config.lenient, &owner, &name);
        field.either = names_field(&self.config.either, &owner, &name);
        flat.fields.push(field);
    }

    /// The versions of a declaration: its own, else those of the type it has.
    fn lifetime(&self, node: Node<'a, 'a>, target: &Target) -> (u16, u16) {
        let mut found = xsd::versions(node);
        if let (None, None, Target::Type(name)) = (found.0, found.1, target)
            && let Some(declared) = self.schemas.types.get(name)
        {
            found = xsd::versions(declared.node);
        }
        (found.0.map_or(0, |text| self.versions.since(text)), found.1.map_or(NEVER, |text| self.versions.until(text)))
    }

    /// Puts the entries of both hand-written lists for this type behind their neighbours.
    fn add_entries(&mut self, name: &QName, flat: &mut Type) -> Result<(), String> {
        let written = name.to_string();
        for entry in self.config.extra.iter().chain(&self.additions.entry) {
            if entry.on == written {
                let field = self.entry_field(entry)?;
                let at = place_of(flat, entry)?;
                flat.fields.insert(at, field);
            }
        }
        for change in self.additions.change.iter().filter(|change| change.on == written) {
            self.change(flat, change)?;
        }
        Ok(())
    }

    fn entry_field(&mut self, entry: &Entry) -> Result<Field, String> {
        let (name, attribute) = match (&entry.element, &entry.attribute) {
            (Some(name), None) => (QName::read(name, QName::read(&entry.on, Ns::Vcloud)?.ns)?, false),
            (None, Some(name)) => (QName::read(name, Ns::None)?, true),
            _ => return Err(format!("an entry on `{}` must be either an element or an attribute", entry.on)),
        };
        let target = match scalar_word(&entry.type_name) {
            Some(scalar) => Target::Scalar(scalar),
            None => self.target_of(&QName::read(&entry.type_name, Ns::Vcloud)?)?,
        };
        let since = entry.since.as_deref().map_or(0, |text| self.versions.since(text));
        let until = entry.until.as_deref().map_or(NEVER, |text| self.versions.until(text));
        let (owner, written) = (entry.on.as_str(), name.to_string());
        let lenient = names_field(&self.config.lenient, owner, &written);
        let either = names_field(&self.config.either, owner, &written);
        Ok(Field { many: entry.many, since, until, lenient, either, ..plain(name, attribute, target) })
    }

    fn change(&self, flat: &mut Type, change: &Entry) -> Result<(), String> {
        let wanted = change.element.as_ref().or(change.attribute.as_ref());
        let found =
            flat.fields.iter_mut().find(|field| Some(&field.name.to_string()) == wanted && field.attribute == change.attribute.is_some());
        let field = found.ok_or_else(|| format!("a change on `{}` names a field that it does not have", change.on))?;
        if let Some(text) = &change.since {
            field.since = self.versions.since(text);
        }
        if let Some(text) = &change.until {
            field.until = self.versions.until(text);
        }
        Ok(())
    }

    /// Every global element with a type; one whose type is only text is a document, too.
    pub(crate) fn roots(&mut self) -> Result<BTreeMap<QName, QName>, String> {
        let mut roots = BTreeMap::new();
        for (name, declared) in &self.schemas.elements {
            let type_name = match (self.global(name)?, declared.node.attribute("type")) {
                (Target::Type(type_name), _) => Some(type_name),
                (_, Some(text)) => Some(reference(declared.node, text)?).filter(|text| self.schemas.types.contains_key(text)),
                _ => None,
            };
            roots.extend(type_name.map(|type_name| (name.clone(), type_name)));
        }
        for new in &self.additions.root {
            roots.insert(QName::read(&new.name, Ns::Vcloud)?, QName::read(&new.type_name, Ns::Vcloud)?);
        }
        Ok(roots)
    }
}

fn place_of(flat: &Type, entry: &Entry) -> Result<usize, String> {
    let Some(after) = &entry.after else { return Ok(flat.fields.len()) };
    let found = flat.fields.iter().position(|field| field.name.to_string() == *after && !field.attribute);
    found.map(|at| at + 1).ok_or_else(|| format!("an entry on `{}` stands after `{after}`, which it does not have", entry.on))
}

fn text_or_type(name: &QName, flat: &Type) -> Target {
    match flat.text {
        Some(scalar) if flat.fields.is_empty() => Target::Scalar(scalar),
        _ => Target::Type(name.clone()),
    }
}
