//! Network cards. Invariant: the primary card is the first; no two cards of the cloud are given one hardware address.

use super::Machine;
use crate::vapp::{NicRequest, asked_nic, refuse_taken};
use serde::{Deserialize, Serialize};
use vcdsim_model::Fault;
use vcdsim_model::entity::Res;
use vcdsim_model::family::vapp::NetworkConfig;
use vcdsim_model::family::vm::{Hardware, Nic, Vm};
use vcdsim_model::fault::excerpt;
use vcdsim_model::hardware::CARDS;
use vcdsim_store::Tx;

/// All network cards, as they are to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NicsRequest {
    /// The number of the primary one; `None` the one that is it, or the first.
    pub primary: Option<i32>,
    /// The cards; one of a number that the machine has is that card, and keeps its hardware address and kind unless it says otherwise.
    pub nics: Vec<NicRequest>,
}

/// The hardware with these cards and no others.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    machine: Machine<'_>,
    hardware: Hardware,
    asked: &NicsRequest,
    networks: &[NetworkConfig],
) -> Result<Hardware, Fault> {
    let was = &machine.hardware().nics;
    let most = machine.generation.nics;
    if asked.nics.len() > usize::from(most) {
        return Err(Fault::bad_request(format!("A virtual machine can have {most} network cards, not {}.", asked.nics.len())));
    }
    let mut nics: Vec<Nic> = Vec::new();
    for request in &asked.nics {
        if nics.iter().any(|nic| nic.index == request.index) {
            return Err(Fault::bad_request(format!("Network card {} is named twice.", request.index)));
        }
        let old = was.iter().find(|nic| nic.index == request.index);
        let mac = request.mac.as_deref().map(address).transpose()?;
        let request = NicRequest {
            mac: mac.or_else(|| old.map(|nic| nic.mac.clone())),
            adapter: Some(adapter(request.adapter.as_deref(), old)?),
            ..request.clone()
        };
        let new = asked_nic(tx, &request, networks)?;
        if old.is_some_and(|old| old.mac != new.mac || old.adapter != new.adapter) {
            machine.off_for("The kind and the hardware address of the network cards")?;
        }
        // An address of a pool stays with the card for as long as it stays on its network.
        let kept = old.filter(|old| new.mode == "POOL" && old.mode == "POOL" && old.network == new.network);
        nics.push(Nic { ip: new.ip.clone().or_else(|| kept.and_then(|old| old.ip.clone())), ..new });
    }
    nics.sort_by_key(|nic| nic.index);
    let first = was.first().map(|nic| nic.index);
    let there = |index: &i32| nics.iter().any(|nic| nic.index == *index);
    let primary = match asked.primary {
        Some(index) if !there(&index) && !nics.is_empty() => {
            return Err(Fault::bad_request(format!("The primary network card {index} is not among the cards.")));
        }
        Some(index) => Some(index),
        None => first.filter(there),
    };
    if let Some(at) = nics.iter().position(|nic| Some(nic.index) == primary) {
        let primary = nics.remove(at);
        nics.insert(0, primary);
    }
    if first.is_some() && nics.first().map(|nic| nic.index) != first {
        machine.off_for("The primary network card")?;
    }
    Ok(Hardware { nics, ..hardware })
}

/// A hardware address, as it is kept: in small letters, with colons.
fn address(text: &str) -> Result<String, Fault> {
    let kept = text.trim().to_ascii_lowercase().replace('-', ":");
    let bytes: Vec<_> = kept.split(':').collect();
    let pair = |byte: &&str| byte.len() == 2 && byte.bytes().all(|c| c.is_ascii_hexdigit());
    let single = bytes.first().and_then(|byte| u8::from_str_radix(byte, 16).ok()).is_some_and(|byte| byte & 1 == 0);
    if bytes.len() == 6 && bytes.iter().all(pair) && single {
        return Ok(kept);
    }
    Err(Fault::bad_request(format!("\"{}\" is no MACAddress that a network card can have.", excerpt(text))))
}

/// The kind of a card: as asked for, as it is, or the fastest.
fn adapter(asked: Option<&str>, old: Option<&Nic>) -> Result<String, Fault> {
    let Some(asked) = asked else { return Ok(old.map_or_else(|| "VMXNET3".to_owned(), |nic| nic.adapter.clone())) };
    if let Some(old) = old.filter(|nic| nic.adapter.eq_ignore_ascii_case(asked)) {
        return Ok(old.adapter.clone());
    }
    // vSphere's cards of other makes, which documents name and tables do not.
    let others = ["SRIOVETHERNETCARD", "PCNet32"];
    let known = CARDS.iter().map(|card| card.name).chain(others).find(|name| name.eq_ignore_ascii_case(asked));
    known.map(str::to_owned).ok_or_else(|| Fault::bad_request(format!("\"{}\" is no kind of network card.", excerpt(asked))))
}

/// Refuses hardware addresses that other cards have or may be given, or two of these.
pub(super) async fn check_macs(tx: &Tx<'_>, machine: &Res<Vm>, nics: &[Nic]) -> Result<(), Fault> {
    if let Some((_, nic)) = nics.iter().enumerate().find(|(at, nic)| nics[..*at].iter().any(|other| other.mac == nic.mac)) {
        return Err(Fault::bad_request(format!("Two network cards have the MACAddress {}.", nic.mac)));
    }
    let was = &machine.body().hardware.nics;
    let new: Vec<_> = nics.iter().map(|nic| nic.mac.as_str()).filter(|mac| was.iter().all(|nic| nic.mac != *mac)).collect();
    refuse_taken(tx, &new, machine.head().id).await
}
