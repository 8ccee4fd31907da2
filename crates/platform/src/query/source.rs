//! Where rows come from. Invariant: what the columns of the database can decide of a filter is asked there; what comes back may hold more
//! than the filter lets through, never less; of other organizations it may hold only what access lets their users see.

use super::filter::{Operand, Predicate};
use super::push::{MOST_NARROWED, Question, Sight, is_shared, sight};
use super::record::{Group, Of, Parts, QueryType, Rows, Subject, Want, World};
use crate::{access, blocking_task, role};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Entity;
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
        Rows::Parts(sort) => parts(reader, caller, asked, sort).await,
        Rows::Cell => Ok(vec![Subject::Cell]),
    }
}

/// The subjects of a page and how many all pages have, when the columns of the database can say so.
pub(super) async fn pushed(reader: &Reader<'_>, caller: &Caller, question: Question<'_>) -> Result<Option<(Vec<Subject>, usize)>, Fault> {
    // A few rows by their ids need no page.
    let asked = Asked { query_type: question.query_type, predicate: question.predicate };
    if asked.ids("href").or_else(|| asked.ids("id")).is_some() {
        return Ok(None);
    }
    let number = |total: u64| usize::try_from(total).unwrap_or(usize::MAX);
    let kinds = match question.query_type.rows {
        Rows::Entities(kinds) => kinds,
        Rows::Tasks => {
            let Some(page) = question.task_page(caller) else { return Ok(None) };
            let (found, total) = reader.task_page(&page).await?;
            return Ok(Some((found.into_iter().map(Subject::Task).collect(), number(total))));
        }
        _ => return Ok(None),
    };
    let mut sights = Vec::new();
    for kind in kinds {
        sights.push(sight_of(reader, caller, *kind).await?);
    }
    let Some(page) = question.page(caller, kinds, &sights) else { return Ok(None) };
    let found = reader.page(&page).await?;
    Ok(Some((found.rows.iter().cloned().map(Subject::Entity).collect(), number(found.total))))
}

/// The candidates to which columns narrow a question that they cannot answer, if those are few.
pub(super) async fn narrowed(reader: &Reader<'_>, caller: &Caller, question: Question<'_>) -> Result<Option<Vec<Subject>>, Fault> {
    let asked = Asked { query_type: question.query_type, predicate: question.predicate };
    let Rows::Entities(kinds) = question.query_type.rows else { return Ok(None) };
    if asked.ids("href").or_else(|| asked.ids("id")).is_some() {
        return Ok(None);
    }
    let Some(page) = question.narrowed(caller, kinds) else { return Ok(None) };
    let found = reader.page(&page).await?;
    Ok((found.total <= MOST_NARROWED).then(|| found.rows.iter().cloned().map(Subject::Entity).collect()))
}

/// How far the caller sees among the objects of a kind, as catalogs are shared now.
async fn sight_of(reader: &Reader<'_>, caller: &Caller, kind: Kind) -> Result<Sight, Fault> {
    match sight(caller, kind) {
        Sight::Catalogs if sees_foreign_catalogs(reader, caller).await? => Ok(Sight::Other),
        Sight::Catalogs => Ok(Sight::Organization),
        sight => Ok(sight),
    }
}

/// What the database goes by when it decides which objects of a kind the caller sees: all, with `Some(None)`, or those of this organization.
/// `None` when access has to be asked for each. For tests, which compare the two.
///
/// # Errors
/// Only a defect of the store.
pub async fn decided_by(reader: &Reader<'_>, caller: &Caller, kind: Kind) -> Result<Option<Option<Uuid>>, Fault> {
    Ok(match sight_of(reader, caller, kind).await? {
        Sight::All => Some(None),
        Sight::Organization => Some(Some(caller.org)),
        Sight::Catalogs | Sight::Other => None,
    })
}

/// Whether other organizations let the caller see one of their catalogs.
async fn sees_foreign_catalogs(reader: &Reader<'_>, caller: &Caller) -> Result<bool, Fault> {
    for catalog in reader.list(EntityFilter::kind(Kind::Catalog)).await? {
        if catalog.head.org != Some(caller.org) && access::access(reader, caller, &catalog).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
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
    let own = (!caller.is_system_admin() && !is_shared(kind)).then_some(caller.org);
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

/// The parts of objects; what a filter says of names and ids is said of them, not of the objects.
async fn parts(reader: &Reader<'_>, caller: &Caller, asked: Asked<'_>, sort: &Parts) -> Result<Vec<Subject>, Fault> {
    let filter = EntityFilter { name: None, ..entity_filter(caller, asked, sort.kind) };
    let beside = match sort.beside {
        Some(kind) => reader.list(EntityFilter::kind(kind)).await?,
        None => Vec::new(),
    };
    let wholes = reader.list(filter).await?;
    let of = |whole| sort.of(whole, &beside).into_iter().map(|part| Subject::Part(Arc::new(part)));
    Ok(wholes.iter().flat_map(of).collect())
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
