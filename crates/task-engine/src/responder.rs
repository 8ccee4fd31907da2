//! Responders: rules that decide about blocked tasks as administrators would. Invariant: what a responder decides goes the way of every
//! decision, at its own instant; whoever is first has decided, and the other has not.

use crate::engine::Engine;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::{Time, after_millis};
use vcdsim_model::plan::{Answer, Responders};
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_store::{TimerKind, Tx};

impl Engine {
    /// Lets the first responder that there is for a new task take it on, if it is blocked.
    pub(crate) async fn respond(&self, tx: &mut Tx<'_>, task: Arc<Task>) -> Result<Arc<Task>, Fault> {
        let Some(operation) = task.operation.operation().filter(|_| task.status == TaskStatus::PreRunning) else { return Ok(task) };
        let mut responders = tx.read().setting::<Responders>().await?;
        let taken = responders.0.iter_mut().find(|responder| responder.takes(operation, task.org, task.user));
        let Some(responder) = taken else { return Ok(task) };
        responder.hits += 1;
        let answer = Answer { responder: responder.id, decision: responder.decision, message: responder.message.clone() };
        let due = after_millis(tx.now(), responder.after);
        tx.put_setting(&responders).await?;
        tx.put_timer(TimerKind::Responder, task.id, due).await?;
        let mut task = Arc::unwrap_or_clone(task);
        task.course.answer = Some(answer);
        tx.put_task(task).await
    }

    /// Takes the decision that was due at `due`, if nobody decided before and the timeout had not come.
    pub(crate) async fn answer(&self, tx: &mut Tx<'_>, task: Uuid, due: Time) -> Result<(), Fault> {
        let Some(answer) = tx.read().task(task).await?.and_then(|task| task.course.answer.clone()) else { return Ok(()) };
        match tx.read().blocking_of(task).await?.filter(|blocking| blocking.is_active(due)) {
            Some(blocking) => self.release(tx, &blocking, answer.decision.input(), Some(answer.message)).await,
            None => Ok(()),
        }
    }

    /// Removes responders, and what they were going to decide; answers how many.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn dismiss(&self, tx: &mut Tx<'_>, which: Option<Uuid>) -> Result<usize, Fault> {
        let mut responders = tx.read().setting::<Responders>().await?;
        let before = responders.0.len();
        responders.0.retain(|responder| which.is_some_and(|id| id != responder.id));
        let gone = before - responders.0.len();
        if gone == 0 {
            return Ok(0);
        }
        for blocking in tx.read().blocking_tasks().await? {
            let Some(task) = tx.read().task(blocking.task).await? else { continue };
            if task.course.answer.as_ref().is_some_and(|answer| which.is_none_or(|id| id == answer.responder)) {
                forget(tx, Task::clone(&task)).await?;
            }
        }
        tx.put_setting(&responders).await?;
        Ok(gone)
    }
}

async fn forget(tx: &mut Tx<'_>, mut task: Task) -> Result<(), Fault> {
    task.course.answer = None;
    tx.delete_timer(TimerKind::Responder, task.id).await?;
    tx.put_task(task).await.map(drop)
}
