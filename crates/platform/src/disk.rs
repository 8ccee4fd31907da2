//! Independent disks: making, changing, deleting, attaching and detaching them. Invariant: a disk takes storage of its profile from the moment it is asked for
//! until it is gone, attached or not.

mod attach;

pub(crate) use attach::release;
pub use attach::{AttachDisk, DetachDisk};

use crate::access::admit_in;
use crate::media::{Place, Site};
use crate::quota;
use crate::vapp::check_name;
use crate::vdc::MOST;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Draft, Head, Status};
use vcdsim_model::family::disk::{self, Bus, Disk};
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// `vdcCreateDisk`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateDisk {
    /// The VDC that it is to lie in.
    pub vdc: Uuid,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Its size in bytes.
    pub size: i64,
    /// What it is to hang on.
    pub bus: Bus,
    /// Where it lies; `None` leaves that to the VDC.
    pub storage_profile: Option<Urn>,
}

impl Operation for CreateDisk {
    const NAMES: &'static [Name] = &[Name::VdcCreateDisk];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let vdc = admit_in::<Vdc>(cx, &disk::CREATE, self.vdc).await?;
        check_name(&self.name)?;
        check_size(self.size)?;
        let site = Site::of(&cx.tx.read(), Place::Vdc(self.vdc), self.storage_profile).await?;
        let draft = Draft {
            id: cx.tx.id(),
            name: self.name.clone(),
            description: self.description.clone(),
            org: vdc.head().org,
            parent: Some(self.vdc),
            owner: Some(cx.by.user),
            status: Status::Unresolved,
            body: Disk { size: self.size, bus: self.bus.clone(), storage_profile: site.profile, attached_to: None },
        };
        let made = cx.create(draft).await?;
        quota::storage_fits(&cx.tx.read(), site.profile).await?;
        Ok(Subject::of(made.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        cx.tx.update_body::<Disk>(cx.task.owner.id, |head, _| head.status = Status::Resolved).await.map(drop)
    }
}

fn check_size(size: i64) -> Result<(), Fault> {
    if (1..=MOST.saturating_mul(1 << 20)).contains(&size) {
        return Ok(());
    }
    Err(Fault::bad_request("The size of a disk must be more than 0, and no more than storage profiles can have."))
}

/// `vdcUpdateDisk`; `None` leaves things as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateDisk {
    /// Which.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Its size in bytes.
    pub size: Option<i64>,
    /// The bus that the request names, which must be the one that the disk has.
    pub bus: Option<Bus>,
    /// Where it lies.
    pub storage_profile: Option<Urn>,
}

impl Operation for UpdateDisk {
    const NAMES: &'static [Name] = &[Name::VdcUpdateDisk];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let found = admit_in::<Disk>(cx, &disk::UPDATE, self.id).await?;
        check_name(&self.name)?;
        let (body, name) = (found.body(), &found.head().name);
        if self.bus.as_ref().is_some_and(|bus| *bus != body.bus) {
            return Err(Fault::bad_request(format!("The bus of the disk \"{name}\" cannot be changed.")));
        }
        let size = self.size.unwrap_or(body.size);
        check_size(size)?;
        if size < body.size {
            return Err(Fault::bad_request(format!("The disk \"{name}\" has {} bytes and cannot become smaller.", body.size)));
        }
        let profile = self.profile(cx, found.head()).await?.or(body.storage_profile);
        if body.attached_to.is_some() && (size, profile) != (body.size, body.storage_profile) {
            let message = format!("The disk \"{name}\" is attached: its size and storage profile cannot be changed until it is detached.");
            return Err(Fault::bad_request(message));
        }
        cx.lock(found.urn()).await?;
        Ok(Subject::of(found.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let before = cx.tx.read().get::<Disk>(self.id).await?;
        let change = |head: &mut Head, disk: &mut Disk| {
            head.name.clone_from(&self.name);
            head.description = self.description.clone().or(head.description.take());
            disk.size = self.size.unwrap_or(disk.size);
            disk.storage_profile = self.storage_profile.map(|urn| urn.id).or(disk.storage_profile);
        };
        let after = cx.tx.update_body::<Disk>(self.id, change).await?;
        if before.entity().storage() == after.entity().storage() {
            return Ok(());
        }
        quota::storage_fits(&cx.tx.read(), after.body().storage_profile).await
    }
}

impl UpdateDisk {
    /// The storage profile that is asked for, when the disk's VDC has it.
    async fn profile(&self, cx: &Prepare<'_, '_>, head: &Head) -> Result<Option<Uuid>, Fault> {
        if self.storage_profile.is_none() {
            return Ok(None);
        }
        let vdc = head.parent.ok_or_else(Fault::internal)?;
        Ok(Site::of(&cx.tx.read(), Place::Vdc(vdc), self.storage_profile).await?.profile)
    }
}

/// `vdcDeleteDisk`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteDisk {
    /// Which.
    pub id: Uuid,
}

impl Operation for DeleteDisk {
    const NAMES: &'static [Name] = &[Name::VdcDeleteDisk];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let found = admit_in::<Disk>(cx, &disk::DELETE, self.id).await?;
        cx.lock(found.urn()).await?;
        Ok(Subject::of(found.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        cx.tx.delete(Urn::new(Kind::Disk, self.id)).await
    }
}
