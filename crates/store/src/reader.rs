//! Reads. Invariant: a reader of a [`Tx`](crate::Tx) sees that command's own changes first; any other sees committed state only.

use crate::filter::{EntityFilter, TaskFilter};
use crate::store::Inner;
use crate::timer::{Hold, Timer};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::blocking::BlockingTask;
use vcdsim_model::clock::Time;
use vcdsim_model::entity::{Entity, Res, Resource};
use vcdsim_model::event::Event;
use vcdsim_model::family::session::Session;
use vcdsim_model::family::settings::Setting;
use vcdsim_model::id::Urn;
use vcdsim_model::task::Task;

/// A view of the database. All its methods fail with `INTERNAL_SERVER_ERROR` when the database does.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    pub(crate) inner: &'a Inner,
}

#[expect(clippy::missing_errors_doc, reason = "said once, at the type")]
impl Reader<'_> {
    /// The instant of the command inside a [`Tx`](crate::Tx), the clock's outside.
    #[must_use]
    pub fn now(&self) -> Time {
        self.inner.options.clock.now()
    }

    /// The object of this kind with this id.
    pub async fn entity(&self, _urn: Urn) -> Result<Option<Arc<Entity>>, Fault> {
        Ok(None)
    }

    /// The object of kind `R` with this id; [`Fault::no_access`] when there is none.
    pub async fn get<R: Resource>(&self, id: Uuid) -> Result<Res<R>, Fault> {
        self.find(id).await?.ok_or_else(|| Fault::no_access(Urn::new(R::KIND, id)))
    }

    /// The object of kind `R` with this id, if there is one.
    pub async fn find<R: Resource>(&self, id: Uuid) -> Result<Option<Res<R>>, Fault> {
        Ok(self.entity(Urn::new(R::KIND, id)).await?.and_then(Res::new))
    }

    /// The objects that a filter lets through, in the order in which they were made.
    pub async fn list(&self, _filter: EntityFilter) -> Result<Vec<Arc<Entity>>, Fault> {
        Ok(Vec::new())
    }

    /// The objects of kind `R` that lie in `parent`, in the order in which they were made.
    pub async fn children<R: Resource>(&self, parent: Uuid) -> Result<Vec<Res<R>>, Fault> {
        let found = self.list(EntityFilter::kind(R::KIND).in_parent(parent)).await?;
        Ok(found.into_iter().filter_map(Res::new).collect())
    }

    /// A task.
    pub async fn task(&self, _id: Uuid) -> Result<Option<Arc<Task>>, Fault> {
        Ok(None)
    }

    /// The tasks that a filter lets through, ordered by start, then id.
    pub async fn tasks(&self, _filter: TaskFilter) -> Result<Vec<Arc<Task>>, Fault> {
        Ok(Vec::new())
    }

    /// A blocking task.
    pub async fn blocking_task(&self, _id: Uuid) -> Result<Option<Arc<BlockingTask>>, Fault> {
        Ok(None)
    }

    /// The blocking task of a task.
    pub async fn blocking_of(&self, _task: Uuid) -> Result<Option<Arc<BlockingTask>>, Fault> {
        Ok(None)
    }

    /// All blocking tasks, ordered by creation, then id.
    pub async fn blocking_tasks(&self) -> Result<Vec<Arc<BlockingTask>>, Fault> {
        Ok(Vec::new())
    }

    /// What a task holds, in the order in which it took it.
    pub async fn holds(&self, _task: Uuid) -> Result<Vec<Hold>, Fault> {
        Ok(Vec::new())
    }

    /// The session whose token has this hash.
    pub async fn session_by_token(&self, _token_hash: &str) -> Result<Option<Arc<Session>>, Fault> {
        Ok(None)
    }

    /// A session.
    pub async fn session(&self, _id: Uuid) -> Result<Option<Arc<Session>>, Fault> {
        Ok(None)
    }

    /// A settings document; its default when it was never written.
    pub async fn setting<S: Setting>(&self) -> Result<S, Fault> {
        Ok(S::default())
    }

    /// The first `limit` events after number `seq`, in order.
    pub async fn events_after(&self, _seq: i64, _limit: u64) -> Result<Vec<Event>, Fault> {
        Ok(Vec::new())
    }

    /// The last `limit` events, in order.
    pub async fn recent_events(&self, _limit: u64) -> Result<Vec<Event>, Fault> {
        Ok(Vec::new())
    }

    /// Up to which event a sink has delivered.
    pub async fn cursor(&self, _sink: &str) -> Result<Option<i64>, Fault> {
        Ok(None)
    }

    /// The first `limit` timers due at or before `due_until`, ordered by due, then by when they were set.
    pub async fn timers(&self, _due_until: Time, _limit: u64) -> Result<Vec<Timer>, Fault> {
        Ok(Vec::new())
    }
}
