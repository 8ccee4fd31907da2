//! Catalogs. Invariant: a catalog's items are objects of their own whose parent it is.

use crate::action::{Action, LinkRule, Need};
use crate::caller::AccessLevel;
use crate::entity::Entity;
use crate::fault::Fault;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::right::Right;
use crate::sharing::Sharing;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A collection of templates and media.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Whether other organizations see it.
    pub published: bool,
    /// Who may do what with it.
    #[serde(flatten)]
    pub sharing: Sharing,
    /// The storage profiles on which what is added to it lies; empty leaves that to the VDC.
    #[serde(default)]
    pub storage_profiles: Vec<Uuid>,
    /// How it is published to whoever has its URL; `None` until somebody says so for the first time.
    #[serde(default)]
    pub publication: Option<Publication>,
    /// The catalog that its items come from; `None` until it subscribes to one.
    #[serde(default)]
    pub subscription: Option<Subscription>,
}

/// How a catalog is published to the outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Whether it is.
    pub on: bool,
    /// The hash of the password that subscribers need, if they need one.
    pub password: Option<String>,
    /// Whether its content is kept ready for subscribers.
    pub cached: bool,
    /// Whether copies have the addresses of their originals.
    pub keeps_identity: bool,
}

/// How a catalog follows one that is published to the outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Whether it does.
    pub on: bool,
    /// The catalog that it follows.
    pub publisher: Uuid,
    /// The hash of the password that was given for it.
    pub password: Option<String>,
    /// What the client expects of the publisher's certificate.
    pub thumbprint: Option<String>,
    /// Whether files are copied with everything else; if not, they are when an item is synchronised by itself.
    pub local_copy: bool,
}

impl Catalog {
    /// Its subscription, as long as it follows a catalog.
    #[must_use]
    pub fn followed(&self) -> Option<&Subscription> {
        self.subscription.as_ref().filter(|subscription| subscription.on)
    }

    /// Whether it can be subscribed to.
    #[must_use]
    pub fn is_published_externally(&self) -> bool {
        self.publication.as_ref().is_some_and(|publication| publication.on)
    }
}

/// Reads the tenant's view.
pub const READ: Action = Action::read(Kind::Catalog, View::User, Need::Right(Right::CATALOG_VIEW));
/// Reads the administrator's view; catalog authors change their catalogs there, so it needs no more than the other.
pub const READ_ADMIN: Action = READ.under(View::Admin);
/// Makes one in an organization.
pub const CREATE: Action = Action::post(Kind::Org, "/catalogs", Need::Right(Right::CATALOG_CREATE))
    .under(View::Admin)
    .rel("add")
    .takes(media::ADMIN_CATALOG)
    .access(AccessLevel::ReadOnly)
    .beside_tasks();
/// Changes name, description and storage profiles.
pub const UPDATE: Action = Action::put(Kind::Catalog, "", Need::Right(Right::CATALOG_EDIT))
    .under(View::Admin)
    .rel("edit")
    .takes(media::ADMIN_CATALOG)
    .access(AccessLevel::FullControl);
/// Deletes it.
pub const DELETE: Action = Action::delete(Kind::Catalog, Need::Right(Right::CATALOG_CREATE)).under(View::Admin);
/// The same below the tenant's view, which real servers take without linking it.
pub const DELETE_AS_TENANT: Action = Action { rel: None, ..DELETE.under(View::User) };
/// Shows it to all organizations, or to its own only.
pub const PUBLISH: Action = Action::post(Kind::Catalog, "/action/publish", Need::Right(Right::CATALOG_PUBLISH))
    .under(View::Admin)
    .rel("publish")
    .takes(media::PUBLISH_CATALOG_PARAMS)
    .access(AccessLevel::FullControl);
/// Lets whoever has its URL subscribe to it, or no longer.
pub const PUBLISH_EXTERNALLY: Action =
    Action::post(Kind::Catalog, "/action/publishToExternalOrganizations", Need::Right(Right::CATALOG_EXTERNAL))
        .under(View::Admin)
        .rel("publishToExternalOrganizations")
        .takes(media::PUBLISH_EXTERNAL_CATALOG_PARAMS)
        .access(AccessLevel::FullControl)
        .when(follows_none)
        .since(ApiVersion::V5_5);
/// The same below the tenant's view, where clients post it too.
pub const PUBLISH_EXTERNALLY_AS_TENANT: Action = Action { rel: None, ..PUBLISH_EXTERNALLY.under(View::User) };
/// Says which published catalog it follows.
pub const SUBSCRIBE: Action = Action::post(Kind::Catalog, "/action/subscribeToExternalCatalog", Need::Right(Right::CATALOG_EXTERNAL))
    .under(View::Admin)
    .rel("subscribeToExternalCatalog")
    .takes(media::EXTERNAL_CATALOG_SUBSCRIPTION_PARAMS)
    .access(AccessLevel::FullControl)
    .when(is_followed_by_none)
    .since(ApiVersion::V5_5);
/// Brings it up to date with the catalog that it follows.
pub const SYNC: Action =
    Action::post(Kind::Catalog, "/action/sync", Need::Right(Right::CATALOG_EXTERNAL)).rel("sync").when(follows).since(ApiVersion::V5_5);
/// The same below the administrator's view.
pub const SYNC_ADMIN: Action = SYNC.under(View::Admin);
/// Reads with whom it is shared.
pub const READ_SHARES: Action = Action { need: Need::Right(Right::CATALOG_SHARE), ..READ.at("/controlAccess") };
/// Says with whom it is shared.
pub const SHARE: Action = Action::post(Kind::Catalog, "/action/controlAccess", Need::Right(Right::CATALOG_SHARE))
    .rel("controlAccess")
    .takes(media::CONTROL_ACCESS)
    .access(AccessLevel::FullControl);
/// Reads whose it is.
pub const READ_OWNER: Action = READ_ADMIN.at("/owner");
/// Gives it to another user.
pub const CHANGE_OWNER: Action = Action::put(Kind::Catalog, "/owner", Need::Right(Right::CATALOG_CHANGE_OWNER))
    .under(View::Admin)
    .rel("edit")
    .takes(media::OWNER)
    .access(AccessLevel::FullControl);

fn follows(catalog: &Entity) -> Result<(), Fault> {
    match catalog.body::<Catalog>().and_then(Catalog::followed) {
        Some(_) => Ok(()),
        None => Err(Fault::bad_request(format!("The catalog \"{}\" does not subscribe to another one.", catalog.head.name))),
    }
}

/// What follows another catalog has the items of that one, and neither takes others nor passes them on.
pub(super) fn follows_none(catalog: &Entity) -> Result<(), Fault> {
    let name = &catalog.head.name;
    match follows(catalog) {
        Ok(()) => Err(Fault::bad_request(format!("The catalog \"{name}\" subscribes to another one, and only synchronising changes it."))),
        Err(_) => Ok(()),
    }
}

fn is_followed_by_none(catalog: &Entity) -> Result<(), Fault> {
    if catalog.body::<Catalog>().is_some_and(Catalog::is_published_externally) {
        return Err(Fault::bad_request("A catalog that is published externally cannot subscribe to another one."));
    }
    Ok(())
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |catalog| catalog.head.org.map(|id| Urn::new(Kind::Org, id))).only_in(&[View::User]),
    LinkRule::object("up", View::Admin, |catalog| catalog.head.org.map(|id| Urn::new(Kind::Org, id))).only_in(&[View::Admin]),
    LinkRule::object("alternate", View::User, |catalog| Some(catalog.urn())).only_in(&[View::Admin]),
    LinkRule::below("down", "/owner", media::OWNER).only_in(&[View::Admin]),
    LinkRule::below("down", "/controlAccess/", media::CONTROL_ACCESS).only_in(&[View::User]).needs(READ_SHARES.need),
    LinkRule::action(&SHARE).only_in(&[View::User]),
    LinkRule::action(&super::catalog_item::ADD),
    LinkRule::action(&super::media::UPLOAD).only_in(&[View::User]),
    LinkRule::action(&super::vapp_template::UPLOAD).only_in(&[View::User]),
    LinkRule::action(&super::vapp_template::CAPTURE).only_in(&[View::User]),
    LinkRule::action(&super::catalog_item::COPY).only_in(&[View::User]),
    LinkRule::action(&super::catalog_item::MOVE).only_in(&[View::User]),
    LinkRule::action(&PUBLISH),
    LinkRule::action(&PUBLISH_EXTERNALLY).only_in(&[View::Admin]),
    LinkRule::action(&SUBSCRIBE).only_in(&[View::Admin]),
    LinkRule::action(&SUBSCRIBE)
        .only_in(&[View::Admin])
        .typed(media::EXTERNAL_CATALOG_SUBSCRIPTION_PARAMS_JSON)
        .since(ApiVersion::V31_0)
        .until(ApiVersion::V33_0),
    LinkRule::action(&SYNC).only_in(&[View::User]),
    LinkRule::action(&SYNC_ADMIN).only_in(&[View::Admin]),
    LinkRule::action(&UPDATE).only_in(&[View::Admin]),
    LinkRule::action(&DELETE).only_in(&[View::Admin]),
];
