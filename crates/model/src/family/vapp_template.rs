//! vApp templates. Invariant: a template's VMs are objects of their own whose parent it is.

use super::vm::Hardware;
use crate::action::{Action, LinkRule, Need};
use crate::caller::AccessLevel;
use crate::entity::{Entity, Status};
use crate::fault::Fault;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::right::Right;
use crate::transfer::{self, TransferFile, all_whole};
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A vApp to make copies of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VAppTemplate {
    /// Whether it is the one to use.
    pub gold_master: bool,
    /// The catalog item that stands for it; `None` outside catalogs.
    pub catalog_item: Option<Uuid>,
    /// The names of the networks that its VMs' cards name, with their descriptions.
    pub networks: Vec<TemplateNetwork>,
    /// Where it lies.
    pub storage_profile: Option<Uuid>,
    /// How long it is kept, in seconds; 0 is for ever.
    pub storage_lease_seconds: i32,
    /// The texts of its licences.
    #[serde(default)]
    pub eulas: Vec<String>,
    /// Its descriptor, and what that refers to; none for a template that was not uploaded.
    #[serde(default)]
    pub files: Vec<TransferFile>,
    /// The machines that its descriptor says, until its upload is done.
    #[serde(default)]
    pub planned: Vec<PlannedVm>,
    /// Whether its files can be fetched.
    #[serde(default)]
    pub downloadable: bool,
}

/// A machine that a template is to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedVm {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// What copies of it are made of.
    pub hardware: Hardware,
}

impl VAppTemplate {
    /// Whether it was said what it holds: at once, or by its descriptor.
    #[must_use]
    pub fn is_described(&self) -> bool {
        self.files.is_empty() || !self.planned.is_empty() || all_whole(&self.files)
    }
}

/// The name of the descriptor among the files of a template.
pub const DESCRIPTOR: &str = "descriptor.ovf";

/// Makes one in a catalog; its descriptor and what that refers to follow through the transfer area.
pub const UPLOAD: Action = Action::post(Kind::Catalog, "/action/upload", Need::Right(Right::TEMPLATE_CREATE))
    .rel("add")
    .takes(media::UPLOAD_VAPP_TEMPLATE_PARAMS)
    .when(super::catalog::follows_none);
/// Makes one in a VDC, and in no catalog.
pub const UPLOAD_TO_VDC: Action = Action::post(Kind::Vdc, "/action/uploadVAppTemplate", Need::Right(Right::TEMPLATE_CREATE))
    .rel("add")
    .takes(media::UPLOAD_VAPP_TEMPLATE_PARAMS)
    .access(AccessLevel::ReadOnly)
    .when(super::vapp::takes_objects)
    .beside_tasks();

/// A network of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateNetwork {
    /// The name that network cards use.
    pub name: String,
    /// Its description.
    pub description: String,
}

/// Makes its files ready to be fetched.
pub const ENABLE_DOWNLOAD: Action = transfer::enable(Kind::VAppTemplate);
/// Takes that back.
pub const DISABLE_DOWNLOAD: Action = transfer::disable(Kind::VAppTemplate);
/// Changes name and description.
pub const UPDATE: Action =
    Action::put(Kind::VAppTemplate, "", Need::Right(Right::TEMPLATE_EDIT)).rel("edit").takes(media::VAPP_TEMPLATE).when(there);
/// Deletes it, with its machines and its catalog item.
pub const DELETE: Action = Action::delete(Kind::VAppTemplate, Need::Right(Right::TEMPLATE_EDIT)).access(AccessLevel::Change);

/// Only a template that could be made can be changed.
fn there(template: &Entity) -> Result<(), Fault> {
    match template.head.status {
        Status::FailedCreation => Err(Fault::bad_request("The template could not be created; it can only be deleted.")),
        _ => Ok(()),
    }
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |entity| Some(Urn::new(Kind::Vdc, entity.head.parent?))),
    LinkRule::object("catalogItem", View::User, |entity| {
        entity.body::<VAppTemplate>()?.catalog_item.map(|id| Urn::new(Kind::CatalogItem, id))
    }),
    LinkRule::object("storageProfile", View::User, |entity| {
        entity.body::<VAppTemplate>()?.storage_profile.map(|id| Urn::new(Kind::VdcStorageProfile, id))
    })
    .since(ApiVersion::V5_1),
    LinkRule::action(&ENABLE_DOWNLOAD),
    LinkRule::action(&DISABLE_DOWNLOAD),
    LinkRule::action(&UPDATE),
    LinkRule::action(&DELETE),
];
