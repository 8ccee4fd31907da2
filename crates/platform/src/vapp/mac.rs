//! Hardware addresses, and what vCenter calls machines. Invariant: no two network cards of the cloud have the same address, and no two machines
//! the same name in vCenter: both are made of numbers that are drawn once.

use std::collections::BTreeSet;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::vim_server::VimServer;
use vcdsim_model::family::vm::{Hardware, Nic};
use vcdsim_model::kind::Kind;
use vcdsim_store::{EntityFilter, Reader, Tx};

/// What the addresses that are set by hand begin with, in vSphere.
const PREFIX: &str = "00:50:56";
/// The first drawn address: those below are left to whoever sets them.
const FIRST: i64 = 0x02_0000;
/// The range above ends where vSphere's own begins.
const LAST: i64 = 0x3f_ffff;

/// A hardware address that no card has.
pub(crate) fn mac(tx: &mut Tx<'_>) -> String {
    written(tx.number())
}

fn written(number: i64) -> String {
    let [.., a, b, c] = (FIRST + (number - 1).rem_euclid(LAST - FIRST + 1)).to_be_bytes();
    format!("{PREFIX}:{a:02x}:{b:02x}:{c:02x}")
}

/// What vCenter calls a new machine.
pub(crate) fn moref(tx: &mut Tx<'_>) -> String {
    format!("vm-{}", 1_000 + tx.number())
}

/// Whether an address is one that has yet to be drawn.
fn is_to_come(tx: &Tx<'_>, mac: &str) -> bool {
    let rest = mac.strip_prefix(PREFIX).map(|rest| rest.replace(':', ""));
    let number = rest.and_then(|rest| i64::from_str_radix(&rest, 16).ok());
    number.is_some_and(|number| (FIRST..=LAST).contains(&number) && number - FIRST >= tx.last_number())
}

/// Gives each of these cards whose address another one has, or may be given, an address of its own. `except` is the machine whose cards they are, if it
/// is there already.
pub(crate) async fn settle(tx: &mut Tx<'_>, nics: &mut [Nic], except: Option<Uuid>) -> Result<(), Fault> {
    let mut taken = taken(&tx.read(), except).await?;
    for nic in nics {
        nic.mac = nic.mac.trim().to_lowercase();
        if is_to_come(tx, &nic.mac) || taken.contains(&nic.mac) {
            nic.mac = mac(tx);
        }
        taken.insert(nic.mac.clone());
    }
    Ok(())
}

/// Refuses addresses that another card has, or may be given later. `except` is the machine whose cards these are.
///
/// # Errors
/// 400 that names the address.
pub(crate) async fn refuse_taken(tx: &Tx<'_>, wanted: &[&str], except: Uuid) -> Result<(), Fault> {
    if wanted.is_empty() {
        return Ok(());
    }
    let taken = taken(&tx.read(), Some(except)).await?;
    match wanted.iter().find(|mac| is_to_come(tx, mac) || taken.contains(**mac)) {
        Some(mac) => Err(Fault::bad_request(format!("The MACAddress {mac} belongs, or may be given, to another network card."))),
        None => Ok(()),
    }
}

/// The addresses of all cards but those of one machine.
async fn taken(reader: &Reader<'_>, except: Option<Uuid>) -> Result<BTreeSet<String>, Fault> {
    let mut taken = BTreeSet::new();
    for kind in [Kind::Vm, Kind::TemplateVm, Kind::VimServer] {
        for entity in reader.list(EntityFilter::kind(kind)).await? {
            if Some(entity.head.id) != except {
                taken.extend(all(&entity).flat_map(|hardware| &hardware.nics).map(|nic| nic.mac.clone()));
            }
        }
    }
    Ok(taken)
}

/// The hardware of a machine, or of the machines that a server of vCenter has.
fn all(entity: &Entity) -> impl Iterator<Item = &Hardware> {
    let listed = entity.body::<VimServer>().into_iter().flat_map(|server| &server.vms).map(|vm| &vm.hardware);
    entity.hardware().into_iter().chain(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_drawn_from_a_range_of_their_own() {
        assert_eq!(written(1), "00:50:56:02:00:00");
        assert_eq!(written(LAST - FIRST + 1), "00:50:56:3f:ff:ff");
        assert_eq!(written(LAST - FIRST + 2), written(1));
    }
}
