//! Synchronising: the items of a catalog become those of the catalog that it follows. Invariant: what a task of this kind changes it changes
//! in its one phase, so that no half of a catalog is ever seen.

use super::subscription::publisher;
use crate::access::admit_in;
use crate::catalog_item::{everything_of, remove};
use crate::media::{Place, Site};
use crate::quota;
use crate::vapp::{mac, moref};
use crate::vm::copy_contents;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::entity::{Body, Draft, Entity, Res, Resource, Status};
use vcdsim_model::family::catalog::{self, Catalog};
use vcdsim_model::family::catalog_item::{self, CatalogItem};
use vcdsim_model::family::media::Media;
use vcdsim_model::family::org::Org;
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vm::TemplateVm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::lease::Lease;
use vcdsim_model::transfer::{TransferFile, all_whole};
use vcdsim_model::{Fault, operation};
use vcdsim_store::{Reader, Tx};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// `catalogSync` of a catalog, `syncCatalogItem` of one of its items
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncCatalog {
    /// A catalog that follows another one, or an item that came from there.
    pub target: Urn,
}

impl Operation for SyncCatalog {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::CatalogSync, operation::Operation::SyncCatalogItem];
    const PHASES: &'static [Phase] = ONE_PHASE;

    fn name(&self) -> operation::Operation {
        Self::NAMES[usize::from(self.target.kind == Kind::CatalogItem)]
    }

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let (target, items) = match self.target.kind {
            Kind::CatalogItem => {
                let item = admit_in::<CatalogItem>(cx, &catalog_item::SYNC, self.target.id).await?;
                (catalog::SYNC.guard)(of_item(&cx.tx.read(), &item).await?.entity())?;
                (Arc::clone(item.entity()), vec![item])
            }
            _ => {
                let catalog = admit_in::<Catalog>(cx, &catalog::SYNC, self.target.id).await?;
                cx.lock(self.target).await?;
                (Arc::clone(catalog.entity()), copies(&cx.tx.read(), self.target.id).await?)
            }
        };
        for item in items {
            for urn in everything_of(&cx.tx.read(), item.entity()).await? {
                cx.lock(urn).await?;
            }
        }
        Ok(Subject::of(&target.head))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let reader = cx.tx.read();
        let (catalog, copies, extent) = match self.target.kind {
            Kind::CatalogItem => {
                let item = reader.get::<CatalogItem>(self.target.id).await?;
                (of_item(&reader, &item).await?, vec![item], Extent::Item)
            }
            _ => (reader.get::<Catalog>(self.target.id).await?, copies(&reader, self.target.id).await?, Extent::Catalog),
        };
        let (copying, mut offers) = Copying::begin(&reader, catalog, extent).await?;
        if extent == Extent::Item {
            offers.retain(|offer| copies.iter().any(|copy| offer.is_of(copy)));
        }
        copying.bring(cx.tx, &copies, &offers).await
    }
}

async fn of_item(reader: &Reader<'_>, item: &Res<CatalogItem>) -> Result<Res<Catalog>, Fault> {
    reader.get(item.head().parent.ok_or_else(Fault::internal)?).await
}

/// The items of a catalog that came from another one.
async fn copies(reader: &Reader<'_>, catalog: Uuid) -> Result<Vec<Res<CatalogItem>>, Fault> {
    let mut items = reader.children::<CatalogItem>(catalog).await?;
    items.retain(|item| item.body().origin.is_some());
    Ok(items)
}

/// An item of the followed catalog, and what it stands for.
struct Offer {
    item: Res<CatalogItem>,
    entity: Arc<Entity>,
}

impl Offer {
    fn is_of(&self, copy: &Res<CatalogItem>) -> bool {
        copy.body().origin == Some(self.item.head().id)
    }
}

/// How much is brought up to date.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Catalog,
    /// One item, with its files.
    Item,
}

/// How a catalog is brought up to date.
struct Copying {
    site: Site,
    catalog: Res<Catalog>,
    /// Whether files are copied, too.
    whole: bool,
    /// Whether machines keep their addresses.
    keeps_identity: bool,
    storage_lease_seconds: i32,
}

impl Copying {
    /// Asks the followed catalog what it has that is complete.
    async fn begin(reader: &Reader<'_>, catalog: Res<Catalog>, extent: Extent) -> Result<(Self, Vec<Offer>), Fault> {
        (catalog::SYNC.guard)(catalog.entity())?;
        let subscription = catalog.body().followed().ok_or_else(Fault::internal)?;
        let followed = publisher(reader, subscription).await?;
        let mut offers = Vec::new();
        for item in reader.children::<CatalogItem>(followed.head().id).await? {
            let entity = reader.entity(item.body().entity).await?;
            let complete = |entity: &Arc<Entity>| !matches!(entity.head.status, Status::Unresolved | Status::FailedCreation);
            offers.extend(entity.filter(complete).map(|entity| Offer { item, entity }));
        }
        let org = reader.get::<Org>(catalog.head().org.ok_or_else(Fault::internal)?).await?;
        let copying = Self {
            site: Site::of(reader, Place::Catalog(catalog.head().id), None).await?,
            whole: subscription.local_copy || extent == Extent::Item,
            keeps_identity: followed.body().publication.as_ref().is_some_and(|publication| publication.keeps_identity),
            storage_lease_seconds: org.body().template_storage_lease_seconds,
            catalog,
        };
        Ok((copying, offers))
    }

    /// Makes the copies what is offered. Names are given up before they are taken, since items may have changed theirs.
    async fn bring(&self, tx: &mut Tx<'_>, copies: &[Res<CatalogItem>], offers: &[Offer]) -> Result<(), Fault> {
        let mut kept = Vec::new();
        for copy in copies {
            match offers.iter().find(|offer| offer.is_of(copy)) {
                Some(offer) => kept.push((copy, offer)),
                None => {
                    for urn in everything_of(&tx.read(), copy.entity()).await? {
                        remove(tx, urn).await?;
                    }
                }
            }
        }
        for (copy, _) in kept.iter().filter(|(copy, offer)| copy.head().name != offer.item.head().name) {
            tx.update(copy.urn(), |copy| copy.head.name = copy.head.id.to_string()).await?;
        }
        let mut grown = false;
        for (copy, offer) in &kept {
            self.renew(tx, copy.urn(), offer.item.entity()).await?;
            if copy.body().copied == Some(offer.entity.head.id) {
                self.renew(tx, copy.body().entity, &offer.entity).await?;
            } else {
                self.replace(tx, copy, offer).await?;
                grown = true;
            }
        }
        for offer in offers.iter().filter(|offer| !copies.iter().any(|copy| offer.is_of(copy))) {
            self.make(tx, offer).await?;
            grown = true;
        }
        match grown {
            true => quota::machines_fit(&tx.read(), self.site.vdc.head().id, self.site.profile).await,
            false => Ok(()),
        }
    }

    /// Lets a copy stand for a copy of what its original stands for by now.
    async fn replace(&self, tx: &mut Tx<'_>, copy: &Res<CatalogItem>, offer: &Offer) -> Result<(), Fault> {
        for urn in everything_of(&tx.read(), copy.entity()).await? {
            if urn != copy.urn() {
                remove(tx, urn).await?;
            }
        }
        let body = self.copied(tx, offer, copy.head().id).await?;
        tx.update_body::<CatalogItem>(copy.head().id, |_, item| *item = body).await.map(drop)
    }

    /// Makes a copy what its original is by now; one that is that already stays untouched.
    async fn renew(&self, tx: &mut Tx<'_>, urn: Urn, original: &Entity) -> Result<(), Fault> {
        let old = tx.read().entity(urn).await?.ok_or_else(|| Fault::no_access(urn))?;
        let mut new = Entity::clone(&old);
        new.head.name.clone_from(&original.head.name);
        new.head.description.clone_from(&original.head.description);
        let files = match (&mut new.body, &original.body) {
            (Body::VAppTemplate(new), Body::VAppTemplate(original)) => {
                (new.gold_master, new.customizable) = (original.gold_master, original.customizable);
                new.products.clone_from(&original.products);
                Some(&mut new.files)
            }
            (Body::Media(new), Body::Media(_)) => Some(&mut new.files),
            _ => None,
        };
        if let Some(files) = files.filter(|files| !all_whole(files)) {
            *files = self.files(tx, original, urn.id);
        }
        if new != *old {
            tx.update(urn, |entity| *entity = new).await?;
        }
        Ok(())
    }

    /// The files that the copy `to` has; until they are copied, nothing of them has come.
    fn files(&self, tx: &mut Tx<'_>, original: &Entity, to: Uuid) -> Vec<TransferFile> {
        if !self.whole {
            return original.files().iter().map(|file| TransferFile { received: Vec::new(), ..file.clone() }).collect();
        }
        (0..original.files().len()).for_each(|file| tx.copy_blob((original.head.id, file), (to, file)));
        original.files().to_vec()
    }

    async fn make(&self, tx: &mut Tx<'_>, offer: &Offer) -> Result<(), Fault> {
        let item = tx.id();
        let body = self.copied(tx, offer, item).await?;
        let draft = self.draft(item, offer.item.entity(), body);
        tx.insert(Draft { parent: Some(self.catalog.head().id), owner: None, ..draft }).await.map(drop)
    }

    /// Copies what is offered; answers the body of the item that stands for the copy.
    async fn copied(&self, tx: &mut Tx<'_>, offer: &Offer, item: Uuid) -> Result<CatalogItem, Fault> {
        let id = tx.id();
        let files = self.files(tx, &offer.entity, id);
        let (catalog_item, storage_profile) = (Some(item), self.site.profile);
        match &offer.entity.body {
            Body::VAppTemplate(template) => {
                let (storage_lease_seconds, lease) = (self.storage_lease_seconds, Lease::of(self.storage_lease_seconds, tx.now()));
                let planned = Vec::new();
                let lies = VAppTemplate { catalog_item, storage_profile, storage_lease_seconds, lease, files, planned, ..template.clone() };
                tx.insert(self.draft(id, &offer.entity, VAppTemplate { downloadable: false, ..lies })).await?;
                self.machines(tx, offer.entity.head.id, id).await?;
            }
            Body::Media(image) => {
                let lies = Media { catalog_item, storage_profile, files, downloadable: false, ..image.clone() };
                tx.insert(self.draft(id, &offer.entity, lies)).await?;
            }
            _ => return Err(Fault::internal()),
        }
        let entity = Urn::new(offer.entity.head.kind, id);
        Ok(CatalogItem { entity, origin: Some(offer.item.head().id), copied: Some(offer.entity.head.id) })
    }

    async fn machines(&self, tx: &mut Tx<'_>, original: Uuid, template: Uuid) -> Result<(), Fault> {
        for machine in tx.read().children::<TemplateVm>(original).await? {
            let mut body = TemplateVm { storage_profile: self.site.profile, datastore: None, moref: moref(tx), ..machine.body().clone() };
            if !self.keeps_identity {
                for nic in &mut body.hardware.nics {
                    nic.mac = mac(tx);
                }
            }
            let id = tx.id();
            copy_contents(tx, machine.head().id, id, &body.hardware);
            let draft = self.draft(id, machine.entity(), body);
            tx.insert(Draft { parent: Some(template), ..draft }).await?;
        }
        Ok(())
    }

    /// A copy that lies in the VDC of the catalog and belongs to its owner.
    fn draft<R: Resource>(&self, id: Uuid, original: &Entity, body: R) -> Draft<R> {
        Draft {
            id,
            name: original.head.name.clone(),
            description: original.head.description.clone(),
            org: self.catalog.head().org,
            parent: Some(self.site.vdc.head().id),
            owner: self.catalog.head().owner,
            status: original.head.status,
            body,
        }
    }
}
