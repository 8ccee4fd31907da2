//! What the provider does to machines of templates. Invariant: nothing that a tenant sees of a machine changes.

use crate::access::admit_in;
use crate::catalog_item::item_of;
use crate::vapp::named;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::family::datastore::Datastore;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::{CONSOLIDATE, RELOCATE, TemplateVm};
use vcdsim_model::id::Urn;
use vcdsim_model::{Fault, operation};
use vcdsim_store::Reader;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// Moves a machine to a datastore, or only joins its disks, which then are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintainVm {
    /// Which machine.
    pub id: Uuid,
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
        let machine = admit_in::<TemplateVm>(cx, if self.datastore.is_some() { &RELOCATE } else { &CONSOLIDATE }, self.id).await?;
        let template = cx.tx.read().get::<VAppTemplate>(machine.head().parent.ok_or_else(Fault::internal)?).await?;
        if let Some(urn) = self.datastore {
            let datastore = named(cx, "Datastore", urn).await?;
            let server = vim_server(&cx.tx.read(), template.head().parent).await?;
            if datastore.body::<Datastore>().is_none_or(|datastore| datastore.vim_server != server) {
                return Err(Fault::bad_request(format!("Datastore {urn} is none of the vCenter that has the machine.")));
            }
        }
        for urn in [Some(template.urn()), item_of(template.entity()), Some(machine.urn())].into_iter().flatten() {
            cx.lock(urn).await?;
        }
        Ok(Subject::of(machine.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let Some(datastore) = self.datastore else { return Ok(()) };
        cx.tx.update_body::<TemplateVm>(self.id, |_, machine| machine.datastore = Some(datastore.id)).await.map(drop)
    }
}

/// The vCenter behind a VDC.
async fn vim_server(reader: &Reader<'_>, vdc: Option<Uuid>) -> Result<Uuid, Fault> {
    let vdc = reader.get::<Vdc>(vdc.ok_or_else(Fault::internal)?).await?;
    Ok(reader.get::<ProviderVdc>(vdc.body().provider_vdc).await?.body().vim_server)
}
