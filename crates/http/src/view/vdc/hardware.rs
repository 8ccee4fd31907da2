//! The virtual hardware that a VDC or provider VDC supports. Invariant: whatever the list refers to has a document.

use crate::view::links::link;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::hardware::{Adapter, Family, Generation, Guest, Setup};
use vcdsim_model::media;
use vcdsim_wire::vcloud::{
    Capabilities, DefaultHardDiskAdapterType, HardDiskAdapter, HardDiskAdapterReference, HardwareGeneration, Nic,
    OperatingSystemFamilyInfo, OperatingSystemInfo, Range, Ranges, SupportedHardwareVersions, SupportedOperatingSystemsInfo,
    VirtualHardwareVersion,
};

/// What is supported at `place`, the href of the VDC or provider VDC.
pub(crate) fn capabilities(place: &str, provider: &ProviderVdc) -> Capabilities {
    let one = |generation: &Generation| {
        let name = generation.name();
        HardwareGeneration {
            default: (name == provider.highest_hardware).then_some(true),
            href: Some(format!("{place}/hwv/{name}")),
            r#type: Some(media::VIRTUAL_HARDWARE_VERSION.to_owned()),
            name: Some(name.clone()),
            value: name,
        }
    };
    let supported_hardware_version = Generation::up_to(&provider.highest_hardware).map(one).collect();
    Capabilities { supported_hardware_versions: Some(SupportedHardwareVersions { supported_hardware_version }) }
}

/// A generation of hardware in the VDC or provider VDC at `place`, whose documents are of type `of`.
pub(crate) fn document(place: &str, of: &str, generation: &Generation) -> VirtualHardwareVersion {
    VirtualHardwareVersion {
        href: Some(format!("{place}/hwv/{}", generation.name())),
        r#type: Some(media::VIRTUAL_HARDWARE_VERSION.to_owned()),
        link: vec![link("up", Some(of), place.to_owned())],
        name: Some(generation.name()),
        max_cores_per_socket: Some(generation.cores_per_socket.into()),
        supported_operating_systems: Some(guests(generation)),
        max_memory_size_mb: Some(generation.memory_mb),
        max_cp_us: Some(generation.cpus.into()),
        max_ni_cs: Some(generation.nics.into()),
        supports_nested_hv: Some(generation.nested()),
        supports_hot_plug_pci: Some(generation.hot_plug()),
        supports_hot_add: Some(generation.hot_plug()),
        supported_memory_size_gb: generation.memory_sizes_gb().collect(),
        supported_cores_per_socket: generation.core_counts().collect(),
        hard_disk_adapter: generation.adapters().map(|adapter| controller(generation, adapter)).collect(),
        ..VirtualHardwareVersion::default()
    }
}

fn guests(generation: &Generation) -> SupportedOperatingSystemsInfo {
    let of = |family: Family| {
        let (name, id) = family.label();
        OperatingSystemFamilyInfo {
            name: Some(name.to_owned()),
            operating_system_family_id: Some(id),
            operating_system: generation.guests().filter(|guest| guest.family == family).map(|known| guest(generation, known)).collect(),
        }
    };
    SupportedOperatingSystemsInfo {
        operating_system_family_info: Family::ALL.into_iter().map(of).collect(),
        ..SupportedOperatingSystemsInfo::default()
    }
}

fn guest(generation: &Generation, guest: &Guest) -> OperatingSystemInfo {
    let adapter = guest.adapter(generation);
    let card = |name: &str| Nic { name: name.to_owned(), id: None };
    OperatingSystemInfo {
        default_hard_disk_adapter_type: Some(DefaultHardDiskAdapterType { value: adapter.number, r#ref: Some(adapter.id.to_owned()) }),
        supported_hard_disk_adapter: guest.adapters(generation).map(|one| HardDiskAdapterReference { r#ref: one.id.to_owned() }).collect(),
        minimum_hard_disk_size_gigabytes: Some(guest.needs.disk_gb),
        minimum_memory_megabytes: Some(guest.needs.memory_mb),
        name: Some(guest.name.to_owned()),
        internal_name: Some(guest.id.to_owned()),
        supported: Some(true),
        x64: Some(guest.wide()),
        maximum_cpu_count: Some(generation.cpus.into()),
        maximum_cores_per_socket: Some(generation.cores_per_socket.into()),
        maximum_socket_count: Some(guest.needs.sockets.unwrap_or(generation.cpus).min(generation.cpus).into()),
        minimum_hardware_version: Some(guest.since.into()),
        personalization_enabled: Some(guest.needs.setup != Setup::Never),
        personalization_auto: Some(guest.needs.setup == Setup::Itself),
        sysprep_packaging_supported: Some(guest.needs.setup == Setup::Sysprep),
        supports_mem_hot_add: Some(guest.needs.hot_add && generation.hot_plug()),
        cim_os_id: Some(guest.cim),
        cim_version: Some(guest.version),
        supported_for_create: Some(true),
        recommended_nic: Some(card(guest.card(generation).name)),
        supported_nic_type: guest.cards(generation).map(|known| card(known.name)).collect(),
        ..OperatingSystemInfo::default()
    }
}

fn controller(generation: &Generation, adapter: &Adapter) -> HardDiskAdapter {
    let range = |(begin, end)| Range { begin, end };
    HardDiskAdapter {
        id: adapter.id.to_owned(),
        legacy_id: adapter.number,
        name: adapter.name.to_owned(),
        maximum_disk_size_gb: generation.disk_gb(),
        bus_number_ranges: Some(Ranges { range: vec![range((0, adapter.buses - 1))] }),
        unit_number_ranges: Some(Ranges { range: adapter.units.iter().copied().map(range).collect() }),
    }
}
