//! Tasks in a developer's hand: moved, made and decided from outside. Invariant: what is done here is done by the engine, as it does it for
//! everybody; nobody but the control interface asks for it.

use crate::access::sees_task;
use crate::cloud::Cloud;
use crate::graph::TaskGraph;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::plan::{Responder, Responders};
use vcdsim_model::task::Task;
use vcdsim_store::{Command, Tx};
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
