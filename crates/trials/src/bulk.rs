//! Many blocking tasks, or vApps, at once. Invariant: each is a copy of one that the server itself made, with everything that belongs to it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::blocking::BlockingTask;
use vcdsim_model::clock::{SystemClock, Time, after_millis};
use vcdsim_model::entity::{Draft, Res, Resource};
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_store::{Command, Durability, EntityFilter, Hold, HoldKind, Options, RandomIds, Store, TaskFilter, TimerKind, Tx};

/// How many copies are made in one transaction.
const AT_ONCE: usize = 1_000;

/// Opens the data directory of a server that does not run.
pub(crate) async fn open(dir: &Path) -> Result<Store, String> {
    let options = Options {
        dir: Some(dir.to_owned()),
        durability: Durability::Normal,
        clock: Arc::new(SystemClock::default()),
        ids: Arc::new(RandomIds),
        cache_bytes: 64 << 20,
        known: None,
    };
    Store::open(options).await.map_err(|error| error.to_string())
}

/// Copies the first blocked task of a store `count` times. The copies fall due when `due` says of their numbers; without it, when the first
/// one does. Answers the copies' tasks.
pub(crate) async fn copy(store: &Store, count: usize, due: Option<fn(usize) -> i64>, from: Time) -> Result<Vec<Uuid>, String> {
    let blocked = TaskFilter { statuses: Some(vec![TaskStatus::PreRunning]), ..TaskFilter::default() };
    let tasks = store.read().tasks(blocked).await.map_err(|fault| fault.to_string())?;
    let task = tasks.into_iter().next().ok_or("nothing is blocked")?;
    let mut made = Vec::new();
    for first in (0..count).step_by(AT_ONCE) {
        let command = Copy { task: Arc::clone(&task), numbers: first..(first + AT_ONCE).min(count), due, from };
        made.extend(store.write(command).await.map_err(|fault| fault.to_string())?);
    }
    Ok(made)
}

struct Copy {
    task: Arc<Task>,
    numbers: std::ops::Range<usize>,
    due: Option<fn(usize) -> i64>,
    from: Time,
}

impl Command for Copy {
    type Output = Vec<Uuid>;

    async fn run(self, tx: &mut Tx<'_>) -> Result<Vec<Uuid>, Fault> {
        let holds = tx.read().holds(self.task.id).await?;
        let blocking = tx.read().blocking_of(self.task.id).await?.ok_or_else(Fault::internal)?;
        let mut made = Vec::new();
        for number in self.numbers {
            let task = tx.id();
            made.push(task);
            let mut ids = BTreeMap::new();
            for hold in &holds {
                ids.insert(hold.entity.id, tx.id());
            }
            for hold in &holds {
                let entity = Urn::new(hold.entity.kind, ids[&hold.entity.id]);
                match hold.entity.kind {
                    Kind::VApp => copy_object::<VApp>(tx, hold.entity.id, &ids).await?,
                    Kind::Vm => copy_object::<Vm>(tx, hold.entity.id, &ids).await?,
                    _ => continue,
                }
                tx.update(entity, |copy| copy.head.busy = Some(task)).await?;
                tx.put_hold(Hold { task, entity, what: HoldKind::Created }).await?;
            }
            let owner = Urn::new(self.task.owner.kind, ids[&self.task.owner.id]);
            let due = self.due.map_or(blocking.timeout, |due| after_millis(self.from, due(number)));
            let copy = BlockingTask { id: tx.id(), task, owner, timeout: due, ..BlockingTask::clone(&blocking) };
            tx.put_timer(TimerKind::Gate, copy.id, due).await?;
            tx.put_blocking(copy).await?;
            tx.put_task(Task { id: task, owner, ..Task::clone(&self.task) }).await?;
        }
        Ok(made)
    }
}

/// Copies the vApp of a store that has one machine until there are so many machines, four to a vApp.
pub(crate) async fn grow(store: &Store, machines: usize) -> Result<(), String> {
    let vapps = store.read().list(EntityFilter::kind(Kind::VApp)).await.map_err(|fault| fault.to_string())?;
    let vapp = vapps.first().ok_or("there is no vApp")?.head.id;
    for first in (0..machines / MACHINES).step_by(AT_ONCE) {
        let count = (first + AT_ONCE).min(machines / MACHINES) - first;
        store.write(Grow { vapp, count }).await.map_err(|fault| fault.to_string())?;
    }
    Ok(())
}

/// How many machines a copied vApp has.
pub(crate) const MACHINES: usize = 4;

struct Grow {
    vapp: Uuid,
    count: usize,
}

impl Command for Grow {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let machine = tx.read().children::<Vm>(self.vapp).await?.first().ok_or_else(Fault::internal)?.head().id;
        for _ in 0..self.count {
            let mut ids = BTreeMap::from([(self.vapp, tx.id())]);
            copy_object::<VApp>(tx, self.vapp, &ids).await?;
            for _ in 0..MACHINES {
                ids.insert(machine, tx.id());
                copy_object::<Vm>(tx, machine, &ids).await?;
            }
        }
        Ok(())
    }
}

async fn copy_object<R: Resource>(tx: &mut Tx<'_>, id: Uuid, ids: &BTreeMap<Uuid, Uuid>) -> Result<(), Fault> {
    let found: Res<R> = tx.read().get(id).await?;
    let (head, body) = (found.head().clone(), found.body().clone());
    tx.insert(Draft {
        id: ids[&id],
        name: format!("{}-{}", head.name, ids[&id]),
        description: head.description,
        org: head.org,
        parent: head.parent.map(|parent| ids.get(&parent).copied().unwrap_or(parent)),
        owner: head.owner,
        status: head.status,
        body,
    })
    .await?;
    Ok(())
}
