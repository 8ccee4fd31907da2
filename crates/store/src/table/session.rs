//! Table `session`. Invariant: no two sessions have the same token.

use crate::changes::{Changes, Delta};
use crate::error::StoreError;
use crate::mirror::Mirrors;
use crate::row::Row;
use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use vcdsim_model::clock::from_millis;
use vcdsim_model::family::session::Session;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub token_hash: String,
    pub user: Uuid,
    pub org: Uuid,
    pub created: i64,
    pub expires: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Session {
    type Key = Uuid;
    type Order = Uuid;
    type Orm = Entity;
    const TABLE: &'static str = "session";

    fn key(&self) -> Uuid {
        self.id
    }

    fn order(&self) -> Uuid {
        self.id
    }

    fn order_columns() -> Vec<Column> {
        vec![Column::Id]
    }

    fn at(keys: &[Uuid], _mirrors: &Mirrors) -> Condition {
        Condition::all().add(Column::Id.is_in(keys.iter().copied()))
    }

    fn encode(&self) -> Result<Model, StoreError> {
        Ok(Model {
            id: self.id,
            token_hash: self.token_hash.clone(),
            user: self.user,
            org: self.org,
            created: self.created.timestamp_millis(),
            expires: self.expires.timestamp_millis(),
        })
    }

    fn decode(model: Model) -> Result<Self, StoreError> {
        let Model { id, token_hash, user, org, created, expires } = model;
        Ok(Self { id, token_hash, user, org, created: from_millis(created), expires: from_millis(expires) })
    }

    fn delta(changes: &Changes) -> &Delta<Self> {
        &changes.sessions
    }

    fn delta_mut(changes: &mut Changes) -> &mut Delta<Self> {
        &mut changes.sessions
    }

    fn cache_id(key: &Uuid) -> Option<Uuid> {
        Some(*key)
    }

    fn bytes(model: &Model) -> usize {
        model.token_hash.len()
    }
}
