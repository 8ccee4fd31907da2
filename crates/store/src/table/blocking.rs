//! Table `blocking_task`. Invariant: a task has at most one.

use crate::changes::{Changes, Delta};
use crate::error::StoreError;
use crate::mirror::Mirrors;
use crate::row::{Row, corrupt};
use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use vcdsim_model::blocking::{BlockingTask, TimeoutAction};
use vcdsim_model::clock::{Time, from_millis};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blocking_task")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub task: Uuid,
    pub operation: String,
    pub owner_kind: String,
    pub owner: Uuid,
    pub org: Uuid,
    pub user: Uuid,
    pub created: i64,
    pub timeout: i64,
    pub timeout_action: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for BlockingTask {
    type Key = Uuid;
    type Order = (Time, Uuid);
    type Orm = Entity;
    const TABLE: &'static str = "blocking_task";

    fn key(&self) -> Uuid {
        self.id
    }

    fn order(&self) -> (Time, Uuid) {
        (self.created, self.id)
    }

    fn order_columns() -> Vec<Column> {
        vec![Column::Created, Column::Id]
    }

    fn at(keys: &[Uuid], _mirrors: &Mirrors) -> Condition {
        Condition::all().add(Column::Id.is_in(keys.iter().copied()))
    }

    fn encode(&self) -> Result<Model, StoreError> {
        Ok(Model {
            id: self.id,
            task: self.task,
            operation: self.operation.name().to_owned(),
            owner_kind: self.owner.kind.name().to_owned(),
            owner: self.owner.id,
            org: self.org,
            user: self.user,
            created: self.created.timestamp_millis(),
            timeout: self.timeout.timestamp_millis(),
            timeout_action: self.timeout_action.name().to_owned(),
        })
    }

    fn decode(model: Model) -> Result<Self, StoreError> {
        let unknown = |what: &str| corrupt::<Self>(model.id, format!("there is no {what}"));
        Ok(Self {
            id: model.id,
            task: model.task,
            operation: Operation::from_name(&model.operation).ok_or_else(|| unknown(&model.operation))?,
            owner: Urn::new(Kind::from_name(&model.owner_kind).ok_or_else(|| unknown(&model.owner_kind))?, model.owner),
            org: model.org,
            user: model.user,
            created: from_millis(model.created),
            timeout: from_millis(model.timeout),
            timeout_action: TimeoutAction::from_name(&model.timeout_action).ok_or_else(|| unknown(&model.timeout_action))?,
        })
    }

    fn delta(changes: &Changes) -> &Delta<Self> {
        &changes.blocking
    }

    fn delta_mut(changes: &mut Changes) -> &mut Delta<Self> {
        &mut changes.blocking
    }

    fn cache_id(key: &Uuid) -> Option<Uuid> {
        Some(*key)
    }
}
