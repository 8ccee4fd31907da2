//! Mishaps of tasks that somebody ordered. Invariant: a phase that meets one is not begun, and what the phases before it did is taken back.

use crate::announce::Cast;
use crate::engine::Engine;
use crate::settle::{Cause, step};
use vcdsim_model::mishap::{At, Mishap, Mishaps, facts_of};
use vcdsim_model::task::{ErrorCode, Input, Task, TaskError};
use vcdsim_model::{Fault, FaultCode};
use vcdsim_store::Tx;

/// Lets the task fail if a rule strikes the phase that it is about to begin; answers whether one did.
pub(crate) async fn strike(engine: &Engine, tx: &mut Tx<'_>, task: &Task, cast: &Cast) -> Result<bool, Fault> {
    let mut mishaps: Mishaps = tx.read().setting().await?;
    let operations: Vec<_> = task.operation.operation().into_iter().collect();
    let (at, facts) = (At::Phase(task.phase + 1), facts_of(task, &operations));
    if !mishaps.concern(at, &facts) {
        return Ok(false);
    }
    let struck = mishaps.strike(at, &facts);
    tx.put_setting(&mishaps).await?;
    let Some((_, Mishap::Fail { status, minor, message })) = struck else { return Ok(false) };
    let error = TaskError { code: code(status, minor), message };
    step(engine, tx, task.clone(), Input::Fault, Cause::Told(Some(error)), cast).await?;
    Ok(true)
}

fn code(status: u16, minor: String) -> ErrorCode {
    match FaultCode::ALL.iter().find(|code| code.status() == status && code.minor() == minor) {
        Some(code) => ErrorCode::Platform(*code),
        None => ErrorCode::Service { major: i32::from(status), minor, vendor: None },
    }
}
