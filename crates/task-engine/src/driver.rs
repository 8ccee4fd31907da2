//! Time passes. Invariant: timers fire in due order, each as a command of its own; only the due phases of a task that somebody asks about
//! run before their turn, so that nobody sees a task before what was due of it.

use crate::announce::Cast;
use crate::engine::{Engine, known_task, reached};
use crate::lease::Postpone;
use crate::operation::{Again, By, Phase, Run};
use crate::settle::{Cause, step};
use futures::future::try_join_all;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::{Time, after_millis};
use vcdsim_model::task::{Input, Task, TaskStatus};
use vcdsim_store::{Command, Timer, TimerKind, Tx};

/// How many due timers are handed to the writer at a time; it commits them together.
const AT_ONCE: u64 = 64;

impl Engine {
    /// Fires everything that is due now, in due order.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn catch_up(&self) -> Result<(), Fault> {
        let now = self.store().now();
        if self.store().next_due().is_none_or(|due| due > now) {
            return Ok(());
        }
        let _turn = self.turn().lock().await;
        loop {
            let due = self.store().read().timers(now, AT_ONCE).await?;
            if due.is_empty() {
                return Ok(());
            }
            // The writer takes them in this order. What they set is due later than they are, so that nothing is overtaken.
            try_join_all(due.into_iter().map(|timer| self.fire(timer))).await?;
        }
    }

    /// Runs the phases of a task that are due, whatever else is: who asks about a task does not wait for others.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn run_due(&self, task: Uuid) -> Result<(), Fault> {
        // A phase that takes no time makes the next one due at once.
        while let Some(timer) = self.store().read().timer(TimerKind::Phase, task).filter(|timer| timer.due <= self.store().now()) {
            self.fire(timer).await?;
        }
        Ok(())
    }

    /// Moves a clock that is moved by hand to `to`, from one due timer to the next.
    ///
    /// # Errors
    /// 400 when the clock runs by itself.
    pub async fn advance(&self, to: Time) -> Result<(), Fault> {
        self.catch_up().await?;
        while let Some(due) = self.store().next_due().filter(|due| *due <= to) {
            self.move_clock(due)?;
            self.catch_up().await?;
        }
        self.move_clock(to)
    }

    fn move_clock(&self, to: Time) -> Result<(), Fault> {
        let moved = self.store().clock().advance_to(to);
        if moved { Ok(()) } else { Err(Fault::bad_request("The clock of this server runs by itself and cannot be moved.")) }
    }

    /// Fires one timer. Where its work fails, the failure is what happens: a task ends with `error`, the end of a lease is put off, another
    /// timer is dropped and logged.
    pub(crate) async fn fire(&self, timer: Timer) -> Result<(), Fault> {
        let Err(fault) = self.store().write(Fire { engine: self.clone(), timer }).await else { return Ok(()) };
        if timer.kind == TimerKind::Lease {
            return self.store().write(Postpone { timer, fault }).await;
        }
        if timer.kind == TimerKind::Phase {
            // What the phases before did may not be taken back, but the task must end and let go of what it holds.
            for cause in [Cause::Fault(fault.clone()), Cause::Broken(fault)] {
                match self.store().write(Failed { engine: self.clone(), task: timer.subject, cause }).await {
                    Ok(()) => return Ok(()),
                    Err(fault) => tracing::error!(task = %timer.subject, %fault, "a failed task could not be settled"),
                }
            }
        }
        tracing::error!(kind = ?timer.kind, subject = %timer.subject, "a timer could not be fired and is dropped");
        self.store().write(Discard { timer }).await
    }

    /// The driver: sleeps until the next timer is due or something was committed, then fires what is due. Ends when `stop` is cancelled.
    pub async fn drive(self, stop: CancellationToken) {
        let mut revisions = self.store().revisions();
        loop {
            revisions.mark_unchanged();
            if let Err(fault) = self.catch_up().await {
                tracing::error!(%fault, "due timers could not be fired");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                changed = revisions.changed() => if changed.is_err() { return },
                () = sleep_until(self.store().now(), self.store().next_due()) => {}
            }
        }
    }
}

/// The longest sleep: timers further away are looked at again then, which also bounds what a change of the machine's clock can spoil.
const LONGEST_SLEEP: std::time::Duration = std::time::Duration::from_secs(60);

#[expect(clippy::disallowed_methods, reason = "the driver is where virtual due times meet real time")]
async fn sleep_until(now: Time, due: Option<Time>) {
    let left = due.and_then(|due| (due - now).to_std().ok()).unwrap_or(LONGEST_SLEEP);
    tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
}

/// Fires a timer, if it still stands.
struct Fire {
    engine: Engine,
    timer: Timer,
}

impl Command for Fire {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Timer { kind, subject, .. } = self.timer;
        // It may have been fired, moved or removed since it was read.
        if tx.read().timer(kind, subject).is_none_or(|timer| timer.due > tx.now()) {
            return Ok(());
        }
        tx.delete_timer(kind, subject).await?;
        match kind {
            TimerKind::Gate => self.engine.expire(tx, subject).await,
            TimerKind::Phase => run_phase(&self.engine, tx, subject).await,
            TimerKind::TaskRetention => tx.delete_task(subject).await.map(drop),
            TimerKind::Lease => self.engine.end_lease(tx, subject).await,
            TimerKind::Session => tx.delete_session(subject).await.map(drop),
        }
    }
}

/// Runs the next phase of a task; after the last one the task has succeeded, and what follows it is submitted.
async fn run_phase(engine: &Engine, tx: &mut Tx<'_>, id: Uuid) -> Result<(), Fault> {
    let mut task = known_task(tx, id).await?;
    if task.status != TaskStatus::Running {
        return Ok(());
    }
    let operation = engine.registry().of(&task)?;
    let cast = Cast::of(&tx.read(), &task).await?;
    let mut cx = Run::new(tx, &task);
    (operation.run)(&task.params, usize::from(task.phase), &mut cx).await?;
    engine.faults().strike(&task)?;
    let Run { followers, again, .. } = cx;
    if let Some(again) = again {
        return go_on(tx, task, operation.phases, again, &cast).await;
    }
    let done = operation.phases.get(usize::from(task.phase)).map(|phase| phase.progress);
    task.phase += 1;
    task.progress = done.or(task.progress);
    if usize::from(task.phase) < operation.phases.len() {
        engine.schedule(tx, &task).await?;
        tx.put_task(task).await?;
        return Ok(());
    }
    let by = By { user: task.user, org: task.org };
    step(engine, tx, task, Input::Finish, Cause::Progress, &cast).await?;
    for follower in followers {
        engine.enqueue(tx, follower, by, None).await?;
    }
    Ok(())
}

/// Lets a phase go on later. What it locked is kept as it was before, since the next run changes it further.
async fn go_on(tx: &mut Tx<'_>, mut task: Task, phases: &[Phase], again: Again, cast: &Cast) -> Result<(), Fault> {
    if task.before.is_empty() {
        task.before = cast.locked();
    }
    task.progress = task.progress.max(Some(reached(phases, usize::from(task.phase), again.done.min(99))));
    tx.put_timer(TimerKind::Phase, task.id, after_millis(tx.now(), again.after)).await?;
    tx.put_task(task).await.map(drop)
}

/// Ends a task whose phase failed.
struct Failed {
    engine: Engine,
    task: Uuid,
    cause: Cause,
}

impl Command for Failed {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let task = known_task(tx, self.task).await?;
        let cast = Cast::of(&tx.read(), &task).await?;
        step(&self.engine, tx, task, Input::Fault, self.cause, &cast).await?;
        Ok(())
    }
}

/// Drops a timer that cannot be fired.
struct Discard {
    timer: Timer,
}

impl Command for Discard {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.delete_timer(self.timer.kind, self.timer.subject).await
    }
}
