//! Table `entity` as the first migration makes it. Invariant: it stays as it was published; what came later is in migrations of its own.

use sea_orm::entity::prelude::*;

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
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
