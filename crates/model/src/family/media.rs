//! Media. Invariant: an image in a catalog has a catalog item.

use super::vdc::into_vdc;
use crate::action::{Action, LinkRule, Need};
use crate::caller::AccessLevel;
use crate::entity::{Body, Entity};
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::right::Right;
use crate::transfer::{self, TransferFile};
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
    /// Its one file; none for an image of the inventory, whose bytes nobody sent.
    #[serde(default)]
    pub files: Vec<TransferFile>,
    /// Whether its bytes can be fetched.
    #[serde(default)]
    pub downloadable: bool,
}

/// Reads it.
pub const READ: Action = Action::read(Kind::Media, View::User, Need::Right(Right::TEMPLATE_VIEW));

/// Makes one in a catalog; its bytes follow through the transfer area.
pub const UPLOAD: Action = Action::post(Kind::Catalog, "/action/upload", Need::Right(Right::TEMPLATE_CREATE))
    .rel("add")
    .takes(media::MEDIA)
    .when(super::catalog::follows_none);
/// Makes one in a VDC, and in no catalog.
pub const UPLOAD_TO_VDC: Action = into_vdc("/media", Right::TEMPLATE_CREATE, media::MEDIA);
/// Makes a copy of one in a VDC, in no catalog.
pub const CLONE: Action = into_vdc("/action/cloneMedia", Right::TEMPLATE_COPY, media::CLONE_MEDIA_PARAMS);
/// Makes its bytes ready to be fetched.
pub const ENABLE_DOWNLOAD: Action = transfer::enable(Kind::Media);
/// Takes that back.
pub const DISABLE_DOWNLOAD: Action = transfer::disable(Kind::Media);
/// Changes name and description.
pub const UPDATE: Action = Action::put(Kind::Media, "", Need::Right(Right::TEMPLATE_EDIT)).rel("edit").takes(media::MEDIA);
/// Reads whose it is.
pub const READ_OWNER: Action = Action::read(Kind::Media, View::User, Need::Right(Right::TEMPLATE_VIEW)).at("/owner");
/// Gives it to another user.
pub const CHANGE_OWNER: Action =
    Action::put(Kind::Media, "/owner", Need::Right(Right::TEMPLATE_CHANGE_OWNER)).rel("edit").takes(media::OWNER);
/// Deletes it, with its catalog item.
pub const DELETE: Action = Action::delete(Kind::Media, Need::Right(Right::TEMPLATE_EDIT)).access(AccessLevel::Change);

fn catalog_item(media: &Entity) -> Option<Urn> {
    match &media.body {
        Body::Media(body) => body.catalog_item.map(|id| Urn::new(Kind::CatalogItem, id)),
        _ => None,
    }
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |media| media.head.parent.map(|id| Urn::new(Kind::Vdc, id))),
    LinkRule::object("catalogItem", View::User, catalog_item),
    LinkRule::below("down", "/owner", media::OWNER).needs(READ_OWNER.need),
    LinkRule::action(&ENABLE_DOWNLOAD),
    LinkRule::action(&DISABLE_DOWNLOAD),
    LinkRule::action(&UPDATE),
    LinkRule::action(&DELETE),
];
