//! Tasks in somebody's hand. Invariant: a hand moves when a task goes on, or ends it, through the machine of all tasks; it writes no status.

use crate::announce::Cast;
use crate::engine::{Engine, known_task};
use crate::pace::patience;
use crate::settle::{Cause, step};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::plan::{Pace, Plan};
use vcdsim_model::task::{Input, Task, TaskError, TaskStatus};
use vcdsim_store::{TimerKind, Tx};

/// What somebody does to a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByHand {
    /// Nothing of it runs by itself from now on.
    Hold,
    /// It goes on by itself, from where it is.
    Release,
    /// One phase runs, and it is held after that; one that is queued starts.
    Step,
    /// All that is left of it runs; one that is blocked is resumed before.
    Succeed,
    /// It says how far it is.
    Progress {
        /// In per cent; as before.
        percent: Option<u8>,
        /// In words; as before.
        details: Option<String>,
    },
    /// It fails with this error, from wherever it is.
    Fail(TaskError),
    /// It is canceled.
    Cancel,
}

/// Why something cannot be done to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// It has ended, so.
    Ended(TaskStatus),
    /// It waits for a decision about this blocking task.
    Blocked(Uuid),
    /// Nobody holds it.
    Free,
    /// It waits for files that a client sends.
    Awaits,
    /// It is a service's, which runs it.
    OfService,
}

/// What comes of it: the task, or why nothing was done.
pub type Handled = Result<Arc<Task>, Obstacle>;

impl Engine {
    /// Does something to a task. What becomes due of it by that is fired afterwards ([`Engine::run_due`]).
    ///
    /// # Errors
    /// 403 for an unknown task; what cannot be done for another reason is in the answer.
    pub async fn by_hand(&self, tx: &mut Tx<'_>, task: Uuid, what: ByHand) -> Result<Handled, Fault> {
        let task = known_task(tx, task).await?;
        let task = self.past_expiry(tx, task).await?;
        if task.status.is_terminal() {
            return Ok(Err(Obstacle::Ended(task.status)));
        }
        match what {
            ByHand::Progress { percent, details } => say(tx, task, percent, details).await.map(Ok),
            ByHand::Fail(error) => self.fail(tx, task, error).await.map(Ok),
            ByHand::Cancel => {
                let id = task.id;
                self.cancel(tx, id).await?;
                known_task(tx, id).await.map(|task| Ok(Arc::new(task)))
            }
            ByHand::Succeed => self.succeed(tx, task).await,
            _ if task.operation.service().is_some() => Ok(Err(Obstacle::OfService)),
            ByHand::Hold => self.hold(tx, task).await.map(Ok),
            ByHand::Release => self.let_go(tx, task).await,
            ByHand::Step => self.step_once(tx, task).await,
        }
    }

    async fn hold(&self, tx: &mut Tx<'_>, mut task: Task) -> Result<Arc<Task>, Fault> {
        task.course.held = true;
        tx.delete_timer(TimerKind::Phase, task.id).await?;
        tx.put_task(task).await
    }

    async fn let_go(&self, tx: &mut Tx<'_>, mut task: Task) -> Result<Handled, Fault> {
        let waits = matches!(self.pace_of(&task), Pace::Manual | Pace::Polls(_));
        match task.status {
            TaskStatus::PreRunning if !task.course.held => return blocked(tx, &task).await.map(Err),
            TaskStatus::Running if !task.course.held && !waits => return Ok(Err(Obstacle::Free)),
            _ => {}
        }
        if waits {
            let failure = task.course.plan.take().and_then(|plan| plan.failure);
            task.course.plan = Some(Plan { pace: Pace::Immediate, failure });
        }
        task.course.held = false;
        self.go(tx, task).await.map(Ok)
    }

    async fn step_once(&self, tx: &mut Tx<'_>, mut task: Task) -> Result<Handled, Fault> {
        if task.status == TaskStatus::PreRunning {
            return blocked(tx, &task).await.map(Err);
        }
        task.course.held = true;
        if task.status == TaskStatus::Queued {
            return self.go(tx, task).await.map(Ok);
        }
        if self.awaits(tx, &task).await? {
            return Ok(Err(Obstacle::Awaits));
        }
        tx.put_timer(TimerKind::Phase, task.id, tx.now()).await?;
        tx.put_task(task).await.map(Ok)
    }

    async fn succeed(&self, tx: &mut Tx<'_>, mut task: Task) -> Result<Handled, Fault> {
        if task.operation.service().is_some() {
            return self.finish(tx, task).await.map(Ok);
        }
        if self.awaits(tx, &task).await? {
            return Ok(Err(Obstacle::Awaits));
        }
        task.course.plan = Some(Plan { pace: Pace::Immediate, failure: None });
        (task.course.held, task.course.hurried) = (false, true);
        if task.status == TaskStatus::PreRunning {
            task = move_by(self, tx, task, Input::Resume, Cause::Message(None)).await?;
        }
        self.go(tx, task).await.map(Ok)
    }

    /// Lets a task run as its course says, from wherever it is; one that is blocked does so when it is resumed.
    async fn go(&self, tx: &mut Tx<'_>, mut task: Task) -> Result<Arc<Task>, Fault> {
        if task.status == TaskStatus::Queued {
            task = move_by(self, tx, task, Input::Start, Cause::Progress).await?;
        }
        if task.status == TaskStatus::Running {
            self.schedule(tx, &task).await?;
        }
        tx.put_task(task).await
    }

    /// The end of a service's task.
    async fn finish(&self, tx: &mut Tx<'_>, mut task: Task) -> Result<Arc<Task>, Fault> {
        let way: &[Input] = match task.status {
            TaskStatus::Queued => &[Input::Start, Input::Finish],
            TaskStatus::PreRunning => &[Input::Resume, Input::Finish],
            _ => &[Input::Finish],
        };
        for input in way {
            task = move_by(self, tx, task, *input, Cause::Told(None)).await?;
        }
        Ok(Arc::new(task))
    }

    async fn fail(&self, tx: &mut Tx<'_>, task: Task, error: TaskError) -> Result<Arc<Task>, Fault> {
        let input = if task.status == TaskStatus::PreRunning { Input::Fail } else { Input::Fault };
        move_by(self, tx, task, input, Cause::Told(Some(error))).await.map(Arc::new)
    }

    async fn awaits(&self, tx: &mut Tx<'_>, task: &Task) -> Result<bool, Fault> {
        let operation = self.registry().of(task)?;
        Ok(patience(operation, tx, task).await?.is_some())
    }
}

async fn move_by(engine: &Engine, tx: &mut Tx<'_>, task: Task, input: Input, cause: Cause) -> Result<Task, Fault> {
    let cast = Cast::of(&tx.read(), &task).await?;
    step(engine, tx, task, input, cause, &cast).await
}

async fn say(tx: &mut Tx<'_>, mut task: Task, percent: Option<u8>, details: Option<String>) -> Result<Arc<Task>, Fault> {
    task.progress = percent.or(task.progress);
    task.details = details.or(task.details);
    tx.put_task(task).await
}

async fn blocked(tx: &Tx<'_>, task: &Task) -> Result<Obstacle, Fault> {
    Ok(Obstacle::Blocked(tx.read().blocking_of(task.id).await?.ok_or_else(Fault::internal)?.id))
}
