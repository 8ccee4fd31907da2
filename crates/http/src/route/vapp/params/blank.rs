//! Machines to be made of nothing, as requests describe them. Invariant: what a request says that cannot be done is refused by its name.

use super::nic;
use crate::cx::{reference, text};
use crate::route::vm::{boot, sizing_policy};
use vcdsim_model::Fault;
use vcdsim_platform::vapp::{BlankDisk, BlankRequest};
use vcdsim_platform::vm::BootRequest;
use vcdsim_wire::vcloud;

/// What a `CreateItem` or a `CreateVm` asks for.
pub(in crate::route::vapp) fn request(sent: vcloud::Vm) -> Result<BlankRequest, Fault> {
    let (spec, guest) = (sent.vm_spec_section.unwrap_or_default(), sent.guest_customization_section.unwrap_or_default());
    let disks = spec.disk_section.into_iter().flat_map(|section| section.disk_settings);
    Ok(BlankRequest {
        name: sent.name,
        description: text(sent.description.as_ref()),
        os_type: text(spec.os_type.as_ref()),
        version: text(spec.hardware_version.as_ref().map(|version| &version.value)),
        cpus: spec.num_cpus,
        cores_per_socket: spec.num_cores_per_socket,
        memory_mb: spec.memory_resource_mb.map(|memory| memory.configured),
        disks: disks.map(disk).collect::<Result<_, _>>()?,
        nics: sent.network_connection_section.iter().flat_map(|section| &section.network_connection).map(nic).collect(),
        computer_name: text(guest.computer_name.as_ref()),
        customize: guest.enabled,
        storage_profile: sent.storage_profile.as_ref().map(|profile| reference("StorageProfile", profile)).transpose()?,
        sizing_policy: sizing_policy(sent.compute_policy.as_ref())?,
        media: sent.media.as_ref().map(|medium| reference("Media", medium)).transpose()?,
        boot: BootRequest { firmware: text(spec.firmware.as_ref()), ..sent.boot_options.map(boot).unwrap_or_default() },
    })
}

fn disk(sent: vcloud::DiskSettings) -> Result<BlankDisk, Fault> {
    if sent.disk.is_some() {
        return Err(Fault::not_implemented("an independent disk of a machine that is made of nothing"));
    }
    let overrides = sent.override_vm_default.unwrap_or(true);
    let storage_profile = sent.storage_profile.as_ref().filter(|_| overrides);
    Ok(BlankDisk {
        size_mb: sent.size_mb,
        adapter: sent.adapter_type,
        unit: sent.unit_number,
        bus: sent.bus_number,
        storage_profile: storage_profile.map(|profile| reference("StorageProfile", profile)).transpose()?,
    })
}
