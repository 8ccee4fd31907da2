//! CPUs, memory, serial ports and the guest operating system. Invariant: a machine has no more of anything than its generation can have.

use super::Machine;
use serde::{Deserialize, Serialize};
use vcdsim_model::Fault;
use vcdsim_model::family::vm::{Hardware, SerialPort};
use vcdsim_model::fault::excerpt;
use vcdsim_model::hardware::Generation;

/// How many CPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpuRequest {
    /// All of them; `None` as many as there are.
    pub cpus: Option<i64>,
    /// In each socket; `None` as many as there are, or one where these do not fill whole sockets.
    pub cores_per_socket: Option<i64>,
}

/// Which guest operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemRequest {
    /// vSphere's name of it.
    pub os_type: Option<String>,
    /// CIM's number for it, where that name is missing.
    pub id: Option<i32>,
}

/// The hardware with other CPUs.
pub(super) fn cpus(machine: Machine<'_>, hardware: Hardware, asked: CpuRequest) -> Result<Hardware, Fault> {
    let was = machine.hardware();
    let cpus = within(asked.cpus.unwrap_or(was.cpus.into()), "number of CPUs", machine.generation.cpus.into())?;
    let kept = if cpus % was.cores_per_socket.max(1) == 0 { was.cores_per_socket } else { 1 };
    let most = machine.generation.cores_per_socket.into();
    let cores = within(asked.cores_per_socket.unwrap_or(kept.into()), "number of cores per socket", most)?;
    if cpus % cores != 0 {
        return Err(Fault::bad_request(format!("{cpus} CPUs do not fill whole sockets of {cores} cores.")));
    }
    let adds = machine.body.hot_add.cpus && cpus > was.cpus && cores == was.cores_per_socket;
    if (cpus, cores) != (was.cpus, was.cores_per_socket) && !adds {
        machine.off_for("The CPUs")?;
    }
    Ok(Hardware { cpus, cores_per_socket: cores, ..hardware })
}

/// The hardware with other memory.
pub(super) fn memory(machine: Machine<'_>, hardware: Hardware, mb: i64) -> Result<Hardware, Fault> {
    let was = machine.hardware().memory_mb;
    if mb == was {
        return Ok(hardware);
    }
    let most = machine.generation.memory_mb;
    if !(4..=most).contains(&mb) || mb % 4 != 0 {
        return Err(Fault::bad_request(format!(
            "The memory of a virtual machine must be a multiple of 4 MB up to {most} MB, not {mb} MB."
        )));
    }
    if !(machine.body.hot_add.memory && mb > was) {
        machine.off_for("The memory")?;
    }
    Ok(Hardware { memory_mb: mb, ..hardware })
}

/// The hardware with other serial ports.
pub(super) fn serial_ports(machine: Machine<'_>, hardware: Hardware, asked: &[SerialPort]) -> Result<Hardware, Fault> {
    if asked == machine.hardware().serial_ports {
        return Ok(hardware);
    }
    machine.off_for("The serial ports")?;
    let (most, name) = (machine.generation.serial_ports(), machine.generation.name());
    if asked.len() > most {
        return Err(Fault::bad_request(format!("Machines of {name} have at most {most} serial ports, not {}.", asked.len())));
    }
    Ok(Hardware { serial_ports: asked.to_vec(), ..hardware })
}

/// The hardware for another guest.
pub(super) fn system(machine: Machine<'_>, hardware: Hardware, asked: &SystemRequest) -> Result<Hardware, Fault> {
    let was = machine.hardware();
    let same = asked.os_type.as_ref().map_or(asked.id.is_none_or(|id| id == was.os_id), |os_type| *os_type == was.os_type);
    if same {
        return Ok(hardware);
    }
    machine.off_for("The operating system")?;
    let named = |guest: &&vcdsim_model::hardware::Guest| match &asked.os_type {
        Some(os_type) => guest.id == os_type,
        None => Some(guest.cim) == asked.id,
    };
    let Some(guest) = machine.generation.guests().find(named) else {
        let shown = asked.os_type.clone().unwrap_or_else(|| asked.id.unwrap_or_default().to_string());
        let (shown, generation) = (excerpt(&shown), machine.generation.name());
        return Err(Fault::bad_request(format!("Machines of {generation} cannot have the operating system \"{shown}\".")));
    };
    Ok(Hardware { os_type: guest.id.to_owned(), os_name: guest.name.to_owned(), os_id: guest.cim, ..hardware })
}

/// The generation that a machine is to be of: its own, or a newer one of those up to the one called `highest`.
pub(super) fn generation(machine: Machine<'_>, asked: &str, highest: &str) -> Result<&'static Generation, Fault> {
    if asked == machine.hardware().version {
        return Ok(machine.generation);
    }
    machine.off_for("The hardware version")?;
    let newer = Generation::up_to(highest).find(|generation| generation.name() == asked && generation.number > machine.generation.number);
    let (from, shown) = (&machine.hardware().version, excerpt(asked));
    newer.ok_or_else(|| {
        Fault::bad_request(format!("HardwareVersion {from} cannot become \"{shown}\", which is older, or not supported by the VDC."))
    })
}

fn within(value: i64, what: &str, most: i64) -> Result<i32, Fault> {
    let refused = || Fault::bad_request(format!("The {what} of a virtual machine must be between 1 and {most}, not {value}."));
    i32::try_from(value).ok().filter(|value| (1..=most).contains(&i64::from(*value))).ok_or_else(refused)
}
