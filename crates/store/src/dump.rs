//! The whole database as text, for tests: as readers see it, and as SQL has it. Invariant: no table is left out. `each_row!` names all that
//! have rows of their own, and a test compares the names with those of the database.

use crate::changes::each_row;
use crate::error::StoreError;
use crate::page::PageOf;
use crate::row::{Model, Row};
use crate::shared::Shared;
use crate::store::{Store, last_event};
use crate::table::meta::Counters;
use sea_orm::{EntityTrait, QueryOrder};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vcdsim_model::Fault;
use vcdsim_model::entity::Entity;

/// The table of counters, which has no rows that anybody reads.
pub(crate) const META: &str = "meta";

/// Key and content of each row, in the order of lists.
type Rows = Vec<(String, String)>;

/// All rows of all tables. Two dumps are equal when the databases hold the same. It may hold secrets: it is for tests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dump(BTreeMap<&'static str, Rows>);

impl Dump {
    /// The tables.
    pub fn tables(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// The rows of a table, in the order of lists.
    pub fn rows(&self, table: &str) -> impl Iterator<Item = &str> {
        self.0.get(table).into_iter().flatten().map(|(_, row)| row.as_str())
    }

    /// What `other` has differently, a line for each row; empty when they are equal.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let names: BTreeSet<_> = self.tables().chain(other.tables()).collect();
        let rows = |dump: &Self, name| dump.0.get(name).cloned().unwrap_or_default();
        names.into_iter().flat_map(|name| differences(name, &rows(self, name), &rows(other, name))).collect()
    }
}

fn differences(table: &str, one: &Rows, other: &Rows) -> Vec<String> {
    if one == other {
        return Vec::new();
    }
    let by_key = |rows: &Rows| rows.iter().cloned().collect::<BTreeMap<_, _>>();
    let (left, right) = (by_key(one), by_key(other));
    let keys: BTreeSet<_> = left.keys().chain(right.keys()).collect();
    let mut found = Vec::new();
    for key in keys {
        match (left.get(key), right.get(key)) {
            (Some(row), None) => found.push(format!("{table} {key}: only here: {row}")),
            (None, Some(row)) => found.push(format!("{table} {key}: only there: {row}")),
            (Some(here), Some(there)) if here != there => found.push(format!("{table} {key}:\n  here  {here}\n  there {there}")),
            _ => {}
        }
    }
    if found.is_empty() {
        found.push(format!("{table}: the same rows in another order"));
    }
    found
}

impl Store {
    /// All rows as readers see them: from the mirrors and the cache where these have them. For tests, while nothing is written.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn dump(&self) -> Result<Dump, Fault> {
        let shared = &*self.0.shared;
        let mut dump = counters(shared).await?;
        each_row!(R => { dump.0.insert(R::TABLE, seen::<R>(shared).await?); });
        Ok(dump)
    }

    /// What readers see that SQL says otherwise, a line for each row: nothing, unless the cache, a mirror or a remembered list is wrong, or
    /// a row is not read back as it was written. For tests, while nothing is written.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn incoherences(&self) -> Result<Vec<String>, Fault> {
        let shared = &*self.0.shared;
        let mut found = Vec::new();
        each_row!(R => {
            let stored: Rows = models::<R>(shared).await?.into_iter().map(described::<R>).collect::<Result<_, _>>()?;
            found.extend(differences(R::TABLE, &seen::<R>(shared).await?, &stored));
            found.extend(leftovers::<R>(shared).await?);
        });
        let objects: Vec<Entity> = models::<Entity>(shared).await?.into_iter().map(Entity::decode).collect::<Result<_, _>>()?;
        for (filter, rows) in shared.cache.lists.remembered() {
            if !rows.iter().map(|row| &**row).eq(objects.iter().filter(|object| filter.keeps(object))) {
                found.push(format!("the list {filter:?} is remembered otherwise"));
            }
        }
        found.extend(misremembered(shared, &objects));
        let last = last_event(&shared.reader_db).await?;
        if last != self.last_event() {
            found.push(format!("the last event is said to be {}, but is {last}", self.last_event()));
        }
        Ok(found)
    }
}

/// Pages and totals that would be answered now and are not what all objects give.
fn misremembered(shared: &Shared, objects: &[Entity]) -> Vec<String> {
    let parents: BTreeMap<_, _> = objects.iter().map(|object| (object.head.id, object.head.parent)).collect();
    let all: Vec<_> = objects.iter().map(|object| Arc::new(object.clone())).collect();
    let cut =
        |of: &PageOf| of.cut(all.iter().map(|object| (object, object.head.parent.and_then(|id| parents.get(&id).copied().flatten()))));
    let answers = &shared.cache.answers;
    let stands = |of: &PageOf, ticket| shared.cache.lists.admit(&of.depends_on(), ticket);
    let pages = answers.pages.iter().filter(|(of, kept)| stands(of, kept.ticket) && cut(of) != kept.answer);
    let totals = answers.totals.iter().filter(|(of, kept)| stands(of, kept.ticket) && cut(of).total != kept.answer);
    let pages = pages.map(|(of, _)| format!("the page {of:?} is remembered otherwise"));
    pages.chain(totals.map(|(of, _)| format!("the total of {of:?} is remembered otherwise"))).collect()
}

async fn counters(shared: &Shared) -> Result<Dump, StoreError> {
    let counters = Counters::load(&shared.reader_db).await?;
    Ok(Dump(BTreeMap::from([(META, vec![(META.to_owned(), format!("{counters:?}"))])])))
}

/// What SQL has, in the order of lists; nothing of it is kept in the cache.
async fn models<R: Row>(shared: &Shared) -> Result<Vec<Model<R>>, StoreError> {
    let mut query = R::Orm::find();
    for column in R::order_columns() {
        query = query.order_by_asc(column);
    }
    Ok(query.all(&shared.reader_db).await?)
}

/// What readers are answered.
async fn seen<R: Row>(shared: &Shared) -> Result<Rows, StoreError> {
    if let Some(mirror) = R::mirror(&shared.mirrors) {
        return mirror.all().iter().map(|row| text::<R>(row)).collect();
    }
    let mut rows = Vec::new();
    for model in models::<R>(shared).await? {
        let row = R::decode(model)?;
        let cached = R::cache_id(&row.key()).and_then(|id| shared.cache.get::<R>(id));
        rows.push(text::<R>(&cached.unwrap_or_else(|| Arc::new(row)))?);
    }
    Ok(rows)
}

/// Rows that the cache has and SQL has not.
async fn leftovers<R: Row>(shared: &Shared) -> Result<Vec<String>, StoreError> {
    let mut ids = shared.cache.ids::<R>();
    if !ids.is_empty() {
        for model in models::<R>(shared).await? {
            ids.remove(&R::cache_id(&R::decode(model)?.key()).unwrap_or_default());
        }
    }
    Ok(ids.into_iter().map(|id| format!("{} {id}: only in the cache", R::TABLE)).collect())
}

fn text<R: Row>(row: &R) -> Result<(String, String), StoreError> {
    Ok((format!("{:?}", row.key()), format!("{:?}", row.encode()?)))
}

fn described<R: Row>(model: Model<R>) -> Result<(String, String), StoreError> {
    let text = format!("{model:?}");
    Ok((format!("{:?}", R::decode(model)?.key()), text))
}
