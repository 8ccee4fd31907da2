//! Table `hold`. Invariant: a task holds an object at most once.
//!
//! Its rows are told apart by their numbers, so that SQLite only appends; that a key has one row, the mirror sees to.

use crate::changes::{Changes, Delta};
use crate::error::StoreError;
use crate::mirror::{Mirror, Mirrors};
use crate::row::{Row, corrupt};
use crate::timer::{Hold, HoldKind};
use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use vcdsim_model::entity::Status;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hold")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Integer")]
    pub seq: i64,
    pub task: Uuid,
    pub entity: Uuid,
    pub kind: String,
    pub was: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A hold with its place in the order in which holds were taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldRow {
    pub(crate) hold: Hold,
    pub(crate) seq: i64,
}

impl Row for HeldRow {
    type Key = (Uuid, Uuid);
    type Order = i64;
    type Orm = Entity;
    const TABLE: &'static str = "hold";
    const REPLACED: bool = true;

    fn key(&self) -> (Uuid, Uuid) {
        (self.hold.task, self.hold.entity.id)
    }

    fn order(&self) -> i64 {
        self.seq
    }

    fn order_columns() -> Vec<Column> {
        vec![Column::Seq]
    }

    fn at(keys: &[(Uuid, Uuid)], mirrors: &Mirrors) -> Condition {
        Condition::all().add(Column::Seq.is_in(mirrors.holds.many(keys).iter().map(|row| row.seq)))
    }

    fn encode(&self) -> Result<Model, StoreError> {
        Ok(Model {
            task: self.hold.task,
            entity: self.hold.entity.id,
            kind: self.hold.entity.kind.name().to_owned(),
            was: match self.hold.what {
                HoldKind::Created => None,
                HoldKind::Locked { was } => Some(was.code()),
            },
            seq: self.seq,
        })
    }

    fn decode(model: Model) -> Result<Self, StoreError> {
        let bad = |why: String| corrupt::<Self>((model.task, model.entity), why);
        let kind = Kind::from_name(&model.kind).ok_or_else(|| bad(format!("there is no kind {}", model.kind)))?;
        let what = match model.was {
            None => HoldKind::Created,
            Some(code) => HoldKind::Locked { was: Status::try_from(code).map_err(bad)? },
        };
        Ok(Self { hold: Hold { task: model.task, entity: Urn::new(kind, model.entity), what }, seq: model.seq })
    }

    fn delta(changes: &Changes) -> &Delta<Self> {
        &changes.holds
    }

    fn delta_mut(changes: &mut Changes) -> &mut Delta<Self> {
        &mut changes.holds
    }

    fn mirror(mirrors: &Mirrors) -> Option<&Mirror<Self>> {
        Some(&mirrors.holds)
    }
}
