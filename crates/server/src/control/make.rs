//! Tasks on demand. Invariant: a task that is made comes to its state as all tasks do, with all the messages of that; nothing is done to what
//! it is about.

use super::asked::Asked;
use super::call::{Answer, Call, Control, Outcome, call, of};
use super::plans::ErrorItem;
use super::problem::Problem;
use super::tasks::{TaskItem, item, operation, status};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::service::{ServiceWork, namespace};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::task::{TaskError, TaskStatus};
use vcdsim_platform::Report;
use vcdsim_platform::graph::TaskGraph;
use vcdsim_platform::service;
use vcdsim_task_engine::MadeTask;

/// The calls of this file.
pub(super) const CALLS: &[Call] = &[
    call!(Post "tasks" "makes a task in any state, to try out who listens and looks; nothing is done to what it is about" &[], Some(of::<NewTask>), Answer::Effect(of::<TaskItem>), make),
];

/// A task as it is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTask {
    /// What it is called: an operation of the platform, or whatever a `service` calls it.
    operation: String,
    /// What it is about: an id, a URN, an href, or a name that nothing else has.
    owner: String,
    /// `queued`, `preRunning`, `running`, `success`, `error`, `canceled` or `aborted`; running. What is queued or running is held.
    status: Option<String>,
    /// The user, by name or id, or as `user@org`; the owner of what it is about, or the administrator.
    user: Option<String>,
    /// The organization, by name or id; that of the user, or of what it is about.
    org: Option<String>,
    /// The namespace of the extension service that runs it; none, and it is the platform's.
    service: Option<String>,
    /// How much is done, in per cent.
    progress: Option<u8>,
    /// Free text.
    details: Option<String>,
    /// What it says of its failure, for `error`.
    error: Option<ErrorItem>,
}

/// For whom, and in whose list.
struct Whose {
    user: Uuid,
    org: Uuid,
}

pub(super) async fn make(control: &Control<'_>, asked: Asked) -> Outcome {
    let sent: NewTask = asked.body()?;
    let status = sent.status.as_deref().map_or(Ok(TaskStatus::Running), status)?;
    if sent.progress.is_some_and(|percent| percent > 100) {
        return Err(Problem::bad("progress is a number from 0 to 100."));
    }
    if sent.error.is_some() && status != TaskStatus::Error {
        return Err(Problem::bad("error goes with the status error only."));
    }
    let owner = control.object(&sent.owner).await?;
    let whose = control.whose(&sent, &owner).await?;
    let graph = match &sent.service {
        Some(_) => control.make_of_service(sent, status, &owner, &whose).await?,
        None => control.make_of_platform(sent, status, &owner, &whose).await?,
    };
    Ok(control.effect(&item(&graph)))
}

impl Control<'_> {
    async fn whose(&self, sent: &NewTask, owner: &Entity) -> Result<Whose, Problem> {
        let provider = self.cloud().provider().await?;
        let org = self.org(sent.org.as_deref()).await?;
        let of_owner = if owner.head.kind == Kind::Org { Some(owner.head.id) } else { owner.head.org };
        let user = match self.user(sent.user.as_deref(), org).await? {
            Some(user) => Some(user),
            None => self.owner_of(owner).await?,
        };
        let said = user.as_ref().filter(|_| sent.user.is_some()).and_then(|user| user.head.org);
        let org = org.or(said).or(of_owner).unwrap_or(provider.org);
        Ok(Whose { user: user.map_or(provider.user, |user| user.head.id), org })
    }

    /// Whose the object is.
    async fn owner_of(&self, object: &Entity) -> Result<Option<Arc<Entity>>, Problem> {
        match object.head.owner {
            Some(id) => Ok(self.cloud().read().entity(Urn::new(Kind::User, id)).await?),
            None => Ok(None),
        }
    }

    async fn make_of_platform(&self, sent: NewTask, status: TaskStatus, owner: &Entity, whose: &Whose) -> Result<TaskGraph, Problem> {
        let made = MadeTask {
            operation: operation(&sent.operation)?,
            status,
            owner: owner.urn(),
            subject: owner.head.name.clone(),
            org: whose.org,
            user: whose.user,
            progress: sent.progress,
            details: sent.details,
            error: sent.error.map(ErrorItem::error).transpose()?,
        };
        Ok(self.cloud().make_task(made).await?)
    }

    async fn make_of_service(&self, sent: NewTask, status: TaskStatus, owner: &Entity, whose: &Whose) -> Result<TaskGraph, Problem> {
        if status == TaskStatus::PreRunning {
            return Err(Problem::bad("A service's task waits for nobody's decision: it is not preRunning."));
        }
        let name = sent.operation;
        let work = ServiceWork { namespace: namespace(sent.service.as_deref())?, name, text: None, result: None };
        let error: Option<TaskError> = sent.error.map(ErrorItem::error).transpose()?;
        let report = Report { status, text: None, progress: sent.progress, details: sent.details, result: None, error };
        let user = Some(Urn::new(Kind::User, whose.user));
        let task = service::NewTask { work, owner: Some(owner.urn()), user, report };
        Ok(self.cloud().create_service_task(whose.org, task, &self.cloud().provider().await?).await?)
    }
}
