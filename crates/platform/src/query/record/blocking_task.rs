//! `blockingTask` (reference 1.8). Invariant: `owner` is the object of the task, not its user (ruling Q4).

use super::Field;
use super::common::unset;
use super::facts::Facts;
use vcdsim_model::entity::Status;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion as V;

/// Empty while the object is a scaffold, as in the document of a blocking task (reference 1.2).
fn owner_name(f: &Facts<'_>) -> Option<String> {
    let head = &f.find(f.blocking()?.owner)?.head;
    Some(if head.status == Status::Unresolved { String::new() } else { head.name.clone() })
}

pub(super) const FIELDS: &[Field] = &[
    Field::word("status", |f| f.blocking().map(|_| "active")),
    Field::text("operationName", |f| Some(f.blocking()?.operation.name().to_owned())),
    Field::reference("owner", Kind::VApp, |f| Some(f.blocking()?.owner)),
    Field::text("ownerName", owner_name),
    Field::text("originatingOrgName", |f| f.name_of(Kind::Org, Some(f.blocking()?.org))),
    Field::reference("originatingOrg", Kind::Org, |f| Some(Urn::new(Kind::Org, f.blocking()?.org))),
    Field::time("creationDate", |f| Some(f.blocking()?.created)),
    Field::time("expirationTime", |f| Some(f.blocking()?.timeout)),
    Field::word("timeoutAction", |f| Some(f.blocking()?.timeout_action.name())),
    Field::reference("task", Kind::Task, |f| Some(Urn::new(Kind::Task, f.blocking()?.task))),
    Field::word("jobStatus", |f| Some(f.other_task(f.blocking()?.task)?.status.name())),
    Field::bool("hasOwner", |f| Some(f.find(f.blocking()?.owner).is_some())).since(V::V5_1),
    unset("description").since(V::V33_0),
];
