//! One struct, its table and its pruning. Invariant: attributes first, then elements in schema order.

use std::fmt::Write as _;

use super::emit_table::field_row;
use super::model::{Field, Model, Scalar, Target, Type};
use super::qname::{Ns, QName};
use super::select::Selection;

/// The text of one type.
pub(crate) fn emit(model: &Model, selection: &Selection, name: &QName) -> Result<String, String> {
    let flat = model.types.get(name).ok_or_else(|| format!("no type is named `{name}`"))?;
    let rust = model.rust_name(name);
    let mut out = String::new();
    let _ = writeln!(out, "/// `{name}`{}.", flat.media.first().map(|media| format!(", `{media}`")).unwrap_or_default());
    let read = if selection.read.contains(name) { ", YaDeserialize" } else { "" };
    let _ = writeln!(out, "#[derive(Debug, Clone, Default, PartialEq, YaSerialize{read})]\npub struct {rust} {{");
    if let Some(scalar) = flat.text {
        text_field(&mut out, scalar);
    }
    for field in ordered(flat) {
        struct_field(&mut out, model, name, field);
    }
    out.push_str("}\n\n");
    wire(&mut out, model, selection, name, flat);
    Ok(out)
}

/// Attributes before elements, else as they stand.
fn ordered(flat: &Type) -> impl Iterator<Item = &Field> {
    let attributes = flat.fields.iter().filter(|field| field.attribute);
    attributes.chain(flat.fields.iter().filter(|field| !field.attribute))
}

fn text_field(out: &mut String, scalar: Scalar) {
    let default = if matches!(scalar, Scalar::Str | Scalar::DateTime) { ", default = \"no_text\"" } else { "" };
    let _ = writeln!(out, "#[yaserde(text = true{default})]\npub value: {},", scalar_type(scalar));
}

fn struct_field(out: &mut String, model: &Model, owner: &QName, field: &Field) {
    let name = model.field_name(owner, field);
    let mut keys = Vec::new();
    if field.attribute {
        keys.push("attribute = true".to_owned());
    }
    let bare = if field.attribute { field.name.ns == Ns::None } else { matches!(field.name.ns, Ns::Vcloud | Ns::Versions) };
    if !bare {
        keys.push(format!("prefix = \"{}\"", field.name.ns.prefix()));
    }
    keys.push(format!("rename = \"{}\"", field.name.local));
    let _ = writeln!(out, "#[yaserde({})]\npub {name}: {},", keys.join(", "), field_type(model, field));
}

fn field_type(model: &Model, field: &Field) -> String {
    let inner = match &field.target {
        Target::Scalar(scalar) => scalar_type(*scalar).to_owned(),
        Target::Type(name) => path(model, name),
        Target::Records | Target::Nothing => "Record".to_owned(),
    };
    if field.many {
        format!("Vec<{inner}>")
    } else if field.always() {
        inner
    } else {
        format!("Option<{inner}>")
    }
}

/// The path of a type's struct, seen from any generated file.
pub(crate) fn path(model: &Model, name: &QName) -> String {
    format!("{}::{}", name.ns.prefix(), model.rust_name(name))
}

fn scalar_type(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Str | Scalar::DateTime => "String",
        Scalar::Int => "i32",
        Scalar::Long => "i64",
        Scalar::Bool => "bool",
        Scalar::Double => "f64",
    }
}

fn wire(out: &mut String, model: &Model, selection: &Selection, name: &QName, flat: &Type) {
    let rust = model.rust_name(name);
    let _ = writeln!(out, "impl Wire for {rust} {{\nfn info() -> &'static TypeInfo {{\nstatic INFO: TypeInfo = TypeInfo {{");
    let media = flat.media.first().map_or_else(|| "None".to_owned(), |media| format!("Some(\"{media}\")"));
    let text = flat.text.map_or_else(|| "None".to_owned(), |scalar| format!("Some(Scalar::{scalar:?})"));
    let _ = writeln!(out, "name: \"{}\", ns: Ns::{:?}, media: {media}, text: {text}, fields: &[", name.local, name.ns);
    for field in ordered(flat) {
        out.push_str(&field_row(model, name, field));
    }
    out.push_str("] };\n&INFO\n}\n");
    if selection.pruned.contains(name) {
        prune(out, model, selection, name, flat);
    }
    out.push_str("}\n\n");
}

fn prune(out: &mut String, model: &Model, selection: &Selection, name: &QName, flat: &Type) {
    out.push_str("const PRUNES: bool = true;\n\nfn prune(&mut self, version: u16) {\n");
    for field in ordered(flat) {
        let rust = model.field_name(name, field);
        let empty = if field.many { format!("self.{rust}.clear();") } else { format!("self.{rust} = None;") };
        if field.since > 0 {
            let _ = writeln!(out, "if version < {} {{ {empty} }}", field.since);
        }
        if field.until != super::version::NEVER {
            let _ = writeln!(out, "if version >= {} {{ {empty} }}", field.until);
        }
        let deep = match &field.target {
            Target::Type(inner) => selection.pruned.contains(inner),
            Target::Records => true,
            Target::Scalar(_) | Target::Nothing => false,
        };
        if deep && !field.many && !field.always() {
            let _ = writeln!(out, "if let Some(inner) = &mut self.{rust} {{ inner.prune(version); }}");
        } else if deep && field.many {
            let _ = writeln!(out, "for inner in &mut self.{rust} {{ inner.prune(version); }}");
        } else if deep {
            let _ = writeln!(out, "self.{rust}.prune(version);");
        }
    }
    out.push_str("}\n");
}
