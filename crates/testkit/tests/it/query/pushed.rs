//! Questions that the database answers, beside the same answered in process.

use super::ADMIN;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::{AccessLevel, Caller};
use vcdsim_model::clock::after_millis;
use vcdsim_model::entity::{Draft, Entity, Resource, Status};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::catalog_item::CatalogItem;
use vcdsim_model::family::disk::{Bus, Disk, SCSI};
use vcdsim_model::family::media::Media;
use vcdsim_model::family::role::Role;
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::{TemplateVm, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation;
use vcdsim_model::sharing::{Share, Sharing};
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_model::version::ApiVersion;
use vcdsim_platform::Cloud;
use vcdsim_platform::query::record::{QueryType, Rows, TYPES};
use vcdsim_platform::query::request::Request;
use vcdsim_platform::query::value::ValueKind;
use vcdsim_platform::query::{self, Way};
use vcdsim_platform::seed::seeded_id;
use vcdsim_store::{Command, EntityFilter, Tx};
use vcdsim_testkit::World;

const NAMES: &[&str] = &[
    "web", "Web", "WEB", "web-1", "web-10", "web-2", "db (old)", "a*b", "a?[b]", "100%", "Ärger", "ärger", "straße", "STRASSE", "ΟΔΟΣ",
    "İx",
];

fn one<T: Copy>(random: &mut ChaCha8Rng, of: &[T]) -> T {
    *of.choose(random).expect("there is one")
}

/// Adds vApps, machines, templates, catalogs, disks and media of two organizations, in every state, owned and shared at random.
struct Furnish(u64);

impl Furnish {
    const OBJECTS: usize = 24;

    async fn put<R: Resource>(tx: &mut Tx<'_>, random: &mut ChaCha8Rng, of: &Home, parent: Uuid, body: R) -> Result<Uuid, Fault> {
        let id = tx.id();
        // Where names are unique, the number tells them apart.
        let number = if matches!(R::KIND, Kind::Vm | Kind::TemplateVm | Kind::VAppTemplate | Kind::Media | Kind::Disk) {
            String::new()
        } else {
            id.to_string()
        };
        let (name, status) = (format!("{}{number}", one(random, NAMES)), one(random, &Status::ALL));
        let owner = random.random_bool(0.9).then(|| one(random, &of.users));
        let draft = Draft { id, name, description: None, org: Some(of.org), parent: Some(parent), owner, status, body };
        tx.insert(draft).await?;
        if random.random_bool(0.2) {
            tx.update(Urn::new(R::KIND, id), |entity| entity.head.busy = Some(Uuid::from_u128(7))).await?;
        }
        Ok(id)
    }

    async fn vapp(tx: &mut Tx<'_>, random: &mut ChaCha8Rng, of: &Home, like: &TemplateVm) -> Result<(), Fault> {
        let body = VApp { sharing: sharing(random, of), in_maintenance: random.random_bool(0.1), ..VApp::default() };
        let vdc = one(random, &of.vdcs);
        let vapp = Self::put(tx, random, of, vdc, body).await?;
        for _ in 0..random.random_range(0..4) {
            Self::put(tx, random, of, vapp, Vm::new(like.hardware.clone(), like.guest.clone(), String::new())).await?;
        }
        Ok(())
    }

    async fn task(tx: &mut Tx<'_>, random: &mut ChaCha8Rng, of: &Home) -> Result<(), Fault> {
        let start = after_millis(tx.now(), random.random_range(0..4));
        let task = Task {
            id: tx.id(),
            operation: one(random, &[Operation::VdcUpdateTemplate, Operation::VappDeploy]),
            status: one(random, TaskStatus::ALL),
            owner: Urn::new(Kind::Vdc, one(random, &of.vdcs)),
            subject: "vdc".to_owned(),
            org: of.org,
            user: one(random, &of.users),
            params: serde_json::Value::Null,
            phase: 0,
            progress: None,
            before: Vec::new(),
            cancel_requested: false,
            details: None,
            error: None,
            start,
            end: None,
            expiry: after_millis(start, 1_000_000),
        };
        tx.put_task(task).await.map(drop)
    }

    async fn template(tx: &mut Tx<'_>, random: &mut ChaCha8Rng, of: &Home, like: &TemplateVm, catalog: Uuid) -> Result<(), Fault> {
        let item = random.random_bool(0.8).then(|| tx.id());
        let vdc = one(random, &of.vdcs);
        let template = Self::put(tx, random, of, vdc, VAppTemplate::new(item, None, 0)).await?;
        for _ in 0..random.random_range(0..3) {
            Self::put(tx, random, of, template, like.clone()).await?;
        }
        let Some(id) = item else { return Ok(()) };
        let body = CatalogItem::of(Urn::new(Kind::VAppTemplate, template));
        let (name, status) = (id.to_string(), Status::Resolved);
        tx.insert(Draft { id, name, description: None, org: Some(of.org), parent: Some(catalog), owner: None, status, body }).await?;
        Ok(())
    }
}

/// An organization, its users and VDCs.
struct Home {
    org: Uuid,
    users: Vec<Uuid>,
    vdcs: Vec<Uuid>,
    others: Uuid,
}

fn sharing(random: &mut ChaCha8Rng, of: &Home) -> Sharing {
    let share = |subject| Share { subject, level: AccessLevel::ReadOnly };
    let user = random.random_bool(0.3).then(|| share(Urn::new(Kind::User, one(random, &of.users))));
    let other = random.random_bool(0.1).then(|| share(Urn::new(Kind::Org, of.others)));
    Sharing { everyone: random.random_bool(0.2).then_some(AccessLevel::ReadOnly), shares: user.into_iter().chain(other).collect() }
}

impl Command for Furnish {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let random = &mut ChaCha8Rng::seed_from_u64(self.0);
        let ids = |list: Vec<Arc<Entity>>| list.iter().map(|entity| entity.head.id).collect::<Vec<_>>();
        let like = tx.read().list(EntityFilter::kind(Kind::TemplateVm)).await?[0].body::<TemplateVm>().expect("it is one").clone();
        let orgs = ["example", "example2"].map(|name| seeded_id(Kind::Org, name));
        let seeded = tx.read().list(EntityFilter::kind(Kind::Vdc)).await?[0].clone();
        let vdc = Draft {
            id: tx.id(),
            name: "second".to_owned(),
            description: None,
            org: Some(orgs[1]),
            parent: None,
            owner: None,
            status: seeded.head.status,
            body: seeded.body::<Vdc>().expect("it is one").clone(),
        };
        tx.insert(vdc).await?;
        for (index, org) in orgs.into_iter().enumerate() {
            let users = ids(tx.read().list(EntityFilter::kind(Kind::User).in_org(org)).await?);
            let vdcs = ids(tx.read().list(EntityFilter::kind(Kind::Vdc).in_org(org)).await?);
            let of = &Home { org, users, vdcs, others: orgs[1 - index] };
            // Every other world has catalogs that other organizations see.
            let foreign = self.0 % 2 == 1;
            let body = Catalog { published: foreign && random.random_bool(0.5), sharing: sharing(random, of), ..Catalog::default() };
            let sharing = Sharing {
                shares: body.sharing.shares.iter().filter(|share| foreign || share.subject.kind == Kind::User).cloned().collect(),
                ..body.sharing
            };
            let catalog = Self::put(tx, random, of, org, Catalog { sharing, ..body }).await?;
            for _ in 0..Self::OBJECTS / 2 {
                Self::task(tx, random, of).await?;
            }
            for _ in 0..Self::OBJECTS {
                let disk = Disk { size: 1, bus: Bus { number: SCSI, sub_type: String::new() }, storage_profile: None, attached_to: None };
                let vdc = one(random, &of.vdcs);
                match random.random_range(0..6) {
                    0..3 => Self::vapp(tx, random, of, &like).await?,
                    3 => Self::template(tx, random, of, &like, catalog).await?,
                    4 => drop(Self::put(tx, random, of, vdc, disk).await?),
                    _ => {
                        let media = Media {
                            size: 1,
                            image_type: "iso".to_owned(),
                            catalog_item: None,
                            storage_profile: None,
                            files: Vec::new(),
                            downloadable: false,
                        };
                        Self::put(tx, random, of, vdc, media).await?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// A user with each role in each of two organizations, and the provider.
async fn callers(cloud: &Cloud) -> Vec<Caller> {
    let reader = cloud.read();
    let all = reader.list(EntityFilter::kind(Kind::Role)).await.expect("roles are listed");
    let role = |entity: &Arc<Entity>| Some((entity.head.clone(), Arc::clone(&entity.body::<Role>()?.rights)));
    let roles: Vec<_> = all.iter().filter_map(role).collect();
    let mut callers = Vec::new();
    for org in ["System", "example", "example2"] {
        let id = seeded_id(Kind::Org, org);
        let users = reader.list(EntityFilter::kind(Kind::User).in_org(id)).await.expect("users are listed");
        for (index, (head, rights)) in roles.iter().enumerate() {
            let user = &users[index % users.len()].head;
            callers.push(Caller {
                user: user.id,
                user_name: user.name.clone(),
                org: id,
                org_name: org.to_owned(),
                role: head.id,
                role_name: head.name.clone(),
                system: org == "System",
                acting: false,
                groups: Vec::new(),
                rights: Arc::clone(rights),
                session: Uuid::nil(),
            });
        }
    }
    callers.sort_by_key(|caller| (caller.role_name.clone(), caller.org_name.clone()));
    callers.dedup_by(|a, b| (&a.role_name, &a.org_name) == (&b.role_name, &b.org_name));
    callers
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// What an attribute may be compared with: something that an object has, and now and then something else.
fn operand(random: &mut ChaCha8Rng, kind: ValueKind, ids: &[Uuid]) -> String {
    match kind {
        ValueKind::Text => {
            let name = one(random, NAMES);
            let cut = name.char_indices().map(|(index, _)| index).nth(random.random_range(0..3)).unwrap_or_default();
            match random.random_range(0..4) {
                0 => encoded(name),
                1 => format!("{}*", encoded(&name[..cut])),
                2 => format!("*{}*", encoded(&name[cut..])),
                _ => format!("{}*{}", encoded(&name[..cut]), encoded(&name[cut..])),
            }
        }
        ValueKind::Word => {
            one(random, &["POWERED_ON", "resolved", "UNRESOLVED", "POWERED*", "*ED", "running", "SUCCESS", "pre*", "NO_SUCH"]).to_owned()
        }
        ValueKind::Int => random.random_range(0..3).to_string(),
        ValueKind::Bool => one(random, &["true", "false", "1"]).to_owned(),
        ValueKind::Time => one(random, &["2026-01-01T00:00:00Z", "2020-01-01T00:00:00.000Z", "2099-12-31T00:00:00Z"]).to_owned(),
        ValueKind::Ref(_) => ids.choose(random).copied().unwrap_or_default().to_string(),
    }
}

fn question(random: &mut ChaCha8Rng, query_type: &QueryType, ids: &[Uuid]) -> String {
    let pushed: Vec<_> = query_type.fields.iter().filter(|field| field.column.is_some()).collect();
    let all: Vec<_> = query_type.fields.iter().collect();
    let field =
        |random: &mut ChaCha8Rng| if !pushed.is_empty() && random.random_bool(0.9) { one(random, &pushed) } else { one(random, &all) };
    let mut query =
        format!("page={}&pageSize={}&offset={}", one(random, &[1, 1, 2, 3]), one(random, &[1, 3, 7, 128]), one(random, &[0, 0, 1]));
    let tests = one(random, &[0, 1, 1, 2, 3]);
    if tests > 0 {
        let mut filter = String::new();
        for index in 0..tests {
            let (field, operator) = (field(random), one(random, &["==", "==", "!=", "=lt=", "=ge="]));
            let operator = if matches!(field.kind(), ValueKind::Int | ValueKind::Time) || operator.len() == 2 { operator } else { "==" };
            let separator = if index == 0 { "" } else { one(random, &[";", ","]) };
            filter.push_str(&format!("{separator}{}{operator}{}", field.name, operand(random, field.kind(), ids)));
        }
        query.push_str(&format!("&filter={filter}&filterEncoded=true"));
    }
    for _ in 0..one(random, &[0, 0, 1, 1, 2]) {
        let key = if random.random_bool(0.6) { "name" } else { field(random).name };
        query.push_str(&format!("&{}={key}", one(random, &["sortAsc", "sortDesc"])));
    }
    query
}

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
        for text in ["sortDesc=startDate", "filter=status==running,status==queued,status==preRunning&sortDesc=startDate", ""] {
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
