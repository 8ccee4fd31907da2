//! Where rows come from. Invariant: what the columns of the database can decide of a filter is asked there; what comes back may hold more
//! than the filter lets through, never less; of other organizations it may hold only what access lets their users see.

use super::filter::{Operand, Predicate};
use super::record::{Group, Of, QueryType, Rows, Subject, Want, World};
use crate::{blocking_task, role};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Entity;
use vcdsim_model::family::vim_server::VimServer;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::task::TaskStatus;
use vcdsim_store::{EntityFilter, Reader, TaskFilter};

/// What is asked for: a type, and what its rows must fulfil.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) query_type: &'a QueryType,
    pub(super) predicate: Option<&'a Predicate>,
}

impl Asked<'_> {
    /// The operands one of which the attribute must equal.
    fn one_of(&self, attribute: &str) -> Option<Vec<&Operand>> {
        self.predicate?.one_of(self.query_type.number(attribute)?)
    }

    /// The ids one of which the attribute must refer to.
    fn ids(&self, attribute: &str) -> Option<Vec<Uuid>> {
        let ids = |operand: &&Operand| match operand {
            Operand::Id(id) => Some(vec![*id]),
            Operand::OneOf(ids) => Some(ids.iter().copied().collect()),
            _ => None,
        };
        self.one_of(attribute)?.iter().map(ids).collect::<Option<Vec<_>>>().map(|ids| ids.concat())
    }

    /// The one id that the attribute must refer to.
    fn id(&self, attribute: &str) -> Option<Uuid> {
        match self.ids(attribute)?.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    fn name(&self) -> Option<String> {
        match self.one_of("name")?.as_slice() {
            [Operand::Text(name)] => Some(name.clone()),
            _ => None,
        }
    }

    fn statuses(&self) -> Option<Vec<TaskStatus>> {
        let words = self.one_of("status")?;
        let word = |operand: &&Operand| match operand {
            Operand::Folded(word) => Some(word.clone()),
            _ => None,
        };
        let words: Vec<String> = words.iter().map(word).collect::<Option<_>>()?;
        Some(TaskStatus::ALL.iter().copied().filter(|status| words.contains(&status.name().to_lowercase())).collect())
    }
}

/// The subjects among which the rows are, in the order in which they were made.
pub(super) async fn candidates(reader: &Reader<'_>, caller: &Caller, asked: Asked<'_>) -> Result<Vec<Subject>, Fault> {
    match asked.query_type.rows {
        Rows::None => Ok(Vec::new()),
        Rows::Entities(kinds) => Ok(entities(reader, caller, asked, kinds).await?.into_iter().map(Subject::Entity).collect()),
        Rows::Tasks => tasks(reader, caller, asked).await,
        Rows::BlockingTasks => Ok(blocking_task::list(reader, caller).await?.into_iter().map(Subject::Blocking).collect()),
        Rows::Rights => Ok(role::rights(reader, caller).await?.into_iter().map(Subject::Right).collect()),
        Rows::Events => events(reader, caller).await,
        Rows::PortGroups => inventory(reader, |server| server.port_groups.len(), Subject::PortGroup).await,
        Rows::ResourcePools => inventory(reader, |server| server.resource_pools.len(), Subject::ResourcePool).await,
    }
}

async fn entities(reader: &Reader<'_>, caller: &Caller, asked: Asked<'_>, kinds: &[Kind]) -> Result<Vec<Arc<Entity>>, Fault> {
    let mut found = Vec::new();
    let ids = asked.ids("href").or_else(|| asked.ids("id"));
    for kind in kinds {
        match &ids {
            Some(ids) => {
                for id in BTreeSet::from_iter(ids) {
                    found.extend(reader.entity(Urn::new(*kind, *id)).await?);
                }
            }
            None => found.extend(reader.list(entity_filter(caller, asked, *kind)).await?),
        }
    }
    if kinds.len() > 1 || ids.is_some() {
        found.sort_by_key(|entity| entity.head.seq);
    }
    Ok(found)
}

fn entity_filter(caller: &Caller, asked: Asked<'_>, kind: Kind) -> EntityFilter {
    // Catalogs may be seen from other organizations, with what lies in them; access decides.
    let shared = matches!(kind, Kind::Org | Kind::Catalog | Kind::CatalogItem | Kind::VAppTemplate | Kind::TemplateVm | Kind::Media);
    let own = (!caller.is_system_admin() && !shared).then_some(caller.org);
    let parent = match kind.parent() {
        Some(Kind::Vdc) => asked.id("vdc"),
        Some(Kind::VApp | Kind::VAppTemplate) => asked.id("container"),
        Some(Kind::Catalog) => asked.id("catalog"),
        Some(Kind::ProviderVdc) => asked.id("providerVdc"),
        _ => None,
    };
    let org = own.or_else(|| asked.id("org")).map(Some);
    EntityFilter { org, parent, name: asked.name(), ..EntityFilter::kind(kind) }
}

async fn tasks(reader: &Reader<'_>, caller: &Caller, asked: Asked<'_>) -> Result<Vec<Subject>, Fault> {
    let own = (!caller.is_system_admin()).then_some(caller.org);
    if let Some(ids) = asked.ids("href").or_else(|| asked.ids("id")) {
        let mut found = Vec::new();
        for id in BTreeSet::from_iter(ids) {
            found.extend(reader.task(id).await?.filter(|task| own.is_none_or(|org| org == task.org)));
        }
        found.sort_by_key(|task| (task.start, task.id));
        return Ok(found.into_iter().map(Subject::Task).collect());
    }
    let filter =
        TaskFilter { org: own.or_else(|| asked.id("org")), owner: asked.id("object"), statuses: asked.statuses(), ..TaskFilter::default() };
    Ok(reader.tasks(filter).await?.into_iter().map(Subject::Task).collect())
}

async fn events(reader: &Reader<'_>, caller: &Caller) -> Result<Vec<Subject>, Fault> {
    let all = reader.events_after(0, u64::from(u32::MAX)).await?;
    let seen = all.into_iter().filter(|event| caller.is_system_admin() || event.what.org.urn.id == caller.org);
    Ok(seen.map(|event| Subject::Event(Arc::new(event))).collect())
}

async fn inventory(
    reader: &Reader<'_>,
    len: fn(&VimServer) -> usize,
    subject: fn(Arc<Entity>, usize) -> Subject,
) -> Result<Vec<Subject>, Fault> {
    let servers = reader.list(EntityFilter::kind(Kind::VimServer)).await?;
    let of = |server: Arc<Entity>| {
        let count = server.body::<VimServer>().map_or(0, len);
        (0..count).map(move |index| subject(Arc::clone(&server), index))
    };
    Ok(servers.into_iter().flat_map(of).collect())
}

/// Reads what rows want to know.
pub(super) async fn load(reader: &Reader<'_>, world: &mut World, wanted: BTreeSet<Want>) -> Result<(), Fault> {
    for want in wanted {
        match want {
            Want::Entity(urn) => world.put_entity(urn, reader.entity(urn).await?),
            Want::Task(id) => world.put_task(id, reader.task(id).await?),
            Want::Group(group @ Group(kind, of)) => {
                let filter = match of {
                    Of::Parent(parent) => EntityFilter::kind(kind).in_parent(parent),
                    Of::Org(org) => EntityFilter::kind(kind).in_org(org),
                    Of::Cloud => EntityFilter::kind(kind),
                };
                world.put_group(group, reader.list(filter).await?);
            }
        }
    }
    Ok(())
}
