//! Reads. Invariant: a reader of a [`Tx`](crate::Tx) sees that command's own changes first; any other sees committed state only.

use crate::filter::{EntityFilter, TaskFilter};
use crate::shared::Shared;
use crate::table::cursor::Cursor;
use crate::table::event::Column as EventColumn;
use crate::table::hold::HeldRow;
use crate::table::metadata::Column as MetadataColumn;
use crate::table::session::Column as SessionColumn;
use crate::table::setting::SettingRow;
use crate::table::timer::TimerRow;
use crate::timer::{Hold, Timer, TimerKind};
use crate::view::{Layers, Wanted};
use sea_orm::{ColumnTrait, Condition};
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
use vcdsim_model::metadata::{MetaEntry, MetaKey, Metadatum};
use vcdsim_model::task::Task;

/// A view of the database. Each call sees the newest commit (and, in a command, what the command has changed); two calls may see two
/// commits unless they are made in a command. All methods fail with `INTERNAL_SERVER_ERROR` when the database does.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) layers: Option<Layers<'a>>,
}

#[expect(clippy::missing_errors_doc, reason = "said once, at the type")]
impl Reader<'_> {
    /// The instant of the command inside a [`Tx`](crate::Tx), the clock's outside.
    #[must_use]
    pub fn now(&self) -> Time {
        self.layers.map_or_else(|| self.shared.clock.now(), |layers| layers.now)
    }

    /// The object of this kind with this id.
    pub async fn entity(&self, urn: Urn) -> Result<Option<Arc<Entity>>, Fault> {
        Ok(self.fetch::<Entity>(&urn.id).await?.filter(|entity| entity.head.kind == urn.kind))
    }

    /// The object with this id, of whatever kind.
    pub async fn object(&self, id: Uuid) -> Result<Option<Arc<Entity>>, Fault> {
        Ok(self.fetch::<Entity>(&id).await?)
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
    pub async fn list(&self, filter: EntityFilter) -> Result<Vec<Arc<Entity>>, Fault> {
        Ok(self.objects(&filter).await?)
    }

    /// The objects of kind `R` that lie in `parent`, in the order in which they were made.
    pub async fn children<R: Resource>(&self, parent: Uuid) -> Result<Vec<Res<R>>, Fault> {
        let found = self.list(EntityFilter::kind(R::KIND).in_parent(parent)).await?;
        Ok(found.into_iter().filter_map(Res::new).collect())
    }

    /// All metadata of an object, by domain and key.
    pub async fn metadata(&self, object: Uuid) -> Result<Vec<MetaEntry>, Fault> {
        let condition = Condition::all().add(MetadataColumn::Object.eq(object));
        let keep = |datum: &Metadatum| datum.object == object;
        let found = self.select(Wanted { condition, keep: &keep, limit: None, newest: false }).await?;
        Ok(found.into_iter().map(|datum| datum.entry.clone()).collect())
    }

    /// What objects have under any of these names, by object: all of them, or those `among` which are asked for.
    pub async fn metadata_named(&self, names: &[MetaKey], among: Option<&[Uuid]>) -> Result<Vec<Arc<Metadatum>>, Fault> {
        let named = |name: &MetaKey| {
            Condition::all().add(MetadataColumn::Domain.eq(name.domain.name())).add(MetadataColumn::Key.eq(name.key.clone()))
        };
        let any = names.iter().fold(Condition::any(), |any, name| any.add(named(name)));
        let condition = Condition::all().add(any).add_option(among.map(|among| MetadataColumn::Object.is_in(among.iter().copied())));
        let keep = |datum: &Metadatum| names.contains(&datum.entry.name) && among.is_none_or(|among| among.contains(&datum.object));
        Ok(self.select(Wanted { condition, keep: &keep, limit: None, newest: false }).await?)
    }

    /// One entry of an object's metadata.
    pub async fn metadatum(&self, object: Uuid, name: &MetaKey) -> Result<Option<MetaEntry>, Fault> {
        Ok(self.fetch::<Metadatum>(&Metadatum::id(object, name)).await?.map(|datum| datum.entry.clone()))
    }

    /// A task.
    pub async fn task(&self, id: Uuid) -> Result<Option<Arc<Task>>, Fault> {
        Ok(self.fetch(&id).await?)
    }

    /// The tasks that a filter lets through, ordered by start, then id.
    pub async fn tasks(&self, filter: TaskFilter) -> Result<Vec<Arc<Task>>, Fault> {
        let keep = |task: &Task| filter.keeps(task);
        Ok(self.select(Wanted { condition: filter.condition(), keep: &keep, limit: filter.limit, newest: false }).await?)
    }

    /// A blocking task.
    pub async fn blocking_task(&self, id: Uuid) -> Result<Option<Arc<BlockingTask>>, Fault> {
        Ok(self.fetch(&id).await?)
    }

    /// The blocking task of a task.
    pub async fn blocking_of(&self, task: Uuid) -> Result<Option<Arc<BlockingTask>>, Fault> {
        let condition = Condition::all().add(crate::table::blocking::Column::Task.eq(task));
        let keep = |blocking: &BlockingTask| blocking.task == task;
        Ok(self.select(Wanted { condition, keep: &keep, limit: Some(1), newest: false }).await?.pop())
    }

    /// All blocking tasks, ordered by creation, then id.
    pub async fn blocking_tasks(&self) -> Result<Vec<Arc<BlockingTask>>, Fault> {
        Ok(self.select(Wanted { condition: Condition::all(), keep: &|_| true, limit: None, newest: false }).await?)
    }

    /// What a task holds, in the order in which it took it.
    pub async fn holds(&self, task: Uuid) -> Result<Vec<Hold>, Fault> {
        Ok(self.held(task).into_iter().map(|row| row.hold).collect())
    }

    pub(crate) fn held(&self, task: Uuid) -> Vec<Arc<HeldRow>> {
        let overlay = self.overlay::<HeldRow>();
        let committed = self.shared.mirrors.holds.range((task, Uuid::nil())..=(task, Uuid::max()));
        let mut rows: Vec<_> = committed.into_iter().filter(|row| !overlay.contains_key(&crate::row::Row::key(&**row))).collect();
        rows.extend(overlay.into_values().flatten().filter(|row| row.hold.task == task).cloned());
        rows.sort_by_key(|row| row.seq);
        rows
    }

    /// The session whose token has this hash.
    pub async fn session_by_token(&self, token_hash: &str) -> Result<Option<Arc<Session>>, Fault> {
        if let Some(id) = self.shared.cache.token(token_hash)
            && let Some(session) = self.session(id).await?
            && session.token_hash == token_hash
        {
            return Ok(Some(session));
        }
        let condition = Condition::all().add(SessionColumn::TokenHash.eq(token_hash));
        let keep = |session: &Session| session.token_hash == token_hash;
        let found = self.select(Wanted { condition, keep: &keep, limit: Some(1), newest: false }).await?.pop();
        if let Some(session) = &found {
            self.shared.cache.note_token(token_hash, session.id);
        }
        Ok(found)
    }

    /// A session.
    pub async fn session(&self, id: Uuid) -> Result<Option<Arc<Session>>, Fault> {
        Ok(self.fetch(&id).await?)
    }

    /// A settings document; its default when it was never written.
    pub async fn setting<S: Setting>(&self) -> Result<S, Fault> {
        match self.fetch::<SettingRow>(&S::KEY.to_owned()).await? {
            Some(row) => Ok(row.get()?),
            None => Ok(S::default()),
        }
    }

    /// The first `limit` events after number `seq`, in order.
    pub async fn events_after(&self, seq: i64, limit: u64) -> Result<Vec<Event>, Fault> {
        self.events(seq, limit, false).await
    }

    /// The events with these numbers, as far as they are there, in order.
    pub async fn events_numbered(&self, numbers: &[i64]) -> Result<Vec<Event>, Fault> {
        let condition = Condition::all().add(EventColumn::Seq.is_in(numbers.iter().copied()));
        let keep = |event: &Event| numbers.contains(&event.seq);
        let rows = self.select(Wanted { condition, keep: &keep, limit: None, newest: false }).await?;
        Ok(rows.into_iter().map(Arc::unwrap_or_clone).collect())
    }

    /// The last `limit` events, in order.
    pub async fn recent_events(&self, limit: u64) -> Result<Vec<Event>, Fault> {
        self.events(i64::MIN, limit, true).await
    }

    async fn events(&self, seq: i64, limit: u64, newest: bool) -> Result<Vec<Event>, Fault> {
        let pruned = self.layers.map(|layers| layers.own.pruned.max(layers.batch.pruned));
        let after = seq.max(pruned.flatten().unwrap_or(i64::MIN));
        let condition = Condition::all().add(EventColumn::Seq.gt(after));
        let keep = |event: &Event| event.seq > after;
        let rows = self.select(Wanted { condition, keep: &keep, limit: Some(limit), newest }).await?;
        Ok(rows.into_iter().map(Arc::unwrap_or_clone).collect())
    }

    /// Up to which event a sink has delivered.
    pub async fn cursor(&self, sink: &str) -> Result<Option<i64>, Fault> {
        Ok(self.fetch::<Cursor>(&sink.to_owned()).await?.map(|cursor| cursor.seq))
    }

    /// The timer of this kind and subject; answered from memory.
    #[must_use]
    pub fn timer(&self, kind: TimerKind, subject: Uuid) -> Option<Timer> {
        let key = (subject, kind);
        let row = match self.changed::<TimerRow>(&key) {
            Some(change) => change.cloned(),
            None => self.shared.mirrors.timers.get(&key),
        };
        row.map(|row| row.timer)
    }

    /// The first `limit` timers due at or before `due_until`, ordered by due, then by when they were set.
    pub async fn timers(&self, due_until: Time, limit: u64) -> Result<Vec<Timer>, Fault> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let overlay = self.overlay::<TimerRow>();
        let mut rows = self.shared.mirrors.timers.up_to((due_until, i64::MAX), limit, |key| overlay.contains_key(key));
        if !overlay.is_empty() {
            rows.extend(overlay.into_values().flatten().filter(|row| row.timer.due <= due_until).cloned());
            rows.sort_by_key(|row| (row.timer.due, row.seq));
            rows.truncate(limit);
        }
        Ok(rows.into_iter().map(|row| row.timer).collect())
    }
}
