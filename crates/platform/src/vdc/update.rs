//! Changing what a VDC may. Invariant: a limit below what is used keeps nothing from running; it only refuses more.

use crate::access::admit_in;
use crate::change::Change;
use crate::name::check_new_name;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Head, Res};
use vcdsim_model::family::vdc::{DISABLE, ENABLE, UPDATE, Vdc};
use vcdsim_model::id::Urn;
use vcdsim_model::{Fault, operation};
use vcdsim_store::Tx;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// What a VDC may use; `None` leaves it as it is, 0 is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// CPU in MHz.
    pub cpu_mhz: Option<i64>,
    /// Memory in MB.
    pub memory_mb: Option<i64>,
    /// Machines.
    pub machines: Option<i32>,
    /// Networks.
    pub networks: Option<i32>,
    /// The speed that one virtual CPU counts for, in MHz.
    pub vcpu_mhz: Option<i64>,
}

/// The largest limit: sums of many of them are numbers still.
pub(crate) const MOST: i64 = 1 << 50;
/// The largest speed of a virtual CPU, in MHz.
const MOST_MHZ: i64 = 1_000_000;

/// `vdcUpdateVdc`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateVdc {
    /// Which VDC.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its description; `None` leaves it as it is.
    pub description: Option<String>,
    /// What it may use.
    pub limits: Limits,
    /// Whether it takes new objects; `None` leaves it as it is.
    pub enabled: Option<bool>,
}

impl Operation for UpdateVdc {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::VdcUpdateVdc];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let vdc = admit_in::<Vdc>(cx, &UPDATE, self.id).await?;
        check_new_name(&cx.tx.read(), vdc.head(), &self.name).await?;
        let Limits { cpu_mhz, memory_mb, machines, networks, vcpu_mhz } = self.limits;
        let counts = [cpu_mhz, memory_mb, machines.map(i64::from), networks.map(i64::from)];
        let fast = |speed: i64| !(1..=MOST_MHZ).contains(&speed);
        if counts.into_iter().flatten().any(|limit| !(0..=MOST).contains(&limit)) || vcpu_mhz.is_some_and(fast) {
            let message = format!("Limits and quotas must lie between 0, which is none, and {MOST}; VCpuInMhz between 1 and {MOST_MHZ}.");
            return Err(Fault::bad_request(message));
        }
        cx.lock(vdc.urn()).await?;
        Ok(Subject::of(vdc.head()))
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let change = |head: &mut Head, vdc: &mut Vdc| {
            head.name.clone_from(&self.name);
            head.description = self.description.clone().or(head.description.take());
            vdc.cpu_limit_mhz = self.limits.cpu_mhz.unwrap_or(vdc.cpu_limit_mhz);
            vdc.memory_limit_mb = self.limits.memory_mb.unwrap_or(vdc.memory_limit_mb);
            vdc.vm_quota = self.limits.machines.unwrap_or(vdc.vm_quota);
            vdc.network_quota = self.limits.networks.unwrap_or(vdc.network_quota);
            vdc.vcpu_mhz = self.limits.vcpu_mhz.unwrap_or(vdc.vcpu_mhz);
            vdc.enabled = self.enabled.unwrap_or(vdc.enabled);
        };
        cx.tx.update_body::<Vdc>(self.id, change).await.map(drop)
    }
}

/// Lets a VDC take new objects (`true`), or take none.
#[derive(Debug, Clone, Copy)]
pub struct SetEnabled<const TO: bool>;

impl<const TO: bool> Change for SetEnabled<TO> {
    type Of = Vdc;
    const ACTION: &'static Action = if TO { &ENABLE } else { &DISABLE };
    const EVENT: &'static str = "vdc/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<Vdc>) -> Result<Urn, Fault> {
        tx.update_body::<Vdc>(of.head().id, |_, vdc| vdc.enabled = TO).await?;
        Ok(of.urn())
    }
}
