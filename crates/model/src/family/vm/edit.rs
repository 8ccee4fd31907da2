//! The places below a machine at which it is edited. Invariant: each has one action, whose right is that of what is edited there.

use crate::action::{Action, Need};
use crate::kind::Kind;
use crate::media;
use crate::power;
use crate::product;
use crate::right::Right;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};

/// A place at which a machine is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Edit {
    /// The machine itself: name, description, storage profile.
    Whole,
    /// Anything about it, by the sections that are sent.
    Reconfigure,
    /// All of its hardware.
    Hardware,
    /// Its CPUs.
    Cpu,
    /// Its memory.
    Memory,
    /// Its disks.
    Disks,
    /// Its drives.
    Media,
    /// Its network cards, as hardware.
    Cards,
    /// Its serial ports.
    SerialPorts,
    /// Its network cards, as connections.
    Connections,
    /// How its guest is prepared.
    Guest,
    /// Its guest operating system.
    System,
    /// What can be added while it runs.
    Capabilities,
    /// How it starts.
    Boot,
    /// That it can run machines.
    EnableNested,
    /// That it can run no machines.
    DisableNested,
    /// The tools in its guest.
    Tools,
    /// What its products say.
    Products,
}

/// Those that are switched and take no document.
pub const SWITCHES: [Edit; 3] = [Edit::EnableNested, Edit::DisableNested, Edit::Tools];

/// Those that take a document.
pub const EDITS: [Edit; 15] = [
    Edit::Whole,
    Edit::Reconfigure,
    Edit::Hardware,
    Edit::Cpu,
    Edit::Memory,
    Edit::Disks,
    Edit::Media,
    Edit::Cards,
    Edit::SerialPorts,
    Edit::Connections,
    Edit::Guest,
    Edit::System,
    Edit::Capabilities,
    Edit::Boot,
    Edit::Products,
];

impl Edit {
    /// What is done there.
    #[must_use]
    pub const fn action(self) -> &'static Action {
        match self {
            Self::Whole => &WHOLE,
            Self::Reconfigure => &RECONFIGURE,
            Self::Hardware => &HARDWARE,
            Self::Cpu => &CPU,
            Self::Memory => &MEMORY,
            Self::Disks => &DISKS,
            Self::Media => &MEDIA,
            Self::Cards => &CARDS,
            Self::SerialPorts => &SERIAL_PORTS,
            Self::Connections => &CONNECTIONS,
            Self::Guest => &GUEST,
            Self::System => &SYSTEM,
            Self::Capabilities => &CAPABILITIES,
            Self::Boot => &BOOT,
            Self::EnableNested => &super::ENABLE_NESTED,
            Self::DisableNested => &super::DISABLE_NESTED,
            Self::Tools => &super::INSTALL_TOOLS,
            Self::Products => &PRODUCTS,
        }
    }
}

static WHOLE: Action = put("", Right::VAPP_EDIT_VM, media::VM);
static RECONFIGURE: Action = post("/action/reconfigureVm", Right::VAPP_EDIT_VM, media::VM).rel("reconfigureVm").since(ApiVersion::V5_1);
static HARDWARE: Action = put("/virtualHardwareSection", Right::VAPP_EDIT_VM, media::VIRTUAL_HARDWARE_SECTION);
static CPU: Action = put("/virtualHardwareSection/cpu", Right::VM_EDIT_CPU, media::RASD_ITEM);
static MEMORY: Action = put("/virtualHardwareSection/memory", Right::VM_EDIT_MEMORY, media::RASD_ITEM);
static DISKS: Action = put("/virtualHardwareSection/disks", Right::VM_EDIT_DISK, media::RASD_ITEMS_LIST);
static MEDIA: Action = put("/virtualHardwareSection/media", Right::VAPP_EDIT_VM, media::RASD_ITEMS_LIST);
static SERIAL_PORTS: Action = put("/virtualHardwareSection/serialPorts", Right::VAPP_EDIT_VM, media::RASD_ITEMS_LIST);
static CARDS: Action = put("/virtualHardwareSection/networkCards", Right::VM_EDIT_NETWORK, media::RASD_ITEMS_LIST);
static CONNECTIONS: Action = put("/networkConnectionSection", Right::VM_EDIT_NETWORK, media::NETWORK_CONNECTION_SECTION);
static GUEST: Action = put("/guestCustomizationSection", Right::VAPP_EDIT_VM, media::GUEST_CUSTOMIZATION_SECTION);
static SYSTEM: Action = put("/operatingSystemSection", Right::VAPP_EDIT_VM, media::OPERATING_SYSTEM_SECTION);
static CAPABILITIES: Action = put("/vmCapabilities", Right::VAPP_EDIT_VM, media::VM_CAPABILITIES).since(ApiVersion::V5_1);
/// The address is pyvcloud's, which has no other way to this.
static BOOT: Action = post("/action/bootOptions", Right::VM_BOOT, media::BOOT_OPTIONS).rel("edit").since(ApiVersion::V27_0);

const fn post(path: &'static str, right: Right, media: &'static str) -> Action {
    Action::post(Kind::Vm, path, Need::Right(right)).takes(media).when(power::usable)
}
static PRODUCTS: Action = product::edit(Kind::Vm, Need::Right(Right::VAPP_EDIT_VM)).when(power::usable);

const fn put(path: &'static str, right: Right, media: &'static str) -> Action {
    Action::put(Kind::Vm, path, Need::Right(right)).rel("edit").takes(media).when(power::usable)
}
