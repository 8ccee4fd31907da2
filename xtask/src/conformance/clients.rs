//! The clients, in the order in which they play.
//!
//! Invariant: what is part of every test run is done within a minute, on a slow machine, too.

use super::{Client, Player};

pub(super) const CLIENTS: &[Client] = &[
    Client {
        name: "pyvcloud",
        player: Player::Python("pyvcloud_blocking.py", &[]),
        what: "pyvcloud enables blocking, instantiates, and resumes, aborts and fails what it met",
        smoke: true,
    },
    Client {
        name: "pyvcloud-lowest",
        player: Player::Python("pyvcloud_tour.py", &["lowest"]),
        what: "pyvcloud at its lowest version: inventory, a vApp's life, task monitor, broker settings",
        smoke: true,
    },
    Client {
        name: "pyvcloud-highest",
        player: Player::Python("pyvcloud_tour.py", &["highest"]),
        what: "the same at its highest version",
        smoke: true,
    },
    Client {
        name: "pyvcloud-vapp-network-lowest",
        player: Player::Python("pyvcloud_vapp_network.py", &["lowest"]),
        what: "pyvcloud at its lowest version: networks inside a vApp and their services are made, changed and removed",
        smoke: true,
    },
    Client {
        name: "pyvcloud-vapp-network-highest",
        player: Player::Python("pyvcloud_vapp_network.py", &["highest"]),
        what: "the same at its highest version",
        smoke: true,
    },
    Client {
        name: "pyvcloud-vapp-sections-lowest",
        player: Player::Python("pyvcloud_vapp_sections.py", &["lowest"]),
        what: "pyvcloud at its lowest version: the order of a vApp's machines, what its products say, its package",
        smoke: true,
    },
    Client {
        name: "pyvcloud-vapp-sections-highest",
        player: Player::Python("pyvcloud_vapp_sections.py", &["highest"]),
        what: "the same at its highest version",
        smoke: true,
    },
    Client {
        name: "pyvcloud-catalogs-lowest",
        player: Player::Python("pyvcloud_catalogs.py", &["lowest"]),
        what: "pyvcloud at its lowest version: a catalog's life and shares, an OVA and an image uploaded, used, captured and downloaded",
        smoke: true,
    },
    Client {
        name: "pyvcloud-catalogs-highest",
        player: Player::Python("pyvcloud_catalogs.py", &["highest"]),
        what: "the same at its highest version",
        smoke: true,
    },
    Client {
        name: "pyvcloud-network",
        player: Player::Python("pyvcloud_network.py", &["highest"]),
        what: "pyvcloud at its highest version: networks of a VDC, isolated and directly connected, made, changed and deleted",
        smoke: true,
    },
    Client {
        name: "pyvcloud-network-lowest",
        player: Player::Python("pyvcloud_network.py", &["lowest"]),
        what: "the same at its lowest version",
        smoke: false,
    },
    Client {
        name: "pyvcloud-vm-devices-lowest",
        player: Player::Python("pyvcloud_vm_devices.py", &["lowest"]),
        what: "pyvcloud at its lowest version: media in the drives of a machine, its upkeep, its consoles",
        smoke: true,
    },
    Client {
        name: "pyvcloud-vm-devices-highest",
        player: Player::Python("pyvcloud_vm_devices.py", &["highest"]),
        what: "the same at its highest version",
        smoke: true,
    },
    Client {
        name: "pyvcloud-vapps-lowest",
        player: Player::Python("pyvcloud_vapps.py", &["lowest"]),
        what: "pyvcloud at its lowest version: a vApp run, kept, shared, recomposed, copied and moved",
        smoke: true,
    },
    Client {
        name: "pyvcloud-vapps-highest",
        player: Player::Python("pyvcloud_vapps.py", &["highest"]),
        what: "the same at its highest version",
        smoke: true,
    },
    Client {
        name: "pyvcloud-vms-highest",
        player: Player::Python("pyvcloud_vms.py", &["highest"]),
        what: "pyvcloud at its highest version: a machine read, edited in every way, run, kept, copied and moved",
        smoke: true,
    },
    Client {
        name: "pyvcloud-vms-lowest",
        player: Player::Python("pyvcloud_vms.py", &["lowest"]),
        what: "the same at its lowest version",
        smoke: true,
    },
    Client {
        name: "pyvcloud-gateway-lowest",
        player: Player::Python("pyvcloud_gateway.py", &["lowest"]),
        what: "pyvcloud at its lowest version: an edge gateway, its connections and services, and networks behind it",
        smoke: true,
    },
    Client {
        name: "pyvcloud-gateway-middle",
        player: Player::Python("pyvcloud_gateway.py", &["middle"]),
        what: "the same at the last version that the published schemas know",
        smoke: false,
    },
    Client {
        name: "pyvcloud-gateway-highest",
        player: Player::Python("pyvcloud_gateway.py", &["highest"]),
        what: "the same at its highest version",
        smoke: true,
    },
    // Each of its commands is a process of its own, of half a second or more; one of its runs is enough for every day.
    Client {
        name: "vcd-cli-lowest",
        player: Player::Python("vcd_cli_catalogs.py", &["lowest"]),
        what: "vcd-cli at its lowest version: a catalog's life and shares, an OVA and an image up and down, a vApp made and captured",
        smoke: false,
    },
    Client {
        name: "vcd-cli-highest",
        player: Player::Python("vcd_cli_catalogs.py", &["highest"]),
        what: "the same at its highest version, over TLS",
        smoke: true,
    },
    Client {
        name: "vcd-cli-vapps-lowest",
        player: Player::Python("vcd_cli_vapps.py", &["lowest"]),
        what: "vcd-cli at its lowest version: vApps made, filled, switched, put back, shared, copied, moved",
        smoke: false,
    },
    Client {
        name: "vcd-cli-vapps-highest",
        player: Player::Python("vcd_cli_vapps.py", &["highest"]),
        what: "the same at its highest version, over TLS",
        smoke: false,
    },
    Client {
        name: "vcd-cli-vms-lowest",
        player: Player::Python("vcd_cli_vms.py", &["lowest"]),
        what: "vcd-cli at its lowest version: machines edited and switched, snapshots, disks, moves, networks",
        smoke: false,
    },
    Client {
        name: "vcd-cli-vms-highest",
        player: Player::Python("vcd_cli_vms.py", &["highest"]),
        what: "the same at its highest version, over TLS",
        smoke: false,
    },
    Client {
        name: "vcd-cli-gateways-lowest",
        player: Player::Python("vcd_cli_gateways.py", &["lowest"]),
        what: "vcd-cli at its lowest version: an edge gateway made, connected and changed, and a network behind it",
        smoke: false,
    },
    Client {
        name: "vcd-cli-gateways-highest",
        player: Player::Python("vcd_cli_gateways.py", &["highest"]),
        what: "the same at its highest version, over TLS",
        smoke: false,
    },
    Client {
        name: "libcloud-1.5",
        player: Player::Python("libcloud_node.py", &["1.5"]),
        what: "libcloud lists, makes a node that runs, switches it, meets the gate, and destroys it",
        smoke: true,
    },
    Client { name: "libcloud-5.5", player: Player::Python("libcloud_node.py", &["5.5"]), what: "the same at 5.5, over TLS", smoke: true },
    Client {
        name: "libcloud-driver-1.5",
        player: Player::Python("libcloud_driver.py", &["1.5"]),
        what: "libcloud makes nodes with every argument, copies, changes, leases and shares them, and queries",
        smoke: true,
    },
    Client {
        name: "libcloud-driver-5.1",
        player: Player::Python("libcloud_driver.py", &["5.1"]),
        what: "the same with its driver for 5.1",
        smoke: true,
    },
    Client {
        name: "libcloud-driver-5.5",
        player: Player::Python("libcloud_driver.py", &["5.5"]),
        what: "the same at 5.5, over TLS, and snapshots and consoles",
        smoke: true,
    },
    Client {
        name: "govcd",
        player: Player::Go("govcd"),
        what: "go-vcloud-director over TLS: inventory, a vApp's life, affinity rules, each way out of a task that waits, a catalog with uploads",
        smoke: true,
    },
    Client {
        name: "upload-memory",
        player: Player::Python("upload_memory.py", &[]),
        what: "half a gigabyte goes up over a connection that breaks; the server's memory stays flat",
        smoke: true,
    },
    Client {
        name: "hammer",
        player: Player::Python("hammer.py", &["6", "1"]),
        what: "two tenants and an administrator at once on everything that they share: nothing is lost or busy, the books balance",
        smoke: true,
    },
    Client { name: "hammer-minute", player: Player::Python("hammer.py", &["60", "2"]), what: "the same for a minute", smoke: false },
    Client { name: "readme", player: Player::Python("readme_tour.py", &[]), what: "the tour of the README, line by line", smoke: true },
    Client {
        name: "pika",
        player: Player::Python("pika_approver.py", &[]),
        what: "a consumer on RabbitMQ resumes a blocking task from its message alone",
        smoke: true,
    },
    Client { name: "pika-abort", player: Player::Python("pika_decliner.py", &[]), what: "another aborts, and hears of it", smoke: true },
];
