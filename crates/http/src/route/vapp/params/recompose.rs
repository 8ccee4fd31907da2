//! What comes into a vApp and what leaves it, as requests say it. Invariant: nothing that is asked for is left out without a word.

use super::{blank, item, settings};
use crate::cx::reference;
use crate::route::vm::item as edited;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_platform::vapp::{Recompose, UpdateVApp};
use vcdsim_wire::vcloud;

/// A request to recompose.
pub(in crate::route::vapp) fn request(vapp: Uuid, sent: vcloud::RecomposeVAppParams) -> Result<Recompose, Fault> {
    let settings = settings(sent.instantiation_params.as_ref())?;
    let change = UpdateVApp {
        name: sent.name.filter(|name| !name.is_empty()),
        description: sent.description,
        deployment_lease_seconds: settings.deployment_lease_seconds,
        storage_lease_seconds: settings.storage_lease_seconds,
        ..UpdateVApp::of(vapp)
    };
    Ok(Recompose {
        change,
        items: sent.sourced_item.iter().map(item).collect::<Result<_, _>>()?,
        blanks: sent.create_item.into_iter().map(blank::request).collect::<Result<_, _>>()?,
        removed: sent.delete_item.iter().map(|item| reference("DeleteItem", item)).collect::<Result<_, _>>()?,
        networks: settings.networks,
        edits: sent.reconfigure_item.into_iter().map(edited).collect::<Result<_, _>>()?,
        products: settings.products,
        eulas_accepted: sent.all_eul_as_accepted == Some(true),
        // Here, other than where a vApp is made, nothing is started that nobody asks for.
        deploy: sent.deploy == Some(true),
        power_on: sent.power_on == Some(true),
    })
}
