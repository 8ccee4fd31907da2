//! Reads of pages. Invariant: rows and total of a page are those of one commit.

use crate::answers::Given;
use crate::cache::Ticket;
use crate::clause::Sql;
use crate::error::StoreError;
use crate::filter::{EntityFilter, TaskFilter, TaskPageOf};
use crate::page::{Along, Page, PageOf};
use crate::reader::Reader;
use crate::table::{object, task};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, Statement, TransactionTrait};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::entity::Entity;
use vcdsim_model::kind::Kind;
use vcdsim_model::task::Task;

/// How many rows are found and sorted without asking whether another way would be shorter.
const FEW: u64 = 500;
/// How many ids one statement asks for.
const AT_ONCE: usize = 10_000;

impl Reader<'_> {
    /// A page of objects. What it costs depends on the page: the other objects are neither read nor decoded, and how many there are is
    /// counted once per commit that touches them. In a command, whose own changes count too, all of the kind are read.
    ///
    /// # Errors
    /// `INTERNAL_SERVER_ERROR` when the database fails.
    pub async fn page(&self, of: &PageOf) -> Result<Page, Fault> {
        if self.layers.is_some() {
            return self.page_in_memory(of).await;
        }
        match self.remembered(of) {
            Some(page) => Ok(page),
            None => Ok(self.page_in_sql(of).await?),
        }
    }

    /// The same page out of all objects of its kinds.
    ///
    /// # Errors
    /// As [`Reader::page`].
    pub async fn page_in_memory(&self, of: &PageOf) -> Result<Page, Fault> {
        let mut all = Vec::new();
        for kind in &of.kinds {
            for entity in self.list(EntityFilter::kind(*kind)).await? {
                let place = match entity.head.parent.filter(|_| of.clause.asks_place()) {
                    Some(parent) => self.object(parent).await?.and_then(|parent| parent.head.parent),
                    None => None,
                };
                all.push((entity, place));
            }
        }
        Ok(of.cut(all.iter().map(|(entity, place)| (entity, *place))))
    }

    /// A page of tasks, ordered by start, then id, and how many there are on all pages. What it costs depends on the page, as of objects.
    ///
    /// # Errors
    /// As [`Reader::page`].
    pub async fn task_page(&self, of: &TaskPageOf) -> Result<(Vec<Arc<Task>>, u64), Fault> {
        if self.layers.is_some() {
            return self.tasks_in_memory(of).await;
        }
        Ok(self.tasks_in_sql(of).await?)
    }

    async fn tasks_in_memory(&self, of: &TaskPageOf) -> Result<(Vec<Arc<Task>>, u64), Fault> {
        let mut all = self.tasks(TaskFilter { limit: None, ..of.filter.clone() }).await?;
        if of.newest {
            all.reverse();
        }
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let total = all.len() as u64;
        Ok((all.into_iter().skip(number(of.offset)).take(number(of.limit)).collect(), total))
    }

    async fn tasks_in_sql(&self, of: &TaskPageOf) -> Result<(Vec<Arc<Task>>, u64), StoreError> {
        let snapshot = Snapshot { reader: self, ticket: self.shared.cache.ticket(), tx: self.db().begin().await? };
        let models = of.select().all(&snapshot.tx).await?;
        let rows = models.into_iter().map(|model| self.decoded(model, snapshot.ticket)).collect::<Result<Vec<_>, _>>()?;
        let total = snapshot.total_of_tasks(&of.filter).await?;
        snapshot.tx.commit().await?;
        Ok((rows, total))
    }

    fn remembered(&self, of: &PageOf) -> Option<Page> {
        let cache = &self.shared.cache;
        let kept = cache.answers.pages.get(of)?;
        cache.lists.admit(&of.depends_on(), kept.ticket).then_some(kept.answer)
    }

    async fn page_in_sql(&self, of: &PageOf) -> Result<Page, StoreError> {
        let cache = &self.shared.cache;
        let ticket = cache.ticket();
        let kinds = of.depends_on();
        let snapshot = Snapshot { reader: self, tx: self.db().begin().await?, ticket };
        let along = snapshot.along(of).await?;
        let found = snapshot.places(of.select(along)).await?;
        let rows = snapshot.objects(of, &found).await?;
        let total = snapshot.total_beside(of, found.len() as u64).await?;
        snapshot.tx.commit().await?;
        let page = Page { rows: rows.into(), total };
        if cache.lists.admit(&kinds, ticket) {
            cache.answers.keep(of, Given { ticket, answer: page.clone() });
        }
        Ok(page)
    }
}

/// The id of a row, its revision and its number.
type Place = (Uuid, i64, i64);

/// One state of the database, and what is remembered of it.
struct Snapshot<'a> {
    reader: &'a Reader<'a>,
    tx: DatabaseTransaction,
    /// Taken before the state was.
    ticket: Ticket,
}

impl Snapshot<'_> {
    /// The shorter way to the page: where few objects fit, to them; where many do, along the order until enough have been met.
    async fn along(&self, of: &PageOf) -> Result<Along, StoreError> {
        let Some(reference) = of.reference() else { return Ok(Along::Order) };
        if of.comes_sorted_along(reference) {
            return Ok(Along::Reference);
        }
        let total = self.total(of).await?;
        if total <= FEW || of.limit.is_none() {
            return Ok(Along::Reference);
        }
        let wanted = of.offset.saturating_add(of.limit.unwrap_or_default());
        let all = self.total(&of.broadly()).await?;
        // As many are met until then, if those that fit lie evenly among the others.
        let met = u128::from(wanted) * u128::from(all) / u128::from(total);
        Ok(if met < u128::from(total) { Along::Order } else { Along::Reference })
    }

    async fn places(&self, sql: Sql) -> Result<Vec<Place>, StoreError> {
        let statement = Statement::from_sql_and_values(self.tx.get_database_backend(), sql.text, sql.values);
        let rows = self.tx.query_all_raw(statement).await?;
        let place = |row: &sea_orm::QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?));
        rows.iter().map(place).collect::<Result<_, sea_orm::DbErr>>().map_err(StoreError::from)
    }

    /// The objects at these revisions: out of the cache, or all others at once.
    async fn objects(&self, of: &PageOf, places: &[Place]) -> Result<Vec<Arc<Entity>>, StoreError> {
        let cache = &self.reader.shared.cache;
        let mut known: HashMap<Uuid, Arc<Entity>> = HashMap::with_capacity(places.len());
        for (id, rev, seq) in places {
            let cached = cache.get::<Entity>(*id).filter(|entity| entity.head.rev == *rev && entity.head.seq == *seq);
            known.extend(cached.map(|entity| (*id, entity)));
        }
        let unknown: Vec<_> = places.iter().map(|(id, ..)| *id).filter(|id| !known.contains_key(id)).collect();
        for ids in unknown.chunks(AT_ONCE) {
            let models = object::Entity::find().filter(object::Column::Id.is_in(ids.iter().copied())).all(&self.tx).await?;
            for model in models {
                known.insert(model.id, self.reader.decoded(model, self.ticket)?);
            }
        }
        let mut rows: Vec<_> = known.into_values().collect();
        rows.sort_by(|a, b| of.compare(&a.head, &b.head));
        Ok(rows)
    }

    /// How many there are on all pages, of which so many are on this one.
    async fn total_beside(&self, of: &PageOf, rows: u64) -> Result<u64, StoreError> {
        let is_last = of.limit.is_none_or(|limit| rows < limit) && (rows > 0 || of.offset == 0);
        if !is_last {
            return self.total(of).await;
        }
        let total = of.offset + rows;
        self.note(&of.all(), &of.depends_on(), total);
        Ok(total)
    }

    async fn total(&self, of: &PageOf) -> Result<u64, StoreError> {
        let cache = &self.reader.shared.cache;
        let (key, kinds) = (of.all(), of.depends_on());
        // Nothing has changed since it was counted, nor since before this state was taken: so both are the same state.
        if let Some(kept) = cache.answers.totals.get(&key)
            && cache.lists.admit(&kinds, kept.ticket)
            && cache.lists.admit(&kinds, self.ticket)
        {
            return Ok(kept.answer);
        }
        let sql = key.count();
        let statement = Statement::from_sql_and_values(self.tx.get_database_backend(), sql.text, sql.values);
        let row = self.tx.query_one_raw(statement).await?;
        let total: i64 = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
        let total = u64::try_from(total).unwrap_or_default();
        self.note(&key, &kinds, total);
        Ok(total)
    }

    async fn total_of_tasks(&self, filter: &TaskFilter) -> Result<u64, StoreError> {
        let cache = &self.reader.shared.cache;
        let stands = |ticket| cache.lists.admit(&[Kind::Task], ticket);
        let key = TaskFilter { limit: None, ..filter.clone() };
        if let Some(kept) = cache.answers.tasks.get(&key)
            && stands(kept.ticket)
            && stands(self.ticket)
        {
            return Ok(kept.answer);
        }
        let count = task::Entity::find().select_only().column_as(task::Column::Id.count(), "total").filter(key.condition());
        let total: Option<i64> = count.into_tuple().one(&self.tx).await?;
        let total = u64::try_from(total.unwrap_or_default()).unwrap_or_default();
        if stands(self.ticket) {
            cache.answers.tasks.insert(key, Given { ticket: self.ticket, answer: total });
        }
        Ok(total)
    }

    fn note(&self, key: &PageOf, kinds: &[Kind], total: u64) {
        let cache = &self.reader.shared.cache;
        if cache.lists.admit(kinds, self.ticket) {
            cache.answers.totals.insert(key.clone(), Given { ticket: self.ticket, answer: total });
        }
    }
}
