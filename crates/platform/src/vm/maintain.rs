//! What the provider does to machines of templates and of vApps. Invariant: nothing that a tenant sees of a machine changes.

use super::{parent, vim_server};
use crate::access::admit_in;
use crate::catalog_item::item_of;
use crate::lease::at_disposal;
use crate::vapp::named;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::entity::{Body, Entity};
use vcdsim_model::family::datastore::Datastore;
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vm::{CONSOLIDATE, CONSOLIDATE_VM, RELOCATE, RELOCATE_VM, TemplateVm, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::{Fault, operation};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// Moves a machine to a datastore, or only joins its disks, which then are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintainVm {
    /// Which machine.
    pub target: Urn,
    /// Where to; `None` leaves it where it is.
    pub datastore: Option<Urn>,
}

impl Operation for MaintainVm {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::VappConsolidateVm, operation::Operation::VappRelocateVm];
    const PHASES: &'static [Phase] = ONE_PHASE;

    fn name(&self) -> operation::Operation {
        if self.datastore.is_some() { operation::Operation::VappRelocateVm } else { operation::Operation::VappConsolidateVm }
    }

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let (machine, vdc, whole) = if self.target.kind == Kind::Vm { self.of_vapp(cx).await? } else { self.of_template(cx).await? };
        if let Some(urn) = self.datastore {
            let datastore = named(cx, "Datastore", urn).await?;
            let server = vim_server(&cx.tx.read(), vdc.ok_or_else(Fault::internal)?).await?;
            if datastore.body::<Datastore>().is_none_or(|datastore| Some(datastore.vim_server) != server) {
                return Err(Fault::bad_request(format!("Datastore {urn} is none of the vCenter that has the machine.")));
            }
        }
        for urn in whole.into_iter().chain([self.target]) {
            cx.lock(urn).await?;
        }
        Ok(Subject::of(&machine.head))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let Some(datastore) = self.datastore else { return Ok(()) };
        let moved = |machine: &mut Entity| match &mut machine.body {
            Body::Vm(machine) => machine.upkeep.datastore = Some(datastore.id),
            Body::TemplateVm(machine) => machine.datastore = Some(datastore.id),
            _ => {}
        };
        cx.tx.update(self.target, moved).await.map(drop)
    }
}

/// A machine, the VDC in which it lies, and what is held with it.
type Found = (Arc<Entity>, Option<Uuid>, Vec<Urn>);

impl MaintainVm {
    async fn of_vapp(&self, cx: &Prepare<'_, '_>) -> Result<Found, Fault> {
        let machine = admit_in::<Vm>(cx, if self.datastore.is_some() { &RELOCATE_VM } else { &CONSOLIDATE_VM }, self.target.id).await?;
        let vapp = parent(cx.tx, &machine).await?;
        at_disposal(&vapp)?;
        Ok((Arc::clone(machine.entity()), vapp.head().parent, Vec::new()))
    }

    /// A machine of a template is held with its template and the item that stands for that.
    async fn of_template(&self, cx: &Prepare<'_, '_>) -> Result<Found, Fault> {
        let machine = admit_in::<TemplateVm>(cx, if self.datastore.is_some() { &RELOCATE } else { &CONSOLIDATE }, self.target.id).await?;
        let template = cx.tx.read().get::<VAppTemplate>(machine.head().parent.ok_or_else(Fault::internal)?).await?;
        let whole = [Some(template.urn()), item_of(template.entity())].into_iter().flatten().collect();
        Ok((Arc::clone(machine.entity()), template.head().parent, whole))
    }
}
