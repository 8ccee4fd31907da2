//! What holds at every instant. Invariant: each function here says one thing, and answers a line for each place where it does not hold.

use super::snapshot::Snapshot;
use crate::operation::BESIDE;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use vcdsim_model::entity::{Entity, Status};
use vcdsim_model::family::vapp::{VApp, roll_up};
use vcdsim_model::family::vm::Vm;
use vcdsim_model::kind::Kind;
use vcdsim_model::lease::Lease;
use vcdsim_model::mention::mentions;
use vcdsim_model::metadata::bearer::Bearer;
use vcdsim_model::power::is_deployed;
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_store::{HoldKind, Timer, TimerKind};

const ALL: &[fn(&Snapshot) -> Vec<String>] = &[
    a_task_has_the_timers_of_its_status,
    a_timer_has_a_subject,
    a_lease_that_runs_has_a_timer,
    a_blocked_task_has_one_blocking_task,
    who_holds_has_not_ended,
    what_is_locked_is_held,
    nothing_is_an_orphan,
    metadata_has_an_object,
    names_are_unique,
    vapps_stand_as_their_machines,
    scaffolds_are_being_made,
    times_are_ordered,
    super::limits::are_kept,
];

/// Where the world is not as it should be.
pub(super) fn violations(world: &Snapshot) -> Vec<String> {
    let all = ALL.iter().chain(super::wires::ALL).chain(super::holdings::ALL);
    all.flat_map(|check| check(world)).collect()
}

/// What must not have happened to objects between two states.
pub(super) fn impossible_changes(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for (urn, old) in &before.objects {
        let Some(new) = after.objects.get(urn) else { continue };
        // An item is moved to another catalog with what it stands for, a machine to another vApp; nothing else changes its place.
        let place = |entity: &Entity| {
            entity.head.parent.filter(|_| !matches!(urn.kind, Kind::CatalogItem | Kind::VAppTemplate | Kind::Media | Kind::Vm))
        };
        // A machine belongs to whom its vApp belongs to.
        let owner = |entity: &Entity| entity.head.owner.filter(|_| urn.kind != Kind::Vm);
        let fixed = |entity: &Entity| (entity.head.created, entity.head.seq, entity.head.org, place(entity), owner(entity));
        let counted = if old == new { old.head.rev == new.head.rev } else { old.head.rev < new.head.rev };
        let revived = old.head.status == Status::FailedCreation && new.head.status != Status::FailedCreation;
        if fixed(old) != fixed(new) || !counted || revived {
            found.push(format!("{urn} was {old:?} and cannot have become {new:?}"));
        }
    }
    found
}

fn metadata_has_an_object(world: &Snapshot) -> Vec<String> {
    let ids: BTreeSet<_> = world.objects.keys().filter(|urn| Bearer::of(urn.kind).is_some()).map(|urn| urn.id).collect();
    let lost = world.metadata.iter().filter(|datum| !ids.contains(&datum.object));
    lost.map(|datum| format!("{} has metadata and is not there, or can have none: {:?}", datum.object, datum.entry)).collect()
}

fn count(timers: &[Timer], kind: TimerKind, subject: Uuid) -> usize {
    timers.iter().filter(|timer| timer.kind == kind && timer.subject == subject).count()
}

fn a_task_has_the_timers_of_its_status(world: &Snapshot) -> Vec<String> {
    let blocking_of = |task: Uuid| world.blocking.values().filter(move |blocking| blocking.task == task);
    let mut found = Vec::new();
    for task in world.tasks.values() {
        let gates: usize = blocking_of(task.id).map(|blocking| count(&world.timers, TimerKind::Gate, blocking.id)).sum();
        let has = (count(&world.timers, TimerKind::Phase, task.id), gates, count(&world.timers, TimerKind::TaskRetention, task.id));
        let wanted = match task.status {
            TaskStatus::Queued => (0, 0, 0),
            TaskStatus::PreRunning => (0, 1, 0),
            TaskStatus::Running => (1, 0, 0),
            TaskStatus::Success | TaskStatus::Error | TaskStatus::Canceled | TaskStatus::Aborted => (0, 0, 1),
        };
        // One that waits for a hand, or for clients to ask, runs when they do.
        let waits = task.status == TaskStatus::Running && !task.course.is_usual() && has == (0, 0, 0);
        if has != wanted && !waits {
            found.push(format!("{} is {} and has {has:?} timers of phases, gates and retention", task.urn(), task.status.name()));
        }
    }
    found
}

fn a_timer_has_a_subject(world: &Snapshot) -> Vec<String> {
    let fits = |timer: &&Timer| match timer.kind {
        TimerKind::Phase => world.tasks.contains_key(&timer.subject),
        TimerKind::Gate => world.blocking.get(&timer.subject).is_some_and(|blocking| blocking.timeout == timer.due),
        TimerKind::Session => world.sessions.get(&timer.subject).is_some_and(|session| session.expires == timer.due),
        // Later than the lease ends where something stood in the way.
        TimerKind::Lease => object(world, timer.subject).and_then(|entity| entity.lease().due()).is_some_and(|end| end <= timer.due),
        TimerKind::Busy => object(world, timer.subject).is_some_and(|entity| entity.head.busy == Some(timer.subject)),
        // Nobody knows whether somebody still waits for the answer, or a message for its time.
        TimerKind::Delay | TimerKind::Broker => true,
        TimerKind::Responder => world.tasks.get(&timer.subject).is_some_and(|task| task.course.answer.is_some()),
        TimerKind::TaskRetention => world.tasks.get(&timer.subject).is_some_and(|task| task.expiry == timer.due),
    };
    world.timers.iter().filter(|timer| !fits(timer)).map(|timer| format!("{timer:?} is about nothing, or due at another time")).collect()
}

fn object(world: &Snapshot, id: Uuid) -> Option<&Entity> {
    world.objects.values().find(|entity| entity.head.id == id).map(AsRef::as_ref)
}

/// A lease runs of what is there, and has a timer exactly while it does; what is expired does not run.
fn a_lease_that_runs_has_a_timer(world: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for entity in world.objects.values() {
        let (lease, timers) = (entity.lease(), count(&world.timers, TimerKind::Lease, entity.head.id));
        let idle = lease == Lease::None || is_made(entity);
        if timers != usize::from(lease.due().is_some()) || !idle || (entity.is_expired() && is_deployed(entity)) {
            found.push(format!("{} has the lease {lease:?} and {timers} timers of it", entity.urn()));
        }
    }
    found
}

fn a_blocked_task_has_one_blocking_task(world: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for blocking in world.blocking.values() {
        let same = world.tasks.get(&blocking.task).is_some_and(|task| {
            let ours = (task.operation.operation(), task.owner, task.org, task.user, task.start);
            task.status == TaskStatus::PreRunning
                && ours == (Some(blocking.operation), blocking.owner, blocking.org, blocking.user, blocking.created)
        });
        if !same {
            found.push(format!("{} does not fit its task {}", blocking.urn(), blocking.task));
        }
    }
    for task in world.tasks.values() {
        let blocking = world.blocking.values().filter(|blocking| blocking.task == task.id).count();
        if blocking != usize::from(task.status == TaskStatus::PreRunning) {
            found.push(format!("{} is {} and has {blocking} blocking tasks", task.urn(), task.status.name()));
        }
    }
    found
}

/// Whether a task holds nothing while it runs.
fn is_beside(task: &Task) -> bool {
    task.operation.operation().is_none_or(|operation| BESIDE.contains(&operation))
}

fn who_holds_has_not_ended(world: &Snapshot) -> Vec<String> {
    let holds = |task: Uuid| world.holds.get(&task).is_some_and(|holds| !holds.is_empty());
    let wrong = world.tasks.values().filter(|task| holds(task.id) == (task.status.is_terminal() || is_beside(task)));
    wrong.map(|task| format!("{} is {} and holds {:?}", task.urn(), task.status.name(), world.holds.get(&task.id))).collect()
}

fn what_is_locked_is_held(world: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    let mut holders = BTreeMap::new();
    for hold in world.holds.values().flatten() {
        if let Some(other) = holders.insert(hold.entity, hold.task) {
            found.push(format!("{} is held by {other} and {}", hold.entity, hold.task));
        }
        if !world.objects.contains_key(&hold.entity) {
            found.push(format!("{} holds {}, which is not there", hold.task, hold.entity));
        }
    }
    for entity in world.objects.values() {
        if entity.head.busy.as_ref() != holders.get(&entity.urn()) {
            found.push(format!("{} is locked by {:?} and held by {:?}", entity.urn(), entity.head.busy, holders.get(&entity.urn())));
        }
    }
    found
}

fn nothing_is_an_orphan(world: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for entity in world.objects.values() {
        if entity.head.kind.parent().is_some() != entity.head.parent.is_some() {
            found.push(format!("{} lies in {:?}", entity.urn(), entity.head.parent));
        }
        let missing = mentions(entity).into_iter().filter(|urn| !world.objects.contains_key(urn));
        found.extend(missing.map(|urn| format!("{} names {urn}, which is not there", entity.urn())));
    }
    let there = |kind, id| world.objects.contains_key(&vcdsim_model::id::Urn::new(kind, id));
    for task in world.tasks.values() {
        if !there(Kind::Org, task.org) || !there(Kind::User, task.user) {
            found.push(format!("{} belongs to nobody", task.urn()));
        }
        // What holds nothing may lose its object, and fails when it comes to it.
        if !task.status.is_terminal() && !is_beside(task) && !world.objects.contains_key(&task.owner) {
            found.push(format!("{} works on {}, which is not there", task.urn(), task.owner));
        }
    }
    for session in world.sessions.values() {
        if !there(Kind::Org, session.org) || !there(Kind::User, session.user) {
            found.push(format!("session {} belongs to nobody", session.id));
        }
    }
    found
}

fn names_are_unique(world: &Snapshot) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let keys = world.objects.values().filter_map(|entity| entity.head.name_key());
    keys.filter(|key| !seen.insert(key.clone())).map(|key| format!("{key} exists twice")).collect()
}

pub(super) fn is_made(entity: &Entity) -> bool {
    !matches!(entity.head.status, Status::Unresolved | Status::FailedCreation)
}

fn vapps_stand_as_their_machines(world: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for vapp in world.of_kind(Kind::VApp).filter(|vapp| is_made(vapp)) {
        let status =
            roll_up(world.machines(vapp.head.id).filter(|machine| is_made(machine)).map(|machine| machine.head.status), Status::Resolved);
        let deployed = world.machines(vapp.head.id).any(|machine| machine.body::<Vm>().unwrap().deployed);
        let has = (vapp.head.status, vapp.body::<VApp>().unwrap().deployed);
        if has != (status, deployed) {
            found.push(format!("{} stands at {has:?}, its machines at {status:?}, {deployed}", vapp.urn()));
        }
    }
    found
}

fn scaffolds_are_being_made(world: &Snapshot) -> Vec<String> {
    let made_by = |entity: &Entity| {
        let holds = entity.head.busy.and_then(|task| world.holds.get(&task)).into_iter().flatten();
        holds.filter(|hold| hold.entity == entity.urn()).any(|hold| matches!(hold.what, HoldKind::Created))
    };
    let stale = world.objects.values().filter(|entity| entity.head.status == Status::Unresolved && !made_by(entity));
    stale.map(|entity| format!("{} is a scaffold that nobody works on", entity.urn())).collect()
}

fn times_are_ordered(world: &Snapshot) -> Vec<String> {
    let now = world.now;
    let mut found = Vec::new();
    for task in world.tasks.values() {
        let ended = task.end.is_none_or(|end| task.start <= end && end <= now);
        if task.start > now || !ended || task.expiry < task.start || task.end.is_some() != task.status.is_terminal() {
            found.push(format!("{} began {}, ended {:?}, is kept until {}", task.urn(), task.start, task.end, task.expiry));
        }
    }
    let early = world.blocking.values().filter(|blocking| blocking.timeout < blocking.created);
    found.extend(early.map(|blocking| format!("{} times out before it began", blocking.urn())));
    let late = world.objects.values().filter(|entity| entity.head.created > now);
    found.extend(late.map(|entity| format!("{} was made in the future", entity.urn())));
    let ended = world.sessions.values().filter(|session| session.created > now || session.expires < session.created);
    found.extend(ended.map(|session| format!("session {} has odd times", session.id)));
    found
}
