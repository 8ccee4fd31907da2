//! Sections that vApps, virtual machines and their templates share. Invariant: a section's href is its object's href with the section's name,
//! and is served there.

use vcdsim_model::clock::format_time;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::vapp::network::Features;
use vcdsim_model::family::vapp::{IpScope, NetworkConfig};
use vcdsim_model::family::vm::{GuestCustomization, Hardware, NO_NETWORK, Nic};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_model::power::is_deployed;
use vcdsim_wire::{ovf, vcloud};

use crate::view::{ViewCx, vapp};

/// Where sections of an object lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a>(pub(crate) &'a str);

impl At<'_> {
    pub(crate) fn href(self, section: &str) -> Option<String> {
        Some(format!("{}/{section}/", self.0))
    }
}

/// How long something may run and is kept, and when the lease that runs ends.
pub(crate) fn leases(at: At<'_>, entity: &Entity, deployment: Option<i32>, storage: i32) -> vcloud::LeaseSettingsSection {
    let end = entity.lease().end().map(format_time);
    let (deployment_lease_expiration, storage_lease_expiration) = if is_deployed(entity) { (end, None) } else { (None, end) };
    vcloud::LeaseSettingsSection {
        required: Some(false),
        href: at.href("leaseSettingsSection"),
        r#type: Some(media::LEASE_SETTINGS_SECTION.to_owned()),
        info: "Leases".to_owned(),
        deployment_lease_in_seconds: deployment,
        storage_lease_in_seconds: Some(storage),
        deployment_lease_expiration,
        storage_lease_expiration,
        ..vcloud::LeaseSettingsSection::default()
    }
}

/// The names of networks.
pub(crate) fn networks<'n>(at: At<'_>, networks: impl Iterator<Item = (&'n str, Option<&'n str>)>) -> ovf::NetworkSection {
    let network = |(name, description): (&str, Option<&str>)| ovf::NetworkSectionNetwork {
        name: name.to_owned(),
        description: Some(description.unwrap_or_default().to_owned()),
    };
    ovf::NetworkSection {
        href: at.href("networkSection"),
        r#type: Some(media::NETWORK_SECTION.to_owned()),
        info: "Logical networks".to_owned(),
        network: networks.map(network).collect(),
        ..ovf::NetworkSection::default()
    }
}

/// How networks are made.
pub(crate) fn network_configs(at: At<'_>, configs: Vec<vcloud::VAppNetworkConfiguration>) -> vcloud::NetworkConfigSection {
    vcloud::NetworkConfigSection {
        required: Some(false),
        href: at.href("networkConfigSection"),
        r#type: Some(media::NETWORK_CONFIG_SECTION.to_owned()),
        info: "Configuration of logical networks".to_owned(),
        network_config: configs,
        ..vcloud::NetworkConfigSection::default()
    }
}

/// How one network of a vApp is made; `parent` is the network above it.
pub(crate) fn network_config(
    network: &NetworkConfig,
    parent: Option<vcloud::Reference>,
    deployed: bool,
) -> vcloud::VAppNetworkConfiguration {
    vcloud::VAppNetworkConfiguration {
        network_name: network.name.clone(),
        description: Some(network.description.clone().unwrap_or_default()),
        configuration: vapp::network::configuration(network, parent),
        is_deployed: Some(deployed),
        ..vcloud::VAppNetworkConfiguration::default()
    }
}

/// The network that stands for no network; vApps with a card that is on none list it, as real servers do.
pub(crate) fn no_network() -> NetworkConfig {
    NetworkConfig {
        id: uuid::Uuid::nil(),
        name: NO_NETWORK.to_owned(),
        description: Some("Stands for cards that are connected to nothing".to_owned()),
        parent: None,
        fence_mode: "isolated".to_owned(),
        scope: IpScope {
            inherited: false,
            gateway: "196.254.254.254".to_owned(),
            netmask: "255.255.0.0".to_owned(),
            dns1: Some("196.254.254.254".to_owned()),
            dns2: None,
            dns_suffix: None,
            ranges: Vec::new(),
        },
        retains: false,
        guest_vlan: false,
        external_ip: None,
        features: Features::default(),
    }
}

/// The network cards of a machine.
pub(crate) fn connections(at: At<'_>, nics: &[Nic]) -> vcloud::NetworkConnectionSection {
    let connection = |nic: &Nic| vcloud::NetworkConnection {
        network: nic.network.clone(),
        needs_customization: Some(false),
        network_connection_index: nic.index,
        ip_address: nic.ip.clone(),
        is_connected: nic.connected,
        mac_address: Some(nic.mac.clone()),
        ip_address_allocation_mode: nic.mode.clone(),
        network_adapter_type: Some(nic.adapter.clone()),
        ..vcloud::NetworkConnection::default()
    };
    vcloud::NetworkConnectionSection {
        required: Some(false),
        href: at.href("networkConnectionSection"),
        r#type: Some(media::NETWORK_CONNECTION_SECTION.to_owned()),
        info: "Network cards".to_owned(),
        primary_network_connection_index: nics.first().map(|nic| nic.index),
        network_connection: nics.iter().map(connection).collect(),
        ..vcloud::NetworkConnectionSection::default()
    }
}

/// How the guest of machine `id` is prepared, without its passwords.
pub(crate) fn guest(at: At<'_>, id: uuid::Uuid, guest: &GuestCustomization) -> vcloud::GuestCustomizationSection {
    let settings = &guest.settings;
    vcloud::GuestCustomizationSection {
        required: Some(false),
        href: at.href("guestCustomizationSection"),
        r#type: Some(media::GUEST_CUSTOMIZATION_SECTION.to_owned()),
        info: "Preparation of the guest".to_owned(),
        enabled: Some(guest.enabled),
        change_sid: Some(settings.change_sid),
        virtual_machine_id: Some(id.to_string()),
        join_domain_enabled: Some(settings.join_domain),
        use_org_settings: Some(settings.use_org_settings),
        domain_name: settings.domain.clone(),
        domain_user_name: settings.domain_user.clone(),
        machine_object_ou: settings.machine_ou.clone(),
        admin_password_enabled: Some(settings.admin_password_enabled),
        admin_password_auto: Some(settings.admin_password_auto),
        admin_auto_logon_enabled: Some(settings.auto_logon),
        admin_auto_logon_count: Some(settings.auto_logon_count),
        reset_password_required: Some(settings.reset_password),
        customization_script: settings.script.clone(),
        computer_name: Some(guest.computer_name.clone()),
        ..vcloud::GuestCustomizationSection::default()
    }
}

/// The guest's operating system.
pub(crate) fn operating_system(at: At<'_>, hardware: &Hardware) -> ovf::OperatingSystemSection {
    ovf::OperatingSystemSection {
        id: hardware.os_id,
        href: at.href("operatingSystemSection"),
        r#type: Some(media::OPERATING_SYSTEM_SECTION.to_owned()),
        os_type: Some(hardware.os_type.clone()),
        info: "Operating system".to_owned(),
        description: Some(hardware.os_name.clone()),
        ..ovf::OperatingSystemSection::default()
    }
}

/// Who owns an object.
pub(crate) fn owner(cx: &ViewCx<'_>, owner: Option<uuid::Uuid>, related: &vcdsim_platform::graph::Related) -> Option<vcloud::Owner> {
    let user = Urn::new(Kind::User, owner?);
    Some(vcloud::Owner {
        r#type: Some(media::OWNER.to_owned()),
        user: cx.plain_reference(user, View::Admin, related.name(user)),
        ..vcloud::Owner::default()
    })
}
