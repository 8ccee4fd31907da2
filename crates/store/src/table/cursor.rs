//! Table `cursor`: how far each sink has come. Invariant: one row per sink.

use crate::changes::{Changes, Delta};
use crate::error::StoreError;
use crate::mirror::{Mirror, Mirrors};
use crate::row::Row;
use sea_orm::Condition;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cursor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sink: String,
    pub seq: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The number of the last event that a sink has delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) sink: String,
    pub(crate) seq: i64,
}

impl Row for Cursor {
    type Key = String;
    type Order = String;
    type Orm = Entity;
    const TABLE: &'static str = "cursor";

    fn key(&self) -> String {
        self.sink.clone()
    }

    fn order(&self) -> String {
        self.sink.clone()
    }

    fn order_columns() -> Vec<Column> {
        vec![Column::Sink]
    }

    fn at(keys: &[String], _mirrors: &Mirrors) -> Condition {
        Condition::all().add(Column::Sink.is_in(keys))
    }

    fn encode(&self) -> Result<Model, StoreError> {
        Ok(Model { sink: self.sink.clone(), seq: self.seq })
    }

    fn decode(model: Model) -> Result<Self, StoreError> {
        Ok(Self { sink: model.sink, seq: model.seq })
    }

    fn delta(changes: &Changes) -> &Delta<Self> {
        &changes.cursors
    }

    fn delta_mut(changes: &mut Changes) -> &mut Delta<Self> {
        &mut changes.cursors
    }

    fn mirror(mirrors: &Mirrors) -> Option<&Mirror<Self>> {
        Some(&mirrors.cursors)
    }
}
