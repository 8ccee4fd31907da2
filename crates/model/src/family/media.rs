//! Media. Invariant: an image in a catalog has a catalog item.

use crate::action::LinkRule;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A disc image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Size in bytes.
    pub size: i64,
    /// `iso` or `floppy`.
    pub image_type: String,
    /// The catalog item that stands for it.
    pub catalog_item: Option<Uuid>,
    /// Where it lies.
    pub storage_profile: Option<Uuid>,
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[];
