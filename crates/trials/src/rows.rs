//! What the database can do by itself. Invariant: one row, one transaction, with the settings that the server has.

use crate::clock::now;
use futures::future::try_join_all;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue, ConnectOptions, ConnectionTrait, Database, DbErr, Schema, TransactionTrait};
use std::path::Path;
use std::time::Duration;

/// A row of the size that an object of the server has.
const BODY: usize = 1_500;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "single_row")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub body: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Inserts per second, each in a transaction of its own, by so many clients for so long.
pub(crate) async fn single_rows(file: &Path, clients: usize, duration: Duration) -> Result<f64, String> {
    rows(file, clients, duration).await.map_err(|error| format!("{}: {error}", file.display()))
}

async fn rows(file: &Path, clients: usize, duration: Duration) -> Result<f64, DbErr> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", file.display()));
    // SQLite has one writer: more connections would only wait for each other in SQLite instead of here.
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await?;
    for pragma in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL"] {
        db.execute_unprepared(pragma).await?;
    }
    let mut table = Schema::new(db.get_database_backend()).create_table_from_entity(Entity);
    db.execute(table.if_not_exists()).await?;
    let before = Entity::find().count(&db).await?;
    let began = now();
    let until = began + duration;
    let one = |client: usize| {
        let db = &db;
        async move {
            let mut count = 0_u64;
            while now() < until {
                let id = Uuid::from_u64_pair(before + count, client as u64);
                let row = ActiveModel { id: ActiveValue::Set(id), body: ActiveValue::Set("x".repeat(BODY)) };
                let transaction = db.begin().await?;
                Entity::insert(row).exec_without_returning(&transaction).await?;
                transaction.commit().await?;
                count += 1;
            }
            Ok::<_, DbErr>(count)
        }
    };
    let counts = try_join_all((0..clients).map(one)).await?;
    let rate = counts.iter().sum::<u64>() as f64 / began.elapsed().as_secs_f64();
    db.close().await?;
    Ok(rate)
}
