//! Catalogs. Invariant: a catalog's items are objects of their own whose parent it is.

use crate::action::LinkRule;
use crate::caller::AccessLevel;
use serde::{Deserialize, Serialize};

/// A collection of templates and media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Whether other organizations see it.
    pub published: bool,
    /// What everyone in the organization may do with it, if it is shared with everyone.
    pub everyone: Option<AccessLevel>,
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];
