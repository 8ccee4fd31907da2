//! Catalogs. Invariant: a catalog's items are objects of their own whose parent it is.

use crate::action::{Action, LinkRule, Need};
use crate::caller::AccessLevel;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::right::Right;
use crate::sharing::Sharing;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A collection of templates and media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Whether other organizations see it.
    pub published: bool,
    /// Who may do what with it.
    #[serde(flatten)]
    pub sharing: Sharing,
    /// The storage profiles on which what is added to it lies; empty leaves that to the VDC.
    #[serde(default)]
    pub storage_profiles: Vec<Uuid>,
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
    LinkRule::action(&UPDATE).only_in(&[View::Admin]),
    LinkRule::action(&DELETE).only_in(&[View::Admin]),
];
