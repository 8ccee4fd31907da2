//! What is in the drives of machines. Invariant: a medium that goes is in no drive any more; whoever puts one in may see it.

use super::parent;
use crate::access::{self, admit_in};
use crate::lease::at_disposal;
use crate::vapp::named;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Entity, Head, Res, Status};
use vcdsim_model::family::media::{Media, READ};
use vcdsim_model::family::vm::{Drive, Drives, EJECT, INSERT, Vm};
use vcdsim_model::fault::excerpt;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_store::{EntityFilter, Reader, Tx};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// `vappInsertCdFloppy`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InsertMedia {
    /// The machine.
    pub vm: Uuid,
    /// The medium, which goes into the drive for its type.
    pub medium: Urn,
}

impl Operation for InsertMedia {
    const NAMES: &'static [Name] = &[Name::VappInsertCdFloppy];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let machine = admit_in::<Vm>(cx, &INSERT, self.vm).await?;
        at_disposal(&parent(cx.tx, &machine).await?)?;
        insertable(cx, self.medium, machine.head().org).await?;
        cx.lock(machine.urn()).await?;
        Ok(Subject::of(machine.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let medium = cx.tx.read().find::<Media>(self.medium.id).await?;
        let medium = medium.ok_or_else(|| Fault::invalid_reference("Media", &self.medium.to_string()))?;
        let drive = Drive::of_image(&medium.body().image_type);
        cx.tx.update_body::<Vm>(self.vm, |_, machine| machine.drives.put(drive, Some(self.medium.id))).await.map(drop)
    }
}

/// The medium that a request names, when the caller may put it into a machine of the organization.
pub(crate) async fn insertable(cx: &Prepare<'_, '_>, medium: Urn, org: Option<Uuid>) -> Result<Res<Media>, Fault> {
    let readable = cx.caller.is_none_or(|caller| READ.need.met_by(caller));
    let found = Res::<Media>::new(named(cx, "Media", medium).await?).filter(|_| readable);
    let found = found.ok_or_else(|| Fault::invalid_reference("Media", &medium.to_string()))?;
    found.entity().not_busy()?;
    let foreign = found.head().org != org;
    if !is_whole(found.entity()) || foreign && cx.caller.is_some_and(Caller::is_system_admin) {
        let why = if foreign { "belongs to another organization" } else { "is not there yet" };
        return Err(Fault::bad_request(format!("The medium \"{}\" {why}.", found.head().name)));
    }
    Ok(found)
}

/// `vappEjectCdFloppy`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EjectMedia {
    /// The machine.
    pub vm: Uuid,
    /// The medium; `None` for whatever is in its drives.
    pub medium: Option<Urn>,
}

impl EjectMedia {
    fn medium(&self) -> Option<Uuid> {
        self.medium.map(|medium| medium.id)
    }
}

impl Operation for EjectMedia {
    const NAMES: &'static [Name] = &[Name::VappEjectCdFloppy];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let machine = admit_in::<Vm>(cx, &EJECT, self.vm).await?;
        at_disposal(&parent(cx.tx, &machine).await?)?;
        if !{ machine.body().drives }.eject(self.medium()) {
            let what = self.medium.map_or_else(|| "No medium".to_owned(), |medium| format!("The medium {medium}"));
            let (verb, name) = (if self.medium.is_some() { "is not" } else { "is" }, &machine.head().name);
            return Err(Fault::bad_request(format!("{what} {verb} in a drive of the virtual machine \"{name}\".")));
        }
        cx.lock(machine.urn()).await?;
        Ok(Subject::of(machine.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let change = |_: &mut Head, machine: &mut Vm| {
            machine.drives.eject(self.medium());
        };
        cx.tx.update_body::<Vm>(self.vm, change).await.map(drop)
    }
}

fn is_whole(medium: &Entity) -> bool {
    medium.head.status == Status::Resolved
}

/// What a drive is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriveRequest {
    /// Which drive.
    pub drive: Drive,
    /// The medium; `None` for none.
    pub medium: Option<Uuid>,
}

impl DriveRequest {
    /// What is to be in the drives of a machine when each is to have the medium of that name, or with an empty name none. A name that the
    /// drive shows already means that it is left alone.
    ///
    /// # Errors
    /// 403 when the machine may not be seen, 400 for a name that no medium has which the caller sees and which fits the drive.
    pub async fn by_name(reader: &Reader<'_>, caller: &Caller, vm: Uuid, names: &[(Drive, String)]) -> Result<Vec<Self>, Fault> {
        let (machine, _) = access::visible(reader, caller, Urn::new(Kind::Vm, vm)).await?;
        let drives = machine.body::<Vm>().map(|vm| vm.drives).unwrap_or_default();
        let mut asked = Vec::new();
        for (drive, name) in names {
            let there = match drives.medium(*drive) {
                Some(id) => reader.find::<Media>(id).await?,
                None => None,
            };
            if there.is_some_and(|medium| medium.head().name == *name) {
                continue;
            }
            let medium = if name.is_empty() { None } else { Some(named_for(reader, caller, machine.head.org, *drive, name).await?) };
            asked.push(Self { drive: *drive, medium });
        }
        Ok(asked)
    }
}

/// The medium of that name that fits a drive; for the provider one of the machine's organization.
async fn named_for(reader: &Reader<'_>, caller: &Caller, org: Option<Uuid>, drive: Drive, name: &str) -> Result<Uuid, Fault> {
    let of_drive = |medium: &Entity| medium.body::<Media>().is_some_and(|body| Drive::of_image(&body.image_type) == drive);
    let within_reach = |medium: &Entity| medium.head.org == org || !caller.is_system_admin();
    let fits = |medium: &Entity| of_drive(medium) && within_reach(medium) && is_whole(medium) && medium.head.busy.is_none();
    let seen = if READ.need.met_by(caller) {
        access::list(reader, caller, EntityFilter::kind(Kind::Media).named(name)).await?
    } else {
        Vec::new()
    };
    let found = seen.iter().find(|medium| fits(medium)).map(|medium| medium.head.id);
    let unknown = || Fault::bad_request(format!("HostResource \"{}\" is the name of no medium that fits the drive.", excerpt(name)));
    found.ok_or_else(unknown)
}

/// The drives with what is asked for; a drive whose medium is gone by now stays as it is.
pub(super) async fn loaded(tx: &Tx<'_>, mut drives: Drives, asked: &[DriveRequest]) -> Result<Drives, Fault> {
    for request in asked {
        let gone = match request.medium {
            Some(id) => tx.read().find::<Media>(id).await?.is_none(),
            None => false,
        };
        if !gone {
            drives.put(request.drive, request.medium);
        }
    }
    Ok(drives)
}

/// Takes a medium that goes out of all drives. No guide says what becomes of a medium that is in one.
pub(crate) async fn vacate(tx: &mut Tx<'_>, medium: Uuid) -> Result<(), Fault> {
    let has = |machine: &Entity| machine.body::<Vm>().is_some_and(|vm| vm.drives.media().any(|id| id == medium));
    for machine in tx.read().list(EntityFilter::kind(Kind::Vm)).await?.into_iter().filter(|machine| has(machine)) {
        let eject = |vm: &mut Vm| {
            vm.drives.eject(Some(medium));
        };
        tx.update_kept::<Vm>(machine.head.id, eject).await?;
    }
    Ok(())
}
