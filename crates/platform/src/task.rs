//! Tasks: reading and cancelling them. Invariant: a tenant sees its own organization's tasks and no others.

use crate::access::{may_cancel, sees_task};
use crate::cloud::Cloud;
use crate::graph::TaskGraph;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::{Command, Reader, TaskFilter, Tx};
use vcdsim_task_engine::Engine;

/// A task as the caller sees it.
///
/// # Errors
/// 403 when it does not exist or belongs to another organization.
pub async fn get(reader: &Reader<'_>, caller: &Caller, id: Uuid) -> Result<TaskGraph, Fault> {
    let task = reader.task(id).await?.filter(|task| sees_task(caller, task));
    TaskGraph::load(reader, task.ok_or_else(|| Fault::no_access(Urn::new(Kind::Task, id)))?).await
}

/// The tasks of an organization, the earliest first.
///
/// # Errors
/// 403 when the organization is not the caller's.
pub async fn list(reader: &Reader<'_>, caller: &Caller, org: Uuid) -> Result<Vec<TaskGraph>, Fault> {
    crate::access::visible(reader, caller, Urn::new(Kind::Org, org)).await?;
    let mut graphs = Vec::new();
    for task in reader.tasks(TaskFilter { org: Some(org), ..TaskFilter::default() }).await? {
        graphs.push(TaskGraph::load(reader, task).await?);
    }
    Ok(graphs)
}

impl Cloud {
    /// Cancels a task.
    ///
    /// # Errors
    /// 403 when the caller may not, 400 when the task has ended.
    pub async fn cancel(&self, task: Uuid, caller: &Caller) -> Result<(), Fault> {
        self.store().write(Cancel { engine: self.engine().clone(), task, caller: caller.clone() }).await
    }
}

struct Cancel {
    engine: Engine,
    task: Uuid,
    caller: Caller,
}

impl Command for Cancel {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let graph = get(&tx.read(), &self.caller, self.task).await?;
        if !may_cancel(&self.caller, &graph.task) {
            return Err(Fault::denied());
        }
        self.engine.cancel(tx, self.task).await
    }
}
