//! Catalog items. Invariant: an item names exactly one template or media object.

use crate::action::LinkRule;
use crate::id::Urn;
use serde::{Deserialize, Serialize};

/// A catalog's entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogItem {
    /// What it stands for.
    pub entity: Urn,
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];
