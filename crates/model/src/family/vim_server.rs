//! vCenter servers and what they hold. Invariant: what can be imported is what the server lists.

use crate::action::{Action, LinkRule, Need};
use crate::family::vm::Hardware;
use crate::kind::{Kind, View};
use crate::media;
use serde::{Deserialize, Serialize};

/// A vCenter server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VimServer {
    /// Its address.
    pub url: String,
    /// The user name that the cell uses.
    pub user_name: String,
    /// Whether it is used.
    pub enabled: bool,
    /// Its version.
    pub version: String,
    /// Its own id.
    pub uuid: String,
    /// Virtual machines that can be imported.
    pub vms: Vec<VimVm>,
    /// Port groups, by vCenter's name and its own.
    pub port_groups: Vec<(String, String)>,
    /// Resource pools, by vCenter's name and its own.
    pub resource_pools: Vec<(String, String)>,
}

/// A virtual machine that vCenter has and the cloud does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VimVm {
    /// What vCenter calls it.
    pub moref: String,
    /// Its name.
    pub name: String,
    /// What it is made of.
    pub hardware: Hardware,
}

impl VimServer {
    /// The machine that vCenter calls `moref`.
    #[must_use]
    pub fn vm(&self, moref: &str) -> Option<&VimVm> {
        self.vms.iter().find(|vm| vm.moref == moref)
    }
}

/// Makes a vApp template of one of vCenter's machines (`importSingletonTemplate`).
pub const IMPORT_VM_AS_VAPP_TEMPLATE: Action = import("/importVmAsVAppTemplate", media::IMPORT_VM_AS_VAPP_TEMPLATE_PARAMS);
/// Makes a vApp of one of vCenter's machines (`importSingletonVapp`).
pub const IMPORT_VM_AS_VAPP: Action = import("/importVmAsVApp", media::IMPORT_VM_AS_VAPP_PARAMS);

/// Puts one of vCenter's machines into a vApp (`importIntoExistingVapp`).
pub const IMPORT_VM_INTO_VAPP: Action = import("/importVmIntoExistingVApp", media::IMPORT_VM_INTO_EXISTING_VAPP_PARAMS);

/// An import leaves the server as it is until it ends, so several may wait at once.
const fn import(path: &'static str, media: &'static str) -> Action {
    Action::post(Kind::VimServer, path, Need::System).under(View::Extension).rel("add").takes(media).beside_tasks()
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::below("down", "/vmsList", media::VM_OBJECT_REFS_LIST),
    LinkRule::below("down", "/resourcePoolList", media::RESOURCE_POOL_LIST),
    LinkRule::below("down", "/hostReferences", media::HOST_REFERENCES),
    LinkRule::action(&IMPORT_VM_AS_VAPP),
    LinkRule::action(&IMPORT_VM_INTO_VAPP),
    LinkRule::action(&IMPORT_VM_AS_VAPP_TEMPLATE),
];
