//! Tasks that are made by hand, in any state. Invariant: they come to their state as all tasks do and are announced like them; no operation
//! stands behind them, and they hold nothing.

use crate::announce::Cast;
use crate::engine::Engine;
use crate::operation::ONE_PHASE;
use crate::registry::{BoxFuture, Erased};
use crate::settle::{Cause, step};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::clock::after_millis;
use vcdsim_model::id::Urn;
use vcdsim_model::plan::{Course, TaskPlans};
use vcdsim_model::task::{Input, RETENTION_MILLIS, Task, TaskError, TaskStatus};
use vcdsim_model::{Fault, operation};
use vcdsim_store::Tx;

/// A task as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeTask {
    /// What it is called; it does not do that.
    pub operation: operation::Operation,
    /// Where it stands.
    pub status: TaskStatus,
    /// What it is about.
    pub owner: Urn,
    /// The name of that.
    pub subject: String,
    /// The organization whose list it is in.
    pub org: Uuid,
    /// For whom.
    pub user: Uuid,
    /// How much is done, in per cent.
    pub progress: Option<u8>,
    /// Free text.
    pub details: Option<String>,
    /// Why it did not succeed; a text that says so.
    pub error: Option<TaskError>,
}

/// What stands behind such a task: one phase that does nothing.
pub(crate) const NOTHING: Erased = Erased {
    phases: ONE_PHASE,
    prepare: |_, _| Box::pin(async { Err(Fault::internal()) }),
    run: |_, _, _| nothing(),
    undo: |_, _, _| nothing(),
    patience: |_, _, _| Box::pin(async { Ok(None) }),
};

fn nothing<'a>() -> BoxFuture<'a, ()> {
    Box::pin(async { Ok(()) })
}

impl Engine {
    /// Makes such a task. One that is queued or running is held, one that is blocked waits for its decision.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn make(&self, tx: &mut Tx<'_>, made: MadeTask) -> Result<Arc<Task>, Fault> {
        let MadeTask { operation, status, owner, subject, org, user, progress, details, error } = made;
        let (begin, end) = way(status);
        let now = tx.now();
        let plan = tx.read().setting::<TaskPlans>().await?.of(operation).cloned();
        let held = matches!(status, TaskStatus::Queued | TaskStatus::Running);
        let task = Task {
            id: tx.id(),
            operation: operation.into(),
            status: begin,
            owner,
            subject,
            org,
            user,
            params: serde_json::Value::Null,
            phase: 0,
            progress: progress.or(Some(0)),
            before: Vec::new(),
            cancel_requested: false,
            details,
            error: None,
            course: Course { plan, held, made: true, ..Course::default() },
            start: now,
            end: None,
            expiry: after_millis(now, RETENTION_MILLIS),
        };
        let cast = Cast::of(&tx.read(), &task).await?;
        let task = self.begin(tx, task, operation, &cast).await?;
        match end {
            None => self.respond(tx, task).await,
            Some(input) => {
                let cause = error.map_or(Cause::Message(None), |error| Cause::Told(Some(error)));
                step(self, tx, Arc::unwrap_or_clone(task), input, cause, &cast).await.map(Arc::new)
            }
        }
    }
}

/// In which state a task begins that is to come to `status`, and by what.
const fn way(status: TaskStatus) -> (TaskStatus, Option<Input>) {
    match status {
        TaskStatus::Queued | TaskStatus::PreRunning | TaskStatus::Running => (status, None),
        TaskStatus::Success => (TaskStatus::Running, Some(Input::Finish)),
        TaskStatus::Error => (TaskStatus::Running, Some(Input::Fault)),
        TaskStatus::Canceled => (TaskStatus::Running, Some(Input::Cancel)),
        // What is not blocked is not aborted.
        TaskStatus::Aborted => (TaskStatus::PreRunning, Some(Input::Abort)),
    }
}
