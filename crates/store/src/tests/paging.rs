//! Pages. Invariant: SQL, memory and a command answer the same.

use super::*;
use crate::migration::Migrations;
use crate::page::Along;
use crate::table::object::fold;
use crate::{By, Clause, Naming, PageOf, Reference, TaskFilter, TaskPageOf, Than};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sea_orm::{ConnectionTrait, Statement};
use sea_orm_migration::MigratorTrait;
use std::sync::atomic::{AtomicBool, Ordering};
use vcdsim_model::family::service::{ServiceWork, Work};

/// Names that differ in case only, are not ASCII, or hold what patterns give a meaning.
const NAMES: &[&str] = &[
    "web", "Web", "WEB-1", "web-10", "web-2", "a*b", "a?b", "a[b]", "Ärger", "ärger", "STRASSE", "straße", "ΟΔΟΣ", "οδος", "İ", "z", "é",
    "𝄞x", "", "%_",
];
const PIECES: &[&str] = &["", "web", "we", "-1", "a", "*", "?", "[", "ä", "ς", "σ", "b", "𝄞", "ss"];

fn some_id(random: &mut ChaCha8Rng) -> Uuid {
    Uuid::from_u128(random.random_range(1..=6))
}

/// Orgs and datastores that lie in each other, in any order.
async fn fill(store: &Store, seed: u64) {
    let put = act(store, move |tx| {
        Box::pin(async move {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            for number in 1..=40_u128 {
                let id = Uuid::from_u128(number);
                let name = *NAMES.choose(&mut random).unwrap_or(&"");
                let mut any = || random.random_bool(0.8).then(|| some_id(&mut random));
                let (org_id, parent, owner) = (any(), any(), any());
                let urn = if number % 3 == 0 {
                    let draft = Draft { org: org_id, parent, owner, ..org(id, &format!("{name}{number}")) };
                    tx.insert(draft).await?.urn()
                } else {
                    tx.insert(Draft { org: org_id, parent, owner, ..datastore(id, name) }).await?.urn()
                };
                let busy = random.random_bool(0.3).then(|| some_id(&mut random));
                let status = *Status::ALL.choose(&mut random).unwrap_or(&Status::Resolved);
                tx.update(urn, |entity| (entity.head.busy, entity.head.status) = (busy, status)).await?;
            }
            Ok(())
        })
    });
    put.await.unwrap();
}

fn clause(random: &mut ChaCha8Rng, depth: usize) -> Clause {
    let columns = [Reference::Id, Reference::Org, Reference::Parent, Reference::Place, Reference::Owner, Reference::Busy];
    let pieces = |random: &mut ChaCha8Rng, count| (0..count).map(|_| (*PIECES.choose(random).unwrap_or(&"")).to_owned()).collect();
    let (column, is) = (*columns.choose(random).unwrap_or(&Reference::Id), random.random_bool(0.7));
    match random.random_range(0..if depth == 0 { 6 } else { 9 }) {
        0 | 1 => Clause::Refers(column, some_id(random), is),
        2 => Clause::Has(column, is),
        3 => match random.random_range(0..3) {
            0 => Clause::Named(Naming::Exactly((*NAMES.choose(random).unwrap_or(&"")).to_owned()), is),
            1 => Clause::Named(Naming::Folded(fold(NAMES.choose(random).unwrap_or(&""))), is),
            _ => {
                let count = random.random_range(2..4);
                Clause::Named(Naming::Like(pieces(random, count)), is)
            }
        },
        4 => Clause::Status(Status::ALL.into_iter().filter(|_| random.random_bool(0.4)).collect()),
        5 => {
            let thans = [Than::Same, Than::Other, Than::Earlier, Than::NotLater, Than::Later, Than::NotEarlier];
            Clause::Created(*thans.choose(random).unwrap_or(&Than::Same), at(random.random_range(-1..=1)))
        }
        6 => Clause::Kind(if is { Kind::Org } else { Kind::Datastore }, random.random_bool(0.5)),
        7 => Clause::All((0..random.random_range(0..4)).map(|_| clause(random, depth - 1)).collect()),
        _ => Clause::Any((0..random.random_range(0..4)).map(|_| clause(random, depth - 1)).collect()),
    }
}

fn question(random: &mut ChaCha8Rng) -> PageOf {
    let kinds = [vec![Kind::Org], vec![Kind::Datastore], vec![Kind::Org, Kind::Datastore], vec![Kind::Datastore, Kind::Role]];
    let reversed = random.random_bool(0.5);
    let order = [vec![], vec![(By::Name, reversed)], vec![(By::Created, reversed)], vec![(By::Created, reversed), (By::Name, !reversed)]];
    PageOf {
        kinds: kinds.choose(random).cloned().unwrap_or_default(),
        clause: clause(random, 2),
        order: order.choose(random).cloned().unwrap_or_default(),
        offset: random.random_range(0..12),
        limit: random.random_bool(0.9).then(|| random.random_range(1..10)),
    }
}

#[tokio::test]
async fn sql_memory_and_a_command_answer_the_same_page() {
    for seed in 0..4 {
        let (_dir, store) = open().await;
        fill(&store, seed).await;
        let mut random = ChaCha8Rng::seed_from_u64(100 + seed);
        let mut shown = 0;
        for _ in 0..400 {
            let of = question(&mut random);
            let page = store.read().page(&of).await.unwrap();
            assert_eq!(page, store.read().page_in_memory(&of).await.unwrap(), "{of:#?}");
            // The other way along, and the answer that was kept.
            for along in [Along::Order, Along::Reference] {
                let sql = of.select(along);
                let statement = Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, sql.text, sql.values);
                assert_eq!(store.0.shared.reader_db.query_all_raw(statement).await.unwrap().len(), page.rows.len(), "{along:?} {of:#?}");
            }
            assert_eq!(page, store.read().page(&of).await.unwrap());
            shown += usize::from(page.total > 1);
        }
        assert!(shown > 100, "{shown} pages had something to order");
        assert_eq!(store.incoherences().await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_command_sees_its_own_changes_on_a_page_and_others_do_after_it() {
    let (_dir, store) = open().await;
    fill(&store, 1).await;
    let of = PageOf { order: vec![(By::Name, true)], ..PageOf::kinds(&[Kind::Org], 5) };
    let before = store.read().page(&of).await.unwrap();
    let asked = of.clone();
    let inside = act(&store, move |tx| {
        Box::pin(async move {
            let id = tx.id();
            tx.insert(org(id, "\u{10FFFF}last")).await?;
            tx.read().page(&asked).await
        })
    });
    let inside = inside.await.unwrap();
    assert_eq!((inside.total, inside.rows[0].head.name.as_str()), (before.total + 1, "\u{10FFFF}last"));
    assert_eq!(store.read().page(&of).await.unwrap(), inside);
}

#[tokio::test]
async fn a_page_decodes_its_own_rows_only() {
    let store = Store::open(Options { cache_bytes: 0, ..options(None) }).await.unwrap();
    fill(&store, 2).await;
    let before = store.decoded();
    let page = store.read().page(&PageOf { offset: 7, ..PageOf::kinds(&[Kind::Datastore], 3) }).await.unwrap();
    assert_eq!((page.rows.len(), page.total, store.decoded() - before), (3, 27, 3));
}

/// How SQLite goes about it, a line for each step.
async fn plan(store: &Store, of: &PageOf, along: Along) -> Vec<String> {
    let sql = of.select(along);
    let text = format!("EXPLAIN QUERY PLAN {}", sql.text);
    let statement = Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, text, sql.values);
    let rows = store.0.shared.reader_db.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect()
}

#[tokio::test]
async fn pages_are_read_along_an_index_and_not_sorted() {
    let (_dir, store) = open().await;
    let kinds = [Kind::Vm, Kind::TemplateVm];
    let id = Uuid::from_u128(1);
    let org = Clause::Refers(Reference::Org, id, true);
    let all = |clause: Clause| Clause::All(vec![org.clone(), clause]);
    let (by_seq, by_name) = (Vec::new(), [vec![(By::Name, false)], vec![(By::Name, true)]]);
    let ask = |clause: Clause, order: &Vec<(By, bool)>| PageOf { clause, order: order.clone(), ..PageOf::kinds(&kinds, 25) };
    let cases = [
        (ask(Clause::always(), &by_seq), "entity_kind_seq", Along::Order),
        (ask(org.clone(), &by_seq), "entity_kind_org ", Along::Order),
        (ask(Clause::always(), &by_name[0]), "entity_kind_folded", Along::Order),
        (ask(Clause::always(), &by_name[1]), "entity_kind_folded", Along::Order),
        (ask(org.clone(), &by_name[0]), "entity_kind_org_folded", Along::Order),
        (ask(org.clone(), &by_name[1]), "entity_kind_org_folded", Along::Order),
        (ask(Clause::Named(Naming::Exactly("a".into()), true), &by_seq), "entity_kind_folded", Along::Order),
        (ask(all(Clause::Named(Naming::Exactly("a".into()), true)), &by_seq), "entity_kind_org_folded", Along::Order),
        (ask(Clause::Named(Naming::Like(vec!["a".into(), String::new()]), true), &by_name[0]), "entity_kind_folded", Along::Order),
        (ask(all(Clause::Refers(Reference::Parent, id, true)), &by_seq), "entity_parent", Along::Reference),
        (ask(all(Clause::Refers(Reference::Owner, id, true)), &by_seq), "entity_owner", Along::Reference),
        (ask(Clause::Refers(Reference::Parent, id, true), &by_name[0]), "entity_kind_folded", Along::Order),
        (ask(Clause::Refers(Reference::Place, id, true), &by_seq), "entity_kind_seq", Along::Order),
        (ask(all(Clause::Refers(Reference::Place, id, true)), &by_name[1]), "entity_kind_org_folded", Along::Order),
    ];
    for (of, index, along) in cases {
        let steps = plan(&store, &of, along).await;
        let sorted = steps.iter().any(|step| step.contains("TEMP B-TREE"));
        let scans = steps.iter().any(|step| step.starts_with("SCAN") && step != "SCAN page");
        assert!(!sorted && !scans, "{of:?}: {steps:#?}");
        // One for each kind, and each row of the page by its place.
        assert_eq!(
            steps.iter().filter(|step| step.contains(&format!("{index}{}", if index.ends_with(' ') { "" } else { " " }))).count(),
            2,
            "{of:?}: {steps:#?}"
        );
        assert!(steps.contains(&"MERGE (UNION ALL)".to_owned()), "{steps:#?}");
        assert!(steps.iter().any(|step| step.contains("USING INTEGER PRIMARY KEY")), "{steps:#?}");
    }
    // What fits is found, and sorted, without looking at the rest.
    for reference in [Reference::Parent, Reference::Place, Reference::Owner] {
        let steps = plan(&store, &ask(all(Clause::Refers(reference, id, true)), &by_name[0]), Along::Reference).await;
        assert!(!steps.iter().any(|step| step.contains("entity_kind") || step.starts_with("SCAN entity")), "{reference:?}: {steps:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rows_and_total_are_of_one_commit() {
    let store = Store::open(Options { cache_bytes: 200_000, ..options(None) }).await.unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|reader| {
            let (store, done) = (store.clone(), Arc::clone(&done));
            let runtime = tokio::runtime::Handle::current();
            let reads = async move {
                while !done.load(Ordering::Acquire) {
                    let order = if reader == 0 { vec![(By::Name, true)] } else { Vec::new() };
                    let of = PageOf { order, limit: Some(if reader == 2 { 4 } else { 1_000 }), ..PageOf::kinds(&[Kind::Datastore], 0) };
                    let page = store.read().page(&of).await.unwrap();
                    // Each commit adds three, and gives all that there are one description.
                    assert_eq!(page.total % 3, 0);
                    assert_eq!(page.rows.len() as u64, page.total.min(of.limit.unwrap_or_default()));
                    let told = page.rows.first().map(|row| row.head.description.clone());
                    assert!(page.rows.iter().all(|row| Some(&row.head.description) == told.as_ref()), "{page:?}");
                }
            };
            std::thread::spawn(move || runtime.block_on(reads))
        })
        .collect();
    for round in 0..40 {
        let write = act(&store, move |tx| {
            Box::pin(async move {
                for _ in 0..3 {
                    let id = tx.id();
                    tx.insert(datastore(id, &format!("ds-{round}"))).await?;
                }
                for entity in tx.read().list(crate::EntityFilter::kind(Kind::Datastore)).await? {
                    tx.update(entity.urn(), |entity| entity.head.description = Some(round.to_string())).await?;
                }
                Ok(())
            })
        });
        write.await.unwrap();
    }
    done.store(true, Ordering::Release);
    for reader in readers {
        tokio::task::spawn_blocking(|| reader.join()).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_directory_of_before_gets_its_names_folded() {
    let dir = tempfile::tempdir().unwrap();
    let synchronous = sea_orm::sqlx::sqlite::SqliteSynchronous::Normal;
    let db = crate::db::writer(&dir.path().join("vcdsim.db"), synchronous).await.unwrap();
    Migrations::up(&db, Some(1)).await.unwrap();
    let body = serde_json::to_string(&vcdsim_model::entity::Resource::wrap(datastore(Uuid::nil(), "").body)).unwrap();
    for (seq, name) in NAMES.iter().enumerate() {
        let insert = "INSERT INTO entity (id, kind, name, status, created, seq, rev, body) VALUES (?, ?, ?, 1, 0, ?, 1, ?)";
        let id = Uuid::from_u128(seq as u128);
        let values: [sea_orm::Value; 5] =
            [id.into(), Kind::Datastore.name().into(), (*name).into(), (seq as i64).into(), body.as_str().into()];
        db.execute_raw(Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, insert, values)).await.unwrap();
    }
    db.close().await.unwrap();

    let store = Store::open(options(Some(dir.path()))).await.unwrap();
    assert_eq!(store.incoherences().await.unwrap(), Vec::<String>::new());
    let of = PageOf { order: vec![(By::Name, false)], ..PageOf::kinds(&[Kind::Datastore], 100) };
    let page = store.read().page(&of).await.unwrap();
    let mut expected = NAMES.to_vec();
    expected.sort_by_key(|name| (name.to_lowercase(), *name));
    assert_eq!(page.rows.iter().map(|row| row.head.name.as_str()).collect::<Vec<_>>(), expected);
    assert_eq!(store.read().list(crate::EntityFilter::kind(Kind::Datastore).named("Ärger")).await.unwrap().len(), 1);
}

fn of_service() -> Work {
    Work::Service(ServiceWork { namespace: "org.example".to_owned(), name: "backup".to_owned(), text: None, result: None })
}

#[tokio::test]
async fn tasks_of_before_are_the_platforms() {
    let dir = tempfile::tempdir().unwrap();
    let db = crate::db::writer(&dir.path().join("vcdsim.db"), sea_orm::sqlx::sqlite::SqliteSynchronous::Normal).await.unwrap();
    Migrations::up(&db, Some(3)).await.unwrap();
    let old = task(1, 7);
    let insert = "INSERT INTO task (id, org, owner, status, start, body) VALUES (?, ?, ?, 'running', ?, ?)";
    let body = serde_json::to_string(&old).unwrap();
    let values: [sea_orm::Value; 5] =
        [old.id.into(), old.org.into(), old.owner.id.into(), old.start.timestamp_millis().into(), body.into()];
    db.execute_raw(Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, insert, values)).await.unwrap();
    db.close().await.unwrap();

    let store = Store::open(options(Some(dir.path()))).await.unwrap();
    assert_eq!(store.incoherences().await.unwrap(), Vec::<String>::new());
    for (service, found) in [(Some(None), 1), (Some(Some("org.example".to_owned())), 0), (None, 1)] {
        let filter = TaskFilter { service, ..TaskFilter::default() };
        assert_eq!(store.read().task_page(&TaskPageOf { filter, newest: false, offset: 0, limit: 9 }).await.unwrap().1, found);
    }
}

#[tokio::test]
async fn a_page_of_tasks_is_read_from_either_end() {
    let (_dir, store) = open().await;
    let fill = act(&store, |tx| {
        Box::pin(async move {
            for number in 0..30_u32 {
                let status = if number % 4 == 0 { TaskStatus::Queued } else { TaskStatus::Running };
                let org = Uuid::from_u128(200 + u128::from(number % 3 == 0));
                let operation = if number % 5 == 0 { of_service() } else { Operation::VappDeploy.into() };
                tx.put_task(Task { status, org, operation, ..task(u128::from(100 - number), i64::from(number / 2)) }).await?;
            }
            Ok(())
        })
    });
    fill.await.unwrap();
    let (org, owner) = (Some(Uuid::from_u128(200)), Some(Uuid::from_u128(100)));
    let queued = Some(vec![TaskStatus::Queued]);
    let filters = [
        TaskFilter::default(),
        TaskFilter { org, ..TaskFilter::default() },
        TaskFilter { owner, ..TaskFilter::default() },
        TaskFilter { statuses: queued.clone(), ..TaskFilter::default() },
        TaskFilter { service: Some(Some("org.example".to_owned())), org, ..TaskFilter::default() },
        TaskFilter { service: Some(None), ..TaskFilter::default() },
        TaskFilter { org, statuses: Some(TaskStatus::ALL.to_vec()), ..TaskFilter::default() },
        TaskFilter { statuses: Some(Vec::new()), ..TaskFilter::default() },
    ];
    for (filter, newest, offset) in filters.iter().flat_map(|filter| [(filter, false, 0), (filter, true, 3), (filter, true, 99)]) {
        let of = TaskPageOf { filter: filter.clone(), newest, offset, limit: 4 };
        let asked = of.clone();
        let expected = act(&store, move |tx| Box::pin(async move { tx.read().task_page(&asked).await })).await.unwrap();
        for _ in 0..2 {
            assert_eq!(store.read().task_page(&of).await.unwrap(), expected, "{of:?}");
        }
    }
    for (filter, index) in filters.iter().zip(["task_start", "task_org", "task_owner", "task_status", "task_service"]) {
        let statement = sea_orm::QueryTrait::build(
            &TaskPageOf { filter: filter.clone(), newest: true, offset: 0, limit: 4 }.select(),
            sea_orm::DbBackend::Sqlite,
        );
        let text = format!("EXPLAIN QUERY PLAN {}", statement.sql);
        let explain =
            Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, text, statement.values.map(|values| values.0).unwrap_or_default());
        let steps = store.0.shared.reader_db.query_all_raw(explain).await.unwrap();
        let steps: Vec<String> = steps.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
        assert!(steps.len() == 1 && steps[0].contains(index), "{steps:?}");
    }
    // What is remembered of the total goes with the next commit.
    let all = TaskPageOf { filter: TaskFilter::default(), newest: true, offset: 0, limit: 1 };
    act(&store, |tx| Box::pin(async move { tx.delete_task(Uuid::from_u128(100)).await })).await.unwrap();
    assert_eq!(store.read().task_page(&all).await.unwrap().1, 29);
}

#[tokio::test]
async fn totals_are_carried_over_commits() {
    let (_dir, store) = open().await;
    fill(&store, 3).await;
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mut ask = async |store: &Store| {
        for _ in 0..40 {
            // In this world things lie in things of any kind; in the model, in things of one kind only.
            let of = question(&mut random);
            if !of.clause.asks_place() {
                store.read().page(&of).await.unwrap();
            }
        }
    };
    for round in 0..25_u128 {
        ask(&store).await;
        let change = act(&store, move |tx| {
            Box::pin(async move {
                let (gone, made) = (Uuid::from_u128(40 - round), Uuid::from_u128(1_000 + round));
                let gone = tx.read().object(gone).await?.ok_or_else(Fault::internal)?;
                tx.delete(gone.urn()).await?;
                tx.insert(Draft { org: Some(Uuid::from_u128(1)), ..datastore(made, "web") }).await?;
                tx.update(Urn::new(Kind::Datastore, made), |entity| entity.head.name = "Web-9".into()).await?;
                if let Some(other) = tx.read().object(Uuid::from_u128(1 + round % 10)).await? {
                    tx.update(other.urn(), |entity| (entity.head.busy, entity.head.owner) = (None, Some(Uuid::from_u128(2)))).await?;
                }
                Ok(())
            })
        });
        change.await.unwrap();
        assert_eq!(store.incoherences().await.unwrap(), Vec::<String>::new());
        let cache = &store.0.shared.cache;
        let standing = cache.answers.totals.iter().filter(|(of, kept)| cache.lists.admit(&of.depends_on(), kept.ticket)).count();
        assert!(standing > 10, "{standing}");
    }
}
