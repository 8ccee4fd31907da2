//! Independent disks. Invariant: a disk that is attached names its machine, and that machine names the disk.

use super::vdc::into_vdc;
use super::vm::Vm;
use crate::action::{Action, LinkRule, Need};
use crate::entity::{Body, Entity};
use crate::fault::{Fault, excerpt};
use crate::hardware::{self, Adapter};
use crate::id::Urn;
use crate::kind::{Kind, View};
use crate::media;
use crate::power::resolved;
use crate::right::Right;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A disk of a VDC, which lives whether or not a machine has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// Size in bytes.
    pub size: i64,
    /// What it is attached to.
    pub bus: Bus,
    /// Where it lies.
    pub storage_profile: Option<Uuid>,
    /// The machine that has it.
    #[serde(default)]
    pub attached_to: Option<Uuid>,
}

impl Disk {
    /// Its size in MB, rounded up.
    #[must_use]
    pub fn size_mb(&self) -> i64 {
        self.size.max(0).unsigned_abs().div_ceil(1 << 20).cast_signed()
    }
}

/// A kind of controller that disks hang on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bus {
    /// CIM's number: 5 is IDE, 6 is SCSI, 20 is SATA.
    pub number: i32,
    /// As in `lsilogic`; empty for IDE.
    pub sub_type: String,
}

/// CIM's number of IDE.
pub const IDE: i32 = 5;
/// CIM's number of SCSI.
pub const SCSI: i32 = 6;
/// CIM's number of SATA.
pub const SATA: i32 = 20;

/// The subtypes of each bus, the one that a disk has when it names none first.
const BUSES: [(i32, &[&str]); 3] =
    [(SCSI, &["lsilogic", "buslogic", "lsilogicsas", "VirtualSCSI"]), (IDE, &[""]), (SATA, &["vmware.sata.ahci"])];

impl Bus {
    /// The bus that a request names; without a number it is SCSI.
    ///
    /// # Errors
    /// 400 for a bus that there is not.
    pub fn named(number: Option<&str>, sub_type: Option<&str>) -> Result<Self, Fault> {
        let asked = number.map(str::trim).filter(|number| !number.is_empty()).unwrap_or("6");
        let known = BUSES.iter().find(|(number, _)| number.to_string() == asked);
        let unknown = || Fault::bad_request(format!("busType must be 5 (IDE), 6 (SCSI) or 20 (SATA), not \"{}\".", excerpt(asked)));
        let (number, known) = known.ok_or_else(unknown)?;
        let found = match sub_type.map(str::trim).filter(|name| !name.is_empty()) {
            None => known.first(),
            Some(name) => known.iter().find(|known| known.eq_ignore_ascii_case(name)),
        };
        let wrong = || {
            let all = known.join(", ");
            Fault::bad_request(format!("busSubType \"{}\" is none of busType {number}: {all}.", excerpt(sub_type.unwrap_or_default())))
        };
        Ok(Self { number: *number, sub_type: (*found.ok_or_else(wrong)?).to_owned() })
    }

    /// What query records call it.
    #[must_use]
    pub fn description(&self) -> &'static str {
        self.adapter().name
    }
}

/// An independent disk of a machine, and where the machine has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The disk.
    pub disk: Uuid,
    /// The kind of bus.
    pub kind: Bus,
    /// Which bus of that kind.
    pub bus: i32,
    /// The place on it.
    pub unit: i32,
    /// The number of its hardware item.
    pub instance: i32,
}

impl Bus {
    /// Its controllers.
    #[must_use]
    pub fn adapter(&self) -> &'static Adapter {
        match (self.number, self.sub_type.as_str()) {
            (IDE, _) => &hardware::IDE,
            (SATA, _) => &hardware::SATA,
            (_, "buslogic") => &hardware::BUS_LOGIC,
            (_, "lsilogicsas") => &hardware::LSI_LOGIC_SAS,
            (_, "VirtualSCSI") => &hardware::PARAVIRTUAL,
            _ => &hardware::LSI_LOGIC,
        }
    }

    /// The number that vCenter gives an item in this place.
    const fn instance(&self, bus: i32, unit: i32) -> i32 {
        match self.number {
            IDE => 3_000 + 2 * bus + unit,
            SATA => 16_000 + 30 * bus + unit,
            _ => 2_000 + 16 * bus + unit,
        }
    }
}

/// A place of a machine: kind of bus, its controller's subtype, which bus, which unit.
type Taken<'a> = (i32, &'a str, i32, i32);

/// Where a machine has room for a disk: on the bus and the unit that are asked for, or the first that are free. The unit counts only with
/// the bus. All that hangs on one SCSI bus hangs on one controller.
///
/// # Errors
/// 400 for a place that there is not or that is taken, and for a machine without room.
pub fn place(machine: &Vm, disk: Uuid, kind: &Bus, asked: Option<(i32, Option<i32>)>) -> Result<Attached, Fault> {
    // The CD drive has the first place of IDE.
    let mut taken: Vec<Taken<'_>> = vec![(IDE, "", 0, 0)];
    taken.extend(machine.hardware.disks.iter().map(|disk| (disk.bus_type, disk.bus_sub_type.as_str(), disk.bus, disk.unit)));
    taken.extend(machine.attached.iter().map(|other| (other.kind.number, other.kind.sub_type.as_str(), other.bus, other.unit)));
    let adapter = kind.adapter();
    let same = |(number, name, bus, _): &Taken<'_>, at: i32| {
        *number == kind.number && *bus == at && (*number != SCSI || name.eq_ignore_ascii_case(&kind.sub_type))
    };
    let fits = |at: i32| taken.iter().filter(|(number, _, bus, _)| (*number, *bus) == (kind.number, at)).all(|other| same(other, at));
    let free = |at: i32, unit: i32| !taken.iter().any(|(number, _, bus, there)| (*number, *bus, *there) == (kind.number, at, unit));
    let units = || adapter.units.iter().flat_map(|(first, last)| *first..=*last);
    let all = (0..adapter.buses).filter(|bus| fits(*bus)).flat_map(|bus| units().map(move |unit| (bus, unit)));
    let wanted = |(bus, unit): &(i32, i32)| asked.is_none_or(|(on, at)| on == *bus && at.is_none_or(|at| at == *unit));
    let found = all.filter(wanted).find(|(bus, unit)| free(*bus, *unit));
    let Some((bus, unit)) = found else {
        let at = asked.map_or_else(String::new, |(bus, unit)| {
            format!(" on bus {bus}{}", unit.map_or_else(String::new, |unit| format!(" as unit {unit}")))
        });
        return Err(Fault::bad_request(format!("The virtual machine has no free place for a disk of {}{at}.", kind.description())));
    };
    let numbers = || machine.hardware.disks.iter().map(|disk| disk.instance).chain(machine.attached.iter().map(|other| other.instance));
    let instance = (kind.instance(bus, unit)..).find(|number| !numbers().any(|other| other == *number)).unwrap_or_default();
    Ok(Attached { disk, kind: kind.clone(), bus, unit, instance })
}

/// Gives a machine a disk. No guide names the right; this is the one that changes a machine's disks.
pub const ATTACH: Action = hang("/disk/action/attach").rel("disk:attach");
/// Takes a disk from a machine.
pub const DETACH: Action = hang("/disk/action/detach").rel("disk:detach");

const fn hang(path: &'static str) -> Action {
    let action = Action::post(Kind::Vm, path, Need::Right(Right::VM_EDIT_DISK)).takes(media::DISK_ATTACH_OR_DETACH_PARAMS);
    action.when(resolved).since(ApiVersion::V5_1)
}

/// Reads it.
pub const READ: Action = Action::read(Kind::Disk, View::User, Need::Right(Right::DISK_VIEW)).since(ApiVersion::V5_1);
/// Makes one in a VDC.
pub const CREATE: Action = into_vdc("/disk", Right::DISK_CREATE, media::DISK_CREATE_PARAMS).since(ApiVersion::V5_1);
/// Changes name, description, size and storage profile.
pub const UPDATE: Action =
    Action::put(Kind::Disk, "", Need::Right(Right::DISK_EDIT)).rel("edit").takes(media::DISK).when(resolved).since(ApiVersion::V5_1);
/// Deletes it.
pub const DELETE: Action = Action::delete(Kind::Disk, Need::Right(Right::DISK_DELETE)).when(detached).since(ApiVersion::V5_1);
/// Reads whose it is.
pub const READ_OWNER: Action = READ.at("/owner");
/// Gives it to another user.
pub const CHANGE_OWNER: Action =
    Action::put(Kind::Disk, "/owner", Need::Right(Right::DISK_CHANGE_OWNER)).rel("edit").takes(media::OWNER).since(ApiVersion::V5_1);
/// Reads which machines have it. Recorded for a disk that is there, not for one that is being made.
pub const READ_ATTACHED: Action = READ.at("/attachedVms").rel("down").takes(media::VMS).when(resolved);

/// Lets nothing happen that a machine which has the disk would notice.
fn detached(disk: &Entity) -> Result<(), Fault> {
    match &disk.body {
        Body::Disk(Disk { attached_to: Some(_), .. }) => {
            Err(Fault::bad_request(format!("The disk \"{}\" is attached to a virtual machine; detach it first.", disk.head.name)))
        }
        _ => Ok(()),
    }
}

/// The links of its documents, in their order.
pub const LINKS: &[LinkRule] = &[
    LinkRule::object("up", View::User, |disk| disk.head.parent.map(|id| Urn::new(Kind::Vdc, id))),
    LinkRule::action(&DELETE),
    LinkRule::action(&UPDATE),
    LinkRule::below("down", "/owner", media::OWNER),
    LinkRule::action(&READ_ATTACHED),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machines_own_disks_keep_their_places() {
        let mut machine = crate::snapshot::tests::machine();
        let second = Bus::named(Some("6"), Some("lsilogic")).unwrap();
        let at = |machine: &Vm, asked| place(machine, Uuid::nil(), &second, asked).map(|found| (found.bus, found.unit));
        assert_eq!(at(&machine, None).unwrap(), (0, 1), "its own disk has the first unit");
        assert_eq!(at(&machine, Some((1, Some(0)))).unwrap(), (1, 0));
        machine.hardware.disks[0].bus = 1;
        assert_eq!(at(&machine, None).unwrap(), (0, 0));
        assert!(at(&machine, Some((1, Some(0)))).is_err(), "there is its own disk now");
    }

    #[test]
    fn a_bus_has_its_subtypes_and_no_others() {
        let named = |number, sub_type| Bus::named(number, sub_type).map(|bus| (bus.number, bus.sub_type));
        assert_eq!(named(None, None).unwrap(), (6, "lsilogic".to_owned()));
        assert_eq!(named(Some("6"), Some("virtualscsi")).unwrap(), (6, "VirtualSCSI".to_owned()));
        assert_eq!(named(Some("5"), Some("")).unwrap(), (5, String::new()));
        assert_eq!(named(Some("20"), None).unwrap(), (20, "vmware.sata.ahci".to_owned()));
        assert!(named(Some("5"), Some("lsilogic")).is_err() && named(Some("7"), None).is_err() && named(Some("20"), Some("x")).is_err());
    }
}
