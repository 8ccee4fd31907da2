//! Virtual machines: their power, alone or as a vApp. Invariant: while a task holds a machine no other task holds its vApp, since a change
//! of the machine changes the vApp's status.

use crate::access::admit_in;
use crate::vapp::{lock_whole, refresh};
use serde::{Deserialize, Serialize};
use vcdsim_model::Fault;
use vcdsim_model::entity::Res;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vm::Vm;
pub(crate) use vcdsim_model::family::vm::{DELETE, FORCE_DELETE};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::power::PowerChange;
use vcdsim_store::Tx;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// A change of power of a machine, or of all machines of a vApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Power {
    /// The machine or the vApp.
    pub target: Urn,
    /// What is to happen.
    pub change: PowerChange,
}

impl Operation for Power {
    const NAMES: &'static [Name] = &[
        Name::VappDeploy,
        Name::VappUndeploySuspend,
        Name::VappUndeployPowerOff,
        Name::VappReset,
        Name::VappRebootGuest,
        Name::VappPowerOff,
        Name::VappShutdownGuest,
        Name::VappSuspend,
        Name::VappDiscardSuspendedState,
    ];
    const PHASES: &'static [Phase] = ONE_PHASE;

    fn name(&self) -> Name {
        self.change.operation()
    }

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let (id, action) = (self.target.id, self.change.action(self.target.kind));
        if self.target.kind == Kind::Vm {
            let machine = admit_in::<Vm>(cx, action, id).await?;
            parent(cx.tx, &machine).await?.entity().not_busy()?;
            cx.lock(self.target).await?;
            return Ok(Subject::of(machine.head()));
        }
        let vapp = admit_in::<VApp>(cx, action, id).await?;
        lock_whole(cx, id).await?;
        Ok(Subject::of(vapp.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let reader = cx.tx.read();
        let (machines, vapp) = match self.target.kind {
            Kind::Vm => {
                let machine = reader.get::<Vm>(self.target.id).await?;
                let vapp = parent(cx.tx, &machine).await?.head().id;
                (vec![machine], vapp)
            }
            _ => (reader.children::<Vm>(self.target.id).await?, self.target.id),
        };
        for machine in machines {
            let change = self.change;
            let update = move |head: &mut vcdsim_model::entity::Head, body: &mut Vm| {
                (head.status, body.deployed) = change.apply(head.status, body.deployed);
                body.needs_customization &= head.status != vcdsim_model::entity::Status::PoweredOn;
            };
            cx.tx.update_body::<Vm>(machine.head().id, update).await?;
        }
        refresh(cx.tx, vapp).await
    }
}

/// The vApp of a machine.
pub(crate) async fn parent(tx: &Tx<'_>, machine: &Res<Vm>) -> Result<Res<VApp>, Fault> {
    let id = machine.head().parent.ok_or_else(Fault::internal)?;
    tx.read().get::<VApp>(id).await
}
