//! When phases run. Invariant: pace changes when things happen, never what happens.

use crate::engine::{Engine, known_task, reached};
use crate::operation::{Phase, Run};
use crate::registry::Erased;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::after_millis;
use vcdsim_model::plan::{Pace, PlannedFailure};
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_store::{TimerKind, Tx};

impl Engine {
    /// The pace of a task: that of its plan, or else the server's.
    #[must_use]
    pub fn pace_of(&self, task: &Task) -> Pace {
        task.course.plan.as_ref().map_or(self.pace(), |plan| plan.pace)
    }

    /// The phases of a task that is the platform's.
    ///
    /// # Errors
    /// Only a defect: the task is a service's.
    pub fn phases_of(&self, task: &Task) -> Result<&'static [Phase], Fault> {
        Ok(self.registry().of(task)?.phases)
    }

    /// Makes the next phase of a running task due: when its patience ends, or after the time that its pace gives the phase. Where these are
    /// somebody's to say, or somebody holds the task, nothing is due.
    pub(crate) async fn schedule(&self, tx: &mut Tx<'_>, task: &Task) -> Result<(), Fault> {
        let operation = self.registry().of(task)?;
        let patience = patience(operation, tx, task).await?;
        let wait = match patience {
            _ if task.course.held => None,
            Some(millis) => Some(millis),
            None => {
                let (from, to) = span(operation.phases, task);
                self.pace_of(task).wait(from, to, task.course.polls)
            }
        };
        set(tx, task, wait).await
    }

    /// When a phase that goes on is to do so: in `after` milliseconds by its own account.
    pub(crate) async fn schedule_again(&self, tx: &mut Tx<'_>, task: &Task, after: i64) -> Result<(), Fault> {
        let wait = match self.pace_of(task) {
            _ if task.course.held => None,
            Pace::Manual => None,
            _ if task.course.hurried => Some(0),
            _ => Some(after),
        };
        set(tx, task, wait).await
    }

    /// Whether it matters to a task that somebody asks for it.
    #[must_use]
    pub fn counts_polls(&self, task: &Task) -> bool {
        task.status == TaskStatus::Running && !task.course.held && matches!(self.pace_of(task), Pace::Polls(_))
    }

    /// Notes that a client asks for a task, which may be what it waits for.
    ///
    /// # Errors
    /// 403 for an unknown task.
    pub async fn polled(&self, tx: &mut Tx<'_>, task: Uuid) -> Result<(), Fault> {
        let mut task = known_task(tx, task).await?;
        if !self.counts_polls(&task) {
            return Ok(());
        }
        task.course.polls = task.course.polls.saturating_add(1);
        // What a phase waits for by its own account does not come nearer by asking.
        if tx.read().timer(TimerKind::Phase, task.id).is_none() {
            self.schedule(tx, &task).await?;
        }
        tx.put_task(task).await.map(drop)
    }
}

/// How long the next phase of a task waits for somebody outside.
pub(crate) async fn patience(operation: Erased, tx: &mut Tx<'_>, task: &Task) -> Result<Option<i64>, Fault> {
    (operation.patience)(&task.params, usize::from(task.phase), &mut Run::new(tx, task)).await
}

/// The failure that is planned for the phase that a task is in.
pub(crate) fn planned<'a>(task: &'a Task, phases: &[Phase]) -> Option<&'a PlannedFailure> {
    let at = usize::from(task.phase);
    let name = phases.get(at).map(|phase| phase.name);
    let here = |failure: &&PlannedFailure| match &failure.phase {
        Some(wanted) => Some(wanted.as_str()) == name,
        None => at + 1 >= phases.len(),
    };
    task.course.plan.as_ref()?.failure.as_ref().filter(here)
}

/// Between which percentages of its progress a task is in its next phase.
fn span(phases: &[Phase], task: &Task) -> (u8, u8) {
    let phase = usize::from(task.phase);
    // Whatever the last phase says, the whole is done after it.
    let to = if phase + 1 >= phases.len() { 100 } else { reached(phases, phase, 100) };
    (reached(phases, phase, 0), to)
}

async fn set(tx: &mut Tx<'_>, task: &Task, wait: Option<i64>) -> Result<(), Fault> {
    match wait {
        Some(millis) => tx.put_timer(TimerKind::Phase, task.id, after_millis(tx.now(), millis)).await,
        None => tx.delete_timer(TimerKind::Phase, task.id).await,
    }
}
