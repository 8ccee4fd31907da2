//! What vSphere is told of machines besides, as keys and values. Invariant: a key is there with a value or not at all.

use std::collections::BTreeMap;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::fault::excerpt;
use vcdsim_model::right::Right;

/// How many there may be, and how long each may be; these are ours.
const MOST: usize = 256;
const LONGEST: usize = 4_096;

/// All of them with those that are sent, of which the ones without a value go.
pub(super) fn apply(mut was: BTreeMap<String, String>, sent: &[(String, String)]) -> Result<BTreeMap<String, String>, Fault> {
    for (key, value) in sent {
        let known = !key.is_empty() && key.chars().all(|c| c.is_ascii_graphic());
        if !known || key.len() > LONGEST || value.len() > LONGEST {
            return Err(Fault::bad_request(format!("\"{}\" cannot be a key of an ExtraConfig, or its value is too long.", excerpt(key))));
        }
        if value.is_empty() {
            was.remove(key);
        } else {
            was.insert(key.clone(), value.clone());
        }
    }
    if was.len() > MOST {
        return Err(Fault::bad_request(format!("A virtual machine cannot have more than {MOST} elements ExtraConfig.")));
    }
    Ok(was)
}

/// Whether the caller may make one of the other.
pub(super) fn may(caller: &Caller, was: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> bool {
    let changed = was.keys().chain(now.keys()).filter(|key| was.get(*key) != now.get(*key));
    caller.has(Right::VM_EXTRA_CONFIG) || changed.into_iter().all(|key| right(key).is_some_and(|right| caller.has(right)))
}

/// The right to a key, for those that have one of their own.
fn right(key: &str) -> Option<Right> {
    let card = key.strip_prefix("ethernet").and_then(|rest| rest.split_once('.'));
    match key {
        "sched.cpu.latencySensitivity" => Some(Right::VM_LATENCY_CONFIG),
        "numa.nodeAffinity" => Some(Right::VM_NUMA_CONFIG),
        _ if card.is_some_and(|(number, what)| number.parse::<u8>().is_ok() && what == "coalescingScheme") => {
            Some(Right::VM_COALESCING_CONFIG)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_has_no_value_goes_and_what_is_not_named_stays() {
        let was = pairs(&[("a", "1"), ("b", "2")]).into_iter().collect();
        let now = apply(was, &pairs(&[("a", ""), ("c", "3")])).unwrap();
        assert_eq!(now.into_iter().collect::<Vec<_>>(), pairs(&[("b", "2"), ("c", "3")]));
        assert!(apply(BTreeMap::new(), &pairs(&[("a b", "1")])).is_err());
    }

    #[test]
    fn some_keys_have_rights_of_their_own() {
        assert_eq!(right("ethernet0.coalescingScheme"), Some(Right::VM_COALESCING_CONFIG));
        assert_eq!(right("numa.nodeAffinity"), Some(Right::VM_NUMA_CONFIG));
        assert_eq!((right("ethernet.coalescingScheme"), right("guestinfo.x")), (None, None));
    }
}
