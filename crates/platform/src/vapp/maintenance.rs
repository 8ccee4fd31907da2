//! Maintenance of vApps. Invariant: a vApp in maintenance, with all its machines, is changed by the provider alone; access.rs says so.

use crate::change::Change;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Res;
use vcdsim_model::family::vapp::{ENTER_MAINTENANCE, EXIT_MAINTENANCE, VApp};
use vcdsim_model::id::Urn;
use vcdsim_store::Tx;

/// Begins the maintenance of a vApp. What its organization began before goes on.
#[derive(Debug, Clone, Copy)]
pub struct EnterMaintenance;

/// Ends it.
#[derive(Debug, Clone, Copy)]
pub struct ExitMaintenance;

impl Change for EnterMaintenance {
    type Of = VApp;
    const ACTION: &'static Action = &ENTER_MAINTENANCE;
    const EVENT: &'static str = "vapp/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<VApp>) -> Result<Urn, Fault> {
        tx.update_body::<VApp>(of.head().id, |_, body| body.in_maintenance = true).await?;
        Ok(of.urn())
    }
}

impl Change for ExitMaintenance {
    type Of = VApp;
    const ACTION: &'static Action = &EXIT_MAINTENANCE;
    const EVENT: &'static str = "vapp/modify";

    async fn apply(self, tx: &mut Tx<'_>, _caller: &Caller, of: Res<VApp>) -> Result<Urn, Fault> {
        tx.update_body::<VApp>(of.head().id, |_, body| body.in_maintenance = false).await?;
        Ok(of.urn())
    }
}
