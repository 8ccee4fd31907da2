//! The provider's side of the default inventory: vCenter and what it holds, provider VDCs, pools, external network. Invariant: nothing here
//! belongs to an organization.

use super::{draft, seeded_id};
use crate::compute_policy::SYSTEM_DEFAULT;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::Draft;
use vcdsim_model::family::compute_policy::ComputePolicy;
use vcdsim_model::family::datastore::Datastore;
use vcdsim_model::family::external_network::ExternalNetwork;
use vcdsim_model::family::host::Host;
use vcdsim_model::family::network_pool::NetworkPool;
use vcdsim_model::family::provider_vdc::ProviderVdc;
use vcdsim_model::family::storage_profile::ProviderStorageProfile;
use vcdsim_model::family::vapp::IpScope;
use vcdsim_model::family::vim_server::{VimServer, VimVm};
use vcdsim_model::family::vm::{Disk, Firmware, Hardware, Nic};
use vcdsim_model::kind::Kind;
use vcdsim_store::Tx;

pub(super) const STORAGE_PROFILES: &[&str] = &["*", "standard", "fast"];
pub(super) const TERABYTE_IN_MB: i64 = 1024 * 1024;

pub(super) fn system_default_policy_id() -> Uuid {
    seeded_id(Kind::ComputePolicy, SYSTEM_DEFAULT)
}

pub(super) fn vim_server_id() -> Uuid {
    seeded_id(Kind::VimServer, "vc1")
}

/// A small machine: one CPU, one 2 GB disk, one card that is connected to nothing.
pub(super) fn small_machine(os_type: &str, os_name: &str, os_id: i32) -> Hardware {
    Hardware {
        version: "vmx-13".to_owned(),
        os_type: os_type.to_owned(),
        os_name: os_name.to_owned(),
        os_id,
        cpus: 1,
        cores_per_socket: 1,
        memory_mb: 512,
        firmware: Firmware::Bios,
        disks: vec![Disk {
            instance: 2000,
            size_mb: 2048,
            bus_type: 6,
            bus_sub_type: "VirtualSCSI".to_owned(),
            bus: 0,
            unit: 0,
            storage_profile: None,
            content: None,
        }],
        nics: vec![Nic {
            index: 0,
            network: "none".to_owned(),
            mac: "00:50:56:00:00:00".to_owned(),
            mode: "NONE".to_owned(),
            ip: None,
            connected: false,
            adapter: "VMXNET3".to_owned(),
        }],
        serial_ports: Vec::new(),
    }
}

pub(super) fn scope(third: u8) -> IpScope {
    IpScope {
        inherited: false,
        gateway: format!("192.168.{third}.1"),
        netmask: "255.255.255.0".to_owned(),
        dns1: Some(format!("192.168.{third}.2")),
        dns2: None,
        dns_suffix: None,
        ranges: vec![(format!("192.168.{third}.10"), format!("192.168.{third}.200"))],
    }
}

pub(super) async fn seed(tx: &mut Tx<'_>) -> Result<(), Fault> {
    seed_vim_server(tx).await?;
    for (name, pool, nsxt) in [("example-pvdc", "example-pool", false), ("example-nsxt-pvdc", "example-nsxt-pool", true)] {
        seed_provider_vdc(tx, name, pool, nsxt).await?;
    }
    for (name, pool_type, port_groups) in
        [("example-pool", "VxlanPool", [].as_slice()), ("example-nsxt-pool", "PortGroupPool", &["dvportgroup-60"])]
    {
        let port_groups = port_groups.iter().map(|moref| (*moref).to_owned()).collect();
        tx.insert(draft(name, NetworkPool { pool_type: pool_type.to_owned(), vim_server: vim_server_id(), port_groups })).await?;
    }
    let external = ExternalNetwork { scope: scope(50), vim_server: vim_server_id(), port_group: "dvportgroup-50".to_owned() };
    tx.insert(draft("ExtNw", external)).await?;
    tx.insert(draft(SYSTEM_DEFAULT, ComputePolicy { sizing_only: true, auto_generated: true })).await?;
    Ok(())
}

async fn seed_vim_server(tx: &mut Tx<'_>) -> Result<(), Fault> {
    let named = |moref: &str, name: &str| (moref.to_owned(), name.to_owned());
    let body = VimServer {
        url: "https://vc1.example.test:443".to_owned(),
        user_name: "administrator@vsphere.local".to_owned(),
        enabled: true,
        version: "7.0.3".to_owned(),
        uuid: seeded_id(Kind::VimServer, "instance").to_string(),
        vms: (1..=3)
            .map(|n| {
                let mut hardware = small_machine("debian10_64Guest", "Debian GNU/Linux 10 (64-bit)", 96);
                hardware.nics.iter_mut().for_each(|nic| nic.mac = format!("00:50:56:00:00:{n:02x}"));
                VimVm { moref: format!("vm-{}", 100 + n), name: format!("import-me-{n}"), hardware }
            })
            .collect(),
        port_groups: vec![named("dvportgroup-50", "external-50"), named("dvportgroup-60", "internal-60")],
        resource_pools: vec![named("resgroup-10", "pool-1"), named("resgroup-11", "pool-2")],
    };
    tx.insert(draft("vc1", body)).await?;
    let host = Host { vim_server: vim_server_id(), moref: "host-20".to_owned(), cpus: 32, cpu_mhz: 2_600, memory_mb: 512 * 1024 };
    tx.insert(draft("host1.example.test", host)).await?;
    for n in 1..=2 {
        let body = Datastore {
            vim_server: vim_server_id(),
            moref: format!("datastore-{}", 30 + n),
            fs_type: "VMFS6".to_owned(),
            capacity_mb: 4 * TERABYTE_IN_MB,
        };
        tx.insert(draft(&format!("shared-disk-{n}"), body)).await?;
    }
    Ok(())
}

async fn seed_provider_vdc(tx: &mut Tx<'_>, name: &str, pool: &str, nsxt: bool) -> Result<(), Fault> {
    let body = ProviderVdc {
        enabled: true,
        vim_server: vim_server_id(),
        network_pools: vec![seeded_id(Kind::NetworkPool, pool)],
        resource_pool: if nsxt { "resgroup-11" } else { "resgroup-10" }.to_owned(),
        cpu_mhz: 32 * 2_600,
        memory_mb: 512 * 1024,
        storage_mb: 8 * TERABYTE_IN_MB,
        highest_hardware: "vmx-19".to_owned(),
        nsxt,
    };
    let made = tx.insert(draft(name, body)).await?;
    for profile in STORAGE_PROFILES {
        let body = ProviderStorageProfile { enabled: true, capacity_mb: 8 * TERABYTE_IN_MB };
        tx.insert(Draft { parent: Some(made.head().id), ..draft(&format!("{name}/{profile}"), body) }).await?;
    }
    Ok(())
}
