//! Table `entity`: one row per object. Invariant: `name_key` and `folded` are what the head says they are.

use crate::cache::Cache;
use crate::changes::{Changes, Delta};
use crate::error::StoreError;
use crate::mirror::Mirrors;
use crate::row::{Row, corrupt};
use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use std::sync::Arc;
use vcdsim_model::clock::from_millis;
use vcdsim_model::entity::{Entity as Object, Head, Status};
use vcdsim_model::kind::Kind;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "entity")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub name: String,
    pub description: Option<String>,
    pub org: Option<Uuid>,
    pub parent: Option<Uuid>,
    pub owner: Option<Uuid>,
    pub status: i32,
    pub busy: Option<Uuid>,
    pub created: i64,
    pub seq: i64,
    pub rev: i64,
    #[sea_orm(unique)]
    pub name_key: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// The name as [`fold`] folds it.
    pub folded: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A name without regard to case, as lists are sorted by it.
pub(crate) fn fold(name: &str) -> String {
    name.to_lowercase()
}

impl Row for Object {
    type Key = Uuid;
    type Order = i64;
    type Orm = Entity;
    const TABLE: &'static str = "entity";

    fn key(&self) -> Uuid {
        self.head.id
    }

    fn order(&self) -> i64 {
        self.head.seq
    }

    fn order_columns() -> Vec<Column> {
        vec![Column::Seq]
    }

    fn at(keys: &[Uuid], _mirrors: &Mirrors) -> Condition {
        Condition::all().add(Column::Id.is_in(keys.iter().copied()))
    }

    fn encode(&self) -> Result<Model, StoreError> {
        let head = self.head.clone();
        Ok(Model {
            id: head.id,
            kind: head.kind.name().to_owned(),
            name_key: head.name_key(),
            folded: fold(&head.name),
            name: head.name,
            description: head.description,
            org: head.org,
            parent: head.parent,
            owner: head.owner,
            status: head.status.code(),
            busy: head.busy,
            created: head.created.timestamp_millis(),
            seq: head.seq,
            rev: head.rev,
            body: serde_json::to_string(&self.body).map_err(|error| corrupt::<Self>(head.id, error))?,
        })
    }

    fn decode(model: Model) -> Result<Self, StoreError> {
        let id = model.id;
        let kind = Kind::from_name(&model.kind).ok_or_else(|| corrupt::<Self>(id, format!("there is no kind {}", model.kind)))?;
        let object = Self {
            head: Head {
                id,
                kind,
                name: model.name,
                description: model.description,
                org: model.org,
                parent: model.parent,
                owner: model.owner,
                status: Status::try_from(model.status).map_err(|error| corrupt::<Self>(id, error))?,
                busy: model.busy,
                created: from_millis(model.created),
                seq: model.seq,
                rev: model.rev,
            },
            body: serde_json::from_str(&model.body).map_err(|error| corrupt::<Self>(id, error))?,
        };
        if object.body.kind() == kind { Ok(object) } else { Err(corrupt::<Self>(id, "kind and body differ")) }
    }

    fn delta(changes: &Changes) -> &Delta<Self> {
        &changes.objects
    }

    fn delta_mut(changes: &mut Changes) -> &mut Delta<Self> {
        &mut changes.objects
    }

    fn cache_id(key: &Uuid) -> Option<Uuid> {
        Some(*key)
    }

    fn bytes(model: &Model) -> usize {
        model.name.len() + model.description.as_ref().map_or(0, String::len) + model.body.len()
    }

    fn cached(model: &Model, cache: &Cache) -> Option<Arc<Self>> {
        cache.get::<Self>(model.id).filter(|known| known.head.rev == model.rev && known.head.seq == model.seq)
    }
}
