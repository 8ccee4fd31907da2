//! Table `timer`. Invariant: at most one row per kind and subject.

use crate::changes::{Changes, Delta};
use crate::error::StoreError;
use crate::mirror::{Mirror, Mirrors};
use crate::row::{Row, corrupt};
use crate::timer::{Timer, TimerKind};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ExprTrait};
use vcdsim_model::clock::{Time, from_millis};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "timer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    pub due: i64,
    pub seq: i64,
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

    fn key(&self) -> (Uuid, TimerKind) {
        (self.timer.subject, self.timer.kind)
    }

    fn order(&self) -> (Time, i64) {
        (self.timer.due, self.seq)
    }

    fn order_columns() -> Vec<Column> {
        vec![Column::Due, Column::Seq]
    }

    fn at(keys: &[(Uuid, TimerKind)]) -> Condition {
        keys.iter().fold(Condition::any(), |any, (subject, kind)| any.add(Column::Subject.eq(*subject).and(Column::Kind.eq(kind.name()))))
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
