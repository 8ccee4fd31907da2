//! Virtual machines, in vApps and in templates. Invariant: hardware is described once, in [`Hardware`]; documents are made from it.

mod boot;
mod console;
mod drives;
mod edit;
mod guest;
mod serial;
mod upkeep;
mod usage;

pub use boot::{BootOptions, Firmware, NetworkProtocol};
pub use console::{
    ACQUIRE_MKS_TICKET, ACQUIRE_TICKET, ANSWER, QUERY_HISTORY, QUERY_USAGE, READ_HISTORY, READ_QUESTION, READ_SCREEN, READ_USAGE,
};
pub use drives::{Drive, Drives, EJECT, INSERT};
pub use edit::{EDITS, Edit, SWITCHES};
pub use guest::{GuestCustomization, Secret, Settings};
pub use serial::SerialPort;
pub use upkeep::{
    CHECK_COMPLIANCE, CONSOLIDATE, CONSOLIDATE_VM, CUSTOMIZE, Compliance, DISABLE_NESTED, ENABLE_NESTED, INSTALL_TOOLS, Preparation,
    READ_COMPLIANCE, RELOCATE, RELOCATE_VM, UPGRADE, Upkeep,
};
pub use usage::{METRICS, Metric};

use crate::action::{Action, LinkRule, Need};
use crate::entity::{Body, Entity};
use crate::family::disk::{self, Attached};
use crate::family::vapp::startup::Startup;
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::power;
use crate::product::ProductSection;
use crate::right::Right;
use crate::snapshot::{self, Snapshot};
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A virtual machine of a vApp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vm {
    /// What it is made of.
    pub hardware: Hardware,
    /// Whether it is deployed.
    pub deployed: bool,
    /// How its guest is prepared.
    pub guest: GuestCustomization,
    /// Whether its guest is prepared when it is powered on next.
    #[serde(default)]
    pub needs_customization: bool,
    /// What can be added while it runs.
    #[serde(default)]
    pub hot_add: HotAdd,
    /// Where its disks lie.
    pub storage_profile: Option<Uuid>,
    /// What vCenter calls it.
    pub moref: String,
    /// What its products say.
    #[serde(default)]
    pub products: Vec<ProductSection>,
    /// The independent disks that it has.
    #[serde(default)]
    pub attached: Vec<Attached>,
    /// What is in its drives.
    #[serde(default)]
    pub drives: Drives,
    /// What became of it.
    #[serde(default)]
    pub upkeep: Upkeep,
    /// What was kept of it.
    #[serde(default)]
    pub snapshot: Option<Box<Snapshot>>,
    /// How it starts.
    #[serde(default)]
    pub boot: BootOptions,
    /// The compute policy that says how large it is.
    #[serde(default)]
    pub sizing_policy: Option<Uuid>,
    /// What vSphere is told of it besides, by key.
    #[serde(default)]
    pub extra_config: BTreeMap<String, String>,
    /// When it starts and stops with its vApp.
    #[serde(default)]
    pub startup: Startup,
}

impl Vm {
    /// A machine that was just made: it is off and has nothing but hardware and a guest.
    #[must_use]
    pub fn new(hardware: Hardware, guest: GuestCustomization, moref: String) -> Self {
        Self {
            needs_customization: guest.enabled,
            hardware,
            deployed: false,
            guest,
            hot_add: HotAdd::default(),
            storage_profile: None,
            moref,
            products: Vec::new(),
            attached: Vec::new(),
            drives: Drives::default(),
            upkeep: Upkeep::default(),
            snapshot: None,
            boot: BootOptions::default(),
            sizing_policy: None,
            extra_config: BTreeMap::new(),
            startup: Startup::default(),
        }
    }
}

/// What can be added to a machine while it runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotAdd {
    /// CPUs.
    pub cpus: bool,
    /// Memory.
    pub memory: bool,
}

/// The version of the tools in every guest, as vCenter numbers it.
pub const TOOLS_VERSION: i64 = 12_352;

/// A virtual machine of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateVm {
    /// What copies of it are made of.
    pub hardware: Hardware,
    /// How the guests of copies are prepared.
    pub guest: GuestCustomization,
    /// Where its disks lie.
    pub storage_profile: Option<Uuid>,
    /// The datastore on which its disks lie, once it was moved there.
    #[serde(default)]
    pub datastore: Option<Uuid>,
    /// What vCenter calls it.
    pub moref: String,
    /// What its products say.
    #[serde(default)]
    pub products: Vec<ProductSection>,
    /// When its copies start and stop with their vApp.
    #[serde(default)]
    pub startup: Startup,
}

/// What a virtual machine is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hardware {
    /// As in `vmx-13`.
    pub version: String,
    /// vSphere's name of the guest operating system, as in `ubuntu64Guest`.
    pub os_type: String,
    /// Its name in full.
    pub os_name: String,
    /// CIM's number for it.
    pub os_id: i32,
    /// Virtual CPUs.
    pub cpus: i32,
    /// Cores per socket.
    pub cores_per_socket: i32,
    /// Memory in MB.
    pub memory_mb: i64,
    /// What it starts with.
    #[serde(default)]
    pub firmware: Firmware,
    /// Its disks.
    pub disks: Vec<Disk>,
    /// Its network cards, the primary one first.
    pub nics: Vec<Nic>,
    /// Its serial ports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serial_ports: Vec<SerialPort>,
}

impl Hardware {
    /// What a copy elsewhere is made of: all its disks lie where it lies.
    #[must_use]
    pub fn copied(&self) -> Self {
        let disks = self.disks.iter().map(|disk| Disk { storage_profile: None, ..disk.clone() }).collect();
        Self { disks, ..self.clone() }
    }
}

/// A disk inside a virtual machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// The number of its hardware item, from 2000.
    pub instance: i32,
    /// Size in MB.
    pub size_mb: i64,
    /// CIM's number for the bus: 5 is IDE, 6 is SCSI, 20 is anything newer.
    pub bus_type: i32,
    /// As in `lsilogic`, `VirtualSCSI`.
    pub bus_sub_type: String,
    /// Which of the buses of that kind, from 0.
    #[serde(default)]
    pub bus: i32,
    /// Its place on the bus.
    pub unit: i32,
    /// The storage profile it lies on, when that is not its machine's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_profile: Option<Uuid>,
    /// The bytes that were uploaded for it: the file of its machine whose number is its instance. `None` when nobody sent any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<DiskContent>,
}

/// What was uploaded for a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskContent {
    /// How many bytes the file has.
    pub size: u64,
    /// Whether it is compressed with gzip.
    pub gzip: bool,
}

impl Entity {
    /// What a machine is made of, in a vApp or in a template; `None` for anything else.
    #[must_use]
    pub fn hardware(&self) -> Option<&Hardware> {
        match &self.body {
            Body::Vm(machine) => Some(&machine.hardware),
            Body::TemplateVm(machine) => Some(&machine.hardware),
            _ => None,
        }
    }
}

impl Entity {
    /// When a machine, of a vApp or of a template, starts and stops; `None` for anything else.
    #[must_use]
    pub const fn startup(&self) -> Option<Startup> {
        match &self.body {
            Body::Vm(machine) => Some(machine.startup),
            Body::TemplateVm(machine) => Some(machine.startup),
            _ => None,
        }
    }
}

impl Disk {
    /// The number of its file among its machine's.
    #[must_use]
    pub fn file(&self) -> usize {
        usize::try_from(self.instance).unwrap_or_default()
    }
}

/// A network card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nic {
    /// Its number, from 0.
    pub index: i32,
    /// The network it names; `none` when it has none.
    pub network: String,
    /// Its hardware address.
    pub mac: String,
    /// `POOL`, `DHCP`, `MANUAL` or `NONE`.
    pub mode: String,
    /// Its address, once it has one.
    pub ip: Option<String>,
    /// Whether it is connected.
    pub connected: bool,
    /// As in `VMXNET3`.
    pub adapter: String,
}

/// The name by which a network card says that it is connected to nothing.
pub const NO_NETWORK: &str = "none";

/// `DELETE /api/vApp/vm-{id}`
pub const DELETE: Action = Action::delete(Kind::Vm, Need::Right(Right::VAPP_DELETE)).when(power::undeployed);

/// The same with `?force=true`: deployed ones, too.
pub const FORCE_DELETE: Action = Action { rel: None, ..Action::delete(Kind::Vm, Need::Right(Right::VAPP_DELETE)) };

/// The links of its documents, in their order.
pub const TEMPLATE_VM_LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |entity| Some(Urn::new(Kind::VAppTemplate, entity.head.parent?))),
    LinkRule::object("storageProfile", View::User, |entity| {
        entity.body::<TemplateVm>()?.storage_profile.map(|id| Urn::new(Kind::VdcStorageProfile, id))
    })
    .since(ApiVersion::V5_1),
    LinkRule::below("down", "/productSections/", media::PRODUCT_SECTIONS),
    LinkRule::action(&CONSOLIDATE),
    LinkRule::action(&RELOCATE),
];

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::action(&power::VM.power_on),
    LinkRule::action(&power::VM.power_off),
    LinkRule::action(&power::VM.reboot),
    LinkRule::action(&power::VM.reset),
    LinkRule::action(&power::VM.shutdown),
    LinkRule::action(&power::VM.suspend),
    LinkRule::action(&power::VM.discard),
    LinkRule::action(&power::VM.deploy),
    LinkRule::action(&power::VM.undeploy),
    LinkRule::action(&READ_SCREEN),
    LinkRule::action(&ACQUIRE_TICKET),
    LinkRule::action(&ACQUIRE_MKS_TICKET),
    LinkRule::action(&READ_USAGE),
    LinkRule::action(&QUERY_USAGE),
    LinkRule::action(&READ_HISTORY),
    LinkRule::action(&QUERY_HISTORY),
    LinkRule::action(&UPGRADE),
    LinkRule::action(&CUSTOMIZE),
    LinkRule::action(&INSTALL_TOOLS),
    LinkRule::action(&ENABLE_NESTED),
    LinkRule::action(&DISABLE_NESTED),
    LinkRule::action(&CONSOLIDATE_VM),
    LinkRule::action(&RELOCATE_VM),
    LinkRule::action(&CHECK_COMPLIANCE),
    LinkRule::below("down", "/complianceResult", media::COMPLIANCE_RESULT).needs(READ_COMPLIANCE.need).since(READ_COMPLIANCE.since),
    LinkRule::action(&INSERT),
    LinkRule::action(&EJECT),
    LinkRule::action(&disk::ATTACH),
    LinkRule::action(&disk::DETACH),
    LinkRule::action(&snapshot::VM.create),
    LinkRule::action(&snapshot::VM.revert),
    LinkRule::action(&snapshot::VM.remove),
    LinkRule::object("up", View::User, |entity| Some(Urn::new(Kind::VApp, entity.head.parent?))),
    LinkRule::below("down", "/productSections/", media::PRODUCT_SECTIONS),
    LinkRule::action(Edit::Whole.action()),
    LinkRule::action(Edit::Reconfigure.action()),
    LinkRule::action(&DELETE),
];
