//! Editing machines, from documents to the operation. Invariant: what a document lacks is not changed; in a list or section of hardware the items
//! of a kind are all there are to be.

mod whole;

pub(in crate::route) use whole::{boot, item, sizing_policy};

use super::drives;
use crate::cx::{Cx, reference, text};
use crate::reply::Reply;
use crate::route::product;
use crate::route::vapp::{accepted, params::nic};
use crate::router::Routes;
use vcdsim_model::family::vm::{EDITS, Edit, NO_NETWORK, SWITCHES, Secret, SerialPort};
use vcdsim_model::kind::Kind;
use vcdsim_model::{Fault, media};
use vcdsim_platform::vapp::NicRequest;
use vcdsim_platform::vm::{Changes, CpuRequest, DiskRequest, EditVm, GuestRequest, NicsRequest, SystemRequest};
use vcdsim_wire::{ovf, vcloud, vmw};

pub(super) fn routes(routes: &mut Routes) {
    for edit in EDITS.into_iter().chain(SWITCHES) {
        routes.action(edit.action(), move |cx| update(cx, edit));
    }
}

/// `PUT /api/vApp/vm-{id}` and of what is below it; and what is switched: `POST .../action/enableNestedHypervisor`,
/// `disableNestedHypervisor`, `installVMwareTools`
async fn update(cx: Cx, at: Edit) -> Result<Reply, Fault> {
    let changes = match at {
        Edit::Whole => whole::described(&cx.body(&[media::VM])?)?,
        Edit::Reconfigure => whole::sections(cx.body(&[media::VM])?)?,
        Edit::Hardware => hardware(cx.body(&[media::VIRTUAL_HARDWARE_SECTION])?)?,
        Edit::Cpu => Changes { cpu: cpu(&cx.body(&[media::RASD_ITEM])?), ..Changes::default() },
        Edit::Memory => Changes { memory_mb: memory(&cx.body(&[media::RASD_ITEM])?)?, ..Changes::default() },
        Edit::Disks => Changes { disks: Some(disks(&listed(&cx)?)?), ..Changes::default() },
        Edit::Media => Changes { drives: drives::asked(&cx, &listed(&cx)?).await?, ..Changes::default() },
        Edit::SerialPorts => Changes { serial_ports: Some(serial_ports(&listed(&cx)?)), ..Changes::default() },
        Edit::Cards => Changes { nics: Some(cards(&listed(&cx)?)?), ..Changes::default() },
        Edit::Connections => Changes { nics: Some(connections(&cx.body(&[media::NETWORK_CONNECTION_SECTION])?)), ..Changes::default() },
        Edit::Guest => Changes { guest: Some(guest(cx.body(&[media::GUEST_CUSTOMIZATION_SECTION])?)), ..Changes::default() },
        Edit::System => Changes { system: Some(system(&cx.body(&[media::OPERATING_SYSTEM_SECTION])?)), ..Changes::default() },
        Edit::Products => Changes { products: Some(product::sent(&cx)?), ..Changes::default() },
        Edit::Capabilities => capabilities(&cx.body(&[media::VM_CAPABILITIES])?),
        Edit::Boot => Changes { boot: Some(whole::boot(cx.body(&[media::BOOT_OPTIONS])?)), ..Changes::default() },
        Edit::EnableNested | Edit::DisableNested => Changes { nested: Some(at == Edit::EnableNested), ..Changes::default() },
        // Guests have the tools already.
        Edit::Tools => Changes::default(),
    };
    accepted(&cx, EditVm { id: cx.id(Kind::Vm)?, at, changes }).await
}

/// The items of a list of hardware.
fn listed(cx: &Cx) -> Result<Vec<ovf::Item>, Fault> {
    cx.body::<vcloud::RasdItemsList>(&[media::RASD_ITEMS_LIST]).map(|sent| sent.item)
}

/// The serial ports among the items.
fn serial_ports(items: &[ovf::Item]) -> Vec<SerialPort> {
    let port = |item: &ovf::Item| SerialPort {
        sub_type: text(item.resource_sub_type.as_ref()),
        address: text(item.address.as_ref()),
        connected: item.automatic_allocation.unwrap_or(false),
    };
    of_type(items, SERIAL_PORT).map(port).collect()
}

// CIM's numbers of what items are.
const CPU: i32 = 3;
const MEMORY: i32 = 4;
const CARD: i32 = 10;
const DISK: i32 = 17;
const SERIAL_PORT: i32 = 21;

fn of_type(items: &[ovf::Item], number: i32) -> impl Iterator<Item = &ovf::Item> {
    items.iter().filter(move |item| item.resource_type == Some(number))
}

fn hardware(sent: ovf::VirtualHardwareSection) -> Result<Changes, Fault> {
    let items = &sent.item;
    let config = |config: vmw::ExtraConfig| config.key.map(|key| (key, config.value.unwrap_or_default()));
    Ok(Changes {
        cpu: of_type(items, CPU).next().and_then(cpu),
        memory_mb: of_type(items, MEMORY).next().map(memory).transpose()?.flatten(),
        disks: Some(disks(items)?),
        nics: Some(cards(items)?),
        serial_ports: Some(serial_ports(items)),
        extra_config: sent.extra_config.into_iter().filter_map(config).collect(),
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
