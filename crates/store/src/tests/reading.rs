//! What lists and look-ups answer. Invariant: uncommitted and committed rows are filtered and ordered alike.

use super::*;
use crate::{EntityFilter, Hold, HoldKind, TaskFilter, Timer, TimerKind};
use vcdsim_model::entity::Entity;
use vcdsim_model::family::settings::{AmqpSettings, BlockingTaskSettings, GeneralSettings};

fn names(list: &[Arc<Entity>]) -> Vec<&str> {
    list.iter().map(|entity| entity.head.name.as_str()).collect()
}

#[tokio::test]
async fn objects_are_filtered_by_every_column_before_and_after_the_commit() {
    let (_dir, store) = open().await;
    let (org_id, parent, owner) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
    let filters = move || {
        [
            (EntityFilter::kind(Kind::Datastore), vec!["a", "b", "c"]),
            (EntityFilter::kind(Kind::Org), vec![]),
            (EntityFilter::default().in_org(org_id), vec!["a"]),
            (EntityFilter::default().in_org(None), vec!["b", "c"]),
            (EntityFilter::default().in_parent(parent), vec!["b"]),
            (EntityFilter::default().owned_by(owner), vec!["c"]),
            (EntityFilter::kind(Kind::Datastore).named("c").owned_by(owner), vec!["c"]),
            (EntityFilter::kind(Kind::Datastore).named("C"), vec![]),
        ]
    };
    let made = act(&store, move |tx| {
        Box::pin(async move {
            let ids = [tx.id(), tx.id(), tx.id()];
            tx.insert(Draft { org: Some(org_id), ..datastore(ids[0], "a") }).await?;
            tx.insert(Draft { parent: Some(parent), ..datastore(ids[1], "b") }).await?;
            tx.insert(Draft { owner: Some(owner), ..datastore(ids[2], "c") }).await?;
            for (filter, expected) in filters() {
                assert_eq!(names(&tx.read().list(filter).await?), expected);
            }
            assert_eq!(tx.read().children::<Datastore>(parent).await?.len(), 1);
            Ok(ids)
        })
    });
    let ids = made.await.unwrap();
    for (filter, expected) in filters() {
        assert_eq!(names(&store.read().list(filter).await.unwrap()), expected);
    }
    assert_eq!(store.read().children::<Datastore>(parent).await.unwrap()[0].head().id, ids[1]);
    // A command's change takes a row out of one list and into another.
    let moved = act(&store, move |tx| {
        Box::pin(async move {
            tx.update(Urn::new(Kind::Datastore, ids[1]), |entity| entity.head.parent = Some(owner)).await?;
            tx.delete(Urn::new(Kind::Datastore, ids[0])).await?;
            let read = tx.read();
            assert!(read.list(EntityFilter::default().in_parent(parent)).await?.is_empty());
            assert_eq!(names(&read.list(EntityFilter::default().in_parent(owner)).await?), ["b"]);
            assert_eq!(names(&read.list(EntityFilter::default()).await?), ["b", "c"]);
            Ok(())
        })
    });
    moved.await.unwrap();
    assert_eq!(names(&store.read().list(EntityFilter::default()).await.unwrap()), ["b", "c"]);
}

#[tokio::test]
async fn a_list_that_was_asked_before_follows_every_change() {
    let (_dir, store) = open().await;
    let orgs = || EntityFilter::kind(Kind::Org);
    let first = add_org(&store, "first").await.unwrap().urn();
    assert_eq!(names(&store.read().list(orgs()).await.unwrap()), ["first"]);
    let again = store.read().list(orgs()).await.unwrap();
    let second = act(&store, move |tx| {
        Box::pin(async move {
            let id = tx.id();
            tx.insert(org(id, "second")).await?;
            tx.update(first, |org| org.head.name = "renamed".into()).await?;
            assert_eq!(names(&tx.read().list(orgs()).await?), ["renamed", "second"]);
            Ok(id)
        })
    });
    let second = second.await.unwrap();
    assert_eq!(names(&again), ["first"]);
    assert_eq!(names(&store.read().list(orgs()).await.unwrap()), ["renamed", "second"]);
    act(&store, move |tx| Box::pin(async move { tx.delete(Urn::new(Kind::Org, second)).await })).await.unwrap();
    assert_eq!(names(&store.read().list(orgs()).await.unwrap()), ["renamed"]);
    let refused: Result<(), Fault> = act(&store, move |tx| {
        Box::pin(async move {
            tx.delete(first).await?;
            assert!(tx.read().list(orgs()).await?.is_empty());
            Err(Fault::denied())
        })
    })
    .await;
    assert_eq!(refused, Err(Fault::denied()));
    assert_eq!(names(&store.read().list(orgs()).await.unwrap()), ["renamed"]);
}

#[tokio::test]
async fn tasks_come_in_order_of_start_and_the_limit_counts_what_is_shown() {
    let (_dir, store) = open().await;
    let ids = |tasks: &[Arc<Task>]| tasks.iter().map(|task| task.id.as_u128()).collect::<Vec<_>>();
    let put = act(&store, |tx| {
        Box::pin(async move {
            tx.put_task(task(3, 10)).await?;
            tx.put_task(task(1, 20)).await?;
            tx.put_task(task(2, 10)).await?;
            tx.put_task(Task { status: TaskStatus::Queued, org: Uuid::nil(), ..task(4, 0) }).await
        })
    });
    put.await.unwrap();
    let all = || TaskFilter { limit: Some(2), ..TaskFilter::default() };
    assert_eq!(ids(&store.read().tasks(TaskFilter::default()).await.unwrap()), [4, 2, 3, 1]);
    assert_eq!(ids(&store.read().tasks(all()).await.unwrap()), [4, 2]);
    let running = TaskFilter { statuses: Some(vec![TaskStatus::Running, TaskStatus::Error]), ..TaskFilter::default() };
    assert_eq!(ids(&store.read().tasks(running.clone()).await.unwrap()), [2, 3, 1]);
    let owned = TaskFilter { owner: Some(Uuid::from_u128(100)), org: Some(Uuid::from_u128(200)), ..TaskFilter::default() };
    assert_eq!(ids(&store.read().tasks(owned).await.unwrap()), [2, 3, 1]);
    assert_eq!(*store.read().task(Uuid::from_u128(3)).await.unwrap().unwrap(), task(3, 10));
    let inside = act(&store, move |tx| {
        Box::pin(async move {
            assert!(tx.delete_task(Uuid::from_u128(4)).await?);
            assert!(!tx.delete_task(Uuid::from_u128(4)).await?);
            tx.put_task(Task { status: TaskStatus::Success, ..task(2, 10) }).await?;
            tx.put_task(task(5, 15)).await?;
            Ok((tx.read().tasks(all()).await?, tx.read().tasks(running).await?))
        })
    });
    let (first, running) = inside.await.unwrap();
    assert_eq!((ids(&first), ids(&running)), (vec![2, 3], vec![3, 5, 1]));
}

#[tokio::test]
async fn blocking_tasks_are_found_by_id_by_task_and_in_order() {
    let (_dir, store) = open().await;
    let put = act(&store, |tx| {
        Box::pin(async move {
            tx.put_blocking(blocking(2, 12, 10)).await?;
            tx.put_blocking(blocking(1, 11, 20)).await?;
            assert_eq!(tx.read().blocking_of(Uuid::from_u128(11)).await?.unwrap().id, Uuid::from_u128(1));
            Ok(())
        })
    });
    put.await.unwrap();
    let read = store.read();
    let all: Vec<_> = read.blocking_tasks().await.unwrap().iter().map(|blocking| blocking.id.as_u128()).collect();
    assert_eq!(all, [2, 1]);
    assert_eq!(*read.blocking_of(Uuid::from_u128(12)).await.unwrap().unwrap(), blocking(2, 12, 10));
    // Another blocking task may take the place of one that goes.
    let decided = act(&store, |tx| {
        Box::pin(async move {
            let first = tx.delete_blocking(Uuid::from_u128(2)).await?;
            tx.put_blocking(blocking(3, 12, 30)).await?;
            Ok((first, tx.delete_blocking(Uuid::from_u128(2)).await?))
        })
    });
    assert_eq!(decided.await, Ok((true, false)));
    assert!(read.blocking_task(Uuid::from_u128(2)).await.unwrap().is_none());
    assert_eq!(read.blocking_of(Uuid::from_u128(12)).await.unwrap().unwrap().id, Uuid::from_u128(3));
}

#[tokio::test]
async fn holds_keep_the_order_in_which_they_were_taken() {
    let (_dir, store) = open().await;
    let (holder, other) = (Uuid::from_u128(50), Uuid::from_u128(51));
    let hold = move |task, entity, what| Hold { task, entity: Urn::new(Kind::Vm, Uuid::from_u128(entity)), what };
    let first = hold(holder, 9, HoldKind::Created);
    let second = hold(holder, 1, HoldKind::Locked { was: Status::PoweredOff });
    let third = hold(holder, 5, HoldKind::Created);
    let put = act(&store, move |tx| {
        Box::pin(async move {
            tx.put_hold(first).await?;
            tx.put_hold(hold(other, 9, HoldKind::Created)).await?;
            tx.put_hold(second).await
        })
    });
    put.await.unwrap();
    assert_eq!(store.read().holds(holder).await.unwrap(), [first, second]);
    let more = act(&store, move |tx| {
        Box::pin(async move {
            tx.put_hold(third).await?;
            let held = tx.read().holds(holder).await?;
            tx.delete_holds(holder).await?;
            Ok((held, tx.read().holds(holder).await?))
        })
    });
    assert_eq!(more.await.unwrap(), (vec![first, second, third], vec![]));
    assert!(store.read().holds(holder).await.unwrap().is_empty());
    assert_eq!(store.read().holds(other).await.unwrap().len(), 1);
}

#[tokio::test]
async fn timers_are_due_in_order_and_replaced_by_kind_and_subject() {
    let (_dir, store) = open().await;
    let timer = |kind, subject, due| Timer { kind, subject: Uuid::from_u128(subject), due: at(due) };
    let set = |timer: Timer| act(&store, move |tx| Box::pin(async move { tx.put_timer(timer.kind, timer.subject, timer.due).await }));
    let (late, early, same) = (timer(TimerKind::Gate, 1, 30), timer(TimerKind::Phase, 9, 10), timer(TimerKind::Phase, 2, 10));
    for timer in [late, early, same] {
        set(timer).await.unwrap();
    }
    assert_eq!(store.next_due(), Some(at(10)));
    assert_eq!(store.read().timers(at(9), 10).await.unwrap(), []);
    assert_eq!(store.read().timers(at(10), 10).await.unwrap(), [early, same]);
    assert_eq!(store.read().timers(at(99), 1).await.unwrap(), [early]);
    let inside = act(&store, move |tx| {
        Box::pin(async move {
            tx.delete_timer(early.kind, early.subject).await?;
            tx.put_timer(late.kind, late.subject, at(5)).await?;
            tx.put_timer(TimerKind::Session, Uuid::nil(), at(10)).await?;
            Ok((tx.read().timers(at(10), 2).await?, tx.read().timers(at(10), 9).await?))
        })
    });
    let moved = timer(TimerKind::Gate, 1, 5);
    let (two, all) = inside.await.unwrap();
    assert_eq!((two, all), (vec![moved, same], vec![moved, same, timer(TimerKind::Session, 0, 10)]));
    assert_eq!(store.next_due(), Some(at(5)));
    for kind in TimerKind::ALL {
        assert_eq!(TimerKind::from_name(kind.name()), Some(*kind));
    }
}

#[tokio::test]
async fn sessions_are_found_by_token_however_they_change() {
    let (_dir, store) = open().await;
    let put = |session| act(&store, move |tx| Box::pin(async move { tx.put_session(session).await.map(|_| ()) }));
    put(session(1, "aa")).await.unwrap();
    let read = store.read();
    assert_eq!(read.session_by_token("aa").await.unwrap().as_deref(), Some(&session(1, "aa")));
    assert_eq!(read.session_by_token("bb").await.unwrap(), None);
    put(Session { expires: at(9_000), ..session(1, "aa") }).await.unwrap();
    assert_eq!(read.session_by_token("aa").await.unwrap().unwrap().expires, at(9_000));
    put(session(1, "bb")).await.unwrap();
    assert_eq!(read.session_by_token("aa").await.unwrap(), None);
    let inside = act(&store, |tx| {
        Box::pin(async move {
            let known = tx.read().session_by_token("bb").await?.is_some();
            tx.delete_session(Uuid::from_u128(1)).await?;
            tx.put_session(session(2, "cc")).await?;
            let read = tx.read();
            Ok((known, read.session_by_token("bb").await?.is_some(), read.session_by_token("cc").await?.is_some()))
        })
    });
    assert_eq!(inside.await, Ok((true, false, true)));
    assert_eq!(read.session_by_token("bb").await.unwrap(), None);
    assert_eq!(read.session_by_token("cc").await.unwrap().unwrap().id, Uuid::from_u128(2));
}

#[tokio::test]
async fn settings_have_defaults_and_keep_what_is_written() {
    let (_dir, store) = open().await;
    assert_eq!(store.read().setting::<BlockingTaskSettings>().await.unwrap(), BlockingTaskSettings::default());
    let general = GeneralSettings { rest_api_base_uri: Some("https://cloud/api".into()), ..GeneralSettings::default() };
    let wanted = general.clone();
    let put = act(&store, move |tx| {
        Box::pin(async move {
            tx.put_setting(&general).await?;
            assert_eq!(tx.read().setting::<GeneralSettings>().await?, general);
            assert_eq!(tx.read().setting::<AmqpSettings>().await?, AmqpSettings::default());
            Ok(())
        })
    });
    put.await.unwrap();
    for _ in 0..2 {
        assert_eq!(store.read().setting::<GeneralSettings>().await.unwrap(), wanted);
    }
}

#[tokio::test]
async fn without_a_cache_everything_is_found_in_the_database() {
    let store = Store::open(Options { cache_bytes: 0, ..options(None) }).await.unwrap();
    let made = add_org(&store, "acme").await.unwrap();
    assert_eq!(store.read().get::<Org>(made.head().id).await.unwrap().entity(), made.entity());
    assert!(!Arc::ptr_eq(store.read().get::<Org>(made.head().id).await.unwrap().entity(), made.entity()));
}

#[tokio::test]
async fn timers_that_readers_wait_for_are_found_among_many() {
    let (_dir, store) = open().await;
    act(&store, |tx| {
        Box::pin(async move {
            for subject in 0..50 {
                tx.put_timer(TimerKind::Gate, Uuid::from_u128(subject), at(0)).await?;
            }
            tx.put_timer(TimerKind::Phase, Uuid::from_u128(7), at(0)).await?;
            tx.put_timer(TimerKind::Lease, Uuid::from_u128(8), at(1)).await
        })
    })
    .await
    .unwrap();
    let found: Vec<_> = store.awaited(10).iter().map(|timer| (timer.kind, timer.subject.as_u128())).collect();
    assert_eq!(found, [(TimerKind::Phase, 7)], "the lease is not due yet, and nobody waits for gates");
    act(&store, |tx| Box::pin(tx.delete_timer(TimerKind::Phase, Uuid::from_u128(7)))).await.unwrap();
    assert!(store.awaited(10).is_empty());
}
