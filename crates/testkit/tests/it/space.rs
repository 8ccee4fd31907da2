//! Clouds side by side in one process. Invariant: what is done in one is seen in none of the others.

use crate::control::{ok, refused};
use crate::story::Story;
use futures::FutureExt;
use futures::future::join_all;
use serde_json::{Value, json};
use std::sync::Arc;
use vcdsim_model::clock::{Clock, ClockMode, after_millis, parse_time};
use vcdsim_model::family::settings::AmqpSettings;
use vcdsim_server::config::ClockStart;
use vcdsim_server::images::Origin;
use vcdsim_server::spaces::{Driven, Spaces, Wanted};
use vcdsim_server::{Config, Instance, Sources, Springs};
use vcdsim_testkit::World;

#[tokio::test]
async fn a_space_has_a_state_a_clock_and_exchanges_of_its_own() {
    let story = Story::begin(&["vdcInstantiateVapp"], "abort").await;
    let blocked = story.blocked("web").await;
    let made = ok(&story.world, "POST spaces", json!({ "name": "fork", "from": "now", "clock": "manual" })).await;
    assert_eq!((made["api"].as_str(), made["from"].as_str()), (Some("https://fork.localhost/api"), Some("now")));
    let space = story.world.spaces().get("fork").unwrap();
    let there = story.tenant.clone();
    let there = story.world.anonymous_in(&space.instance).with_token(there.token().unwrap());
    assert_eq!(there.get(&blocked.task).await.attribute("status").as_deref(), Some("preRunning"), "sessions go with the state");

    let (status, _) = story.world.control_of(&space.instance, "POST clock/advance", json!({ "by": "2m" })).await;
    assert_eq!(status, 200);
    assert_eq!(there.get(&blocked.task).await.attribute("status").as_deref(), Some("aborted"));
    assert_eq!(story.tenant.get(&blocked.task).await.attribute("status").as_deref(), Some("preRunning"), "time stands still here");
    let (_, messages) = story.world.control_of(&space.instance, "GET messages?limit=2", Value::Null).await;
    assert_eq!(messages["items"][1]["exchange"], "fork.vcd.notifications20");
    assert!(messages.to_string().contains("https://fork.localhost/api/"), "links of messages lead to the space: {messages}");

    let (_, coverage) = story.world.control_of(&space.instance, "GET coverage", Value::Null).await;
    let answered: u64 = coverage["served"].as_array().unwrap().iter().map(|route| route["answered"].as_u64().unwrap()).sum();
    assert_eq!(answered, 2, "the table of routes is shared, what was asked is not");

    ok(&story.world, "DELETE spaces/fork", Value::Null).await;
    assert!(!story.world.data().join("spaces/fork").exists());
    refused(&story.world, "GET spaces/fork", Value::Null, 404).await;
}

/// The exchanges that a cloud sends to.
async fn exchanges(instance: &Instance) -> [String; 2] {
    let AmqpSettings { exchange, prefix, .. } = instance.store().read().setting().await.unwrap();
    [exchange, prefix]
}

#[tokio::test]
async fn exchanges_have_the_name_of_one_space_only() {
    let world = World::new().await;
    let at_first = exchanges(world.instance()).await;
    assert_eq!(at_first, ["systemExchange", "vcd"]);
    ok(&world, "POST spaces", json!({ "name": "a" })).await;
    let a = world.spaces().get("a").unwrap();
    for call in ["PUT snapshots/s1", "POST snapshots/s1/load"] {
        let (status, told) = world.control_of(&a.instance, call, Value::Null).await;
        assert_eq!(status, 200, "{told}");
        assert_eq!(exchanges(&a.instance).await, ["a.systemExchange", "a.vcd"]);
    }
    for (name, from) in [("b", "snapshot:s1"), ("c", "space:a"), ("d", "space:c")] {
        ok(&world, "POST spaces", json!({ "name": name, "from": from })).await;
        let space = world.spaces().get(name).unwrap();
        assert_eq!(exchanges(&space.instance).await, [format!("{name}.systemExchange"), format!("{name}.vcd")]);
    }
    for (call, body) in [("POST snapshots/s1/load", Value::Null), ("POST reset", json!({ "to": "space:d" }))] {
        ok(&world, call, body).await;
        assert_eq!(exchanges(world.instance()).await, at_first, "{call}");
    }
}

#[tokio::test]
async fn an_exchange_that_somebody_has_chosen_stays_as_it_is() {
    let world = World::new().await;
    ok(&world, "POST spaces", json!({ "name": "a" })).await;
    let a = world.spaces().get("a").unwrap();
    let stored: AmqpSettings = a.instance.store().read().setting().await.unwrap();
    a.instance.app.cloud().set_broker(AmqpSettings { exchange: "abc".into(), prefix: "a.b".into(), ..stored }).await.unwrap();
    assert_eq!(exchanges(&a.instance).await, ["abc", "a.b"]);
    ok(&world, "POST reset", json!({ "to": "space:a" })).await;
    assert_eq!(exchanges(world.instance()).await, ["abc", "b"]);
}

#[tokio::test]
async fn a_space_is_found_by_header_host_and_listener() {
    let world = World::new().await;
    for name in ["one", "two"] {
        ok(&world, "POST spaces", json!({ "name": name })).await;
    }
    let found = |header, host, listener| world.spaces().find(header, host, listener).map(|instance| instance.space().map(str::to_owned));
    for (header, host, listener, space) in [
        (None, Some("localhost:8080"), None, None),
        (Some("one"), Some("two.localhost:8080"), None, Some("one")),
        (None, Some("two.localhost:8080"), Some("one"), Some("two")),
        (None, Some("127.0.0.1:9000"), Some("one"), Some("one")),
    ] {
        assert_eq!(found(header, host, listener).unwrap().as_deref(), space);
    }
    assert!(found(Some("three"), None, None).unwrap_err().to_string().contains("three"));
    assert!(refused(&world, "POST spaces", json!({ "name": "one" }), 409).await.contains("already"));
    refused(&world, "POST spaces", json!({ "name": "One" }), 400).await;
    assert!(refused(&world, "POST spaces", json!({ "name": "x", "from": "space:twoo" }), 404).await.contains("two"));
    refused(&world, "GET spaces/x", Value::Null, 404).await;
}

#[tokio::test]
async fn a_copy_has_the_clock_of_its_original() {
    let frozen = parse_time("2020-02-29T12:00:00Z").unwrap();
    let home = tempfile::tempdir().unwrap();
    let clock = Some(ClockStart { mode: ClockMode::Manual, at: Some(frozen) });
    let config = Config { clock, data_dir: Some(home.path().to_owned()), ..Config::default() };
    let main = Arc::new(Instance::open(&config, Sources::of(&config)).await.unwrap());
    let spaces = Arc::new(Spaces::new(&config, Arc::clone(&main), Springs::default()).unwrap());
    let wanted = Wanted { name: "copy".parse().unwrap(), origin: Origin::Now, rng: None, clock: None };
    let copy = spaces.make(wanted, &main, Driven::ByHand).await.unwrap();
    let hand = copy.instance.dial.hand();
    assert_eq!((hand.mode, hand.shown), (ClockMode::Manual, frozen), "it was set by a flag, and nothing has been stored since");
    assert!(copy.instance.dial.advance_to(after_millis(frozen, 1_000)));
    spaces.bring_back(&Origin::Space("copy".parse().unwrap()), &main).await.unwrap();
    assert_eq!(main.dial.hand().shown, after_millis(frozen, 1_000));
    spaces.stop().await.unwrap();
}

#[tokio::test]
async fn a_space_that_is_reset_has_the_clock_that_it_was_made_with() {
    let world = World::new().await;
    ok(&world, "POST spaces", json!({ "name": "frozen", "clock": "manual" })).await;
    let space = world.spaces().get("frozen").unwrap();
    let (status, _) = world.control_of(&space.instance, "POST reset", json!({ "to": "seed" })).await;
    assert_eq!((status, space.instance.dial.hand().mode), (200, ClockMode::Manual));
}

#[tokio::test]
async fn nobody_makes_a_space_of_a_name_whose_space_is_still_ending() {
    let world = World::new().await;
    ok(&world, "POST spaces", json!({ "name": "one" })).await;
    let again = async {
        // The space that ends has its turn first.
        let (status, said) = world.control("POST spaces", json!({ "name": "one" })).await;
        (status, said["detail"].as_str().unwrap_or_default().to_owned())
    };
    let (removed, (status, said)) = futures::join!(world.control("DELETE spaces/one", Value::Null), again);
    assert_eq!((removed.0, status), (200, 409), "{said}");
    ok(&world, "POST spaces", json!({ "name": "one" })).await;

    // Who gives up in the middle leaves nothing behind.
    let wanted = Wanted { name: "two".parse().unwrap(), origin: Origin::Seed, rng: None, clock: None };
    let made = world.spaces().make(wanted, world.instance(), Driven::ByHand).now_or_never();
    assert!(made.is_none(), "making one takes more than one step");
    ok(&world, "POST spaces", json!({ "name": "two" })).await;
}

#[tokio::test]
async fn spaces_of_one_seed_draw_the_same_ids() {
    let world = World::new().await;
    let mut drawn = Vec::new();
    for (name, seed) in [("one", 7), ("two", 7), ("three", 8)] {
        ok(&world, "POST spaces", json!({ "name": name, "rng": seed })).await;
        let space = world.spaces().get(name).unwrap();
        let tenant = world.anonymous_in(&space.instance).login("author@example", "password").await.unwrap();
        drawn.push(tenant.token().unwrap().to_owned());
    }
    assert_eq!(drawn[0], drawn[1]);
    assert_ne!(drawn[0], drawn[2]);
}

/// How many spaces there are at once.
const MANY: usize = 500;

#[tokio::test]
async fn five_hundred_spaces_stand_side_by_side() {
    let world = World::new().await;
    let run = async |number: usize| {
        let name = format!("test-{number}");
        ok(&world, "POST spaces", json!({ "name": name, "clock": "manual" })).await;
        let space = world.spaces().get(&name).unwrap();
        let control = async |call: &str, body| world.control_of(&space.instance, call, body).await.1;
        control("PUT blocking-operations", json!({ "enabled": ["vdcInstantiateVapp"], "timeoutMillis": 60_000, "timeoutAction": "abort" }))
            .await;
        let tenant = world.anonymous_in(&space.instance).login("author@example", "password").await.unwrap();
        let vapp = crate::story::instantiate(&tenant, &name).await;
        control("POST clock/advance", json!({ "by": format!("{}s", 60 + number) })).await;
        let task = tenant.get(&vapp.attribute_of("Task", "href").unwrap()).await;
        assert_eq!(task.attribute("status").as_deref(), Some("aborted"));
        let told = control("GET messages?limit=1000", Value::Null).await;
        told["items"].as_array().unwrap().len()
    };
    let told = join_all((0..MANY).map(run)).await;
    assert!(told.iter().all(|count| *count == told[0] && *count > 0), "each has seen its own messages only: {told:?}");
    assert_eq!(world.spaces().list().len(), MANY);
    assert!(world.events().await.is_empty(), "and none of them was told of here");
}
