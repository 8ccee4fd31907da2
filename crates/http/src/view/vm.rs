//! Documents of virtual machines. Invariant: everything about hardware is made from the machine's `Hardware`, in whichever form it appears.

mod drives;
mod environment;
pub(crate) mod hardware;
pub(crate) mod independent;
pub(crate) mod screen;
pub(crate) mod upkeep;
pub(crate) mod usage;

use crate::view::section::{self, At};
use crate::view::{ViewCx, compute_policy, product, snapshot, task};
use independent::Independent;
use vcdsim_model::clock::format_time;
use vcdsim_model::entity::Status;
use vcdsim_model::family::datastore::Datastore;
use vcdsim_model::family::host::Host;
use vcdsim_model::family::vm::{Disk, Edit, TOOLS_VERSION, Vm};
use vcdsim_model::hardware::Adapter;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_model::right::Right;
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::graph::{Graph, Related};
use vcdsim_wire::{ovf, vcloud, vmext, vmw};

/// The document of a machine of a vApp.
pub(crate) fn document(cx: &ViewCx<'_>, graph: &Graph) -> vcloud::Vm {
    let head = &graph.entity.head;
    let base = vcloud::Vm {
        href: Some(cx.base.href(graph.entity.urn(), View::User)),
        r#type: Some(media::VM.to_owned()),
        id: Some(graph.entity.urn().to_string()),
        name: head.name.clone(),
        status: Some(head.status.code()),
        link: cx.links(graph),
        description: Some(head.description.clone().unwrap_or_default()),
        tasks: task::in_progress(cx, &graph.tasks),
        date_created: Some(format_time(head.created)),
        vapp_scoped_local_id: Some(head.id.to_string()),
        ..vcloud::Vm::default()
    };
    match graph.entity.body::<Vm>() {
        Some(body) => described(cx, graph, body, base),
        None => base,
    }
}

fn described(cx: &ViewCx<'_>, graph: &Graph, body: &Vm, base: vcloud::Vm) -> vcloud::Vm {
    let href = cx.base.href(graph.entity.urn(), View::User);
    let at = At(&href);
    let profile = storage_profile(cx, graph, body);
    let independent = independent::of(cx, graph);
    let place = hardware::Place {
        at,
        name: &graph.entity.head.name,
        profile: profile.as_ref(),
        independent: &independent,
        edited: Some((cx, graph)),
    };
    vcloud::Vm {
        vcloud_extension: vim_info(cx, &graph.related, &body.moref),
        deployed: Some(body.deployed),
        needs_customization: Some(body.needs_customization),
        nested_hypervisor_enabled: Some(body.upkeep.nested),
        virtual_hardware_section: Some(hardware_section(place, body)),
        operating_system_section: Some(operating_system(cx, graph, body)),
        network_connection_section: Some(connections(cx, graph, body)),
        guest_customization_section: Some(guest(cx, graph, body)),
        runtime_info_section: Some(runtime_info(at, graph)),
        snapshot_section: (cx.version >= ApiVersion::V5_1).then(|| snapshot::section(at, graph)),
        product_section: product::sections(graph),
        vm_spec_section: (cx.version >= ApiVersion::V32_0).then(|| spec(cx, graph, body, (profile.as_ref(), &independent))),
        vm_capabilities: Some(capabilities(cx, graph, body)),
        storage_profile: profile,
        environment: environment::of(graph, body),
        boot_options: Some(boot(cx, graph, body)),
        compute_policy: compute_policy::of_vm(cx, graph, body),
        ..base
    }
}

/// `ovf:VirtualHardwareSection`, with what vSphere is told besides.
pub(crate) fn hardware_section(place: hardware::Place<'_>, body: &Vm) -> ovf::VirtualHardwareSection {
    let config =
        |(key, value): (&String, &String)| vmw::ExtraConfig { key: Some(key.clone()), value: Some(value.clone()), required: Some(false) };
    ovf::VirtualHardwareSection { extra_config: body.extra_config.iter().map(config).collect(), ..hardware::section(place, &body.hardware) }
}

/// `BootOptions`
pub(crate) fn boot(cx: &ViewCx<'_>, graph: &Graph, body: &Vm) -> vcloud::BootOptions {
    let boot = &body.boot;
    vcloud::BootOptions {
        href: At(&cx.base.href(graph.entity.urn(), View::User)).href("bootOptions"),
        r#type: Some(media::BOOT_OPTIONS.to_owned()),
        link: cx.link_to(Edit::Boot.action(), graph).into_iter().collect(),
        boot_delay: Some(boot.delay_ms),
        enter_bios_setup: Some(boot.enter_setup),
        boot_retry_enabled: Some(boot.retry_after_ms.is_some()),
        boot_retry_delay: boot.retry_after_ms,
        efi_secure_boot_enabled: Some(boot.secure),
        network_boot_protocol: Some(boot.network_protocol.name().to_owned()),
    }
}

fn storage_profile(cx: &ViewCx<'_>, graph: &Graph, body: &Vm) -> Option<vcloud::Reference> {
    let urn = body.storage_profile.map(|id| Urn::new(Kind::VdcStorageProfile, id))?;
    Some(cx.reference(urn, View::User, graph.related.name(urn)))
}

/// The storage profile of the machine in a graph.
pub(crate) fn profile_of(cx: &ViewCx<'_>, graph: &Graph) -> Option<vcloud::Reference> {
    storage_profile(cx, graph, graph.entity.body::<Vm>()?)
}

/// `RuntimeInfoSection`: the tools answer while the guest runs. Recorded servers give it the type of the hardware.
pub(crate) fn runtime_info(at: At<'_>, graph: &Graph) -> vcloud::RuntimeInfoSection {
    let running = graph.entity.head.status == Status::PoweredOn;
    vcloud::RuntimeInfoSection {
        href: Some(format!("{}/runtimeInfoSection", at.0)),
        r#type: Some(media::VIRTUAL_HARDWARE_SECTION.to_owned()),
        info: "State of the guest".to_owned(),
        vmware_tools: running.then(|| vcloud::RuntimeInfoSectionVMWareTools { version: TOOLS_VERSION.to_string() }),
        ..vcloud::RuntimeInfoSection::default()
    }
}

/// `VmVimInfo`: where vCenter has a machine. Only the provider's graphs hold what it takes.
pub(crate) fn vim_info(cx: &ViewCx<'_>, related: &Related, moref: &str) -> Vec<vcloud::VCloudExtension> {
    let found = (related.of_kind(Kind::VimServer), related.of_kind(Kind::Host), related.of_kind(Kind::Datastore));
    let (Some(server), Some(host), Some(datastore)) = found else { return Vec::new() };
    let host_moref = host.body::<Host>().map_or("", |host| &host.moref);
    let datastore_moref = datastore.body::<Datastore>().map_or("", |datastore| &datastore.moref);
    let at = |moref: &str, kind: &str| cx.vim_object(related, server.urn(), moref, kind);
    let info = vmext::VmVimInfo {
        vm_vim_object_ref: at(moref, "VIRTUAL_MACHINE"),
        datastore_vim_object_ref: at(datastore_moref, "DATASTORE"),
        host_vim_object_ref: at(host_moref, "HOST"),
        virtual_disks_max_chain_length: 1,
        ..vmext::VmVimInfo::default()
    };
    vec![vcloud::VCloudExtension { required: Some(false), vm_vim_info: Some(info), ..vcloud::VCloudExtension::default() }]
}

/// `VmCapabilities`
pub(crate) fn capabilities(cx: &ViewCx<'_>, graph: &Graph, body: &Vm) -> vcloud::VmCapabilities {
    vcloud::VmCapabilities {
        href: At(&cx.base.href(graph.entity.urn(), View::User)).href("vmCapabilities"),
        r#type: Some(media::VM_CAPABILITIES.to_owned()),
        link: edit(cx, graph, Edit::Capabilities),
        memory_hot_add_enabled: Some(body.hot_add.memory),
        cpu_hot_add_enabled: Some(body.hot_add.cpus),
    }
}

/// The link to edit a section.
fn edit(cx: &ViewCx<'_>, graph: &Graph, edit: Edit) -> Vec<vcloud::Link> {
    cx.section_link(edit.action(), graph).into_iter().collect()
}

/// `ovf:OperatingSystemSection`
pub(crate) fn operating_system(cx: &ViewCx<'_>, graph: &Graph, body: &Vm) -> ovf::OperatingSystemSection {
    let href = cx.base.href(graph.entity.urn(), View::User);
    ovf::OperatingSystemSection { link: edit(cx, graph, Edit::System), ..section::operating_system(At(&href), &body.hardware) }
}

/// `NetworkConnectionSection`
pub(crate) fn connections(cx: &ViewCx<'_>, graph: &Graph, body: &Vm) -> vcloud::NetworkConnectionSection {
    let href = cx.base.href(graph.entity.urn(), View::User);
    vcloud::NetworkConnectionSection { link: edit(cx, graph, Edit::Connections), ..section::connections(At(&href), &body.hardware.nics) }
}

/// `GuestCustomizationSection`: the administrator's password is shown to who may manage it, that of the domain to nobody.
pub(crate) fn guest(cx: &ViewCx<'_>, graph: &Graph, body: &Vm) -> vcloud::GuestCustomizationSection {
    let href = cx.base.href(graph.entity.urn(), View::User);
    let password = body.guest.settings.admin_password.as_ref().filter(|_| cx.caller.has(Right::VM_PASSWORD));
    vcloud::GuestCustomizationSection {
        admin_password: password.map(|password| password.0.clone()),
        link: edit(cx, graph, Edit::Guest),
        ..section::guest(At(&href), graph.entity.head.id, &body.guest)
    }
}

/// `VmSpecSection`, the short form of the hardware that came with 32.0.
fn spec(
    cx: &ViewCx<'_>,
    graph: &Graph,
    body: &Vm,
    (profile, independent): (Option<&vcloud::Reference>, &[Independent]),
) -> vcloud::VmSpecSection {
    let hardware = &body.hardware;
    let own = hardware.disks.iter().map(|disk| disk_settings(cx, disk, profile));
    let disk_settings = own.chain(independent.iter().map(Independent::settings)).collect();
    let resource = |configured: i64| vcloud::ComputeResource {
        configured,
        reservation: Some(0),
        limit: Some(-1),
        shares_level: Some("NORMAL".to_owned()),
        shares: None,
    };
    vcloud::VmSpecSection {
        modified: Some(false),
        info: "Hardware".to_owned(),
        os_type: Some(hardware.os_type.clone()),
        firmware: Some(hardware.firmware.name().to_owned()),
        num_cpus: Some(hardware.cpus),
        num_cores_per_socket: Some(hardware.cores_per_socket),
        cpu_resource_mhz: Some(resource(0)),
        memory_resource_mb: Some(resource(hardware.memory_mb)),
        media_section: Some(drives::settings(cx, graph)),
        disk_section: Some(vcloud::DiskSection { disk_settings }),
        hardware_version: Some(vcloud::MachineHardwareVersion {
            value: hardware.version.clone(),
            ..vcloud::MachineHardwareVersion::default()
        }),
        vm_tools_version: Some(TOOLS_VERSION.to_string()),
        virtual_cpu_type: Some("VM64".to_owned()),
        time_sync_with_host: Some(false),
        ..vcloud::VmSpecSection::default()
    }
}

fn disk_settings(cx: &ViewCx<'_>, disk: &Disk, profile: Option<&vcloud::Reference>) -> vcloud::DiskSettings {
    let own = disk.storage_profile.map(|id| vcloud::Reference {
        href: cx.base.href(Urn::new(Kind::VdcStorageProfile, id), View::User),
        r#type: Some(Kind::VdcStorageProfile.info().place(View::User).media.to_owned()),
        ..vcloud::Reference::default()
    });
    vcloud::DiskSettings {
        disk_id: Some(disk.instance.to_string()),
        size_mb: disk.size_mb,
        unit_number: disk.unit,
        bus_number: disk.bus,
        adapter_type: Adapter::of_bus(disk.bus_type, &disk.bus_sub_type).map_or(5, |adapter| adapter.number).to_string(),
        thin_provisioned: Some(true),
        override_vm_default: Some(own.is_some()),
        storage_profile: own.or_else(|| profile.cloned()),
        iops: Some(0),
        virtual_quantity_unit: Some("byte".to_owned()),
        virtual_quantity: Some(disk.size_mb.saturating_mul(1024 * 1024)),
        ..vcloud::DiskSettings::default()
    }
}
