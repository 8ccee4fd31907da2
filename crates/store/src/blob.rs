//! Bytes of files, beside the database. Invariant: what belongs to an object goes with it: after the commit that deletes the object, or
//! that marks it as one that could not be made; what a crash leaves is swept at the next start.

use crate::changes::Changes;
use crate::error::StoreError;
use crate::table::object;
use sea_orm::{DatabaseConnection, EntityTrait};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::Status;

/// The files of all objects: a directory for each object that has some.
#[derive(Debug)]
pub struct Blobs {
    dir: PathBuf,
    kept: Arc<Mutex<Kept>>,
}

/// Which file is to be there a second time, and under which object and number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlobCopy {
    pub(crate) from: (Uuid, usize),
    pub(crate) to: (Uuid, usize),
}

/// One open file.
#[derive(Debug, Clone)]
pub struct Blob {
    file: Arc<File>,
}

impl Blobs {
    /// The files below `dir`, without those of objects that are not there any more.
    pub(crate) async fn open(dir: PathBuf, db: &DatabaseConnection) -> Result<Self, StoreError> {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let id = entry.file_name().to_str().and_then(|name| Uuid::parse_str(name).ok());
            let known = match id {
                Some(id) => object::Entity::find_by_id(id).one(db).await?.is_some(),
                None => false,
            };
            if !known {
                remove(&entry.path());
            }
        }
        Ok(Self { dir, kept: Arc::default() })
    }

    /// Keeps the files of objects that are removed meanwhile, for as long as the answer lives.
    pub(crate) fn keep(&self) -> Keep {
        self.kept().holders += 1;
        Keep { kept: Arc::clone(&self.kept), dir: self.dir.clone() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// File number `index` of an object, made if it is not there.
    ///
    /// # Errors
    /// `INTERNAL_SERVER_ERROR` when the file system refuses; the log says why.
    pub fn file(&self, of: Uuid, index: usize) -> Result<Blob, Fault> {
        let dir = self.dir.join(of.to_string());
        let open = || {
            fs::create_dir_all(&dir)?;
            File::options().read(true).write(true).create(true).truncate(false).open(dir.join(index.to_string()))
        };
        Ok(Blob { file: Arc::new(open().map_err(refused)?) })
    }

    /// Makes the copies that these changes tell of, before they are committed: whoever reads of a file finds it. Nobody writes to what is
    /// whole, so a second name for the same bytes is a copy. What is made for a commit that fails is swept at the next start.
    pub(crate) async fn precede(&self, changes: &Changes) -> Result<(), StoreError> {
        if let Some(restored) = &changes.restored {
            // Objects that were to be removed may be there again. What nobody misses is swept at the next start.
            self.kept().removed.clear();
            copy_all(restored.files.clone(), self.dir.clone()).await?;
        }
        if changes.copies.is_empty() {
            return Ok(());
        }
        let place = |(of, index): (Uuid, usize)| self.dir.join(of.to_string()).join(index.to_string());
        let pairs: Vec<_> = changes.copies.iter().map(|copy| (place(copy.from), place(copy.to))).collect();
        let all = move || pairs.into_iter().try_for_each(|(from, to)| link(&from, &to));
        let done = tokio::task::spawn_blocking(all).await.unwrap_or_else(|panicked| Err(io::Error::other(panicked)));
        done.map_err(|source| StoreError::Io { path: self.dir.clone(), source })
    }

    /// Where they are.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Copies all of them to another place.
    pub(crate) async fn copy_to(&self, dir: PathBuf) -> Result<(), StoreError> {
        copy_all(self.dir.clone(), dir).await
    }

    /// Removes what is not needed after these changes have been committed.
    pub(crate) fn follow(&self, changes: &Changes) {
        for (id, put) in &changes.objects {
            if put.as_ref().is_none_or(|put| put.row.head.status == Status::FailedCreation) {
                let mut kept = self.kept();
                match kept.holders {
                    0 => remove(&self.dir.join(id.to_string())),
                    _ => kept.removed.push(*id),
                }
            }
        }
    }
}

/// Files of removed objects that somebody still copies.
#[derive(Debug, Default)]
struct Kept {
    /// How many copy.
    holders: usize,
    /// Whose files are to go when they are done.
    removed: Vec<Uuid>,
}

/// Somebody copies files: none goes before this is dropped.
#[derive(Debug)]
pub(crate) struct Keep {
    kept: Arc<Mutex<Kept>>,
    dir: PathBuf,
}

impl Drop for Keep {
    fn drop(&mut self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.holders -= 1;
        if kept.holders == 0 {
            kept.removed.drain(..).for_each(|id| remove(&self.dir.join(id.to_string())));
        }
    }
}

impl Blob {
    /// Writes bytes at a place; what was there before is gone.
    ///
    /// # Errors
    /// As [`Blobs::file`].
    pub async fn write_at(&self, at: u64, bytes: impl AsRef<[u8]> + Send + 'static) -> Result<(), Fault> {
        let file = Arc::clone(&self.file);
        beside(move || file.write_all_at(bytes.as_ref(), at)).await
    }

    /// Up to `length` bytes from a place; fewer where the file ends.
    ///
    /// # Errors
    /// As [`Blobs::file`].
    pub async fn read_at(&self, at: u64, length: usize) -> Result<Vec<u8>, Fault> {
        let file = Arc::clone(&self.file);
        beside(move || {
            let mut bytes = vec![0; length];
            let mut filled = 0;
            while filled < length {
                match file.read_at(&mut bytes[filled..], at + filled as u64)? {
                    0 => break,
                    read => filled += read,
                }
            }
            bytes.truncate(filled);
            Ok(bytes)
        })
        .await
    }
}

/// Disks are slow, and the workers serve others meanwhile.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(refused),
        Err(_panicked) => Err(Fault::internal()),
    }
}

/// Copies the files of all objects; bytes, not links, since an upload may still write to one. Where one cannot be copied, none is replaced.
async fn copy_all(from: PathBuf, to: PathBuf) -> Result<(), StoreError> {
    let place = to.clone();
    let copy = move || {
        let mut aside = Vec::new();
        let copied = if from == to { Ok(()) } else { put_aside(&from, &to, &mut aside) };
        if copied.is_err() {
            // What cannot be removed is no part of anything.
            aside.iter().for_each(|(new, _)| drop(fs::remove_file(new)));
            return copied;
        }
        // Whoever has the old one open keeps it.
        aside.into_iter().try_for_each(|(new, part)| fs::rename(new, part))
    };
    let done = tokio::task::spawn_blocking(copy).await.unwrap_or_else(|panicked| Err(io::Error::other(panicked)));
    done.map_err(|source| StoreError::Io { path: place, source })
}

/// Copies the files of all objects beside the places where they are to be; notes which is to go where.
fn put_aside(from: &Path, to: &Path, aside: &mut Vec<(PathBuf, PathBuf)>) -> io::Result<()> {
    for object in fs::read_dir(from).into_iter().flatten().flatten() {
        let dir = to.join(object.file_name());
        fs::create_dir_all(&dir)?;
        // What is no number is what another copy was broken off at.
        let is_part = |file: &fs::DirEntry| file.file_name().to_str().is_some_and(|name| name.parse::<usize>().is_ok());
        for file in fs::read_dir(object.path())?.flatten().filter(is_part) {
            let part = dir.join(file.file_name());
            let new = part.with_extension("new");
            aside.push((new.clone(), part));
            fs::copy(file.path(), new)?;
        }
    }
    Ok(())
}

fn link(from: &Path, to: &Path) -> io::Result<()> {
    if !from.exists() {
        // A power cut can take what was uploaded; what is copied from it is then as empty as it is.
        tracing::warn!(path = %from.display(), "a file of an object is gone");
        return Ok(());
    }
    to.parent().map_or(Ok(()), fs::create_dir_all)?;
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Not every file system has links.
    fs::hard_link(from, to).or_else(|_no_links| fs::copy(from, to).map(drop))
}

fn refused(error: io::Error) -> Fault {
    tracing::error!(%error, "a file of an object cannot be used");
    Fault::internal()
}

fn remove(path: &Path) {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => tracing::warn!(path = %path.display(), %error, "files cannot be removed"),
        _ => {}
    }
}
