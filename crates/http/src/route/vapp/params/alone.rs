//! Machines that are to stand alone, as requests describe them. Invariant: a machine is started only when the request says so.

use super::{blank, item};
use crate::cx::reference;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_platform::vapp::{CreateVApp, ItemRequest, Way};
use vcdsim_wire::vcloud;

/// A request for a machine that is made of nothing. Name and description stand beside the machine, in it, or both.
pub(in crate::route::vapp) fn of_nothing(vdc: Uuid, sent: vcloud::CreateVmParams) -> Result<CreateVApp, Fault> {
    let mut machine = blank::request(sent.create_vm)?;
    machine.name = sent.name.filter(|name| !name.is_empty()).unwrap_or(machine.name);
    machine.description = sent.description.or(machine.description);
    if let Some(medium) = &sent.media {
        machine.media = Some(reference("Media", medium)?);
    }
    let power_on = sent.power_on == Some(true);
    Ok(CreateVApp {
        vdc,
        way: Way::Alone,
        name: machine.name.clone(),
        blanks: vec![machine],
        deploy: power_on,
        power_on,
        ..CreateVApp::default()
    })
}

/// A request for a machine of a template.
pub(in crate::route::vapp) fn of_template(vdc: Uuid, sent: vcloud::InstantiateVmTemplateParams) -> Result<CreateVApp, Fault> {
    let missing = || Fault::bad_request("SourcedVmTemplateItem is missing in InstantiateVmTemplateParams.");
    let sourced = sent.sourced_vm_template_item.ok_or_else(missing)?;
    let of_item = item(&vcloud::SourcedCompositionItemParam {
        source: sourced.source,
        vm_general_params: sourced.vm_general_params,
        instantiation_params: sourced.vm_template_instantiation_params,
        storage_profile: sourced.storage_profile,
        ..vcloud::SourcedCompositionItemParam::default()
    })?;
    let name = sent.name.filter(|name| !name.is_empty()).or(of_item.name.clone());
    let machine = ItemRequest { name: name.clone(), description: sent.description.or(of_item.description.clone()), ..of_item };
    let (power_on, eulas_accepted) = (sent.power_on == Some(true), sent.all_eul_as_accepted == Some(true));
    let name = name.unwrap_or_default();
    Ok(CreateVApp { vdc, way: Way::Alone, name, items: vec![machine], eulas_accepted, deploy: power_on, power_on, ..CreateVApp::default() })
}
