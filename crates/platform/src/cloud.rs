//! The handle of one cloud. Invariant: everything a request needs hangs off it, so that one process can host many side by side.

use crate::graph::{Depth, Graph, TaskGraph, inhabitants};
use crate::query::KeptRows;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::settings::{AmqpSettings, TrustPart};
use vcdsim_model::kind::Kind;
use vcdsim_model::task::TaskStatus;
use vcdsim_store::{Command, EntityFilter, Image, Reader, Store, TaskFilter, TimerKind, Tx};
use vcdsim_task_engine::{Engine, Operation};

/// How many due timers are looked through for the tasks of a caller.
const OWN_AT_MOST: usize = 256;

/// What the platform needs from the outside and does not own.
pub trait Ports: std::fmt::Debug + Send + Sync + 'static {
    /// Connects to a broker with these settings and says why that failed.
    fn test_broker(&self, settings: AmqpSettings) -> std::pin::Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

    /// The certificates in an uploaded file, in PEM, or why there are none in it.
    fn read_trust(&self, part: TrustPart, bytes: &[u8], password: Option<&str>) -> Result<String, String>;
}

/// One cloud; clones share it.
#[derive(Debug, Clone)]
pub struct Cloud {
    engine: Engine,
    ports: Arc<dyn Ports>,
    rows: Arc<RwLock<Arc<KeptRows>>>,
}

impl Cloud {
    /// A cloud run by `engine`.
    #[must_use]
    pub fn new(engine: Engine, ports: Arc<dyn Ports>) -> Self {
        Self { engine, ports, rows: Arc::default() }
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

    /// Rows of its query service that were computed before.
    pub(crate) fn rows(&self) -> Arc<KeptRows> {
        Arc::clone(&self.rows.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes everything as the image says; what is now is gone.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn restore(&self, image: Image) -> Result<(), Fault> {
        // Revisions are drawn again. Whoever has begun to read before goes on with the rows that are dropped here.
        self.forget_rows();
        let restored = self.engine.restore(image).await;
        self.forget_rows();
        restored
    }

    fn forget_rows(&self) {
        *self.rows.write().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }

    /// Its committed state.
    #[must_use]
    pub fn read(&self) -> Reader<'_> {
        self.store().read()
    }

    /// Lets happen what is due of the tasks that a request about `id` must not miss: the task with this id, and those that hold the object
    /// with this id, what lies in its document, or what it lies in, or that are about it and hold nothing; and the end of the leases of these.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn catch_up_about(&self, id: Uuid) -> Result<(), Fault> {
        if self.store().awaited(1).is_empty() {
            return Ok(());
        }
        let reader = self.read();
        if reader.task(id).await?.is_some() {
            return self.engine.run_due(id).await;
        }
        let Some(entity) = reader.object(id).await? else { return self.run_due_of_blocked(id).await };
        let mut around = vec![Arc::clone(&entity)];
        match entity.head.kind {
            Kind::VApp => around.extend(reader.list(EntityFilter::kind(Kind::Vm).in_parent(id)).await?),
            Kind::Vm | Kind::TemplateVm => around.extend(match entity.head.parent {
                Some(whole) => reader.object(whole).await?,
                None => None,
            }),
            _ => {}
        }
        self.run_due_of(&around).await?;
        self.run_due_beside(id).await
    }

    /// The same for the task of a blocking task, about which a responder may have to decide.
    async fn run_due_of_blocked(&self, id: Uuid) -> Result<(), Fault> {
        match self.read().blocking_task(id).await? {
            Some(blocking) => self.engine.run_due(blocking.task).await,
            None => Ok(()),
        }
    }

    /// The same for the tasks about an object that hold nothing, as those that change its metadata.
    async fn run_due_beside(&self, id: Uuid) -> Result<(), Fault> {
        let open =
            TaskFilter { owner: Some(id), statuses: Some(vec![TaskStatus::PreRunning, TaskStatus::Running]), ..TaskFilter::default() };
        for task in self.read().tasks(open).await? {
            self.engine.run_due(task.id).await?;
        }
        Ok(())
    }

    /// The same for what a VDC or a catalog lists: clients delete something, read the list, and follow what it still has.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn catch_up_inside(&self, id: Uuid) -> Result<(), Fault> {
        if self.store().awaited(1).is_empty() {
            return Ok(());
        }
        let reader = self.read();
        let Some(list) = reader.object(id).await?.filter(|entity| matches!(entity.head.kind, Kind::Vdc | Kind::Catalog)) else {
            return Ok(());
        };
        for kind in inhabitants(list.head.kind) {
            self.run_due_of(&reader.list(EntityFilter::kind(*kind).in_parent(id)).await?).await?;
        }
        Ok(())
    }

    /// The same for what this caller has done: who changes something and then asks for a list finds it changed there, whatever others do.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn catch_up_own(&self, caller: &Caller) -> Result<(), Fault> {
        let reader = self.read();
        for timer in self.store().awaited(OWN_AT_MOST) {
            let of_task = matches!(timer.kind, TimerKind::Phase | TimerKind::Responder);
            if of_task && reader.task(timer.subject).await?.is_some_and(|task| task.user == caller.user) {
                self.engine.run_due(timer.subject).await?;
            }
        }
        Ok(())
    }

    /// Runs what is due of the tasks that hold these objects, and ends their leases.
    async fn run_due_of(&self, objects: &[Arc<Entity>]) -> Result<(), Fault> {
        for task in objects.iter().filter_map(|entity| entity.head.busy).collect::<BTreeSet<_>>() {
            self.engine.run_due(task).await?;
        }
        for entity in objects {
            self.engine.free_if_due(entity.head.id).await?;
            self.engine.end_due_lease(entity.head.id).await?;
        }
        Ok(())
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
