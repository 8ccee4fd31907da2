//! From request bodies to operations. Invariant: hrefs become URNs here, whatever their host; nothing is looked up.

pub(super) mod alone;
mod blank;
pub(super) mod recompose;

use super::network;
use crate::cx::{Cx, reference, text};
use crate::route::vm::sizing_policy;
use crate::view::product;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::family::vapp::startup::{Said, Startup};
use vcdsim_model::id::Urn;
use vcdsim_model::power::PowerChange;
use vcdsim_model::product::ProductSection;
use vcdsim_platform::vapp::{CreateVApp, ItemRequest, NicRequest, Way};
use vcdsim_platform::vm::Power;
use vcdsim_wire::{Readable, ovf, vcloud};

/// A body that may be missing, which stands for one without anything in it.
pub(in crate::route) fn optional<T: Readable + Default>(cx: &Cx, media: &str) -> Result<T, Fault> {
    if cx.request.body.iter().all(u8::is_ascii_whitespace) { Ok(T::default()) } else { cx.body(&[media]) }
}

/// How an `UndeployPowerAction` undeploys `target`: some suspend, the others end with machines that are off.
pub(super) fn undeploy(target: Urn, action: Option<&str>) -> Result<Power, Fault> {
    let with = |suspend| Power::new(target, PowerChange::Undeploy { suspend });
    match action.map(str::trim).unwrap_or_default() {
        "suspend" | "saveState" => Ok(with(true)),
        "" | "powerOff" | "shutdown" => Ok(with(false)),
        "default" => Ok(Power { in_order: true, ..with(false) }),
        "force" => Ok(Power { force: true, ..with(false) }),
        other => {
            let shown: String = other.chars().take(50).collect();
            Err(Fault::bad_request(format!("UndeployPowerAction must be powerOff, suspend, shutdown, force or default, not \"{shown}\".")))
        }
    }
}

/// What a `StartupSection` says, by the names of machines.
pub(super) fn startups(sent: &ovf::StartupSection) -> Result<Vec<(String, Startup)>, Fault> {
    sent.item.iter().map(|item| Ok((item.id.clone(), startup(item)?))).collect()
}

/// What one item of it says.
pub(in crate::route) fn startup(item: &ovf::StartupSectionItem) -> Result<Startup, Fault> {
    Startup::read(&Said {
        order: item.order,
        start_delay: item.start_delay,
        stop_delay: item.stop_delay,
        start_action: item.start_action.as_deref(),
        stop_action: item.stop_action.as_deref(),
    })
}

/// A request to instantiate.
pub(super) fn instantiate(vdc: Uuid, sent: vcloud::InstantiateVAppTemplateParams) -> Result<CreateVApp, Fault> {
    let mut items = sent.sourced_item.iter().map(item).collect::<Result<Vec<_>, _>>()?;
    for sourced in &sent.sourced_vm_instantiation_params {
        merge(&mut items, sourced)?;
    }
    let deploy = sent.deploy.unwrap_or(true);
    let base = settings(sent.instantiation_params.as_ref())?;
    Ok(CreateVApp {
        vdc,
        source: Some(reference("Source", &sent.source)?),
        deletes_source: sent.is_source_delete == Some(true),
        name: sent.name.unwrap_or_default(),
        description: sent.description,
        eulas_accepted: sent.all_eul_as_accepted == Some(true),
        deploy,
        power_on: deploy && sent.power_on.unwrap_or(true),
        items,
        ..base
    })
}

/// A request to copy or move a vApp.
pub(super) fn copy(vdc: Uuid, sent: vcloud::CloneVAppParams) -> Result<CreateVApp, Fault> {
    let mut items = sent.sourced_item.iter().map(item).collect::<Result<Vec<_>, _>>()?;
    for sourced in &sent.sourced_vm_instantiation_params {
        merge(&mut items, sourced)?;
    }
    let moved = sent.is_source_delete == Some(true);
    // Where the whole vApp goes, its machines go with it.
    items.iter_mut().for_each(|item| item.moves &= !moved);
    let deploy = sent.deploy.unwrap_or(true);
    let base = settings(sent.instantiation_params.as_ref())?;
    Ok(CreateVApp {
        vdc,
        way: Way::Cloned { moved },
        source: Some(reference("Source", &sent.source)?),
        name: sent.name.unwrap_or_default(),
        description: sent.description,
        eulas_accepted: true,
        deploy,
        power_on: deploy && sent.power_on.unwrap_or(true),
        items,
        ..base
    })
}

/// A request to compose.
pub(super) fn compose(vdc: Uuid, sent: vcloud::ComposeVAppParams) -> Result<CreateVApp, Fault> {
    let deploy = sent.deploy.unwrap_or(true);
    let base = settings(sent.instantiation_params.as_ref())?;
    Ok(CreateVApp {
        vdc,
        source: None,
        name: sent.name.unwrap_or_default(),
        description: sent.description,
        eulas_accepted: sent.all_eul_as_accepted == Some(true),
        deploy,
        power_on: deploy && sent.power_on.unwrap_or(true),
        items: sent.sourced_item.iter().map(item).collect::<Result<_, _>>()?,
        blanks: sent.create_item.into_iter().map(blank::request).collect::<Result<_, _>>()?,
        ..base
    })
}

/// Networks and leases of the vApp.
fn settings(params: Option<&vcloud::InstantiationParams>) -> Result<CreateVApp, Fault> {
    let networks = params.and_then(|params| params.network_config_section.as_ref());
    let lease = params.and_then(|params| params.lease_settings_section.as_ref());
    Ok(CreateVApp {
        networks: networks.map(network::section).transpose()?,
        deployment_lease_seconds: lease.and_then(|lease| lease.deployment_lease_in_seconds),
        storage_lease_seconds: lease.and_then(|lease| lease.storage_lease_in_seconds),
        products: products(params),
        ..CreateVApp::default()
    })
}

/// What is said of products, for the values in it.
fn products(params: Option<&vcloud::InstantiationParams>) -> Vec<ProductSection> {
    params.map(|params| product::said(params.product_section.clone())).unwrap_or_default()
}

fn item(sent: &vcloud::SourcedCompositionItemParam) -> Result<ItemRequest, Fault> {
    let general = sent.vm_general_params.as_ref();
    let params = sent.instantiation_params.as_ref();
    let guest = params.and_then(|params| params.guest_customization_section.as_ref());
    let nics = params.and_then(|params| params.network_connection_section.as_ref());
    let hardware = params.and_then(|params| params.virtual_hardware_section.as_ref());
    // CIM's numbers: 3 is a processor, 4 is memory.
    let quantity = |kind: i32| hardware?.item.iter().find(|item| item.resource_type == Some(kind))?.virtual_quantity;
    // Before 5.6 a machine's new name stood on its Source.
    let name = general.and_then(|general| general.name.clone()).or_else(|| sent.source.name.clone());
    Ok(ItemRequest {
        source: reference("Source", &sent.source)?,
        name: name.filter(|name| !name.trim().is_empty()),
        description: general.and_then(|general| general.description.clone()),
        nics: nics.map(|section| section.network_connection.iter().map(nic).collect()),
        network_assignment: sent
            .network_assignment
            .iter()
            .map(|assignment| (assignment.inner_network.clone(), assignment.container_network.clone()))
            .collect(),
        computer_name: guest.and_then(|guest| guest.computer_name.clone()).filter(|name| !name.is_empty()),
        customize: general.and_then(|general| general.needs_customization).or(guest.and_then(|guest| guest.enabled)),
        storage_profile: sent.storage_profile.as_ref().map(|profile| reference("StorageProfile", profile)).transpose()?,
        cpus: quantity(3).map(|cpus| i32::try_from(cpus).unwrap_or(i32::MAX)),
        cores_per_socket: None,
        memory_mb: quantity(4),
        sizing_policy: sizing_policy(sent.compute_policy.as_ref())?,
        products: products(params),
        moves: sent.source_delete == Some(true),
    })
}

pub(in crate::route) fn nic(sent: &vcloud::NetworkConnection) -> NicRequest {
    NicRequest {
        index: sent.network_connection_index,
        network: sent.network.clone(),
        mode: sent.ip_address_allocation_mode.trim().to_owned(),
        ip: text(sent.ip_address.as_ref()),
        mac: text(sent.mac_address.as_ref()),
        connected: sent.is_connected,
        adapter: text(sent.network_adapter_type.as_ref()),
    }
}

/// What `SourcedVmInstantiationParams` says about a machine, added to what a `SourcedItem` said.
fn merge(items: &mut Vec<ItemRequest>, sent: &vcloud::SourcedVmInstantiationParams) -> Result<(), Fault> {
    let Some(source) = &sent.source else { return Ok(()) };
    let source = reference("Source", source)?;
    let at = items.iter().position(|item| item.source == source).unwrap_or_else(|| {
        items.push(ItemRequest::of(source));
        items.len() - 1
    });
    let item = &mut items[at];
    if let Some(profile) = &sent.storage_profile {
        item.storage_profile = Some(reference("StorageProfile", profile)?);
    }
    if let Some(hardware) = &sent.hardware_customization {
        item.cpus = hardware.number_of_cpus.or(item.cpus);
        item.cores_per_socket = hardware.cores_per_socket.or(item.cores_per_socket);
        item.memory_mb = hardware.memory_size.or(item.memory_mb);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use vcdsim_model::kind::Kind;

    #[test]
    fn undeploying_suspends_only_when_asked() {
        let target = Urn::new(Kind::VApp, Uuid::from_u128(1));
        let undeployed = |action| undeploy(target, action).map(|power| (power.change.operation().name(), power.force));
        assert_eq!(undeployed(None).unwrap(), ("vappUndeployPowerOff", false));
        assert_eq!(undeployed(Some(" suspend ")).unwrap(), ("vappUndeploySuspend", false));
        assert_eq!(undeployed(Some("shutdown")).unwrap(), ("vappUndeployPowerOff", false));
        assert_eq!(undeployed(Some("force")).unwrap(), ("vappUndeployPowerOff", true));
        assert!(undeployed(Some("explode")).unwrap_err().message.contains("explode"));
    }

    #[test]
    fn both_ways_to_change_a_machine_are_one() {
        let href = "https://h/api/vAppTemplate/vm-6f1f7c5e-0d0a-4f5b-9f3a-1c2d3e4f5a6b";
        let source = vcloud::Reference { href: href.to_owned(), ..vcloud::Reference::default() };
        let sized = vcloud::InstantiateVmHardwareCustomizationParams { number_of_cpus: Some(4), ..Default::default() };
        let sourced = vcloud::SourcedVmInstantiationParams {
            source: Some(source.clone()),
            hardware_customization: Some(sized),
            ..Default::default()
        };
        let named = vcloud::SourcedCompositionItemParam {
            source,
            vm_general_params: Some(vcloud::VmGeneralParams { name: Some("new".to_owned()), ..Default::default() }),
            ..Default::default()
        };
        let mut items = vec![item(&named).unwrap()];
        merge(&mut items, &sourced).unwrap();
        assert_eq!((items.len(), items[0].cpus, items[0].name.as_deref()), (1, Some(4), Some("new")));
    }
}
