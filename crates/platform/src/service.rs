//! Extension services: their tasks and their events. Invariant: a service changes its own tasks and no others, and neither its tasks nor its
//! events pass for the platform's.

use crate::access::{self, admit};
use crate::cloud::Cloud;
use crate::entity::resolve;
use crate::graph::TaskGraph;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Entity, Res};
use vcdsim_model::event::{Named, NewEvent};
use vcdsim_model::family::org::{Org, SYSTEM};
use vcdsim_model::family::service::{CREATE_EVENT, CREATE_TASK, Posted, ServiceWork, UPDATE_TASK};
use vcdsim_model::family::user::User;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_store::{Command, Reader, Tx};
use vcdsim_task_engine::{Engine, Report, ServiceTask};

/// A task that a service makes, as it was sent.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// What the service does.
    pub work: ServiceWork,
    /// What it is about; the organization, when it names nothing.
    pub owner: Option<Urn>,
    /// For whom; the caller, when it names nobody.
    pub user: Option<Urn>,
    /// Where it stands.
    pub report: Report,
}

/// An event that a service tells, as it was sent.
#[derive(Debug, Clone)]
pub struct NewServiceEvent {
    /// Its type.
    pub r#type: String,
    /// Which service tells it, and what else it says.
    pub posted: Posted,
    /// The success flag.
    pub success: bool,
    /// What it is about; the organization, when it names nothing.
    pub owner: Option<Urn>,
    /// For whom.
    pub user: Urn,
}

/// Refuses who may not act for services. These are documented as the provider's alone.
///
/// # Errors
/// 403.
pub fn admit_provider(caller: &Caller) -> Result<(), Fault> {
    if UPDATE_TASK.need.met_by(caller) { Ok(()) } else { Err(Fault::denied()) }
}

impl Cloud {
    /// Puts a service's task into the list of an organization.
    ///
    /// # Errors
    /// 403 for who may not, 400 for a user of another organization and for references that lead nowhere.
    pub async fn create_service_task(&self, org: Uuid, task: NewTask, caller: &Caller) -> Result<TaskGraph, Fault> {
        self.store().write(Create { engine: self.engine().clone(), org, task, caller: caller.clone() }).await
    }

    /// Notes what the service `namespace` tells of its task.
    ///
    /// # Errors
    /// 403 for who may not, an unknown task, and one that is another's or the platform's; 400 for a status that cannot follow.
    pub async fn update_service_task(&self, task: Uuid, namespace: String, report: Report, caller: &Caller) -> Result<TaskGraph, Fault> {
        self.store().write(Update { engine: self.engine().clone(), task, namespace, report, caller: caller.clone() }).await
    }

    /// Tells a service's event in an organization.
    ///
    /// # Errors
    /// As [`Self::create_service_task`].
    pub async fn post_event(&self, org: Uuid, event: NewServiceEvent, caller: &Caller) -> Result<(), Fault> {
        self.store().write(Post { org, event, caller: caller.clone() }).await
    }
}

struct Create {
    engine: Engine,
    org: Uuid,
    task: NewTask,
    caller: Caller,
}

impl Command for Create {
    type Output = TaskGraph;

    async fn run(self, tx: &mut Tx<'_>) -> Result<TaskGraph, Fault> {
        let Self { engine, org, task: NewTask { work, owner, user, report }, caller } = self;
        let org = admit::<Org>(&tx.read(), &caller, &CREATE_TASK, org).await?;
        let user = user_of(&tx.read(), &caller, &org, user.unwrap_or(Urn::new(Kind::User, caller.user))).await?;
        let about = about(&tx.read(), &caller, owner).await?;
        // A task that is about nothing says so in its text, too.
        let subject = about.as_ref().map(|about| about.head.name.clone()).unwrap_or_default();
        let owner = about.map_or(org.urn(), |about| about.urn());
        let task = ServiceTask { work, owner, subject, org: org.head().id, user: user.head.id, report };
        let task = engine.enlist(tx, task).await?;
        TaskGraph::load(&tx.read(), task).await
    }
}

struct Update {
    engine: Engine,
    task: Uuid,
    namespace: String,
    report: Report,
    caller: Caller,
}

impl Command for Update {
    type Output = TaskGraph;

    async fn run(self, tx: &mut Tx<'_>) -> Result<TaskGraph, Fault> {
        let found = crate::task::get(&tx.read(), &self.caller, self.task).await?;
        admit_provider(&self.caller)?;
        if found.task.operation.service().is_none_or(|work| work.namespace != self.namespace) {
            return Err(Fault::denied());
        }
        let task = self.engine.report(tx, self.task, self.report).await?;
        TaskGraph::load(&tx.read(), task).await
    }
}

struct Post {
    org: Uuid,
    event: NewServiceEvent,
    caller: Caller,
}

impl Command for Post {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Self { org, event, caller } = self;
        let org = admit::<Org>(&tx.read(), &caller, &CREATE_EVENT, org).await?;
        let user = user_of(&tx.read(), &caller, &org, event.user).await?;
        let about = about(&tx.read(), &caller, event.owner).await?;
        let event = NewEvent {
            r#type: event.r#type,
            entity: named(about.as_ref().unwrap_or(org.entity())),
            user: named(&user),
            org: named(org.entity()),
            task: None,
            task_owner: None,
            success: event.success,
            blocking: false,
            service: Some(event.posted),
        };
        tx.emit(event).await
    }
}

fn named(entity: &Entity) -> Named {
    Named { urn: entity.urn(), name: entity.head.name.clone() }
}

/// The user of a task or an event: of the organization, or the provider's (guide 10.6, service-specific tasks and events).
async fn user_of(reader: &Reader<'_>, caller: &Caller, org: &Res<Org>, user: Urn) -> Result<Arc<Entity>, Fault> {
    let not_one = || Fault::invalid_reference("User", &user.to_string());
    let user = access::named(reader, caller, "User", user).await?;
    user.body::<User>().ok_or_else(not_one)?;
    let home = user.head.org.map(|home| Urn::new(Kind::Org, home));
    let is_provider = match home {
        Some(home) => crate::graph::name(reader, home).await? == SYSTEM,
        None => false,
    };
    if home == Some(org.urn()) || is_provider {
        return Ok(user);
    }
    Err(Fault::bad_request(format!("The user {} is neither of the organization {} nor the provider's.", user.urn(), org.head().name)))
}

/// What a task or an event is about, if it names something.
async fn about(reader: &Reader<'_>, caller: &Caller, owner: Option<Urn>) -> Result<Option<Arc<Entity>>, Fault> {
    let Some(owner) = owner else { return Ok(None) };
    let exact = resolve(reader, caller, owner).await.map_err(|_unseen| Fault::invalid_reference("Owner", &owner.to_string()))?;
    access::named(reader, caller, "Owner", exact).await.map(Some)
}
