//! A page of objects: what is asked for, and how SQL is asked. Invariant: equal objects keep the order in which they were made, or the
//! reverse of it when the first key is reversed, so that no row is on two pages.

use crate::clause::{Clause, Reference, Sql};
use crate::table::object::fold;
use std::cmp::Ordering;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::entity::{Entity, Head};
use vcdsim_model::kind::Kind;

/// A column to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// The name without regard to case, then with; as Rust orders texts.
    Name,
    /// When it was made.
    Created,
}

/// Which page of which objects.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageOf {
    /// Objects of these kinds; each stands once.
    pub kinds: Vec<Kind>,
    /// What they fulfil.
    pub clause: Clause,
    /// The keys to sort by, each with whether it is reversed; then comes the order in which they were made.
    pub order: Vec<(By, bool)>,
    /// How many objects to leave out.
    pub offset: u64,
    /// How many to answer at most; `None` answers all.
    pub limit: Option<u64>,
}

/// What a page holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its objects.
    pub rows: Arc<[Arc<Entity>]>,
    /// How many objects all pages together have, at the same commit.
    pub total: u64,
}

/// Along what SQL goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Along {
    /// The order: rows come sorted, and those that do not fit are passed over.
    Order,
    /// What the objects refer to: only those that fit come, and are sorted.
    Reference,
}

impl By {
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Name => &["folded", "name"],
            Self::Created => &["created"],
        }
    }

    fn compare(self, a: &Head, b: &Head) -> Ordering {
        match self {
            Self::Name => fold(&a.name).cmp(&fold(&b.name)).then_with(|| a.name.cmp(&b.name)),
            Self::Created => a.created.cmp(&b.created),
        }
    }
}

impl PageOf {
    /// The first page of at most `limit` objects of these kinds, in the order in which they were made.
    #[must_use]
    pub fn kinds(kinds: &[Kind], limit: u64) -> Self {
        Self { kinds: kinds.to_vec(), clause: Clause::always(), order: Vec::new(), offset: 0, limit: Some(limit) }
    }

    /// The kinds whose objects the answer depends on.
    pub(crate) fn depends_on(&self) -> Vec<Kind> {
        let above = self.kinds.iter().filter(|_| self.clause.asks_place()).filter_map(|kind| kind.parent());
        self.kinds.iter().copied().chain(above).collect()
    }

    /// How two objects are ordered.
    pub(crate) fn compare(&self, a: &Head, b: &Head) -> Ordering {
        let turned = |order: Ordering, reversed: bool| if reversed { order.reverse() } else { order };
        let keys = self.order.iter().map(|(by, reversed)| turned(by.compare(a, b), *reversed));
        keys.fold(Ordering::Equal, Ordering::then).then_with(|| turned(a.seq.cmp(&b.seq), self.is_reversed()))
    }

    fn is_reversed(&self) -> bool {
        self.order.first().is_some_and(|(_, reversed)| *reversed)
    }

    /// The page out of all objects, each with what its parent lies in.
    pub(crate) fn cut<'a>(&self, all: impl Iterator<Item = (&'a Arc<Entity>, Option<Uuid>)>) -> Page {
        let mut found: Vec<_> = all
            .filter(|(entity, place)| self.kinds.contains(&entity.head.kind) && self.clause.keeps(entity, *place))
            .map(|(entity, _)| entity)
            .collect();
        found.sort_by(|a, b| self.compare(&a.head, &b.head));
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let rows = found.iter().skip(number(self.offset)).take(self.limit.map_or(usize::MAX, number));
        Page { rows: rows.map(|entity| Arc::clone(entity)).collect(), total: found.len() as u64 }
    }

    /// The reference along which its objects are found without looking at others.
    pub(crate) fn reference(&self) -> Option<Reference> {
        let demands = self.clause.demands();
        let one = |known: Reference| demands.iter().any(|(demanded, _)| *demanded == known).then_some(known);
        one(Reference::Parent).or_else(|| one(Reference::Place)).or_else(|| one(Reference::Owner))
    }

    /// Whether the index over this reference has the rows in their order, too.
    pub(crate) fn comes_sorted_along(&self, reference: Reference) -> bool {
        self.order.is_empty() && reference != Reference::Place
    }

    /// The same of all objects that the index of the order cannot pass over: only the organization counts.
    pub(crate) fn broadly(&self) -> Self {
        let org = self.clause.demands().into_iter().find(|(demanded, _)| *demanded == Reference::Org);
        let clause = org.map_or_else(Clause::always, |(column, org)| Clause::Refers(column, org, true));
        Self { clause, ..self.clone() }
    }

    /// Asks for id, revision and number of the rows. What the order needs comes out of an index, so that rows that are passed over are not
    /// looked at; only those of the page are.
    pub(crate) fn select(&self, along: Along) -> Sql {
        let keys: Vec<&str> = self.order.iter().flat_map(|(by, _)| by.columns()).copied().chain(["seq"]).collect();
        let sorts = along == Along::Reference && !self.reference().is_some_and(|reference| self.comes_sorted_along(reference));
        let mut sql = Sql::default();
        sql.text("SELECT entity.id, entity.rev, entity.seq FROM (");
        for (index, (kind, clause)) in self.parts().iter().enumerate() {
            sql.text(if index > 0 { " UNION ALL SELECT rowid AS place" } else { "SELECT rowid AS place" });
            for key in &keys {
                // The sign keeps the column from the index of another order, and changes nothing.
                sql.text(&format!(", {}{key} AS {key}", if sorts { "+" } else { "" }));
            }
            self.from(*kind, clause, along, &mut sql);
        }
        let directions = self.order.iter().flat_map(|(by, reversed)| by.columns().iter().map(move |column| (*column, *reversed)));
        let directions = directions.chain([("seq", self.is_reversed())]);
        let order: Vec<_> = directions.map(|(column, reversed)| format!("{column}{}", if reversed { " DESC" } else { "" })).collect();
        sql.text(&format!(" ORDER BY {} ", order.join(", ")));
        sql.compared("LIMIT", "", self.limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(-1).into());
        sql.compared(" OFFSET", "", i64::try_from(self.offset).unwrap_or(i64::MAX).into());
        sql.text(") AS page CROSS JOIN entity ON entity.rowid = page.place");
        sql
    }

    /// Asks how many there are on all pages.
    pub(crate) fn count(&self) -> Sql {
        let along = if self.reference().is_some() { Along::Reference } else { Along::Order };
        let mut sql = Sql::default();
        sql.text("SELECT 0");
        for (kind, clause) in self.parts() {
            sql.text(" + (SELECT count(*)");
            self.from(kind, &clause, along, &mut sql);
            sql.text(")");
        }
        sql.text(" AS total");
        sql
    }

    /// The kinds with what their objects must fulfil.
    fn parts(&self) -> Vec<(Kind, Clause)> {
        let parts = self.kinds.iter().map(|kind| (*kind, self.clause.for_kind(*kind)));
        let some: Vec<_> = parts.clone().filter(|(_, clause)| *clause != Clause::never()).collect();
        // A statement needs one.
        if some.is_empty() { parts.take(1).collect() } else { some }
    }

    fn from(&self, kind: Kind, clause: &Clause, along: Along, sql: &mut Sql) {
        let reference = self.reference();
        let hides = |column: Reference| match along {
            Along::Order => Some(column) == reference,
            Along::Reference => Some(column) != reference,
        };
        sql.text(" FROM entity WHERE ");
        sql.compared("kind", "=", kind.name().into());
        sql.text(" AND (");
        clause.write(sql, &hides);
        sql.text(")");
    }
}
