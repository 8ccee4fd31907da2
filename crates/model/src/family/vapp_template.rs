//! vApp templates. Invariant: a template's VMs are objects of their own whose parent it is.

use crate::action::LinkRule;
use crate::id::Urn;
use crate::kind::{Kind, View};
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
}

/// A network of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateNetwork {
    /// The name that network cards use.
    pub name: String,
    /// Its description.
    pub description: String,
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
];
