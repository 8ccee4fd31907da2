//! Blocking tasks: reading and deciding them. Invariant: only who may resume, abort or fail tasks ever learns that one exists.

use crate::cloud::Cloud;
use crate::graph::name;
use crate::session::caller_of;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::blocking::BlockingTask;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Status;
use vcdsim_model::family::user::User;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::right::Right;
use vcdsim_model::task::Input;
use vcdsim_store::{Command, EntityFilter, Reader, Tx};
use vcdsim_task_engine::Engine;

/// A blocking task and what its document needs.
#[derive(Debug, Clone)]
pub struct BlockingGraph {
    /// The blocking task.
    pub blocking: Arc<BlockingTask>,
    /// The organization's name.
    pub org_name: String,
    /// The user's name.
    pub user_name: String,
    /// The owner's name; empty while it is a scaffold (reference 1.2).
    pub owner_name: String,
}

/// Refuses who may not decide about tasks.
///
/// # Errors
/// 403.
pub fn admit(caller: &Caller) -> Result<(), Fault> {
    if caller.system && caller.has(Right::BLOCKING_TASKS) { Ok(()) } else { Err(Fault::denied()) }
}

/// Who may decide about tasks, as `user@org`.
///
/// # Errors
/// Only a defect of the store.
pub async fn deciders(reader: &Reader<'_>) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for user in reader.list(EntityFilter::kind(Kind::User)).await? {
        let caller = caller_of(reader, user.head.id).await?;
        if admit(&caller).is_ok() && user.body::<User>().is_some_and(|account| account.enabled) {
            names.push(format!("{}@{}", caller.user_name, caller.org_name));
        }
    }
    Ok(names)
}

/// All active blocking tasks, the earliest first.
///
/// # Errors
/// 403 for callers that may not decide.
pub async fn list(reader: &Reader<'_>, caller: &Caller) -> Result<Vec<Arc<BlockingTask>>, Fault> {
    admit(caller)?;
    let now = reader.now();
    Ok(reader.blocking_tasks().await?.into_iter().filter(|blocking| blocking.is_active(now)).collect())
}

/// One active blocking task.
///
/// # Errors
/// 403 when it is decided, expired, unknown, or not the caller's to see.
pub async fn get(reader: &Reader<'_>, caller: &Caller, id: Uuid) -> Result<BlockingGraph, Fault> {
    admit(caller)?;
    let found = reader.blocking_task(id).await?.filter(|blocking| blocking.is_active(reader.now()));
    load(reader, found.ok_or_else(|| Fault::no_access(Urn::new(Kind::BlockingTask, id)))?).await
}

async fn load(reader: &Reader<'_>, blocking: Arc<BlockingTask>) -> Result<BlockingGraph, Fault> {
    let owner = reader.entity(blocking.owner).await?.filter(|owner| owner.head.status != Status::Unresolved);
    Ok(BlockingGraph {
        org_name: name(reader, Urn::new(Kind::Org, blocking.org)).await?,
        user_name: name(reader, Urn::new(Kind::User, blocking.user)).await?,
        owner_name: owner.map(|owner| owner.head.name.clone()).unwrap_or_default(),
        blocking,
    })
}

/// The three decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Let the task go on.
    Resume,
    /// End it and clean up.
    Abort,
    /// End it as failed.
    Fail,
}

impl From<Decision> for Input {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Resume => Self::Resume,
            Decision::Abort => Self::Abort,
            Decision::Fail => Self::Fail,
        }
    }
}

impl Cloud {
    /// Decides about a blocking task.
    ///
    /// # Errors
    /// 403 when the caller may not, or somebody or the timeout was first.
    pub async fn decide(&self, id: Uuid, decision: Decision, message: String, caller: &Caller) -> Result<(), Fault> {
        admit(caller)?;
        self.store().write(Decide { engine: self.engine().clone(), id, decision, message }).await
    }

    /// Keeps a blocking task alive and answers it as it stands then.
    ///
    /// # Errors
    /// 403 as for a decision, 400 for a negative time.
    pub async fn update_progress(&self, id: Uuid, message: String, millis: Option<i64>, caller: &Caller) -> Result<BlockingGraph, Fault> {
        admit(caller)?;
        self.store().write(UpdateProgress { engine: self.engine().clone(), id, message, millis }).await
    }
}

struct Decide {
    engine: Engine,
    id: Uuid,
    decision: Decision,
    message: String,
}

impl Command for Decide {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        self.engine.decide(tx, self.id, self.decision.into(), self.message).await
    }
}

struct UpdateProgress {
    engine: Engine,
    id: Uuid,
    message: String,
    millis: Option<i64>,
}

impl Command for UpdateProgress {
    type Output = BlockingGraph;

    async fn run(self, tx: &mut Tx<'_>) -> Result<BlockingGraph, Fault> {
        let blocking = self.engine.update_progress(tx, self.id, self.message, self.millis).await?;
        load(&tx.read(), blocking).await
    }
}
