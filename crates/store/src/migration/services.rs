//! Tasks of extension services. Invariant: those that were there before have none, since all of them are the platform's.

use crate::table::task::{self, Column as T};
use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::*;

pub(super) struct Services;

impl MigrationName for Services {
    fn name(&self) -> &str {
        "0004_services"
    }
}

/// Only those of services are in it: the platform's, which are most, are written no slower.
const INDEX: &str = "CREATE INDEX task_service ON task (service, start, id) WHERE service IS NOT NULL";

#[async_trait::async_trait]
impl MigrationTrait for Services {
    #[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and with it written out the method would be another one")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let service = ColumnDef::new(T::Service).string().null().to_owned();
        manager.alter_table(Table::alter().table(task::Entity).add_column(service).to_owned()).await?;
        manager.get_connection().execute_unprepared(INDEX).await.map(drop)
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
