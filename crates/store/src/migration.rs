//! How the tables come to be. Invariant: a migration that was published is never changed; a new one follows it.

mod causes;
#[expect(unreachable_pub, reason = "what the sea-orm derives write is public")]
mod event;
mod fates;
mod folded;
#[expect(unreachable_pub, reason = "what the sea-orm derives write is public")]
mod object;
mod services;
#[expect(unreachable_pub, reason = "what the sea-orm derives write is public")]
mod task;

use crate::error::StoreError;
use crate::table::{blocking, cursor, hold, meta, metadata, session, setting, timer};
use sea_orm::sea_query::{Index, IndexCreateStatement, IntoIden};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, Schema, Statement};
use sea_orm_migration::prelude::*;

/// Brings a database up to date. One that says itself that it is costs nothing more: hundreds of copies of one may be opened.
pub(crate) async fn up(db: &DatabaseConnection) -> Result<(), StoreError> {
    // The tables of the migrator say the same, but asking them takes a dozen statements.
    let all = Migrations::migrations().len() as i64;
    let version = db.query_one_raw(Statement::from_string(db.get_database_backend(), "PRAGMA user_version")).await?;
    if version.map(|row| row.try_get_by_index::<i64>(0)).transpose()? == Some(all) {
        return Ok(());
    }
    Migrations::up(db, None).await?;
    db.execute_unprepared(&format!("PRAGMA user_version = {all}")).await?;
    Ok(())
}

/// All migrations, in order.
pub(crate) struct Migrations;

#[async_trait::async_trait]
impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(Tables),
            Box::new(folded::FoldedNames),
            Box::new(Metadata),
            Box::new(services::Services),
            Box::new(causes::Causes),
            Box::new(fates::Fates),
        ]
    }
}

/// The first tables, as their entities had them.
struct Tables;

impl MigrationName for Tables {
    fn name(&self) -> &str {
        "0001_tables"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Tables {
    #[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and with it written out the method would be another one")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table(manager, object::Entity).await?;
        table(manager, task::Entity).await?;
        table(manager, blocking::Entity).await?;
        table(manager, hold::Entity).await?;
        table(manager, timer::Entity).await?;
        table(manager, event::Entity).await?;
        table(manager, session::Entity).await?;
        table(manager, setting::Entity).await?;
        table(manager, cursor::Entity).await?;
        table(manager, meta::Entity).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// What people write beside objects.
struct Metadata;

impl MigrationName for Metadata {
    fn name(&self) -> &str {
        "0003_metadata"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Metadata {
    #[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and with it written out the method would be another one")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use metadata::Column as M;
        table(manager, metadata::Entity).await?;
        manager.create_index(index("metadata_object", metadata::Entity, [M::Object, M::Domain, M::Key])).await?;
        // What a filter asks for: the objects that have a key with this value, or with one above or below it.
        manager.create_index(index("metadata_key", metadata::Entity, [M::Key, M::Domain, M::Type, M::Value])).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn table<E: EntityTrait>(manager: &SchemaManager<'_>, entity: E) -> Result<(), DbErr> {
    manager.create_table(Schema::new(manager.get_database_backend()).create_table_from_entity(entity)).await
}

/// What is looked up, each in the order in which lists show it.
fn indexes() -> Vec<IndexCreateStatement> {
    use object::Column as O;
    use task::Column as T;
    vec![
        index("entity_kind_org", object::Entity, [O::Kind, O::Org, O::Seq]),
        index("entity_kind_name", object::Entity, [O::Kind, O::Name, O::Seq]),
        index("entity_parent", object::Entity, [O::Parent, O::Kind, O::Seq]),
        index("entity_owner", object::Entity, [O::Owner, O::Kind, O::Seq]),
        index("task_owner", task::Entity, [T::Owner, T::Start, T::Id]),
        index("task_org", task::Entity, [T::Org, T::Start, T::Id]),
        index("task_start", task::Entity, [T::Start, T::Id]),
    ]
}

fn index<E: EntityTrait, const N: usize>(name: &str, entity: E, columns: [E::Column; N]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(entity.into_iden());
    for column in columns {
        index.col(column);
    }
    index
}
