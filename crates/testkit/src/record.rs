//! Every answer that a test sees, written down for the schema check. Invariant: without `VCDSIM_CONTRACT_DIR` nothing is written.

use crate::answer::Answer;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

static DIR: LazyLock<Option<PathBuf>> = LazyLock::new(|| std::env::var_os("VCDSIM_CONTRACT_DIR").map(PathBuf::from));
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Writes `PID-NNNN.xml` with the document and `PID-NNNN.json` with what is known about it.
pub(crate) fn record(what: &str, answer: &Answer) {
    let Some(dir) = &*DIR else { return };
    let media = answer.media();
    // A file that somebody uploaded is no document of ours.
    if !media.contains("xml") || media == "text/xml" || answer.text().is_empty() {
        return;
    }
    let name = format!("{}-{:05}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let facts = serde_json::json!({ "case": what, "version": answer.version(), "mediaType": media, "status": answer.status });
    let written = std::fs::create_dir_all(dir)
        .and_then(|()| std::fs::write(dir.join(format!("{name}.xml")), answer.text()))
        .and_then(|()| std::fs::write(dir.join(format!("{name}.json")), facts.to_string()));
    assert!(written.is_ok(), "answers cannot be written to {}: {written:?}", dir.display());
}
