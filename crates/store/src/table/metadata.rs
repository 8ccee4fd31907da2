//! Table `metadata`: one row per entry of an object. Invariant: its id follows from object, domain and key, so that these have one row, and
//! many rows are named in one short condition.

use crate::changes::{Changes, Delta};
use crate::error::StoreError;
use crate::mirror::Mirrors;
use crate::row::{Row, corrupt};
use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use vcdsim_model::metadata::{Domain, MetaEntry, MetaKey, MetaValue, Metadatum, Visibility};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "metadata")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub object: Uuid,
    pub domain: String,
    pub key: String,
    pub visibility: String,
    pub r#type: String,
    /// As text in whose order values of one type lie.
    #[sea_orm(column_type = "Text")]
    pub value: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Metadatum {
    type Key = Uuid;
    type Order = (Uuid, &'static str, String);
    type Orm = Entity;
    const TABLE: &'static str = "metadata";

    fn key(&self) -> Uuid {
        Self::id(self.object, &self.entry.name)
    }

    fn order(&self) -> Self::Order {
        (self.object, self.entry.name.domain.name(), self.entry.name.key.clone())
    }

    fn order_columns() -> Vec<Column> {
        vec![Column::Object, Column::Domain, Column::Key]
    }

    fn at(keys: &[Uuid], _mirrors: &Mirrors) -> Condition {
        Condition::all().add(Column::Id.is_in(keys.iter().copied()))
    }

    fn encode(&self) -> Result<Model, StoreError> {
        let MetaEntry { name, visibility, value } = &self.entry;
        Ok(Model {
            id: self.key(),
            object: self.object,
            domain: name.domain.name().to_owned(),
            key: name.key.clone(),
            visibility: visibility.name().to_owned(),
            r#type: value.type_name().to_owned(),
            value: value.comparable(),
        })
    }

    fn decode(model: Model) -> Result<Self, StoreError> {
        let bad = |what: &str| corrupt::<Self>(model.id, format!("no such {what}"));
        let domain = Domain::from_name(&model.domain).ok_or_else(|| bad("domain"))?;
        let visibility = Visibility::from_name(&model.visibility).ok_or_else(|| bad("visibility"))?;
        let value = MetaValue::from_comparable(&model.r#type, &model.value).ok_or_else(|| bad("value"))?;
        let entry = MetaEntry { name: MetaKey { domain, key: model.key }, visibility, value };
        Ok(Self { object: model.object, entry })
    }

    fn delta(changes: &Changes) -> &Delta<Self> {
        &changes.metadata
    }

    fn delta_mut(changes: &mut Changes) -> &mut Delta<Self> {
        &mut changes.metadata
    }
}
