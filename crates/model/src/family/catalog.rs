//! Catalogs. Invariant: a catalog's items are objects of their own whose parent it is.

use crate::action::{Action, LinkRule, Need};
use crate::caller::AccessLevel;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::right::Right;
use serde::{Deserialize, Serialize};

/// A collection of templates and media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Whether other organizations see it.
    pub published: bool,
    /// What everyone in the organization may do with it, if it is shared with everyone.
    pub everyone: Option<AccessLevel>,
}

/// Reads the tenant's view.
pub const READ: Action = Action::read(Kind::Catalog, View::User, Need::Right(Right::CATALOG_VIEW));
/// Reads the administrator's view; catalog authors change their catalogs there, so it needs no more than the other.
pub const READ_ADMIN: Action = READ.under(View::Admin);

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |catalog| catalog.head.org.map(|id| Urn::new(Kind::Org, id))).only_in(&[View::User]),
    LinkRule::object("up", View::Admin, |catalog| catalog.head.org.map(|id| Urn::new(Kind::Org, id))).only_in(&[View::Admin]),
    LinkRule::object("alternate", View::User, |catalog| Some(catalog.urn())).only_in(&[View::Admin]),
];
