//! Questions that the database answers, beside the same answered in process.

mod furnish;
mod questions;

use super::ADMIN;
use furnish::{Furnish, Home, one};
use questions::{callers, question};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vm::{TemplateVm, Vm};
use vcdsim_model::kind::Kind;
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::query::record::{QueryType, Rows, TYPES};
use vcdsim_platform::query::request::Request;
use vcdsim_platform::query::{self, Way};
use vcdsim_platform::seed::seeded_id;
use vcdsim_store::{Command, EntityFilter, Tx};
use vcdsim_testkit::World;

#[tokio::test]
async fn the_database_answers_as_it_is_answered_in_process() {
    let versions = [ApiVersion::V1_5, ApiVersion::V5_1, ApiVersion::V5_5, ApiVersion::V30_0, ApiVersion::V37_0];
    let types: Vec<_> = TYPES.iter().filter(|known| matches!(known.rows, Rows::Entities(_) | Rows::Tasks | Rows::Events)).collect();
    for seed in 0..4 {
        let world = World::new().await;
        let cloud = world.instance().app.cloud();
        cloud.store().write(Furnish(seed)).await.expect("the world is furnished");
        let all = cloud.read().list(EntityFilter::default()).await.expect("objects are listed");
        let ids: Vec<_> = all
            .iter()
            .filter(|entity| {
                matches!(entity.head.kind, Kind::VApp | Kind::Vdc | Kind::Org | Kind::VAppTemplate | Kind::Catalog | Kind::User)
            })
            .map(|entity| entity.head.id)
            .collect();
        let callers = callers(cloud).await;
        let random = &mut ChaCha8Rng::seed_from_u64(1_000 + seed);
        let (mut shown, mut by_columns) = (0, 0);
        for round in 0..1_500 {
            // Machines and vApps twice as often as all others together.
            let query_type = if round % 3 == 0 {
                one(random, &types)
            } else {
                QueryType::find(one(random, &["vm", "vApp", "adminVM", "task"]), ApiVersion::NEWEST).expect("it is known")
            };
            // Every other one is an administrator, for whom columns decide most.
            let administrators = random.random_bool(0.5);
            let of: Vec<_> = callers.iter().filter(|caller| !administrators || caller.role_name.ends_with("Administrator")).collect();
            let caller = one(random, &of);
            if !query_type.audience.includes(caller) {
                continue;
            }
            let (text, version) = (question(random, query_type, &ids), one(random, &versions));
            let request = Request::read(&text).expect("the question can be read");
            let [one, other] =
                [Way::Columns, Way::Process].map(|way| query::run_by(way, cloud, caller, query_type, None, &request, version));
            let (one, other) = (one.await, other.await);
            let told = |page: Result<query::Page, Fault>| page.map(|page| (page.total, page.rows));
            by_columns += usize::from(one.as_ref().is_ok_and(|page| page.way == Way::Columns));
            let (one, other) = (told(one), told(other));
            assert_eq!(one, other, "seed {seed}: {} {text} in {version} by {} of {}", query_type.name, caller.role_name, caller.org_name);
            shown += usize::from(one.is_ok_and(|(total, _)| total > 1));
        }
        assert!(shown > 150 && by_columns > 150, "seed {seed}: {shown} answers had something to order, {by_columns} are the database's");
        assert_eq!(cloud.store().incoherences().await.expect("the store can be read"), Vec::<String>::new());
    }
}

/// How many rows the database decodes for an answer when nothing is in memory.
async fn decoded(world: &mut World, query: &str) -> u64 {
    world.restart().await;
    let admin = world.login(ADMIN).await;
    admin.get("/api/query?type=organization").await;
    let store = world.instance().app.cloud().store();
    let before = store.decoded();
    let answer = admin.get(&format!("/api/query?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    assert!(answer.text().contains("Record "), "{query}: {}", answer.text());
    store.decoded() - before
}

/// Adds many machines, all in one VDC.
struct Many(usize);

impl Command for Many {
    type Output = (Uuid, Uuid);

    async fn run(self, tx: &mut Tx<'_>) -> Result<(Uuid, Uuid), Fault> {
        let like = tx.read().list(EntityFilter::kind(Kind::TemplateVm)).await?[0].body::<TemplateVm>().expect("it is one").clone();
        let vdc = tx.read().list(EntityFilter::kind(Kind::Vdc)).await?[0].clone();
        let (mut vapp, random) = (Uuid::nil(), &mut ChaCha8Rng::seed_from_u64(1));
        let home = Home { org: vdc.head.org.expect("it has one"), users: vec![Uuid::nil()], vdcs: Vec::new(), others: Uuid::nil() };
        for number in 0..self.0 {
            if number % 4 == 0 {
                vapp = Furnish::put(tx, random, &home, vdc.head.id, VApp::default()).await?;
            }
            Furnish::put(tx, random, &home, vapp, Vm::new(like.hardware.clone(), like.guest.clone(), String::new())).await?;
        }
        Ok((vdc.head.id, vapp))
    }
}

#[tokio::test]
async fn what_a_page_reads_does_not_grow_with_the_collection() {
    let mut costs = Vec::new();
    for count in [200, 1_000] {
        let mut world = World::new().await;
        let (vdc, vapp) = world.instance().app.cloud().store().write(Many(count)).await.expect("machines are made");
        let questions = [
            "type=adminVM".to_owned(),
            "type=adminVM&page=5".to_owned(),
            "type=adminVM&sortAsc=name".to_owned(),
            "type=vm&sortDesc=name&filter=isVAppTemplate==false".to_owned(),
            format!("type=adminVM&filter=vdc=={vdc}"),
            format!("type=vm&filter=container=={vapp}"),
            "type=vApp&sortDesc=name".to_owned(),
            format!("type=adminVApp&filter=vdc=={vdc};status!=NONE&sortAsc=name"),
        ];
        let mut of_this = Vec::new();
        for question in questions {
            of_this.push(decoded(&mut world, &question).await);
        }
        costs.push(of_this);
    }
    // A row shows something of what it lies in, or of what lies in it: of those, too, not many.
    for (few, many) in costs[0].iter().zip(&costs[1]) {
        assert!(*many <= few + 30 && *many < 200, "{costs:?}");
    }
}

#[tokio::test]
async fn who_sees_all_of_its_organization_sees_nothing_else() {
    for seed in 0..4 {
        let world = World::new().await;
        let cloud = world.instance().app.cloud();
        cloud.store().write(Furnish(seed)).await.expect("the world is furnished");
        let objects = cloud.read().list(EntityFilter::default()).await.expect("objects are listed");
        let kinds: BTreeSet<_> = objects.iter().map(|entity| entity.head.kind).collect();
        let mut decided = BTreeSet::new();
        for caller in callers(cloud).await {
            for kind in &kinds {
                let Some(by) = query::decided_by(&cloud.read(), &caller, *kind).await.expect("it can be told") else { continue };
                decided.insert((caller.role_name.clone(), *kind));
                for entity in objects.iter().filter(|entity| entity.head.kind == *kind) {
                    let access = vcdsim_platform::access::access(&cloud.read(), &caller, entity).await.expect("access is decided");
                    let decided = by.is_none() || by == entity.head.org;
                    assert_eq!(access.is_some(), decided, "seed {seed}: {} of {} and {}", caller.role_name, caller.org_name, entity.urn());
                }
            }
        }
        assert!(decided.contains(&("Organization Administrator".to_owned(), Kind::Vm)), "{decided:?}");
        assert!(!decided.iter().any(|(role, kind)| role == "vApp User" && *kind == Kind::VApp));
    }
}

/// The questions that clients ask, and who asks: these must not be answered out of everything.
#[tokio::test]
async fn what_clients_ask_most_is_answered_by_the_database() {
    let world = World::new().await;
    let cloud = world.instance().app.cloud();
    let callers = callers(cloud).await;
    let id = seeded_id(Kind::Vdc, "example-vdc");
    let by = async |role: &str, name: &str, text: &str, version: ApiVersion| {
        let caller = callers
            .iter()
            .find(|caller| caller.role_name == role && (role == "System Administrator") == caller.system)
            .expect("there is one");
        let request = Request::read(text).expect("the question can be read");
        let query_type = query::admit(caller, name, version).expect("the type is for the caller");
        query::run(cloud, caller, query_type, None, &request, version).await.expect("it is answered").way
    };
    let vdc = format!("filter=vdc==https://cloud.test/api/vdc/{id}");
    let (of_vdc, of_both) = (vdc.as_str(), format!("{vdc};name==web;status!=UNRESOLVED&sortDesc=name"));
    for version in [ApiVersion::V5_5, ApiVersion::V37_0] {
        for text in [
            "",
            "sortAsc=name",
            "sortDesc=name&page=3",
            "filter=name==web",
            "filter=name==web*",
            "filter=(name==a,name==b);isBusy==false",
            of_vdc,
            &of_both,
        ] {
            for (role, name) in
                [("System Administrator", "adminVApp"), ("Organization Administrator", "vApp"), ("System Administrator", "vApp")]
            {
                assert_eq!(by(role, name, text, version).await, Way::Columns, "{name} {text} by {role}");
            }
        }
        for text in [
            "",
            "sortAsc=name",
            "filter=isVAppTemplate==false",
            "filter=name==web;isVAppTemplate==false;status==POWERED_ON",
            of_vdc,
            "filter=container==urn:vcloud:vapp:00000000-0000-4000-8000-000000000000&sortAsc=name",
        ] {
            assert_eq!(by("System Administrator", "adminVM", text, version).await, Way::Columns, "{text}");
            assert_eq!(by("Organization Administrator", "vm", text, version).await, Way::Columns, "{text}");
        }
        let of_service = "filter=serviceNamespace==org.example.backup;status==running&sortDesc=startDate";
        for text in ["sortDesc=startDate", of_service, "filter=status==running,status==queued,status==preRunning&sortDesc=startDate", ""] {
            for (role, name) in [("System Administrator", "adminTask"), ("Organization Administrator", "task"), ("vApp User", "task")] {
                assert_eq!(by(role, name, text, version).await, Way::Columns, "{name} {text} by {role}");
            }
        }
        // Who sees what is its own, and values of other objects, take more than columns.
        assert_eq!(by("vApp User", "vApp", "", version).await, Way::Process);
        assert_eq!(by("Organization Administrator", "vm", "filter=containerName==a", version).await, Way::Process);
        assert_eq!(by("System Administrator", "adminVM", "sortAsc=containerName", version).await, Way::Process);
    }
}
