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
    let read = selection.read.contains(name);
    let derive = if read { ", YaDeserialize" } else { "" };
    let _ = writeln!(out, "#[derive(Debug, Clone, Default, PartialEq{derive})]\npub struct {rust} {{");
    if let Some(scalar) = flat.text {
        text_field(&mut out, scalar, read);
    }
    for field in ordered(flat) {
        struct_field(&mut out, model, name, field, read);
    }
    out.push_str("}\n\n");
    wire(&mut out, model, name, flat);
    Ok(out)
}

/// Attributes before elements, else as they stand.
fn ordered(flat: &Type) -> impl Iterator<Item = &Field> {
    let attributes = flat.fields.iter().filter(|field| field.attribute);
    attributes.chain(flat.fields.iter().filter(|field| !field.attribute))
}

fn text_field(out: &mut String, scalar: Scalar, read: bool) {
    let default = if matches!(scalar, Scalar::Str | Scalar::DateTime) { ", default = \"no_text\"" } else { "" };
    if read {
        let _ = writeln!(out, "#[yaserde(text = true{default})]");
    }
    let _ = writeln!(out, "pub value: {},", scalar_type(scalar));
}

fn struct_field(out: &mut String, model: &Model, owner: &QName, field: &Field, read: bool) {
    let name = model.field_name(owner, field);
    if read {
        let kind = if field.attribute { "attribute = true, " } else { "" };
        let prefix = if is_bare(field) { String::new() } else { format!("prefix = \"{}\", ", field.name.ns.prefix()) };
        let _ = writeln!(out, "#[yaserde({kind}{prefix}rename = \"{}\")]", field.name.local);
    }
    let _ = writeln!(out, "pub {name}: {},", field_type(model, field));
}

/// Whether the name stands without a prefix.
fn is_bare(field: &Field) -> bool {
    if field.attribute { field.name.ns == Ns::None } else { matches!(field.name.ns, Ns::Vcloud | Ns::Versions) }
}

fn field_type(model: &Model, field: &Field) -> String {
    let inner = match &field.target {
        Target::Scalar(scalar) => scalar_type(*scalar).to_owned(),
        Target::Type(name) => path(model, name),
        Target::Any => "String".to_owned(),
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

fn wire(out: &mut String, model: &Model, name: &QName, flat: &Type) {
    let rust = model.rust_name(name);
    let _ = writeln!(out, "impl Wire for {rust} {{\nfn info() -> &'static TypeInfo {{\nstatic INFO: TypeInfo = TypeInfo {{");
    let media = flat.media.first().map_or_else(|| "None".to_owned(), |media| format!("Some(\"{media}\")"));
    let text = flat.text.map_or_else(|| "None".to_owned(), |scalar| format!("Some(Scalar::{scalar:?})"));
    let _ = writeln!(
        out,
        "name: \"{}\", ns: Ns::{:?}, media: {media}, text: {text}, extensible: {}, fields: &[",
        name.local, name.ns, flat.extensible
    );
    for field in ordered(flat) {
        out.push_str(&field_row(model, name, field));
    }
    out.push_str("] };\n&INFO\n}\n");
    let (attributes, elements): (Vec<_>, Vec<_>) = flat.fields.iter().partition(|field| field.attribute);
    let mut lines: Vec<String> = flat.text.iter().map(|_| "out.content(&self.value);\n".to_owned()).collect();
    lines.extend(elements.into_iter().map(|field| write_field(model, name, field)));
    let attributes = attributes.into_iter().map(|field| write_field(model, name, field)).collect();
    method(out, "attributes", attributes);
    method(out, "elements", lines);
    out.push_str("}\n\n");
}

fn method(out: &mut String, name: &str, lines: Vec<String>) {
    if !lines.is_empty() {
        let _ = writeln!(out, "\nfn {name}(&self, out: &mut Xml) {{\n{}}}", lines.concat());
    }
}

/// The statement that writes a field, if the version has it.
fn write_field(model: &Model, owner: &QName, field: &Field) -> String {
    let rust = model.field_name(owner, field);
    let tag = if is_bare(field) { field.name.local.clone() } else { format!("{}:{}", field.name.ns.prefix(), field.name.local) };
    // What is there at most once and what may repeat are written alike: an option is a list of at most one.
    let all = if field.always() && !field.many { format!("[&self.{rust}]") } else { format!("&self.{rust}") };
    let line = match &field.target {
        Target::Scalar(_) if field.attribute && field.always() => format!("out.attribute(\"{tag}\", &self.{rust});\n"),
        Target::Scalar(_) if field.attribute => format!("out.attribute_if(\"{tag}\", self.{rust}.as_ref());\n"),
        Target::Scalar(_) => format!("out.values(\"{tag}\", {all});\n"),
        Target::Type(_) => format!("out.parts(\"{tag}\", {all});\n"),
        Target::Any => format!("out.any({all});\n"),
        Target::Records | Target::Nothing => format!("out.records(&self.{rust});\n"),
    };
    let until = if field.until == super::version::NEVER { "u16::MAX".to_owned() } else { field.until.to_string() };
    match (field.since, field.until) {
        (0, super::version::NEVER) => line,
        (since, _) => format!("if out.has({since}, {until}) {{ {line} }}\n"),
    }
}
