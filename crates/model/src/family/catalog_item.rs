//! Catalog items. Invariant: an item names exactly one template or media object.

use crate::action::{Action, LinkRule, Need};
use crate::caller::AccessLevel;
use crate::entity::Entity;
use crate::fault::Fault;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::right::Right;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A catalog's entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogItem {
    /// What it stands for.
    pub entity: Urn,
    /// The item of a followed catalog that it is a copy of.
    #[serde(default)]
    pub origin: Option<Uuid>,
    /// What that item stood for when it was copied.
    #[serde(default)]
    pub copied: Option<Uuid>,
}

impl CatalogItem {
    /// The entry of something that did not come from another catalog.
    #[must_use]
    pub const fn of(entity: Urn) -> Self {
        Self { entity, origin: None, copied: None }
    }
}

/// Reads it.
pub const READ: Action = Action::read(Kind::CatalogItem, View::User, Need::Right(Right::TEMPLATE_VIEW));
/// Lists a template or an image in a catalog. Whatever goes into a catalog is refused while a task holds it: that task may be deleting it.
pub const ADD: Action = Action::post(Kind::Catalog, "/catalogItems", Need::Right(Right::CATALOG_ADD))
    .rel("add")
    .takes(media::CATALOG_ITEM)
    .when(super::catalog::follows_none);
/// Puts a copy of another catalog's item, and of what that stands for, into a catalog.
pub const COPY: Action = Action::post(Kind::Catalog, "/action/copy", Need::Right(Right::TEMPLATE_COPY))
    .rel("copy")
    .takes(media::COPY_OR_MOVE_CATALOG_ITEM_PARAMS)
    .when(super::catalog::follows_none)
    .since(ApiVersion::V5_5);
/// Lets another catalog's item, and what that stands for, be one of this catalog's.
pub const MOVE: Action = COPY.at("/action/move").rel("move");
/// Changes name and description.
pub const UPDATE: Action = Action::put(Kind::CatalogItem, "", Need::Right(Right::TEMPLATE_EDIT)).rel("edit").takes(media::CATALOG_ITEM);
/// Deletes it, and what it stands for.
pub const DELETE: Action = Action::delete(Kind::CatalogItem, Need::Right(Right::TEMPLATE_EDIT)).access(AccessLevel::Change);
/// Brings it, with its files, up to date with the item that it is a copy of.
pub const SYNC: Action =
    Action::post(Kind::CatalogItem, "/action/sync", Need::Right(Right::CATALOG_EXTERNAL)).rel("sync").when(is_copy).since(ApiVersion::V5_5);

fn is_copy(item: &Entity) -> Result<(), Fault> {
    match item.body::<CatalogItem>() {
        Some(CatalogItem { origin: Some(_), .. }) => Ok(()),
        _ => Err(Fault::bad_request(format!("The item \"{}\" did not come from another catalog.", item.head.name))),
    }
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |item| item.head.parent.map(|id| Urn::new(Kind::Catalog, id))).needs(super::catalog::READ.need),
    LinkRule::action(&UPDATE),
    LinkRule::action(&DELETE),
    LinkRule::action(&SYNC),
];
