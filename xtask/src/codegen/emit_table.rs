//! The static tables: fields of types, root elements, record types. Invariant: one row per fact, in model order.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::emit::HEADER;
use super::emit_type::path;
use super::model::{Field, Model, Target};
use super::names;
use super::qname::{Ns, QName};
use super::select::Selection;
use super::version::NEVER;

/// A field as a row of its type's table.
pub(crate) fn field_row(model: &Model, owner: &QName, field: &Field) -> String {
    let kind = match &field.target {
        Target::Scalar(scalar) => format!("Kind::Scalar(Scalar::{scalar:?})"),
        Target::Type(name) => format!("Kind::Type({}::info)", path(model, name)),
        Target::Any => "Kind::Any".to_owned(),
        Target::Records | Target::Nothing => "Kind::Records".to_owned(),
    };
    let place = if field.attribute { "attribute" } else { "element" };
    let mut row = format!("Field::{place}(\"{}\", Ns::{:?}, {kind})", field.name.local, field.name.ns);
    if field.many {
        row.push_str(".many()");
    }
    if field.always() {
        row.push_str(if field.lenient { ".lenient()" } else { ".required()" });
    }
    if field.either {
        row.push_str(".either()");
    }
    if field.wrapped {
        row.push_str(".wrapped()");
    }
    if let Some(group) = &field.group {
        let _ = write!(row, ".group(\"{}\")", names::json_key(group));
    }
    let key = model.json_key(owner, field);
    if key != names::json_key(&field.name.local) {
        let _ = write!(row, ".json(\"{key}\")");
    }
    if field.since > 0 {
        let _ = write!(row, ".since({})", field.since);
    }
    if field.until != NEVER {
        let _ = write!(row, ".until({})", field.until);
    }
    row + ",\n"
}

/// `roots.rs`: one constant per root element, by namespace, and which type has which root.
pub(crate) fn roots(model: &Model, selection: &Selection) -> Result<String, String> {
    let mut text = format!("{HEADER}//! Root elements. Invariant: the media type is the camel-case form that `@type` carries.\n\n");
    text.push_str("use super::*;\nuse crate::ns::QName;\nuse crate::schema::{Document, Readable, Reader, Root};\n\n");
    let spaces: BTreeSet<Ns> = selection.roots.iter().map(|(name, _)| name.ns).collect();
    for ns in spaces {
        let _ = writeln!(text, "/// Root elements of the namespace `{0}`.\npub mod {0} {{\nuse super::*;\n", ns.prefix());
        for (name, type_name) in selection.roots.iter().filter(|(name, _)| name.ns == ns) {
            text.push_str(&root(model, selection, name, type_name)?);
        }
        text.push_str("}\n\n");
    }
    text.push_str("/// Every root element.\npub static ALL: &[&Root] = &[\n");
    for (name, _) in &selection.roots {
        let _ = writeln!(text, "&{}::{},", name.ns.prefix(), constant(&name.local));
    }
    text.push_str("];\n\n");
    text.push_str(
        "/// The root elements of types that are read; of several with one type the first.\npub static READABLE: &[&Root] = &[\n",
    );
    let mut seen = BTreeSet::new();
    for (name, type_name) in &selection.roots {
        if selection.read.contains(type_name) && seen.insert(type_name) {
            let _ = writeln!(text, "&{}::{},", name.ns.prefix(), constant(&name.local));
        }
    }
    text.push_str("];\n\n");
    let mut seen = BTreeSet::new();
    for (name, type_name) in selection.roots.iter().filter(|(_, type_name)| seen.insert(type_name)) {
        document(
            &mut text,
            &path(model, type_name),
            &format!("{}::{}", name.ns.prefix(), constant(&name.local)),
            selection.read.contains(type_name),
        );
    }
    Ok(text)
}

/// The function is there so that the derived code is compiled in the wire crate and not again in each of its users.
fn document(text: &mut String, ty: &str, root: &str, read: bool) {
    let _ = writeln!(text, "impl Document for super::{ty} {{\nconst ROOT: &'static Root = &{root};\n}}\n");
    if read {
        let _ = writeln!(text, "impl Readable for super::{ty} {{\nfn read(reader: &mut Reader<'_>) -> yaserde::Result<Self> {{");
        text.push_str("Self::deserialize(reader)\n}\n}\n\n");
    }
}

fn root(model: &Model, selection: &Selection, name: &QName, type_name: &QName) -> Result<String, String> {
    let flat = model.types.get(type_name).ok_or_else(|| format!("no type is named `{type_name}`"))?;
    let media =
        model.media.get(&name.to_string()).or(flat.media.first()).map_or_else(|| "None".to_owned(), |media| format!("Some(\"{media}\")"));
    let mut prefixes = BTreeSet::from([name.ns]);
    collect_prefixes(model, type_name, &mut prefixes, &mut BTreeSet::new());
    let bare = if name.ns == Ns::Versions { Ns::Versions } else { Ns::Vcloud };
    prefixes.retain(|ns| !matches!(ns, Ns::None | Ns::Versions));
    let attributes = uses_vcloud_attributes(model, type_name, &mut BTreeSet::new());
    if !attributes {
        prefixes.remove(&Ns::Vcloud);
    }
    // By their spelling, as canonical XML orders them.
    let mut prefixes = Vec::from_iter(prefixes);
    prefixes.sort_by_key(|ns| ns.prefix());
    let prefixes: Vec<String> = prefixes.iter().map(|ns| format!("Ns::{ns:?}")).collect();
    let _ = selection;
    Ok(format!(
        "/// `{name}`.\npub static {}: Root = Root {{ name: QName::new(Ns::{:?}, \"{}\"), media: {media}, bare: Ns::{bare:?}, prefixes: &[{}], info: super::super::{}::info }};\n",
        constant(&name.local),
        name.ns,
        name.local,
        prefixes.join(", "),
        path(model, type_name),
    ))
}

fn collect_prefixes(model: &Model, name: &QName, out: &mut BTreeSet<Ns>, seen: &mut BTreeSet<QName>) {
    if !seen.insert(name.clone()) {
        return;
    }
    for field in model.fields(name) {
        out.insert(field.name.ns);
        if let Target::Type(inner) = &field.target {
            collect_prefixes(model, inner, out, seen);
        }
    }
}

fn uses_vcloud_attributes(model: &Model, name: &QName, seen: &mut BTreeSet<QName>) -> bool {
    seen.insert(name.clone())
        && model.fields(name).iter().any(|field| match &field.target {
            Target::Type(inner) => uses_vcloud_attributes(model, inner, seen),
            _ => field.attribute && field.name.ns == Ns::Vcloud,
        })
}

fn constant(local: &str) -> String {
    names::snake(local).to_uppercase()
}

/// `records.rs`: the attributes of every query record.
pub(crate) fn records(model: &Model, selection: &Selection) -> Result<String, String> {
    let mut text = format!("{HEADER}//! Query records. Invariant: sorted by element name, so that a search by halves finds one.\n\n");
    text.push_str("use super::*;\nuse crate::schema::RecordInfo;\n\n/// Every record element of the query service.\npub static ALL: &[RecordInfo] = &[\n");
    for (name, type_name) in &selection.records {
        let _ = writeln!(text, "RecordInfo {{ element: \"{}\", type_name: \"{}\", attributes: &[", name.local, type_name.local);
        for field in model.fields(type_name).iter().filter(|field| field.attribute) {
            if !matches!(field.target, Target::Scalar(_)) {
                return Err(format!("`{type_name}`: attribute `{}` is not a scalar", field.name));
            }
            text.push_str(&field_row(model, type_name, field));
        }
        text.push_str("] },\n");
    }
    text.push_str("];\n");
    Ok(text)
}
