//! What becomes of commands. Invariant: a command is committed whole or leaves nothing.

use super::*;
use crate::{EntityFilter, Timer, TimerKind};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use std::sync::Mutex;
use tokio::sync::oneshot;
use vcdsim_model::FaultCode;
use vcdsim_model::entity::Head;
use vcdsim_model::family::settings::NotificationsSettings;

#[tokio::test]
async fn a_command_sees_its_own_changes_and_others_see_them_after_the_commit() {
    let (_dir, store) = open().await;
    let outside = store.clone();
    let made = act(&store, move |tx| {
        Box::pin(async move {
            let id = tx.id();
            let made = tx.insert(org(id, "acme")).await?;
            assert_eq!((made.head().seq, made.head().rev, made.head().created), (1, 1, at(0)));
            let read = tx.read();
            assert_eq!(read.get::<Org>(id).await?.head().name, "acme");
            assert_eq!(read.list(EntityFilter::kind(Kind::Org).in_org(None).named("acme")).await?.len(), 1);
            assert!(outside.read().find::<Org>(id).await?.is_none());
            assert!(outside.read().list(EntityFilter::default()).await?.is_empty());
            let changed = tx.update_body(id, |head: &mut Head, body: &mut Org| {
                (head.name, head.seq, head.rev, head.id) = ("acme2".into(), 99, 99, Uuid::nil());
                body.enabled = false;
            });
            let changed = changed.await?;
            assert_eq!((changed.head().id, changed.head().seq, changed.head().rev), (id, 1, 2));
            assert!(!tx.read().get::<Org>(id).await?.body().enabled);
            Ok(changed)
        })
    });
    let made = made.await.unwrap();
    assert_eq!(store.read().get::<Org>(made.head().id).await.unwrap().entity(), made.entity());
    assert_eq!(store.read().list(EntityFilter::default()).await.unwrap(), [made.entity().clone()]);
}

#[tokio::test]
async fn a_refused_command_writes_nothing_and_draws_no_number() {
    let (_dir, store) = open().await;
    let revisions = store.revisions();
    let refused: Result<(), Fault> = act(&store, |tx| {
        Box::pin(async move {
            let id = tx.id();
            tx.insert(org(id, "acme")).await?;
            tx.emit(event("acme", false)).await?;
            tx.put_timer(TimerKind::Phase, id, at(5)).await?;
            assert_eq!((tx.number(), tx.number(), tx.last_number()), (1, 2, 2));
            Err(Fault::bad_request("no"))
        })
    })
    .await;
    assert_eq!(refused, Err(Fault::bad_request("no")));
    assert!(store.read().list(EntityFilter::default()).await.unwrap().is_empty());
    assert!(store.read().recent_events(9).await.unwrap().is_empty());
    assert_eq!((store.next_due(), store.last_event(), *revisions.borrow()), (None, 0, 0));
    assert_eq!(add_org(&store, "acme").await.unwrap().head().seq, 1);
    let number = act(&store, |tx| Box::pin(async move { Ok(tx.number()) })).await;
    assert_eq!(number, Ok(1));
}

#[tokio::test]
async fn commands_that_wait_are_committed_together_and_see_each_other() {
    let (_dir, store) = open().await;
    let mut revisions = store.revisions();
    let count = |store: &Store| {
        let store = store.clone();
        async move { act(&store, |tx| Box::pin(async move { Ok(tx.read().list(EntityFilter::kind(Kind::Org)).await?.len()) })).await }
    };
    let (one, seen, two, three) = tokio::join!(add_org(&store, "one"), count(&store), add_org(&store, "two"), add_org(&store, "one"));
    assert_eq!((one.unwrap().head().seq, seen.unwrap(), two.unwrap().head().seq), (1, 1, 2));
    assert_eq!(three.unwrap_err(), Fault::duplicate_name("one"));
    assert_eq!(*revisions.borrow_and_update(), 1);
    let names: Vec<_> = store.read().list(EntityFilter::default()).await.unwrap().iter().map(|org| org.head.name.clone()).collect();
    assert_eq!(names, ["one", "two"]);
}

#[tokio::test]
async fn a_command_that_only_reads_commits_nothing() {
    let (_dir, store) = open().await;
    act(&store, |tx| Box::pin(async move { tx.read().list(EntityFilter::default()).await })).await.unwrap();
    assert_eq!(*store.revisions().borrow(), 0);
}

#[tokio::test]
async fn names_are_unique_without_regard_to_case_and_can_change_hands() {
    let (_dir, store) = open().await;
    let first = add_org(&store, "acme").await.unwrap().head().id;
    assert_eq!(add_org(&store, "ACME").await.unwrap_err().code, FaultCode::DuplicateName);
    let other = add_org(&store, "other").await.unwrap().urn();
    let renamed = act(&store, move |tx| Box::pin(async move { tx.update(other, |org| org.head.name = "Acme".into()).await })).await;
    assert_eq!(renamed.unwrap_err(), Fault::duplicate_name("Acme"));
    // A new object with a smaller id takes the name that the first gives up in the same command.
    let heir = act(&store, move |tx| {
        Box::pin(async move {
            tx.update_body(first, |head: &mut Head, _: &mut Org| head.name = "former".into()).await?;
            let heir = tx.insert(org(Uuid::from_u128(1), "acme")).await?;
            let third = tx.id();
            assert_eq!(tx.insert(org(third, "Former")).await.unwrap_err().code, FaultCode::DuplicateName);
            // A name that is taken and given up again in one command is free.
            tx.update_body(first, |head: &mut Head, _: &mut Org| head.name = "latter".into()).await?;
            tx.insert(org(third, "Former")).await?;
            Ok(heir.urn())
        })
    })
    .await
    .unwrap();
    act(&store, move |tx| Box::pin(async move { tx.delete(heir).await })).await.unwrap();
    assert!(store.read().entity(heir).await.unwrap().is_none());
    assert_eq!(add_org(&store, "acme").await.unwrap().head().name, "acme");
    // Names of kinds without a scope may repeat.
    for _ in 0..2 {
        let again = act(&store, |tx| {
            Box::pin(async move {
                let id = tx.id();
                tx.insert(datastore(id, "shared")).await.map(|_| ())
            })
        });
        again.await.unwrap();
    }
}

#[tokio::test]
async fn two_objects_may_swap_their_names() {
    let (_dir, store) = open().await;
    let (a, b) = (add_org(&store, "a").await.unwrap().urn(), add_org(&store, "b").await.unwrap().urn());
    let swap = act(&store, move |tx| {
        Box::pin(async move {
            tx.update(a, |org| org.head.name = "free".into()).await?;
            tx.update(b, |org| org.head.name = "a".into()).await?;
            tx.update(a, |org| org.head.name = "b".into()).await
        })
    });
    swap.await.unwrap();
    let names: Vec<_> = store.read().list(EntityFilter::default()).await.unwrap().iter().map(|org| org.head.name.clone()).collect();
    assert_eq!(names, ["b", "a"]);
}

#[tokio::test]
async fn what_is_missing_is_not_accessible() {
    let (_dir, store) = open().await;
    let urn = Urn::new(Kind::Org, Uuid::from_u128(5));
    assert_eq!(store.read().get::<Org>(urn.id).await.unwrap_err(), Fault::no_access(urn));
    let update = act(&store, move |tx| Box::pin(async move { tx.update(urn, |_| {}).await })).await;
    assert_eq!(update.unwrap_err(), Fault::no_access(urn));
    assert_eq!(act(&store, move |tx| Box::pin(async move { tx.delete(urn).await })).await, Err(Fault::no_access(urn)));
    let known = add_org(&store, "acme").await.unwrap().head().id;
    assert!(store.read().find::<Datastore>(known).await.unwrap().is_none());
    assert!(store.read().entity(Urn::new(Kind::Datastore, known)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_panic_ends_one_command_only() {
    let (_dir, store) = open().await;
    let panics = act::<(), _>(&store, |tx| {
        Box::pin(async move {
            let id = tx.id();
            tx.insert(org(id, "lost")).await?;
            panic!("on purpose")
        })
    });
    let (before, panicked, after) = tokio::join!(add_org(&store, "before"), panics, add_org(&store, "after"));
    assert_eq!(panicked, Err(Fault::internal()));
    assert_eq!((before.unwrap().head().seq, after.unwrap().head().seq), (1, 2));
    assert_eq!(store.read().list(EntityFilter::default()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_queued_command_runs_although_nobody_waits() {
    let (_dir, store) = open().await;
    let mut revisions = store.revisions();
    let mut waiting = Box::pin(add_org(&store, "acme"));
    assert!(futures::poll!(&mut waiting).is_pending());
    drop(waiting);
    revisions.changed().await.unwrap();
    assert_eq!(store.read().list(EntityFilter::kind(Kind::Org)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_refused_statement_costs_its_own_command_and_those_that_rest_on_the_batch() {
    let (_dir, store) = open().await;
    let put =
        |id, token: &'static str| act(&store, move |tx| Box::pin(async move { tx.put_session(session(id, token)).await.map(|_| ()) }));
    let rests = act(&store, |tx| {
        Box::pin(async move {
            let seen = tx.read().session(Uuid::from_u128(2)).await?.is_some();
            tx.put_cursor("rests", i64::from(seen)).await
        })
    });
    let alone = act(&store, |tx| Box::pin(async move { tx.put_cursor("alone", 1).await }));
    let reads = act(&store, |tx| Box::pin(async move { tx.read().cursor("none").await }));
    let results = tokio::join!(put(1, "same"), put(2, "same"), rests, alone, reads, put(3, "other"));
    let fault = Err(Fault::internal());
    assert_eq!(results, (Ok(()), fault.clone(), fault, Ok(()), Ok(None), Ok(())));
    let read = store.read();
    for (id, known) in [(1, true), (2, false), (3, true)] {
        assert_eq!(read.session(Uuid::from_u128(id)).await.unwrap().is_some(), known);
    }
    assert_eq!((read.cursor("rests").await, read.cursor("alone").await), (Ok(None), Ok(Some(1))));
    // The writer goes on.
    assert_eq!(put(4, "same").await, Err(Fault::internal()));
    assert_eq!(put(4, "new").await, Ok(()));
}

#[tokio::test]
async fn after_a_refused_statement_the_database_holds_what_memory_does() {
    let (dir, store) = open().await;
    let subject = Uuid::from_u128(9);
    let timer = |due| act(&store, move |tx| Box::pin(async move { tx.put_timer(TimerKind::Phase, subject, due).await }));
    let put = |id| act(&store, move |tx| Box::pin(async move { tx.put_session(session(id, "same")).await.map(|_| ()) }));
    let clear = act(&store, |tx| Box::pin(async move { tx.delete_timer(TimerKind::Gate, Uuid::nil()).await }));
    let set = act(&store, |tx| Box::pin(async move { tx.put_timer(TimerKind::Gate, Uuid::nil(), at(1)).await }));
    timer(at(1)).await.unwrap();
    let results = tokio::join!(timer(at(2)), set, put(1), put(2), clear, timer(at(3)));
    assert_eq!(results, (Ok(()), Ok(()), Ok(()), Err(Fault::internal()), Ok(()), Ok(())));
    let expected = [Timer { kind: TimerKind::Phase, subject, due: at(3) }];
    assert_eq!(store.read().timers(at(99), 9).await.unwrap(), expected);
    store.close().await.unwrap();
    let store = Store::open(options(Some(dir.path()))).await.unwrap();
    assert_eq!(store.read().timers(at(99), 9).await.unwrap(), expected);
    let stored = crate::table::timer::Entity::find().count(&store.0.shared.reader_db).await.unwrap();
    assert_eq!(stored, 1);
}

#[tokio::test]
async fn when_the_commit_fails_all_fail() {
    let (_dir, store) = open().await;
    let urn = add_org(&store, "acme").await.unwrap().urn();
    let before = store.read().entity(urn).await.unwrap();
    store.0.shared.writer_db.execute_unprepared("ALTER TABLE meta RENAME TO away").await.unwrap();
    let rename = act(&store, move |tx| Box::pin(async move { tx.update(urn, |org| org.head.name = "other".into()).await }));
    let (renamed, added) = tokio::join!(rename, add_org(&store, "new"));
    assert_eq!(renamed.unwrap_err(), Fault::internal());
    assert_eq!(added.unwrap_err(), Fault::internal());
    assert_eq!(store.read().entity(urn).await.unwrap(), before);
    assert_eq!(*store.revisions().borrow(), 1);
    store.0.shared.writer_db.execute_unprepared("ALTER TABLE away RENAME TO meta").await.unwrap();
    assert_eq!(add_org(&store, "new").await.unwrap().head().name, "new");
}

#[tokio::test]
async fn what_the_commit_itself_refuses_is_seen_by_nobody() {
    let (_dir, store) = open().await;
    let urn = add_org(&store, "acme").await.unwrap().urn();
    let list = || EntityFilter::kind(Kind::Org);
    let before = store.read().list(list()).await.unwrap();
    // A constraint that is looked at when the transaction ends.
    let sabotage = "PRAGMA foreign_keys = 1;
        CREATE TABLE nobody (id INTEGER PRIMARY KEY);
        CREATE TABLE orphan (parent INTEGER REFERENCES nobody DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER sabotage AFTER UPDATE ON entity BEGIN INSERT INTO orphan VALUES (1); END;";
    store.0.shared.writer_db.execute_unprepared(sabotage).await.unwrap();
    let rename = act(&store, move |tx| Box::pin(async move { tx.update(urn, |org| org.head.name = "other".into()).await }));
    let (renamed, added) = tokio::join!(rename, add_org(&store, "new"));
    assert_eq!((renamed.unwrap_err(), added.unwrap_err()), (Fault::internal(), Fault::internal()));
    assert_eq!(store.read().entity(urn).await.unwrap().as_ref(), before.first());
    assert_eq!(store.read().list(list()).await.unwrap(), before);
    store.0.shared.writer_db.execute_unprepared("DROP TRIGGER sabotage").await.unwrap();
    assert_eq!(add_org(&store, "other").await.unwrap().head().name, "other");
}

#[tokio::test]
async fn a_command_sees_its_own_change_over_that_of_its_batch() {
    let (_dir, store) = open().await;
    let urn = add_org(&store, "acme").await.unwrap().urn();
    let describe = |text: &'static str| {
        act(&store, move |tx| {
            Box::pin(async move {
                tx.update(urn, |org| org.head.description = Some(text.into())).await?;
                let (one, list) = (tx.read().entity(urn).await?, tx.read().list(EntityFilter::kind(Kind::Org)).await?);
                assert_eq!(one.as_ref(), list.first());
                Ok((list[0].head.description.clone(), list[0].head.rev))
            })
        })
    };
    let (one, two) = tokio::join!(describe("one"), describe("two"));
    assert_eq!((one.unwrap(), two.unwrap()), ((Some("one".into()), 2), (Some("two".into()), 3)));
    assert_eq!(*store.revisions().borrow(), 2);
}

#[tokio::test]
async fn events_are_numbered_dated_and_announced_as_the_settings_say() {
    let (_dir, store) = open().await;
    let emit = |name: &'static str, blocking| act(&store, move |tx| Box::pin(async move { tx.emit(event(name, blocking)).await }));
    let (one, two) = tokio::join!(emit("one", false), emit("two", false));
    one.and(two).unwrap();
    store.clock().advance_to(at(60_000));
    let silent = act(&store, |tx| {
        Box::pin(async move {
            tx.put_setting(&NotificationsSettings { enabled: false }).await?;
            tx.emit(event("three", false)).await?;
            tx.emit(event("four", true)).await?;
            assert_eq!(tx.read().recent_events(1).await?[0].seq, 4);
            Ok(())
        })
    });
    silent.await.unwrap();
    let events = store.read().events_after(0, 10).await.unwrap();
    let told: Vec<_> = events.iter().map(|event| (event.seq, event.what.entity.name.as_str(), event.time, event.announced)).collect();
    assert_eq!(told, [(1, "one", at(0), true), (2, "two", at(0), true), (3, "three", at(60_000), false), (4, "four", at(60_000), true)]);
    assert_eq!(events[0].what, event("one", false));
    assert_ne!(events[0].id, events[1].id);
    assert_eq!(store.last_event(), 4);
    assert_eq!(store.read().events_after(2, 1).await.unwrap(), events[2..3]);
    assert_eq!(store.read().recent_events(2).await.unwrap(), events[2..]);
    let prune = act(&store, |tx| {
        Box::pin(async move {
            tx.prune_events(3).await?;
            tx.read().events_after(0, 10).await
        })
    });
    assert_eq!(prune.await.unwrap(), events[3..]);
    assert_eq!(store.read().recent_events(10).await.unwrap(), events[3..]);
}

#[tokio::test]
async fn the_instant_of_a_command_is_read_once_and_never_goes_back() {
    /// A clock that answers what it is told, even nonsense.
    #[derive(Debug)]
    struct Told(Mutex<Vec<i64>>);
    impl vcdsim_model::clock::Clock for Told {
        fn now(&self) -> Time {
            let mut told = self.0.lock().unwrap();
            at(if told.len() > 1 { told.remove(0) } else { told[0] })
        }
    }
    let store = Store::open(Options { clock: Arc::new(Told(Mutex::new(vec![50, 20, 70]))), ..options(None) }).await.unwrap();
    let twice = || act(&store, |tx| Box::pin(async move { Ok((tx.now(), tx.read().now())) }));
    assert_eq!(twice().await, Ok((at(50), at(50))));
    assert_eq!(twice().await, Ok((at(50), at(50))));
    assert_eq!(twice().await, Ok((at(70), at(70))));
}

#[tokio::test]
async fn closing_runs_what_is_queued_and_refuses_the_rest() {
    let (dir, store) = open().await;
    let (started, running) = oneshot::channel();
    let (go, wait) = oneshot::channel();
    let slow = act(&store, move |tx| {
        Box::pin(async move {
            started.send(()).unwrap();
            wait.await.unwrap();
            let id = tx.id();
            tx.insert(org(id, "slow")).await.map(|_| ())
        })
    });
    let close = async {
        running.await.unwrap();
        let mut queued = Box::pin(add_org(&store, "queued"));
        assert!(futures::poll!(&mut queued).is_pending());
        let mut closing = Box::pin(store.clone().close());
        assert!(futures::poll!(&mut closing).is_pending());
        go.send(()).unwrap();
        (queued.await, closing.await)
    };
    let (slow, (queued, closed)) = tokio::join!(slow, close);
    assert_eq!(slow, Ok(()));
    assert_eq!(queued.unwrap().head().seq, 2);
    closed.unwrap();
    assert_eq!(add_org(&store, "late").await.unwrap_err(), Fault::internal());
    let again = Store::open(options(Some(dir.path()))).await.unwrap();
    assert_eq!(again.read().list(EntityFilter::default()).await.unwrap().len(), 2);
}
