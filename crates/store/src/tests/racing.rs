//! Readers against the writer. Invariant: no reader sees an older state after a newer one.

use super::*;
use crate::EntityFilter;
use crate::cache::Cache;
use crate::changes::Changes;
use crate::row::Row;
use std::sync::atomic::{AtomicBool, Ordering};
use vcdsim_model::entity::Entity;

fn object(rev: i64) -> Entity {
    let Draft { id, name, status, body, .. } = org(Uuid::from_u128(1), "acme");
    let head = vcdsim_model::entity::Head {
        id,
        kind: Kind::Org,
        name,
        description: None,
        org: None,
        parent: None,
        owner: None,
        status,
        busy: None,
        created: at(0),
        seq: 1,
        rev,
    };
    Entity { head, body: vcdsim_model::entity::Resource::wrap(body) }
}

/// The revision in the cache.
fn kept(cache: &Cache) -> Option<i64> {
    cache.get::<Entity>(Uuid::from_u128(1)).map(|entity| entity.head.rev)
}

fn fill(cache: &Cache, ticket: crate::cache::Ticket, rev: i64) {
    cache.fill(ticket, Uuid::from_u128(1), &Arc::new(object(rev)), 100);
}

#[test]
fn a_reader_that_asked_before_or_during_a_commit_cannot_put_its_row_back() {
    let cache = Cache::new(1 << 20);
    let early = cache.ticket();
    fill(&cache, early, 1);
    assert_eq!(kept(&cache), Some(1));

    let mut changes = Changes::default();
    changes.put(object(2));
    cache.begin(&changes);
    let during = cache.ticket();
    assert_eq!(kept(&cache), None);
    fill(&cache, early, 1);
    fill(&cache, during, 1);
    assert_eq!(kept(&cache), None);
    cache.end(&changes, true);
    fill(&cache, early, 1);
    fill(&cache, during, 1);
    assert_eq!(kept(&cache), Some(2));

    // A commit that fails, and one that removes.
    for committed in [false, true] {
        let mut changes = Changes::default();
        changes.remove::<Entity>(Uuid::from_u128(1));
        cache.begin(&changes);
        let during = cache.ticket();
        cache.end(&changes, committed);
        fill(&cache, during, 2);
        assert_eq!(kept(&cache), None);
        fill(&cache, cache.ticket(), 2);
        assert_eq!(kept(&cache), Some(2));
    }
}

#[test]
fn a_list_is_remembered_until_its_kind_changes() {
    let cache = Cache::new(1 << 20);
    let (orgs, roles, all) = (EntityFilter::kind(Kind::Org), EntityFilter::kind(Kind::Role), EntityFilter::default());
    let rows = [Arc::new(object(1))];
    let early = cache.ticket();
    for filter in [&orgs, &roles, &all] {
        cache.lists.fill(early, filter, &rows);
    }
    let known = |filter: &EntityFilter| cache.lists.get(filter).is_some();
    assert_eq!([known(&orgs), known(&roles), known(&all)], [true, true, false]);
    assert!(!known(&orgs.clone().named("acme")));
    for committed in [true, false] {
        let mut changes = Changes::default();
        changes.kinds.insert(Kind::Org);
        cache.begin(&changes);
        let during = cache.ticket();
        cache.lists.fill(during, &orgs, &rows);
        assert_eq!([known(&orgs), known(&roles)], [false, true]);
        cache.end(&changes, committed);
        cache.lists.fill(during, &orgs, &rows);
        cache.lists.fill(early, &orgs, &rows);
        assert!(!known(&orgs));
        cache.lists.fill(cache.ticket(), &orgs, &rows);
        assert!(known(&orgs));
    }
}

#[test]
fn a_row_is_known_only_at_its_revision() {
    let cache = Cache::new(1 << 20);
    fill(&cache, cache.ticket(), 2);
    let known = |object: &Entity| Entity::cached(&object.encode().unwrap(), &cache).is_some();
    let mut remade = object(2);
    remade.head.seq = 9;
    assert_eq!([known(&object(1)), known(&object(2)), known(&remade)], [false, true, false]);
}

#[test]
fn every_kind_has_its_place() {
    for (place, kind) in Kind::ALL.iter().enumerate() {
        assert_eq!(*kind as usize, place);
    }
}

#[test]
fn the_cache_keeps_within_its_bytes() {
    let cache = Cache::new(20_000);
    for id in 0..1_000 {
        cache.fill(cache.ticket(), Uuid::from_u128(id), &Arc::new(object(1)), 600);
    }
    let left = (0..1_000).filter(|id| cache.get::<Entity>(Uuid::from_u128(*id)).is_some()).count();
    assert!((1..=20).contains(&left), "{left}");
}

const OBJECTS: usize = 40;
const ROUNDS: i64 = 150;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_reader_goes_back_in_time() {
    // So small a cache that most reads go to SQL and fill it.
    let store = Store::open(Options { cache_bytes: 12_000, ..options(None) }).await.unwrap();
    let add = |tx: &mut Tx<'_>| -> Uuid { tx.id() };
    let mut ids = Vec::new();
    for _ in 0..OBJECTS {
        let made = act(&store, move |tx| {
            Box::pin(async move {
                let id = add(tx);
                tx.insert(datastore(id, "ds")).await
            })
        });
        ids.push(made.await.unwrap().urn());
    }
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|reader| {
            let (store, ids, done) = (store.clone(), ids.clone(), Arc::clone(&done));
            let runtime = tokio::runtime::Handle::current();
            let reads = async move {
                let mut seen = vec![0; OBJECTS];
                let mut rounds = 0;
                while !done.load(Ordering::Acquire) || rounds == 0 {
                    let found = if reader == 0 {
                        store.read().list(EntityFilter::kind(Kind::Datastore)).await.unwrap()
                    } else {
                        futures::future::join_all(ids.iter().map(|urn| async { store.read().entity(*urn).await.unwrap().unwrap() })).await
                    };
                    for (entity, seen) in found.iter().zip(&mut seen) {
                        assert!(entity.head.rev >= *seen, "revision {} after {seen}", entity.head.rev);
                        *seen = entity.head.rev;
                    }
                    // The other way of reading must not be behind.
                    for (urn, seen) in ids.iter().zip(&mut seen) {
                        let entity = store.read().entity(*urn).await.unwrap().unwrap();
                        assert!(entity.head.rev >= *seen, "revision {} after {seen}", entity.head.rev);
                        *seen = entity.head.rev;
                    }
                    rounds += 1;
                }
            };
            std::thread::spawn(move || runtime.block_on(reads))
        })
        .collect();
    for round in 0..ROUNDS {
        let writes = ids.iter().map(|urn| {
            let (urn, store) = (*urn, store.clone());
            async move {
                let written = act(&store, move |tx| {
                    Box::pin(async move { tx.update(urn, |entity| entity.head.description = Some(round.to_string())).await })
                });
                let written = written.await.unwrap();
                let read = store.read().entity(urn).await.unwrap().unwrap();
                assert_eq!(read.head.rev, written.head.rev);
            }
        });
        futures::future::join_all(writes).await;
    }
    done.store(true, Ordering::Release);
    for reader in readers {
        tokio::task::spawn_blocking(|| reader.join()).await.unwrap().unwrap();
    }
    for urn in &ids {
        assert_eq!(store.read().entity(*urn).await.unwrap().unwrap().head.rev, ROUNDS + 1);
    }
}
