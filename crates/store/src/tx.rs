//! What a command works on. Invariant: nothing a command changes leaves its `Tx` before the command has succeeded.

use crate::blob::BlobCopy;
use crate::changes::Changes;
use crate::image::{Before, Restored};
use crate::names::Names;
use crate::reader::Reader;
use crate::shared::Shared;
use crate::table::cursor::Cursor;
use crate::table::hold::HeldRow;
use crate::table::meta::Counters;
use crate::table::object;
use crate::table::setting::SettingRow;
use crate::table::timer::TimerRow;
use crate::timer::{Hold, Timer, TimerKind};
use crate::view::Layers;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::blocking::BlockingTask;
use vcdsim_model::clock::{Hand, Time};
use vcdsim_model::entity::{Draft, Entity, Head, Res, Resource};
use vcdsim_model::event::{Cause, Event, NewEvent};
use vcdsim_model::family::session::Session;
use vcdsim_model::family::settings::{NotificationsSettings, Setting};
use vcdsim_model::id::Urn;
use vcdsim_model::metadata::bearer::Bearer;
use vcdsim_model::metadata::{MetaEntry, MetaKey, Metadatum};
use vcdsim_model::task::Task;

/// One command's transaction. Its methods fail with `INTERNAL_SERVER_ERROR` when the database does.
#[derive(Debug)]
pub struct Tx<'t> {
    shared: &'t Shared,
    batch: &'t Changes,
    names: &'t Names,
    own: Changes,
    counters: Counters,
    saw_batch: AtomicBool,
    now: Time,
    cause: Option<Cause>,
    before: Option<Before>,
}

/// What is left of a transaction when its command has ended.
pub(crate) struct Outcome {
    pub(crate) changes: Changes,
    pub(crate) counters: Counters,
    pub(crate) saw_batch: bool,
    /// Set when the time has begun anew.
    pub(crate) anew: Option<Before>,
}

impl<'t> Tx<'t> {
    pub(crate) fn new(shared: &'t Shared, batch: &'t Changes, names: &'t Names, counters: Counters, now: Time) -> Self {
        Self { shared, batch, names, own: Changes::default(), counters, saw_batch: AtomicBool::new(false), now, cause: None, before: None }
    }

    pub(crate) fn shared(&self) -> &'t Shared {
        self.shared
    }

    pub(crate) fn batch(&self) -> &'t Changes {
        self.batch
    }

    pub(crate) fn own_mut(&mut self) -> &mut Changes {
        &mut self.own
    }

    /// Goes on from where another database stood.
    pub(crate) fn begin_anew(&mut self, counters: Counters, hand: Hand, restored: Restored) {
        self.before = Some(Before::of(self.shared, self.counters, self.now));
        if let (Some(_), Ok(position)) = (self.shared.ids.position(), u64::try_from(counters.ids)) {
            self.shared.ids.seek(position);
        }
        self.shared.clock.begin_anew(hand);
        self.counters = counters;
        self.own.restored = Some(restored);
    }

    pub(crate) fn end(self) -> Outcome {
        Outcome { changes: self.own, counters: self.counters, saw_batch: self.saw_batch.load(Ordering::Relaxed), anew: self.before }
    }
}

#[expect(clippy::missing_errors_doc, reason = "said once, at the type")]
impl Tx<'_> {
    /// Reads that see the changes made so far.
    #[must_use]
    pub fn read(&self) -> Reader<'_> {
        let layers = Layers { own: &self.own, batch: self.batch, saw_batch: &self.saw_batch, now: self.now };
        Reader { shared: self.shared, layers: Some(layers) }
    }

    /// The objects that this command has made, changed or removed so far: as it found them, and as they are now; by id.
    pub fn changed(&self) -> impl Iterator<Item = (Option<&Arc<Entity>>, Option<&Arc<Entity>>)> {
        self.own.before.iter().map(|(id, before)| (before.as_ref(), self.own.of::<Entity>(id).flatten()))
    }

    /// Moves the clock for the commands that follow; false when it cannot be moved.
    #[must_use]
    pub fn advance_clock(&self, to: Time) -> bool {
        self.shared.clock.advance_to(to)
    }

    /// The instant at which the command began.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Says what the events that follow are written for.
    pub fn set_cause(&mut self, cause: Option<Cause>) {
        self.cause = cause;
    }

    /// A fresh id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.shared.ids.id()
    }

    /// The next of the numbers that everything in this cloud is told apart by where ids are too long: no two are the same.
    pub fn number(&mut self) -> i64 {
        self.counters.number += 1;
        self.counters.number
    }

    /// The last number that was drawn.
    #[must_use]
    pub fn last_number(&self) -> i64 {
        self.counters.number
    }

    /// 32 fresh bytes.
    #[must_use]
    pub fn secret(&self) -> [u8; 32] {
        self.shared.ids.secret()
    }

    /// Adds an object: numbers it, at revision 1, made now, held by nobody. [`Fault::duplicate_name`] when its name is taken.
    /// The id must be a fresh one.
    pub async fn insert<R: Resource>(&mut self, draft: Draft<R>) -> Result<Res<R>, Fault> {
        let Draft { id, name, description, org, parent, owner, status, body } = draft;
        let head = Head {
            id,
            kind: R::KIND,
            name,
            description,
            org,
            parent,
            owner,
            status,
            busy: None,
            created: self.now,
            seq: self.counters.object + 1,
            rev: 1,
        };
        let entity = self.put_entity(None, Entity { head, body: body.wrap() }).await?;
        self.counters.object += 1;
        Res::new(entity).ok_or_else(Fault::internal)
    }

    /// Changes an object. Id, kind, number and creation stay, the revision grows.
    /// [`Fault::no_access`] when there is none, [`Fault::duplicate_name`] when its new name is taken.
    pub async fn update(&mut self, urn: Urn, change: impl FnOnce(&mut Entity) + Send) -> Result<Arc<Entity>, Fault> {
        let old = self.read().entity(urn).await?.ok_or_else(|| Fault::no_access(urn))?;
        let mut new = Entity::clone(&old);
        change(&mut new);
        if new.body.kind() != urn.kind {
            tracing::error!(%urn, "a change gave an object the body of another kind");
            return Err(Fault::internal());
        }
        let Head { id, kind, created, seq, rev, .. } = old.head;
        new.head = Head { id, kind, created, seq, rev: rev + 1, ..new.head };
        self.put_entity(Some(&old), new).await
    }

    /// The same with the body's type known.
    pub async fn update_body<R: Resource>(&mut self, id: Uuid, change: impl FnOnce(&mut Head, &mut R) + Send) -> Result<Res<R>, Fault> {
        let change = |entity: &mut Entity| {
            if let Some(body) = R::of_mut(&mut entity.body) {
                change(&mut entity.head, body);
            }
        };
        Res::new(self.update(Urn::new(R::KIND, id), change).await?).ok_or_else(Fault::internal)
    }

    /// Changes a body whether a task holds the object or not: also in what that task would give back if it ended otherwise than well.
    pub async fn update_kept<R: Resource>(&mut self, id: Uuid, change: impl Fn(&mut R) + Send + Sync) -> Result<(), Fault> {
        let object = self.update_body::<R>(id, |_, body| change(body)).await?;
        let Some(holder) = object.head().busy else { return Ok(()) };
        let Some(task) = self.read().task(holder).await? else { return Ok(()) };
        let mut task = Task::clone(&task);
        let kept = task.before.iter_mut().find(|(urn, _)| *urn == object.urn());
        if let Some(body) = kept.and_then(|(_, body)| R::of_mut(body)) {
            change(body);
            self.put_task(task).await?;
        }
        Ok(())
    }

    /// Removes an object with its metadata, and no other object. [`Fault::no_access`] when there is none.
    pub async fn delete(&mut self, urn: Urn) -> Result<(), Fault> {
        let old = self.read().entity(urn).await?.ok_or_else(|| Fault::no_access(urn))?;
        if old.head.name_key().is_some() {
            self.own.vacated.insert(urn.id);
        }
        self.own.kinds.insert(urn.kind);
        self.own.note_before(urn.id, Some(&old));
        self.own.remove::<Entity>(urn.id);
        if Bearer::of(urn.kind).is_some() {
            for entry in self.read().metadata(urn.id).await? {
                self.own.remove::<Metadatum>(Metadatum::id(urn.id, &entry.name));
            }
        }
        self.time_lease(urn.id, old.lease().due(), None).await
    }

    /// Adds an entry to the metadata of an object, in place of the one of this name.
    pub async fn put_metadata(&mut self, object: Uuid, entry: MetaEntry) -> Result<(), Fault> {
        self.own.put(Metadatum { object, entry });
        Ok(())
    }

    /// Removes an entry from the metadata of an object, if it is there.
    pub async fn delete_metadata(&mut self, object: Uuid, name: &MetaKey) -> Result<(), Fault> {
        self.own.remove::<Metadatum>(Metadatum::id(object, name));
        Ok(())
    }

    /// Gives an object all the metadata that another one has.
    pub async fn copy_metadata(&mut self, from: Uuid, to: Uuid) -> Result<(), Fault> {
        for entry in self.read().metadata(from).await? {
            self.put_metadata(to, entry).await?;
        }
        Ok(())
    }

    async fn put_entity(&mut self, old: Option<&Arc<Entity>>, new: Entity) -> Result<Arc<Entity>, Fault> {
        let former = old.and_then(|old| old.head.name_key());
        let key = new.head.name_key();
        if key != former {
            if let Some(key) = &key
                && self.is_taken(key, new.head.id).await?
            {
                return Err(Fault::duplicate_name(&new.head.name));
            }
            if former.is_some() {
                self.own.vacated.insert(new.head.id);
            }
            if let Some(key) = key {
                self.own.names.insert(key, new.head.id);
            }
        }
        self.own.kinds.insert(new.head.kind);
        self.own.note_before(new.head.id, old);
        self.time_lease(new.head.id, old.and_then(|old| old.lease().due()), new.lease().due()).await?;
        Ok(self.own.put(new))
    }

    /// Lets the timer of an object's lease follow the lease.
    async fn time_lease(&mut self, id: Uuid, former: Option<Time>, due: Option<Time>) -> Result<(), Fault> {
        match due {
            _ if due == former => Ok(()),
            Some(due) => self.put_timer(TimerKind::Lease, id, due).await,
            None => self.delete_timer(TimerKind::Lease, id).await,
        }
    }

    /// Whether an object other than `by` has this unique name.
    async fn is_taken(&self, key: &str, by: Uuid) -> Result<bool, Fault> {
        let has_it = |id: &Uuid| match self.read().changed::<Entity>(id) {
            Some(Some(entity)) => Some(entity.head.name_key().as_deref() == Some(key)),
            Some(None) => Some(false),
            None => None,
        };
        let claimed = [&self.own, self.batch].into_iter().filter_map(|changes| changes.names.get(key));
        if claimed.filter(|id| **id != by).any(|id| has_it(id) == Some(true)) {
            return Ok(true);
        }
        if !self.names.may_have(key) {
            return Ok(false);
        }
        let stored = object::Entity::find().select_only().column(object::Column::Id).filter(object::Column::NameKey.eq(key));
        let stored = stored.into_tuple::<Uuid>().one(self.read().db()).await.map_err(crate::StoreError::from)?;
        Ok(stored.is_some_and(|id| id != by && has_it(&id) != Some(false)))
    }

    /// Lets a file of an object that nobody writes to any more be file number `to.1` of the object `to.0`, too.
    pub fn copy_blob(&mut self, from: (Uuid, usize), to: (Uuid, usize)) {
        self.own.copies.push(BlobCopy { from, to });
    }

    /// Adds or replaces a task.
    pub async fn put_task(&mut self, task: Task) -> Result<Arc<Task>, Fault> {
        Ok(self.own.put(task))
    }

    /// Removes a task; answers whether it was there.
    pub async fn delete_task(&mut self, id: Uuid) -> Result<bool, Fault> {
        let known = self.read().task(id).await?.is_some();
        self.own.remove::<Task>(id);
        Ok(known)
    }

    /// Adds or replaces a blocking task. A task has at most one: a second one under another id is refused at the commit.
    pub async fn put_blocking(&mut self, blocking: BlockingTask) -> Result<Arc<BlockingTask>, Fault> {
        Ok(self.own.put(blocking))
    }

    /// Removes a blocking task; answers whether it was there.
    pub async fn delete_blocking(&mut self, id: Uuid) -> Result<bool, Fault> {
        let known = self.read().blocking_task(id).await?.is_some();
        self.own.remove::<BlockingTask>(id);
        Ok(known)
    }

    /// Adds a task's hold on an object, or replaces it; either way it is then the last one taken.
    pub async fn put_hold(&mut self, hold: Hold) -> Result<(), Fault> {
        self.counters.hold += 1;
        self.own.put(HeldRow { hold, seq: self.counters.hold });
        Ok(())
    }

    /// Removes all holds of a task.
    pub async fn delete_holds(&mut self, task: Uuid) -> Result<(), Fault> {
        for row in self.read().held(task) {
            self.own.remove::<HeldRow>((task, row.hold.entity.id));
        }
        Ok(())
    }

    /// Sets a timer, in place of the one of this kind and subject.
    pub async fn put_timer(&mut self, kind: TimerKind, subject: Uuid, due: Time) -> Result<(), Fault> {
        self.counters.timer += 1;
        self.own.put(TimerRow { timer: Timer { kind, subject, due }, seq: self.counters.timer });
        Ok(())
    }

    /// Removes a timer, if there is one.
    pub async fn delete_timer(&mut self, kind: TimerKind, subject: Uuid) -> Result<(), Fault> {
        self.own.remove::<TimerRow>((subject, kind));
        Ok(())
    }

    /// Adds or replaces a session. A token that another session has is refused at the commit.
    pub async fn put_session(&mut self, session: Session) -> Result<Arc<Session>, Fault> {
        Ok(self.own.put(session))
    }

    /// Removes a session; answers whether it was there.
    pub async fn delete_session(&mut self, id: Uuid) -> Result<bool, Fault> {
        let known = self.read().session(id).await?.is_some();
        self.own.remove::<Session>(id);
        Ok(known)
    }

    /// Writes a settings document.
    pub async fn put_setting<S: Setting>(&mut self, setting: &S) -> Result<(), Fault> {
        self.own.put(SettingRow::new(setting)?);
        Ok(())
    }

    /// Writes an event: numbers it, draws its id, and decides from the settings whether it is announced, and what becomes of its messages.
    pub async fn emit(&mut self, event: NewEvent) -> Result<(), Fault> {
        let announced = event.blocking || self.read().setting::<NotificationsSettings>().await?.enabled;
        let id = self.id();
        self.counters.event += 1;
        let (seq, time, cause) = (self.counters.event, self.now, self.cause);
        let mut event = Event { seq, id, time, announced, cause, fates: Vec::new(), what: event };
        if announced {
            self.decide_fates(&mut event).await?;
        }
        self.own.put(event);
        Ok(())
    }

    /// Notes up to which event a sink has delivered.
    pub async fn put_cursor(&mut self, sink: &str, seq: i64) -> Result<(), Fault> {
        self.own.put(Cursor { sink: sink.to_owned(), seq });
        Ok(())
    }

    /// Drops the events up to and including number `keep_after`.
    pub async fn prune_events(&mut self, keep_after: i64) -> Result<(), Fault> {
        self.own.pruned = self.own.pruned.max(Some(keep_after));
        self.own.events.retain(|seq, _| *seq > keep_after);
        Ok(())
    }
}
