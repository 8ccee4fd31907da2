//! Table `setting`: one document per key. Invariant: a decoded document is kept only beside the text it was decoded from.

use crate::changes::{Changes, Delta};
use crate::error::StoreError;
use crate::mirror::{Mirror, Mirrors};
use crate::row::{Row, corrupt};
use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use std::any::Any;
use std::sync::{Arc, OnceLock};
use vcdsim_model::family::settings::Setting;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "setting")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    #[sea_orm(column_type = "Text")]
    pub body: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A settings document, decoded once.
#[derive(Clone)]
pub(crate) struct SettingRow {
    key: String,
    body: String,
    decoded: OnceLock<Arc<dyn Any + Send + Sync>>,
}

// A document may hold a password.
impl std::fmt::Debug for SettingRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SettingRow").field("key", &self.key).finish_non_exhaustive()
    }
}

impl SettingRow {
    /// The row of a document.
    pub(crate) fn new<S: Setting>(setting: &S) -> Result<Self, StoreError> {
        let body = serde_json::to_string(setting).map_err(|error| corrupt::<Self>(S::KEY, error))?;
        Ok(Self { key: S::KEY.to_owned(), body, decoded: OnceLock::new() })
    }

    /// The document.
    pub(crate) fn get<S: Setting>(&self) -> Result<S, StoreError> {
        if let Some(known) = self.decoded.get().and_then(|known| known.downcast_ref::<S>()) {
            return Ok(known.clone());
        }
        let setting: S = serde_json::from_str(&self.body).map_err(|error| corrupt::<Self>(&self.key, error))?;
        self.decoded.get_or_init(|| Arc::new(setting.clone()));
        Ok(setting)
    }
}

impl Row for SettingRow {
    type Key = String;
    type Order = String;
    type Orm = Entity;
    const TABLE: &'static str = "setting";

    fn key(&self) -> String {
        self.key.clone()
    }

    fn order(&self) -> String {
        self.key.clone()
    }

    fn order_columns() -> Vec<Column> {
        vec![Column::Key]
    }

    fn at(keys: &[String], _mirrors: &Mirrors) -> Condition {
        Condition::all().add(Column::Key.is_in(keys))
    }

    fn encode(&self) -> Result<Model, StoreError> {
        Ok(Model { key: self.key.clone(), body: self.body.clone() })
    }

    fn decode(model: Model) -> Result<Self, StoreError> {
        Ok(Self { key: model.key, body: model.body, decoded: OnceLock::new() })
    }

    fn delta(changes: &Changes) -> &Delta<Self> {
        &changes.settings
    }

    fn delta_mut(changes: &mut Changes) -> &mut Delta<Self> {
        &mut changes.settings
    }

    fn mirror(mirrors: &Mirrors) -> Option<&Mirror<Self>> {
        Some(&mirrors.settings)
    }
}
