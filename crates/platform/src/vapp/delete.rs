//! The end of vApps and of their machines. Invariant: a machine goes with its vApp, and whatever it had is free again.

use super::{alone, lock_whole};
use crate::access::admit_in;
use crate::lease::at_disposal;
use crate::vm;
use serde::{Deserialize, Serialize};
use vcdsim_model::Fault;
use vcdsim_model::family::vapp::{self, VApp};
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// The end of a vApp, or of one of its machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    /// A vApp or a machine.
    pub target: Urn,
    /// Whether it may be deployed.
    pub force: bool,
}

impl Operation for Delete {
    const NAMES: &'static [Name] = &[Name::VdcDeleteVapp];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let id = self.target.id;
        if self.target.kind == Kind::Vm {
            let action = if self.force { &vm::FORCE_DELETE } else { &vm::DELETE };
            let machine = admit_in::<Vm>(cx, action, id).await?;
            let vapp = vm::parent(cx.tx, &machine).await?;
            at_disposal(&vapp)?;
            if !alone::seize(cx, &vapp).await? {
                cx.lock(self.target).await?;
            }
            return Ok(Subject::of(machine.head()));
        }
        let action = if self.force { &vapp::FORCE_DELETE } else { &vapp::DELETE };
        let vapp = admit_in::<VApp>(cx, action, id).await?;
        lock_whole(cx, id).await?;
        Ok(Subject::of(vapp.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        if self.target.kind == Kind::Vm {
            let machine = cx.tx.read().get::<Vm>(self.target.id).await?;
            let vapp = vm::parent(cx.tx, &machine).await?;
            vm::release(cx.tx, &machine).await?;
            cx.tx.delete(self.target).await?;
            return alone::left(cx.tx, &vapp).await;
        }
        for machine in cx.tx.read().children::<Vm>(self.target.id).await? {
            vm::release(cx.tx, &machine).await?;
            cx.tx.delete(machine.urn()).await?;
        }
        cx.tx.delete(self.target).await
    }
}
