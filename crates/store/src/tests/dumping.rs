//! The dump, which other tests rest on. Invariant: it misses no table and no difference.

use super::*;
use crate::EntityFilter;
use sea_orm::{ConnectionTrait, Statement};

/// Tables that are no rows of ours.
const FOREIGN: &[&str] = &["seaql_migrations"];

#[tokio::test]
async fn a_dump_has_every_table() {
    let (_dir, store) = open().await;
    let db = &store.0.shared.reader_db;
    let query = Statement::from_string(db.get_database_backend(), "SELECT name FROM sqlite_master WHERE type = 'table'");
    let names = db.query_all_raw(query).await.unwrap().into_iter().map(|row| row.try_get::<String>("", "name").unwrap());
    let mut names: Vec<_> = names.filter(|name| !FOREIGN.contains(&name.as_str()) && !name.starts_with("sqlite_")).collect();
    names.sort();
    let dump = store.dump().await.unwrap();
    assert_eq!(dump.tables().collect::<Vec<_>>(), names, "a table was added: dump it, too");
}

#[tokio::test]
async fn readers_see_what_sql_has() {
    let (_dir, store) = open().await;
    add_org(&store, "acme").await.unwrap();
    store.read().list(EntityFilter::kind(Kind::Org)).await.unwrap();
    act(&store, |tx| {
        Box::pin(async move {
            tx.put_task(task(1, 0)).await?;
            tx.put_timer(TimerKind::Phase, Uuid::from_u128(1), at(5)).await
        })
    })
    .await
    .unwrap();
    let before = store.dump().await.unwrap();
    assert_eq!((before.rows("entity").count(), before.rows("task").count(), before.rows("timer").count()), (1, 1, 1));
    assert_eq!(store.incoherences().await.unwrap(), Vec::<String>::new());
    for (statement, table) in
        [("UPDATE entity SET name = 'other'", "entity"), ("DELETE FROM task", "task"), ("UPDATE timer SET due = due + 1", "timer")]
    {
        store.0.shared.writer_db.execute_unprepared(statement).await.unwrap();
        let found = store.incoherences().await.unwrap();
        assert!(found.iter().any(|line| line.starts_with(table)), "{statement}: {found:?}");
    }
    let found = store.incoherences().await.unwrap();
    assert!(found.iter().any(|line| line.starts_with("the list")), "{found:?}");
}

#[tokio::test]
async fn differences_are_told_by_table_and_key() {
    let (_dir, store) = open().await;
    let urn = add_org(&store, "acme").await.unwrap().urn();
    let before = store.dump().await.unwrap();
    assert_eq!(before.differences(&before), Vec::<String>::new());
    act(&store, move |tx| Box::pin(async move { tx.update(urn, |org| org.head.name = "other".to_owned()).await })).await.unwrap();
    let changed = store.dump().await.unwrap();
    let found = before.differences(&changed);
    assert!(found.len() == 1 && found[0].starts_with("entity") && found[0].contains(&urn.id.to_string()), "{found:?}");
    act(&store, move |tx| Box::pin(async move { tx.delete(urn).await })).await.unwrap();
    assert!(changed.differences(&store.dump().await.unwrap())[0].contains("only here"));
}
