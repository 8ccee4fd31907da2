//! The handle of one cloud. Invariant: everything a request needs hangs off it, so that one process can host many side by side.

use crate::graph::{Depth, Graph, TaskGraph};
use std::sync::Arc;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Resource;
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_store::{Command, Reader, Store, Tx};
use vcdsim_task_engine::{Engine, Operation};

/// What the platform needs from the outside and does not own.
pub trait Ports: std::fmt::Debug + Send + Sync + 'static {
    /// Connects to a broker with these settings and says why that failed.
    fn test_broker(&self, settings: AmqpSettings) -> std::pin::Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;
}

/// One cloud; clones share it.
#[derive(Debug, Clone)]
pub struct Cloud {
    engine: Engine,
    ports: Arc<dyn Ports>,
}

impl Cloud {
    /// A cloud run by `engine`.
    #[must_use]
    pub fn new(engine: Engine, ports: Arc<dyn Ports>) -> Self {
        Self { engine, ports }
    }

    /// The engine that runs its tasks.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Its store.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.engine.store()
    }

    /// The outside.
    #[must_use]
    pub fn ports(&self) -> &dyn Ports {
        &*self.ports
    }

    /// Its committed state.
    #[must_use]
    pub fn read(&self) -> Reader<'_> {
        self.store().read()
    }

    /// Makes a task and answers it as it stands right after.
    ///
    /// # Errors
    /// What the operation refuses.
    pub async fn submit<O: Operation>(&self, operation: O, caller: &Caller) -> Result<TaskGraph, Fault> {
        let command = Submit { engine: self.engine.clone(), operation, caller: caller.clone() };
        self.store().write(command).await.map(|(task, _)| task)
    }

    /// Makes a task and answers its owner as it stands right after: the scaffold of something that is being created.
    ///
    /// # Errors
    /// What the operation refuses.
    pub async fn submit_new<O: Operation>(&self, operation: O, caller: &Caller) -> Result<Graph, Fault> {
        let command = Submit { engine: self.engine.clone(), operation, caller: caller.clone() };
        let (_, graph) = self.store().write(command).await?;
        graph.ok_or_else(Fault::internal)
    }

    /// Changes one object in place, without a task: read, admitted and changed in one transaction.
    ///
    /// # Errors
    /// What `admit` refuses.
    pub async fn change<R: Resource>(&self, change: Change<R>, caller: &Caller) -> Result<Graph, Fault> {
        self.store().write(ChangeCommand { change, caller: caller.clone() }).await
    }
}

struct Submit<O> {
    engine: Engine,
    operation: O,
    caller: Caller,
}

impl<O: Operation> Command for Submit<O> {
    type Output = (TaskGraph, Option<Graph>);

    async fn run(self, tx: &mut Tx<'_>) -> Result<Self::Output, Fault> {
        let task = self.engine.submit(tx, &self.operation, &self.caller).await?;
        let reader = tx.read();
        let graph = match reader.entity(task.owner).await? {
            Some(entity) => Some(Graph::load(&reader, &self.caller, entity, Depth::Whole).await?),
            None => None,
        };
        Ok((TaskGraph::load(&reader, task).await?, graph))
    }
}

/// A change of one object's body and head that needs no task.
pub struct Change<R: Resource> {
    /// What the caller must be allowed to do.
    pub action: &'static vcdsim_model::action::Action,
    /// Which object.
    pub id: uuid::Uuid,
    /// The change.
    pub apply: Box<dyn FnOnce(&mut vcdsim_model::entity::Head, &mut R) + Send>,
}

impl<R: Resource> std::fmt::Debug for Change<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change").field("action", &self.action.label()).field("id", &self.id).finish_non_exhaustive()
    }
}

struct ChangeCommand<R: Resource> {
    change: Change<R>,
    caller: Caller,
}

impl<R: Resource> Command for ChangeCommand<R> {
    type Output = Graph;

    async fn run(self, tx: &mut Tx<'_>) -> Result<Graph, Fault> {
        let Change { action, id, apply } = self.change;
        crate::access::admit::<R>(&tx.read(), &self.caller, action, id).await?;
        let changed = tx.update_body::<R>(id, apply).await?;
        Graph::load(&tx.read(), &self.caller, changed.entity().clone(), Depth::Whole).await
    }
}
