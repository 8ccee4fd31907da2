//! Metadata: rows beside objects. Invariant: what a command has written is read by it at once and by others after its commit.

use super::*;
use crate::Reader;
use vcdsim_model::metadata::{Domain, MetaEntry, MetaKey, MetaValue, Visibility};

fn name(domain: Domain, key: &str) -> MetaKey {
    MetaKey { domain, key: key.to_owned() }
}

fn entry(domain: Domain, key: &str, value: MetaValue) -> MetaEntry {
    MetaEntry { name: name(domain, key), visibility: Visibility::ReadOnly, value }
}

async fn keys(read: &Reader<'_>, object: Uuid) -> Vec<String> {
    let all = read.metadata(object).await.unwrap();
    all.into_iter().map(|entry| format!("{}/{}={}", entry.name.domain.name(), entry.name.key, entry.value.text())).collect()
}

/// Three entries of a VDC's worth, of all types.
async fn noted(store: &Store) -> Uuid {
    let id = add_org(store, "acme").await.unwrap().urn().id;
    act(store, move |tx| {
        Box::pin(async move {
            tx.put_metadata(id, entry(Domain::System, "a", MetaValue::Number(-3))).await?;
            tx.put_metadata(id, entry(Domain::General, "b", MetaValue::Boolean(true))).await?;
            tx.put_metadata(id, entry(Domain::General, "a", MetaValue::DateTime(at(0)))).await?;
            assert_eq!(keys(&tx.read(), id).await.len(), 3);
            Ok(())
        })
    })
    .await
    .unwrap();
    id
}

#[tokio::test]
async fn entries_are_read_by_domain_and_key_and_one_by_one() {
    let (_dir, store) = open().await;
    let id = noted(&store).await;
    let all = ["GENERAL/a=2023-11-14T22:13:20.000Z", "GENERAL/b=true", "SYSTEM/a=-3"];
    assert_eq!(keys(&store.read(), id).await, all);
    let one = store.read().metadatum(id, &name(Domain::System, "a")).await.unwrap();
    assert_eq!(one, Some(entry(Domain::System, "a", MetaValue::Number(-3))));
    assert_eq!(store.read().metadatum(id, &name(Domain::System, "b")).await.unwrap(), None);
    assert_eq!(store.incoherences().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn an_entry_is_replaced_and_removed() {
    let (_dir, store) = open().await;
    let id = noted(&store).await;
    act(&store, move |tx| {
        Box::pin(async move {
            tx.put_metadata(id, entry(Domain::General, "b", MetaValue::String("x".to_owned()))).await?;
            tx.delete_metadata(id, &name(Domain::General, "a")).await?;
            assert_eq!(keys(&tx.read(), id).await, ["GENERAL/b=x", "SYSTEM/a=-3"]);
            Ok(())
        })
    })
    .await
    .unwrap();
    assert_eq!(keys(&store.read(), id).await, ["GENERAL/b=x", "SYSTEM/a=-3"]);
}

#[tokio::test]
async fn it_goes_with_its_object_and_a_copy_stays() {
    let (_dir, store) = open().await;
    let id = noted(&store).await;
    let other = add_org(&store, "other").await.unwrap().urn().id;
    act(&store, move |tx| {
        Box::pin(async move {
            tx.copy_metadata(id, other).await?;
            tx.delete(Urn::new(Kind::Org, id)).await
        })
    })
    .await
    .unwrap();
    assert_eq!((keys(&store.read(), id).await.len(), keys(&store.read(), other).await.len()), (0, 3));
    assert_eq!(store.dump().await.unwrap().rows("metadata").count(), 3);
}

#[tokio::test]
async fn objects_are_found_by_their_keys() {
    let (_dir, store) = open().await;
    let id = noted(&store).await;
    let other = add_org(&store, "other").await.unwrap().urn().id;
    act(&store, move |tx| {
        Box::pin(async move {
            tx.put_metadata(other, entry(Domain::General, "b", MetaValue::Number(1))).await?;
            let both = [name(Domain::General, "b"), name(Domain::System, "a")];
            assert_eq!(tx.read().metadata_named(&both, None).await?.len(), 3);
            Ok(())
        })
    })
    .await
    .unwrap();
    let objects = async |names: &[MetaKey], among: Option<&[Uuid]>| {
        let found = store.read().metadata_named(names, among).await.unwrap();
        found.iter().map(|datum| datum.object).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(objects(&[name(Domain::General, "b")], None).await, [id, other].into());
    assert_eq!(objects(&[name(Domain::General, "b")], Some(&[other])).await, [other].into());
    assert_eq!(objects(&[name(Domain::System, "b")], None).await, [].into());
}

#[tokio::test]
async fn what_was_refused_leaves_nothing_and_what_was_not_is_there_when_reopened() {
    let (dir, store) = open().await;
    let id = noted(&store).await;
    let refused = act(&store, move |tx| {
        Box::pin(async move {
            tx.put_metadata(id, entry(Domain::General, "c", MetaValue::Number(1))).await?;
            Err::<(), _>(Fault::bad_request("no"))
        })
    });
    assert!(refused.await.is_err());
    let before = store.dump().await.unwrap();
    store.close().await.unwrap();
    let store = Store::open(options(Some(dir.path()))).await.unwrap();
    assert_eq!(before.differences(&store.dump().await.unwrap()), Vec::<String>::new());
    assert_eq!(keys(&store.read(), id).await.len(), 3);
}
