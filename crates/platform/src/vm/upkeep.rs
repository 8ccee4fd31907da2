//! What is done to machines beside editing them. Invariant: each of these changes one thing about a machine.

use super::parent;
use crate::access::admit_in;
use crate::change::Change;
use crate::lease::at_disposal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Head, Res};
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::storage_profile::VdcStorageProfile;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::{CHECK_COMPLIANCE, CUSTOMIZE, Compliance, UPGRADE, Vm};
use vcdsim_model::hardware::Generation;
use vcdsim_model::id::Urn;
use vcdsim_model::operation::Operation as Name;
use vcdsim_store::Tx;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// `vappUpgradeHwVersion`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpgradeHardware {
    /// The machine.
    pub id: Uuid,
}

impl Operation for UpgradeHardware {
    const NAMES: &'static [Name] = &[Name::VappUpgradeHwVersion];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        seize(cx, &UPGRADE, self.id).await
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let machine = cx.tx.read().get::<Vm>(self.id).await?;
        let newest = newest(cx.tx, vdc(cx.tx, &machine).await?).await?;
        let older = |version: &str| Generation::named(version).is_none_or(|known| known.number < newest.number);
        let upgrade = |_: &mut Head, machine: &mut Vm| {
            if older(&machine.hardware.version) {
                machine.hardware.version = newest.name();
            }
        };
        cx.tx.update_body::<Vm>(self.id, upgrade).await.map(drop)
    }
}

/// `vappCheckVmCompliance`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckCompliance {
    /// The machine.
    pub id: Uuid,
}

impl Operation for CheckCompliance {
    const NAMES: &'static [Name] = &[Name::VappCheckVmCompliance];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        seize(cx, &CHECK_COMPLIANCE, self.id).await
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let machine = cx.tx.read().get::<Vm>(self.id).await?;
        let profiles = cx.tx.read().children::<VdcStorageProfile>(vdc(cx.tx, &machine).await?).await?;
        let usable = |id: Uuid| profiles.iter().any(|profile| profile.head().id == id && profile.body().enabled);
        let compliant = machine.entity().storages().into_iter().all(|(profile, _)| usable(profile));
        let found = Some(Compliance { compliant, checked: cx.tx.now() });
        cx.tx.update_body::<Vm>(self.id, |_, machine| machine.upkeep.compliance = found).await.map(drop)
    }
}

/// Has a machine's guest prepared when it is powered on next.
#[derive(Debug, Clone, Copy)]
pub struct CustomizeAtNextPowerOn;

impl Change for CustomizeAtNextPowerOn {
    type Of = Vm;
    const ACTION: &'static Action = &CUSTOMIZE;
    const EVENT: &'static str = "vm/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<Vm>) -> Result<Urn, Fault> {
        at_disposal(&parent(tx, &of).await?)?;
        tx.update_body::<Vm>(of.head().id, |_, machine| machine.needs_customization = true).await?;
        Ok(of.urn())
    }
}

async fn seize(cx: &mut Prepare<'_, '_>, action: &Action, id: Uuid) -> Result<Subject, Fault> {
    let machine = admit_in::<Vm>(cx, action, id).await?;
    at_disposal(&parent(cx.tx, &machine).await?)?;
    cx.lock(machine.urn()).await?;
    Ok(Subject::of(machine.head()))
}

/// The VDC of a machine.
async fn vdc(tx: &Tx<'_>, machine: &Res<Vm>) -> Result<Uuid, Fault> {
    parent(tx, machine).await?.head().parent.ok_or_else(Fault::internal)
}

/// The newest generation that a VDC has: that of its provider VDC.
async fn newest(tx: &Tx<'_>, vdc: Uuid) -> Result<&'static Generation, Fault> {
    let vdc = tx.read().get::<Vdc>(vdc).await?;
    let provider = tx.read().get::<ProviderVdc>(vdc.body().provider_vdc).await?;
    Generation::up_to(&provider.body().highest_hardware).last().ok_or_else(Fault::internal)
}
