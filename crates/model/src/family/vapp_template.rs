//! vApp templates. Invariant: a template's VMs are objects of their own whose parent it is.

use super::vapp::startup::Startup;
use super::vdc::into_vdc;
use super::vm::Hardware;
use crate::action::{Action, LinkRule, Need};
use crate::caller::AccessLevel;
use crate::entity::{Entity, Status};
use crate::fault::Fault;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::lease::Lease;
use crate::manifest::Manifest;
use crate::media;
use crate::product::{self, ProductSection};
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
    /// That lease, once it is there.
    #[serde(default)]
    pub lease: Lease,
    /// Whether copies of it are prepared as their guests are; otherwise they are as it is.
    #[serde(default = "prepared")]
    pub customizable: bool,
    /// The texts of its licences.
    #[serde(default)]
    pub eulas: Vec<String>,
    /// Its descriptor, and what that refers to; none for a template that was not uploaded.
    #[serde(default)]
    pub files: Vec<TransferFile>,
    /// Whether its files are compared with a manifest, and agree.
    #[serde(default)]
    pub manifest: Manifest,
    /// What its products say.
    #[serde(default)]
    pub products: Vec<ProductSection>,
    /// The machines that its descriptor says, until its upload is done.
    #[serde(default)]
    pub planned: Vec<PlannedVm>,
    /// Whether its files can be fetched.
    #[serde(default)]
    pub downloadable: bool,
}

const fn prepared() -> bool {
    true
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
    /// For each of its disks, the file among the template's that has its bytes.
    #[serde(default)]
    pub contents: Vec<Option<PlannedContent>>,
    /// What its products say.
    #[serde(default)]
    pub products: Vec<ProductSection>,
    /// When its copies start and stop with their vApp.
    #[serde(default)]
    pub startup: Startup,
}

/// Where the bytes of a disk come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedContent {
    /// The number of the file: in a description among those that follow the descriptor, in a template among all of its.
    pub file: usize,
    /// Whether it is compressed with gzip.
    pub gzip: bool,
}

impl VAppTemplate {
    /// One that holds nothing yet, and is in this catalog item if it is in any.
    #[must_use]
    pub const fn new(catalog_item: Option<Uuid>, storage_profile: Option<Uuid>, storage_lease_seconds: i32) -> Self {
        Self {
            gold_master: false,
            catalog_item,
            networks: Vec::new(),
            storage_profile,
            storage_lease_seconds,
            lease: Lease::None,
            customizable: true,
            eulas: Vec::new(),
            files: Vec::new(),
            planned: Vec::new(),
            downloadable: false,
            manifest: Manifest::None,
            products: Vec::new(),
        }
    }

    /// Whether it was said what it holds: at once, or by its descriptor.
    #[must_use]
    pub fn is_described(&self) -> bool {
        self.files.is_empty() || !self.planned.is_empty() || all_whole(&self.files)
    }

    /// Whether its files, once they are there, can be made a template of: it was said what they are, and they agree with the manifest.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        !self.planned.is_empty() && self.manifest != Manifest::Unchecked
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
pub const UPLOAD_TO_VDC: Action = into_vdc("/action/uploadVAppTemplate", Right::TEMPLATE_CREATE, media::UPLOAD_VAPP_TEMPLATE_PARAMS);

/// Makes one in a catalog of a vApp.
pub const CAPTURE: Action = Action::post(Kind::Catalog, "/action/captureVApp", Need::Right(Right::CATALOG_ADD))
    .rel("add")
    .takes(media::CAPTURE_VAPP_PARAMS)
    .when(super::catalog::follows_none)
    .since(ApiVersion::V5_5);
/// Makes one in a VDC of a vApp, in no catalog.
pub const CAPTURE_TO_VDC: Action = into_vdc("/action/captureVApp", Right::CATALOG_ADD, media::CAPTURE_VAPP_PARAMS);
/// Makes a copy of one in a VDC, in no catalog.
pub const CLONE: Action = into_vdc("/action/cloneVAppTemplate", Right::TEMPLATE_COPY, media::CLONE_VAPP_TEMPLATE_PARAMS);

/// A network of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateNetwork {
    /// The name that network cards use.
    pub name: String,
    /// Its description.
    pub description: String,
}

/// Reads it. Who may not look at templates finds none in VDCs, catalogs and queries either.
pub const READ: Action = Action::read(Kind::VAppTemplate, View::User, Need::Right(Right::TEMPLATE_VIEW));
/// Reads one of its machines.
pub const READ_VM: Action = Action::read(Kind::TemplateVm, View::User, READ.need);
/// Reads its descriptor, as it would be written now.
pub const READ_OVF: Action = READ.at("/ovf").rel("ovf").takes(media::OVF).when(crate::power::usable);
/// Makes its files ready to be fetched.
pub const ENABLE_DOWNLOAD: Action = transfer::enable(Kind::VAppTemplate);
/// Takes that back.
pub const DISABLE_DOWNLOAD: Action = transfer::disable(Kind::VAppTemplate);
/// Changes name and description.
pub const UPDATE: Action =
    Action::put(Kind::VAppTemplate, "", Need::Right(Right::TEMPLATE_EDIT)).rel("edit").takes(media::VAPP_TEMPLATE).when(there);
/// Changes how long it is kept.
pub const UPDATE_LEASES: Action = UPDATE.at("/leaseSettingsSection").takes(media::LEASE_SETTINGS_SECTION);
/// Changes whether copies of it are prepared.
pub const UPDATE_CUSTOMIZATION: Action = UPDATE.at("/customizationSection").takes(media::CUSTOMIZATION_SECTION);
/// Reads whose it is.
pub const READ_OWNER: Action = READ.at("/owner");
/// Gives it to another user.
pub const CHANGE_OWNER: Action =
    Action::put(Kind::VAppTemplate, "/owner", Need::Right(Right::TEMPLATE_CHANGE_OWNER)).rel("edit").takes(media::OWNER);
/// Changes what its products say.
pub const UPDATE_PRODUCTS: Action = product::edit(Kind::VAppTemplate, Need::Right(Right::TEMPLATE_EDIT)).when(there);
/// Changes what the products of one of its machines say.
pub const UPDATE_VM_PRODUCTS: Action = product::edit(Kind::TemplateVm, Need::Right(Right::TEMPLATE_EDIT)).when(there);
/// Deletes it, with its machines and its catalog item.
pub const DELETE: Action = Action::delete(Kind::VAppTemplate, Need::Right(Right::TEMPLATE_EDIT)).access(AccessLevel::Change);

/// Only a template that could be made can be changed, and only a machine of one.
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
    LinkRule::action(&READ_OVF),
    LinkRule::below("down", "/owner", media::OWNER).needs(READ_OWNER.need),
    LinkRule::below("down", "/productSections/", media::PRODUCT_SECTIONS),
    LinkRule::action(&ENABLE_DOWNLOAD),
    LinkRule::action(&DISABLE_DOWNLOAD),
    LinkRule::action(&UPDATE),
    LinkRule::action(&DELETE),
];
