//! What holds for every operation, whichever family it belongs to. Invariant: an operation that is registered has a sample here, so that none
//! escapes these tests.

use std::collections::BTreeMap;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::entity::Status;
use vcdsim_model::family::settings::BlockingTaskSettings;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation as Name;
use vcdsim_model::power::PowerChange;
use vcdsim_model::task::TaskStatus;
use vcdsim_platform::Cloud;
use vcdsim_platform::blocking_task::Decision;
use vcdsim_platform::graph::TaskGraph;
use vcdsim_platform::seed::seeded_id;
use vcdsim_platform::vapp::{CreateVApp, Delete, ItemRequest, UpdateVApp};
use vcdsim_platform::vim_server::{Import, ImportVmAsVApp, ImportVmAsVAppTemplate};
use vcdsim_platform::vm::Power;
use vcdsim_store::{Command, EntityFilter, TaskFilter, Tx};
use vcdsim_task_engine::Pace;
use vcdsim_testkit::{World, WorldOptions};

const SECOND: i64 = 1_000;

/// A world with vApps in three states.
struct Scene {
    world: World,
    caller: Caller,
    off: Urn,
    on: Urn,
    asleep: Urn,
}

/// What there is, without what merely counts changes.
type Objects = BTreeMap<String, String>;

impl Scene {
    async fn new() -> Self {
        let world = World::with(WorldOptions { pace: Pace::Fixed(SECOND), ..WorldOptions::default() }).await;
        let caller = cloud(&world).login("administrator", "System", "password").await.unwrap().caller;
        let mut scene = Self { world, caller, off: vapp(), on: vapp(), asleep: vapp() };
        scene.off = scene.made("off").await;
        scene.on = scene.made("on").await;
        scene.asleep = scene.made("asleep").await;
        for (target, change) in
            [(scene.on, PowerChange::PowerOn), (scene.asleep, PowerChange::PowerOn), (scene.asleep, PowerChange::Suspend)]
        {
            scene.cloud().submit(Power::new(target, change), &scene.caller).await.unwrap();
            scene.pass(9).await;
        }
        scene
    }

    fn cloud(&self) -> &Cloud {
        cloud(&self.world)
    }

    async fn made(&self, name: &str) -> Urn {
        let task = self.cloud().submit(instantiate(name), &self.caller).await.unwrap();
        self.pass(9).await;
        task.task.owner
    }

    async fn pass(&self, seconds: i64) {
        self.world.advance_millis(seconds * SECOND).await;
    }

    async fn gate(&self, name: Name) {
        let block = move |settings: &mut BlockingTaskSettings| {
            settings.operations = [name].into();
            Ok(())
        };
        self.cloud().change_setting(&self.caller, block).await.unwrap();
    }

    async fn objects(&self) -> Objects {
        let all = self.cloud().read().list(EntityFilter::default()).await.unwrap();
        let plain = |entity: &vcdsim_model::entity::Entity| {
            let mut entity = entity.clone();
            entity.head.rev = 0;
            format!("{entity:#?}")
        };
        all.iter().map(|entity| (entity.urn().to_string(), plain(entity))).collect()
    }

    async fn task(&self, id: Uuid) -> vcdsim_model::task::Task {
        vcdsim_model::task::Task::clone(&*self.cloud().read().task(id).await.unwrap().unwrap())
    }

    async fn decide(&self, graph: &TaskGraph, decision: Decision) {
        self.cloud().decide(graph.blocking.unwrap(), decision, "so it is".to_owned(), &self.caller).await.unwrap();
    }

    /// No task holds anything, and nothing is locked.
    async fn nothing_is_held(&self, task: Uuid) {
        assert!(self.cloud().read().holds(task).await.unwrap().is_empty());
        for entity in self.cloud().read().list(EntityFilter::default()).await.unwrap() {
            assert_eq!(entity.head.busy, None, "{} is locked", entity.urn());
        }
    }

    /// Submits the sample of an operation.
    async fn submit(&self, name: Name) -> TaskGraph {
        let power = |target: Urn, change: PowerChange| self.cloud().submit(Power::new(target, change), &self.caller);
        let sent = match name {
            Name::VdcInstantiateVapp => self.cloud().submit(instantiate("new"), &self.caller).await,
            Name::VdcComposeVapp => {
                let items = vec![ItemRequest::of(machine())];
                self.cloud().submit(CreateVApp { source: None, items, ..instantiate("new") }, &self.caller).await
            }
            Name::VdcUpdateVapp => {
                let change = UpdateVApp { id: self.off.id, name: "renamed".to_owned(), description: None };
                self.cloud().submit(change, &self.caller).await
            }
            Name::VdcDeleteVapp => self.cloud().submit(Delete { target: self.off, force: false }, &self.caller).await,
            Name::VappDeploy => power(self.off, PowerChange::PowerOn).await,
            Name::VappUndeploySuspend => power(self.on, PowerChange::Undeploy { suspend: true }).await,
            Name::VappUndeployPowerOff => power(self.on, PowerChange::Undeploy { suspend: false }).await,
            Name::VappReset => power(self.on, PowerChange::Reset).await,
            Name::VappRebootGuest => power(self.on, PowerChange::Reboot).await,
            Name::VappPowerOff => power(self.on, PowerChange::PowerOff).await,
            Name::VappShutdownGuest => power(self.on, PowerChange::Shutdown).await,
            Name::VappSuspend => power(self.on, PowerChange::Suspend).await,
            Name::VappDiscardSuspendedState => power(self.asleep, PowerChange::DiscardSuspended).await,
            Name::ImportSingletonVapp => {
                let operation = ImportVmAsVApp { import: import(), deploy: false, power_on: false };
                self.cloud().submit(operation, &self.caller).await
            }
            Name::ImportSingletonTemplate => {
                let catalog = Some(seeded_id(Kind::Catalog, "example-catalog"));
                self.cloud().submit(ImportVmAsVAppTemplate { import: import(), catalog, gold_master: false }, &self.caller).await
            }
            other => panic!("{} has no sample", other.name()),
        };
        sent.unwrap_or_else(|fault| panic!("{}: {fault}", name.name()))
    }
}

fn cloud(world: &World) -> &Cloud {
    world.instance().app.cloud()
}

fn vapp() -> Urn {
    Urn::new(Kind::VApp, Uuid::nil())
}

fn machine() -> Urn {
    Urn::new(Kind::TemplateVm, seeded_id(Kind::TemplateVm, "example-catalog/photon-1vm/photon-1vm"))
}

fn instantiate(name: &str) -> CreateVApp {
    CreateVApp {
        vdc: seeded_id(Kind::Vdc, "example-vdc"),
        source: Some(Urn::new(Kind::VAppTemplate, seeded_id(Kind::VAppTemplate, "example-catalog/three-vms"))),
        name: name.to_owned(),
        ..CreateVApp::default()
    }
}

fn import() -> Import {
    Import {
        vim_server: seeded_id(Kind::VimServer, "vc1"),
        moref: "vm-101".to_owned(),
        name: Some("imported".to_owned()),
        description: None,
        vm_name: None,
        computer_name: None,
        vdc: seeded_id(Kind::Vdc, "example-vdc"),
        storage_profile: None,
        source_move: true,
    }
}

/// The names of all operations that are registered.
async fn names() -> Vec<Name> {
    let world = World::new().await;
    cloud(&world).engine().registry().names().collect()
}

#[tokio::test]
async fn abort_at_the_gate_leaves_the_world_as_it_was() {
    for name in names().await {
        let scene = Scene::new().await;
        scene.gate(name).await;
        let before = scene.objects().await;
        let sent = scene.submit(name).await;
        assert_ne!(scene.objects().await, before, "{}: something is made or locked", name.name());
        scene.decide(&sent, Decision::Abort).await;
        assert_eq!(scene.objects().await, before, "{}", name.name());
        assert_eq!(scene.task(sent.task.id).await.status, TaskStatus::Aborted);
        scene.nothing_is_held(sent.task.id).await;
    }
}

/// After a failure: what was there is as it was, and what the task made is marked.
async fn only_new_ones_are_marked(scene: &Scene, before: &Objects, task: Uuid, name: Name) {
    let after = scene.objects().await;
    for (urn, object) in before {
        assert_eq!(after.get(urn), Some(object), "{}: {urn} was there before", name.name());
    }
    for entity in scene.cloud().read().list(EntityFilter::default()).await.unwrap() {
        if !before.contains_key(&entity.urn().to_string()) {
            assert_eq!(entity.head.status, Status::FailedCreation, "{}: {} was made", name.name(), entity.urn());
        }
    }
    let task = scene.task(task).await;
    assert_eq!(task.status, TaskStatus::Error);
    assert!(task.error.is_some() && task.end.is_some());
    scene.nothing_is_held(task.id).await;
}

#[tokio::test]
async fn fail_at_the_gate_marks_exactly_what_was_made() {
    for name in names().await {
        let scene = Scene::new().await;
        scene.gate(name).await;
        let before = scene.objects().await;
        let sent = scene.submit(name).await;
        scene.decide(&sent, Decision::Fail).await;
        only_new_ones_are_marked(&scene, &before, sent.task.id, name).await;
    }
}

#[tokio::test]
async fn cancel_at_each_phase_leaves_the_world_as_it_was() {
    for name in names().await {
        for phases in 0.. {
            let scene = Scene::new().await;
            let before = scene.objects().await;
            let sent = scene.submit(name).await;
            scene.pass(phases).await;
            if scene.task(sent.task.id).await.status.is_terminal() {
                assert!(phases > 0, "{} ended at once", name.name());
                break;
            }
            scene.cloud().cancel(sent.task.id, &scene.caller).await.unwrap();
            assert_eq!(scene.objects().await, before, "{} after {phases} phases", name.name());
            scene.nothing_is_held(sent.task.id).await;
        }
    }
}

/// Makes a task's parameters unreadable, so that its next phase fails.
struct Spoil(Uuid);

impl Command for Spoil {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let task = tx.read().task(self.0).await?.unwrap();
        tx.put_task(vcdsim_model::task::Task { params: serde_json::Value::Null, ..vcdsim_model::task::Task::clone(&task) }).await?;
        Ok(())
    }
}

#[tokio::test]
async fn a_phase_that_fails_leaves_no_trace_but_marks() {
    for name in names().await {
        let scene = Scene::new().await;
        let before = scene.objects().await;
        let sent = scene.submit(name).await;
        scene.cloud().store().write(Spoil(sent.task.id)).await.unwrap();
        scene.pass(1).await;
        only_new_ones_are_marked(&scene, &before, sent.task.id, name).await;
    }
}

/// Everything that is left of a world in which an operation was blocked, resumed and finished, with or without restarts on the way.
async fn played(name: Name, restarts: bool) -> (Objects, Vec<String>) {
    let mut scene = Scene::new().await;
    scene.gate(name).await;
    let sent = scene.submit(name).await;
    if restarts {
        scene.world.restart().await;
    }
    scene.decide(&sent, Decision::Resume).await;
    for _ in 0..3 {
        if restarts {
            scene.world.restart().await;
        }
        scene.pass(1).await;
    }
    assert_eq!(scene.task(sent.task.id).await.status, TaskStatus::Success, "{}", name.name());
    scene.nothing_is_held(sent.task.id).await;
    let tasks = scene.cloud().read().tasks(TaskFilter::default()).await.unwrap();
    (scene.objects().await, tasks.iter().map(|task| format!("{task:?}")).collect())
}

#[tokio::test]
async fn a_restart_changes_nothing() {
    for name in names().await {
        assert_eq!(played(name, true).await, played(name, false).await, "{}", name.name());
    }
}
