//! Changes that are done at once, without a task. Invariant: a change is admitted, made and announced in one command.

use crate::access::admit;
use crate::cloud::Cloud;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Entity, Res, Resource};
use vcdsim_model::event::{Named, NewEvent, PREFIX};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::{Command, Tx};

/// One such change.
pub trait Change: Send + 'static {
    /// The kind of object that it is asked of.
    type Of: Resource;
    /// What the caller must be admitted to.
    const ACTION: &'static Action;
    /// The event that tells of it, as `catalog/modify`.
    const EVENT: &'static str;

    /// Makes it, and answers what was changed or made. An error leaves no trace.
    fn apply(self, tx: &mut Tx<'_>, caller: &Caller, of: Res<Self::Of>) -> impl Future<Output = Result<Urn, Fault>> + Send;
}

impl Cloud {
    /// Changes the object `id`, or makes something in it, and answers which object that was.
    ///
    /// # Errors
    /// The fault of the change's action, and what the change refuses.
    pub async fn change<C: Change>(&self, id: Uuid, change: C, caller: &Caller) -> Result<Urn, Fault> {
        self.store().write(Changing { id, change, caller: caller.clone() }).await
    }
}

struct Changing<C> {
    id: Uuid,
    change: C,
    caller: Caller,
}

impl<C: Change> Command for Changing<C> {
    type Output = Urn;

    async fn run(self, tx: &mut Tx<'_>) -> Result<Urn, Fault> {
        let of = admit::<C::Of>(&tx.read(), &self.caller, C::ACTION, self.id).await?;
        let before = of.entity().clone();
        let changed = self.change.apply(tx, &self.caller, of).await?;
        let entity = tx.read().entity(changed).await?.unwrap_or(before);
        let event = event(tx, C::EVENT, &entity, &self.caller).await?;
        tx.emit(event).await?;
        Ok(changed)
    }
}

async fn event(tx: &Tx<'_>, short: &str, entity: &Entity, caller: &Caller) -> Result<NewEvent, Fault> {
    let org = Urn::new(Kind::Org, entity.head.org.unwrap_or(caller.org));
    Ok(NewEvent {
        r#type: format!("{PREFIX}{short}"),
        entity: Named { urn: entity.urn(), name: entity.head.name.clone() },
        user: Named { urn: Urn::new(Kind::User, caller.user), name: caller.user_name.clone() },
        org: Named { urn: org, name: crate::graph::name(&tx.read(), org).await? },
        task: None,
        task_owner: None,
        success: true,
        blocking: false,
        service: None,
    })
}
