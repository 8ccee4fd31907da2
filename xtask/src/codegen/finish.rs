//! What the configuration leaves out, expands and merges. Invariant: after it no type has content of unknown kind, except heads of
//! substitution groups that the configuration does not list, which `select` refuses when they are needed.

use std::collections::BTreeMap;

use super::config::{Config, names_field};
use super::flatten::Builder;
use super::model::{Field, Scalar, Target, Type, plain};
use super::qname::{Ns, QName};

/// The finished types.
pub(crate) fn finish(mut builder: Builder<'_, '_>, roots: &BTreeMap<QName, QName>) -> Result<BTreeMap<QName, Type>, String> {
    for base in &builder.config.merge {
        merge(&mut builder, &QName::read(base, Ns::Vcloud)?);
    }
    let config = builder.config;
    let mut types = builder.done;
    for (name, flat) in &mut types {
        let owner = name.to_string();
        flat.extensible = flat.fields.iter().any(|field| field.name.local == "VCloudExtension");
        flat.fields = std::mem::take(&mut flat.fields)
            .into_iter()
            .map(|field| expand(config, &owner, field, roots))
            .collect::<Result<Vec<_>, String>>()?
            .into_iter()
            .flatten()
            .filter(|field| stays(config, &owner, field))
            .collect();
    }
    Ok(types)
}

fn stays(config: &Config, owner: &str, field: &Field) -> bool {
    let name = field.name.to_string();
    if field.target == Target::Nothing && field.group.is_none() {
        return false;
    }
    !names_field(&config.skip, owner, &name) || names_field(&config.keep, owner, &name)
}

/// The head of a substitution group becomes one field per member; everything else stays.
fn expand(config: &Config, owner: &str, field: Field, roots: &BTreeMap<QName, QName>) -> Result<Vec<Field>, String> {
    if field.target != Target::Nothing || field.group.is_none() {
        return Ok(vec![field]);
    }
    let head = field.name.to_string();
    let Some(members) = config.expand.get(&format!("{owner}/{head}")).or_else(|| config.expand.get(&head)) else {
        return Ok(vec![field]);
    };
    let member = |written: &String| {
        let name = QName::read(written.trim_end_matches('*'), Ns::Vcloud)?;
        let type_name = roots.get(&name).ok_or_else(|| format!("expand of `{head}`: no element is named `{name}`"))?;
        let target = Target::Type(type_name.clone());
        Ok(Field { many: written.ends_with('*'), group: field.group.clone(), ..plain(name, false, target) })
    };
    members.iter().map(member).collect()
}

/// A base type becomes the union of all types that extend it, told apart by `xsi:type`.
fn merge(builder: &mut Builder<'_, '_>, base: &QName) {
    let descendants = builder.schemas.descendants(base);
    let Some(mut merged) = builder.done.get(base).cloned() else { return };
    let own = merged.fields.len();
    for flat in descendants.iter().filter_map(|name| builder.done.get(name)) {
        join(&mut merged.fields, own, flat);
    }
    merged.fields.insert(0, plain(QName::new(Ns::Xsi, "type"), true, Target::Scalar(Scalar::Str)));
    builder.done.insert(base.clone(), merged);
}

/// Adds the fields of one subtype so that its own order stays: optional, and text where subtypes disagree about a kind.
fn join(fields: &mut Vec<Field>, own: usize, flat: &Type) {
    let mut place = own;
    for field in &flat.fields {
        match fields.iter().position(|seen| seen.name == field.name && seen.attribute == field.attribute) {
            Some(at) if at < own => {}
            Some(at) => {
                if fields[at].target != field.target {
                    fields[at].target = Target::Scalar(Scalar::Str);
                }
                place = at + 1;
            }
            None => {
                fields.insert(place, Field { required: false, ..field.clone() });
                place += 1;
            }
        }
    }
}
