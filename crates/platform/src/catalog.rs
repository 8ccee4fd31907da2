//! Catalogs: making, changing, publishing, giving away and deleting them. Invariant: a catalog with items goes only with all of them.

pub mod external;
pub mod subscription;
pub mod sync;

use crate::access::admit_in;
use crate::catalog::external::{PublishExternally, republished};
use crate::catalog::subscription::{Subscribe, checked, resubscribed};
use crate::catalog::sync::SyncCatalog;
use crate::catalog_item::{deletion, everything_of};
use crate::change::Change;
use crate::vapp::check_name;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Draft, Entity, Head, Res, Status};
use vcdsim_model::family::catalog::{CREATE, Catalog, DELETE, PUBLISH, PUBLISH_EXTERNALLY, SUBSCRIBE, UPDATE};
use vcdsim_model::family::catalog_item::CatalogItem;
use vcdsim_model::family::org::Org;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::{Fault, operation};
use vcdsim_store::{Reader, Tx};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// `catalogCreateCatalog`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateCatalog {
    /// Whose it is to be.
    pub org: Uuid,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Where what is added to it lies; empty leaves that to the VDC.
    pub storage_profiles: Vec<Urn>,
    /// What it follows; it is synchronised as soon as it is there.
    pub subscription: Option<Subscribe>,
}

impl Operation for CreateCatalog {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::CatalogCreateCatalog];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        admit_in::<Org>(cx, &CREATE, self.org).await?;
        check_name(&self.name)?;
        let storage_profiles = profiles(&cx.tx.read(), self.org, &self.storage_profiles).await?;
        let subscription = self.subscription.clone().and_then(|asked| asked.over(None));
        if subscription.is_some() && !cx.caller.is_some_and(|caller| SUBSCRIBE.need.met_by(caller)) {
            return Err(Fault::denied());
        }
        checked(&cx.tx.read(), Some(self.org), subscription.as_ref()).await?;
        let made = cx
            .create(Draft {
                id: cx.tx.id(),
                name: self.name.clone(),
                description: self.description.clone(),
                org: Some(self.org),
                parent: None,
                owner: Some(cx.by.user),
                status: Status::Unresolved,
                body: Catalog { storage_profiles, subscription, ..Catalog::default() },
            })
            .await?;
        Ok(Subject::of(made.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let made = cx.tx.update(cx.task.owner, |catalog| catalog.head.status = Status::Resolved).await?;
        match made.body::<Catalog>().and_then(Catalog::followed) {
            Some(_) => cx.then(&SyncCatalog { target: made.urn() }),
            None => Ok(()),
        }
    }
}

/// The ids of storage profiles of the organization's VDCs.
async fn profiles(reader: &Reader<'_>, org: Uuid, asked: &[Urn]) -> Result<Vec<Uuid>, Fault> {
    let mut found = Vec::new();
    for urn in asked {
        let profile = reader.find::<VdcStorageProfile>(urn.id).await?.filter(|profile| profile.head().org == Some(org));
        let profile = profile.ok_or_else(|| Fault::invalid_reference("VdcStorageProfile", &urn.to_string()))?;
        found.push(profile.head().id);
    }
    Ok(found)
}

/// `catalogDelete`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteCatalog {
    /// Which catalog.
    pub id: Uuid,
    /// Whether what is in it goes too.
    pub recursive: bool,
}

impl Operation for DeleteCatalog {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::CatalogDelete];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let catalog = admit_in::<Catalog>(cx, &DELETE, self.id).await?;
        let items = cx.tx.read().children::<CatalogItem>(self.id).await?;
        if !items.is_empty() && !self.recursive {
            let (name, count) = (&catalog.head().name, items.len());
            let message =
                format!("The catalog \"{name}\" is not empty: it has {count} item(s). Delete them first, or send recursive=true.");
            return Err(Fault::bad_request(message));
        }
        cx.lock(catalog.urn()).await?;
        for item in items {
            for urn in everything_of(&cx.tx.read(), item.entity()).await? {
                cx.lock(urn).await?;
            }
        }
        Ok(Subject::of(catalog.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        deletion(cx).await
    }
}

/// A new name, description and storage profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateCatalog {
    /// Its name.
    pub name: String,
    /// Its description; `None` leaves it as it is.
    pub description: Option<String>,
    /// Its storage profiles; `None` leaves them as they are.
    pub storage_profiles: Option<Vec<Urn>>,
    /// How it is published to the outside; `None` leaves that as it is.
    pub publication: Option<PublishExternally>,
    /// What it follows; `None` leaves that as it is.
    pub subscription: Option<Subscribe>,
}

impl Change for UpdateCatalog {
    type Of = Catalog;
    const ACTION: &'static Action = &UPDATE;
    const EVENT: &'static str = "catalog/modify";

    async fn apply(self, tx: &mut Tx<'_>, caller: &Caller, of: Res<Catalog>) -> Result<Urn, Fault> {
        check_name(&self.name)?;
        let publication = republished(&tx.read(), caller, &of, self.publication).await?;
        let subscription = resubscribed(&tx.read(), caller, &of, self.subscription).await?;
        if publication.as_ref().is_some_and(|publication| publication.on) && subscription.as_ref().is_some_and(|following| following.on) {
            return Err(Fault::bad_request("A catalog cannot be published to the outside and follow another one at once."));
        }
        let storage_profiles = match (&self.storage_profiles, of.head().org) {
            (Some(asked), Some(org)) => Some(profiles(&tx.read(), org, asked).await?),
            _ => None,
        };
        let change = |head: &mut Head, catalog: &mut Catalog| {
            head.name = self.name;
            head.description = self.description.or(head.description.take());
            catalog.storage_profiles = storage_profiles.unwrap_or(std::mem::take(&mut catalog.storage_profiles));
            (catalog.publication, catalog.subscription) = (publication, subscription);
        };
        tx.update_body::<Catalog>(of.head().id, change).await?;
        Ok(of.urn())
    }
}

/// Whether all organizations see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publish {
    /// Whether they do.
    pub published: bool,
}

impl Change for Publish {
    type Of = Catalog;
    const ACTION: &'static Action = &PUBLISH;
    const EVENT: &'static str = "catalog/publish";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<Catalog>) -> Result<Urn, Fault> {
        allowed(&tx.read(), &PUBLISH, of.head().org).await?;
        tx.update_body::<Catalog>(of.head().id, |_, catalog| catalog.published = self.published).await?;
        Ok(of.urn())
    }
}

/// An action, what the general settings of an organization must allow for it, and the name of that setting.
type Allowance = (&'static Action, fn(&Org) -> bool, &'static str);

const ALLOWANCES: &[Allowance] = &[
    (&PUBLISH, |org| org.can_publish_catalogs, "CanPublishCatalogs"),
    (&PUBLISH_EXTERNALLY, |org| org.can_publish_externally, "CanPublishExternally"),
    (&SUBSCRIBE, |org| org.can_subscribe, "CanSubscribe"),
];

/// Whether the settings of its organization allow an action of a catalog.
pub(crate) fn allows(org: Option<&Arc<Entity>>, action: &Action) -> Result<(), Fault> {
    match ALLOWANCES.iter().find(|(known, ..)| known.path == action.path) {
        Some((_, allows, setting)) if !org.and_then(|org| org.body::<Org>()).is_some_and(allows) => {
            Err(Fault::bad_request(format!("The organization is not allowed to do this ({setting} of its general settings).")))
        }
        _ => Ok(()),
    }
}

/// The same for an organization that is not loaded yet.
async fn allowed(reader: &Reader<'_>, action: &Action, org: Option<Uuid>) -> Result<(), Fault> {
    let org = match org {
        Some(id) => reader.entity(Urn::new(Kind::Org, id)).await?,
        None => None,
    };
    allows(org.as_ref(), action)
}
