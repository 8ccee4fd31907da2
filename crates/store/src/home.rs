//! Where the files are. Invariant: at most one process has a directory, and holds its lock as long as it does.

use crate::error::StoreError;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const LOCK: &str = "vcdsim.lock";
/// The database file.
pub(crate) const DATABASE: &str = "vcdsim.db";
/// The directory of the files of objects.
pub(crate) const BLOBS: &str = "files";
const TEMPORARY: &str = "vcdsim-store-";

/// A directory that is ours until this is dropped.
#[derive(Debug)]
pub(crate) struct Home {
    path: PathBuf,
    // Removed first, while it is still locked against those who sweep.
    _temporary: Option<TempDir>,
    _lock: File,
}

impl Home {
    /// Takes a directory, or makes a private temporary one.
    pub(crate) fn open(dir: Option<&Path>) -> Result<Self, StoreError> {
        dir.map_or_else(Self::temporary, Self::given)
    }

    fn given(dir: &Path) -> Result<Self, StoreError> {
        make(dir).map_err(io_error(dir))?;
        let path = dir.join(LOCK);
        let mut lock = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io_error(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Locked { path: dir.to_owned(), pid: owner(&mut lock) }),
            Err(TryLockError::Error(error)) => return Err(io_error(&path)(error)),
        }
        sign(&mut lock).map_err(io_error(&path))?;
        Ok(Self { path: dir.to_owned(), _temporary: None, _lock: lock })
    }

    fn temporary() -> Result<Self, StoreError> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let dir = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(&parent).map_err(io_error(&parent))?;
        // Only a locked file ever has the name of the lock, so that nobody sweeps what has just been made.
        let unlocked = dir.path().join("vcdsim.lock.new");
        let mut lock = File::create_new(&unlocked).map_err(io_error(&unlocked))?;
        lock.lock().map_err(io_error(&unlocked))?;
        sign(&mut lock).map_err(io_error(&unlocked))?;
        fs::rename(&unlocked, dir.path().join(LOCK)).map_err(io_error(&unlocked))?;
        Ok(Self { path: dir.path().to_owned(), _temporary: Some(dir), _lock: lock })
    }

    /// Where the files of objects are.
    pub(crate) fn blobs(&self) -> PathBuf {
        self.path.join(BLOBS)
    }

    /// The database file.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }
}

/// Removes the temporary directories whose processes have ended without doing so.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(TEMPORARY));
        // A link is never followed: `file_type` tells of the entry itself.
        if !ours || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let Ok(lock) = File::open(entry.path().join(LOCK)) else { continue };
        if lock.try_lock().is_ok()
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            tracing::debug!(path = %entry.path().display(), %error, "cannot remove a stale directory");
        }
    }
}

/// Makes a directory that only its owner may look into: it holds what signs sessions.
fn make(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Writes into the lock whose it is, for others to name.
fn sign(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    writeln!(lock, "{}", std::process::id())
}

fn owner(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> StoreError + use<> {
    let path = path.to_owned();
    move |source| StoreError::Io { path: path.clone(), source }
}
