//! All that is there at one instant, read once for all checks. Invariant: nothing is written while it is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::blocking::BlockingTask;
use vcdsim_model::clock::{Time, from_millis};
use vcdsim_model::entity::Entity;
use vcdsim_model::family::session::Session;
use vcdsim_model::family::settings::BlockingTaskSettings;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::metadata::Metadatum;
use vcdsim_model::task::Task;
use vcdsim_platform::vdc::storage_used;
use vcdsim_store::{EntityFilter, Hold, TaskFilter, Timer, TimerKind};
use vcdsim_testkit::World;

#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) now: Time,
    pub(super) objects: BTreeMap<Urn, Arc<Entity>>,
    pub(super) tasks: BTreeMap<Uuid, Arc<Task>>,
    pub(super) blocking: BTreeMap<Uuid, Arc<BlockingTask>>,
    /// By task, in the order in which they were taken.
    pub(super) holds: BTreeMap<Uuid, Vec<Hold>>,
    pub(super) timers: Vec<Timer>,
    /// Those that timers of sessions name.
    pub(super) sessions: BTreeMap<Uuid, Arc<Session>>,
    pub(super) gate: BlockingTaskSettings,
    /// What readers are told that each storage profile of a VDC has given, in MB.
    pub(super) storage: BTreeMap<Uuid, i64>,
    /// Under the keys that days write, by object.
    pub(super) metadata: Vec<Arc<Metadatum>>,
}

impl Snapshot {
    pub(super) async fn of(world: &World) -> Self {
        let reader = world.instance().app.cloud().read();
        // Kind by kind, as the store remembers lists.
        let mut objects = Vec::new();
        for kind in Kind::ALL {
            objects.extend(reader.list(EntityFilter::kind(*kind)).await.unwrap());
        }
        let tasks = reader.tasks(TaskFilter::default()).await.unwrap();
        let mut holds = BTreeMap::new();
        for task in &tasks {
            holds.insert(task.id, reader.holds(task.id).await.unwrap());
        }
        let timers = reader.timers(from_millis(i64::MAX), u64::MAX).await.unwrap();
        let mut sessions = BTreeMap::new();
        for timer in timers.iter().filter(|timer| timer.kind == TimerKind::Session) {
            sessions.extend(reader.session(timer.subject).await.unwrap().map(|session| (session.id, session)));
        }
        let mut storage = BTreeMap::new();
        for profile in objects.iter().filter(|entity| entity.head.kind == Kind::VdcStorageProfile) {
            let (id, org) = (profile.head.id, profile.head.org);
            storage.insert(id, storage_used(&reader, org, &BTreeSet::from([id])).await.unwrap());
        }
        let metadata = reader.metadata_named(&super::noting::names(), None).await.unwrap();
        Self {
            storage,
            metadata,
            now: world.now(),
            objects: objects.into_iter().map(|entity| (entity.urn(), entity)).collect(),
            tasks: tasks.into_iter().map(|task| (task.id, task)).collect(),
            blocking: reader.blocking_tasks().await.unwrap().into_iter().map(|blocking| (blocking.id, blocking)).collect(),
            holds,
            timers,
            sessions,
            gate: reader.setting().await.unwrap(),
        }
    }

    /// The objects of a kind.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Arc<Entity>> {
        self.objects.values().filter(move |entity| entity.head.kind == kind)
    }

    /// The machines of a vApp.
    pub(super) fn machines(&self, vapp: Uuid) -> impl Iterator<Item = &Arc<Entity>> {
        self.of_kind(Kind::Vm).filter(move |machine| machine.head.parent == Some(vapp))
    }

    /// The tasks that have not ended.
    pub(super) fn open(&self) -> impl Iterator<Item = &Arc<Task>> {
        self.tasks.values().filter(|task| !task.status.is_terminal())
    }

    /// Where a refused request has left a trace: everything but sessions and events, which tell of the request itself.
    pub(super) fn traces(&self, after: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare = |what: &str, same: bool| found.extend((!same).then(|| format!("a refused request changed the {what}")));
        let timers = |of: &Self| of.timers.iter().copied().filter(|timer| timer.kind != TimerKind::Session).collect::<Vec<_>>();
        compare("objects", self.objects == after.objects);
        compare("metadata", self.metadata == after.metadata);
        compare("tasks", self.tasks == after.tasks);
        compare("blocking tasks", self.blocking == after.blocking);
        compare("holds", self.holds == after.holds);
        compare("timers", timers(self) == timers(after));
        compare("gate", self.gate == after.gate);
        found
    }
}
