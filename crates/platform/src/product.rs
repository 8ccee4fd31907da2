//! What products say: changing it. Invariant: a machine of a template is changed only while nothing else happens to the template.

use crate::access::admit_in;
use crate::catalog_item::item_of;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::family::vapp_template::{UPDATE_VM_PRODUCTS, VAppTemplate};
use vcdsim_model::family::vm::TemplateVm;
use vcdsim_model::product::ProductSection;
use vcdsim_model::{Fault, operation};
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// What the products of a template's machine are to say; a template's own are changed as the template is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateTemplateVm {
    /// Which machine.
    pub id: Uuid,
    /// What they are to say.
    pub products: Vec<ProductSection>,
}

impl Operation for UpdateTemplateVm {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::TemplateUpdateVm];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let machine = admit_in::<TemplateVm>(cx, &UPDATE_VM_PRODUCTS, self.id).await?;
        let template = cx.tx.read().get::<VAppTemplate>(machine.head().parent.ok_or_else(Fault::internal)?).await?;
        for urn in [Some(template.urn()), item_of(template.entity()), Some(machine.urn())].into_iter().flatten() {
            cx.lock(urn).await?;
        }
        Ok(Subject::of(machine.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        cx.tx.update_body::<TemplateVm>(self.id, |_, body| body.products.clone_from(&self.products)).await.map(drop)
    }
}
