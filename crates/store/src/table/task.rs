//! Table `task`. Invariant: the body is the whole task; the columns repeat what is searched.

use crate::changes::{Changes, Delta};
use crate::error::StoreError;
use crate::mirror::Mirrors;
use crate::row::{Row, corrupt};
use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use vcdsim_model::clock::Time;
use vcdsim_model::task::Task;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "task")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub org: Uuid,
    pub owner: Uuid,
    pub status: String,
    pub start: i64,
    /// The service whose task it is; none for the platform's.
    pub service: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub body: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Task {
    type Key = Uuid;
    type Order = (Time, Uuid);
    type Orm = Entity;
    const TABLE: &'static str = "task";

    fn key(&self) -> Uuid {
        self.id
    }

    fn order(&self) -> (Time, Uuid) {
        (self.start, self.id)
    }

    fn order_columns() -> Vec<Column> {
        vec![Column::Start, Column::Id]
    }

    fn at(keys: &[Uuid], _mirrors: &Mirrors) -> Condition {
        Condition::all().add(Column::Id.is_in(keys.iter().copied()))
    }

    fn encode(&self) -> Result<Model, StoreError> {
        Ok(Model {
            id: self.id,
            org: self.org,
            owner: self.owner.id,
            status: self.status.name().to_owned(),
            start: self.start.timestamp_millis(),
            service: self.operation.service().map(|work| work.namespace.clone()),
            body: serde_json::to_string(self).map_err(|error| corrupt::<Self>(self.id, error))?,
        })
    }

    fn decode(model: Model) -> Result<Self, StoreError> {
        serde_json::from_str(&model.body).map_err(|error| corrupt::<Self>(model.id, error))
    }

    fn delta(changes: &Changes) -> &Delta<Self> {
        &changes.tasks
    }

    fn delta_mut(changes: &mut Changes) -> &mut Delta<Self> {
        &mut changes.tasks
    }

    fn cache_id(key: &Uuid) -> Option<Uuid> {
        Some(*key)
    }

    fn bytes(model: &Model) -> usize {
        model.body.len()
    }
}
