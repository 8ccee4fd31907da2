//! What becomes of messages. Invariant: nothing was decided about those that were there before.

use crate::table::event::{self, Column as E};
use sea_orm_migration::prelude::*;

pub(super) struct Fates;

impl MigrationName for Fates {
    fn name(&self) -> &str {
        "0006_fates"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Fates {
    #[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and with it written out the method would be another one")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let fates = ColumnDef::new(E::Fates).text().null().to_owned();
        manager.alter_table(Table::alter().table(event::Entity).add_column(fates).to_owned()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
