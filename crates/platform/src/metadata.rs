//! Metadata, of whatever has it: reading it, and the one operation that changes it. Invariant: changing metadata holds nothing, so it goes on
//! beside whatever else happens to the object, and each change is merged with what is there when it is made.

use crate::access;
use crate::graph::{Depth, Graph};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::id::Urn;
use vcdsim_model::metadata::bearer::Bearer;
use vcdsim_model::metadata::{Domain, MetaEntry, MetaKey, Written, check_limits, may_write, no_entry};
use vcdsim_model::{Fault, operation};
use vcdsim_store::Reader;
use vcdsim_task_engine::{ONE_PHASE, Operation, Phase, Prepare, Run, Subject};

/// An object, without what lies in it, and what the caller sees of its metadata, when it may do `action` to it.
///
/// # Errors
/// The fault of [`Action::admit`].
pub async fn read(reader: &Reader<'_>, caller: &Caller, action: &Action, id: Uuid) -> Result<(Graph, Vec<MetaEntry>), Fault> {
    let graph = Graph::visible(reader, caller, Urn::new(action.kind, id), Depth::Head).await?;
    action.admit(&graph.entity, caller, Some(graph.access))?;
    let mut entries = reader.metadata(id).await?;
    entries.retain(|entry| entry.is_shown_to(caller));
    Ok((graph, entries))
}

/// What is done to the metadata of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MetadataChange {
    /// Entries are merged with those that are there.
    Merge(Vec<Written>),
    /// One entry is written.
    Put(Written),
    /// One entry is removed.
    Remove(MetaKey),
}

impl MetadataChange {
    fn written(&self) -> &[Written] {
        match self {
            Self::Merge(written) => written,
            Self::Put(written) => std::slice::from_ref(written),
            Self::Remove(_) => &[],
        }
    }

    fn domains(&self) -> impl Iterator<Item = Domain> {
        let removed = match self {
            Self::Remove(name) => Some(name.domain),
            _ => None,
        };
        self.written().iter().map(|written| written.name.domain).chain(removed)
    }

    /// What an object will have that has `entries`.
    fn applied(&self, entries: Vec<MetaEntry>) -> BTreeMap<MetaKey, MetaEntry> {
        let mut all: BTreeMap<_, _> = entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect();
        for written in self.written() {
            let entry = written.over(all.get(&written.name));
            all.insert(written.name.clone(), entry);
        }
        if let Self::Remove(name) = self {
            all.remove(name);
        }
        all
    }
}

/// `metadataUpdate`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateMetadata {
    /// The object.
    pub target: Urn,
    /// What is done.
    pub change: MetadataChange,
}

impl Operation for UpdateMetadata {
    const NAMES: &'static [operation::Operation] = &[operation::Operation::MetadataUpdate];
    const PHASES: &'static [Phase] = ONE_PHASE;

    async fn prepare(&self, cx: &mut Prepare<'_, '_>) -> Result<Subject, Fault> {
        let caller = cx.caller.ok_or_else(Fault::internal)?;
        let reader = cx.tx.read();
        let (entity, level) = access::visible(&reader, caller, self.target).await?;
        self.action()?.admit(&entity, caller, Some(level))?;
        self.change.domains().try_for_each(|domain| may_write(caller, domain))?;
        if let MetadataChange::Remove(name) = &self.change {
            reader.metadatum(self.target.id, name).await?.ok_or_else(|| no_entry(name))?;
        }
        check_limits(self.change.applied(reader.metadata(self.target.id).await?).values())?;
        // The texts of recorded tasks name nobody (reference 5.4).
        Ok(Subject { owner: self.target, name: String::new() })
    }

    async fn run(&self, _phase: usize, cx: &mut Run<'_, '_>) -> Result<(), Fault> {
        let reader = cx.tx.read();
        if reader.entity(self.target).await?.is_none() {
            return Err(Fault::no_access(self.target));
        }
        let all = self.change.applied(reader.metadata(self.target.id).await?);
        check_limits(all.values())?;
        for written in self.change.written() {
            if let Some(entry) = all.get(&written.name) {
                cx.tx.put_metadata(self.target.id, entry.clone()).await?;
            }
        }
        match &self.change {
            MetadataChange::Remove(name) => cx.tx.delete_metadata(self.target.id, name).await,
            _ => Ok(()),
        }
    }
}

impl UpdateMetadata {
    fn action(&self) -> Result<&'static Action, Fault> {
        let bearer = Bearer::of(self.target.kind).ok_or_else(Fault::internal)?;
        Ok(match &self.change {
            MetadataChange::Merge(_) => &bearer.add,
            MetadataChange::Put(_) => &bearer.edit,
            MetadataChange::Remove(_) => &bearer.remove,
        })
    }
}
