//! Answers a request: candidates, filter, access, order, page, rows; all but the last by the database where its columns can. Invariant: the
//! total counts exactly the rows that all pages together show.

use super::filter::{Columns, Operand, Operator, Predicate};
use super::kept::KeptRows;
use super::metadata;
use super::near::hint;
use super::page::{PageLink, Paging};
use super::push::{Question, readable};
use super::record::{Facts, Field, QueryType, Rows, Subject, TYPES, World};
use super::request::{Format, Request};
use super::source::{Asked, candidates, load, narrowed, pushed};
use super::value::{Value, compare};
use crate::access;
use crate::cloud::Cloud;
use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::id::Urn;
use vcdsim_model::metadata::MetaEntry;
use vcdsim_model::version::ApiVersion;
use vcdsim_store::Reader;

/// How often rows may want to know more: from a machine through vApp, VDC and provider VDC to vCenter it is five times.
const MAX_ROUNDS: usize = 16;

/// One row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its object; events and the inventory of vCenter servers have none.
    pub urn: Option<Urn>,
    /// The name of its object.
    pub name: String,
    /// Its attributes, in the order of the schema; those without a value are left out.
    pub values: Vec<(&'static str, Value)>,
    /// Its metadata, as far as the request names it.
    pub metadata: Vec<MetaEntry>,
    /// What was drawn of it, when it is kept.
    pub drawn: Option<Drawn>,
}

/// What was first drawn of a kept row, with the words that say for whom; for others it is drawn anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn(OnceLock<(String, Arc<str>)>);

impl Drawn {
    /// The text for those whom `key` tells from others.
    pub fn get(&self, key: &str, draw: impl Fn() -> Arc<str>) -> Arc<str> {
        let (known, text) = self.0.get_or_init(|| (key.to_owned(), draw()));
        if known == key { Arc::clone(text) } else { draw() }
    }
}

/// One page of an answer.
#[derive(Debug, Clone)]
pub struct Page {
    /// What was asked for.
    pub query_type: &'static QueryType,
    /// How rows are shown.
    pub format: Format,
    /// Which part it is.
    pub paging: Paging,
    /// How many rows all pages together have.
    pub total: usize,
    /// Its rows.
    pub rows: Vec<Arc<Row>>,
    /// How they were found.
    pub way: Way,
}

impl Page {
    /// The links to other pages.
    #[must_use]
    pub fn links(&self) -> Vec<PageLink> {
        self.paging.links(self.total)
    }
}

/// An object to which a packaged query is bound: the attribute that must refer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Within {
    /// The attribute.
    pub attribute: &'static str,
    /// The object; the caller must be able to see it.
    pub object: Urn,
}

/// How a question is answered; the answer is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By the database, where its columns can decide and sort.
    Columns,
    /// In process, out of all objects: what the other way is held to.
    Process,
}

/// The query types that the caller may use in this version.
pub fn types(caller: &Caller, version: ApiVersion) -> impl Iterator<Item = &'static QueryType> {
    TYPES.iter().filter(move |known| known.since <= version && known.audience.includes(caller))
}

/// The query type with this name, if the caller may use it.
///
/// # Errors
/// 400 when there is no such type, 403 when it is not for the caller.
pub fn admit(caller: &Caller, name: &str, version: ApiVersion) -> Result<&'static QueryType, Fault> {
    let shown: String = name.chars().take(64).collect();
    let known = types(caller, version).map(|known| known.name);
    let unknown = || Fault::bad_request(format!("There is no query type `{shown}` in API version {version}{}.", hint(&shown, known)));
    let found = QueryType::find(name, version).ok_or_else(unknown)?;
    if found.audience.includes(caller) { Ok(found) } else { Err(Fault::denied()) }
}

/// Answers a request for rows of a type that [`admit`] gave.
///
/// # Errors
/// 400 for a filter, sort key or format that the type cannot have, 403 when `within` cannot be seen.
pub async fn run(
    cloud: &Cloud,
    caller: &Caller,
    query_type: &'static QueryType,
    within: Option<Within>,
    request: &Request,
    version: ApiVersion,
) -> Result<Page, Fault> {
    run_by(Way::Columns, cloud, caller, query_type, within, request, version).await
}

/// [`run`], one way or the other.
///
/// # Errors
/// As [`run`].
pub async fn run_by(
    way: Way,
    cloud: &Cloud,
    caller: &Caller,
    query_type: &'static QueryType,
    within: Option<Within>,
    request: &Request,
    version: ApiVersion,
) -> Result<Page, Fault> {
    let (reader, kept) = (&cloud.read(), cloud.rows());
    let format = format(query_type, request)?;
    if let Some(within) = within {
        access::visible(reader, caller, within.object).await?;
    }
    let predicate = predicate(query_type, within, request, version)?;
    let noted = metadata::Asked::of(predicate.as_ref(), request.fields.as_deref())?;
    let predicate = noted.resolved(reader, caller, predicate, query_type.number("href")).await?;
    let query = Query { query_type, version, predicate, order: order(query_type, request, version)? };
    let mut world = World::default();
    let paging = request.paging;
    let (shown, total, way) = query.shown(reader, caller, &mut world, paging, way).await?;
    let shown = shown.as_slice();
    let fields = fields(query_type, request, version);
    surroundings(reader, &mut world, shown).await?;
    let whole = request.fields.is_none().then_some((&*kept, query_type, version));
    let mut rows = Vec::with_capacity(shown.len());
    for subject in shown {
        rows.push(row(reader, &mut world, subject, &fields, version, whole).await?);
    }
    noted.put_into(reader, caller, &mut rows).await?;
    Ok(Page { query_type, format, paging, total, rows, way })
}

/// What was asked, checked.
struct Query {
    query_type: &'static QueryType,
    version: ApiVersion,
    predicate: Option<Predicate>,
    /// The columns to sort by, and whether downwards.
    order: Vec<(usize, bool)>,
}

impl Query {
    /// The subjects of a page, how many all pages have, and how they were found.
    async fn shown(
        &self,
        reader: &Reader<'_>,
        caller: &Caller,
        world: &mut World,
        paging: Paging,
        way: Way,
    ) -> Result<(Vec<Subject>, usize, Way), Fault> {
        let (query_type, predicate) = (self.query_type, self.predicate.as_ref());
        let question = Question { query_type, predicate, order: &self.order, paging, version: self.version };
        if way == Way::Columns
            && let Some((subjects, total)) = pushed(reader, caller, question).await?
        {
            return Ok((subjects, total, Way::Columns));
        }
        let few = if way == Way::Columns { narrowed(reader, caller, question).await? } else { None };
        let subjects = match few {
            Some(few) => few,
            None => candidates(reader, caller, Asked { query_type, predicate }).await?,
        };
        let subjects = self.filtered(reader, world, subjects).await?;
        let subjects = visible(reader, caller, subjects).await?;
        let mut subjects = self.sorted(reader, world, subjects).await?;
        let total = subjects.len();
        Ok((subjects.drain(paging.range(total)).collect(), total, Way::Process))
    }

    fn value(&self, column: usize, subject: &Subject, world: &World) -> Option<Value> {
        self.query_type.field(column)?.value(&Facts { subject, world }, self.version)
    }

    async fn filtered(&self, reader: &Reader<'_>, world: &mut World, subjects: Vec<Subject>) -> Result<Vec<Subject>, Fault> {
        let Some(predicate) = &self.predicate else { return Ok(subjects) };
        let decide = |subject: &Subject, world: &World| predicate.matches(&|column| self.value(column, subject, world));
        let kept = each(reader, world, &subjects, decide).await?;
        Ok(subjects.into_iter().zip(kept).filter_map(|(subject, kept)| kept.then_some(subject)).collect())
    }

    async fn sorted(&self, reader: &Reader<'_>, world: &mut World, mut subjects: Vec<Subject>) -> Result<Vec<Subject>, Fault> {
        let Some((_, descending)) = self.order.first() else { return Ok(subjects) };
        // Downwards is the reverse of upwards also for what is equal: an index is read backwards.
        if *descending {
            subjects.reverse();
        }
        let key = |subject: &Subject, world: &World| -> Vec<Option<Value>> {
            self.order.iter().map(|(column, _)| self.value(*column, subject, world)).collect()
        };
        let keys = each(reader, world, &subjects, key).await?;
        let mut keyed: Vec<_> = keys.into_iter().zip(subjects).collect();
        // Stable, so that equal rows keep that order and pages do not overlap.
        keyed.sort_by(|(a, _), (b, _)| self.compare(a, b));
        Ok(keyed.into_iter().map(|(_, subject)| subject).collect())
    }

    fn compare(&self, a: &[Option<Value>], b: &[Option<Value>]) -> Ordering {
        let each = self.order.iter().zip(a.iter().zip(b)).map(|((_, descending), (a, b))| {
            let order = compare(a.as_ref(), b.as_ref());
            if *descending { order.reverse() } else { order }
        });
        each.fold(Ordering::Equal, Ordering::then)
    }
}

/// Computes something of each subject, with what is known, until nothing more is wanted: what one wanted, the next ones find.
async fn each<T>(
    reader: &Reader<'_>,
    world: &mut World,
    subjects: &[Subject],
    compute: impl Fn(&Subject, &World) -> T,
) -> Result<Vec<T>, Fault> {
    let mut all = Vec::with_capacity(subjects.len());
    for subject in subjects {
        all.push(one(reader, world, subject, &compute).await?);
    }
    Ok(all)
}

async fn one<T>(reader: &Reader<'_>, world: &mut World, subject: &Subject, compute: impl Fn(&Subject, &World) -> T) -> Result<T, Fault> {
    for _ in 0..MAX_ROUNDS {
        let result = compute(subject, world);
        let wanted = world.take_wanted();
        if wanted.is_empty() {
            return Ok(result);
        }
        load(reader, world, wanted).await?;
    }
    tracing::error!("the attributes of a query type never stop wanting");
    Err(Fault::internal())
}

/// Reads what the objects lie in, up to the top, before they are asked for it one by one.
async fn surroundings(reader: &Reader<'_>, world: &mut World, subjects: &[Subject]) -> Result<(), Fault> {
    for subject in subjects {
        let Subject::Entity(entity) = subject else { continue };
        let mut inner = Arc::clone(entity);
        while let Some(outer) = inner.head.kind.parent().zip(inner.head.parent).map(|(kind, id)| Urn::new(kind, id)) {
            if world.knows(outer) {
                break;
            }
            let found = reader.entity(outer).await?;
            world.put_entity(outer, found.clone());
            match found {
                Some(found) => inner = found,
                None => break,
            }
        }
    }
    Ok(())
}

/// Leaves out objects that the caller may not know of, and their parts; tasks, events and rights were asked for within its bounds.
async fn visible(reader: &Reader<'_>, caller: &Caller, subjects: Vec<Subject>) -> Result<Vec<Subject>, Fault> {
    if caller.is_system_admin() {
        return Ok(subjects);
    }
    let mut seen = Vec::with_capacity(subjects.len());
    for subject in subjects {
        // Parts are seen by those who see the whole.
        let object = match &subject {
            Subject::Entity(entity) => Some(entity),
            Subject::Part(part) => Some(&part.whole),
            _ => None,
        };
        let shown = match object {
            Some(entity) => readable(entity.head.kind, caller) && access::access(reader, caller, entity).await?.is_some(),
            None => true,
        };
        if shown {
            seen.push(subject);
        }
    }
    Ok(seen)
}

fn format(query_type: &QueryType, request: &Request) -> Result<Format, Fault> {
    let format = request.format.unwrap_or(Format::Records);
    if format == Format::References && query_type.references.is_none() {
        return Err(Fault::bad_request(format!("The query type {} has the formats records and idrecords only.", query_type.name)));
    }
    Ok(format)
}

fn predicate(query_type: &QueryType, within: Option<Within>, request: &Request, version: ApiVersion) -> Result<Option<Predicate>, Fault> {
    let filter = request.parsed_filter(version)?;
    if query_type.rows == Rows::None {
        return Ok(None);
    }
    let asked = filter.map(|filter| filter.bind(&query_type.columns(version), version)).transpose()?;
    let bound = within.and_then(|within| {
        let column = query_type.number(within.attribute)?;
        Some(Predicate::Test(column, Operator::Equal, Operand::Id(within.object.id)))
    });
    let parts: Vec<_> = bound.into_iter().chain(asked).collect();
    Ok((!parts.is_empty()).then_some(Predicate::All(parts)))
}

fn order(query_type: &QueryType, request: &Request, version: ApiVersion) -> Result<Vec<(usize, bool)>, Fault> {
    if query_type.rows == Rows::None {
        return Ok(Vec::new());
    }
    let columns = query_type.columns(version);
    let number = |name: &str| {
        let shown: String = name.chars().take(64).collect();
        let message = || format!("The query type {} has no attribute `{shown}` to sort by{}.", query_type.name, columns.hint(&shown));
        let unknown = || Fault::bad_request(message());
        columns.column(name).map(|(column, _)| column).ok_or_else(unknown)
    };
    let mut order: Vec<(usize, bool)> = Vec::new();
    for sort in &request.sort {
        let column = number(&sort.attribute)?;
        // The same key again changes nothing, and costs a value of every row.
        if !order.iter().any(|(known, _)| *known == column) {
            order.push((column, sort.descending));
        }
    }
    Ok(order)
}

/// The attributes to show. Clients that want metadata list every attribute they know of, so unknown ones are passed over; a list without
/// any known attribute asks for all.
fn fields(query_type: &QueryType, request: &Request, version: ApiVersion) -> Vec<&'static Field> {
    let known = query_type.fields.iter().filter(|field| field.since <= version);
    let chosen = |name: &str| request.fields.as_ref().is_some_and(|names| names.iter().any(|chosen| chosen == name));
    let some: Vec<_> = known.clone().filter(|field| chosen(field.name)).collect();
    if some.is_empty() || chosen("*") { known.collect() } else { some }
}

/// One row; a whole one is looked for among those that were computed before, and kept.
async fn row(
    reader: &Reader<'_>,
    world: &mut World,
    subject: &Subject,
    fields: &[&'static Field],
    version: ApiVersion,
    whole: Option<(&KeptRows, &'static QueryType, ApiVersion)>,
) -> Result<Arc<Row>, Fault> {
    let compute = |subject: &Subject, world: &World| {
        let facts = Facts { subject, world };
        let values = fields.iter().filter_map(|field| Some((field.name, field.value(&facts, version)?))).collect();
        Row { urn: facts.urn(), name: facts.name().unwrap_or_default(), values, metadata: Vec::new(), drawn: None }
    };
    let (Some((rows, query_type, version)), Subject::Entity(entity)) = (whole, subject) else {
        return one(reader, world, subject, compute).await.map(Arc::new);
    };
    if let Some(row) = rows.find(reader, world, (query_type, version), entity).await? {
        return Ok(row);
    }
    world.watch();
    let row = one(reader, world, subject, compute).await?;
    let Some(sources) = world.take_sources() else { return Ok(Arc::new(row)) };
    let row = Arc::new(Row { drawn: Some(Drawn::default()), ..row });
    rows.keep((query_type, version), entity, &row, sources);
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_named_again_does_not_count() {
        let request = Request::read(&format!("sortDesc=name&sortAsc={}", "name,status,".repeat(10_000))).unwrap();
        let query_type = QueryType::find("vApp", ApiVersion::V5_5).unwrap();
        let order = order(query_type, &request, ApiVersion::V5_5).unwrap();
        assert_eq!(order.iter().map(|(_, descending)| *descending).collect::<Vec<_>>(), [true, false]);
    }
}
