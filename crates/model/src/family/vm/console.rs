//! What is seen of a running machine: its screen, the way to its console, what it asks, how much it uses. Invariant: none of this changes it.

use crate::action::{Action, Need};
use crate::caller::AccessLevel;
use crate::entity::{Entity, Status};
use crate::fault::Fault;
use crate::kind::{Kind, View};
use crate::media;
use crate::power::{in_status, resolved};
use crate::right::Right;
use crate::version::ApiVersion;

/// Reads the picture of its screen.
pub const READ_SCREEN: Action = read("/screen", Need::Right(Right::VM_CONSOLE)).rel("screen:thumbnail").when(resolved);
/// Gets a ticket for its console.
pub const ACQUIRE_TICKET: Action =
    look("/screen/action/acquireTicket", Need::Right(Right::VM_CONSOLE)).rel("screen:acquireTicket").when(running);
/// Gets one in parts.
pub const ACQUIRE_MKS_TICKET: Action = look("/screen/action/acquireMksTicket", Need::Right(Right::VM_CONSOLE))
    .rel("screen:acquireMksTicket")
    .takes(media::MKS_TICKET)
    .when(running)
    .since(ApiVersion::V5_5);
/// Reads what it asks.
pub const READ_QUESTION: Action = read("/question", Need::Session);
/// Answers that. No guide names the right.
pub const ANSWER: Action =
    Action::post(Kind::Vm, "/question/action/answer", Need::Right(Right::VAPP_EDIT_VM)).takes(media::VM_PENDING_ANSWER).when(asking);
/// Reads how much it uses now.
pub const READ_USAGE: Action = read("/metrics/current", Need::Right(Right::VM_METRICS))
    .rel("down")
    .takes(media::CURRENT_USAGE_SPEC)
    .when(running)
    .since(ApiVersion::V5_6);
/// Reads some of it.
pub const QUERY_USAGE: Action = look("/metrics/current", Need::Right(Right::VM_METRICS))
    .rel("metrics")
    .takes(media::CURRENT_USAGE_SPEC)
    .when(running)
    .since(ApiVersion::V5_6);
/// Reads how much it has used.
pub const READ_HISTORY: Action = read("/metrics/historic", Need::Right(Right::VM_METRICS))
    .rel("down")
    .takes(media::HISTORIC_USAGE_SPEC)
    .when(resolved)
    .since(ApiVersion::V5_6);
/// Reads some of it, or of another time.
pub const QUERY_HISTORY: Action = look("/metrics/historic", Need::Right(Right::VM_METRICS))
    .rel("metrics")
    .takes(media::HISTORIC_USAGE_SPEC)
    .when(resolved)
    .since(ApiVersion::V5_6);

const fn read(path: &'static str, need: Need) -> Action {
    Action::read(Kind::Vm, View::User, need).at(path)
}

/// A POST that only looks.
const fn look(path: &'static str, need: Need) -> Action {
    Action::post(Kind::Vm, path, need).access(AccessLevel::ReadOnly).beside_tasks()
}

fn running(entity: &Entity) -> Result<(), Fault> {
    in_status(entity, "looked at", &[Status::PoweredOn])
}

/// Guests do nothing that vCenter would ask about.
fn asking(entity: &Entity) -> Result<(), Fault> {
    Err(Fault::bad_request(format!("Virtual Machine \"{}\" asks nothing.", entity.head.name)))
}
