//! Editing machines, from documents to the operation. Invariant: what a document lacks is not changed; in a list or section of hardware the items
//! of a kind are all there are to be.

use crate::cx::{Cx, reference};
use crate::reply::Reply;
use crate::route::product;
use crate::route::vapp::{accepted, params::nic};
use crate::router::Routes;
use crate::view;
use vcdsim_model::family::vm::{EDITS, Edit, NO_NETWORK, Secret};
use vcdsim_model::fault::excerpt;
use vcdsim_model::hardware::ADAPTERS;
use vcdsim_model::kind::Kind;
use vcdsim_model::{Fault, media};
use vcdsim_platform::vapp::NicRequest;
use vcdsim_platform::vm::{Changes, CpuRequest, DiskRequest, EditVm, GuestRequest, NicsRequest, SystemRequest};
use vcdsim_wire::{ovf, vcloud};

pub(super) fn routes(routes: &mut Routes) {
    for edit in EDITS {
        routes.action(edit.action(), move |cx| update(cx, edit));
    }
}

/// `PUT /api/vApp/vm-{id}` and of what is below it
async fn update(cx: Cx, at: Edit) -> Result<Reply, Fault> {
    let changes = match at {
        Edit::Whole => whole(&cx.body(&[media::VM])?)?,
        Edit::Hardware => hardware(&cx.body::<ovf::VirtualHardwareSection>(&[media::VIRTUAL_HARDWARE_SECTION])?.item)?,
        Edit::Cpu => Changes { cpu: cpu(&cx.body(&[media::RASD_ITEM])?), ..Changes::default() },
        Edit::Memory => Changes { memory_mb: memory(&cx.body(&[media::RASD_ITEM])?)?, ..Changes::default() },
        Edit::Disks => Changes { disks: Some(disks(&listed(&cx)?)?), ..Changes::default() },
        Edit::Cards => Changes { nics: Some(cards(&listed(&cx)?)?), ..Changes::default() },
        Edit::Connections => Changes { nics: Some(connections(&cx.body(&[media::NETWORK_CONNECTION_SECTION])?)), ..Changes::default() },
        Edit::Guest => Changes { guest: Some(guest(cx.body(&[media::GUEST_CUSTOMIZATION_SECTION])?)), ..Changes::default() },
        Edit::System => Changes { system: Some(system(&cx.body(&[media::OPERATING_SYSTEM_SECTION])?)), ..Changes::default() },
        Edit::Products => Changes { products: Some(product::sent(&cx)?), ..Changes::default() },
        Edit::Capabilities => capabilities(&cx.body(&[media::VM_CAPABILITIES])?),
    };
    accepted(&cx, EditVm { id: cx.id(Kind::Vm)?, at, changes }).await
}

/// The items of a list of hardware.
fn listed(cx: &Cx) -> Result<Vec<ovf::Item>, Fault> {
    cx.body::<vcloud::RasdItemsList>(&[media::RASD_ITEMS_LIST]).map(|sent| sent.item)
}

/// Name, description and storage profile; clients send the rest back as they read it.
fn whole(sent: &vcloud::Vm) -> Result<Changes, Fault> {
    Ok(Changes {
        name: Some(sent.name.clone()),
        description: sent.description.clone(),
        storage_profile: sent.storage_profile.as_ref().map(|profile| reference("StorageProfile", profile)).transpose()?,
        ..Changes::default()
    })
}

/// A machine that is to be as an item of a list says: each section that it has counts, and those that it lacks stay.
pub(in crate::route) fn item(sent: &vcloud::Vm) -> Result<EditVm, Fault> {
    let href = sent.href.clone().or_else(|| sent.id.clone()).unwrap_or_default();
    let machine = reference("ReconfigureItem", &vcloud::Reference { href, ..vcloud::Reference::default() })?;
    let base = sent.virtual_hardware_section.as_ref().map(|section| hardware(&section.item)).transpose()?.unwrap_or_default();
    let own = whole(sent)?;
    let mut changes = Changes {
        name: own.name.filter(|name| !name.is_empty()),
        description: own.description,
        storage_profile: own.storage_profile,
        nics: sent.network_connection_section.as_ref().map(connections).or(base.nics),
        guest: sent.guest_customization_section.clone().map(guest),
        system: sent.operating_system_section.as_ref().map(system),
        hot_add_cpus: sent.vm_capabilities.as_ref().and_then(|said| said.cpu_hot_add_enabled),
        hot_add_memory: sent.vm_capabilities.as_ref().and_then(|said| said.memory_hot_add_enabled),
        products: Some(view::product::said(sent.product_section.clone())).filter(|products| !products.is_empty()),
        ..base
    };
    if let Some(spec) = sent.vm_spec_section.as_ref().filter(|spec| spec.modified == Some(true)) {
        changes = specified(spec, changes)?;
    }
    Ok(EditVm { id: machine.id, at: Edit::Whole, changes })
}

/// What `VmSpecSection` says counts only where it says that it was modified.
fn specified(spec: &vcloud::VmSpecSection, changes: Changes) -> Result<Changes, Fault> {
    let cpu = CpuRequest { cpus: spec.num_cpus.map(i64::from), cores_per_socket: spec.num_cores_per_socket.map(i64::from) };
    let own = |section: &&vcloud::DiskSettings| section.disk.is_none();
    let disks = spec.disk_section.as_ref().map(|section| section.disk_settings.iter().filter(own).map(settings).collect());
    Ok(Changes {
        cpu: if spec.num_cpus.is_some() { Some(cpu) } else { changes.cpu },
        memory_mb: spec.memory_resource_mb.as_ref().map(|memory| memory.configured).or(changes.memory_mb),
        disks: disks.transpose()?.or(changes.disks),
        ..changes
    })
}

/// A disk by its settings.
fn settings(sent: &vcloud::DiskSettings) -> Result<DiskRequest, Fault> {
    let unknown = || Fault::bad_request(format!("AdapterType \"{}\" is none that there is.", excerpt(&sent.adapter_type)));
    let adapter = ADAPTERS.iter().find(|adapter| adapter.number.to_string() == sent.adapter_type.trim()).ok_or_else(unknown)?;
    Ok(DiskRequest {
        instance: sent.disk_id.as_deref().and_then(|id| id.trim().parse().ok()),
        sizes_mb: vec![sent.size_mb],
        bus_type: Some(adapter.bus().0),
        bus_sub_type: Some(adapter.bus().1.to_owned()),
        bus: Some(sent.bus_number),
        unit: Some(sent.unit_number),
        storage_profile: sent.storage_profile.as_ref().map(|profile| reference("StorageProfile", profile)).transpose()?,
        overrides: sent.override_vm_default,
    })
}

// CIM's numbers of what items are.
const CPU: i32 = 3;
const MEMORY: i32 = 4;
const CARD: i32 = 10;
const DISK: i32 = 17;

fn of_type(items: &[ovf::Item], number: i32) -> impl Iterator<Item = &ovf::Item> {
    items.iter().filter(move |item| item.resource_type == Some(number))
}

fn hardware(items: &[ovf::Item]) -> Result<Changes, Fault> {
    Ok(Changes {
        cpu: of_type(items, CPU).next().and_then(cpu),
        memory_mb: of_type(items, MEMORY).next().map(memory).transpose()?.flatten(),
        disks: Some(disks(items)?),
        nics: Some(cards(items)?),
        ..Changes::default()
    })
}

fn cpu(item: &ovf::Item) -> Option<CpuRequest> {
    let cores_per_socket = item.cores_per_socket.as_ref().map(|cores| i64::from(cores.value));
    Some(CpuRequest { cpus: item.virtual_quantity, cores_per_socket })
}

/// Memory in MB, whatever units it was sent in.
fn memory(item: &ovf::Item) -> Result<Option<i64>, Fault> {
    let Some(quantity) = item.virtual_quantity else { return Ok(None) };
    let units = item.allocation_units.as_deref().unwrap_or("byte * 2^20").replace(' ', "");
    let shift = match units.as_str() {
        "byte*2^20" | "MegaBytes" | "MB" => 0,
        "byte*2^30" | "GigaBytes" | "GB" => 10,
        _ => return Err(Fault::bad_request("The AllocationUnits of memory must be byte * 2^20 or byte * 2^30.")),
    };
    quantity.checked_mul(1 << shift).map(Some).ok_or_else(|| Fault::bad_request("VirtualQuantity of memory is out of range."))
}

/// The disks of the machine itself: independent ones come and go by being attached and detached.
fn disks(items: &[ovf::Item]) -> Result<Vec<DiskRequest>, Fault> {
    let own = |item: &&ovf::Item| item.host_resource.first().is_none_or(|resource| resource.disk.is_none());
    of_type(items, DISK).filter(own).map(|item| disk(item, items)).collect()
}

/// A disk. Its controller says on which bus it is, where that is among the items.
fn disk(item: &ovf::Item, items: &[ovf::Item]) -> Result<DiskRequest, Fault> {
    let resource = item.host_resource.first();
    let controller = items.iter().find(|other| Some(&other.instance_id) == item.parent.as_ref() && other.resource_type != Some(DISK));
    let bus_type = resource.and_then(|resource| resource.bus_type).or(controller.and_then(|controller| controller.resource_type));
    let own = controller.filter(|controller| controller.resource_type == bus_type);
    let bus_sub_type = resource.and_then(|resource| resource.bus_sub_type.clone()).or(own.and_then(|own| own.resource_sub_type.clone()));
    let capacity = resource.and_then(|resource| resource.capacity);
    let in_bytes = item.virtual_quantity_units.as_deref().is_none_or(|units| units.trim() == "byte");
    let quantity = item.virtual_quantity.filter(|_| in_bytes).map(|bytes| bytes.div_euclid(1 << 20));
    let profile = resource.and_then(|resource| resource.storage_profile_href.clone()).filter(|href| !href.is_empty());
    let profile = profile.map(|href| reference("storageProfileHref", &vcloud::Reference { href, ..vcloud::Reference::default() }));
    Ok(DiskRequest {
        instance: item.instance_id.trim().parse().ok(),
        sizes_mb: capacity.into_iter().chain(quantity).collect(),
        bus_type,
        bus_sub_type,
        bus: own.and_then(|own| own.address.as_deref()?.trim().parse().ok()),
        unit: item.address_on_parent.as_deref().and_then(|unit| unit.trim().parse().ok()),
        storage_profile: profile.transpose()?,
        overrides: resource.and_then(|resource| resource.storage_profile_override_vm_default),
    })
}

fn cards(items: &[ovf::Item]) -> Result<NicsRequest, Fault> {
    let all: Vec<_> = of_type(items, CARD).collect();
    let numbered = |item: &ovf::Item| item.address_on_parent.as_deref()?.trim().parse::<i32>().ok();
    let is_primary = |item: &&&ovf::Item| item.connection.first().is_some_and(|on| on.primary_network_connection == Some(true));
    let number =
        |item: &ovf::Item| numbered(item).ok_or_else(|| Fault::bad_request("AddressOnParent of a network card must be its number."));
    let primary = all.iter().find(is_primary).map(|item| number(item)).transpose()?;
    let nics = all.iter().map(|item| Ok(card(number(item)?, item))).collect::<Result<_, Fault>>()?;
    Ok(NicsRequest { primary, nics })
}

fn card(index: i32, item: &ovf::Item) -> NicRequest {
    let on = item.connection.first();
    let network = on.map(|on| on.value.trim()).filter(|name| !name.is_empty()).unwrap_or(NO_NETWORK);
    let text = |text: Option<&String>| text.cloned().filter(|text| !text.trim().is_empty());
    NicRequest {
        index,
        network: network.to_owned(),
        mode: on.and_then(|on| on.ip_addressing_mode.clone()).unwrap_or_else(|| "NONE".to_owned()),
        ip: text(on.and_then(|on| on.ip_address.as_ref())),
        mac: text(item.address.as_ref()),
        connected: item.automatic_allocation.unwrap_or(false),
        adapter: text(item.resource_sub_type.as_ref()),
    }
}

fn connections(sent: &vcloud::NetworkConnectionSection) -> NicsRequest {
    NicsRequest { primary: sent.primary_network_connection_index, nics: sent.network_connection.iter().map(nic).collect() }
}

fn guest(sent: vcloud::GuestCustomizationSection) -> GuestRequest {
    GuestRequest {
        enabled: sent.enabled,
        computer_name: sent.computer_name,
        change_sid: sent.change_sid,
        join_domain: sent.join_domain_enabled,
        use_org_settings: sent.use_org_settings,
        domain: sent.domain_name,
        domain_user: sent.domain_user_name,
        domain_password: sent.domain_user_password.map(Secret),
        machine_ou: sent.machine_object_ou,
        admin_password_enabled: sent.admin_password_enabled,
        admin_password_auto: sent.admin_password_auto,
        admin_password: sent.admin_password.map(Secret),
        auto_logon: sent.admin_auto_logon_enabled,
        auto_logon_count: sent.admin_auto_logon_count,
        reset_password: sent.reset_password_required,
        script: sent.customization_script,
    }
}

fn system(sent: &ovf::OperatingSystemSection) -> SystemRequest {
    SystemRequest { os_type: sent.os_type.clone().filter(|name| !name.trim().is_empty()), id: Some(sent.id) }
}

fn capabilities(sent: &vcloud::VmCapabilities) -> Changes {
    Changes { hot_add_cpus: sent.cpu_hot_add_enabled, hot_add_memory: sent.memory_hot_add_enabled, ..Changes::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_has_units() {
        let item = |units: &str| ovf::Item { virtual_quantity: Some(2), allocation_units: Some(units.to_owned()), ..ovf::Item::default() };
        assert_eq!(memory(&item("byte * 2^30")), Ok(Some(2048)));
        assert_eq!(memory(&item("byte*2^20")), Ok(Some(2)));
        assert!(memory(&item("acres")).is_err());
    }
}
