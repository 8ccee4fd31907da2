//! What was before each task, and what became of it. Invariant: a shadow is taken while the task has not begun to work, so that it shows what
//! an abort must bring back.

use super::snapshot::Snapshot;
use super::story::{self, Told};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::blocking::BlockingTask;
use vcdsim_model::clock::Time;
use vcdsim_model::entity::{Body, Entity, Status};
use vcdsim_model::event::Event;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_platform::vapp::own_scope;
use vcdsim_store::{Hold, HoldKind};

/// What is known of a task since it was first seen.
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// As it was last seen.
    last: Arc<Task>,
    /// Whether it was first seen before it began to work; only then the rest is known.
    complete: bool,
    /// Whether it was first seen queued.
    pub(super) queued: bool,
    /// What it held at first.
    pub(super) holds: Vec<Hold>,
    /// What it had blocked with.
    pub(super) blocking: Option<Arc<BlockingTask>>,
    /// The objects that it held: those that it made as it had made them, the others as they were before.
    shadows: BTreeMap<Urn, Entity>,
}

/// All records, and all events by task.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    records: BTreeMap<Uuid, Record>,
    stories: BTreeMap<Uuid, Vec<Told>>,
    last_event: i64,
    last_told: Option<Time>,
    /// The networks inside vApps that were told to run.
    running: BTreeSet<Uuid>,
    /// How many tasks have ended, by status.
    pub(super) ended: BTreeMap<&'static str, u64>,
    /// How often the lease of a running vApp ended.
    pub(super) lapses: u64,
}

/// An object without what counts changes and who holds it.
fn plain(entity: &Entity) -> Entity {
    let mut entity = entity.clone();
    (entity.head.rev, entity.head.busy) = (0, None);
    entity
}

/// An object without what follows others even while a task holds it: addresses that are those of a network above, media that are gone, and
/// the machine that a disk was taken from by its end.
fn own(mut entity: Entity, world: &Snapshot) -> Entity {
    let there = |kind, id| world.objects.contains_key(&Urn::new(kind, id));
    match &mut entity.body {
        Body::VApp(vapp) => {
            let inherited = vapp.networks.iter_mut().filter(|network| network.scope.inherited);
            inherited.for_each(|network| network.scope = own_scope());
        }
        Body::Vm(machine) => {
            let gone: Vec<_> = machine.drives.media().filter(|medium| !there(Kind::Media, *medium)).collect();
            for medium in gone {
                machine.drives.eject(Some(medium));
            }
        }
        Body::Disk(disk) => disk.attached_to = disk.attached_to.filter(|machine| there(Kind::Vm, *machine)),
        _ => {}
    }
    entity
}

impl Book {
    pub(super) fn last_event(&self) -> i64 {
        self.last_event
    }

    /// Takes up a new state of the world and what was told since. `before` is the state right before the one request that led there, if
    /// that is known. Answers what is wrong.
    pub(super) fn follow(&mut self, before: Option<&Snapshot>, world: &Snapshot, events: &[Event]) -> Vec<String> {
        let mut found = self.listen(world, events);
        found.extend(self.networks(world));
        for task in world.tasks.values() {
            match self.records.get_mut(&task.id) {
                Some(record) => {
                    found.extend(record.changes(task));
                    let ends = task.status.is_terminal() && !record.last.status.is_terminal();
                    record.last = Arc::clone(task);
                    if ends {
                        *self.ended.entry(task.status.name()).or_default() += 1;
                    }
                    if ends && record.complete {
                        found.extend(record.ending(world));
                    }
                }
                None => {
                    let record = Record::new(task, world, self.stories.get(&task.id));
                    found.extend(before.map_or(Vec::new(), |before| record.locked_only(before)));
                    self.records.insert(task.id, record);
                }
            }
            found.extend(self.story(task));
            found.extend(self.timeout_moved(task.id, world));
        }
        let gone: Vec<_> = self.records.keys().filter(|id| !world.tasks.contains_key(id)).copied().collect();
        for id in gone {
            if self.records.remove(&id).is_some_and(|record| record.last.expiry > world.now) {
                found.push(format!("task {id} is forgotten before its time"));
            }
            self.stories.remove(&id);
        }
        found
    }

    /// Events are numbered without gaps, and told in the order of time.
    fn listen(&mut self, world: &Snapshot, events: &[Event]) -> Vec<String> {
        let mut found = Vec::new();
        for event in events {
            if event.seq != self.last_event + 1 || self.last_told.is_some_and(|last| event.time < last) || event.time > world.now {
                found.push(format!("event {} of {} follows {} of {:?}", event.seq, event.time, self.last_event, self.last_told));
            }
            (self.last_event, self.last_told) = (event.seq, Some(event.time));
            self.lapses += u64::from(event.what.r#type.ends_with("/runtime_lease_expiry"));
            if let Some((task, _)) = event.what.task {
                if let Some(task) = world.tasks.get(&task) {
                    let told = (event.what.user.urn.id, event.what.org.urn.id, event.what.task_owner);
                    if told != (task.user, task.org, Some(task.owner)) {
                        found.push(format!("event {} is told of {told:?}, not of {}", event.seq, task.urn()));
                    }
                }
                let told = story::told(event);
                match told.0.as_str() {
                    "network/deploy" => drop(self.running.insert(told.1.id)),
                    "network/undeploy" => drop(self.running.remove(&told.1.id)),
                    "vm/ip_address_changed" => {}
                    _ => self.stories.entry(task).or_default().push(told),
                }
            }
        }
        found
    }

    /// Those run that deployed vApps have for themselves.
    fn networks(&self, world: &Snapshot) -> Option<String> {
        let deployed = world.objects.values().filter_map(|entity| match &entity.body {
            Body::VApp(vapp) if vapp.deployed => Some(vapp),
            _ => None,
        });
        let own = deployed.flat_map(|vapp| &vapp.networks).filter(|network| network.fence_mode != "bridged");
        let running: BTreeSet<_> = own.map(|network| network.id).collect();
        (running != self.running).then(|| format!("{running:?} run, and {:?} were told to", self.running))
    }

    fn story(&self, task: &Task) -> Option<String> {
        let record = self.records.get(&task.id).filter(|record| record.complete)?;
        let told = self.stories.get(&task.id).map_or(&[][..], Vec::as_slice);
        let expected = story::expected(record, task);
        let wrong = || format!("the story of {} ({}) is {told:#?}, not {expected:#?}", task.urn(), task.status.name());
        (!expected.iter().any(|story| story == told)).then(wrong)
    }

    /// What a blocking task has copied from the settings stays as it is; only its timeout moves.
    fn timeout_moved(&mut self, task: Uuid, world: &Snapshot) -> Option<String> {
        let record = self.records.get_mut(&task)?;
        let blocking = world.blocking.values().find(|blocking| blocking.task == task)?;
        let known = record.blocking.replace(Arc::clone(blocking))?;
        let same = **blocking == BlockingTask { timeout: blocking.timeout, ..BlockingTask::clone(&known) };
        (!same).then(|| format!("{blocking:?} was {known:?}"))
    }
}

impl Record {
    fn new(task: &Arc<Task>, world: &Snapshot, told: Option<&Vec<Told>>) -> Self {
        let holds = world.holds.get(&task.id).cloned().unwrap_or_default();
        let shadow = |hold: &Hold| Some((hold.entity, plain(world.objects.get(&hold.entity)?)));
        let blocking = world.blocking.values().find(|blocking| blocking.task == task.id).cloned();
        let was_blocked = told.is_some_and(|told| told.iter().any(|(word, ..)| word == "blockingtask/create"));
        Self {
            complete: !task.status.is_terminal() && task.phase == 0 && blocking.is_some() == was_blocked,
            queued: task.status == TaskStatus::Queued,
            blocking,
            shadows: holds.iter().filter_map(shadow).collect(),
            holds,
            last: Arc::clone(task),
        }
    }

    fn made(&self, urn: Urn) -> bool {
        self.holds.iter().any(|hold| hold.entity == urn && matches!(hold.what, HoldKind::Created))
    }

    /// A request locks objects and makes new ones; it changes nothing else of what there is.
    fn locked_only(&self, before: &Snapshot) -> Vec<String> {
        let mut found = Vec::new();
        for (urn, shadow) in self.shadows.iter().filter(|_| self.complete) {
            let was = before.objects.get(urn).map(|entity| plain(entity));
            let fits = if self.made(*urn) { was.is_none() } else { was.as_ref() == Some(shadow) };
            found.extend((!fits).then(|| format!("{} has changed {urn} when it was submitted", self.last.urn())));
        }
        found
    }

    /// A task moves forward only, and no more once it has ended.
    fn changes(&self, task: &Task) -> Vec<String> {
        use TaskStatus as S;
        let old = &*self.last;
        if old.status.is_terminal() {
            return if old == task { Vec::new() } else { vec![format!("{} has ended and changed: {old:?} {task:?}", task.urn())] };
        }
        let forward = match (old.status, task.status) {
            (S::Queued, S::PreRunning) | (S::Running, S::Queued | S::PreRunning | S::Aborted) => false,
            (S::PreRunning | S::Queued, S::Queued) | (_, S::PreRunning) => old.status == task.status,
            (S::Queued, S::Aborted) => false,
            _ => true,
        };
        let kept = Task {
            status: task.status,
            phase: task.phase,
            progress: task.progress,
            cancel_requested: task.cancel_requested,
            details: task.details.clone(),
            error: task.error.clone(),
            end: task.end,
            // A hand may change it at any time.
            course: task.course.clone(),
            ..old.clone()
        };
        let progress = old.progress <= task.progress && old.phase <= task.phase && task.progress <= Some(100);
        let complete = task.status != S::Success || task.progress == Some(100);
        let told = (task.status == S::Success) == task.error.is_none() || !task.status.is_terminal();
        let fine = forward && kept == *task && progress && complete && told;
        if fine { Vec::new() } else { vec![format!("{} has moved from {old:?} to {task:?}", task.urn())] }
    }

    /// Whether the lease of an object, or of the vApp that it lies in, has ended since the task did: the object is marked, or another task
    /// has come of that.
    fn has_outlived(&self, shadow: &Entity, now: Option<&Entity>, world: &Snapshot) -> bool {
        let mut marked = shadow.clone();
        marked.expire();
        let about = [Some(shadow.head.id), shadow.head.parent];
        let later = |task: &Arc<Task>| task.id != self.last.id && Some(task.start) >= self.last.end && about.contains(&Some(task.owner.id));
        shadow.lease() != marked.lease() && now == Some(&marked) || world.tasks.values().any(later)
    }

    /// What the end of the task has left.
    fn ending(&self, world: &Snapshot) -> Vec<String> {
        let status = self.last.status;
        let mut found = Vec::new();
        for (urn, shadow) in &self.shadows {
            let now = world.objects.get(urn).map(|entity| own(plain(entity), world));
            let shadow = &own(shadow.clone(), world);
            let mut failed = shadow.clone();
            failed.head.status = Status::FailedCreation;
            let fits = match status {
                TaskStatus::Aborted | TaskStatus::Canceled if self.made(*urn) => now.is_none(),
                TaskStatus::Error if self.made(*urn) => now.as_ref() == Some(&failed),
                TaskStatus::Aborted | TaskStatus::Canceled | TaskStatus::Error => {
                    now.as_ref() == Some(shadow) || self.has_outlived(shadow, now.as_ref(), world)
                }
                _ => true,
            };
            if !fits {
                found.push(format!("{} is {} and has left {now:?} of {shadow:?}", self.last.urn(), status.name()));
            }
        }
        found
    }
}
