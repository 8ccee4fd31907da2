//! Roles and rights: which of them a caller sees. Invariant: an organization knows the rights that its roles hold, the provider all.

use crate::access;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Body, Entity};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::right::{Right, RightInfo};
use vcdsim_store::{EntityFilter, Reader};

/// The rights that any of these roles holds, by name; entities that are no roles hold none.
pub fn held<'a>(roles: impl IntoIterator<Item = &'a Arc<Entity>>) -> Vec<&'static RightInfo> {
    let mut names: BTreeSet<Right> = BTreeSet::new();
    for role in roles {
        if let Body::Role(role) = &role.body {
            names.extend(role.rights.iter());
        }
    }
    Right::table().iter().filter(|row| names.contains(&row.right)).collect()
}

/// The roles that the caller sees, each name once: organizations have copies of the predefined ones, and a list of them all would name
/// the same role many times.
///
/// # Errors
/// Only a defect of the store.
pub async fn list(reader: &Reader<'_>, caller: &Caller) -> Result<Vec<Arc<Entity>>, Fault> {
    let mut seen = BTreeSet::new();
    let all = access::list(reader, caller, EntityFilter::kind(Kind::Role)).await?;
    Ok(all.into_iter().filter(|role| seen.insert(role.head.name.clone())).collect())
}

/// The rights that the caller sees, by name.
///
/// # Errors
/// Only a defect of the store.
pub async fn rights(reader: &Reader<'_>, caller: &Caller) -> Result<Vec<&'static RightInfo>, Fault> {
    if caller.is_system_admin() {
        return Ok(Right::table().iter().collect());
    }
    Ok(held(&list(reader, caller).await?))
}

/// One right.
///
/// # Errors
/// 403 when there is no such right, or none of the roles that the caller sees holds it.
pub async fn right(reader: &Reader<'_>, caller: &Caller, id: Uuid) -> Result<&'static RightInfo, Fault> {
    let all = rights(reader, caller).await?;
    all.into_iter().find(|row| row.id == id).ok_or_else(|| Fault::no_access(Urn::new(Kind::Right, id)))
}
