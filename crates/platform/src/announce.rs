//! Events that a task tells besides those of its operation's row. Invariant: they are told in the transaction that makes them true.

use vcdsim_model::Fault;
use vcdsim_model::entity::Entity;
use vcdsim_model::event::{Named, NewEvent, PREFIX};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::task::Task;
use vcdsim_store::Tx;
use vcdsim_task_engine::{By, Run};

/// Tells that a task did something to an object that its other objects have no part in.
pub(crate) async fn tell(cx: &mut Run<'_, '_>, of: Urn, short: &str) -> Result<(), Fault> {
    let object = cx.tx.read().entity(of).await?.ok_or_else(Fault::internal)?;
    announce(cx.tx, &object, short, by(cx), Some(cx.task)).await
}

/// Tells that something failed that a task waited for.
pub(crate) async fn tell_failure(cx: &mut Run<'_, '_>, object: &Entity, short: &str) -> Result<(), Fault> {
    let event = event(cx.tx, object, short, by(cx), Some(cx.task)).await?;
    cx.tx.emit(NewEvent { success: false, ..event }).await
}

/// Tells what became of an object, by a task or without one.
pub(crate) async fn announce(tx: &mut Tx<'_>, object: &Entity, short: &str, by: By, task: Option<&Task>) -> Result<(), Fault> {
    let event = event(tx, object, short, by, task).await?;
    tx.emit(event).await
}

const fn by(cx: &Run<'_, '_>) -> By {
    By { user: cx.task.user, org: cx.task.org }
}

async fn event(tx: &Tx<'_>, object: &Entity, short: &str, by: By, task: Option<&Task>) -> Result<NewEvent, Fault> {
    let (user, org) = (Urn::new(Kind::User, by.user), Urn::new(Kind::Org, by.org));
    Ok(NewEvent {
        r#type: format!("{PREFIX}{short}"),
        entity: Named { urn: object.urn(), name: object.head.name.clone() },
        user: Named { urn: user, name: crate::graph::name(&tx.read(), user).await? },
        org: Named { urn: org, name: crate::graph::name(&tx.read(), org).await? },
        task: task.map(|task| (task.id, task.operation)),
        task_owner: task.map(|task| task.owner),
        success: true,
        blocking: false,
    })
}
