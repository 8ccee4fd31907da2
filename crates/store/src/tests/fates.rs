//! What becomes of messages. Invariant: it is decided and counted with its event, or not at all.

use super::*;
use crate::TimerKind;
use sea_orm::ConnectionTrait;
use vcdsim_model::family::settings::{AmqpSettings, NotificationsSettings};
use vcdsim_model::fate::{Fate, Fated, Form, Ordered};
use vcdsim_model::mishap::{At, Mishap, Mishaps, Of, Rule};

/// A store with a broker and a rule that makes the messages of an event late.
async fn ruled() -> (TempDir, Store) {
    let (dir, store) = open().await;
    let set = act(&store, |tx| {
        Box::pin(async move {
            let does = Mishap::Message(Ordered::Delay(500, 0));
            let rule =
                Rule { number: 4, at: At::Message, of: Of::default(), skip: 0, times: Some(2), probability: 1.0, does, seen: 0, hits: 0 };
            tx.put_setting(&Mishaps { rules: vec![rule], ..Mishaps::default() }).await?;
            tx.put_setting(&AmqpSettings { host: "broker.test".into(), ..AmqpSettings::default() }).await
        })
    });
    set.await.unwrap();
    (dir, store)
}

async fn hits(store: &Store) -> u64 {
    store.read().setting::<Mishaps>().await.unwrap().rules[0].hits
}

#[tokio::test]
async fn a_fate_is_decided_counted_and_kept_with_its_event() {
    let (dir, store) = ruled().await;
    let failed = act(&store, |tx| {
        Box::pin(async move {
            tx.emit(event("nobody hears of it", false)).await?;
            Err::<(), _>(Fault::bad_request("no"))
        })
    });
    failed.await.unwrap_err();
    assert_eq!((hits(&store).await, store.next_due()), (0, None), "what is refused counts nothing");
    let emit = |name: &'static str| act(&store, move |tx| Box::pin(async move { tx.emit(event(name, false)).await }));
    let (one, two) = tokio::join!(emit("one"), emit("two"));
    one.and(two).unwrap();
    let until = vcdsim_model::clock::after_millis(store.now(), 500);
    let fates = Form::ALL.map(|form| Fated { form, rule: 4, fate: Fate::Delay(until) });
    let check = async |store: &Store| {
        let events = store.read().events_after(0, 9).await.unwrap();
        assert_eq!((events[0].fates.as_slice(), events[1].fates.as_slice()), (&fates[..], &[][..]));
        assert_eq!(hits(store).await, 2);
        for fated in fates {
            let timer = store.read().timer(TimerKind::Broker, fated.ticket(events[0].id));
            assert_eq!(timer.map(|timer| timer.due), Some(until));
        }
    };
    check(&store).await;
    store.close().await.unwrap();
    check(&Store::open(options(Some(dir.path()))).await.unwrap()).await;
}

#[tokio::test]
async fn what_is_not_announced_has_no_fate() {
    let (_dir, store) = ruled().await;
    let silent = act(&store, |tx| {
        Box::pin(async move {
            tx.put_setting(&NotificationsSettings { enabled: false }).await?;
            tx.emit(event("silent", false)).await?;
            tx.emit(event("heard", true)).await
        })
    });
    silent.await.unwrap();
    let events = store.read().events_after(0, 9).await.unwrap();
    assert_eq!(events.iter().map(|event| event.fates.len()).collect::<Vec<_>>(), [0, 2]);
}

#[tokio::test]
async fn events_that_were_there_before_have_none() {
    let (dir, store) = open().await;
    act(&store, |tx| Box::pin(async move { tx.emit(event("old", true)).await })).await.unwrap();
    store.close().await.unwrap();
    let file = dir.path().join("vcdsim.db");
    let db = crate::db::writer(&file, sea_orm::sqlx::sqlite::SqliteSynchronous::Normal).await.unwrap();
    for step in
        ["ALTER TABLE event DROP COLUMN fates", "DELETE FROM seaql_migrations WHERE version = '0006_fates'", "PRAGMA user_version = 5"]
    {
        db.execute_unprepared(step).await.unwrap();
    }
    db.close_by_ref().await.unwrap();
    let store = Store::open(options(Some(dir.path()))).await.unwrap();
    let events = store.read().events_after(0, 9).await.unwrap();
    assert_eq!((events.len(), events[0].what.entity.name.as_str(), events[0].fates.len()), (1, "old", 0));
}
