//! Where things are in the checkout, and its files in a stable order.
//!
//! Invariant: every path starts at the workspace root, so commands work from any directory.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The workspace root: the folder above `xtask`.
pub(crate) fn root() -> PathBuf {
    let own = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map_or_else(|| own.clone(), Path::to_path_buf)
}

/// Cargo's output folder; also holds whatever the commands write.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The server built by the profile the tests use.
pub(crate) fn server() -> PathBuf {
    target().join("debug").join("vcdsim")
}

/// The server as users build it.
pub(crate) fn release() -> PathBuf {
    target().join("release").join("vcdsim")
}

/// The published schemas: `VCDSIM_SCHEMAS`, else the folder beside the checkout.
pub(crate) fn schemas() -> PathBuf {
    env::var_os("VCDSIM_SCHEMAS").map_or_else(|| root().join("../shared/contract/schemas"), |dir| root().join(dir))
}

/// Whether absent schemas are an error (`VCDSIM_REQUIRE_SCHEMAS=1`) or a loud skip.
pub(crate) fn schemas_required() -> bool {
    env::var("VCDSIM_REQUIRE_SCHEMAS").is_ok_and(|value| !matches!(value.as_str(), "" | "0"))
}

/// All files below `dir` in alphabetical order, without hidden folders and build output. A missing folder has none.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(dir, &mut found);
    found.sort();
    found
}

/// The files below `dir` that end in `.EXTENSION`.
pub(crate) fn files_with(dir: &Path, extension: &str) -> Vec<PathBuf> {
    files(dir).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == extension)).collect()
}

fn collect(dir: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if !path.is_dir() {
            found.push(path);
        } else if name != "target" && name != "__pycache__" && !name.to_string_lossy().starts_with('.') {
            collect(&path, found);
        }
    }
}

/// The path as people write it: relative to the root, with `/`.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Reads a text file, naming it when that fails.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", shown(path)))
}

/// Writes a file and the folders above it, naming it when that fails.
pub(crate) fn write(path: &Path, content: &str) -> Result<(), String> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder.and_then(|()| fs::write(path, content)).map_err(|error| format!("cannot write {}: {error}", shown(path)))
}

/// Makes `dir` exist and be empty.
pub(crate) fn empty_dir(dir: &Path) -> Result<(), String> {
    if dir.exists() {
        fs::remove_dir_all(dir).map_err(|error| format!("cannot clear {}: {error}", shown(dir)))?;
    }
    fs::create_dir_all(dir).map_err(|error| format!("cannot create {}: {error}", shown(dir)))
}
