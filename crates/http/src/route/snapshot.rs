//! Snapshots of vApps and machines: taking, restoring, forgetting them.

use super::vapp::{accepted, optional};
use crate::cx::Cx;
use crate::reply::Reply;
use crate::router::Routes;
use vcdsim_model::kind::Kind;
use vcdsim_model::snapshot::SnapshotChange;
use vcdsim_model::{Fault, media};
use vcdsim_platform::vm::Snapshots;
use vcdsim_wire::vcloud::CreateSnapshotParams;

pub(super) fn routes(routes: &mut Routes) {
    for kind in [Kind::VApp, Kind::Vm] {
        routes.action(SnapshotChange::Create { memory: false }.action(kind), move |cx| create(cx, kind));
        for change in [SnapshotChange::Revert, SnapshotChange::Remove] {
            routes.action(change.action(kind), move |cx| restore(cx, kind, change));
        }
    }
}

/// `POST .../action/createSnapshot`, whose parameters are all optional; guests have nothing to write out, so `quiesce` changes nothing.
async fn create(cx: Cx, kind: Kind) -> Result<Reply, Fault> {
    let sent: CreateSnapshotParams = optional(&cx, media::CREATE_SNAPSHOT_PARAMS)?;
    let change = SnapshotChange::Create { memory: sent.memory == Some(true) };
    accepted(&cx, Snapshots { target: cx.urn(kind)?, change }).await
}

/// `POST .../action/revertToCurrentSnapshot` and `.../action/removeAllSnapshots`
async fn restore(cx: Cx, kind: Kind, change: SnapshotChange) -> Result<Reply, Fault> {
    accepted(&cx, Snapshots { target: cx.urn(kind)?, change }).await
}
