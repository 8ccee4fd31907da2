//! Events of tasks and of what they hold. Invariant: which events an operation causes, and in which order, follows from its row in the
//! table of operations and from the order below (reference 6.7); no operation emits any of these itself.

use crate::registry::Registry;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Body, Entity};
use vcdsim_model::event::{EventType, Named, NewEvent};
use vcdsim_model::family::service::Posted;
use vcdsim_model::family::{org::Org, user::User};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::task::Task;
use vcdsim_store::{HoldKind, Reader, Tx};

/// What a task works on, with the names of this moment: taken before a phase that may delete it.
#[derive(Debug, Clone)]
pub(crate) struct Cast {
    user: Named,
    org: Named,
    members: Vec<Member>,
}

#[derive(Debug, Clone)]
struct Member {
    named: Named,
    created: bool,
    /// The object of this moment, if the task has locked it.
    locked: Option<Arc<Entity>>,
}

impl Cast {
    /// The task's user, organization, held objects and owner.
    pub(crate) async fn of(reader: &Reader<'_>, task: &Task) -> Result<Self, Fault> {
        let user = name_of::<User>(reader, task.user).await?;
        let org = name_of::<Org>(reader, task.org).await?;
        let mut members = Vec::new();
        for hold in reader.holds(task.id).await? {
            let entity = reader.entity(hold.entity).await?;
            let created = matches!(hold.what, HoldKind::Created);
            members.push(Member { named: named(hold.entity, entity.as_deref()), created, locked: entity.filter(|_| !created) });
        }
        if members.iter().all(|member| member.named.urn != task.owner) {
            let entity = reader.entity(task.owner).await?;
            members.push(Member { named: named(task.owner, entity.as_deref()), created: false, locked: None });
        }
        Ok(Self { user, org, members })
    }

    /// What the task has locked, as it was at that moment.
    pub(crate) fn locked(&self) -> Vec<(Urn, Body)> {
        self.members.iter().filter_map(|member| member.locked.as_ref()).map(|entity| (entity.urn(), entity.body.clone())).collect()
    }

    /// Of the kinds of these objects, leaves these and no others, in this order.
    pub(crate) fn narrow(&mut self, to: &[Urn]) {
        let place = |member: &Member| to.iter().position(|urn| *urn == member.named.urn);
        self.members.retain(|member| to.iter().all(|urn| urn.kind != member.named.urn.kind) || place(member).is_some());
        self.members.sort_by_key(place);
    }

    /// Events of the operation's table about these objects, of which it is done with no others yet.
    pub(crate) async fn tell_early(&self, tx: &mut Tx<'_>, task: &Task, of: &[Urn]) -> Result<(), Fault> {
        let mut early = self.clone();
        early.members.retain(|member| of.contains(&member.named.urn));
        early.narrow(of);
        early.tell(tx, task, task.operation.outcome(), true).await
    }

    /// Events of the operation's table: one for each member of the event's kind.
    pub(crate) async fn tell(&self, tx: &mut Tx<'_>, task: &Task, types: &[&str], success: bool) -> Result<(), Fault> {
        for name in types {
            let Some(event) = EventType::find(name) else { continue };
            // What a task only holds is not created by it.
            let created = name.ends_with("/create");
            let told = self.members.iter().filter(|member| event.is_about(member.named.urn.kind) && (member.created || !created));
            for member in told {
                self.emit(tx, task, name, member.named.clone(), success).await?;
            }
        }
        Ok(())
    }

    /// What follows from what this command made of objects, whichever operation the task is of.
    pub(crate) async fn tell_consequences(&self, tx: &mut Tx<'_>, task: &Task, registry: &Registry) -> Result<(), Fault> {
        let follow = |(before, now): (Option<&Arc<Entity>>, Option<&Arc<Entity>>)| {
            before.map_or_else(Vec::new, |before| registry.consequences(before, now.map(AsRef::as_ref)))
        };
        let mut told: Vec<_> = tx.changed().flat_map(follow).collect();
        told.sort_by(|(one, first), (other, second)| (first, &one.name).cmp(&(second, &other.name)));
        for (named, event) in told {
            self.emit(tx, task, event, named, true).await?;
        }
        Ok(())
    }

    /// The events of a clean-up: the owner is modified, what was made beside it is deleted (reference 6.7, abort).
    pub(crate) async fn tell_cleanup(&self, tx: &mut Tx<'_>, task: &Task) -> Result<(), Fault> {
        let (owner, others): (Vec<_>, Vec<_>) =
            self.members.iter().filter(|member| member.created).partition(|member| member.named.urn == task.owner);
        for (members, verb) in [(owner, "modify"), (others, "delete")] {
            for member in members {
                let kind = member.named.urn.kind;
                let found = EventType::all().find(|event| event.kind() == kind && event.short().ends_with(&format!("/{verb}")));
                if let Some(event) = found {
                    self.emit(tx, task, event.short(), member.named.clone(), true).await?;
                }
            }
        }
        Ok(())
    }

    /// An event about the task itself.
    pub(crate) async fn tell_task(&self, tx: &mut Tx<'_>, task: &Task, event: &str, success: bool) -> Result<(), Fault> {
        let entity = Named { urn: task.urn(), name: task.operation.name().to_owned() };
        self.emit(tx, task, event, entity, success).await
    }

    /// An event about the task's blocking task.
    pub(crate) async fn tell_blocking(&self, tx: &mut Tx<'_>, task: &Task, blocking: Uuid, event: &str) -> Result<(), Fault> {
        let entity = Named { urn: Urn::new(Kind::BlockingTask, blocking), name: task.operation.name().to_owned() };
        self.emit(tx, task, event, entity, true).await
    }

    async fn emit(&self, tx: &mut Tx<'_>, task: &Task, short: &str, entity: Named, success: bool) -> Result<(), Fault> {
        let blocking = entity.urn.kind == Kind::BlockingTask;
        tx.emit(NewEvent {
            r#type: format!("{}{short}", vcdsim_model::event::PREFIX),
            entity,
            user: self.user.clone(),
            org: self.org.clone(),
            task: Some((task.id, task.operation.name().to_owned())),
            task_owner: Some(task.owner),
            success,
            blocking,
            service: Posted::about(&task.operation),
        })
        .await
    }
}

fn named(urn: Urn, entity: Option<&Entity>) -> Named {
    Named { urn, name: entity.map(|entity| entity.head.name.clone()).unwrap_or_default() }
}

async fn name_of<R: vcdsim_model::entity::Resource>(reader: &Reader<'_>, id: Uuid) -> Result<Named, Fault> {
    let urn = Urn::new(R::KIND, id);
    Ok(named(urn, reader.entity(urn).await?.as_deref()))
}
