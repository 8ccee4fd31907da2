//! Catalog items with the templates and images that they stand for. Invariant: an item and its entity go together; neither is left without
//! the other.

mod copy;
mod update;

pub use copy::CopyEntry;
pub use update::UpdateEntry;

use crate::access::{admit_in, named};
use crate::change::Change;
use crate::vapp::check_name;
use crate::vm::drives::vacate;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Body, Draft, Entity, Head, Res, Resource, Status};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::catalog_item::{ADD, CatalogItem, DELETE, UPDATE};
use vcdsim_model::family::media::{self, Media};
use vcdsim_model::family::vapp_template::{self, VAppTemplate};
use vcdsim_model::family::vm::TemplateVm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::{Fault, operation};
use vcdsim_store::{HoldKind, Reader, Tx};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// A new entry of a catalog, for something that is in none yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddItem {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// A template or an image.
    pub entity: Urn,
}

impl Change for AddItem {
    type Of = Catalog;
    const ACTION: &'static Action = &ADD;
    const EVENT: &'static str = "catalogItem/create";

    async fn apply(self, tx: &mut Tx<'_>, caller: &Caller, of: Res<Catalog>) -> Result<Urn, Fault> {
        check_name(&self.name)?;
        let entity = named(&tx.read(), caller, "Entity", self.entity).await?;
        let free = matches!(
            &entity.body,
            Body::VAppTemplate(VAppTemplate { catalog_item: None, .. }) | Body::Media(Media { catalog_item: None, .. })
        );
        if !free || entity.head.org != of.head().org {
            return Err(Fault::bad_request(format!(
                "\"{}\" is no template or image of the organization that is in no catalog yet.",
                entity.head.name
            )));
        }
        entity.not_busy()?;
        let draft = Draft {
            id: tx.id(),
            name: self.name,
            description: self.description,
            org: of.head().org,
            parent: Some(of.head().id),
            owner: None,
            status: Status::Resolved,
            body: CatalogItem::of(self.entity),
        };
        let item = tx.insert(draft).await?;
        let id = Some(item.head().id);
        let listed = |entity: &mut Entity| match &mut entity.body {
            Body::VAppTemplate(template) => template.catalog_item = id,
            Body::Media(media) => media.catalog_item = id,
            _ => {}
        };
        tx.update(self.entity, listed).await?;
        Ok(item.urn())
    }
}

/// The entry of something that is being made: it is there when that is.
pub(crate) async fn scaffold_item(cx: &mut Prepare<'_, '_>, id: Uuid, catalog: &Res<Catalog>, of: &Entity) -> Result<(), Fault> {
    let draft = Draft {
        id,
        name: of.head.name.clone(),
        description: of.head.description.clone(),
        org: catalog.head().org,
        parent: Some(catalog.head().id),
        owner: None,
        status: Status::Unresolved,
        body: CatalogItem::of(of.urn()),
    };
    cx.create(draft).await.map(drop)
}

/// Everything that the task made is there now: templates and their machines are at rest, and the leases of templates run; items and images
/// are resolved.
pub(crate) async fn arrive(cx: &mut Run<'_, '_>) -> Result<(), Fault> {
    let now = cx.tx.now();
    for hold in cx.tx.read().holds(cx.task.id).await?.into_iter().filter(|hold| hold.what == HoldKind::Created) {
        let machines = matches!(hold.entity.kind, Kind::VAppTemplate | Kind::TemplateVm);
        let arrived = |made: &mut Entity| {
            made.head.status = if machines { Status::PoweredOff } else { Status::Resolved };
            made.begin_lease(now);
        };
        cx.tx.update(hold.entity, arrived).await?;
    }
    Ok(())
}

/// A new name and description of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateItem {
    /// Its name.
    pub name: String,
    /// Its description; `None` leaves it as it is.
    pub description: Option<String>,
}

impl Change for UpdateItem {
    type Of = CatalogItem;
    const ACTION: &'static Action = &UPDATE;
    const EVENT: &'static str = "catalogItem/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<CatalogItem>) -> Result<Urn, Fault> {
        check_name(&self.name)?;
        let change = |head: &mut Head, _: &mut CatalogItem| {
            head.name = self.name;
            head.description = self.description.or(head.description.take());
        };
        tx.update_body::<CatalogItem>(of.head().id, change).await?;
        Ok(of.urn())
    }
}

/// The end of an item, a template or an image, with all that goes with it. Administrators block it under the name that fits what was asked
/// (`docs/reference/operations.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteEntry {
    /// What was asked to go.
    pub target: Urn,
}

impl Operation for DeleteEntry {
    const NAMES: &'static [operation::Operation] =
        &[operation::Operation::VdcDeleteTemplate, operation::Operation::VdcDeleteMedia, operation::Operation::CatalogDeleteBacking];
    const PHASES: &'static [Phase] = ONE_PHASE;

    fn name(&self) -> operation::Operation {
        match self.target.kind {
            Kind::CatalogItem => operation::Operation::CatalogDeleteBacking,
            Kind::Media => operation::Operation::VdcDeleteMedia,
            _ => operation::Operation::VdcDeleteTemplate,
        }
    }

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let target = match self.target.kind {
            Kind::CatalogItem => admitted::<CatalogItem>(cx, &DELETE, self.target).await?,
            Kind::Media => admitted::<Media>(cx, &media::DELETE, self.target).await?,
            _ => admitted::<VAppTemplate>(cx, &vapp_template::DELETE, self.target).await?,
        };
        for urn in everything_of(&cx.tx.read(), &target).await? {
            cx.lock(urn).await?;
        }
        Ok(Subject::of(&target.head))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        deletion(cx).await
    }
}

async fn admitted<R: Resource>(cx: &Prepare<'_, '_>, action: &Action, urn: Urn) -> Result<Arc<Entity>, Fault> {
    Ok(Arc::clone(admit_in::<R>(cx, action, urn.id).await?.entity()))
}

/// The item that stands for a template or an image.
pub(crate) fn item_of(entity: &Entity) -> Option<Urn> {
    let id = match &entity.body {
        Body::VAppTemplate(template) => template.catalog_item,
        Body::Media(media) => media.catalog_item,
        _ => None,
    };
    id.map(|id| Urn::new(Kind::CatalogItem, id))
}

/// An item, a template or an image with what goes when it goes: what lies in others before what it lies in.
pub(crate) async fn everything_of(reader: &Reader<'_>, target: &Entity) -> Result<Vec<Urn>, Fault> {
    let (item, entity) = match &target.body {
        Body::CatalogItem(item) => (Some(target.urn()), item.entity),
        _ => (item_of(target), target.urn()),
    };
    let machines = reader.children::<TemplateVm>(entity.id).await?;
    let entity = reader.entity(entity).await?.map(|entity| entity.urn());
    Ok(machines.iter().map(Res::urn).chain(entity).chain(item).collect())
}

/// Deletes everything that the task holds, in the order in which everything lies in something: machines, entities, items, catalogs.
pub(crate) async fn deletion(cx: &mut Run<'_, '_>) -> Result<(), Fault> {
    const ORDER: [Kind; 5] = [Kind::TemplateVm, Kind::VAppTemplate, Kind::Media, Kind::CatalogItem, Kind::Catalog];
    let mut held: Vec<Urn> = cx.tx.read().holds(cx.task.id).await?.into_iter().map(|hold| hold.entity).collect();
    held.sort_by_key(|urn| ORDER.iter().position(|kind| *kind == urn.kind));
    for urn in held {
        remove(cx.tx, urn).await?;
    }
    Ok(())
}

/// Deletes one thing; machines lose a medium that they have in a drive.
pub(crate) async fn remove(tx: &mut Tx<'_>, urn: Urn) -> Result<(), Fault> {
    if urn.kind == Kind::Media {
        vacate(tx, urn.id).await?;
    }
    tx.delete(urn).await
}
