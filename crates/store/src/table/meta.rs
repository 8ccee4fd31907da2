//! Table `meta`: the counters that numbers are drawn from. Invariant: a number is never drawn twice, whatever was deleted since.

use crate::error::StoreError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, IntoActiveModel};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meta")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub value: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The last number drawn from each sequence, and the position in the stream of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counters {
    pub(crate) object: i64,
    pub(crate) event: i64,
    pub(crate) timer: i64,
    pub(crate) hold: i64,
    pub(crate) number: i64,
    pub(crate) ids: i64,
}

impl Counters {
    fn named(&mut self) -> [(&'static str, &mut i64); 6] {
        [
            ("object", &mut self.object),
            ("event", &mut self.event),
            ("timer", &mut self.timer),
            ("hold", &mut self.hold),
            ("number", &mut self.number),
            ("ids", &mut self.ids),
        ]
    }

    /// Reads what was stored last.
    pub(crate) async fn load(db: &impl ConnectionTrait) -> Result<Self, StoreError> {
        let stored = Entity::find().all(db).await?;
        let mut counters = Self::default();
        for (key, value) in counters.named() {
            if let Some(row) = stored.iter().find(|row| row.key == key) {
                *value = row.value;
            }
        }
        Ok(counters)
    }

    /// Writes what differs from what was `stored`.
    pub(crate) async fn save(mut self, mut stored: Self, db: &impl ConnectionTrait) -> Result<(), StoreError> {
        let pairs = self.named().into_iter().zip(stored.named());
        let changed = pairs.filter(|((_, new), (_, old))| **new != **old);
        let rows: Vec<_> = changed.map(|((key, value), _)| Model { key: key.to_owned(), value: *value }.into_active_model()).collect();
        if !rows.is_empty() {
            let replace = OnConflict::column(Column::Key).update_column(Column::Value).to_owned();
            Entity::insert_many(rows).on_conflict(replace).exec_without_returning(db).await?;
        }
        Ok(())
    }
}
