//! Changes into SQL. Invariant: what is given up is written before what is taken, so that a unique value can change hands in one commit.

use crate::changes::{Changes, each_row};
use crate::error::StoreError;
use crate::mirror::Mirrors;
use crate::row::{Model, Row};
use crate::table::{event, object};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable, PrimaryKeyToColumn, QueryFilter};

/// SQLite takes 32,766 values in one statement.
const VALUES: usize = 30_000;

/// Writes all changes, and notes in them how large the rows are.
pub(crate) async fn flush(changes: &mut Changes, mirrors: &Mirrors, db: &impl ConnectionTrait) -> Result<(), StoreError> {
    vacate(changes, db).await?;
    each_row!(R => {
        remove::<R>(changes, mirrors, db).await?;
        put::<R>(changes, db).await?;
    });
    if let Some(seq) = changes.pruned {
        event::Entity::delete_many().filter(event::Column::Seq.lte(seq)).exec(db).await?;
    }
    Ok(())
}

/// Takes their unique names from the objects that gave them up and remain.
async fn vacate(changes: &Changes, db: &impl ConnectionTrait) -> Result<(), StoreError> {
    let remain = changes.vacated.iter().filter(|id| matches!(changes.objects.get(id), Some(Some(_))));
    let remain: Vec<_> = remain.copied().collect();
    for ids in remain.chunks(VALUES) {
        let nothing = Expr::value(Option::<String>::None);
        let update = object::Entity::update_many().col_expr(object::Column::NameKey, nothing);
        update.filter(object::Column::Id.is_in(ids.iter().copied())).exec(db).await?;
    }
    Ok(())
}

async fn remove<R: Row>(changes: &Changes, mirrors: &Mirrors, db: &impl ConnectionTrait) -> Result<(), StoreError> {
    let stored = |key: &&R::Key| R::mirror(mirrors).is_none_or(|mirror| mirror.contains(key));
    let gone = R::delta(changes).iter().filter(|(_, put)| R::REPLACED || put.is_none()).map(|(key, _)| key).filter(stored);
    let gone: Vec<_> = gone.cloned().collect();
    for keys in gone.chunks(VALUES) {
        R::Orm::delete_many().filter(R::at(keys, mirrors)).exec(db).await?;
    }
    Ok(())
}

async fn put<R: Row>(changes: &mut Changes, db: &impl ConnectionTrait) -> Result<(), StoreError>
where
    Model<R>: IntoActiveModel<<R::Orm as EntityTrait>::ActiveModel>,
{
    let mut models = Vec::new();
    for put in R::delta_mut(changes).values_mut().flatten() {
        let model = put.row.encode()?;
        put.bytes = R::bytes(&model);
        models.push(model.into_active_model());
    }
    let keys: Vec<_> = <R::Orm as EntityTrait>::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let columns: Vec<_> = <R::Orm as EntityTrait>::Column::iter().collect();
    let rest = columns.iter().filter(|column| keys.iter().all(|key| key.as_str() != column.as_str())).copied();
    let replace = OnConflict::columns(keys.iter().copied()).update_columns(rest).to_owned();
    let mut models = models.into_iter().peekable();
    while models.peek().is_some() {
        let some: Vec<_> = models.by_ref().take(VALUES / columns.len().max(1)).collect();
        R::Orm::insert_many(some).on_conflict(replace.clone()).exec_without_returning(db).await?;
    }
    Ok(())
}
