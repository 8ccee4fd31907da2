//! What a family writes for one operation. Invariant: objects are made and seized only through [`Prepare`], so that each leaves a hold which
//! every ending of the task settles.

use crate::registry::Queued;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Draft, Entity, Head, Res, Resource};
use vcdsim_model::id::Urn;
use vcdsim_model::task::Task;
use vcdsim_model::{Fault, operation};
use vcdsim_store::{Hold, HoldKind, Tx};

/// A long operation. The value is kept with its task, as JSON, and read back for each phase.
pub trait Operation: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The names under which it runs; an operation with one name is that name.
    const NAMES: &'static [operation::Operation];
    /// Its phases, in order; each runs in a transaction of its own.
    const PHASES: &'static [Phase];

    /// The name under which this value runs: one of [`Self::NAMES`].
    fn name(&self) -> operation::Operation {
        Self::NAMES[0]
    }

    /// Checks the request, makes the scaffold, locks what exists, and says what the task is about. Runs in the transaction that makes the
    /// task; an error leaves no trace.
    fn prepare(&self, cx: &mut Prepare<'_, '_>) -> impl Future<Output = Result<Subject, Fault>> + Send;

    /// Does phase number `phase`. An error ends the task with `error`, and this phase leaves no trace.
    fn run(&self, phase: usize, cx: &mut Run<'_, '_>) -> impl Future<Output = Result<(), Fault>> + Send;

    /// How long phase number `phase` waits for somebody outside, in milliseconds; `None` when it waits for nobody. It is run when
    /// [`Engine::nudge`](crate::Engine::nudge) finds that it waits no more, or when its patience ends.
    fn patience(&self, _phase: usize, _cx: &mut Run<'_, '_>) -> impl Future<Output = Result<Option<i64>, Fault>> + Send {
        async { Ok(None) }
    }

    /// Takes back what a finished phase did to objects that the task does not hold; held ones are settled without it.
    fn undo(&self, _phase: usize, _cx: &mut Run<'_, '_>) -> impl Future<Output = Result<(), Fault>> + Send {
        async { Ok(()) }
    }
}

/// One step of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    /// Its name, in messages about the task.
    pub name: &'static str,
    /// The percentage of the task that is done after it.
    pub progress: u8,
}

/// The one phase of an operation that has no steps worth telling.
pub const ONE_PHASE: &[Phase] = &[Phase { name: "apply", progress: 100 }];

/// What a task is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The task's owner.
    pub owner: Urn,
    /// The owner's name in the operation text; may be empty.
    pub name: String,
}

impl Subject {
    /// The object with this head.
    #[must_use]
    pub fn of(head: &Head) -> Self {
        Self { owner: Urn::new(head.kind, head.id), name: head.name.clone() }
    }
}

/// On whose behalf a task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By {
    /// The user.
    pub user: Uuid,
    /// The user's organization, or the one of the object that the task is about when nobody asked for it.
    pub org: Uuid,
}

impl From<&Caller> for By {
    fn from(caller: &Caller) -> Self {
        Self { user: caller.user, org: caller.org }
    }
}

/// What [`Operation::prepare`] works with.
#[derive(Debug)]
pub struct Prepare<'a, 't> {
    /// The transaction.
    pub tx: &'a mut Tx<'t>,
    /// The id that the task will have.
    pub task: Uuid,
    /// Who asks; `None` for a task that follows another one, whose caller was admitted when that began.
    pub caller: Option<&'a Caller>,
    /// On whose behalf it runs.
    pub by: By,
}

impl Prepare<'_, '_> {
    /// Makes a transient object: held by the task, deleted if the task is aborted or cancelled, marked with status -1 if it fails.
    ///
    /// # Errors
    /// `DUPLICATE_NAME`.
    pub async fn create<R: Resource>(&mut self, draft: Draft<R>) -> Result<Res<R>, Fault> {
        let made = self.tx.insert(draft).await?;
        self.hold(made.urn(), HoldKind::Created).await?;
        self.tx.read().get::<R>(made.head().id).await
    }

    /// Seizes an existing object until the task ends; its status is restored unless the task succeeds.
    ///
    /// # Errors
    /// `BUSY_ENTITY` when another task holds it, 403 when it does not exist.
    pub async fn lock(&mut self, urn: Urn) -> Result<Arc<Entity>, Fault> {
        let entity = self.tx.read().entity(urn).await?.ok_or_else(|| Fault::no_access(urn))?;
        entity.not_busy()?;
        self.hold(urn, HoldKind::Locked { was: entity.head.status }).await?;
        Ok(entity)
    }

    async fn hold(&mut self, urn: Urn, what: HoldKind) -> Result<(), Fault> {
        let task = self.task;
        self.tx.put_hold(Hold { task, entity: urn, what }).await?;
        self.tx.update(urn, |entity| entity.head.busy = Some(task)).await?;
        Ok(())
    }
}

/// What [`Operation::run`] and [`Operation::undo`] work with.
#[derive(Debug)]
pub struct Run<'a, 't> {
    /// The transaction.
    pub tx: &'a mut Tx<'t>,
    /// The task.
    pub task: &'a Task,
    /// What is to follow, once this task has succeeded.
    pub(crate) followers: Vec<Queued>,
    /// When the phase is to go on, if it is.
    pub(crate) again: Option<Again>,
    /// Why the task ends here, if it does.
    pub(crate) failure: Option<Fault>,
    /// What the outcome is told of by this run, where others of its kind have a run of their own.
    pub(crate) done: Vec<Urn>,
}

/// A phase that goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Again {
    /// In so many milliseconds.
    pub(crate) after: i64,
    /// How much of the phase is done, in per cent.
    pub(crate) done: u8,
}

impl<'a, 't> Run<'a, 't> {
    pub(crate) const fn new(tx: &'a mut Tx<'t>, task: &'a Task) -> Self {
        Self { tx, task, followers: Vec::new(), again: None, failure: None, done: Vec::new() }
    }

    /// Has this phase run again `after` milliseconds from now: it has done what it can until then, which is `done` per cent of it. The
    /// next run finds what this one left, and is told nothing else. Should the task not succeed, what it locked is again as it was.
    pub const fn go_on(&mut self, after: i64, done: u8) {
        self.again = Some(Again { after, done });
    }

    /// Of the objects of these kinds that the task holds, these are done by this run: the outcome is told of them now and in this order.
    /// Other runs of the phase have to name the others. Should the task not succeed, that is told of all of them at its end.
    pub fn done_with(&mut self, objects: impl IntoIterator<Item = Urn>) {
        self.done.extend(objects);
    }

    /// Ends the task with `error` as an outcome that was to be expected. An error that a phase returns takes back all that the phase did;
    /// after this one, what it told stays told.
    pub fn fail(&mut self, fault: Fault) {
        self.failure = Some(fault);
    }

    /// Submits another operation when this task has succeeded, as a task of its own that blocks by its own name (ruling Q23).
    ///
    /// # Errors
    /// Only a defect: the operation's value cannot be written as JSON.
    pub fn then<O: Operation>(&mut self, operation: &O) -> Result<(), Fault> {
        self.followers.push(Queued::new(operation)?);
        Ok(())
    }
}
