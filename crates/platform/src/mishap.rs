//! Mishaps that somebody ordered, as they happen. Invariant: a rule strikes and is counted in one command, so that it never strikes twice
//! where it was to strike once.

mod broker;

pub(crate) use broker::start as start_broker;

use crate::cloud::Cloud;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::Time;
use vcdsim_model::mishap::{At, Facts, Mishap, Mishaps, Wire};
use vcdsim_model::operation::Operation;
use vcdsim_store::{Command, TimerKind, Tx};
use vcdsim_task_engine::Engine;

/// A mishap that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Struck {
    /// The number of its rule.
    pub rule: u64,
    /// What it is.
    pub mishap: Mishap,
    /// Bytes that mean nothing, where it needs some.
    pub garbage: Vec<u8>,
}

impl Cloud {
    /// The mishap that meets a request or its answer, if one does. A delay that it is has begun; its timer is that of `ticket`.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn strike(&self, at: At, facts: &Facts<'_>, ticket: Uuid) -> Result<Option<Struck>, Fault> {
        let mishaps: Mishaps = self.read().setting().await?;
        if !mishaps.concern(at, facts) {
            return Ok(None);
        }
        let Facts { method, path, operations, org, user, entity, message: _ } = *facts;
        let strike = Strike { at, ticket, method, path: path.map(str::to_owned), operations: operations.to_vec(), org, user, entity };
        self.store().write(strike).await
    }

    /// Changes the rules, and answers what comes of that.
    ///
    /// # Errors
    /// What `change` refuses.
    pub async fn change_mishaps<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Mishaps) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.store().write(ChangeMishaps { change }).await
    }

    /// Makes an object busy for so many milliseconds.
    ///
    /// # Errors
    /// `BUSY_ENTITY` when a task holds it, 403 when there is none.
    pub async fn keep_busy(&self, object: Uuid, millis: i64) -> Result<(), Fault> {
        self.store().write(KeepBusy { engine: self.engine().clone(), object, millis }).await
    }

    /// Lets go of an object that is busy without a task; answers whether it was.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn set_free(&self, object: Uuid) -> Result<bool, Fault> {
        self.store().write(SetFree { engine: self.engine().clone(), object }).await
    }

    /// Begins a delay until `due`; its timer is that of `ticket`.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn delay(&self, ticket: Uuid, due: Time) -> Result<(), Fault> {
        self.store().write(Delay { ticket, due }).await
    }

    /// Waits until the delay of `ticket` is over, by the cloud's clock.
    pub async fn delayed(&self, ticket: Uuid) {
        let mut revisions = self.store().revisions();
        loop {
            revisions.mark_unchanged();
            if self.read().timer(TimerKind::Delay, ticket).is_none() || revisions.changed().await.is_err() {
                return;
            }
        }
    }
}

struct Strike {
    at: At,
    ticket: Uuid,
    method: Option<vcdsim_model::action::Method>,
    path: Option<String>,
    operations: Vec<Operation>,
    org: Option<Uuid>,
    user: Option<Uuid>,
    entity: Option<Uuid>,
}

impl Command for Strike {
    type Output = Option<Struck>;

    async fn run(self, tx: &mut Tx<'_>) -> Result<Option<Struck>, Fault> {
        let Self { at, ticket, method, path, operations, org, user, entity } = self;
        let mut mishaps: Mishaps = tx.read().setting().await?;
        let facts = Facts { method, path: path.as_deref(), operations: &operations, org, user, entity, message: None };
        let struck = mishaps.strike(at, &facts);
        let garbage = match &struck {
            Some((_, Mishap::Wire(Wire::Garbage, _))) => mishaps.garbage(),
            _ => Vec::new(),
        };
        if let Some((_, Mishap::Delay(millis, jitter))) = struck {
            let due = mishaps.due(tx.now(), millis, jitter);
            tx.put_timer(TimerKind::Delay, ticket, due).await?;
        }
        tx.put_setting(&mishaps).await?;
        Ok(struck.map(|(rule, mishap)| Struck { rule, mishap, garbage }))
    }
}

struct ChangeMishaps<F> {
    change: F,
}

impl<T: Send + 'static, F: FnOnce(&mut Mishaps) -> Result<T, Fault> + Send + 'static> Command for ChangeMishaps<F> {
    type Output = T;

    async fn run(self, tx: &mut Tx<'_>) -> Result<T, Fault> {
        let mut mishaps: Mishaps = tx.read().setting().await?;
        let told = (self.change)(&mut mishaps)?;
        tx.put_setting(&mishaps).await?;
        Ok(told)
    }
}

struct KeepBusy {
    engine: Engine,
    object: Uuid,
    millis: i64,
}

impl Command for KeepBusy {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        self.engine.keep_busy(tx, self.object, self.millis).await
    }
}

struct SetFree {
    engine: Engine,
    object: Uuid,
}

impl Command for SetFree {
    type Output = bool;

    async fn run(self, tx: &mut Tx<'_>) -> Result<bool, Fault> {
        self.engine.set_free(tx, self.object).await
    }
}

struct Delay {
    ticket: Uuid,
    due: Time,
}

impl Command for Delay {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.put_timer(TimerKind::Delay, self.ticket, self.due).await
    }
}
