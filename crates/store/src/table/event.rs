//! Table `event`: the outbox. Invariant: a row is written once and never changed.

use crate::changes::{Changes, Delta};
use crate::error::StoreError;
use crate::mirror::Mirrors;
use crate::row::{Row, corrupt};
use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use vcdsim_model::clock::from_millis;
use vcdsim_model::event::{Cause, Event};
use vcdsim_model::fate::Fated;

#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    // SQLite keeps a table in the order of a key of exactly this type.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Integer")]
    pub seq: i64,
    pub id: Uuid,
    pub time: i64,
    pub announced: bool,
    #[sea_orm(column_type = "Text")]
    pub body: String,
    pub cause: Option<String>,
    pub fates: Option<String>,
}

/// Without its cause: what two runs leave is compared as text, and requests have other ids each time.
impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { seq, id, time, announced, body, cause: _, fates } = self;
        let mut shown = f.debug_struct("Model");
        shown.field("seq", seq).field("id", id).field("time", time).field("announced", announced).field("body", body);
        if let Some(fates) = fates {
            // Only where there are some, so that what tells states apart is what it was before there were any.
            shown.field("fates", fates);
        }
        shown.finish_non_exhaustive()
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Event {
    type Key = i64;
    type Order = i64;
    type Orm = Entity;
    const TABLE: &'static str = "event";

    fn key(&self) -> i64 {
        self.seq
    }

    fn order(&self) -> i64 {
        self.seq
    }

    fn order_columns() -> Vec<Column> {
        vec![Column::Seq]
    }

    fn at(keys: &[i64], _mirrors: &Mirrors) -> Condition {
        Condition::all().add(Column::Seq.is_in(keys.iter().copied()))
    }

    fn encode(&self) -> Result<Model, StoreError> {
        Ok(Model {
            seq: self.seq,
            id: self.id,
            time: self.time.timestamp_millis(),
            announced: self.announced,
            body: serde_json::to_string(&self.what).map_err(|error| corrupt::<Self>(self.seq, error))?,
            cause: self.cause.map(Cause::text),
            fates: encoded(self)?,
        })
    }

    fn decode(model: Model) -> Result<Self, StoreError> {
        Ok(Self {
            seq: model.seq,
            id: model.id,
            time: from_millis(model.time),
            announced: model.announced,
            cause: model.cause.as_deref().and_then(Cause::parse),
            fates: decoded(model.seq, model.fates.as_deref())?,
            what: serde_json::from_str(&model.body).map_err(|error| corrupt::<Self>(model.seq, error))?,
        })
    }

    fn delta(changes: &Changes) -> &Delta<Self> {
        &changes.events
    }

    fn delta_mut(changes: &mut Changes) -> &mut Delta<Self> {
        &mut changes.events
    }
}

/// What rules have decided; nothing where they have not.
fn encoded(event: &Event) -> Result<Option<String>, StoreError> {
    let text = || serde_json::to_string(&event.fates).map_err(|error| corrupt::<Event>(event.seq, error));
    (!event.fates.is_empty()).then(text).transpose()
}

fn decoded(seq: i64, fates: Option<&str>) -> Result<Vec<Fated>, StoreError> {
    fates.map_or(Ok(Vec::new()), |text| serde_json::from_str(text).map_err(|error| corrupt::<Event>(seq, error)))
}
