//! Snapshots of machines, alone or of a whole vApp. Invariant: what a snapshot takes counts as storage of its machine as long as it is kept.

use super::parent;
use crate::access::admit_in;
use crate::lease::at_disposal;
use crate::quota;
use crate::vapp::{lock_whole, refresh};
use serde::{Deserialize, Serialize};
use vcdsim_model::Fault;
use vcdsim_model::clock::Time;
use vcdsim_model::entity::{Head, Res, Status};
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::snapshot::{Snapshot, SnapshotChange};
use vcdsim_store::Tx;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// Takes, restores or forgets the snapshot of a machine, or those of all machines of a vApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshots {
    /// The machine or the vApp.
    pub target: Urn,
    /// What is to happen.
    pub change: SnapshotChange,
}

impl Snapshots {
    fn apply(self, head: &mut Head, machine: &mut Vm, now: Time) {
        match self.change {
            SnapshotChange::Create { memory } => {
                machine.snapshot = Some(Box::new(Snapshot::of(head.status, machine, memory, now)));
            }
            SnapshotChange::Revert => {
                if let Some(snapshot) = machine.snapshot.clone() {
                    head.status = snapshot.restore(machine);
                }
            }
            SnapshotChange::Remove => machine.snapshot = None,
        }
    }

    /// The machines that it is about.
    async fn machines(self, tx: &Tx<'_>) -> Result<Vec<Res<Vm>>, Fault> {
        match self.target.kind {
            Kind::Vm => Ok(vec![tx.read().get::<Vm>(self.target.id).await?]),
            _ => tx.read().children::<Vm>(self.target.id).await,
        }
    }

    /// Refuses what exceeds a limit now that it stands: storage that snapshots take, power of what runs again.
    async fn check_limits(self, tx: &Tx<'_>, machines: &[Res<Vm>], vapp: &Res<VApp>) -> Result<(), Fault> {
        match self.change {
            SnapshotChange::Create { .. } => {
                let profiles: Vec<_> = machines.iter().filter_map(|machine| machine.body().storage_profile).collect();
                quota::storage_fits(&tx.read(), profiles).await
            }
            SnapshotChange::Revert => {
                let starts = |machine: &Res<Vm>| machine.body().snapshot.as_ref().is_some_and(|kept| kept.status == Status::PoweredOn);
                match vapp.head().parent.filter(|_| machines.iter().any(starts)) {
                    Some(vdc) => quota::power_fits(&tx.read(), vdc).await,
                    None => Ok(()),
                }
            }
            SnapshotChange::Remove => Ok(()),
        }
    }
}

impl Operation for Snapshots {
    const NAMES: &'static [Name] = &[Name::VappCreateSnapshot, Name::VappRevertToCurrentSnapshot, Name::VappRemoveAllSnapshots];
    const PHASES: &'static [Phase] = ONE_PHASE;

    fn name(&self) -> Name {
        self.change.operation()
    }

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let (id, action) = (self.target.id, self.change.action(self.target.kind));
        if self.target.kind == Kind::Vm {
            let machine = admit_in::<Vm>(cx, action, id).await?;
            at_disposal(&parent(cx.tx, &machine).await?)?;
            cx.lock(self.target).await?;
            return Ok(Subject::of(machine.head()));
        }
        let vapp = admit_in::<VApp>(cx, action, id).await?;
        lock_whole(cx, id).await?;
        Ok(Subject::of(vapp.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let (now, change) = (cx.tx.now(), *self);
        let machines = self.machines(cx.tx).await?;
        let vapp = match machines.first() {
            Some(machine) => parent(cx.tx, machine).await?,
            None => cx.tx.read().get::<VApp>(self.target.id).await?,
        };
        for machine in &machines {
            cx.tx.update_body::<Vm>(machine.head().id, move |head, body| change.apply(head, body, now)).await?;
        }
        self.check_limits(cx.tx, &machines, &vapp).await?;
        refresh(cx.tx, vapp.head().id).await
    }
}
