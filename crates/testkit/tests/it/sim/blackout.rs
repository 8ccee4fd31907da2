//! What the loss of power does to a database that does not wait for the disk. Invariant: SQLite's log loses its end, never its middle.

use std::fs::File;
use std::path::Path;

/// The header of the log, and a page with its own header.
const HEADER: u64 = 32;
const FRAME: u64 = 24 + 4_096;
/// From so many pages on they may have been moved to the database already, which a disk would have made sure of first.
const MOVED: u64 = 3_500;

/// Cuts so many pages, and some bytes, off a log; answers whether there was anything to cut.
pub(super) fn cut(log: &Path, pages: u64, bytes: u64) -> bool {
    let Ok(file) = File::options().write(true).open(log) else { return false };
    let length = file.metadata().unwrap().len();
    let all = length.saturating_sub(HEADER) / FRAME;
    if all == 0 || all > MOVED {
        return false;
    }
    let left = HEADER + all.saturating_sub(pages) * FRAME;
    file.set_len(left.saturating_sub(bytes.min(left))).unwrap();
    true
}
