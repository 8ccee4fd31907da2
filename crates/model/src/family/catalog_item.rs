//! Catalog items. Invariant: an item names exactly one template or media object.

use crate::action::{Action, LinkRule, Need};
use crate::caller::AccessLevel;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::right::Right;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};

/// A catalog's entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogItem {
    /// What it stands for.
    pub entity: Urn,
}

/// Reads it.
pub const READ: Action = Action::read(Kind::CatalogItem, View::User, Need::Right(Right::TEMPLATE_VIEW));
/// Lists a template or an image in a catalog. Whatever goes into a catalog is refused while a task holds it: that task may be deleting it.
pub const ADD: Action = Action::post(Kind::Catalog, "/catalogItems", Need::Right(Right::CATALOG_ADD)).rel("add").takes(media::CATALOG_ITEM);
/// Puts a copy of another catalog's item, and of what that stands for, into a catalog.
pub const COPY: Action = Action::post(Kind::Catalog, "/action/copy", Need::Right(Right::TEMPLATE_COPY))
    .rel("copy")
    .takes(media::COPY_OR_MOVE_CATALOG_ITEM_PARAMS)
    .since(ApiVersion::V5_5);
/// Lets another catalog's item, and what that stands for, be one of this catalog's.
pub const MOVE: Action = COPY.at("/action/move").rel("move");
/// Changes name and description.
pub const UPDATE: Action = Action::put(Kind::CatalogItem, "", Need::Right(Right::TEMPLATE_EDIT)).rel("edit").takes(media::CATALOG_ITEM);
/// Deletes it, and what it stands for.
pub const DELETE: Action = Action::delete(Kind::CatalogItem, Need::Right(Right::TEMPLATE_EDIT)).access(AccessLevel::Change);

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |item| item.head.parent.map(|id| Urn::new(Kind::Catalog, id))).needs(super::catalog::READ.need),
    LinkRule::action(&UPDATE),
    LinkRule::action(&DELETE),
];
