//! Leases that end. Invariant: while an object's lease is over and nothing has come of it, its timer stands, and never at the instant at which
//! it fired: what is in the way for a while delays the end, and cannot make it come again and again at once.

use crate::engine::Engine;
use crate::operation::{By, Operation};
use crate::registry::Queued;
use uuid::Uuid;
use vcdsim_model::clock::after_millis;
use vcdsim_model::lease::RETRY_MILLIS;
use vcdsim_model::{Fault, FaultCode};
use vcdsim_store::{Command, Timer, TimerKind, Tx};

/// What the platform's answer to the end of a lease ([`Registry::on_lease`](crate::Registry::on_lease)) works with.
#[derive(Debug)]
pub struct Expiry<'a, 't> {
    /// The transaction.
    pub tx: &'a mut Tx<'t>,
    /// What is to be submitted.
    orders: Vec<(Queued, By)>,
}

impl Expiry<'_, '_> {
    /// Submits an operation in this transaction, as a task that nobody asked for: it blocks by its name like any other.
    ///
    /// # Errors
    /// Only a defect: the operation's value cannot be written as JSON.
    pub fn submit<O: Operation>(&mut self, operation: &O, by: By) -> Result<(), Fault> {
        self.orders.push((Queued::new(operation)?, by));
        Ok(())
    }
}

impl Engine {
    /// Ends the lease of an object if that is due, and runs what is due of the task that comes of it: who asks about an object sees it
    /// neither before its lease is over nor after that as if nothing had been.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn end_due_lease(&self, object: Uuid) -> Result<(), Fault> {
        let due = self.store().read().timer(TimerKind::Lease, object).filter(|timer| timer.due <= self.store().now());
        let Some(timer) = due else { return Ok(()) };
        self.fire(timer).await?;
        match self.store().read().object(object).await?.and_then(|object| object.head.busy) {
            Some(task) => self.run_due(task).await,
            None => Ok(()),
        }
    }

    /// Does what the platform says about an object whose lease is over. Its timer is set anew before that: what takes the lease from the
    /// object, takes the timer too.
    pub(crate) async fn end_lease(&self, tx: &mut Tx<'_>, object: Uuid) -> Result<(), Fault> {
        let Some(object) = tx.read().object(object).await? else { return Ok(()) };
        object.not_busy()?;
        set_anew(tx, object.head.id).await?;
        let mut expiry = Expiry { tx, orders: Vec::new() };
        self.registry().lease_ended(&object, &mut expiry).await?;
        for (order, by) in expiry.orders {
            self.enqueue(tx, order, by, None).await?;
        }
        Ok(())
    }
}

async fn set_anew(tx: &mut Tx<'_>, object: Uuid) -> Result<(), Fault> {
    tx.put_timer(TimerKind::Lease, object, after_millis(tx.now(), RETRY_MILLIS)).await
}

/// Leaves a lease that could not be ended for later: a task holds the object, or something in it.
pub(crate) struct Postpone {
    pub(crate) timer: Timer,
    pub(crate) fault: Fault,
}

impl Command for Postpone {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Timer { kind, subject, due } = self.timer;
        if self.fault.code != FaultCode::BusyEntity {
            tracing::error!(object = %subject, fault = %self.fault, "the end of a lease could not be acted on and is put off");
        }
        match tx.read().timer(kind, subject) {
            Some(timer) if timer.due == due => set_anew(tx, subject).await,
            _ => Ok(()),
        }
    }
}
