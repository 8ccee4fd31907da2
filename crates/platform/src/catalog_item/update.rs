//! Changing what stands in catalogs: names, settings, and the catalog itself. Invariant: an item is called as what it stands for when that
//! is renamed; both are moved or neither is.

use super::{admitted, everything_of, item_of};
use crate::access::admit_in;
use crate::lease::check_leases;
use crate::media::{Place, Site};
use crate::name::check_new_name;
use crate::quota;
use crate::vapp::check_name;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::clock::Time;
use vcdsim_model::entity::{Body, Entity, Head};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::catalog_item::{self, CatalogItem, MOVE};
use vcdsim_model::family::media::{self, Media};
use vcdsim_model::family::vapp_template::{self, VAppTemplate};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::product::ProductSection;
use vcdsim_model::{Fault, operation};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// What is to be different about a template or an image, and about the item that stands for it; `None` leaves it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateEntry {
    /// A template or an image.
    pub target: Urn,
    /// Its name; its item is called as it is.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Whether it is the template to use; images have no such mark.
    pub gold_master: Option<bool>,
    /// How long a template is kept from then on, in seconds; 0 is for ever.
    #[serde(default)]
    pub storage_lease_seconds: Option<i32>,
    /// Whether copies of a template are prepared as their guests are.
    #[serde(default)]
    pub customizable: Option<bool>,
    /// What a template's products say.
    #[serde(default)]
    pub products: Option<Vec<ProductSection>>,
    /// The catalog that it is moved to.
    #[serde(default)]
    pub catalog: Option<Uuid>,
}

impl UpdateEntry {
    /// No change yet.
    #[must_use]
    pub const fn of(target: Urn) -> Self {
        Self {
            target,
            name: None,
            description: None,
            gold_master: None,
            storage_lease_seconds: None,
            customizable: None,
            products: None,
            catalog: None,
        }
    }

    fn apply(&self, entity: &mut Entity, now: Time) {
        entity.head.name = self.name.clone().unwrap_or_else(|| std::mem::take(&mut entity.head.name));
        entity.head.description = self.description.clone().or(entity.head.description.take());
        if let Body::VAppTemplate(template) = &mut entity.body {
            template.gold_master = self.gold_master.unwrap_or(template.gold_master);
            template.storage_lease_seconds = self.storage_lease_seconds.unwrap_or(template.storage_lease_seconds);
            template.customizable = self.customizable.unwrap_or(template.customizable);
            template.products = self.products.clone().unwrap_or_else(|| std::mem::take(&mut template.products));
        }
        if self.storage_lease_seconds.is_some() || self.catalog.is_some() {
            entity.begin_lease(now);
        }
    }

    /// Lets everything that is held lie in another catalog, and in the VDC that this catalog says, if it says one.
    async fn relocate(&self, cx: &mut Run<'_, '_>, catalog: Uuid) -> Result<(), Fault> {
        let site = Site::of(&cx.tx.read(), Place::Catalog(catalog), None).await?;
        let says = site.catalog.as_ref().is_some_and(|catalog| !catalog.body().storage_profiles.is_empty());
        let before = cx.tx.read().entity(self.target).await?.ok_or_else(|| Fault::no_access(self.target))?;
        let (from, vdc) = (before.storage().map(|(profile, _)| profile), site.vdc.head().id);
        for hold in cx.tx.read().holds(cx.task.id).await? {
            let relocate = |entity: &mut Entity| match &mut entity.body {
                // What is moved by hand is a copy no more.
                Body::CatalogItem(item) => (entity.head.parent, item.origin) = (Some(catalog), None),
                _ if !says => {}
                Body::VAppTemplate(template) => {
                    (entity.head.parent, template.storage_profile) = (Some(site.vdc.head().id), site.profile);
                }
                Body::Media(media) => (entity.head.parent, media.storage_profile) = (Some(site.vdc.head().id), site.profile),
                Body::TemplateVm(machine) => {
                    machine.storage_profile = site.profile;
                    machine.datastore = machine.datastore.filter(|_| before.head.parent == Some(vdc));
                }
                _ => {}
            };
            cx.tx.update(hold.entity, relocate).await?;
        }
        match (says, before.head.parent == Some(vdc), self.target.kind) {
            (false, ..) => Ok(()),
            (true, true, _) if from == site.profile => Ok(()),
            (true, false, Kind::VAppTemplate) => quota::machines_fit(&cx.tx.read(), vdc, site.profile).await,
            _ => quota::storage_fits(&cx.tx.read(), site.profile).await,
        }
    }
}

impl Operation for UpdateEntry {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::VdcUpdateTemplate, operation::Operation::VdcUpdateMedia];
    const PHASES: &'static [Phase] = ONE_PHASE;

    fn name(&self) -> operation::Operation {
        if self.target.kind == Kind::Media { operation::Operation::VdcUpdateMedia } else { operation::Operation::VdcUpdateTemplate }
    }

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        self.name.iter().try_for_each(|name| check_name(name))?;
        check_leases(self.storage_lease_seconds.into_iter())?;
        let target = match self.target.kind {
            Kind::Media => admitted::<Media>(cx, &media::UPDATE, self.target).await?,
            _ if self.products.is_some() => admitted::<VAppTemplate>(cx, &vapp_template::UPDATE_PRODUCTS, self.target).await?,
            _ => admitted::<VAppTemplate>(cx, &vapp_template::UPDATE, self.target).await?,
        };
        let item = match item_of(&target) {
            Some(item) => Some(cx.tx.read().get::<CatalogItem>(item.id).await?),
            None => None,
        };
        if let Some(item) = &item {
            let name = self.name.as_ref().unwrap_or(&item.head().name);
            // In the catalog where it will lie.
            let there = Head { parent: self.catalog.or(item.head().parent), ..item.head().clone() };
            check_new_name(&cx.tx.read(), &there, name).await?;
        }
        let all = match (self.catalog, &item) {
            (Some(catalog), Some(item)) => {
                admitted::<CatalogItem>(cx, &catalog_item::DELETE, item.urn()).await?;
                admitted_move(cx, catalog, &target).await?;
                everything_of(&cx.tx.read(), &target).await?
            }
            _ => [Some(self.target), item.map(|item| item.urn())].into_iter().flatten().collect(),
        };
        for urn in all {
            cx.lock(urn).await?;
        }
        Ok(Subject::of(&target.head))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let now = cx.tx.now();
        for hold in cx.tx.read().holds(cx.task.id).await?.into_iter().filter(|hold| hold.entity.kind != Kind::TemplateVm) {
            cx.tx.update(hold.entity, |entity| self.apply(entity, now)).await?;
        }
        match self.catalog {
            Some(catalog) => self.relocate(cx, catalog).await,
            None => Ok(()),
        }
    }
}

/// Refuses to move what would then be another organization's, or what has expired.
async fn admitted_move(cx: &Prepare<'_, '_>, catalog: Uuid, target: &Arc<Entity>) -> Result<(), Fault> {
    let catalog = admit_in::<Catalog>(cx, &MOVE, catalog).await?;
    target.not_expired()?;
    if catalog.head().org != target.head.org {
        return Err(Fault::bad_request(format!("\"{}\" belongs to another organization: copy it.", target.head.name)));
    }
    Ok(())
}
