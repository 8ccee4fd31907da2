//! Files on their way into the cloud. Invariant: what has arrived of a file is a set of stretches that neither overlap nor touch.

use crate::action::{Action, Need};
use crate::caller::AccessLevel;
use crate::entity::{Body, Entity, Status};
use crate::fault::Fault;
use crate::kind::Kind;
use crate::right::Right;
use crate::version::ApiVersion;
use serde::{Deserialize, Serialize};

/// The name of an image's one file.
pub const IMAGE: &str = "file";

/// One file of a template or an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferFile {
    /// Its name, as it stands in the URL after a slash.
    pub name: String,
    /// Its size in bytes; `None` until it is known.
    pub size: Option<u64>,
    /// What has arrived: begin and end (exclusive) of each stretch, in order.
    pub received: Vec<(u64, u64)>,
    /// The size of the parts in which its package has it; `None` for one that is in one piece there.
    #[serde(default)]
    pub chunk_size: Option<u64>,
}

impl TransferFile {
    /// A file of which nothing has arrived.
    #[must_use]
    pub const fn new(name: String, size: Option<u64>) -> Self {
        Self { name, size, received: Vec::new(), chunk_size: None }
    }

    /// A file of which everything has arrived.
    #[must_use]
    pub fn whole(name: String, size: u64) -> Self {
        Self { received: vec![(0, size)], ..Self::new(name, Some(size)) }
    }

    /// Notes that the bytes from `from` up to `to` have arrived; some of them may have before.
    pub fn receive(&mut self, from: u64, to: u64) {
        let (mut from, mut to) = (from, to);
        if from >= to {
            return;
        }
        self.received.retain(|(begin, end)| {
            let apart = *end < from || *begin > to;
            if !apart {
                (from, to) = (from.min(*begin), to.max(*end));
            }
            apart
        });
        let at = self.received.partition_point(|(begin, _)| *begin < from);
        self.received.insert(at, (from, to));
    }

    /// How many bytes have arrived.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.received.iter().map(|(begin, end)| end - begin).sum()
    }

    /// Whether all of it is there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.size == Some(self.bytes())
    }
}

impl Entity {
    /// Its files: those of a template or an image, none of anything else.
    #[must_use]
    pub fn files(&self) -> &[TransferFile] {
        match &self.body {
            Body::Media(media) => &media.files,
            Body::VAppTemplate(template) => &template.files,
            _ => &[],
        }
    }

    /// The same, to be changed.
    pub fn files_mut(&mut self) -> &mut [TransferFile] {
        match &mut self.body {
            Body::Media(media) => &mut media.files,
            Body::VAppTemplate(template) => &mut template.files,
            _ => &mut [],
        }
    }

    /// Whether its files can be fetched.
    #[must_use]
    pub fn is_downloadable(&self) -> bool {
        match &self.body {
            Body::Media(media) => media.downloadable,
            Body::VAppTemplate(template) => template.downloadable,
            Body::VApp(vapp) => vapp.downloadable,
            _ => false,
        }
    }

    /// Says whether its files can be fetched.
    pub fn set_downloadable(&mut self, can_be: bool) {
        match &mut self.body {
            Body::Media(media) => media.downloadable = can_be,
            Body::VAppTemplate(template) => template.downloadable = can_be,
            Body::VApp(vapp) => vapp.downloadable = can_be,
            _ => {}
        }
    }
}

/// Makes the files of a template, an image or a vApp ready to be fetched.
#[must_use]
pub const fn enable(kind: Kind) -> Action {
    download(kind, "/action/enableDownload").rel("enable").when(can_be_enabled)
}

/// Takes back what [`enable`] did.
#[must_use]
pub const fn disable(kind: Kind) -> Action {
    download(kind, "/action/disableDownload").rel("disable").when(can_be_disabled)
}

const fn download(kind: Kind, path: &'static str) -> Action {
    let need = Need::Right(right(kind));
    let action = Action::post(kind, path, need).access(AccessLevel::ReadOnly);
    match kind {
        Kind::VApp => action.since(ApiVersion::V5_5),
        _ => action,
    }
}

/// The right that it takes to fetch files of an object.
#[must_use]
pub const fn right(kind: Kind) -> Right {
    match kind {
        Kind::VApp => Right::VAPP_DOWNLOAD,
        _ => Right::TEMPLATE_DOWNLOAD,
    }
}

fn can_be_enabled(entity: &Entity) -> Result<(), Fault> {
    let there = !matches!(entity.head.status, Status::Unresolved | Status::FailedCreation);
    match (there, entity.is_downloadable()) {
        (true, false) if !all_whole(entity.files()) => {
            Err(Fault::bad_request("Its files have not come from the catalog that its own follows: synchronise its catalog item."))
        }
        (true, false) if entity.head.kind == Kind::VApp && entity.head.status != Status::PoweredOff => {
            Err(Fault::bad_request(format!("Only a vApp that is off, with machines, can be downloaded, not \"{}\".", entity.head.name)))
        }
        (true, false) => entity.not_expired(),
        (true, true) => Err(Fault::bad_request("It can be downloaded already.")),
        (false, _) => Err(Fault::bad_request("It is not there yet, or could not be made.")),
    }
}

fn can_be_disabled(entity: &Entity) -> Result<(), Fault> {
    if entity.is_downloadable() { Ok(()) } else { Err(Fault::bad_request("It cannot be downloaded as it is.")) }
}

/// Whether all of these files are there.
#[must_use]
pub fn all_whole(files: &[TransferFile]) -> bool {
    files.iter().all(TransferFile::is_whole)
}

/// How much of these files has arrived, in per cent; a size that is not known yet counts as nothing.
#[must_use]
pub fn percent(files: &[TransferFile]) -> u8 {
    let all: u64 = files.iter().filter_map(|file| file.size).sum();
    let here: u64 = files.iter().map(TransferFile::bytes).sum();
    let share = u128::from(here) * 100 / u128::from(all.max(1));
    u8::try_from(share.min(100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stretches_grow_together() {
        let mut file = TransferFile::new("disk".to_owned(), Some(10));
        for (from, to, received) in [(6, 8, vec![(6, 8)]), (0, 2, vec![(0, 2), (6, 8)]), (2, 3, vec![(0, 3), (6, 8)]), (1, 7, vec![(0, 8)])]
        {
            file.receive(from, to);
            assert_eq!(file.received, received);
            assert!(!file.is_whole());
        }
        assert_eq!(percent(&[file.clone(), TransferFile::new("none".to_owned(), None)]), 80);
        file.receive(8, 10);
        assert!(file.is_whole() && all_whole(&[file]));
    }

    #[test]
    fn an_empty_file_is_whole_at_once() {
        assert!(TransferFile::new("empty".to_owned(), Some(0)).is_whole());
        assert!(!TransferFile::new("unknown".to_owned(), None).is_whole());
    }

    proptest! {
        #[test]
        fn each_byte_counts_once(parts in prop::collection::vec((0_u64..200, 0_u64..60), 0..30)) {
            let mut file = TransferFile::new("disk".to_owned(), None);
            let mut bytes = std::collections::BTreeSet::new();
            for (from, length) in parts {
                file.receive(from, from + length);
                bytes.extend(from..from + length);
            }
            prop_assert_eq!(file.bytes(), bytes.len() as u64);
            prop_assert!(file.received.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }
}
