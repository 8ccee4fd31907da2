//! Objects that are busy without a task. Invariant: such an object is marked with its own id and has a timer; no task holds it, and none can.

use crate::engine::Engine;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::after_millis;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::{TimerKind, Tx};

impl Engine {
    /// Makes an object busy for so many milliseconds from now on, whether or not it is so already.
    ///
    /// # Errors
    /// `BUSY_ENTITY` when a task holds it, 403 when there is none.
    pub async fn keep_busy(&self, tx: &mut Tx<'_>, object: Uuid, millis: i64) -> Result<(), Fault> {
        let entity = tx.read().object(object).await?.ok_or_else(|| Fault::no_access(Urn::new(Kind::VApp, object)))?;
        if entity.head.busy != Some(object) {
            entity.not_busy()?;
            tx.update(entity.urn(), |entity| entity.head.busy = Some(object)).await?;
        }
        let until = after_millis(tx.now(), millis);
        tx.put_timer(TimerKind::Busy, object, until).await
    }

    /// Lets go of an object that is busy without a task; answers whether it was.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn set_free(&self, tx: &mut Tx<'_>, object: Uuid) -> Result<bool, Fault> {
        tx.delete_timer(TimerKind::Busy, object).await?;
        let Some(entity) = tx.read().object(object).await?.filter(|entity| entity.head.busy == Some(object)) else { return Ok(false) };
        tx.update(entity.urn(), |entity| entity.head.busy = None).await?;
        Ok(true)
    }

    /// Lets go of an object whose time is over: who asks about it does not find it busy any more.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn free_if_due(&self, object: Uuid) -> Result<(), Fault> {
        match self.store().read().timer(TimerKind::Busy, object).filter(|timer| timer.due <= self.store().now()) {
            Some(timer) => self.fire(timer).await,
            None => Ok(()),
        }
    }
}
