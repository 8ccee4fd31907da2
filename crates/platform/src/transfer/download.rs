//! Files on their way out. Invariant: what was uploaded is sent as it came; for what nobody uploaded there is a descriptor, and blank disks
//! and images.

use super::package::{self, Entry};
use crate::access::visible_id;
use crate::cloud::Cloud;
use crate::graph::{Depth, Graph};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::blank::{self, Part};
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::media::Media;
use vcdsim_model::family::vapp_template::DESCRIPTOR;
use vcdsim_model::family::vm::{Disk, Hardware};
use vcdsim_model::kind::Kind;
use vcdsim_model::{Fault, FaultCode, transfer};
use vcdsim_store::Blob;

/// How many bytes of a file are read at a time.
const READ: u64 = 256 << 10;

/// What is sent for a file.
#[derive(Debug)]
pub enum Sent {
    /// Its bytes.
    File(Sender),
    /// The descriptor of this template or vApp, which is still to be written.
    Descriptor(Box<Graph>),
    /// The same with all that it refers to, in one file: [`Cloud::package`] makes it when the descriptor is written.
    Package(Box<Graph>),
}

/// A file on its way to a client.
#[derive(Debug)]
pub struct Sender {
    pieces: Vec<Piece>,
    at: u64,
    end: u64,
}

/// A stretch of a file.
#[derive(Debug)]
pub(super) struct Piece {
    source: Source,
    pub(super) size: u64,
}

#[derive(Debug)]
enum Source {
    Stored(Blob),
    /// Its first bytes; all others are zeros.
    Made(Vec<u8>),
}

impl Piece {
    pub(super) const fn made(bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        Self { source: Source::Made(bytes), size }
    }

    pub(super) const fn zeros(size: u64) -> Self {
        Self { source: Source::Made(Vec::new()), size }
    }

    fn blank(size_mb: i64) -> Vec<Self> {
        blank::disk(size_mb).into_iter().map(|Part { bytes, size }| Self { source: Source::Made(bytes), size }).collect()
    }

    /// At most `wanted` bytes from `at` on.
    async fn read(&self, at: u64, wanted: u64) -> Result<Vec<u8>, Fault> {
        let wanted = usize::try_from(wanted.min(self.size - at)).map_err(|_never| Fault::internal())?;
        match &self.source {
            Source::Stored(blob) => blob.read_at(at, wanted).await,
            Source::Made(bytes) => {
                let from = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                let mut bytes = bytes[from..bytes.len().min(from + wanted)].to_vec();
                bytes.resize(wanted, 0);
                Ok(bytes)
            }
        }
    }
}

/// The name of a package in one file among the files of a vApp.
pub const PACKAGE: &str = "package.ova";

/// The machines of a template or a vApp that a package of it has: those that are there.
pub fn packed_machines(whole: &Graph) -> impl Iterator<Item = (&Graph, &Hardware)> {
    let made = whole.children.iter().filter(|machine| machine.entity.head.status.is_made());
    made.filter_map(|machine| Some((machine, machine.entity.hardware()?)))
}

/// The disks of a machine with the names that their files have beside a descriptor.
pub fn packed_disks(machine: Uuid, hardware: &Hardware) -> impl Iterator<Item = (String, &Disk)> {
    (0..).zip(&hardware.disks).map(move |(number, disk): (usize, _)| (format!("vm-{machine}-disk-{number}.vmdk"), disk))
}

impl Cloud {
    /// Begins to send a file of a template, an image or a vApp.
    ///
    /// # Errors
    /// 403 for what the caller may not download, 404 for a file that is not there or not enabled for download.
    pub async fn sender(&self, caller: &Caller, object: Uuid, name: &str) -> Result<Sent, Fault> {
        let (entity, _) = visible_id(&self.read(), caller, object).await?;
        if !caller.has(transfer::right(entity.head.kind)) {
            return Err(Fault::denied());
        }
        let found = if entity.is_downloadable() { self.file(caller, &entity, name).await? } else { None };
        found.ok_or_else(|| Fault::new(FaultCode::NotFound, "No such file can be downloaded; the link enable makes files ready."))
    }

    async fn file(&self, caller: &Caller, entity: &Arc<Entity>, name: &str) -> Result<Option<Sent>, Fault> {
        let sent = |pieces: Vec<Piece>| Some(Sent::File(Sender::of(pieces)));
        if !entity.files().is_empty() {
            let Some(index) = entity.files().iter().position(|file| file.name == name) else { return Ok(None) };
            return Ok(sent(vec![self.stored(entity.head.id, index, entity.files()[index].bytes())?]));
        }
        if let Some(media) = entity.body::<Media>() {
            let size = u64::try_from(media.size).unwrap_or_default();
            let head = if media.image_type == "iso" { blank::disc(size) } else { Vec::new() };
            return Ok((name == transfer::IMAGE).then(|| vec![Piece { source: Source::Made(head), size }]).and_then(sent));
        }
        let graph = Graph::load(&self.read(), caller, Arc::clone(entity), Depth::Whole).await?;
        match (name, entity.head.kind) {
            (DESCRIPTOR, _) => return Ok(Some(Sent::Descriptor(Box::new(graph)))),
            (PACKAGE, Kind::VApp) => return Ok(Some(Sent::Package(Box::new(graph)))),
            _ => {}
        }
        for (machine, hardware) in packed_machines(&graph) {
            if let Some((_, disk)) = packed_disks(machine.entity.head.id, hardware).find(|(known, _)| known == name) {
                return self.disk(machine.entity.head.id, disk).map(sent);
            }
        }
        Ok(None)
    }

    fn stored(&self, of: Uuid, index: usize, size: u64) -> Result<Piece, Fault> {
        Ok(Piece { source: Source::Stored(self.store().blobs().file(of, index)?), size })
    }

    fn disk(&self, machine: Uuid, disk: &Disk) -> Result<Vec<Piece>, Fault> {
        match disk.content {
            Some(content) => Ok(vec![self.stored(machine, disk.file(), content.size)?]),
            None => Ok(Piece::blank(disk.size_mb)),
        }
    }

    /// A package in one file: this descriptor, and the disks of the machines that it describes.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn package(&self, whole: &Graph, descriptor: Vec<u8>) -> Result<Sender, Fault> {
        let mut entries = vec![Entry { name: DESCRIPTOR.to_owned(), pieces: vec![Piece::made(descriptor)] }];
        for (machine, hardware) in packed_machines(whole) {
            for (name, disk) in packed_disks(machine.entity.head.id, hardware) {
                entries.push(Entry { name, pieces: self.disk(machine.entity.head.id, disk)? });
            }
        }
        Ok(Sender::of(package::pieces(entries, whole.entity.head.created.timestamp())))
    }
}

impl Sender {
    fn of(pieces: Vec<Piece>) -> Self {
        let end = pieces.iter().map(|piece| piece.size).sum();
        Self { pieces, at: 0, end }
    }

    /// Sends these bytes.
    #[must_use]
    pub fn made(bytes: Vec<u8>) -> Self {
        Self::of(vec![Piece::made(bytes)])
    }

    /// How many bytes are left.
    #[must_use]
    pub const fn left(&self) -> u64 {
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
        let mut begin = 0;
        for piece in &self.pieces {
            if self.at < begin + piece.size {
                let bytes = piece.read(self.at - begin, self.left().min(READ)).await?;
                if bytes.is_empty() {
                    return Err(Fault::internal());
                }
                self.at += bytes.len() as u64;
                return Ok(Some(bytes));
            }
            begin += piece.size;
        }
        Err(Fault::internal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vcdsim_model::blank::{LARGEST_DISK_MB, disk_len};

    #[test]
    fn a_package_of_large_blank_disks_takes_no_memory() {
        let entry = |number: usize| Entry { name: format!("{number}.vmdk"), pieces: Piece::blank(LARGEST_DISK_MB) };
        let sender = Sender::of(package::pieces((0..100).map(entry).collect(), 0));
        assert_eq!(sender.left(), 100 * (512 + disk_len(LARGEST_DISK_MB)) + 1_024);
        let held = |piece: &Piece| if let Source::Made(bytes) = &piece.source { bytes.capacity() } else { 0 };
        assert!(sender.pieces.iter().map(held).sum::<usize>() < 1 << 20);
    }

    #[tokio::test]
    async fn what_is_left_of_made_bytes_is_zeros() {
        let piece = Piece { source: Source::Made(vec![1, 2, 3]), size: 6 };
        assert_eq!(piece.read(2, 3).await.unwrap(), [3, 0, 0]);
        assert_eq!(piece.read(4, 9).await.unwrap(), [0, 0]);
    }
}
