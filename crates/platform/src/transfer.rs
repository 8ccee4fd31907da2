//! The transfer area: files on their way into templates and images, and out of them and of vApps. Invariant: bytes are on disk before they are noted as received, so
//! that what a client was told is there after a crash.

mod download;
mod manifest;
mod package;

pub use download::{PACKAGE, Sender, Sent, packed_disks, packed_machines};

use crate::access::{admit_in, visible_id};
use crate::catalog_item::item_of;
use crate::change::Change;
use crate::cloud::Cloud;
use crate::vapp::lock_whole;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::action::Action;
use vcdsim_model::caller::{AccessLevel, Caller};
use vcdsim_model::entity::{Entity, Res, Status};
use vcdsim_model::family::media::{self, Media};
use vcdsim_model::family::vapp::{self, VApp};
use vcdsim_model::family::vapp_template::{self, DESCRIPTOR, VAppTemplate};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::manifest::MANIFEST;
use vcdsim_model::operation;
use vcdsim_model::right::Right;
use vcdsim_model::transfer::{TransferFile, percent};
use vcdsim_model::{Fault, FaultCode};
use vcdsim_store::{Blob, Command, Reader, Tx};
use vcdsim_task_engine::{Engine, ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// How many bytes are written before they are noted: what a dropped connection may cost, and how often progress moves.
const NOTE_EVERY: u64 = 4 << 20;

/// How long a file may be whose size nobody has said, and one that is read as a whole: a descriptor, a manifest.
const MOST_UNTOLD: u64 = 4 << 20;

/// The part of a file that a request brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its first byte.
    pub from: u64,
    /// The byte after its last one.
    pub to: u64,
    /// The size of the whole file, as the client says.
    pub total: u64,
}

/// A part on its way.
#[derive(Debug)]
pub struct Receiver {
    engine: Engine,
    entity: Arc<Entity>,
    index: usize,
    blob: Blob,
    /// Up to where bytes are noted.
    noted: u64,
    /// Up to where bytes are written.
    at: u64,
    /// Where the part ends, or would at the latest.
    end: u64,
    /// The size of the file; `None` when it ends where the body does.
    size: Option<u64>,
}

impl Cloud {
    /// Begins to receive a part of a file, or all of it.
    ///
    /// # Errors
    /// 403 for what the caller may not upload to, 404 for a file that is not awaited, 400 for a part that the file cannot have.
    pub async fn receiver(&self, caller: &Caller, object: Uuid, name: &str, part: Option<Part>) -> Result<Receiver, Fault> {
        let (entity, level) = visible_id(&self.read(), caller, object).await?;
        if level < AccessLevel::Change || !caller.has(Right::TEMPLATE_CREATE) {
            return Err(Fault::denied());
        }
        let awaited = entity.files().iter().position(|file| file.name == name);
        let (Some(index), Some(_)) = (awaited, uploading(&self.read(), &entity).await?) else {
            return Err(Fault::new(FaultCode::NotFound, "No such file is awaited; GET the template or media for those that are."));
        };
        let (from, end) = bounds(&entity.files()[index], part)?;
        let blob = self.store().blobs().file(object, index)?;
        let size = entity.files()[index].size.or(part.map(|part| part.total));
        Ok(Receiver { engine: self.engine().clone(), entity, index, blob, noted: from, at: from, end, size })
    }

    /// The descriptor of a template, once all of it has come and as long as it was not understood.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn undescribed(&self, object: Uuid) -> Result<Option<Vec<u8>>, Fault> {
        let Some(template) = self.read().find::<VAppTemplate>(object).await? else { return Ok(None) };
        let body = template.body();
        match body.files.as_slice() {
            [descriptor] if descriptor.is_whole() && body.planned.is_empty() => {
                let length = usize::try_from(descriptor.bytes()).unwrap_or(usize::MAX);
                self.store().blobs().file(object, 0)?.read_at(0, length).await.map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// The task that waits for the files of a template or an image; `None` for what is not being uploaded, as a copy that is not there yet.
pub(crate) async fn uploading(reader: &Reader<'_>, entity: &Entity) -> Result<Option<Uuid>, Fault> {
    let (Status::Unresolved, Some(id)) = (entity.head.status, entity.head.busy) else { return Ok(None) };
    Ok(reader.task(id).await?.filter(|task| task.operation.receives()).map(|task| task.id))
}

/// Where a part begins and ends.
fn bounds(file: &TransferFile, part: Option<Part>) -> Result<(u64, u64), Fault> {
    match (part, file.size) {
        (None, size) => Ok((0, size.unwrap_or(MOST_UNTOLD))),
        (Some(part), None) if part.total > MOST_UNTOLD && [DESCRIPTOR, MANIFEST].contains(&file.name.as_str()) => {
            Err(Fault::bad_request(format!("The file \"{}\" may have at most {MOST_UNTOLD} bytes.", file.name)))
        }
        (Some(Part { from, to, total }), size) if size.unwrap_or(total) == total && from < to && to <= total => Ok((from, to)),
        (Some(Part { from, to, total }), size) => {
            let (last, size) = (to.saturating_sub(1), size.unwrap_or(total));
            Err(Fault::bad_request(format!("Content-Range {from}-{last}/{total} is no part of the file, whose size is {size}.")))
        }
    }
}

impl Receiver {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// 400 for more bytes than the part has.
    pub async fn take(&mut self, chunk: impl AsRef<[u8]> + Send + 'static) -> Result<(), Fault> {
        let length = chunk.as_ref().len() as u64;
        if self.at + length > self.end {
            return Err(Fault::bad_request(format!("The body is too long: the part ends at byte {}.", self.end)));
        }
        // What is whole may have become part of something else: it is taken as it is, and bytes that come again are left aside.
        if !self.awaited().await?.is_whole() {
            self.blob.write_at(self.at, chunk).await?;
        }
        self.at += length;
        if self.at - self.noted >= NOTE_EVERY { self.note().await } else { Ok(()) }
    }

    /// The file as it stands now.
    async fn awaited(&self) -> Result<TransferFile, Fault> {
        let reader = self.engine.store().read();
        let current = reader.entity(self.entity.urn()).await?.ok_or_else(|| Fault::no_access(self.entity.urn()))?;
        same_file(&current, &self.entity, self.index).cloned()
    }

    /// Notes what has come, and that nothing more will.
    ///
    /// # Errors
    /// 400 when bytes are missing; those that came are kept.
    pub async fn finish(mut self) -> Result<(), Fault> {
        if self.size.is_none() {
            (self.size, self.end) = (Some(self.at), self.at);
        }
        self.note().await?;
        if self.at < self.end {
            let message = format!("The body is too short: {} byte(s) are missing; those that came are kept.", self.end - self.at);
            return Err(Fault::bad_request(message));
        }
        Ok(())
    }

    async fn note(&mut self) -> Result<(), Fault> {
        let (from, to) = (self.noted, self.at);
        self.noted = self.at;
        let (engine, of) = (self.engine.clone(), Arc::clone(&self.entity));
        self.engine.store().write(Arrived { engine, of, index: self.index, size: self.size, from, to }).await
    }
}

fn ended() -> Fault {
    Fault::bad_request("The upload has ended, or has begun again; nothing more is taken.")
}

/// The file with this number, when it is still the one that it was.
fn same_file<'a>(current: &'a Entity, was: &Entity, index: usize) -> Result<&'a TransferFile, Fault> {
    let then = was.files().get(index);
    let now = current.files().get(index).filter(|now| then.is_some_and(|then| then.name == now.name));
    now.filter(|now| then.is_some_and(|then| then.size.is_none() || then.size == now.size)).ok_or_else(ended)
}

/// Notes a stretch of a file as received.
struct Arrived {
    engine: Engine,
    of: Arc<Entity>,
    index: usize,
    size: Option<u64>,
    from: u64,
    to: u64,
}

impl Command for Arrived {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let urn = self.of.urn();
        let current = tx.read().entity(urn).await?.ok_or_else(|| Fault::no_access(urn))?;
        let task = uploading(&tx.read(), &current).await?.ok_or_else(ended)?;
        if same_file(&current, &self.of, self.index)?.is_whole() {
            return self.engine.nudge(tx, task, percent(current.files())).await;
        }
        let receive = |entity: &mut Entity| {
            if let Some(file) = entity.files_mut().get_mut(self.index) {
                file.receive(self.from, self.to);
                file.size = file.size.or(self.size);
            }
            entity.doubt_manifest();
        };
        let entity = tx.update(urn, receive).await?;
        self.engine.nudge(tx, task, percent(entity.files())).await
    }
}

/// `vdcEnableDownload`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnableDownload {
    /// A template, an image or a vApp.
    pub target: Urn,
}

impl Operation for EnableDownload {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::VdcEnableDownload];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        match self.target.kind {
            Kind::VApp => {
                let vapp = admit_in::<VApp>(cx, &vapp::ENABLE_DOWNLOAD, self.target.id).await?;
                lock_whole(cx, self.target.id).await?;
                return Ok(Subject::of(vapp.head()));
            }
            Kind::Media => drop(admit_in::<Media>(cx, &media::ENABLE_DOWNLOAD, self.target.id).await?),
            _ => drop(admit_in::<VAppTemplate>(cx, &vapp_template::ENABLE_DOWNLOAD, self.target.id).await?),
        }
        let target = cx.lock(self.target).await?;
        if let Some(item) = item_of(&target) {
            cx.lock(item).await?;
        }
        Ok(Subject::of(&target.head))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let now = cx.tx.now();
        let enabled = |entity: &mut Entity| {
            entity.set_downloadable(true);
            if entity.head.kind != Kind::VApp {
                entity.begin_lease(now);
            }
        };
        cx.tx.update(self.target, enabled).await.map(drop)
    }
}

/// The end of what [`EnableDownload`] did to a template.
#[derive(Debug, Clone, Copy)]
pub struct DisableTemplateDownload;

impl Change for DisableTemplateDownload {
    type Of = VAppTemplate;
    const ACTION: &'static Action = &vapp_template::DISABLE_DOWNLOAD;
    const EVENT: &'static str = "vappTemplate/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<VAppTemplate>) -> Result<Urn, Fault> {
        tx.update(of.urn(), |entity| entity.set_downloadable(false)).await.map(|entity| entity.urn())
    }
}

/// The end of what [`EnableDownload`] did to a vApp.
#[derive(Debug, Clone, Copy)]
pub struct DisableVAppDownload;

impl Change for DisableVAppDownload {
    type Of = VApp;
    const ACTION: &'static Action = &vapp::DISABLE_DOWNLOAD;
    const EVENT: &'static str = "vapp/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<VApp>) -> Result<Urn, Fault> {
        tx.update(of.urn(), |entity| entity.set_downloadable(false)).await.map(|entity| entity.urn())
    }
}

/// The end of what [`EnableDownload`] did to an image.
#[derive(Debug, Clone, Copy)]
pub struct DisableMediaDownload;

impl Change for DisableMediaDownload {
    type Of = Media;
    const ACTION: &'static Action = &media::DISABLE_DOWNLOAD;
    const EVENT: &'static str = "media/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<Media>) -> Result<Urn, Fault> {
        tx.update(of.urn(), |entity| entity.set_downloadable(false)).await.map(|entity| entity.urn())
    }
}
