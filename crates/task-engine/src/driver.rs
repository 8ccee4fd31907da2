//! Time passes. Invariant: timers fire in due order, each as a command of its own; only the due phases of a task that somebody asks about
//! run before their turn, so that nobody sees a task before what was due of it.

use crate::announce::Cast;
use crate::engine::{Engine, known_task, reached};
use crate::lease::Postpone;
use crate::operation::{Again, By, Run};
use crate::pace::planned;
use crate::settle::{Cause as Why, step};
use futures::future::try_join_all;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::Time;
use vcdsim_model::event::Cause;
use vcdsim_model::task::{Input, Task, TaskStatus};
use vcdsim_store::{Command, Image, Timer, TimerKind, Tx};

/// How many due timers are handed to the writer at a time; it commits them together.
const AT_ONCE: u64 = 16;

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
            // Where a state is brought back meanwhile, the time goes back as well.
            let due = self.store().read().timers(now.min(self.store().now()), AT_ONCE).await?;
            if due.is_empty() {
                return Ok(());
            }
            // The writer takes them in this order. What they set is due later than they are, so that nothing is overtaken.
            try_join_all(due.into_iter().map(|timer| self.fire(timer))).await?;
        }
    }

    /// Runs the phases of a task that are due, and takes the decision of a responder that is, whatever else is: who asks about a task does not wait for others.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn run_due(&self, task: Uuid) -> Result<(), Fault> {
        // A phase that takes no time makes the next one due at once.
        let due = || {
            let timers = [TimerKind::Responder, TimerKind::Phase].map(|kind| self.store().read().timer(kind, task));
            timers.into_iter().flatten().find(|timer| timer.due <= self.store().now())
        };
        while let Some(timer) = due() {
            self.fire(timer).await?;
        }
        Ok(())
    }

    /// Moves the clock to `to`, from one due timer to the next.
    ///
    /// # Errors
    /// 400 when the clock cannot be moved.
    pub async fn advance(&self, to: Time) -> Result<(), Fault> {
        while self.advance_to_next(to).await? {}
        self.store().write(MoveClock { to }).await
    }

    /// Moves the clock to the next due timer that is not later than `to`, and fires it with whatever else is due then; false when there is
    /// none. What is due now is fired in any case.
    ///
    /// # Errors
    /// 400 when the clock cannot be moved.
    pub async fn advance_to_next(&self, to: Time) -> Result<bool, Fault> {
        self.catch_up().await?;
        let Some(due) = self.store().next_due().filter(|due| *due <= to) else { return Ok(false) };
        self.store().write(MoveClock { to: due }).await?;
        self.catch_up().await?;
        Ok(true)
    }

    /// Makes everything as the image says, while no timer fires.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn restore(&self, image: Image) -> Result<(), Fault> {
        let _turn = self.turn().lock().await;
        self.store().write(Restore { image }).await
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
            for cause in [Why::Fault(fault.clone()), Why::Broken(fault)] {
                match self.store().write(Failed { engine: self.clone(), task: timer.subject, cause }).await {
                    Ok(()) => return Ok(()),
                    Err(fault) => tracing::error!(task = %timer.subject, %fault, "a failed task could not be settled"),
                }
            }
        }
        tracing::error!(kind = ?timer.kind, subject = %timer.subject, "a timer could not be fired and is dropped");
        self.store().write(Discard { timer }).await
    }

    /// How long nothing is due, in real time; `None` for as long as nobody does anything.
    fn wait(&self) -> Option<std::time::Duration> {
        let left = self.store().next_due().map_or(Some(LONGEST_SLEEP), |due| self.store().clock().until(due));
        left.map(|left| left.min(LONGEST_SLEEP))
    }

    /// The driver: sleeps until the next timer is due or something was committed, then fires what is due. Ends when `stop` is cancelled.
    pub async fn drive(self, stop: CancellationToken) {
        let step = || async {
            if let Err(fault) = self.catch_up().await {
                tracing::error!(%fault, "due timers could not be fired; they are tried again");
                tokio::select! { () = stop.cancelled() => {}, () = sleep(Some(PAUSE)) => {} }
            }
        };
        self.drive_by(stop.clone(), step).await;
    }

    /// The driver, with something else that fires what is due.
    pub async fn drive_by<F: Future<Output = ()>>(&self, stop: CancellationToken, step: impl Fn() -> F) {
        let mut revisions = self.store().revisions();
        loop {
            revisions.mark_unchanged();
            step().await;
            tokio::select! {
                () = stop.cancelled() => return,
                changed = revisions.changed() => if changed.is_err() { return },
                () = sleep(self.wait()) => {}
            }
        }
    }
}

/// Moves the clock, in its turn among the commands: whatever comes after it sees the new time.
struct MoveClock {
    to: Time,
}

impl Command for MoveClock {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let moved = tx.advance_clock(self.to);
        if moved { Ok(()) } else { Err(Fault::bad_request("The clock of this server runs by itself and cannot be moved.")) }
    }
}

/// Makes everything as an image says, in its turn among the commands.
struct Restore {
    image: Image,
}

impl Command for Restore {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.restore(self.image).await
    }
}

/// The longest sleep: timers further away are looked at again then, which also bounds what a change of the machine's clock can spoil.
const LONGEST_SLEEP: std::time::Duration = std::time::Duration::from_secs(60);

/// How long a store that fails is left alone.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

#[expect(clippy::disallowed_methods, reason = "the driver is where virtual due times meet real time")]
async fn sleep(wait: Option<std::time::Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

/// Fires a timer, if it still stands.
struct Fire {
    engine: Engine,
    timer: Timer,
}

impl Command for Fire {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Timer { kind, subject, due } = self.timer;
        // It may have been fired, moved or removed since it was read.
        if tx.read().timer(kind, subject).is_none_or(|timer| timer.due > tx.now()) {
            return Ok(());
        }
        tx.set_cause(Some(Cause::Timer(Some(kind), subject)));
        tx.delete_timer(kind, subject).await?;
        match kind {
            TimerKind::Gate => self.engine.expire(tx, subject).await,
            TimerKind::Phase => run_phase(&self.engine, tx, subject).await,
            TimerKind::Responder => self.engine.answer(tx, subject, due).await,
            TimerKind::TaskRetention => tx.delete_task(subject).await.map(drop),
            TimerKind::Lease => self.engine.end_lease(tx, subject).await,
            TimerKind::Session => tx.delete_session(subject).await.map(drop),
            TimerKind::Busy => self.engine.set_free(tx, subject).await.map(drop),
            // Whoever waits for it sees that it is gone.
            TimerKind::Delay | TimerKind::Broker => Ok(()),
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
    let mut cast = Cast::of(&tx.read(), &task).await?;
    if crate::mishap::strike(engine, tx, &task, &cast).await? {
        return Ok(());
    }
    if let Some(failure) = planned(&task, operation.phases) {
        let cause = Why::Told(Some(failure.error.clone()));
        return step(engine, tx, task, Input::Fault, cause, &cast).await.map(drop);
    }
    let mut cx = Run::new(tx, &task);
    (operation.run)(&task.params, usize::from(task.phase), &mut cx).await?;
    engine.faults().strike(&task)?;
    let Run { followers, again, failure, done: done_with, .. } = cx;
    if let Some(fault) = failure {
        return step(engine, tx, task, Input::Fault, Why::Fault(fault), &cast).await.map(drop);
    }
    cast.tell_consequences(tx, &task, engine.registry()).await?;
    if let Some(again) = again {
        cast.tell_early(tx, &task, &done_with).await?;
        return go_on(engine, tx, task, again, &cast).await;
    }
    cast.narrow(&done_with);
    let done = operation.phases.get(usize::from(task.phase)).map(|phase| phase.progress);
    task.phase += 1;
    task.progress = done.or(task.progress);
    if usize::from(task.phase) < operation.phases.len() {
        engine.schedule(tx, &task).await?;
        tx.put_task(task).await?;
        return Ok(());
    }
    let by = By { user: task.user, org: task.org };
    step(engine, tx, task, Input::Finish, Why::Progress, &cast).await?;
    for follower in followers {
        engine.enqueue(tx, follower, by, None).await?;
    }
    Ok(())
}

/// Lets a phase go on later. What it locked is kept as it was before, since the next run changes it further.
async fn go_on(engine: &Engine, tx: &mut Tx<'_>, mut task: Task, again: Again, cast: &Cast) -> Result<(), Fault> {
    let phases = engine.phases_of(&task)?;
    if task.before.is_empty() {
        task.before = cast.locked();
    }
    task.progress = task.progress.max(Some(reached(phases, usize::from(task.phase), again.done.min(99))));
    engine.schedule_again(tx, &task, again.after).await?;
    tx.put_task(task).await.map(drop)
}

/// Ends a task whose phase failed.
struct Failed {
    engine: Engine,
    task: Uuid,
    cause: Why,
}

impl Command for Failed {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.set_cause(Some(Cause::Timer(Some(TimerKind::Phase), self.task)));
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
