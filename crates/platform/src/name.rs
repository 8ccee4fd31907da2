//! Names that objects are given. Invariant: no two objects of a kind in one place have the same, whatever the case of their letters.

use crate::vapp::check_name;
use vcdsim_model::Fault;
use vcdsim_model::entity::Head;
use vcdsim_store::{EntityFilter, Reader};

/// Refuses what is no name, and the name of another object of the kind that lies where this one does.
pub(crate) async fn check_new_name(reader: &Reader<'_>, of: &Head, name: &str) -> Result<(), Fault> {
    check_name(name)?;
    let all = reader.list(EntityFilter { org: Some(of.org), parent: of.parent, ..EntityFilter::kind(of.kind) }).await?;
    let twin = |other: &Head| other.id != of.id && other.name.to_lowercase() == name.to_lowercase();
    match all.iter().any(|other| twin(&other.head)) {
        true => Err(Fault::duplicate_name(name)),
        false => Ok(()),
    }
}
