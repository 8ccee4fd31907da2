//! Tasks in a developer's hand: moved, made and decided from outside. Invariant: what is done here is done by the engine, as it does it for
//! everybody; nobody but the control interface asks for it.

use crate::access::sees_task;
use crate::cloud::Cloud;
use crate::graph::TaskGraph;
use crate::mishap::start_broker;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::clock::from_millis;
use vcdsim_model::fate::Outage;
use vcdsim_model::mishap::Mishaps;
use vcdsim_model::plan::{Course, Responder, Responders, TaskPlans};
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_store::{Command, TaskFilter, TimerKind, Tx};
use vcdsim_task_engine::{ByHand, Engine, Handled, MadeTask, Obstacle};

impl Cloud {
    /// Does something to a task, and lets what becomes due of it happen; answers the task, or what is in the way.
    ///
    /// # Errors
    /// 403 for an unknown task.
    pub async fn by_hand(&self, task: Uuid, what: ByHand) -> Result<Result<TaskGraph, Obstacle>, Fault> {
        self.catch_up_about(task).await?;
        match self.store().write(Handling { engine: self.engine().clone(), task, what }).await? {
            Ok(_) => self.after(task).await.map(Ok),
            Err(obstacle) => Ok(Err(obstacle)),
        }
    }

    /// Makes a task in the state that is asked for.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn make_task(&self, made: MadeTask) -> Result<TaskGraph, Fault> {
        let task = self.store().write(Make { engine: self.engine().clone(), made }).await?;
        let reader = self.read();
        TaskGraph::load(&reader, task).await
    }

    /// Withdraws whatever hands have ordered, for a cloud in which nobody could any more: rules, plans, responders, a broker that is kept
    /// away, and tasks that would wait for a hand for ever. Answers what that was, in words.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn empty_hands(&self) -> Result<Vec<String>, Fault> {
        self.store().write(EmptyHands { engine: self.engine().clone() }).await
    }

    async fn after(&self, task: Uuid) -> Result<TaskGraph, Fault> {
        self.engine().run_due(task).await?;
        let reader = self.read();
        TaskGraph::load(&reader, reader.task(task).await?.ok_or_else(Fault::internal)?).await
    }

    /// Notes that a client asks for a task, where its plan counts that, and lets happen what is due by it.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn polled(&self, task: Uuid, caller: &Caller) -> Result<(), Fault> {
        let counts = |found: &Arc<Task>| sees_task(caller, found) && self.engine().counts_polls(found);
        if self.read().task(task).await?.is_some_and(|found| counts(&found)) {
            self.store().write(Polled { engine: self.engine().clone(), task }).await?;
            self.engine().run_due(task).await?;
        }
        Ok(())
    }

    /// Whether a task waits for files that a client sends.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn awaits_files(&self, task: &Task) -> Result<bool, Fault> {
        if task.course.made || task.phase > 0 || !task.operation.receives() {
            return Ok(false);
        }
        Ok(self.read().entity(task.owner).await?.is_some_and(|entity| !crate::media::is_complete(&entity)))
    }

    /// Adds a responder, with an id of its own.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn add_responder(&self, responder: Responder) -> Result<Responder, Fault> {
        self.store().write(Add { responder }).await
    }

    /// Removes a responder, or all, and what they were going to decide; answers how many.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn dismiss_responders(&self, which: Option<Uuid>) -> Result<usize, Fault> {
        self.store().write(Dismiss { engine: self.engine().clone(), which }).await
    }
}

struct EmptyHands {
    engine: Engine,
}

impl Command for EmptyHands {
    type Output = Vec<String>;

    async fn run(self, tx: &mut Tx<'_>) -> Result<Vec<String>, Fault> {
        let (mishaps, plans): (Mishaps, TaskPlans) = (tx.read().setting().await?, tx.read().setting().await?);
        let (rules, plans) = (mishaps.rules.len(), plans.operations.len() + usize::from(plans.default.is_some()));
        if rules > 0 {
            tx.put_setting(&Mishaps::default()).await?;
        }
        if plans > 0 {
            tx.put_setting(&TaskPlans::default()).await?;
        }
        let responders = if tx.read().setting::<Responders>().await?.0.is_empty() { 0 } else { self.engine.dismiss(tx, None).await? };
        let outage = tx.read().setting::<Outage>().await?.lasts(tx.now());
        if outage {
            start_broker(tx).await?;
        }
        let unfinished =
            TaskFilter { statuses: Some(vec![TaskStatus::Queued, TaskStatus::PreRunning, TaskStatus::Running]), ..TaskFilter::default() };
        let mut released = 0;
        for task in tx.read().tasks(unfinished).await? {
            if task.course.held || task.course.plan.is_some() {
                // Held without a plan and let go: from where it is, it goes on as tasks of this server do.
                let course = Course { plan: None, held: true, ..task.course.clone() };
                tx.put_task(Task { course, ..Task::clone(&task) }).await?;
                released += usize::from(self.engine.by_hand(tx, task.id, ByHand::Release).await?.is_ok());
            }
        }
        let mut freed = 0;
        for timer in tx.read().timers(from_millis(i64::MAX), u64::MAX).await?.into_iter().filter(|timer| timer.kind == TimerKind::Busy) {
            freed += usize::from(self.engine.set_free(tx, timer.subject).await?);
        }
        let counted = [
            (rules, "rules"),
            (plans, "plans"),
            (responders, "responders"),
            (released, "tasks in somebody's hand"),
            (freed, "busy objects"),
        ];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        Ok(counted.chain(outage.then(|| "a broker that is kept away".to_owned())).collect())
    }
}

struct Handling {
    engine: Engine,
    task: Uuid,
    what: ByHand,
}

impl Command for Handling {
    type Output = Handled;

    async fn run(self, tx: &mut Tx<'_>) -> Result<Handled, Fault> {
        self.engine.by_hand(tx, self.task, self.what).await
    }
}

struct Make {
    engine: Engine,
    made: MadeTask,
}

impl Command for Make {
    type Output = Arc<Task>;

    async fn run(self, tx: &mut Tx<'_>) -> Result<Arc<Task>, Fault> {
        self.engine.make(tx, self.made).await
    }
}

struct Polled {
    engine: Engine,
    task: Uuid,
}

impl Command for Polled {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        self.engine.polled(tx, self.task).await
    }
}

struct Add {
    responder: Responder,
}

impl Command for Add {
    type Output = Responder;

    async fn run(self, tx: &mut Tx<'_>) -> Result<Responder, Fault> {
        let responder = Responder { id: tx.id(), ..self.responder };
        let mut all = tx.read().setting::<Responders>().await?;
        all.0.push(responder.clone());
        tx.put_setting(&all).await?;
        Ok(responder)
    }
}

struct Dismiss {
    engine: Engine,
    which: Option<Uuid>,
}

impl Command for Dismiss {
    type Output = usize;

    async fn run(self, tx: &mut Tx<'_>) -> Result<usize, Fault> {
        self.engine.dismiss(tx, self.which).await
    }
}
