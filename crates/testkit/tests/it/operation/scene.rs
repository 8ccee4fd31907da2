//! The world in which every operation is tried. Invariant: every try begins with the same state, copied from one that was made once.

use super::sample::{Sample, instantiate};
use std::collections::BTreeMap;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::blocking::TimeoutAction;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::{Entity, Status};
use vcdsim_model::family::settings::BlockingTaskSettings;
use vcdsim_model::family::vapp::startup::Startup;
use vcdsim_model::family::vm::Vm;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::metadata::bearer::Bearer;
use vcdsim_model::metadata::{MetaValue, Written};
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::power::PowerChange;
use vcdsim_model::snapshot::SnapshotChange;
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_platform::Cloud;
use vcdsim_platform::blocking_task::Decision;
use vcdsim_platform::catalog::external::{Password, PublishExternally};
use vcdsim_platform::catalog::subscription::Subscribe;
use vcdsim_platform::catalog_item::{DeleteEntry, UpdateEntry};
use vcdsim_platform::disk::AttachDisk;
use vcdsim_platform::edge_gateway::{ChangeEdgeGateway, GatewayChange};
use vcdsim_platform::graph::TaskGraph;
use vcdsim_platform::metadata::{MetadataChange, UpdateMetadata};
use vcdsim_platform::seed::seeded_id;
use vcdsim_platform::vapp::UpdateVApp;
use vcdsim_platform::vm::{InsertMedia, Power, Snapshots};
use vcdsim_store::{Command, EntityFilter, Tx};
use vcdsim_task_engine::Pace;
use vcdsim_testkit::{World, WorldOptions};

/// How long a phase takes: with [`Scene::pass`] a test goes from one to the next.
pub(crate) const SECOND: i64 = 1_000;
/// How long a blocked task waits.
pub(crate) const TIMEOUT: i64 = 60 * SECOND;

/// A world with vApps in three states.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) caller: Caller,
    /// A vApp that is off.
    pub(crate) off: Urn,
    /// One that is on.
    pub(crate) on: Urn,
    /// One that is suspended.
    pub(crate) asleep: Urn,
    /// One that is off and has a machine to spare.
    pub(crate) spare: Urn,
    /// An image that was uploaded.
    pub(crate) image: Urn,
    /// An independent disk.
    pub(crate) disk: Urn,
    /// Another one, which a machine of `off` has.
    pub(crate) attached: Urn,
    /// That machine, which has the image in its drive, too.
    pub(crate) machine: Urn,
    /// A rule about it and another machine of `off`.
    pub(crate) rule: Urn,
    /// A catalog that follows the one of the inventory, and has yet to learn that one of its items has gone, one is new and another is called
    /// otherwise.
    pub(crate) follower: Urn,
    /// An edge gateway.
    pub(crate) gateway: Urn,
    /// A network behind another one, which lends addresses on it.
    pub(crate) lab: Urn,
}

/// What there is, without what merely counts changes.
pub(crate) type Objects = BTreeMap<String, String>;

impl Scene {
    pub(crate) async fn new() -> Self {
        let world = World::with(WorldOptions { pace: Pace::Fixed(SECOND), ..WorldOptions::default() }).await;
        let caller = world.instance().app.cloud().login("administrator", "System", "password").await.unwrap().caller;
        let nothing = Urn::new(Kind::VApp, Uuid::nil());
        let mut scene = Self {
            world,
            caller,
            off: nothing,
            on: nothing,
            asleep: nothing,
            spare: nothing,
            image: nothing,
            disk: nothing,
            attached: nothing,
            machine: nothing,
            rule: nothing,
            follower: nothing,
            gateway: nothing,
            lab: nothing,
        };
        scene.gateway = scene.a_gateway("gateway").await;
        scene.lab = scene.a_lab().await;
        scene.image = scene.uploaded("image").await;
        scene.spare = scene.made("spare").await;
        scene.disk = scene.a_disk("disk").await;
        scene.attached = scene.a_disk("attached").await;
        scene.follower = scene.followed().await;
        scene.off = scene.made("off").await;
        scene.machine = scene.cloud().read().children::<Vm>(scene.off.id).await.unwrap()[0].urn();
        scene.cloud().submit(AttachDisk { vm: scene.machine.id, disk: scene.attached, place: None }, &scene.caller).await.unwrap();
        scene.pass(9).await;
        scene.cloud().submit(InsertMedia { vm: scene.machine.id, medium: scene.image }, &scene.caller).await.unwrap();
        scene.pass(9).await;
        scene.rule = super::sample::create_rule(&scene, "rule").await.unwrap().task.owner;
        scene.pass(9).await;
        scene.on = scene.made("on").await;
        for vapp in [scene.off, scene.on] {
            scene.order(vapp).await;
        }
        scene.asleep = scene.made("asleep").await;
        for (target, change) in
            [(scene.on, PowerChange::PowerOn), (scene.asleep, PowerChange::PowerOn), (scene.asleep, PowerChange::Suspend)]
        {
            scene.cloud().submit(Power::new(target, change), &scene.caller).await.unwrap();
            scene.pass(9).await;
        }
        scene.keep().await;
        scene.annotate().await;
        scene
    }

    /// Lets the machines of a vApp start and stop one after another.
    async fn order(&self, vapp: Urn) {
        let machines = self.cloud().read().children::<Vm>(vapp.id).await.unwrap();
        let startup = |order: u16| Startup { order, start_delay: 1 + order, stop_delay: 2, ..Startup::default() };
        let startup = machines.iter().zip(0..).map(|(machine, order)| (machine.head().name.clone(), startup(order))).collect();
        self.cloud().submit(UpdateVApp { startup: Some(startup), ..UpdateVApp::of(vapp.id) }, &self.caller).await.unwrap();
        self.pass(9).await;
    }

    /// Makes a vApp that ran when a snapshot of it was taken, and is off.
    async fn keep(&self) {
        let target = self.made("kept").await;
        for change in [PowerChange::PowerOn, PowerChange::PowerOff] {
            self.cloud().submit(Power::new(target, change), &self.caller).await.unwrap();
            self.pass(9).await;
            if change == PowerChange::PowerOn {
                let change = SnapshotChange::Create { memory: true };
                self.cloud().submit(Snapshots { target, change }, &self.caller).await.unwrap();
                self.pass(9).await;
            }
        }
    }

    /// Writes metadata beside whatever operations copy, change or remove.
    async fn annotate(&self) {
        for entity in self.cloud().read().list(EntityFilter::default()).await.unwrap() {
            if Bearer::of(entity.head.kind).is_some() {
                let text = MetaValue::String(format!("of {}", entity.head.name));
                let change = MetadataChange::Put(Written::new(None, None, "there", text).unwrap());
                self.cloud().submit(UpdateMetadata { target: entity.urn(), change }, &self.caller).await.unwrap();
            }
        }
        self.pass(9).await;
    }

    /// The same state in a world of its own.
    pub(crate) async fn fork(&self, pace: Pace) -> Self {
        Self { world: self.world.fork(pace).await, caller: self.caller.clone(), ..*self }
    }

    pub(crate) fn cloud(&self) -> &Cloud {
        self.world.instance().app.cloud()
    }

    async fn made(&self, name: &str) -> Urn {
        let task = self.cloud().submit(instantiate(name), &self.caller).await.unwrap();
        self.pass(9).await;
        task.task.owner
    }

    async fn a_disk(&self, name: &str) -> Urn {
        let task = super::sample::create_disk(self, name).await.unwrap();
        self.pass(9).await;
        task.task.owner
    }

    async fn a_gateway(&self, name: &str) -> Urn {
        let task = self.cloud().submit(super::gateway::a_gateway(name), &self.caller).await.unwrap();
        self.pass(9).await;
        task.task.owner
    }

    async fn a_lab(&self) -> Urn {
        let front = self.a_gateway("front").await;
        let task = self.cloud().submit(super::gateway::behind(front, "lab"), &self.caller).await.unwrap();
        self.pass(9).await;
        let change = GatewayChange::Services(Box::new(super::gateway::lending(task.task.owner.id)));
        self.cloud().submit(ChangeEdgeGateway { id: front.id, change }, &self.caller).await.unwrap();
        self.pass(9).await;
        task.task.owner
    }

    async fn uploaded(&self, name: &str) -> Urn {
        let task = super::sample::upload_media(self, name).await.unwrap();
        self.pass(9).await;
        task.task.owner
    }

    async fn followed(&self) -> Urn {
        let publisher = seeded_id(Kind::Catalog, "example-catalog");
        let gone = self.uploaded("gone").await;
        let publish = PublishExternally { on: true, password: Password::Is(None), cached: None, keeps_identity: None };
        self.cloud().change(publisher, publish, &self.caller).await.unwrap();
        let follow = Subscribe::To { publisher, password: Password::Is(None), thumbprint: None, local_copy: false };
        let follower = self.cloud().submit(super::sample::a_catalog("follower", Some(follow)), &self.caller).await.unwrap();
        self.pass(9).await;
        self.uploaded("late").await;
        let renamed = UpdateEntry { name: Some("disc".to_owned()), ..UpdateEntry::of(self.image) };
        self.cloud().submit(renamed, &self.caller).await.unwrap();
        self.cloud().submit(DeleteEntry { target: gone }, &self.caller).await.unwrap();
        self.pass(9).await;
        follower.task.owner
    }

    /// Lets so many phases of one second be run.
    pub(crate) async fn pass(&self, seconds: i64) {
        self.world.advance_millis(seconds * SECOND).await;
    }

    pub(crate) async fn gate(&self, name: Name, timeout_action: TimeoutAction) {
        let block = move |settings: &mut BlockingTaskSettings| {
            *settings = BlockingTaskSettings { operations: [name].into(), timeout_millis: TIMEOUT, timeout_action };
            Ok(())
        };
        self.cloud().change_setting(&self.caller, block).await.unwrap();
    }

    /// Submits the sample of an operation.
    pub(crate) async fn submit(&self, (name, send): &Sample) -> TaskGraph {
        let sent = send(self).await.unwrap_or_else(|fault| panic!("{}: the sample is refused: {fault}", name.name()));
        assert_eq!(sent.task.operation, *name, "the sample is one of another operation");
        sent
    }

    pub(crate) async fn decide(&self, graph: &TaskGraph, decision: Decision) {
        self.cloud().decide(graph.blocking.unwrap(), decision, "so it is".to_owned(), &self.caller).await.unwrap();
    }

    pub(crate) async fn task(&self, id: Uuid) -> Task {
        Task::clone(&*self.cloud().read().task(id).await.unwrap().unwrap())
    }

    pub(crate) async fn objects(&self) -> Objects {
        let all = self.cloud().read().list(EntityFilter::default()).await.unwrap();
        let plain = |entity: &Entity| {
            let mut entity = entity.clone();
            entity.head.rev = 0;
            format!("{entity:#?}")
        };
        let mut objects = Objects::new();
        for entity in &all {
            let metadata = self.cloud().read().metadata(entity.head.id).await.unwrap();
            objects.insert(entity.urn().to_string(), format!("{}{metadata:#?}", plain(entity)));
        }
        objects
    }

    /// The task has ended as `status` and holds nothing; no object is locked.
    pub(crate) async fn has_ended(&self, task: Uuid, status: TaskStatus, what: &str) {
        let task = self.task(task).await;
        assert_eq!(task.status, status, "{what}");
        assert_eq!((task.error.is_some(), task.end.is_some()), (status != TaskStatus::Success, true), "{what}");
        assert!(self.cloud().read().holds(task.id).await.unwrap().is_empty(), "{what}");
        for entity in self.cloud().read().list(EntityFilter::default()).await.unwrap() {
            assert_eq!(entity.head.busy, None, "{what}: {} is locked", entity.urn());
        }
    }

    /// After an abort: everything is as it was.
    pub(crate) async fn is_as_before(&self, before: &Objects, what: &str) {
        differ_in_nothing(before, &self.objects().await, what);
    }

    /// After a failure: what was there is as it was, and what the task made is marked.
    pub(crate) async fn only_new_ones_are_marked(&self, before: &Objects, what: &str) {
        let mut after = self.objects().await;
        for entity in self.cloud().read().list(EntityFilter::default()).await.unwrap() {
            let urn = entity.urn().to_string();
            if !before.contains_key(&urn) {
                assert_eq!(entity.head.status, Status::FailedCreation, "{what}: {urn} was made");
                after.remove(&urn);
            }
        }
        differ_in_nothing(before, &after, what);
    }
}

/// Names the object that differs, instead of showing the whole world.
pub(crate) fn differ_in_nothing(one: &Objects, other: &Objects, what: &str) {
    for urn in one.keys().chain(other.keys()) {
        assert_eq!(one.get(urn), other.get(urn), "{what}: {urn}");
    }
}

/// Makes a task's parameters unreadable, as after a change of the operation's type.
pub(crate) struct Spoil(pub(crate) Uuid);

impl Command for Spoil {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let task = tx.read().task(self.0).await?.unwrap();
        tx.put_task(Task { params: serde_json::Value::Null, ..Task::clone(&task) }).await?;
        Ok(())
    }
}
