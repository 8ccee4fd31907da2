//! Machines that stand alone. Invariant: each lies in a vApp that nobody asked for, whose networks are those of the VDC that the machine's
//! cards name, and which goes with the machine.

use super::create::{CreateVApp, NetworkRequest};
use super::{lock_whole, network};
use crate::access;
use std::collections::BTreeSet;
use vcdsim_model::Fault;
use vcdsim_model::entity::{Entity, Res};
use vcdsim_model::family::network::Network;
use vcdsim_model::family::vapp::{NetworkConfig, VApp};
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::NO_NETWORK;
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Tx};
use vcdsim_task_engine::Prepare;

/// The networks of the VDC that the cards name, as the vApp has them: under their own names. One that there is not is left to be missed.
pub(super) async fn networks(request: &CreateVApp, cx: &Prepare<'_, '_>, vdc: &Res<Vdc>) -> Result<Vec<NetworkConfig>, Fault> {
    let caller = cx.caller.ok_or_else(Fault::internal)?;
    let cards = request.blanks.iter().flat_map(|blank| &blank.nics);
    let cards = cards.chain(request.items.iter().flat_map(|item| item.nics.iter().flatten()));
    let names: BTreeSet<_> = cards.map(|card| card.network.as_str()).filter(|name| *name != NO_NETWORK).collect();
    let mut all = access::list(&cx.tx.read(), caller, EntityFilter::kind(Kind::Network).in_org(vdc.head().org)).await?;
    let own = |network: &Entity| network.head.parent == Some(vdc.head().id);
    all.retain(|network| own(network) || network.body::<Network>().is_some_and(|body| body.shared));
    // Of two with one name, the VDC's own is meant.
    all.sort_by_key(|network| !own(network));
    let mut found = Vec::new();
    for network in all.iter().filter(|network| names.contains(network.head.name.as_str())) {
        let asked = NetworkRequest {
            name: network.head.name.clone(),
            parent: Some(network.urn()),
            fence_mode: "bridged".to_owned(),
            ..NetworkRequest::default()
        };
        if found.iter().all(|other: &NetworkConfig| other.name != asked.name) {
            found.push(network::resolve(cx.tx, network::Place::of_vdc(vdc.head()), &asked, None).await?);
        }
    }
    Ok(found)
}

/// Seizes the vApp of a machine that is about to leave it, when it is there for this machine alone.
pub(super) async fn seize(cx: &mut Prepare<'_, '_>, from: &Res<VApp>) -> Result<bool, Fault> {
    if from.body().auto_nature {
        lock_whole(cx, from.head().id).await?;
    }
    Ok(from.body().auto_nature)
}

/// What becomes of a vApp that a machine has left: it stands as the others do, or goes.
pub(super) async fn left(tx: &mut Tx<'_>, from: &Res<VApp>) -> Result<(), Fault> {
    if from.body().auto_nature { tx.delete(from.urn()).await } else { super::refresh(tx, from.head().id).await }
}
