//! Catalogs that follow one that is published to the outside. Invariant: a subscription is kept only when its publisher was there and its
//! password was right.

use super::external::Password;
use super::{allowed, allows};
use crate::change::Change;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Entity, Res};
use vcdsim_model::family::catalog::{Catalog, SUBSCRIBE, Subscription};
use vcdsim_model::family::catalog_item::CatalogItem;
use vcdsim_model::id::Urn;
use vcdsim_store::{Reader, Tx};

/// What a request says about a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subscribe {
    /// It ends; what has come by it stays.
    Off,
    /// It is to a published catalog.
    To {
        /// The catalog.
        publisher: Uuid,
        /// The password for it.
        password: Password,
        /// What is expected of the publisher's certificate.
        thumbprint: Option<String>,
        /// Whether files are copied, too.
        local_copy: bool,
    },
}

impl Subscribe {
    /// What is kept where `former` was. A password is kept for the catalog that it was given for.
    pub(crate) fn over(self, former: Option<Subscription>) -> Option<Subscription> {
        match self {
            Self::Off => former.map(|former| Subscription { on: false, ..former }),
            Self::To { publisher, password, thumbprint, local_copy } => {
                let known = former.filter(|former| former.publisher == publisher).and_then(|former| former.password);
                Some(Subscription { on: true, publisher, password: password.over(known), thumbprint, local_copy })
            }
        }
    }
}

impl Change for Subscribe {
    type Of = Catalog;
    const ACTION: &'static Action = &SUBSCRIBE;
    const EVENT: &'static str = "catalog/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<Catalog>) -> Result<Urn, Fault> {
        let subscription = subscribed(&tx.read(), &of, self).await?;
        tx.update_body::<Catalog>(of.head().id, |_, catalog| catalog.subscription = subscription).await?;
        Ok(of.urn())
    }
}

/// The subscription after a request that may say nothing new about it: only who may subscribe can change it.
pub(super) async fn resubscribed(
    reader: &Reader<'_>,
    caller: &Caller,
    of: &Res<Catalog>,
    asked: Option<Subscribe>,
) -> Result<Option<Subscription>, Fault> {
    let former = of.body().subscription.clone();
    let Some(asked) = asked.filter(|asked| asked.clone().over(former.clone()) != former) else { return Ok(former) };
    SUBSCRIBE.admit(of.entity(), caller, Some(SUBSCRIBE.access))?;
    subscribed(reader, of, asked).await
}

/// The subscription that a catalog has after a request.
async fn subscribed(reader: &Reader<'_>, of: &Res<Catalog>, asked: Subscribe) -> Result<Option<Subscription>, Fault> {
    if !reader.children::<CatalogItem>(of.head().id).await?.is_empty() {
        may_follow(of.body())?;
    }
    let subscription = asked.over(of.body().subscription.clone());
    checked(reader, of.head().org, subscription.as_ref()).await?;
    Ok(subscription)
}

/// Whether a catalog that has items may begin to follow another one.
fn may_follow(catalog: &Catalog) -> Result<(), Fault> {
    match catalog.subscription {
        Some(_) => Ok(()),
        None => Err(Fault::bad_request("A catalog that has items of its own cannot subscribe to another one.")),
    }
}

/// Whether a catalog with these surroundings may subscribe.
pub(crate) fn is_open(catalog: &Entity, org: Option<&Arc<Entity>>, has_items: bool) -> bool {
    let free = !has_items || catalog.body::<Catalog>().is_some_and(|catalog| may_follow(catalog).is_ok());
    free && allows(org, &SUBSCRIBE).is_ok()
}

/// Refuses a subscription that the organization may not have, or that leads nowhere.
pub(super) async fn checked(reader: &Reader<'_>, org: Option<Uuid>, subscription: Option<&Subscription>) -> Result<(), Fault> {
    let Some(subscription) = subscription.filter(|subscription| subscription.on) else { return Ok(()) };
    allowed(reader, &SUBSCRIBE, org).await?;
    publisher(reader, subscription).await.map(drop)
}

/// The catalog that a subscription follows, if it is published and the password is right. The words in capitals are those by which clients
/// tell the two apart.
pub(crate) async fn publisher(reader: &Reader<'_>, subscription: &Subscription) -> Result<Res<Catalog>, Fault> {
    let found = reader.find::<Catalog>(subscription.publisher).await?;
    let Some((catalog, publication)) = found.and_then(|found| found.body().publication.clone().map(|publication| (found, publication)))
    else {
        return Err(not_published());
    };
    match publication.password {
        _ if !publication.on => Err(not_published()),
        Some(password) if subscription.password.as_ref() != Some(&password) => {
            Err(Fault::bad_request("INVALID_URL_OR_PASSWORD: the password of the published catalog is another one."))
        }
        _ => Ok(catalog),
    }
}

/// The failure of a subscription to something that nobody publishes.
#[must_use]
pub fn not_published() -> Fault {
    Fault::bad_request("RESOURCE_NOT_FOUND: no catalog is published externally at this Location.")
}
