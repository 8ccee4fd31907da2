//! Tasks of extension services. Invariant: they are only written down: no phase runs, nothing blocks them, and their status goes where
//! their service says, along the machine of all tasks.

use crate::announce::Cast;
use crate::engine::{Engine, known_task};
use crate::settle::{Cause, step};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::after_millis;
use vcdsim_model::family::service::{ServiceWork, Work};
use vcdsim_model::id::Urn;
use vcdsim_model::plan::Course;
use vcdsim_model::task::{Input, RETENTION_MILLIS, Task, TaskError, TaskStatus, next};
use vcdsim_store::Tx;

/// What a service tells of its task; what is `None` stays as it is.
#[derive(Debug, Clone)]
pub struct Report {
    /// Where it stands.
    pub status: TaskStatus,
    /// The `operation` text.
    pub text: Option<String>,
    /// How much is done, in per cent.
    pub progress: Option<u8>,
    /// Free text.
    pub details: Option<String>,
    /// The content of its result: one XML element.
    pub result: Option<String>,
    /// Why it did not succeed.
    pub error: Option<TaskError>,
}

/// A task that a service makes.
#[derive(Debug, Clone)]
pub struct ServiceTask {
    /// What its service does.
    pub work: ServiceWork,
    /// What it is about.
    pub owner: Urn,
    /// The name of that; empty when the service named nothing.
    pub subject: String,
    /// The organization whose list it is in.
    pub org: Uuid,
    /// For whom.
    pub user: Uuid,
    /// Where it stands.
    pub report: Report,
}

impl Engine {
    /// Writes a service's task down, and announces it.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn enlist(&self, tx: &mut Tx<'_>, new: ServiceTask) -> Result<Arc<Task>, Fault> {
        let ServiceTask { work, owner, subject, org, user, report } = new;
        let now = tx.now();
        // What has ended already has run.
        let status = if report.status.is_terminal() { TaskStatus::Running } else { report.status };
        let task = Task {
            id: tx.id(),
            operation: Work::Service(work),
            status,
            owner,
            subject,
            org,
            user,
            params: serde_json::Value::Null,
            phase: 0,
            progress: None,
            before: Vec::new(),
            cancel_requested: false,
            details: None,
            error: None,
            course: Course::default(),
            start: now,
            end: None,
            expiry: after_millis(now, RETENTION_MILLIS),
        };
        let cast = Cast::of(&tx.read(), &task).await?;
        cast.tell_task(tx, &task, "task/create", true).await?;
        if status == TaskStatus::Running {
            cast.tell_task(tx, &task, "task/start", true).await?;
        }
        self.note(tx, task, report).await
    }

    /// Notes what a service tells of its task.
    ///
    /// # Errors
    /// 403 for an unknown task, 400 for a status that cannot follow the one it has.
    pub async fn report(&self, tx: &mut Tx<'_>, task: Uuid, report: Report) -> Result<Arc<Task>, Fault> {
        let task = known_task(tx, task).await?;
        self.note(tx, task, report).await
    }

    async fn note(&self, tx: &mut Tx<'_>, mut task: Task, report: Report) -> Result<Arc<Task>, Fault> {
        let Report { status, text, progress, details, result, error } = report;
        task.details = details.or(task.details);
        if let Work::Service(work) = &mut task.operation {
            work.text = text.or(work.text.take());
            work.result = result.or(work.result.take());
        }
        if !task.status.is_terminal() {
            task.progress = progress.or(task.progress);
        }
        if status == task.status {
            return tx.put_task(task).await;
        }
        let leads = |input: &&Input| next(task.status, **input).is_some_and(|(to, _)| to == status);
        let input = Input::ALL.iter().find(leads).ok_or_else(|| refused(&task, status))?;
        let cast = Cast::of(&tx.read(), &task).await?;
        step(self, tx, task, *input, Cause::Told(error), &cast).await.map(Arc::new)
    }

    /// Notes that somebody asks the service of a task to cancel it; the service finds that there, and does what it can.
    ///
    /// # Errors
    /// 400 for a task that has ended.
    pub(crate) async fn ask_to_cancel(&self, tx: &mut Tx<'_>, mut task: Task) -> Result<(), Fault> {
        if task.status.is_terminal() {
            return Err(crate::settle::refused(&task, Input::Cancel));
        }
        task.cancel_requested = true;
        tx.put_task(task).await.map(drop)
    }
}

fn refused(task: &Task, status: TaskStatus) -> Fault {
    Fault::bad_request(format!("The status of the task {} cannot become {}: it is {}.", task.urn(), status.name(), task.status.name()))
}
