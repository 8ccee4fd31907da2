//! Names without regard to case, and the indexes that pages are read along. Invariant: after it each row has its folded name.

use super::index;
use crate::table::object::{self, Column as O, fold};
use crate::table::task::{self, Column as T};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};
use sea_orm_migration::prelude::*;

pub(super) struct FoldedNames;

impl MigrationName for FoldedNames {
    fn name(&self) -> &str {
        "0002_folded_names"
    }
}

/// SQLite folds ASCII only; the others are those whose characters and bytes are not the same number.
const OTHERS: &str = "SELECT id, name FROM entity WHERE length(name) <> length(CAST(name AS BLOB))";

#[async_trait::async_trait]
impl MigrationTrait for FoldedNames {
    #[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and with it written out the method would be another one")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let folded = ColumnDef::new(O::Folded).string().not_null().default("").to_owned();
        manager.alter_table(Table::alter().table(object::Entity).add_column(folded).to_owned()).await?;
        let db = manager.get_connection();
        db.execute(Query::update().table(object::Entity).value(O::Folded, Func::lower(Expr::col(O::Name)))).await?;
        for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), OTHERS)).await? {
            let (id, name): (sea_orm::prelude::Uuid, String) = (row.try_get("", "id")?, row.try_get("", "name")?);
            let update = object::Entity::update_many().col_expr(O::Folded, Expr::value(fold(&name)));
            update.filter(O::Id.eq(id)).exec(db).await?;
        }
        // The folded name finds the exact one, too.
        manager.drop_index(Index::drop().name("entity_kind_name").table(object::Entity).to_owned()).await?;
        manager.create_index(index("entity_kind_seq", object::Entity, [O::Kind, O::Seq])).await?;
        manager.create_index(index("entity_kind_folded", object::Entity, [O::Kind, O::Folded, O::Name, O::Seq])).await?;
        manager.create_index(index("entity_kind_org_folded", object::Entity, [O::Kind, O::Org, O::Folded, O::Name, O::Seq])).await?;
        manager.create_index(index("task_status", task::Entity, [T::Status, T::Start, T::Id])).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
