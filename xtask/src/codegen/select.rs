//! Which types are generated. Invariant: the closure of the roots; what is also read is the closure of the roots marked so.

use std::collections::{BTreeMap, BTreeSet};

use super::config::Config;
use super::model::{Model, Target};
use super::qname::{Ns, QName};

/// The types and roots that are generated.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    pub(crate) types: BTreeSet<QName>,
    pub(crate) read: BTreeSet<QName>,
    /// Root element -> type, in the order of the configuration.
    pub(crate) roots: Vec<(QName, QName)>,
    /// Record elements -> type.
    pub(crate) records: BTreeMap<QName, QName>,
}

/// Follows the roots.
pub(crate) fn select(model: &Model, config: &Config) -> Result<Selection, String> {
    let mut selection = Selection { records: model.records.clone(), ..Selection::default() };
    for root in &config.roots {
        let name = QName::read(root, Ns::Vcloud)?;
        let type_name = model.roots.get(&name).ok_or_else(|| format!("roots: no element is named `{name}`"))?;
        selection.roots.push((name, type_name.clone()));
        reach(model, type_name, &mut selection.types)?;
    }
    for all in &config.all_roots_of {
        let wanted = QName::read(all, Ns::Vcloud)?;
        let more: Vec<_> = model
            .roots
            .iter()
            .filter(|(name, type_name)| **type_name == wanted && !selection.roots.iter().any(|(have, _)| have == *name))
            .collect();
        selection.roots.extend(more.into_iter().map(|(name, type_name)| (name.clone(), type_name.clone())));
    }
    for root in &config.read {
        let name = QName::read(root, Ns::Vcloud)?;
        let (_, type_name) =
            selection.roots.iter().find(|(have, _)| *have == name).ok_or_else(|| format!("read: `{name}` is not among the roots"))?;
        reach(model, type_name, &mut selection.read)?;
    }
    check(model, &selection)?;
    Ok(selection)
}

fn reach(model: &Model, name: &QName, seen: &mut BTreeSet<QName>) -> Result<(), String> {
    if !seen.insert(name.clone()) {
        return Ok(());
    }
    let flat = model.types.get(name).ok_or_else(|| format!("no type is named `{name}`"))?;
    for field in &flat.fields {
        match &field.target {
            Target::Type(inner) => reach(model, inner, seen).map_err(|error| format!("{name}/{}: {error}", field.name))?,
            Target::Nothing => {
                return Err(format!("`{name}` refers to the substitution group `{}`: say under [expand] what it holds", field.name));
            }
            Target::Scalar(_) | Target::Records | Target::Any => {}
        }
    }
    Ok(())
}

/// Refuses what would be read or named ambiguously.
fn check(model: &Model, selection: &Selection) -> Result<(), String> {
    let mut names = BTreeMap::new();
    for name in &selection.types {
        if let Some(other) = names.insert((name.ns, model.rust_name(name)), name) {
            return Err(format!("`{name}` and `{other}` would both be `{}`: rename one under [names]", model.rust_name(name)));
        }
    }
    for name in &selection.types {
        let (mut fields, mut locals, mut keys) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for field in model.fields(name) {
            let hidden = field.group.is_some() || field.name.ns == Ns::Xsi;
            let key = if hidden { field.name.to_string() } else { model.json_key(name, field) };
            let fine = fields.insert(model.field_name(name, field)) && keys.insert(key);
            let local = (field.attribute, field.name.local.clone());
            let clash = selection.read.contains(name) && field.target != Target::Records && !locals.insert(local);
            if !fine || clash {
                return Err(format!("`{name}`: two fields are named like `{}`", field.name));
            }
        }
    }
    Ok(())
}
