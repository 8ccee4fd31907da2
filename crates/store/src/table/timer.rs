//! Table `timer`. Invariant: at most one row per kind and subject.
//!
//! Its rows are told apart by their numbers, so that SQLite only appends; that a key has one row, the mirror sees to.

use crate::changes::{Changes, Delta};
use crate::error::StoreError;
use crate::mirror::{Mirror, Mirrors};
use crate::row::{Row, corrupt};
use crate::timer::{Timer, TimerKind};
use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use vcdsim_model::clock::{Time, from_millis};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "timer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Integer")]
    pub seq: i64,
    pub subject: Uuid,
    pub kind: String,
    pub due: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A timer with its place in the order in which timers were set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimerRow {
    pub(crate) timer: Timer,
    pub(crate) seq: i64,
}

impl Row for TimerRow {
    type Key = (Uuid, TimerKind);
    type Order = (Time, i64);
    type Orm = Entity;
    const TABLE: &'static str = "timer";
    const REPLACED: bool = true;

    fn key(&self) -> (Uuid, TimerKind) {
        (self.timer.subject, self.timer.kind)
    }

    fn is_awaited(&self) -> bool {
        self.timer.kind.is_awaited()
    }

    fn order(&self) -> (Time, i64) {
        (self.timer.due, self.seq)
    }

    fn order_columns() -> Vec<Column> {
        vec![Column::Due, Column::Seq]
    }

    fn at(keys: &[(Uuid, TimerKind)], mirrors: &Mirrors) -> Condition {
        Condition::all().add(Column::Seq.is_in(mirrors.timers.many(keys).iter().map(|row| row.seq)))
    }

    fn encode(&self) -> Result<Model, StoreError> {
        let Timer { kind, subject, due } = self.timer;
        Ok(Model { subject, kind: kind.name().to_owned(), due: due.timestamp_millis(), seq: self.seq })
    }

    fn decode(model: Model) -> Result<Self, StoreError> {
        let Model { subject, kind, due, seq } = model;
        let kind = TimerKind::from_name(&kind).ok_or_else(|| corrupt::<Self>(subject, format!("there is no timer {kind}")))?;
        Ok(Self { timer: Timer { kind, subject, due: from_millis(due) }, seq })
    }

    fn delta(changes: &Changes) -> &Delta<Self> {
        &changes.timers
    }

    fn delta_mut(changes: &mut Changes) -> &mut Delta<Self> {
        &mut changes.timers
    }

    fn mirror(mirrors: &Mirrors) -> Option<&Mirror<Self>> {
        Some(&mirrors.timers)
    }
}
