//! Files on their way out. Invariant: what was uploaded is sent as it came; for what nobody uploaded there is a descriptor, and blank disks
//! and images.

use crate::access::visible_id;
use crate::cloud::Cloud;
use crate::graph::{Depth, Graph};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::media::Media;
use vcdsim_model::family::vapp_template::DESCRIPTOR;
use vcdsim_model::family::vm::{Disk, Hardware};
use vcdsim_model::kind::Kind;
use vcdsim_model::right::Right;
use vcdsim_model::{Fault, FaultCode, blank};
use vcdsim_store::Blob;

/// How many bytes of a file are read at a time.
const READ: u64 = 256 << 10;

/// What is sent for a file.
#[derive(Debug)]
pub enum Sent {
    /// Its bytes.
    File(Sender),
    /// The descriptor of this template, which is still to be written.
    Descriptor(Box<Graph>),
}

/// A file on its way to a client.
#[derive(Debug)]
pub struct Sender {
    source: Source,
    at: u64,
    end: u64,
}

#[derive(Debug)]
enum Source {
    Stored(Blob),
    /// Its first bytes; all others are zeros.
    Made(Vec<u8>),
}

/// The disks of a machine with the names that their files have beside a descriptor.
pub fn packed_disks(machine: Uuid, hardware: &Hardware) -> impl Iterator<Item = (String, &Disk)> {
    (0..).zip(&hardware.disks).map(move |(number, disk): (usize, _)| (format!("vm-{machine}-disk-{number}.vmdk"), disk))
}

impl Cloud {
    /// Begins to send a file of a template or an image.
    ///
    /// # Errors
    /// 403 for what the caller may not download, 404 for a file that is not there or not enabled for download.
    pub async fn sender(&self, caller: &Caller, object: Uuid, name: &str) -> Result<Sent, Fault> {
        let (entity, _) = visible_id(&self.read(), caller, object).await?;
        if !caller.has(Right::TEMPLATE_DOWNLOAD) {
            return Err(Fault::denied());
        }
        let found = if entity.is_downloadable() { self.file(caller, &entity, name).await? } else { None };
        found.ok_or_else(|| Fault::new(FaultCode::NotFound, "No such file can be downloaded; the link enable makes files ready."))
    }

    async fn file(&self, caller: &Caller, entity: &Arc<Entity>, name: &str) -> Result<Option<Sent>, Fault> {
        let stored = |of: Uuid, index: usize, size: u64| {
            Ok(Some(Sent::File(Sender::new(Source::Stored(self.store().blobs().file(of, index)?), size))))
        };
        if !entity.files().is_empty() {
            let known = entity.files().iter().position(|file| file.name == name);
            return known.map_or(Ok(None), |index| stored(entity.head.id, index, entity.files()[index].bytes()));
        }
        if let Some(media) = entity.body::<Media>() {
            let size = u64::try_from(media.size).unwrap_or_default();
            let head = if media.image_type == "iso" { blank::disc(size) } else { Vec::new() };
            return Ok((name == vcdsim_model::transfer::IMAGE).then(|| Sent::File(Sender::new(Source::Made(head), size))));
        }
        let graph = Graph::load(&self.read(), caller, Arc::clone(entity), Depth::Whole).await?;
        if name == DESCRIPTOR {
            return Ok(Some(Sent::Descriptor(Box::new(graph))));
        }
        for machine in graph.children_of(Kind::TemplateVm) {
            let id = machine.entity.head.id;
            let hardware = machine.entity.hardware().ok_or_else(Fault::internal)?;
            let Some((_, disk)) = packed_disks(id, hardware).find(|(known, _)| known == name) else { continue };
            return match disk.content {
                Some(content) => stored(id, disk.file(), content.size),
                None => Ok(Some(Sent::File(Sender::made(blank::disk(disk.size_mb))))),
            };
        }
        Ok(None)
    }
}

impl Sender {
    fn new(source: Source, size: u64) -> Self {
        Self { source, at: 0, end: size }
    }

    /// Sends these bytes.
    #[must_use]
    pub fn made(bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        Self::new(Source::Made(bytes), size)
    }

    /// How many bytes are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.end - self.at
    }

    /// Sends no more than the bytes from `from` up to `to`, of those that are left.
    pub fn narrow(&mut self, from: u64, to: u64) {
        (self.at, self.end) = ((self.at + from).min(self.end), (self.at + to).min(self.end));
    }

    /// The next bytes; `None` after the last.
    ///
    /// # Errors
    /// When the file system refuses, or the file ends too early.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        if self.at >= self.end {
            return Ok(None);
        }
        let wanted = usize::try_from(self.left().min(READ)).map_err(|_never| Fault::internal())?;
        let bytes = match &self.source {
            Source::Stored(blob) => blob.read_at(self.at, wanted).await?,
            Source::Made(bytes) => {
                let from = usize::try_from(self.at).unwrap_or(usize::MAX).min(bytes.len());
                let mut bytes = bytes[from..bytes.len().min(from + wanted)].to_vec();
                bytes.resize(wanted, 0);
                bytes
            }
        };
        if bytes.is_empty() {
            return Err(Fault::internal());
        }
        self.at += bytes.len() as u64;
        Ok(Some(bytes))
    }
}
