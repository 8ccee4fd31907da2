//! The whole state of a cloud: reset, saved, brought back, compared. Invariant: what comes back cannot be told from what was saved.

use crate::control::{ok, refused};
use crate::story::Story;
use serde_json::{Value, json};
use vcdsim_model::clock::{ClockMode, parse_time};
use vcdsim_model::kind::Kind;
use vcdsim_platform::seed::{Counts, Inventory, seeded_id};
use vcdsim_server::config::ClockStart;
use vcdsim_server::{Config, Instance, Sources};
use vcdsim_store::EntityFilter;
use vcdsim_testkit::World;

#[tokio::test]
async fn a_reset_leaves_nothing_of_what_was() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let first = ok(&story.world, "POST reset", Value::Null).await;
    let fresh = ok(&story.world, "GET state", Value::Null).await;
    assert_eq!(story.admin.get("/api/session").await.status, 401, "sessions are gone");

    let story = Story::go_on(story.world).await;
    story.settings(&["vdcInstantiateVapp"], "abort", 60_000).await;
    story.blocked("web").await;
    ok(&story.world, "POST clock/advance", json!({ "by": "5d" })).await;
    let again = ok(&story.world, "POST reset", json!({ "to": "seed" })).await;
    assert_eq!((&first["digest"], &first["now"]), (&again["digest"], &again["now"]), "the time begins anew, too");
    assert_eq!(ok(&story.world, "GET state", Value::Null).await, fresh);
    assert_eq!(ok(&story.world, "GET blocking-operations", Value::Null).await["enabled"], json!([]));
    assert_eq!(story.world.instance().store().incoherences().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_done_after_a_reset_is_done_as_after_the_start() {
    let told = async |world: World| {
        let story = Story::go_on(world).await;
        story.settings(&["vdcInstantiateVapp"], "abort", 60_000).await;
        let blocked = story.blocked("web").await;
        ok(&story.world, "POST clock/advance", json!({ "by": "61s" })).await;
        let seen = story.tenant.get(&blocked.task).await.text().to_owned();
        let messages: Vec<_> = story.world.messages().await.into_iter().map(|entry| json!(entry).to_string()).collect();
        (story.world, seen, messages)
    };
    let world = World::new().await;
    ok(&world, "POST reset", Value::Null).await;
    let (world, task, messages) = told(world).await;
    ok(&world, "POST reset", Value::Null).await;
    let (_, task_again, messages_again) = told(world).await;
    assert_eq!(task, task_again);
    assert!(!messages.is_empty() && messages == messages_again);
}

#[tokio::test]
async fn a_snapshot_brings_back_a_task_in_the_middle() {
    let story = Story::begin(&["vdcInstantiateVapp"], "resume").await;
    let blocked = story.blocked("web").await;
    let saved = ok(&story.world, "PUT snapshots/blocked", Value::Null).await;
    ok(&story.world, "POST clock/advance", json!({ "by": "2m" })).await;
    assert_eq!(story.tenant.get(&blocked.task).await.attribute("status").as_deref(), Some("success"));

    let told = ok(&story.world, "GET snapshots/blocked/diff/now", Value::Null).await;
    let prose = told["prose"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>();
    assert!(prose.iter().any(|line| line.starts_with("VApp \"web\": ") && line.contains("status was 0, is 8")), "{prose:?}");
    assert!(prose.contains(&"blocking task vdcInstantiateVapp is gone"), "{prose:?}");
    let patch: json_patch::Patch = serde_json::from_value(told["patch"].clone()).unwrap();
    assert!(!patch.0.is_empty() && !told.to_string().contains("argon2id"), "secrets are struck out");

    let loaded = ok(&story.world, "POST snapshots/blocked/load", Value::Null).await;
    assert_eq!(loaded["digest"], saved["digest"]);
    assert_eq!(story.tenant.get(&blocked.task).await.attribute("status").as_deref(), Some("preRunning"), "and the session is there");
    assert_eq!(ok(&story.world, "GET snapshots/blocked/diff/now", Value::Null).await, json!({ "prose": [], "patch": [] }));
    // What was due fires again, at its time.
    ok(&story.world, "POST clock/advance", json!({ "by": "2m" })).await;
    assert_eq!(story.tenant.get(&blocked.task).await.attribute("status").as_deref(), Some("success"));
}

#[tokio::test]
async fn snapshots_are_listed_replaced_and_removed() {
    let mut world = World::new().await;
    for _ in 0..2 {
        ok(&world, "PUT snapshots/one", Value::Null).await;
    }
    ok(&world, "PUT snapshots/other-2", Value::Null).await;
    world.restart().await;
    let listed = ok(&world, "GET snapshots", Value::Null).await;
    let names: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["one", "other-2"], "and they survive the process");
    ok(&world, "DELETE snapshots/one", Value::Null).await;
    assert!(refused(&world, "POST snapshots/othr-2/load", Value::Null, 404).await.contains("other-2"));
    for name in ["seed", "Big", "-a", "a_b", "..", "%2e%2e%2fx"] {
        refused(&world, &format!("PUT snapshots/{name}"), Value::Null, 400).await;
    }
    assert!(refused(&world, "POST reset", json!({ "to": "start" }), 400).await.contains("snapshot:NAME"));
}

#[tokio::test]
async fn a_snapshot_that_has_changed_is_refused_and_nothing_happens() {
    let world = World::new().await;
    ok(&world, "PUT snapshots/one", Value::Null).await;
    let before = ok(&world, "GET state/digest", Value::Null).await;
    let file = world.data().join("snapshots/one/vcdsim.db");
    let db = std::fs::read(&file).unwrap();
    // A name of the same length: the database can still be read.
    let mut changed = db.clone();
    for at in (0..db.len() - 8).filter(|at| &db[*at..at + 8] == b"orgadmin") {
        changed[at..at + 8].copy_from_slice(b"orgadmim");
    }
    for bytes in [changed, b"no database".to_vec()] {
        std::fs::write(&file, bytes).unwrap();
        assert!(refused(&world, "POST snapshots/one/load", Value::Null, 409).await.contains("has changed"));
        assert_eq!(ok(&world, "GET state/digest", Value::Null).await, before);
    }
}

#[tokio::test]
async fn a_snapshot_of_another_version_is_loaded_if_it_can_be_read_and_else_refused_with_that_version() {
    let world = World::new().await;
    ok(&world, "PUT snapshots/one", Value::Null).await;
    let place = world.data().join("snapshots/one");
    let manifest: Value = serde_json::from_slice(&std::fs::read(place.join("snapshot.json")).unwrap()).unwrap();
    let write = |manifest: &Value| std::fs::write(place.join("snapshot.json"), manifest.to_string()).unwrap();
    let mut old = manifest.clone();
    old["version"] = json!("0.0.1-old");
    write(&old);
    ok(&world, "POST snapshots/one/load", Value::Null).await;
    // Its rows are told in other words.
    let mut other = old.clone();
    other["digest"] = json!("sha256:0");
    write(&other);
    let load = || refused(&world, "POST snapshots/one/load", Value::Null, 409);
    assert!(load().await.contains("was made by vcdsim 0.0.1-old, and this one"));
    write(&old);
    std::fs::write(place.join("vcdsim.db"), b"no database").unwrap();
    assert!(load().await.contains("was made by vcdsim 0.0.1-old, and this one"));
    write(&manifest);
    assert!(load().await.contains("has changed"));
}

#[tokio::test]
async fn an_empty_cloud_has_its_administrator_and_nothing_else() {
    let world = World::new().await;
    ok(&world, "POST reset", json!({ "to": "empty" })).await;
    let state = ok(&world, "GET state", Value::Null).await;
    assert_eq!(state["objects"], json!({ "Org": 1, "Role": 1, "User": 1 }));
    let admin = world.login("administrator@System").await;
    let orgs = admin.get("/api/org").await;
    assert_eq!((orgs.status, orgs.text().matches("<Org ").count()), (200, 1));
}

#[tokio::test]
async fn a_cloud_begins_with_what_it_is_given() {
    let world = World::new().await;
    let vapp = json!({ "name": "shop", "vms": ["web", "db"], "powered_on": true });
    let vdc = json!({ "name": "east", "networks": [{ "name": "lan", "subnet": 7 }], "vapps": [vapp, { "name": "idle" }] });
    let catalog = json!({ "name": "images", "templates": [{ "name": "photon-1vm" }], "media": ["tools"] });
    let org = json!({ "name": "acme", "users": [{ "name": "ann" }, { "name": "bob", "role": "vApp User" }], "vdcs": [vdc], "catalogs": [catalog] });
    ok(&world, "POST seed", json!({ "orgs": [org] })).await;
    let ann = world.login("ann@acme").await;
    assert!(world.anonymous().login("author@example", "password").await.is_none(), "the default inventory is gone");

    let id = seeded_id(Kind::VApp, "acme/east/shop");
    let shop = ann.get(&format!("/api/vApp/vapp-{id}")).await;
    assert_eq!((shop.attribute("status").as_deref(), shop.attribute("deployed").as_deref()), (Some("4"), Some("true")));
    assert!(shop.text().contains("name=\"web\"") && shop.text().contains("name=\"db\""));
    assert_eq!(ann.post_empty(&format!("/api/vApp/vapp-{id}/power/action/powerOff")).await.status, 202, "it can be used");
    let found = ann.get("/api/query?type=vApp&format=records&sortAsc=name").await;
    assert!(found.text().find("name=\"idle\"") < found.text().find("name=\"shop\""));

    let twice = refused(&world, "POST seed", json!({ "orgs": [{ "name": "a" }, { "name": "A" }] }), 400).await;
    assert!(twice.contains("two of the name"), "{twice}");
    assert_eq!(ann.get("/api/session").await.status, 200, "and nothing has happened");
    let schema = ok(&world, "GET seed.schema.json", Value::Null).await;
    assert_eq!(schema["properties"]["orgs"]["type"], "array");
}

#[tokio::test]
async fn a_seed_is_tried_and_nothing_happens() {
    let world = World::new().await;
    let seed = "[[orgs]]\nname = \"acme\"\nvdcs = [{ name = \"east\", vapps = [{ name = \"shop\", vms = [\"web\", \"db\"] }] }]\n";
    let (before, revision) = (ok(&world, "GET state/digest", Value::Null).await, world.instance().store().revisions());
    let known = *revision.borrow();
    let told = world.call_with("POST seed/check", seed).await;
    assert_eq!(told.status, 200);
    let told: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!((&told["objects"]["VApp"], &told["objects"]["Vm"], &told["objects"]["Org"]), (&json!(1), &json!(2), &json!(2)));
    let prose: Vec<_> = told["prose"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(prose.contains(&"VApp \"shop\" was made") && prose.contains(&"Org \"example\" is gone"), "{prose:?}");
    for (body, place) in
        [("[[orgs]]\nname = \"acme\"\nvapps = []\n", "line 3, column 1"), ("{\n  \"orgs\": [{ \"name\": \"a/b\" }]\n}", "line 2 column")]
    {
        let wrong = world.call_with("POST seed/check", body).await;
        let problem: Value = serde_json::from_slice(&wrong.body).unwrap();
        assert!(wrong.status == 400 && problem["detail"].as_str().unwrap().contains(place), "{problem}");
    }
    assert_eq!((ok(&world, "GET state/digest", Value::Null).await, *revision.borrow()), (before, known), "and the cloud is as it was");
    let made: Value = serde_json::from_slice(&world.call_with("POST seed", seed).await.body).unwrap();
    assert_eq!(made["digest"], told["digest"], "what was told is what is made");
}

#[tokio::test]
async fn counts_make_an_inventory() {
    let world = World::new().await;
    let counted = Inventory::of(Counts { orgs: 2, vdcs: 1, vapps: 3, vms: 2 });
    ok(&world, "POST seed", json!(counted)).await;
    let state = ok(&world, "GET state", Value::Null).await;
    for (kind, count) in [("Org", 3), ("Vdc", 2), ("VApp", 6), ("Vm", 12), ("Catalog", 2)] {
        assert_eq!(state["objects"][kind], count, "{kind}");
    }
    assert_eq!(world.login("admin@org-2").await.get("/api/org").await.status, 200);
}

#[tokio::test]
async fn a_snapshot_is_more_than_its_database() {
    let mut world = World::new().await;
    let saves = ["PUT snapshots/one"; 4].map(|call| world.control(call, Value::Null));
    assert!(futures::future::join_all(saves).await.iter().all(|(status, _)| *status == 200), "those who save at once wait for each other");
    let (place, aside) = (world.data().join("snapshots/one"), world.data().join("snapshots/.one.old"));
    std::fs::rename(&place, &aside).unwrap();
    world.restart().await;
    ok(&world, "POST snapshots/one/load", Value::Null).await;
    assert!(place.exists() && !aside.exists(), "a process that was killed while it replaced a snapshot has lost none");

    std::fs::create_dir_all(place.join("files/0")).unwrap();
    std::fs::write(place.join("files/0/0"), "something else").unwrap();
    assert!(refused(&world, "POST snapshots/one/load", Value::Null, 409).await.contains("one"));
}

#[tokio::test]
async fn a_new_cloud_begins_when_it_is_told_to() {
    let begun = parse_time("2020-02-29T12:00:00Z").unwrap();
    let config = Config { clock: Some(ClockStart { mode: ClockMode::Manual, at: Some(begun) }), ..Config::default() };
    let instance = Instance::open(&config, Sources::of(&config)).await.unwrap();
    let orgs = instance.store().read().list(EntityFilter::kind(Kind::Org)).await.unwrap();
    assert!(orgs.iter().all(|org| org.head.created == begun), "long before the machine's time");
    instance.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_secret_is_in_no_difference() {
    let world = World::new().await;
    // The first login makes the key that signs tokens.
    world.login("author@example").await;
    let told = ok(&world, "GET snapshots/empty/diff/now", Value::Null).await;
    let patch = told["patch"].as_array().unwrap();
    let added = |path: &str| patch.iter().find(|change| change["path"] == path).map(|change| change["value"].clone());
    assert_eq!(added("/setting/signingKey").unwrap(), json!({ "key": "signingKey", "body": "***" }));
    assert!(!told.to_string().contains("argon2id"));
}
