//! What is done to a machine beside editing it: its generation, its place, its storage, its guest. Invariant: what became of it is kept here
//! and changes nothing about what the machine is made of, but for the generation.

use super::Vm;
use crate::action::{Action, Need};
use crate::clock::{Time, after_millis};
use crate::entity::{Entity, Status};
use crate::fault::Fault;
use crate::hardware::Generation;
use crate::kind::{Kind, View};
use crate::media;
use crate::power::{in_status, resolved};
use crate::right::Right;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What became of a machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upkeep {
    /// The datastore on which its disks lie, once it was moved there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datastore: Option<Uuid>,
    /// Whether it can run machines itself.
    #[serde(default)]
    pub nested: bool,
    /// What the last check of its storage found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compliance: Option<Compliance>,
    /// The last preparation of its guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preparation: Option<Preparation>,
}

/// A preparation of a guest, which takes some seconds after its machine was powered on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preparation {
    /// When it began.
    pub started: Time,
}

impl Preparation {
    /// How long it takes.
    const MILLIS: i64 = 5_000;

    /// Whether it goes on at `now`.
    #[must_use]
    pub fn goes_on(&self, now: Time) -> bool {
        now < after_millis(self.started, Self::MILLIS)
    }
}

/// What a check of a machine's storage found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compliance {
    /// Whether everything lies on storage profiles that its VDC has and that may be used.
    pub compliant: bool,
    /// When that was.
    pub checked: Time,
}

/// Joins the disks that a machine of a template shares with others.
pub const CONSOLIDATE: Action = maintain(Kind::TemplateVm, "/action/consolidate").rel("consolidate");
/// Moves a machine of a template to another datastore.
pub const RELOCATE: Action = maintain(Kind::TemplateVm, "/action/relocate").rel("relocate").takes(media::RELOCATE_VM_PARAMS);
/// Joins the disks that a machine shares with others.
pub const CONSOLIDATE_VM: Action = maintain(Kind::Vm, "/action/consolidate").rel("consolidate");
/// Moves a machine to another datastore.
pub const RELOCATE_VM: Action = maintain(Kind::Vm, "/action/relocate").rel("relocate").takes(media::RELOCATE_VM_PARAMS);
/// Makes it one of the newest generation that its VDC has. No guide names the right of this and the ones below.
pub const UPGRADE: Action = on_vm("/action/upgradeHardwareVersion").rel("upgrade").when(upgradable);
/// Has its guest prepared when it is powered on next.
pub const CUSTOMIZE: Action =
    on_vm("/action/customizeAtNextPowerOn").rel("customizeAtNextPowerOn").when(customizable).since(ApiVersion::V5_6);
/// Installs the tools in its guest.
pub const INSTALL_TOOLS: Action = on_vm("/action/installVMwareTools").rel("installVmwareTools").when(running);
/// Lets it run machines itself.
pub const ENABLE_NESTED: Action = on_vm("/action/enableNestedHypervisor").rel("enable").when(can_nest).since(ApiVersion::V5_1);
/// Takes that back.
pub const DISABLE_NESTED: Action = on_vm("/action/disableNestedHypervisor").rel("disable").when(nests).since(ApiVersion::V5_1);
/// Checks its storage.
pub const CHECK_COMPLIANCE: Action = Action::post(Kind::Vm, "/action/checkCompliance", Need::Right(Right::VM_CHECK_COMPLIANCE))
    .rel("checkCompliance")
    .when(resolved)
    .since(ApiVersion::V5_1);
/// Reads what the last check found.
pub const READ_COMPLIANCE: Action =
    Action::read(Kind::Vm, View::User, Need::Right(Right::VM_CHECK_COMPLIANCE)).at("/complianceResult").since(ApiVersion::V5_1);

const fn maintain(kind: Kind, path: &'static str) -> Action {
    Action::post(kind, path, Need::Right(Right::VM_MAINTAIN)).when(resolved)
}

const fn on_vm(path: &'static str) -> Action {
    Action::post(Kind::Vm, path, Need::Right(Right::VAPP_EDIT_VM))
}

fn upgradable(entity: &Entity) -> Result<(), Fault> {
    in_status(entity, "upgraded", &[Status::PoweredOff])
}

fn running(entity: &Entity) -> Result<(), Fault> {
    in_status(entity, "given the tools", &[Status::PoweredOn])
}

fn refused(entity: &Entity, why: &str) -> Fault {
    Fault::bad_request(format!("Virtual Machine \"{}\" {why}.", entity.head.name))
}

fn customizable(entity: &Entity) -> Result<(), Fault> {
    resolved(entity)?;
    let enabled = entity.body::<Vm>().is_some_and(|vm| vm.guest.enabled);
    if enabled { Ok(()) } else { Err(refused(entity, "is not prepared at all: enable that in its GuestCustomizationSection first")) }
}

fn switchable(entity: &Entity) -> Result<&Vm, Fault> {
    in_status(entity, "given other abilities", &[Status::PoweredOff])?;
    entity.body::<Vm>().ok_or_else(Fault::internal)
}

fn can_nest(entity: &Entity) -> Result<(), Fault> {
    let vm = switchable(entity)?;
    let version = &vm.hardware.version;
    match (vm.upkeep.nested, Generation::named(version).is_none_or(Generation::nested)) {
        (true, _) => Err(refused(entity, "can run machines already")),
        (_, false) => Err(refused(entity, &format!("is one of {version}, which cannot run machines"))),
        _ => Ok(()),
    }
}

fn nests(entity: &Entity) -> Result<(), Fault> {
    if switchable(entity)?.upkeep.nested { Ok(()) } else { Err(refused(entity, "cannot run machines as it is")) }
}
