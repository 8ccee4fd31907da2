//! The operations by name, with their types erased. Invariant: a name has one operation; what is kept as JSON is read back by the type that wrote it.

use crate::lease::Expiry;
use crate::made::NOTHING;
use crate::operation::{Operation, Phase, Prepare, Run, Subject};
use serde_json::Value;
use std::collections::BTreeMap;
use std::pin::Pin;
use vcdsim_model::entity::Entity;
use vcdsim_model::event::Named;
use vcdsim_model::task::Task;
use vcdsim_model::{Fault, operation};

/// What is done in the end, without its type.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;
/// What the platform does about an object whose lease is over, in the transaction in which it is.
pub type LeaseFn = for<'a> fn(&'a Entity, &'a mut Expiry<'_, '_>) -> BoxFuture<'a, ()>;
/// What is to be told when an object has become something else: before, and now, unless it is gone.
pub type ChangeFn = fn(&Entity, Option<&Entity>) -> Vec<(Named, &'static str)>;
type PrepareFn = for<'a> fn(&'a Value, &'a mut Prepare<'_, '_>) -> BoxFuture<'a, Subject>;
type PatienceFn = for<'a> fn(&'a Value, usize, &'a mut Run<'_, '_>) -> BoxFuture<'a, Option<i64>>;
type PhaseFn = for<'a> fn(&'a Value, usize, &'a mut Run<'_, '_>) -> BoxFuture<'a, ()>;

/// An operation without its type.
#[derive(Clone, Copy)]
pub(crate) struct Erased {
    pub(crate) phases: &'static [Phase],
    pub(crate) prepare: PrepareFn,
    pub(crate) run: PhaseFn,
    pub(crate) undo: PhaseFn,
    pub(crate) patience: PatienceFn,
}

/// All operations of the platform.
#[derive(Default)]
pub struct Registry {
    operations: BTreeMap<operation::Operation, Erased>,
    lease: Option<LeaseFn>,
    change: Option<ChangeFn>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.operations.keys()).finish()
    }
}

impl Registry {
    /// Adds an operation under all its names.
    ///
    /// # Panics
    /// When a name is taken: two operations cannot share one.
    pub fn register<O: Operation>(&mut self) {
        let erased = Erased { phases: O::PHASES, prepare: prepare::<O>, run: run::<O>, undo: undo::<O>, patience: patience::<O> };
        for name in O::NAMES {
            assert!(self.operations.insert(*name, erased).is_none(), "{} is registered twice", name.name());
        }
    }

    /// Says what is done about an object whose lease is over; without it, nothing is.
    pub fn on_lease(&mut self, ended: LeaseFn) {
        self.lease = Some(ended);
    }

    /// Says which events follow from what a phase made of an object, besides those of its operation; without it, none do.
    pub fn on_change(&mut self, consequences: ChangeFn) {
        self.change = Some(consequences);
    }

    pub(crate) fn consequences(&self, before: &Entity, now: Option<&Entity>) -> Vec<(Named, &'static str)> {
        self.change.map_or_else(Vec::new, |consequences| consequences(before, now))
    }

    /// The phases of an operation; none when it has no operation here.
    #[must_use]
    pub fn phases(&self, name: operation::Operation) -> &'static [Phase] {
        self.operations.get(&name).map_or(&[], |operation| operation.phases)
    }

    pub(crate) async fn lease_ended(&self, object: &Entity, expiry: &mut Expiry<'_, '_>) -> Result<(), Fault> {
        match self.lease {
            Some(ended) => ended(object, expiry).await,
            None => Ok(()),
        }
    }

    /// The names that have an operation.
    pub fn names(&self) -> impl Iterator<Item = operation::Operation> {
        self.operations.keys().copied()
    }

    /// The operation of a task.
    ///
    /// # Errors
    /// Only a defect: tasks of services have none, and nothing runs for them.
    pub(crate) fn of(&self, task: &Task) -> Result<Erased, Fault> {
        if task.course.made {
            return Ok(NOTHING);
        }
        task.operation.operation().ok_or_else(Fault::internal).and_then(|name| self.get(name))
    }

    pub(crate) fn get(&self, name: operation::Operation) -> Result<Erased, Fault> {
        self.operations.get(&name).copied().ok_or_else(|| {
            tracing::error!(operation = name.name(), "a task names an operation that is not registered");
            Fault::internal()
        })
    }
}

/// An operation on its way to becoming a task: its name and its value as JSON.
#[derive(Debug, Clone)]
pub(crate) struct Queued {
    pub(crate) name: operation::Operation,
    pub(crate) params: Value,
}

impl Queued {
    pub(crate) fn new<O: Operation>(operation: &O) -> Result<Self, Fault> {
        let params = serde_json::to_value(operation).map_err(|error| {
            tracing::error!(%error, operation = operation.name().name(), "an operation cannot be written as JSON");
            Fault::internal()
        })?;
        Ok(Self { name: operation.name(), params })
    }
}

fn read<O: Operation>(params: &Value) -> Result<O, Fault> {
    O::deserialize(params).map_err(|error| {
        tracing::error!(%error, operation = O::NAMES[0].name(), "the parameters of a task cannot be read back");
        Fault::internal()
    })
}

fn prepare<'a, O: Operation>(params: &'a Value, cx: &'a mut Prepare<'_, '_>) -> BoxFuture<'a, Subject> {
    Box::pin(async move { read::<O>(params)?.prepare(cx).await })
}

fn run<'a, O: Operation>(params: &'a Value, phase: usize, cx: &'a mut Run<'_, '_>) -> BoxFuture<'a, ()> {
    Box::pin(async move { read::<O>(params)?.run(phase, cx).await })
}

fn undo<'a, O: Operation>(params: &'a Value, phase: usize, cx: &'a mut Run<'_, '_>) -> BoxFuture<'a, ()> {
    Box::pin(async move { read::<O>(params)?.undo(phase, cx).await })
}

/// A task that cannot be read back waits for nobody: it is run, and ends with that.
fn patience<'a, O: Operation>(params: &'a Value, phase: usize, cx: &'a mut Run<'_, '_>) -> BoxFuture<'a, Option<i64>> {
    Box::pin(async move {
        match read::<O>(params) {
            Ok(operation) => operation.patience(phase, cx).await,
            Err(_unreadable) => Ok(None),
        }
    })
}
