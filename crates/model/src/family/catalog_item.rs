//! Catalog items. Invariant: an item names exactly one template or media object.

use crate::action::{Action, LinkRule, Need};
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::right::Right;
use serde::{Deserialize, Serialize};

/// A catalog's entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogItem {
    /// What it stands for.
    pub entity: Urn,
}

/// Reads it.
pub const READ: Action = Action::read(Kind::CatalogItem, View::User, Need::Right(Right::TEMPLATE_VIEW));

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] =
    &[LinkRule::object("up", View::User, |item| item.head.parent.map(|id| Urn::new(Kind::Catalog, id))).needs(super::catalog::READ.need)];
