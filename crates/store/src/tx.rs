//! What a command works on. Invariant: nothing a command changes leaves its `Tx` before the command has succeeded.

use crate::reader::Reader;
use crate::store::Inner;
use crate::timer::{Hold, TimerKind};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::blocking::BlockingTask;
use vcdsim_model::clock::Time;
use vcdsim_model::entity::{Draft, Entity, Head, Res, Resource};
use vcdsim_model::event::NewEvent;
use vcdsim_model::family::session::Session;
use vcdsim_model::family::settings::Setting;
use vcdsim_model::id::Urn;
use vcdsim_model::task::Task;

/// One command's transaction. Its methods fail with `INTERNAL_SERVER_ERROR` when the database does.
#[derive(Debug)]
pub struct Tx<'t> {
    inner: &'t Inner,
    now: Time,
}

#[expect(clippy::missing_errors_doc, reason = "said once, at the type")]
impl Tx<'_> {
    /// Reads that see the changes made so far.
    #[must_use]
    pub fn read(&self) -> Reader<'_> {
        Reader { inner: self.inner }
    }

    /// The instant at which the command began.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// A fresh id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.inner.options.ids.id()
    }

    /// 32 fresh bytes.
    #[must_use]
    pub fn secret(&self) -> [u8; 32] {
        self.inner.options.ids.secret()
    }

    /// Adds an object: numbers it, at revision 1, made now, held by nobody. [`Fault::duplicate_name`] when its name is taken.
    pub async fn insert<R: Resource>(&mut self, _draft: Draft<R>) -> Result<Res<R>, Fault> {
        Err(Fault::internal())
    }

    /// Changes an object. Id, kind, number and creation stay, the revision grows.
    /// [`Fault::no_access`] when there is none, [`Fault::duplicate_name`] when its new name is taken.
    pub async fn update(&mut self, _urn: Urn, _change: impl FnOnce(&mut Entity) + Send) -> Result<Arc<Entity>, Fault> {
        Err(Fault::internal())
    }

    /// The same with the body's type known.
    pub async fn update_body<R: Resource>(&mut self, _id: Uuid, _change: impl FnOnce(&mut Head, &mut R) + Send) -> Result<Res<R>, Fault> {
        Err(Fault::internal())
    }

    /// Removes an object: this one row only. [`Fault::no_access`] when there is none.
    pub async fn delete(&mut self, _urn: Urn) -> Result<(), Fault> {
        Err(Fault::internal())
    }

    /// Adds or replaces a task.
    pub async fn put_task(&mut self, task: Task) -> Result<Arc<Task>, Fault> {
        Ok(Arc::new(task))
    }

    /// Removes a task; answers whether it was there.
    pub async fn delete_task(&mut self, _id: Uuid) -> Result<bool, Fault> {
        Ok(false)
    }

    /// Adds or replaces a blocking task.
    pub async fn put_blocking(&mut self, blocking: BlockingTask) -> Result<Arc<BlockingTask>, Fault> {
        Ok(Arc::new(blocking))
    }

    /// Removes a blocking task; answers whether it was there.
    pub async fn delete_blocking(&mut self, _id: Uuid) -> Result<bool, Fault> {
        Ok(false)
    }

    /// Adds or replaces a task's hold on an object; a replaced one keeps its place.
    pub async fn put_hold(&mut self, _hold: Hold) -> Result<(), Fault> {
        Ok(())
    }

    /// Removes all holds of a task.
    pub async fn delete_holds(&mut self, _task: Uuid) -> Result<(), Fault> {
        Ok(())
    }

    /// Sets a timer, in place of the one of this kind and subject.
    pub async fn put_timer(&mut self, _kind: TimerKind, _subject: Uuid, _due: Time) -> Result<(), Fault> {
        Ok(())
    }

    /// Removes a timer, if there is one.
    pub async fn delete_timer(&mut self, _kind: TimerKind, _subject: Uuid) -> Result<(), Fault> {
        Ok(())
    }

    /// Adds or replaces a session.
    pub async fn put_session(&mut self, session: Session) -> Result<Arc<Session>, Fault> {
        Ok(Arc::new(session))
    }

    /// Removes a session; answers whether it was there.
    pub async fn delete_session(&mut self, _id: Uuid) -> Result<bool, Fault> {
        Ok(false)
    }

    /// Writes a settings document.
    pub async fn put_setting<S: Setting>(&mut self, _setting: &S) -> Result<(), Fault> {
        Ok(())
    }

    /// Writes an event: numbers it, draws its id, and decides from the settings whether it is announced.
    pub async fn emit(&mut self, _event: NewEvent) -> Result<(), Fault> {
        Ok(())
    }

    /// Notes up to which event a sink has delivered.
    pub async fn put_cursor(&mut self, _sink: &str, _seq: i64) -> Result<(), Fault> {
        Ok(())
    }

    /// Drops the events up to and including number `keep_after`.
    pub async fn prune_events(&mut self, _keep_after: i64) -> Result<(), Fault> {
        Ok(())
    }
}
