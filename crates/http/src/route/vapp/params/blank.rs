//! Machines to be made of nothing, as requests describe them. Invariant: what a request says that cannot be done is refused by its name.

use super::nic;
use crate::cx::reference;
use crate::route::vm::{boot, sizing_policy};
use vcdsim_model::Fault;
use vcdsim_platform::vapp::{BlankDisk, BlankRequest};
use vcdsim_platform::vm::BootRequest;
use vcdsim_wire::vcloud;

/// What a `CreateItem` or a `CreateVm` asks for.
pub(in crate::route::vapp) fn request(sent: vcloud::Vm) -> Result<BlankRequest, Fault> {
    let (spec, guest) = (sent.vm_spec_section.unwrap_or_default(), sent.guest_customization_section.unwrap_or_default());
    let text = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let disks = spec.disk_section.into_iter().flat_map(|section| section.disk_settings);
    Ok(BlankRequest {
        name: sent.name,
        description: text(sent.description),
        os_type: text(spec.os_type),
        version: text(spec.hardware_version.map(|version| version.value)),
        cpus: spec.num_cpus,
        cores_per_socket: spec.num_cores_per_socket,
        memory_mb: spec.memory_resource_mb.map(|memory| memory.configured),
        disks: disks.map(disk).collect::<Result<_, _>>()?,
        nics: sent.network_connection_section.iter().flat_map(|section| &section.network_connection).map(nic).collect(),
        computer_name: text(guest.computer_name),
        customize: guest.enabled,
        storage_profile: sent.storage_profile.as_ref().map(|profile| reference("StorageProfile", profile)).transpose()?,
        sizing_policy: sizing_policy(sent.compute_policy.as_ref())?,
        media: sent.media.as_ref().map(|medium| reference("Media", medium)).transpose()?,
        boot: BootRequest { firmware: text(spec.firmware), ..sent.boot_options.map(boot).unwrap_or_default() },
    })
}

fn disk(sent: vcloud::DiskSettings) -> Result<BlankDisk, Fault> {
    if sent.disk.is_some() {
        return Err(Fault::not_implemented("an independent disk of a machine that is made of nothing"));
    }
    if sent.bus_number != 0 {
        return Err(Fault::not_implemented("a BusNumber other than 0"));
    }
    Ok(BlankDisk { size_mb: sent.size_mb, adapter: sent.adapter_type, unit: sent.unit_number })
}
