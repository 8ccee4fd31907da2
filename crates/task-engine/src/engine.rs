//! The engine: submit, decide, cancel. Invariant: it knows no family; whatever it does to a task happens in the caller's transaction.

use crate::announce::Cast;
use crate::faults::Faults;
use crate::operation::{By, Operation, Phase, Prepare};
use crate::registry::{Queued, Registry};
use crate::settle::{Cause, step};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::blocking::BlockingTask;
use vcdsim_model::caller::Caller;
use vcdsim_model::clock::after_millis;
use vcdsim_model::family::settings::BlockingTaskSettings;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::plan::{Course, Pace, TaskPlans};
use vcdsim_model::task::{Input, RETENTION_MILLIS, Task, TaskStatus};
use vcdsim_model::{Fault, operation};
use vcdsim_store::{Store, TimerKind, Tx};

/// The task engine of one cloud; clones share it.
#[derive(Debug, Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    registry: Registry,
    pace: Pace,
    /// Held by whoever fires due timers, so that they fire in order.
    turn: tokio::sync::Mutex<()>,
    faults: Faults,
}

impl Engine {
    /// An engine over `store` that runs the operations of `registry`, at `pace` where no plan says otherwise.
    #[must_use]
    pub fn new(store: Store, registry: Registry, pace: Pace) -> Self {
        Self { inner: Arc::new(Inner { store, registry, pace, turn: tokio::sync::Mutex::new(()), faults: Faults::default() }) }
    }

    /// The store it works on.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The operations it runs.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// The pace of what has no plan of its own.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.inner.pace
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.inner.faults
    }

    pub(crate) fn turn(&self) -> &tokio::sync::Mutex<()> {
        &self.inner.turn
    }

    /// Makes a task of `operation`: prepared, announced, and either blocked or on its way.
    ///
    /// # Errors
    /// What the operation's `prepare` refuses.
    pub async fn submit<O: Operation>(&self, tx: &mut Tx<'_>, operation: &O, caller: &Caller) -> Result<Arc<Task>, Fault> {
        self.enqueue(tx, Queued::new(operation)?, By::from(caller), Some(caller)).await
    }

    pub(crate) async fn enqueue(&self, tx: &mut Tx<'_>, queued: Queued, by: By, caller: Option<&Caller>) -> Result<Arc<Task>, Fault> {
        let operation = self.registry().get(queued.name)?;
        let id = tx.id();
        let subject = (operation.prepare)(&queued.params, &mut Prepare { tx, task: id, caller, by }).await?;
        let settings = tx.read().setting::<BlockingTaskSettings>().await?;
        let gated = settings.operations.contains(&queued.name);
        let plan = tx.read().setting::<TaskPlans>().await?.of(queued.name).cloned();
        let status = match (gated, plan.as_ref().map_or(self.pace(), |plan| plan.pace)) {
            (true, _) => TaskStatus::PreRunning,
            (false, Pace::Held) => TaskStatus::Queued,
            (false, _) => TaskStatus::Running,
        };
        let now = tx.now();
        let task = Task {
            id,
            operation: queued.name.into(),
            status,
            owner: subject.owner,
            subject: subject.name,
            org: by.org,
            user: by.user,
            params: queued.params,
            phase: 0,
            progress: Some(0),
            before: Vec::new(),
            cancel_requested: false,
            details: None,
            error: None,
            course: Course { plan, ..Course::default() },
            start: now,
            end: None,
            expiry: after_millis(now, RETENTION_MILLIS),
        };
        let cast = Cast::of(&tx.read(), &task).await?;
        let task = self.begin(tx, task, queued.name, &cast).await?;
        self.respond(tx, task).await
    }

    /// Announces a new task, and blocks or starts it as its status says.
    pub(crate) async fn begin(
        &self,
        tx: &mut Tx<'_>,
        task: Task,
        operation: operation::Operation,
        cast: &Cast,
    ) -> Result<Arc<Task>, Fault> {
        cast.tell(tx, &task, operation.info().request, true).await?;
        cast.tell_task(tx, &task, "task/create", true).await?;
        match task.status {
            TaskStatus::PreRunning => self.block(tx, &task, operation, cast).await?,
            TaskStatus::Running => {
                cast.tell_task(tx, &task, "task/start", true).await?;
                self.schedule(tx, &task).await?;
            }
            _ => {}
        }
        tx.put_task(task).await
    }

    /// Suspends a new task: its blocking task, with the settings of this moment copied into it, and the timer of its timeout.
    async fn block(&self, tx: &mut Tx<'_>, task: &Task, operation: operation::Operation, cast: &Cast) -> Result<(), Fault> {
        let now = tx.now();
        let settings = tx.read().setting::<BlockingTaskSettings>().await?;
        let blocking = BlockingTask {
            id: tx.id(),
            task: task.id,
            operation,
            owner: task.owner,
            org: task.org,
            user: task.user,
            created: now,
            timeout: after_millis(now, settings.timeout_millis),
            timeout_action: settings.timeout_action,
        };
        tx.put_timer(TimerKind::Gate, blocking.id, blocking.timeout).await?;
        cast.tell_blocking(tx, task, blocking.id, "blockingtask/create").await?;
        tx.put_blocking(blocking).await?;
        Ok(())
    }

    /// What a task's phase waits for has come nearer: `done` per cent of it are there. A running task is due now if that was all, else its
    /// patience begins anew; one that is blocked notes the progress only.
    ///
    /// # Errors
    /// 403 for an unknown task.
    pub async fn nudge(&self, tx: &mut Tx<'_>, task: Uuid, done: u8) -> Result<(), Fault> {
        let mut task = known_task(tx, task).await?;
        let phases = self.registry().of(&task)?.phases;
        task.progress = task.progress.max(Some(reached(phases, usize::from(task.phase), done.min(100))));
        if task.status == TaskStatus::Running {
            self.schedule(tx, &task).await?;
        }
        tx.put_task(task).await.map(drop)
    }

    /// An administrator's decision about a blocking task.
    ///
    /// # Errors
    /// 403 when it is decided, expired or unknown: the three cannot be told apart (ruling Q7).
    pub async fn decide(&self, tx: &mut Tx<'_>, blocking: Uuid, input: Input, message: String) -> Result<(), Fault> {
        let blocking = active(tx, blocking).await?;
        self.release(tx, &blocking, input, Some(message)).await
    }

    /// The timeout of a blocking task, when nobody decided before.
    pub(crate) async fn expire(&self, tx: &mut Tx<'_>, blocking: Uuid) -> Result<(), Fault> {
        let Some(blocking) = tx.read().blocking_task(blocking).await? else { return Ok(()) };
        self.release(tx, &blocking, blocking.timeout_action.input(), None).await
    }

    /// A task as it is once its blocking task has expired, if that has: expiry is exact, whoever comes before the timer has its turn.
    pub(crate) async fn past_expiry(&self, tx: &mut Tx<'_>, task: Task) -> Result<Task, Fault> {
        match tx.read().blocking_of(task.id).await?.filter(|blocking| !blocking.is_active(tx.now())) {
            None => Ok(task),
            Some(blocking) => {
                self.expire(tx, blocking.id).await?;
                known_task(tx, task.id).await
            }
        }
    }

    pub(crate) async fn release(
        &self,
        tx: &mut Tx<'_>,
        blocking: &BlockingTask,
        input: Input,
        message: Option<String>,
    ) -> Result<(), Fault> {
        let task = known_task(tx, blocking.task).await?;
        let cast = Cast::of(&tx.read(), &task).await?;
        let task = step(self, tx, task, input, Cause::Message(message), &cast).await?;
        if task.status == TaskStatus::Running {
            self.schedule(tx, &task).await?;
        }
        Ok(())
    }

    /// Keeps a blocking task alive: notes the message and, with a value, moves the timeout to that many milliseconds from now.
    ///
    /// # Errors
    /// 403 as for a decision; 400 for a negative value.
    pub async fn update_progress(
        &self,
        tx: &mut Tx<'_>,
        blocking: Uuid,
        message: String,
        millis: Option<i64>,
    ) -> Result<Arc<BlockingTask>, Fault> {
        let mut blocking = BlockingTask::clone(&*active(tx, blocking).await?);
        let mut task = known_task(tx, blocking.task).await?;
        if !message.is_empty() {
            task.details = Some(message);
            tx.put_task(task).await?;
        }
        if let Some(millis) = millis {
            if millis < 0 {
                return Err(Fault::bad_request("TimeoutValueInMilliseconds must not be negative."));
            }
            blocking.timeout = after_millis(tx.now(), millis);
            tx.put_timer(TimerKind::Gate, blocking.id, blocking.timeout).await?;
        }
        tx.put_blocking(blocking).await
    }

    /// What a running task waits for cannot come: it ends with `error`. One that is blocked goes on waiting for its decision.
    ///
    /// # Errors
    /// 403 for an unknown task.
    pub async fn give_up(&self, tx: &mut Tx<'_>, task: Uuid, fault: Fault) -> Result<(), Fault> {
        let task = known_task(tx, task).await?;
        if task.status == TaskStatus::Running {
            let cast = Cast::of(&tx.read(), &task).await?;
            step(self, tx, task, Input::Fault, Cause::Fault(fault), &cast).await?;
        }
        Ok(())
    }

    /// Cancels a task that has not ended, blocked ones included; that of a service is only marked, and its service cancels it.
    ///
    /// # Errors
    /// 403 for an unknown task, 400 for one that has ended (ruling Q14).
    pub async fn cancel(&self, tx: &mut Tx<'_>, task: Uuid) -> Result<(), Fault> {
        let task = known_task(tx, task).await?;
        if task.operation.service().is_some() {
            return self.ask_to_cancel(tx, task).await;
        }
        let task = self.past_expiry(tx, task).await?;
        let cast = Cast::of(&tx.read(), &task).await?;
        step(self, tx, task, Input::Cancel, Cause::Message(None), &cast).await?;
        Ok(())
    }
}

/// The progress of a task of whose phase `done` per cent are done.
pub(crate) fn reached(phases: &[Phase], phase: usize, done: u8) -> u8 {
    let progress = |phase: usize| phases.get(phase).map_or(100, |phase| u32::from(phase.progress));
    let before = phase.checked_sub(1).map_or(0, progress);
    let progress = before + progress(phase).saturating_sub(before) * u32::from(done) / 100;
    u8::try_from(progress).unwrap_or(100)
}

pub(crate) async fn known_task(tx: &Tx<'_>, id: Uuid) -> Result<Task, Fault> {
    let found = tx.read().task(id).await?;
    found.map(|task| Task::clone(&task)).ok_or_else(|| Fault::no_access(Urn::new(Kind::Task, id)))
}

/// The blocking task, if it can still be decided at the transaction's instant: expiry is exact.
async fn active(tx: &Tx<'_>, id: Uuid) -> Result<Arc<BlockingTask>, Fault> {
    let found = tx.read().blocking_task(id).await?.filter(|blocking| blocking.is_active(tx.now()));
    found.ok_or_else(|| Fault::no_access(Urn::new(Kind::BlockingTask, id)))
}
