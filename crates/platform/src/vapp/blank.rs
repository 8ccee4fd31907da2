//! Machines that are made of nothing. Invariant: a machine has no more than its generation of hardware can have, and a guest that it is offered with.

use super::build::{Machine, Site, asked_nics, check_name, computer_name, profile};
use super::create::NicRequest;
use super::mac::moref;
use crate::vm::drives::insertable;
use crate::vm::{BootRequest, check_place};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::family::vm::{BootOptions, Disk, Drive, Firmware, GuestCustomization, Hardware, Vm};
use vcdsim_model::fault::excerpt;
use vcdsim_model::hardware::{Adapter, GUESTS, Generation, Guest};
use vcdsim_model::id::Urn;
use vcdsim_store::Tx;
use vcdsim_task_engine::Prepare;

/// A machine to be made, with its hardware. What is not said is as the guest needs it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BlankRequest {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// vSphere's name of its guest, as in `ubuntu64Guest`.
    pub os_type: Option<String>,
    /// As in `vmx-13`; the newest of its VDC when it is not said.
    pub version: Option<String>,
    /// Virtual CPUs.
    pub cpus: Option<i32>,
    /// Cores per socket.
    pub cores_per_socket: Option<i32>,
    /// Memory in MB.
    pub memory_mb: Option<i64>,
    /// Its disks.
    pub disks: Vec<BlankDisk>,
    /// Its network cards.
    pub nics: Vec<NicRequest>,
    /// The guest's name.
    pub computer_name: Option<String>,
    /// Whether the guest is prepared.
    pub customize: Option<bool>,
    /// Where its disks are to lie.
    pub storage_profile: Option<Urn>,
    /// The compute policy that says how large it is.
    #[serde(default)]
    pub sizing_policy: Option<Urn>,
    /// How it starts.
    #[serde(default)]
    pub boot: BootRequest,
    /// The medium in its drive.
    #[serde(default)]
    pub media: Option<Urn>,
}

/// A disk of such a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlankDisk {
    /// Size in MB.
    pub size_mb: i64,
    /// The number of its controller's kind.
    pub adapter: String,
    /// Its place on the bus.
    pub unit: i32,
    /// Which of the buses of that kind, from 0.
    #[serde(default)]
    pub bus: i32,
    /// The storage profile that it lies on, when that is not its machine's.
    #[serde(default)]
    pub storage_profile: Option<Urn>,
}

impl BlankRequest {
    /// The machine, with its medium, for the organization.
    pub(super) async fn made(&self, cx: &mut Prepare<'_, '_>, site: &Site, org: Option<Uuid>) -> Result<Machine, Fault> {
        let mut machine = self.machine(cx.tx, site)?;
        if let Some(urn) = self.media {
            let medium = insertable(cx, urn, org).await?;
            machine.body.drives.put(Drive::of_image(&medium.body().image_type), Some(urn.id));
        }
        Ok(machine)
    }

    fn machine(&self, tx: &mut Tx<'_>, site: &Site) -> Result<Machine, Fault> {
        check_name(&self.name)?;
        let generation = self.generation(site)?;
        let guest = self.guest(generation)?;
        let cpus = between("NumCpus", self.cpus.unwrap_or(1).into(), generation.cpus.into())?;
        let cores = between("NumCoresPerSocket", self.cores_per_socket.unwrap_or(1).into(), generation.cores_per_socket.into())?;
        if cpus % cores != 0 {
            return Err(Fault::bad_request(format!("NumCpus {cpus} is not a multiple of NumCoresPerSocket {cores}.")));
        }
        let memory_mb = between("MemoryResourceMb", self.memory_mb.unwrap_or(guest.needs.memory_mb.into()), generation.memory_mb)?;
        let (firmware, boot) = self.boot.over(Firmware::default(), BootOptions::default())?;
        let storage_profile = profile(self.storage_profile, site)?;
        let names_macs = self.nics.iter().any(|nic| nic.mac.is_some());
        let hardware = Hardware {
            version: generation.name(),
            os_type: guest.id.to_owned(),
            os_name: guest.name.to_owned(),
            os_id: guest.cim,
            cpus: i32::try_from(cpus).unwrap_or(i32::MAX),
            cores_per_socket: i32::try_from(cores).unwrap_or(i32::MAX),
            memory_mb,
            firmware,
            disks: self.disks(guest, generation, site, storage_profile)?,
            nics: asked_nics(tx, &self.name, &self.nics, &site.networks)?,
            serial_ports: Vec::new(),
        };
        let guest = GuestCustomization {
            enabled: self.customize.unwrap_or(true),
            computer_name: self.computer_name.clone().unwrap_or_else(|| computer_name(&self.name)),
            ..GuestCustomization::default()
        };
        let body =
            Vm { storage_profile, sizing_policy: site.sizing_policy(self.sizing_policy)?, boot, ..Vm::new(hardware, guest, moref(tx)) };
        Ok(Machine { name: self.name.clone(), description: self.description.clone(), body, source: None, names_macs })
    }

    fn generation(&self, site: &Site) -> Result<&'static Generation, Fault> {
        let known = || Generation::up_to(&site.highest_hardware);
        let found = match &self.version {
            Some(version) => known().find(|generation| generation.name() == *version),
            None => known().last(),
        };
        let asked = self.version.as_deref().unwrap_or_default();
        found.ok_or_else(|| Fault::bad_request(format!("HardwareVersion \"{}\" is not supported by the VDC.", excerpt(asked))))
    }

    fn guest(&self, generation: &Generation) -> Result<&'static Guest, Fault> {
        let asked = self.os_type.as_deref().ok_or_else(|| Fault::bad_request(format!("The machine \"{}\" has no OsType.", self.name)))?;
        let found = GUESTS.iter().find(|guest| guest.id == asked && guest.since <= generation.number);
        let unknown = || format!("OsType \"{}\" is not offered with the hardware version {}.", excerpt(asked), generation.name());
        found.ok_or_else(|| Fault::bad_request(unknown()))
    }

    fn disks(&self, guest: &Guest, generation: &Generation, site: &Site, own: Option<Uuid>) -> Result<Vec<Disk>, Fault> {
        let mut disks: Vec<Disk> = Vec::new();
        for (instance, asked) in (2_000..).zip(&self.disks) {
            let adapter = Adapter::numbered(&asked.adapter).filter(|adapter| guest.adapters(generation).any(|known| known == *adapter));
            let unknown = || format!("AdapterType \"{}\" is none that the machine \"{}\" can have.", excerpt(&asked.adapter), self.name);
            let (bus_type, sub_type) = adapter.ok_or_else(|| Fault::bad_request(unknown()))?.bus();
            let size_mb = between("SizeMb", asked.size_mb, i64::from(generation.disk_gb()) * 1_024)?;
            let (bus_sub_type, bus, unit) = (sub_type.to_owned(), asked.bus, asked.unit);
            let other = asked.storage_profile.map(|urn| profile(Some(urn), site)).transpose()?.flatten();
            let storage_profile = other.filter(|other| Some(*other) != own);
            let disk = Disk { instance, size_mb, bus_type, bus_sub_type, bus, unit, storage_profile, content: None };
            check_place(generation, &disks, &disk)?;
            disks.push(disk);
        }
        Ok(disks)
    }
}

fn between(what: &str, asked: i64, most: i64) -> Result<i64, Fault> {
    if (1..=most).contains(&asked) {
        Ok(asked)
    } else {
        Err(Fault::bad_request(format!("{what} of a virtual machine must be between 1 and {most}.")))
    }
}
