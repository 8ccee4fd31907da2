//! Virtual hardware: its generations and what machines of each can have. Invariant: what a generation can do is written here alone, and
//! whatever says since when it is there says so in generations.
//!
//! The numbers are those of vSphere's tables of virtual machine compatibility.

mod guests;

pub use guests::{Family, GUESTS, Guest, Needs, Setup};

/// A generation of virtual hardware, as `vmx-13`: how much of everything a machine of it can have at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation {
    /// Its number.
    pub number: u16,
    /// Virtual CPUs.
    pub cpus: u16,
    /// Cores per socket.
    pub cores_per_socket: u16,
    /// Memory in MB.
    pub memory_mb: i64,
    /// Network cards.
    pub nics: u16,
}

const fn generation(number: u16, cpus: u16, cores_per_socket: u16, memory_mb: i64, nics: u16) -> Generation {
    Generation { number, cpus, cores_per_socket, memory_mb, nics }
}

/// How many serial ports a machine of any generation can have.
pub const MOST_SERIAL_PORTS: usize = 32;

const TERABYTE: i64 = 1024 * 1024;

/// All generations, the oldest first. 12 and 16 came with desktop products; they can what the ones before them can.
pub const GENERATIONS: &[Generation] = &[
    generation(4, 4, 1, 65_532, 4),
    generation(7, 8, 8, 255 * 1024, 10),
    generation(8, 32, 32, 1_011 * 1024, 10),
    generation(9, 64, 64, 1_011 * 1024, 10),
    generation(10, 64, 64, 1_011 * 1024, 10),
    generation(11, 128, 128, 4_080 * 1024, 10),
    generation(12, 128, 128, 4_080 * 1024, 10),
    generation(13, 128, 128, 6_128 * 1024, 10),
    generation(14, 128, 128, 6_128 * 1024, 10),
    generation(15, 256, 64, 6_128 * 1024, 10),
    generation(16, 256, 64, 6_128 * 1024, 10),
    generation(17, 256, 64, 6_128 * 1024, 10),
    generation(18, 768, 64, 24 * TERABYTE, 10),
    generation(19, 768, 64, 24 * TERABYTE, 10),
    generation(20, 768, 256, 24 * TERABYTE, 10),
    generation(21, 768, 256, 24 * TERABYTE, 10),
];

impl Generation {
    /// As in `vmx-07`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("vmx-{:02}", self.number)
    }

    /// The generation called so.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        GENERATIONS.iter().find(|generation| generation.name() == name)
    }

    /// The generations up to the one called `highest`, the oldest first; all of them when it is called otherwise.
    pub fn up_to(highest: &str) -> impl Iterator<Item = &'static Self> {
        let newest = highest.strip_prefix("vmx-").and_then(|number| number.parse().ok()).unwrap_or(u16::MAX);
        GENERATIONS.iter().filter(move |generation| generation.number <= newest)
    }

    /// Whether CPUs and memory can be added to running machines, and cards plugged in.
    #[must_use]
    pub const fn hot_plug(&self) -> bool {
        self.number >= 7
    }

    /// How many serial ports a machine can have.
    #[must_use]
    pub const fn serial_ports(&self) -> usize {
        if self.number >= 11 { MOST_SERIAL_PORTS } else { 4 }
    }

    /// Whether a machine can run machines.
    #[must_use]
    pub const fn nested(&self) -> bool {
        self.number >= 9
    }

    /// How many cores a socket can have: powers of two.
    pub fn core_counts(&self) -> impl Iterator<Item = i64> {
        doubling(1, i64::from(self.cores_per_socket))
    }

    /// Sizes of memory to choose from, in GB: powers of two.
    pub fn memory_sizes_gb(&self) -> impl Iterator<Item = i64> {
        doubling(1, self.memory_mb / 1024)
    }

    /// The disk controllers.
    pub fn adapters(&self) -> impl Iterator<Item = &'static Adapter> {
        let number = self.number;
        ADAPTERS.iter().filter(move |adapter| adapter.since <= number)
    }

    /// The guests that a machine can have.
    pub fn guests(&self) -> impl Iterator<Item = &'static Guest> {
        let number = self.number;
        GUESTS.iter().filter(move |guest| guest.since <= number)
    }

    /// How large a disk can be, in GB: 62 TB, and 2 TB less 512 bytes before that.
    #[must_use]
    pub const fn disk_gb(&self) -> i32 {
        if self.number >= 10 { 62 * 1024 } else { 2 * 1024 - 1 }
    }
}

fn doubling(from: i64, most: i64) -> impl Iterator<Item = i64> {
    std::iter::successors(Some(from), |size| Some(size * 2)).take_while(move |size| *size <= most)
}

/// A kind of disk controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adapter {
    /// vSphere's name of it.
    pub id: &'static str,
    /// The number that documents give it.
    pub number: i32,
    /// What people call it.
    pub name: &'static str,
    /// How many a machine can have.
    pub buses: i32,
    /// The numbers of its units, without those it needs itself: first and last of each range.
    pub units: &'static [(i32, i32)],
    /// Whether guests of 64 bits know it.
    pub wide: bool,
    /// The first generation that has it.
    pub since: u16,
}

/// Unit 7 is the controller's own.
const SCSI_UNITS: &[(i32, i32)] = &[(0, 6), (8, 15)];

/// All kinds of disk controllers, by number.
pub const ADAPTERS: &[Adapter] = &[IDE, BUS_LOGIC, LSI_LOGIC, LSI_LOGIC_SAS, PARAVIRTUAL, SATA, NVME];

/// IDE.
pub const IDE: Adapter = Adapter { id: "VirtualIDEController", number: 1, name: "IDE", buses: 2, units: &[(0, 1)], wide: true, since: 4 };
/// The oldest SCSI controller.
pub const BUS_LOGIC: Adapter = scsi("VirtualBusLogicController", 2, "BusLogic Parallel (SCSI)", false, 4);
/// The SCSI controller that nearly every guest knows.
pub const LSI_LOGIC: Adapter = scsi("VirtualLsiLogicController", 3, "LSI Logic Parallel (SCSI)", true, 4);
/// The SCSI controller of Windows.
pub const LSI_LOGIC_SAS: Adapter = scsi("VirtualLsiLogicSASController", 4, "LSI Logic SAS (SCSI)", true, 7);
/// The fastest SCSI controller.
pub const PARAVIRTUAL: Adapter = scsi("ParaVirtualSCSIController", 5, "Paravirtual (SCSI)", true, 7);
/// SATA.
pub const SATA: Adapter =
    Adapter { id: "VirtualAHCIController", number: 6, name: "SATA", buses: 4, units: &[(0, 29)], wide: true, since: 10 };
/// `NVMe`.
pub const NVME: Adapter =
    Adapter { id: "VirtualNVMEController", number: 7, name: "NVME", buses: 4, units: &[(0, 14)], wide: true, since: 13 };

impl Adapter {
    /// CIM's number for its bus, and what machines call it there.
    #[must_use]
    pub const fn bus(&self) -> (i32, &'static str) {
        match self.number {
            1 => (5, ""),
            2 => (6, "buslogic"),
            3 => (6, "lsilogic"),
            4 => (6, "lsilogicsas"),
            5 => (6, "VirtualSCSI"),
            6 => (20, "vmware.sata.ahci"),
            _ => (20, "vmware.nvme.controller"),
        }
    }
}

const fn scsi(id: &'static str, number: i32, name: &'static str, wide: bool, since: u16) -> Adapter {
    Adapter { id, number, name, buses: 4, units: SCSI_UNITS, wide, since }
}

impl Adapter {
    /// The controller that documents give this number.
    #[must_use]
    pub fn numbered(text: &str) -> Option<&'static Self> {
        ADAPTERS.iter().find(|adapter| adapter.number.to_string() == text.trim())
    }

    /// The controller with this number of a bus, called so; a name of ours or none stands for the first of its kind.
    #[must_use]
    pub fn of_bus(bus_type: i32, sub_type: &str) -> Option<&'static Self> {
        let fits = |adapter: &&Self| adapter.bus().0 == bus_type;
        let named = |adapter: &&Self| fits(adapter) && adapter.bus().1.eq_ignore_ascii_case(sub_type);
        let unnamed = || ADAPTERS.iter().filter(|_| sub_type.is_empty()).find(|adapter| fits(adapter) && **adapter != BUS_LOGIC);
        ADAPTERS.iter().find(named).or_else(unnamed)
    }

    /// Whether disks on it can come, go and grow while the machine runs.
    #[must_use]
    pub fn hot_plug(&self) -> bool {
        *self != IDE
    }

    /// Whether a disk can have this place on it.
    #[must_use]
    pub fn has_unit(&self, unit: i32) -> bool {
        self.units.iter().any(|(first, last)| (*first..=*last).contains(&unit))
    }
}

/// A kind of network card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Card {
    /// Its name in documents.
    pub name: &'static str,
    /// Whether guests of 64 bits know it.
    pub wide: bool,
    /// The first generation that has it.
    pub since: u16,
}

/// All kinds of network cards.
pub const CARDS: &[Card] = &[
    Card { name: "VLANCE", wide: false, since: 4 },
    Card { name: "FLEXIBLE", wide: false, since: 4 },
    E1000,
    Card { name: "VMXNET2", wide: true, since: 7 },
    E1000E,
    VMXNET3,
];

/// The card that nearly every guest knows.
pub const E1000: Card = Card { name: "E1000", wide: true, since: 4 };
/// Its successor.
pub const E1000E: Card = Card { name: "E1000E", wide: true, since: 8 };
/// The fastest card.
pub const VMXNET3: Card = Card { name: "VMXNET3", wide: true, since: 7 };

impl Guest {
    /// The disk controllers that a machine of `generation` with this guest can have.
    pub fn adapters(&self, generation: &Generation) -> impl Iterator<Item = &'static Adapter> {
        let wide = self.wide();
        generation.adapters().filter(move |adapter| adapter.wide || !wide)
    }

    /// The one it gets by itself.
    #[must_use]
    pub const fn adapter(&self, generation: &Generation) -> Adapter {
        if self.needs.adapter.since <= generation.number { self.needs.adapter } else { LSI_LOGIC }
    }

    /// The network cards that a machine of `generation` with this guest can have.
    pub fn cards(&self, generation: &Generation) -> impl Iterator<Item = &'static Card> {
        let (wide, number) = (self.wide(), generation.number);
        CARDS.iter().filter(move |card| card.since <= number && (card.wide || !wide))
    }

    /// The one it gets by itself.
    #[must_use]
    pub const fn card(&self, generation: &Generation) -> Card {
        if self.needs.card.since <= generation.number { self.needs.card } else { E1000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_generation_has_what_the_one_before_it_has() {
        for pair in GENERATIONS.windows(2) {
            let (older, newer) = (&pair[0], &pair[1]);
            assert!(older.number < newer.number && older.cpus <= newer.cpus && older.memory_mb <= newer.memory_mb, "{}", newer.name());
            assert!(newer.guests().count() >= older.guests().count() && newer.adapters().count() >= older.adapters().count());
        }
        let names: Vec<_> = Generation::up_to("vmx-09").map(Generation::name).collect();
        assert_eq!(names, ["vmx-04", "vmx-07", "vmx-08", "vmx-09"]);
        assert_eq!(Generation::up_to("").count(), GENERATIONS.len());
    }

    #[test]
    fn a_guest_gets_what_its_generation_and_it_can_have() {
        let ids: BTreeSet<_> = GUESTS.iter().map(|guest| guest.id).collect();
        assert_eq!(ids.len(), GUESTS.len(), "each stands once");
        for generation in GENERATIONS {
            for guest in generation.guests() {
                let (adapter, card) = (guest.adapter(generation), guest.card(generation));
                assert!(guest.adapters(generation).any(|known| *known == adapter), "{} {}", generation.name(), guest.id);
                assert!(guest.cards(generation).any(|known| *known == card), "{} {}", generation.name(), guest.id);
            }
        }
    }

    #[test]
    fn controllers_are_found_by_number_and_by_bus() {
        for adapter in ADAPTERS {
            let (bus_type, sub_type) = adapter.bus();
            assert_eq!(Adapter::numbered(&format!(" {}\n", adapter.number)), Some(adapter));
            assert_eq!(Adapter::of_bus(bus_type, sub_type), Some(adapter));
        }
        assert!(["", "0", "8", "-1", "x", "05"].iter().all(|text| Adapter::numbered(text).is_none()));
    }

    #[test]
    fn sizes_double_up_to_the_most() {
        let oldest = &GENERATIONS[0];
        assert_eq!(oldest.core_counts().collect::<Vec<_>>(), [1]);
        assert_eq!(oldest.memory_sizes_gb().last(), Some(32));
    }
}
