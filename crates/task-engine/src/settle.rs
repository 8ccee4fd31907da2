//! Endings. Invariant: [`step`] is the only function that changes a task's status, and [`settle`] the only one that lets go of what a task holds.

use crate::announce::Cast;
use crate::engine::Engine;
use crate::operation::Run;
use vcdsim_model::entity::Status;
use vcdsim_model::task::{Fate, Input, Task, TaskError, TaskStatus, next};
use vcdsim_model::{Fault, FaultCode};
use vcdsim_store::{HoldKind, TimerKind, Tx};

/// Why a task changes its status.
#[derive(Debug, Clone)]
pub(crate) enum Cause {
    /// Somebody, or the timeout, decided or cancelled, with this message.
    Message(Option<String>),
    /// A phase failed.
    Fault(Fault),
    /// A phase failed, and what the phases before it did cannot be taken back.
    Broken(Fault),
    /// The work is done, or begins.
    Progress,
    /// The service whose task it is says so, a plan, or somebody by hand; and perhaps what went wrong.
    Told(Option<TaskError>),
}

/// Moves `task` by `input` and does all that follows: times, error, holds, timers, blocking task, events.
///
/// # Errors
/// 400 when the task has ended already or cannot be moved so.
pub(crate) async fn step(engine: &Engine, tx: &mut Tx<'_>, mut task: Task, input: Input, cause: Cause, cast: &Cast) -> Result<Task, Fault> {
    let Some((status, fate)) = next(task.status, input) else { return Err(refused(&task, input)) };
    let blocking = tx.read().blocking_of(task.id).await?;
    if !matches!((fate, &cause), (Fate::Keep | Fate::Commit, _) | (_, Cause::Broken(_))) {
        undo(engine, tx, &task).await?;
    }
    task.status = status;
    // A service cancels by itself, too.
    task.cancel_requested |= input == Input::Cancel && !matches!(cause, Cause::Told(_));
    explain(&mut task, input, cause);
    if status.is_terminal() {
        task.end = Some(tx.now());
        tx.delete_timer(TimerKind::Phase, task.id).await?;
        tx.put_timer(TimerKind::TaskRetention, task.id, task.expiry).await?;
    }
    if let Some(blocking) = &blocking {
        tx.delete_blocking(blocking.id).await?;
        tx.delete_timer(TimerKind::Gate, blocking.id).await?;
        tx.delete_timer(TimerKind::Responder, task.id).await?;
        task.course.answer = None;
        let word = if input == Input::Cancel { "abort" } else { input.name() };
        cast.tell_blocking(tx, &task, blocking.id, &format!("blockingtask/{word}")).await?;
    }
    settle(tx, &task, fate).await?;
    if matches!(fate, Fate::MarkError | Fate::Delete) {
        // What is again as it was before has changed once more.
        cast.tell_consequences(tx, &task, engine.registry()).await?;
    }
    announce(tx, &task, fate, cast).await?;
    if status.is_terminal() {
        task.before.clear();
    }
    tx.put_task(task.clone()).await?;
    Ok(task)
}

/// The events of a change: of the objects first, of the task last (reference 6.7).
async fn announce(tx: &mut Tx<'_>, task: &Task, fate: Fate, cast: &Cast) -> Result<(), Fault> {
    let outcome = task.operation.outcome();
    match fate {
        Fate::Keep => cast.tell_task(tx, task, "task/start", true).await,
        Fate::Commit => {
            cast.tell(tx, task, outcome, true).await?;
            cast.tell_task(tx, task, "task/complete", true).await
        }
        Fate::MarkError => {
            cast.tell(tx, task, outcome, false).await?;
            cast.tell_task(tx, task, "task/fail", false).await
        }
        Fate::Delete => {
            cast.tell_cleanup(tx, task).await?;
            cast.tell_task(tx, task, "task/abort", true).await
        }
    }
}

/// Lets go of everything the task holds, as `fate` says.
async fn settle(tx: &mut Tx<'_>, task: &Task, fate: Fate) -> Result<(), Fault> {
    if fate == Fate::Keep {
        return Ok(());
    }
    for hold in tx.read().holds(task.id).await?.into_iter().rev() {
        if tx.read().entity(hold.entity).await?.is_none() {
            continue;
        }
        if fate == Fate::Delete && matches!(hold.what, HoldKind::Created) {
            tx.delete(hold.entity).await?;
            continue;
        }
        tx.update(hold.entity, |entity| {
            entity.head.busy = None;
            match (fate, hold.what) {
                (Fate::Commit | Fate::Keep, _) => {}
                (_, HoldKind::Created) => entity.head.status = Status::FailedCreation,
                (_, HoldKind::Locked { was }) => {
                    entity.head.status = was;
                    if let Some((_, body)) = task.before.iter().find(|(urn, _)| *urn == hold.entity) {
                        entity.body.clone_from(body);
                    }
                }
            }
        })
        .await?;
    }
    tx.delete_holds(task.id).await
}

/// Takes back the phases that are done, the last one first.
async fn undo(engine: &Engine, tx: &mut Tx<'_>, task: &Task) -> Result<(), Fault> {
    if task.phase == 0 {
        return Ok(());
    }
    let operation = engine.registry().of(task)?;
    for phase in (0..usize::from(task.phase)).rev() {
        (operation.undo)(&task.params, phase, &mut Run::new(tx, task)).await?;
    }
    Ok(())
}

/// Writes down why: details, error, progress. Clients dereference `Error` on every ending but success (reference 5.6).
fn explain(task: &mut Task, input: Input, cause: Cause) {
    let (message, error) = match cause {
        Cause::Progress => (None, None),
        Cause::Fault(fault) | Cause::Broken(fault) => (None, Some(TaskError::from(fault))),
        Cause::Message(message) => (message, None),
        Cause::Told(error) => (None, error),
    };
    if let Some(text) = message.clone().filter(|text| !text.is_empty()) {
        task.details = Some(text);
    }
    if matches!(task.status, TaskStatus::Error | TaskStatus::Aborted | TaskStatus::Canceled) {
        let fallback = match input {
            Input::Cancel => "The task was canceled.",
            Input::Abort => "The task was aborted.",
            _ => "The task failed.",
        };
        let told = || TaskError {
            code: FaultCode::Internal.into(),
            message: message.filter(|text| !text.is_empty()).unwrap_or_else(|| fallback.to_owned()),
        };
        task.error = Some(error.unwrap_or_else(told));
    }
    if task.status == TaskStatus::Success {
        task.progress = Some(100);
    }
}

pub(crate) fn refused(task: &Task, input: Input) -> Fault {
    let state = task.status.name();
    Fault::bad_request(match input {
        Input::Cancel => format!("The task {} cannot be canceled: its status is {state}.", task.urn()),
        _ => format!("The task {} does not accept {} while its status is {state}.", task.urn(), input.name()),
    })
}
