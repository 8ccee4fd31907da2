//! Phases that are made to fail, for tests. Invariant: a fault strikes once, after its phase has done its work, so that all of the work must
//! be taken back.

use crate::engine::Engine;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::task::Task;

/// Faults by task and phase. They are for tests, and so, unlike all else, are not kept over a restart.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<BTreeMap<(Uuid, u16), Fault>>);

impl Faults {
    /// Strikes, if a fault waits for the phase that the task is in.
    pub(crate) fn strike(&self, task: &Task) -> Result<(), Fault> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(task.id, task.phase));
        found.map_or(Ok(()), Err)
    }
}

impl Engine {
    /// Makes a phase of a task fail with `fault` when it has done its work. For tests.
    pub fn fail_phase(&self, task: Uuid, phase: u16, fault: Fault) {
        self.faults().0.lock().unwrap_or_else(PoisonError::into_inner).insert((task, phase), fault);
    }
}
