//! All operations of the platform. Invariant: an operation runs exactly when it is listed here.

use vcdsim_task_engine::Registry;

/// The registry of a cloud.
#[must_use]
pub fn registry() -> Registry {
    Registry::default()
}
