//! The actions of vApps and machines, for tests that try all of them.

use vcdsim_model::action::Action;
use vcdsim_model::family::{vapp, vm};
use vcdsim_model::kind::Kind;
use vcdsim_model::power::{PowerActions, VAPP, VM};
use vcdsim_model::snapshot::{self, SnapshotActions};

/// What else is done to machines, as far as no document goes along.
const OTHERS: &[&Action] = &[&vm::DELETE, &vm::UPGRADE, &vm::ENABLE_NESTED, &vm::INSTALL_TOOLS];

/// Every action of `kind` that is linked.
pub(crate) fn of(kind: Kind) -> Vec<&'static Action> {
    let power = |actions: &'static PowerActions| {
        let PowerActions { deploy, undeploy, power_on, power_off, reset, reboot, shutdown, suspend, discard } = actions;
        vec![deploy, undeploy, power_on, power_off, reset, reboot, shutdown, suspend, discard]
    };
    let snapshots = |actions: &'static SnapshotActions| {
        let SnapshotActions { create, revert, remove } = actions;
        vec![create, revert, remove]
    };
    match kind {
        Kind::Vm => [power(&VM), snapshots(&snapshot::VM), vm::EDITS.map(vm::Edit::action).to_vec(), OTHERS.to_vec()].concat(),
        _ => [power(&VAPP), snapshots(&snapshot::VAPP), vec![&vapp::UPDATE, &vapp::DELETE, &vapp::RECOMPOSE]].concat(),
    }
}
