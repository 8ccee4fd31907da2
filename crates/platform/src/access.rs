//! Who may see and do what. Invariant: an object is answered, listed, linked or changed only after [`access`] said so.

use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::action::Action;
use vcdsim_model::caller::{AccessLevel, Caller};
use vcdsim_model::entity::{Body, Entity, Res, Resource};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::right::Right;
use vcdsim_model::task::Task;
use vcdsim_model::{Fault, FaultCode};
use vcdsim_store::{EntityFilter, Reader};
use vcdsim_task_engine::Prepare;

/// The caller's access to an object; `None` when it may not even know of it.
///
/// # Errors
/// Only a defect of the store.
pub async fn access(reader: &Reader<'_>, caller: &Caller, entity: &Entity) -> Result<Option<AccessLevel>, Fault> {
    if caller.is_system_admin() {
        return Ok(Some(AccessLevel::FullControl));
    }
    let mut above: Option<Arc<Entity>> = None;
    loop {
        let current = above.as_deref().unwrap_or(entity);
        let Some(ruler) = ruler(current) else { return Ok(own_access(caller, current)) };
        above = match reader.entity(ruler).await? {
            Some(found) => Some(found),
            None => return Ok(None),
        };
    }
}

/// The object whose ownership and shares rule over `entity`: a VM's vApp, a catalog item's catalog, a template's catalog item, the VDC of a
/// storage profile, an edge gateway, an affinity rule, or a network that it alone uses. `None` for an object that rules itself.
fn ruler(entity: &Entity) -> Option<Urn> {
    match &entity.body {
        Body::Vm(_)
        | Body::TemplateVm(_)
        | Body::CatalogItem(_)
        | Body::VdcStorageProfile(_)
        | Body::EdgeGateway(_)
        | Body::AffinityRule(_) => entity.head.kind.parent().zip(entity.head.parent).map(|(kind, id)| Urn::new(kind, id)),
        Body::Network(network) if !network.shared => entity.head.parent.map(|id| Urn::new(Kind::Vdc, id)),
        Body::VAppTemplate(template) => template.catalog_item.map(|id| Urn::new(Kind::CatalogItem, id)),
        Body::Media(media) => media.catalog_item.map(|id| Urn::new(Kind::CatalogItem, id)),
        _ => None,
    }
}

/// A tenant's access to an object that rules itself.
fn own_access(caller: &Caller, entity: &Entity) -> Option<AccessLevel> {
    let head = &entity.head;
    let in_org = match head.kind {
        Kind::Org => head.id == caller.org,
        _ => head.org == Some(caller.org),
    };
    let owned = head.owner == Some(caller.user) || caller.has(Right::ADMIN_CONTROL);
    let full = Some(AccessLevel::FullControl);
    match &entity.body {
        Body::Catalog(catalog) if !in_org => foreign_catalog(caller, catalog),
        // Tenants see the policies that their VDCs may have, and none is kept from any VDC.
        Body::ComputePolicy(_) => Some(AccessLevel::ReadOnly),
        _ if !in_org => None,
        Body::Org(_) if caller.has(Right::ORG_EDIT) => full,
        Body::Org(_) | Body::Role(_) | Body::Network(_) => Some(AccessLevel::ReadOnly),
        Body::Vdc(_) if caller.has(Right::VDC_ACCESS_ALL) => Some(AccessLevel::ReadOnly),
        Body::Vdc(vdc) => vdc.sharing.within(caller),
        Body::User(_) if caller.has(Right::ADMIN_CONTROL) => full,
        Body::Group(_) if caller.has(Right::ADMIN_CONTROL) => full,
        Body::Group(_) => (caller.groups.contains(&head.id) || caller.has(Right::ADMIN_VIEW)).then_some(AccessLevel::ReadOnly),
        Body::User(_) => (head.id == caller.user || caller.has(Right::ADMIN_VIEW)).then_some(AccessLevel::ReadOnly),
        Body::Catalog(_) if owned => full,
        Body::Catalog(catalog) => catalog.sharing.within(caller),
        Body::VApp(vapp) => {
            let given = if owned { full } else { vapp.sharing.within(caller) };
            // In maintenance its organization only reads it, as the reference of the operation says.
            if vapp.in_maintenance { given.min(Some(AccessLevel::ReadOnly)) } else { given }
        }
        Body::VAppTemplate(_) | Body::Media(_) | Body::Disk(_) => owned.then_some(AccessLevel::FullControl),
        Body::Vm(_)
        | Body::TemplateVm(_)
        | Body::CatalogItem(_)
        | Body::VdcStorageProfile(_)
        | Body::EdgeGateway(_)
        | Body::AffinityRule(_)
        | Body::ProviderVdc(_)
        | Body::ProviderStorageProfile(_)
        | Body::ExternalNetwork(_)
        | Body::NetworkPool(_)
        | Body::VimServer(_)
        | Body::Host(_)
        | Body::Datastore(_) => None,
    }
}

/// Access to another organization's catalog: it is published, or shared with the caller's organization; neither lets it be changed.
fn foreign_catalog(caller: &Caller, catalog: &Catalog) -> Option<AccessLevel> {
    let published = catalog.published && caller.has(Right::CATALOG_VIEW_PUBLISHED);
    (published || catalog.sharing.named(caller).is_some()).then_some(AccessLevel::ReadOnly)
}

/// An object that the caller may see, with its access to it.
///
/// # Errors
/// 403 when it does not exist or may not be seen.
pub async fn visible(reader: &Reader<'_>, caller: &Caller, urn: Urn) -> Result<(Arc<Entity>, AccessLevel), Fault> {
    let entity = reader.entity(urn).await?.ok_or_else(|| Fault::no_access(urn))?;
    let level = access(reader, caller, &entity).await?.ok_or_else(|| Fault::no_access(urn))?;
    Ok((entity, level))
}

/// [`visible`] for an id whose kind is not known.
///
/// # Errors
/// As [`visible`].
pub async fn visible_id(reader: &Reader<'_>, caller: &Caller, id: Uuid) -> Result<(Arc<Entity>, AccessLevel), Fault> {
    let urn = reader.object(id).await?.map_or(Urn::new(Kind::Media, id), |entity| entity.urn());
    visible(reader, caller, urn).await
}

/// An object that a request's body names as `what`.
///
/// # Errors
/// `INVALID_REFERENCE` when it does not exist or may not be seen.
pub async fn named(reader: &Reader<'_>, caller: &Caller, what: &str, urn: Urn) -> Result<Arc<Entity>, Fault> {
    match visible(reader, caller, urn).await {
        Ok((entity, _)) => Ok(entity),
        Err(fault) if fault.code == FaultCode::Forbidden => Err(Fault::invalid_reference(what, &urn.to_string())),
        Err(fault) => Err(fault),
    }
}

/// The objects that a filter finds and the caller may see, in order of creation.
///
/// # Errors
/// Only a defect of the store.
pub async fn list(reader: &Reader<'_>, caller: &Caller, filter: EntityFilter) -> Result<Vec<Arc<Entity>>, Fault> {
    let mut seen = Vec::new();
    for entity in reader.list(filter).await? {
        if access(reader, caller, &entity).await?.is_some() {
            seen.push(entity);
        }
    }
    Ok(seen)
}

/// The object, when the caller may do `action` to it now. Every change begins here.
///
/// # Errors
/// The fault of [`Action::admit`].
pub async fn admit<R: Resource>(reader: &Reader<'_>, caller: &Caller, action: &Action, id: Uuid) -> Result<Res<R>, Fault> {
    let urn = Urn::new(R::KIND, id);
    let entity = reader.entity(urn).await?.ok_or_else(|| Fault::no_access(urn))?;
    action.admit(&entity, caller, access(reader, caller, &entity).await?)?;
    if action.changes && R::KIND == Kind::VApp {
        // What changes a vApp takes all its machines.
        reader.children::<Vm>(id).await?.iter().try_for_each(|machine| machine.entity().not_busy())?;
    }
    Res::new(entity).ok_or_else(Fault::internal)
}

/// [`admit`] inside an operation. A task that follows another one has no caller: its state is checked, its rights were.
///
/// # Errors
/// As [`admit`].
pub async fn admit_in<R: Resource>(cx: &Prepare<'_, '_>, action: &Action, id: Uuid) -> Result<Res<R>, Fault> {
    let reader = cx.tx.read();
    match cx.caller {
        Some(caller) => admit::<R>(&reader, caller, action, id).await,
        None => {
            let found = reader.get::<R>(id).await?;
            found.entity().not_busy()?;
            (action.guard)(found.entity())?;
            Ok(found)
        }
    }
}

/// Whether the caller may see a task: its own organization's, or all for the provider.
#[must_use]
pub fn sees_task(caller: &Caller, task: &Task) -> bool {
    caller.is_system_admin() || task.org == caller.org
}

/// Whether the caller may cancel a task: its user, an administrator of the organization, or the provider.
#[must_use]
pub fn may_cancel(caller: &Caller, task: &Task) -> bool {
    sees_task(caller, task) && (task.user == caller.user || caller.has(Right::ADMIN_CONTROL))
}
