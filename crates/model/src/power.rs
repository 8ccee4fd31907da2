//! Power: what may be done to the power of vApps and virtual machines, and what it makes of them.
//! Invariant: [`PowerChange::apply`] is the only rule by which power changes a status.

use crate::action::{Action, Need};
use crate::entity::{Body, Entity, Status};
use crate::fault::Fault;
use crate::kind::Kind;
use crate::media;
use crate::operation::Operation;
use crate::right::Right;
use serde::{Deserialize, Serialize};

/// A change of power, of a virtual machine or of all machines of a vApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PowerChange {
    /// Give it hosts and networks, and power if `power_on`.
    Deploy {
        /// Whether to power on, too.
        power_on: bool,
    },
    /// Take hosts and networks away; machines that are on are suspended or powered off.
    Undeploy {
        /// Whether to suspend what is on.
        suspend: bool,
    },
    /// Power on.
    PowerOn,
    /// Power off.
    PowerOff,
    /// Power off and on.
    Reset,
    /// Have the guest restart.
    Reboot,
    /// Have the guest shut down.
    Shutdown,
    /// Keep the memory and stop.
    Suspend,
    /// Forget the kept memory.
    DiscardSuspended,
}

impl PowerChange {
    /// The operation that a task for it has (reference 5.5).
    #[must_use]
    pub const fn operation(self) -> Operation {
        match self {
            Self::Deploy { .. } | Self::PowerOn => Operation::VappDeploy,
            Self::Undeploy { suspend: true } => Operation::VappUndeploySuspend,
            Self::Undeploy { suspend: false } => Operation::VappUndeployPowerOff,
            Self::PowerOff => Operation::VappPowerOff,
            Self::Reset => Operation::VappReset,
            Self::Reboot => Operation::VappRebootGuest,
            Self::Shutdown => Operation::VappShutdownGuest,
            Self::Suspend => Operation::VappSuspend,
            Self::DiscardSuspended => Operation::VappDiscardSuspendedState,
        }
    }

    /// What it makes of one machine: its status, and whether it is deployed.
    #[must_use]
    pub const fn apply(self, status: Status, deployed: bool) -> (Status, bool) {
        use Status::{PoweredOff, PoweredOn, Suspended};
        match (self, status) {
            (Self::Deploy { power_on: true } | Self::PowerOn, _) => (PoweredOn, true),
            (Self::Deploy { power_on: false }, status) => (status, true),
            (Self::Undeploy { suspend: true }, PoweredOn | Suspended) => (Suspended, false),
            (Self::Undeploy { .. }, _) => (PoweredOff, false),
            (Self::PowerOff | Self::Shutdown, PoweredOn) => (PoweredOff, deployed),
            (Self::Suspend, PoweredOn) => (Suspended, deployed),
            (Self::DiscardSuspended, Suspended) => (PoweredOff, false),
            (_, status) => (status, deployed),
        }
    }

    /// Whether a machine starts from its firmware when this is done to it.
    #[must_use]
    pub const fn boots(self, status: Status) -> bool {
        use Status::{PoweredOff, PoweredOn};
        match self {
            Self::Deploy { power_on: true } | Self::PowerOn => matches!(status, PoweredOff),
            Self::Reset | Self::Reboot => matches!(status, PoweredOn),
            _ => false,
        }
    }

    /// The action by which it is asked for on an object of `kind`.
    #[must_use]
    pub const fn action(self, kind: Kind) -> &'static Action {
        let actions = match kind {
            Kind::Vm => &VM,
            _ => &VAPP,
        };
        match self {
            Self::Deploy { .. } => &actions.deploy,
            Self::Undeploy { .. } => &actions.undeploy,
            Self::PowerOn => &actions.power_on,
            Self::PowerOff => &actions.power_off,
            Self::Reset => &actions.reset,
            Self::Reboot => &actions.reboot,
            Self::Shutdown => &actions.shutdown,
            Self::Suspend => &actions.suspend,
            Self::DiscardSuspended => &actions.discard,
        }
    }
}

/// The actions on power of one kind.
#[derive(Debug)]
#[expect(missing_docs, reason = "each is the action of the change of that name")]
pub struct PowerActions {
    pub deploy: Action,
    pub undeploy: Action,
    pub power_on: Action,
    pub power_off: Action,
    pub reset: Action,
    pub reboot: Action,
    pub shutdown: Action,
    pub suspend: Action,
    pub discard: Action,
}

/// Those of vApps.
pub static VAPP: PowerActions = actions(Kind::VApp);

/// Those of virtual machines.
pub static VM: PowerActions = actions(Kind::Vm);

const fn actions(kind: Kind) -> PowerActions {
    PowerActions {
        deploy: power(kind, "/action/deploy", "deploy", deployable).takes(media::DEPLOY_VAPP_PARAMS),
        undeploy: power(kind, "/action/undeploy", "undeploy", undeployable).takes(media::UNDEPLOY_VAPP_PARAMS),
        power_on: power(kind, "/power/action/powerOn", "power:powerOn", startable),
        power_off: power(kind, "/power/action/powerOff", "power:powerOff", stoppable),
        reset: power(kind, "/power/action/reset", "power:reset", stoppable),
        reboot: power(kind, "/power/action/reboot", "power:reboot", stoppable),
        shutdown: power(kind, "/power/action/shutdown", "power:shutdown", stoppable),
        suspend: power(kind, "/power/action/suspend", "power:suspend", stoppable),
        discard: power(kind, "/action/discardSuspendedState", "discardState", suspended),
    }
}

const fn power(kind: Kind, path: &'static str, rel: &'static str, guard: crate::action::Guard) -> Action {
    Action::post(kind, path, Need::Right(Right::VAPP_POWER)).rel(rel).when(guard)
}

/// The same action with `UndeployPowerAction` force, which few may ask for.
#[must_use]
pub const fn forced(undeploy: &Action) -> Action {
    Action { rel: None, need: Need::Right(Right::VM_MAINTAIN), ..*undeploy }
}

/// What runs already is deployed again without effect, but for its lease: recorded running vApps and machines have the link.
fn deployable(entity: &Entity) -> Result<(), Fault> {
    in_status(entity, "deployed", &[Status::PoweredOn, Status::PoweredOff, Status::Suspended, Status::Mixed])
}

fn startable(entity: &Entity) -> Result<(), Fault> {
    in_status(entity, "powered on", &[Status::PoweredOff, Status::Suspended, Status::Mixed])
}

fn stoppable(entity: &Entity) -> Result<(), Fault> {
    in_status(entity, "powered off, reset, suspended or shut down", &[Status::PoweredOn, Status::Mixed])
}

fn suspended(entity: &Entity) -> Result<(), Fault> {
    in_status(entity, "made to discard a suspended state", &[Status::Suspended])
}

fn undeployable(entity: &Entity) -> Result<(), Fault> {
    if is_deployed(entity) { Ok(()) } else { Err(refused(entity, "undeployed", "it is not deployed")) }
}

/// Lets nothing that is deployed be deleted.
///
/// # Errors
/// 400 with the state.
pub fn undeployed(entity: &Entity) -> Result<(), Fault> {
    if is_deployed(entity) { Err(refused(entity, "deleted", "it is deployed; undeploy it first")) } else { Ok(()) }
}

/// Lets nothing be changed that is only a scaffold or could not be made.
///
/// # Errors
/// 400 with the state.
pub fn resolved(entity: &Entity) -> Result<(), Fault> {
    let made = !matches!(entity.head.status, Status::Unresolved | Status::FailedCreation);
    if made { Ok(()) } else { Err(refused(entity, "changed", "it was not created")) }
}

/// Lets nothing be used that is not [`resolved`], or whose lease is over.
///
/// # Errors
/// 400 with the state.
pub fn usable(entity: &Entity) -> Result<(), Fault> {
    resolved(entity)?;
    entity.not_expired()
}

/// Whether a vApp or a virtual machine is deployed.
#[must_use]
pub fn is_deployed(entity: &Entity) -> bool {
    match &entity.body {
        Body::VApp(vapp) => vapp.deployed,
        Body::Vm(vm) => vm.deployed,
        _ => false,
    }
}

/// Lets nothing be `what` (as in `powered off`) that has expired or is in none of these states.
pub(crate) fn in_status(entity: &Entity, what: &str, statuses: &[Status]) -> Result<(), Fault> {
    entity.not_expired()?;
    if statuses.contains(&entity.head.status) { Ok(()) } else { Err(refused(entity, what, "that is not possible in this state")) }
}

fn refused(entity: &Entity, what: &str, why: &str) -> Fault {
    let head = &entity.head;
    let label = head.kind.info().label;
    Fault::bad_request(format!("{label} \"{}\" cannot be {what} while its status is {}: {why}.", head.name, head.status.word()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_of_a_machine() {
        use Status::{PoweredOff, PoweredOn, Suspended};
        let of = |change: PowerChange, status, deployed| change.apply(status, deployed);
        assert_eq!(of(PowerChange::PowerOn, Suspended, false), (PoweredOn, true));
        assert_eq!(of(PowerChange::Deploy { power_on: false }, PoweredOff, false), (PoweredOff, true));
        assert_eq!(of(PowerChange::PowerOff, PoweredOn, true), (PoweredOff, true));
        assert_eq!(of(PowerChange::Suspend, PoweredOff, true), (PoweredOff, true));
        assert_eq!(of(PowerChange::Suspend, PoweredOn, true), (Suspended, true));
        assert_eq!(of(PowerChange::Undeploy { suspend: true }, PoweredOff, true), (PoweredOff, false));
        assert_eq!(of(PowerChange::Undeploy { suspend: true }, PoweredOn, true), (Suspended, false));
        assert_eq!(of(PowerChange::Undeploy { suspend: false }, Suspended, true), (PoweredOff, false));
        assert_eq!(of(PowerChange::Reset, PoweredOn, true), (PoweredOn, true));
        assert_eq!(of(PowerChange::DiscardSuspended, Suspended, true), (PoweredOff, false));
    }

    const CHANGES: &[(&str, PowerChange)] = &[
        ("deploy", PowerChange::Deploy { power_on: false }),
        ("deploy, power on", PowerChange::Deploy { power_on: true }),
        ("undeploy, power off", PowerChange::Undeploy { suspend: false }),
        ("undeploy, suspend", PowerChange::Undeploy { suspend: true }),
        ("power on", PowerChange::PowerOn),
        ("power off", PowerChange::PowerOff),
        ("reset", PowerChange::Reset),
        ("reboot", PowerChange::Reboot),
        ("shutdown", PowerChange::Shutdown),
        ("suspend", PowerChange::Suspend),
        ("discard", PowerChange::DiscardSuspended),
    ];

    const STATUSES: &[Status] = &[
        Status::FailedCreation,
        Status::Unresolved,
        Status::Resolved,
        Status::PoweredOff,
        Status::PoweredOn,
        Status::Suspended,
        Status::Mixed,
    ];

    fn print(name: &str, description: &str, table: &str) {
        insta::with_settings!({ snapshot_path => "../../../fixtures/state", prepend_module_to_snapshot => false, description => description }, {
            insta::assert_snapshot!(name, table);
        });
    }

    fn word(status: Status, deployed: bool) -> String {
        format!("{}{}", status.word(), if deployed { ", deployed" } else { "" })
    }

    fn a(kind: Kind, status: Status, deployed: bool) -> Entity {
        let head = serde_json::json!({
            "id": uuid::Uuid::nil(), "kind": kind, "name": "x", "description": null, "org": null, "parent": null, "owner": null,
            "status": status, "busy": null, "created": crate::clock::from_millis(0), "seq": 0, "rev": 0,
        });
        let vapp = serde_json::json!({ "deployed": deployed, "networks": [], "deployment_lease_seconds": 0, "storage_lease_seconds": 0 });
        let hardware = serde_json::json!({
            "version": "", "os_type": "", "os_name": "", "os_id": 0, "cpus": 1, "cores_per_socket": 1, "memory_mb": 1, "disks": [], "nics": [],
        });
        let guest = serde_json::json!({ "enabled": true, "computer_name": "" });
        let vm = serde_json::json!({ "hardware": hardware, "deployed": deployed, "guest": guest, "storage_profile": null, "moref": "" });
        let body = match kind {
            Kind::Vm => Body::Vm(serde_json::from_value(vm).unwrap()),
            _ => Body::VApp(serde_json::from_value(vapp).unwrap()),
        };
        Entity { head: serde_json::from_value(head).unwrap(), body }
    }

    #[test]
    fn tables_of_power_are_printed() {
        let states = || STATUSES.iter().flat_map(|status| [false, true].map(|deployed| (*status, deployed)));
        let tables = [("power-machine", Kind::Vm), ("power-vapp", Kind::VApp)];
        for (name, kind) in tables {
            let mut table = String::from("state | change | becomes, or is refused\n");
            for (status, deployed) in states().filter(|(status, _)| kind == Kind::VApp || *status != Status::Mixed) {
                for (change_name, change) in CHANGES {
                    let accepted = (change.action(kind).guard)(&a(kind, status, deployed)).is_ok();
                    let to = match (accepted, kind) {
                        (false, _) => "-".to_owned(),
                        (true, Kind::Vm) => {
                            let (status, deployed) = change.apply(status, deployed);
                            word(status, deployed)
                        }
                        (true, _) => change.operation().name().to_owned(),
                    };
                    table += &format!("{} | {change_name} | {to}\n", word(status, deployed));
                }
            }
            print(name, "ours: what each state accepts, and what comes of it", &table);
        }
        let mut links = String::from("state | links of a vApp | links of a machine\n");
        for (status, deployed) in states() {
            let shown = |kind: Kind, entity: &Entity| {
                let mut rels: Vec<_> = CHANGES
                    .iter()
                    .map(|(_, change)| change.action(kind))
                    .filter(|action| (action.guard)(entity).is_ok())
                    .filter_map(|action| action.rel)
                    .collect();
                rels.sort_unstable();
                rels.dedup();
                rels.join(" ")
            };
            let (whole, one) = (shown(Kind::VApp, &a(Kind::VApp, status, deployed)), shown(Kind::Vm, &a(Kind::Vm, status, deployed)));
            links += &format!("{} | {whole} | {one}\n", word(status, deployed));
        }
        print("power-links", "recorded (links by state), where recordings have the state", &links);
        let ends = [Status::PoweredOff, Status::PoweredOn, Status::Suspended];
        let mut rolled = String::from("machines | vApp\n");
        rolled += &format!("none | {}\n", crate::family::vapp::roll_up([], Status::Resolved).word());
        for one in ends {
            for other in ends {
                let whole = crate::family::vapp::roll_up([one, other], Status::Resolved);
                rolled += &format!("{} and {} | {}\n", one.word(), other.word(), whole.word());
            }
        }
        print("power-roll-up", "documented: a vApp whose machines differ is mixed", &rolled);
    }

    #[test]
    fn each_change_has_its_own_path_and_the_right_operation() {
        let change = PowerChange::Undeploy { suspend: true };
        assert_eq!(change.operation().name(), "vappUndeploySuspend");
        assert_eq!(change.action(Kind::Vm).label(), "POST /api/vApp/vm-{id}/action/undeploy");
        assert_eq!(PowerChange::PowerOn.operation(), PowerChange::Deploy { power_on: true }.operation());
    }
}
