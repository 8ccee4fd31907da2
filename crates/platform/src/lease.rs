//! What comes of leases that are over. Invariant: who owns the object answers for it, as if he had asked; the organization's settings say what
//! is done, and an administrator who blocks that blocks it here too.

use crate::announce::announce;
use crate::catalog_item::DeleteEntry;
use crate::vapp::Delete;
use crate::vm::Power;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Entity, Res};
use vcdsim_model::family::org::Org;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::power::{PowerChange, is_deployed};
use vcdsim_store::Tx;
use vcdsim_task_engine::{By, Expiry, Run};

/// Stops a vApp that has run long enough; deletes what was kept long enough, or marks it as expired.
pub(crate) async fn ended(object: &Entity, cx: &mut Expiry<'_, '_>) -> Result<(), Fault> {
    for machine in cx.tx.read().children::<Vm>(object.head.id).await? {
        machine.entity().not_busy()?;
    }
    let by = answerable(object)?;
    let org = cx.tx.read().get::<Org>(by.org).await?;
    let (urn, settings) = (object.urn(), org.body());
    if is_deployed(object) {
        announce(cx.tx, object, "vapp/runtime_lease_expiry", by, None).await?;
        let suspend = !settings.powers_off_expired_vapps;
        return cx.submit(&Power::new(urn, PowerChange::Undeploy { suspend }), by);
    }
    let (deletes, event) = match urn.kind {
        Kind::VApp => (settings.deletes_expired_vapps, "vapp/modify"),
        _ => (settings.deletes_expired_templates, "vappTemplate/modify"),
    };
    match (deletes, urn.kind) {
        (true, Kind::VApp) => cx.submit(&Delete { target: urn, force: false }, by),
        (true, _) => cx.submit(&DeleteEntry { target: urn }, by),
        (false, _) => {
            cx.tx.update(urn, Entity::expire).await?;
            announce(cx.tx, object, event, by, None).await
        }
    }
}

/// The object's owner, and its organization: a task is to be seen by those who see what it is about.
fn answerable(object: &Entity) -> Result<By, Fault> {
    let by = object.head.owner.zip(object.head.org).map(|(user, org)| By { user, org });
    by.ok_or_else(Fault::internal)
}

/// Tells that a task gave a vApp another lease.
pub(crate) async fn changed(cx: &mut Run<'_, '_>, vapp: &Entity) -> Result<(), Fault> {
    let by = By { user: cx.task.user, org: cx.task.org };
    announce(cx.tx, vapp, "vapp/lease_expiration_changed", by, Some(cx.task)).await
}

/// Lets the lease of a template that somebody has used begin anew, by itself or by a machine of it. One that a task holds is left alone.
pub(crate) async fn renew(tx: &mut Tx<'_>, used: Urn) -> Result<(), Fault> {
    let now = tx.now();
    let id = match tx.read().entity(used).await? {
        Some(machine) if used.kind == Kind::TemplateVm => machine.head.parent.unwrap_or(used.id),
        _ => used.id,
    };
    match tx.read().find::<VAppTemplate>(id).await? {
        Some(template) if template.body().lease.due().is_some() && template.head().busy.is_none() => {
            tx.update(template.urn(), |template| template.begin_lease(now)).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// Refuses to change a machine of a vApp whose lease is over, or that a task holds.
pub(crate) fn at_disposal(vapp: &Res<VApp>) -> Result<(), Fault> {
    vapp.entity().not_busy()?;
    vapp.entity().not_expired()
}

/// Refuses leases that no object can have.
pub(crate) fn check_leases(mut seconds: impl Iterator<Item = i32>) -> Result<(), Fault> {
    if seconds.any(|seconds| seconds < 0) { Err(Fault::bad_request("Leases must not be negative; 0 is for ever.")) } else { Ok(()) }
}
