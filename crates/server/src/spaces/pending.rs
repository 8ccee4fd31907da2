//! What is there while a space comes or goes. Invariant: whoever gives up in the middle leaves neither a name nor a directory behind.

use super::Spaces;
use crate::images::clear;
use std::path::PathBuf;

/// A name that nobody else can have for now. Unless a space has come to it by then, it is free again when this is dropped, as by whoever
/// gives up.
pub(super) struct Reserved<'s> {
    spaces: &'s Spaces,
    name: &'s str,
}

impl<'s> Reserved<'s> {
    /// Takes a name that stands for no space any more, or not yet.
    pub(super) fn of(spaces: &'s Spaces, name: &'s str) -> Self {
        Self { spaces, name }
    }

    pub(super) fn name(&self) -> &'s str {
        self.name
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut spaces = self.spaces.spaces_mut();
        if spaces.get(self.name).is_some_and(Option::is_none) {
            spaces.remove(self.name);
        }
    }
}

/// A directory that is removed again when what it was for is given up.
pub(super) struct Litter(Option<PathBuf>);

impl Litter {
    pub(super) fn in_dir(dir: PathBuf) -> Self {
        Self(Some(dir))
    }

    pub(super) fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Litter {
    fn drop(&mut self) {
        if let Some(dir) = &self.0
            && let Err(error) = clear(dir)
        {
            tracing::debug!(dir = %dir.display(), %error, "what was begun of a space is left until the next start");
        }
    }
}
