//! What events were written for. Invariant: of those that were there before nobody knows.

use crate::table::event::{self, Column as E};
use sea_orm_migration::prelude::*;

pub(super) struct Causes;

impl MigrationName for Causes {
    fn name(&self) -> &str {
        "0005_causes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Causes {
    #[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and with it written out the method would be another one")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let cause = ColumnDef::new(E::Cause).string().null().to_owned();
        manager.alter_table(Table::alter().table(event::Entity).add_column(cause).to_owned()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
