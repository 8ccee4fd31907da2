//! Machines as documents describe them whole. Invariant: a section that a document lacks changes nothing, and of two that say the same the one
//! that says more decides.

use super::{capabilities, connections, guest, hardware, system};
use crate::cx::{reference, text};
use crate::view::product;
use vcdsim_model::Fault;
use vcdsim_model::family::vm::Edit;
use vcdsim_model::fault::excerpt;
use vcdsim_model::hardware::Adapter;
use vcdsim_model::id::Urn;
use vcdsim_platform::vm::{BootRequest, Changes, CpuRequest, DiskRequest, EditVm, SystemRequest};
use vcdsim_wire::vcloud;

/// Name, description and storage profile; clients send the rest back as they read it.
pub(super) fn described(sent: &vcloud::Vm) -> Result<Changes, Fault> {
    Ok(Changes {
        name: Some(sent.name.clone()),
        description: sent.description.clone(),
        storage_profile: sent.storage_profile.as_ref().map(|profile| reference("StorageProfile", profile)).transpose()?,
        ..Changes::default()
    })
}

/// All of it. Clients change network cards in `NetworkConnectionSection`, and beside it send the hardware as they read it; of
/// `VmSpecSection` only what says that it was modified counts.
pub(super) fn sections(sent: vcloud::Vm) -> Result<Changes, Fault> {
    let mut changes = described(&sent)?;
    if let Some(section) = sent.virtual_hardware_section {
        let Changes { cpu, memory_mb, disks, nics, extra_config, .. } = hardware(section)?;
        changes = Changes { cpu, memory_mb, disks, nics, extra_config, ..changes };
    }
    if let Some(section) = &sent.network_connection_section {
        changes.nics = Some(connections(section));
    }
    changes.guest = sent.guest_customization_section.map(guest);
    changes.system = sent.operating_system_section.as_ref().map(system);
    if let Some(sent) = &sent.vm_capabilities {
        let Changes { hot_add_cpus, hot_add_memory, .. } = capabilities(sent);
        changes = Changes { hot_add_cpus, hot_add_memory, ..changes };
    }
    changes.products = Some(product::said(sent.product_section)).filter(|products| !products.is_empty());
    changes.boot = sent.boot_options.map(boot);
    changes.sizing_policy = sizing_policy(sent.compute_policy.as_ref())?;
    match sent.vm_spec_section {
        Some(section) if section.modified == Some(true) => specified(section, changes),
        _ => Ok(changes),
    }
}

/// A machine of a vApp that is to be as an item of a list says. An item need not have a name.
pub(in crate::route) fn item(sent: vcloud::Vm) -> Result<EditVm, Fault> {
    let href = sent.href.clone().or_else(|| sent.id.clone()).unwrap_or_default();
    let machine = reference("ReconfigureItem", &vcloud::Reference { href, ..vcloud::Reference::default() })?;
    let changes = sections(sent)?;
    let name = changes.name.filter(|name| !name.is_empty());
    Ok(EditVm { id: machine.id, at: Edit::Whole, changes: Changes { name, ..changes } })
}

/// How a machine starts, which its firmware does not belong to.
pub(in crate::route) fn boot(sent: vcloud::BootOptions) -> BootRequest {
    BootRequest {
        firmware: None,
        delay_ms: sent.boot_delay,
        enter_setup: sent.enter_bios_setup,
        retry: sent.boot_retry_enabled,
        retry_delay_ms: sent.boot_retry_delay,
        secure: sent.efi_secure_boot_enabled,
        network_protocol: text(sent.network_boot_protocol.as_ref()),
    }
}

/// The policy that says how large a machine is. There are none that say where it runs.
pub(in crate::route) fn sizing_policy(sent: Option<&vcloud::ComputePolicy>) -> Result<Option<Urn>, Fault> {
    let Some(sent) = sent else { return Ok(None) };
    if sent.vm_placement_policy.is_some() {
        return Err(Fault::not_implemented("VmPlacementPolicy of a virtual machine"));
    }
    sent.vm_sizing_policy.as_ref().map(|policy| reference("VmSizingPolicy", policy)).transpose()
}

/// What `VmSpecSection` says, over what else was said.
fn specified(sent: vcloud::VmSpecSection, said: Changes) -> Result<Changes, Fault> {
    shares(sent.cpu_resource_mhz.as_ref(), "CpuResourceMhz")?;
    shares(sent.memory_resource_mb.as_ref(), "MemoryResourceMb")?;
    let cpu = CpuRequest { cpus: sent.num_cpus.map(i64::from), cores_per_socket: sent.num_cores_per_socket.map(i64::from) };
    let system = text(sent.os_type.as_ref()).map(|os_type| SystemRequest { os_type: Some(os_type), id: None });
    let disks = sent.disk_section.map(|section| own(&section.disk_settings).map(disk).collect()).transpose()?;
    let firmware = text(sent.firmware.as_ref());
    let boot = if firmware.is_some() { Some(BootRequest { firmware, ..said.boot.unwrap_or_default() }) } else { said.boot };
    Ok(Changes {
        cpu: if cpu.cpus.or(cpu.cores_per_socket).is_some() { Some(cpu) } else { said.cpu },
        memory_mb: sent.memory_resource_mb.map(|memory| memory.configured).or(said.memory_mb),
        system: system.or(said.system),
        disks: disks.or(said.disks),
        version: text(sent.hardware_version.as_ref().map(|version| &version.value)),
        boot,
        ..said
    })
}

/// Refuses to guarantee or limit anything: that is what VDCs do.
fn shares(sent: Option<&vcloud::ComputeResource>, what: &str) -> Result<(), Fault> {
    let given = |resource: &vcloud::ComputeResource| {
        let level = resource.shares_level.as_deref().is_none_or(|level| level == "NORMAL");
        resource.reservation.unwrap_or(0) == 0 && resource.limit.unwrap_or(-1) == -1 && level
    };
    if sent.is_none_or(given) {
        return Ok(());
    }
    Err(Fault::bad_request(format!(
        "{what} cannot have a Reservation, Limit or SharesLevel of its own: the allocation model of the VDC decides about these."
    )))
}

/// The disks of the machine itself: independent ones come and go by being attached and detached.
fn own(settings: &[vcloud::DiskSettings]) -> impl Iterator<Item = &vcloud::DiskSettings> {
    settings.iter().filter(|settings| settings.disk.is_none())
}

fn disk(sent: &vcloud::DiskSettings) -> Result<DiskRequest, Fault> {
    let unknown = || Fault::bad_request(format!("There is no disk controller of the AdapterType \"{}\".", excerpt(&sent.adapter_type)));
    let (bus_type, bus_sub_type) = Adapter::numbered(&sent.adapter_type).ok_or_else(unknown)?.bus();
    let quantity = sent.virtual_quantity.filter(|_| sent.virtual_quantity_unit.as_deref() == Some("byte"));
    Ok(DiskRequest {
        instance: sent.disk_id.as_deref().and_then(|id| id.trim().parse().ok()),
        sizes_mb: [sent.size_mb].into_iter().chain(quantity.map(|bytes| bytes.div_euclid(1 << 20))).collect(),
        bus_type: Some(bus_type),
        bus_sub_type: Some(bus_sub_type.to_owned()),
        bus: Some(sent.bus_number),
        unit: Some(sent.unit_number),
        storage_profile: sent.storage_profile.as_ref().map(|profile| reference("StorageProfile", profile)).transpose()?,
        overrides: sent.override_vm_default,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(modified: bool) -> Changes {
        let section = vcloud::VmSpecSection { modified: Some(modified), num_cpus: Some(4), ..vcloud::VmSpecSection::default() };
        sections(vcloud::Vm { vm_spec_section: Some(section), ..vcloud::Vm::default() }).unwrap()
    }

    #[test]
    fn a_specification_counts_when_it_was_modified() {
        assert_eq!(spec(true).cpu, Some(CpuRequest { cpus: Some(4), cores_per_socket: None }));
        assert_eq!(spec(false).cpu, None);
    }

    #[test]
    fn what_is_not_sent_is_not_changed() {
        let sent = vcloud::Vm { name: "a".to_owned(), ..vcloud::Vm::default() };
        assert_eq!(sections(sent).unwrap(), Changes { name: Some("a".to_owned()), ..Changes::default() });
    }

    #[test]
    fn nothing_is_guaranteed_to_one_machine() {
        let resource = |reservation, limit| vcloud::ComputeResource { reservation, limit, ..vcloud::ComputeResource::default() };
        assert!(shares(Some(&resource(Some(0), Some(-1))), "x").is_ok() && shares(None, "x").is_ok());
        assert!(shares(Some(&resource(Some(100), None)), "x").is_err() && shares(Some(&resource(None, Some(5))), "x").is_err());
    }
}
